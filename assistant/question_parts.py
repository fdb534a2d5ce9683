"""The questions inside a question: `Who hired the van, and when was it returned?`, `How do A and B differ on C?`.

Each part is searched for and answered by itself, beside the whole: a passage that answers one half has few of the
other half's words. English, German, French and Dutch, by pattern, on the question as written.
"""

import re

from assistant.lexicon import Language, language_of, word_set
from assistant.question_patterns import QuestionKind
from assistant.questions import analyse, content_terms

_MOST_PARTS = 3
_ASKING = (
    r"(?:by |to |from |at |in |on |with )?(?:who|whom|whose|what|when|where|which|why|how)\b"
    r"|(?:an |von |mit |in |um |auf )?(?:wer|wem|wen|wessen|was|wann|wo|wohin|woher|womit|warum"
    r"|weshalb|wie|welche\w?)\b"
    r"|(?:\u00e0 |de |par |avec |en )?(?:qui|que|quand|o\u00f9|pourquoi|comment|combien|quel\w*)\b"
    r"|(?:met |aan |van |door |in |op )?(?:wie|wat|wanneer|waar\w*|waarom|hoe|hoeveel|welke?)\b"
)
_AND = re.compile(rf"(?:[,;?.]\s*|\s)(?:and|und|et|en)\s+(?={_ASKING})", re.IGNORECASE)
_YES_NO_AND = re.compile(
    r"[,;]\s*(?:and|und|et|en)\s+(?=(?:is|are|was|were|did|does|do|has|have|had|can|could|ist|sind|war|waren|hat|haben"
    r"|wurde|wurden|est-ce|est|sont|heeft|hebben|zijn|werd|werden)\b)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[^\W\d_]{3}[.?!])\s+(?=[A-Z\u00c0-\u00dc])")
_LIST_WORD = re.compile(r"^(?:and|und|et|en)\s+", re.IGNORECASE)
_PAIRS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        (
            r"^\W*(?:how|where|in what way|on what|what)?\s*\b(?:do|does|did|is|are|was|were)\s+(?P<a>.{3,120}?)"
            r"\s+and\s+(?P<b>.{3,120}?)\s+(?P<rest>(?:differ|disagree|agree|contradict|say|state|tell|claim|describe|report|match|fit"
            r"|know|give|compatible|consistent)\w*\b.*)$"
        ),
        (
            r"\b(?:difference|gap|contradiction|discrepancy)\s+(?P<rest>)between\s+(?P<a>.{3,160}?)\s+and\s+(?P<b>(?:the|what|his"
            r"|her|its|their|that)\b.{3,160})$"
        ),
        r"^\W*compare\s+(?P<a>.{3,120}?)\s+(?:and|with|to)\s+(?P<b>.{3,160}?)(?P<rest>)$",
        (
            r"^\W*(?:wie|worin|inwiefern|wo)?\s*\b(?:unterscheiden|widersprechen|decken)\s+sich\s+(?P<a>.{3,120}?)\s+und\s+"
            r"(?P<b>.{3,120}?)(?P<rest>(?:\s+(?:bei|in|\u00fcber|zu|zur|zum|hinsichtlich|darin)\b.*)?)$"
        ),
        r"\b(?:unterschied|widerspruch|differenz)\s+(?P<rest>)zwischen\s+(?P<a>.{3,160}?)\s+und\s+(?P<b>.{3,160})$",
        r"\b(?:diff\u00e9rence|\u00e9cart|contradiction)\s+(?P<rest>)entre\s+(?P<a>.{3,160}?)\s+et\s+(?P<b>.{3,160})$",
        r"\b(?:verschil|tegenspraak)\s+(?P<rest>)tussen\s+(?P<a>.{3,160}?)\s+en\s+(?P<b>.{3,160})$",
        (
            r"^\W*(?:hoe|waarin)?\s*\bverschillen\s+(?P<a>.{3,120}?)\s+en\s+(?P<b>.{3,120}?)"
            r"(?P<rest>(?:\s+(?:over|in|van|op)\b.*)?)$"
        ),
    )
)
_SEVERAL = re.compile(
    r"\b(?:which|what) (?:\w+ )?(?:evidence|documents|exhibits|statements|findings|sources|files|records|witnesses)\b"
    r"|\bwhat (?:points|speaks|shows|suggests|indicates|supports|proves|ties|links|connects)\b|\bwhere else\b"
    r"|\b(?:can|could) (?:it|one|we) (?:be )?(?:shown?|proved?|proven|seen?|tell|told|established?|demonstrated?)\b"
    r"|\bhow (?:do|can|could) (?:we|one|you) know\b|\b(?:compare|differ\w*|disagree\w*|contradict\w*"
    r"|agree|consistent|gap between)\b"
    r"|\bwelche (?:\w+ )?(?:beweise|dokumente|aussagen|befunde|quellen|unterlagen|spuren|zeugen)\b"
    r"|\bwas (?:spricht|deutet|belegt|beweist|verbindet)\b|\bwo (?:sonst )?noch\b"
    r"|\b(?:woran|wodurch|woraus|womit) .{0,60}\b(?:erkenn\w*|belegt?|beweis\w*|nachweis\w*|zeig\w*|ergibt)\b"
    r"|\b(?:vergleich\w*|unterscheid\w*|unterschied\w*|widersprech\w*)\b"
    r"|\bquel(?:le)?s (?:\w+ )?(?:preuves|documents|d\u00e9clarations|indices|sources|t\u00e9moins)\b"
    r"|\bqu'est-ce qui (?:montre|prouve|relie|permet|indique)\b|\bcomment (?:prouver|\u00e9tablir|montrer|sait-on)\b"
    r"|\bo\u00f9 d'autre\b|\b(?:compare[rz]?|diff\u00e8rent|contredi\w+|diff\u00e9rence)\b"
    r"|\bwelke (?:\w+ )?(?:bewijzen|documenten|verklaringen|bevindingen|bronnen|sporen|getuigen)\b"
    r"|\b(?:waaruit|waaraan|hoe) .{0,60}\b(?:blijkt|bewijs\w*|aantonen|aangetoond|herkend?)\b"
    r"|\bwat (?:wijst|spreekt|bewijst|toont)\b|\bwaar nog meer\b|\b(?:vergelijk\w*|verschil\w*|tegensprek\w*)\b",
    re.IGNORECASE,
)


_GENERAL = word_set(
    "day date time hour year place amount number days tag datum uhrzeit jahr ort betrag jour date heure annee lieu "
    "montant dag datum tijd uur jaar plaats bedrag it them"
)
_POINTING = re.compile(
    r"\b(?:it|its|itself|he|she|him|his|her|they|them|their|this|these|those|er|sie|es|ihn|ihm|ihr|ihre|dieser?|il"
    r"|elle|ils|elles|lui|leur|celui-ci|hij|zij|ze|hem|haar|hun|het|deze)\b",
    re.IGNORECASE,
)


def parts_of(question: str) -> tuple[str, ...]:
    """Return the questions inside a question (at most three), in order; the question itself where it is only one.

    A later part that points back (`who used it?`) gets the names and identifiers of what stands before it.
    """
    question = " ".join(question[:4_000].split())
    for pattern in _PAIRS:
        match = pattern.search(question.rstrip(" ?.!"))
        if match is not None:
            rest = match["rest"].strip()
            return tuple(f"{match[side].strip()} {rest}".strip() for side in ("a", "b"))
    pieces = [
        _LIST_WORD.sub("", piece).strip(" ,;")
        for sentence in _SENTENCE.split(question)
        for half in _AND.split(sentence)
        for piece in _YES_NO_AND.split(half)
    ]
    language = language_of(question)
    asking = [piece for piece in pieces if piece and not piece.endswith((".", "!"))]
    if len(asking) < 2 or not all(set(content_terms(piece, language)) - _GENERAL for piece in asking):
        return (question,)
    found = []
    for piece in asking[:_MOST_PARTS]:
        before = question[: max(0, question.find(piece))]
        found.append(f"{piece} ({', '.join(_named(before, language))})" if _points_back(piece, before) else piece)
    return tuple(found)


def _points_back(piece: str, before: str) -> bool:
    return _POINTING.search(piece) is not None and bool(_named(before, language_of(before)))


def _named(text: str, language: Language) -> tuple[str, ...]:
    """Names and identifiers of a text, as written."""
    analysis = analyse(text, (language,))
    return tuple(dict.fromkeys((*analysis.names, *(value.raw for value in analysis.identifiers))))


def asks_for_several(question: str) -> bool:
    """Whether a question asks for more than one document or more than one thing, and so for more quotes."""
    return len(parts_of(question)) > 1 or _SEVERAL.search(question[:4_000]) is not None


def rests_on_several(question: str, kind: QuestionKind) -> bool:
    """Whether an answer rests on more than one document: several are asked for, or a yes or no."""
    return kind == "yes_no" or asks_for_several(question)
