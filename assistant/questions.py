"""What a question asks for: its language, its kind, the types of value that would answer it, its content words.

Rules by pattern in English, German, French and Dutch, on the folded question; nothing here looks at the case.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.lexicon import CURRENCIES, FUNCTION_WORDS, Language, fold, language_of, negations, word_set
from assistant.names import find_names, name_runs
from assistant.question_patterns import KIND_PATTERNS, QuestionKind
from assistant.records import Operation
from assistant.values import Value, ValueKind, find_values


@dataclass(frozen=True, slots=True)
class QuestionAnalysis:
    """What was understood of a question.

    Attributes:
        question: as asked.
        language: of the question.
        kind: what is asked for.
        expects: types of value that would answer it, most likely first; `name` stands for a person, place or firm.
        terms: folded content words, in order, each once, without question words and without names' function words.
        names: names as written, longest runs (`Jonas Weber`).
        identifiers: values by which something is named (telephone number, IBAN, code, e-mail address).
        presupposed: dates, times, amounts and numbers that the question takes for granted.
        phrases: what stands in quotation marks.
        exhaustive: everything is asked for ("list every", "alle", "tous").
        negated: the question itself denies something.
        operation: what is to be computed, if anything.
    """

    question: str
    language: Language
    kind: QuestionKind
    expects: tuple[ValueKind | Literal["name"], ...]
    terms: tuple[str, ...]
    names: tuple[str, ...]
    identifiers: tuple[Value, ...]
    presupposed: tuple[Value, ...]
    phrases: tuple[str, ...]
    exhaustive: bool
    negated: bool
    operation: Operation | None


# the first kind whose pattern fits is taken
_KINDS: tuple[tuple[QuestionKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile("|".join(alternatives))) for kind, alternatives in KIND_PATTERNS
)
_EXPECTS: dict[QuestionKind, tuple[ValueKind | Literal["name"], ...]] = {
    "who": ("name",),
    "when": ("date", "time"),
    "where": ("name",),
    "how_much": ("amount", "percent", "number"),
    "how_many": ("number",),
    "which_number": ("phone", "iban", "email", "code", "url", "number"),
    "sum": ("amount", "number"),
}
_NUMBER_TYPES: tuple[tuple[re.Pattern[str], tuple[ValueKind, ...]], ...] = (
    (re.compile(r"\biban\b|account number|kontonummer|numero de compte|rekeningnummer"), ("iban", "code", "number")),
    (re.compile(r"e-?mail|adresse electronique|mailadres"), ("email",)),
    (re.compile(r"\burl\b|web ?site|webseite|site web"), ("url",)),
    (re.compile(r"phone|telefon|telephone|mobile|handy|telefoon|mobiele"), ("phone",)),
    (re.compile(r"code|numm?er|number|numero|plate|plaque|kenteken|zeichen|immatric"), ("code", "number", "phone")),
)
_MONEY = re.compile(
    r"\b(?:money|cash|euros?|eur|dollars?|pounds?|pay|pays|paid|costs?|prices?|rent|fees?|salary|wages?|worth|charged?|sum|earn\w*"
    r"|ow(?:e|es|ed)|budget|geld|bargeld|zahl\w*|bezahl\w*|gezahl\w*|kost\w*|preis\w*|miete|gehalt|lohn|betrag|summe|wert"
    r"|argent|paye\w*|cout\w*|prix|loyer|salaire|somme|montant|vaut|betaal\w*|prijs|huur|salaris|loon|bedrag|waard)\b"
)
_CLOCK = re.compile(
    r"\b(?:(?:what|which) (?:local |exact |utc )?(?:time|hour)|zu welcher stunde|welk uur|uhrzeit|wie ?viel uhr"
    r"|quelle heure|hoe laat|o'clock)\b"
)
_YEAR = re.compile(r"\b(?:what year|which year|welche[ms] jahr|quelle annee|welk jaar)\b")
_EXHAUSTIVE = re.compile(
    r"\b(?:list|name|give|show|enumerate|find)\b.{0,30}\b(?:all|every|each)\b(?! other\b)"
    r"|\b(?:all|every|each) (?!(?:day|week|month|year|night|morning|evening|hour|minute|time|other|right)\b)"
    r"(?:of )?(?:the )?\w+"
    r"|\beverything\b|\ball mentions\b|\balle[rnm]?\b|\bsamtliche\w?\b|\btou(?:s|tes)\b"
    r"|\bjede[nrsm]?\b(?! (?:tag|woche|monat|jahr|nacht|morgen|abend|stunde|mal)\w*\b)"
    r"|\bchaque\b(?! (?:jour|semaine|mois|annee|nuit|fois|heure)\b)"
    r"|\belke?\b(?! (?:dag|week|maand|jaar|nacht|keer|uur)\b)|\biedere\b"
)
_OPERATIONS: tuple[tuple[Operation, re.Pattern[str]], ...] = (
    ("average", re.compile(r"\b(?:average|mean)\b|durchschnitt|moyen|gemiddeld")),
    ("earliest", re.compile(r"\b(?:earliest|oldest)\b|fruhest|altest|plus ancien|vroegst|oudst")),
    ("latest", re.compile(r"\b(?:latest|newest|most recent)\b|spatest|neuest|plus recent|laatst|nieuwst")),
    ("maximum", re.compile(r"\b(?:largest|biggest|highest)\b|hochst|grosst|plus (?:grand|eleve)|hoogst|grootst")),
    ("minimum", re.compile(r"\b(?:smallest|lowest)\b|niedrigst|kleinst|plus (?:petit|bas)|laagst")),
)
_PHRASE = re.compile(r"[\u201c\u201e\u00ab\"]([^\u201c\u201d\u201e\u00ab\u00bb\"]{1,300})[\u201d\u201c\u00bb\"]")
_TOKEN = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_ASKING_WORDS = word_set(
    "tell please show list name give find much many "
    "long often happened mean means meaning define describe explain know "
    "nenne zeige liste gib bitte sag bedeutet viel viele lange oft heisst passiert erklare donne donnez liste montre "
    "signifie dites noem geef toon vertel betekent heet s t d l j qu get got"
)
_NO_NAMES = word_set("iban bic email e-mail url id pdf sms gps vat") | frozenset(CURRENCIES)
_LONGEST = 4_000
_IDENTIFYING = frozenset({"phone", "iban", "email", "url", "code"})
_STATED = frozenset({"date", "time", "amount", "number", "percent"})


def analyse(question: str, languages: Sequence[str] = ()) -> QuestionAnalysis:
    """Analyse the first 4,000 characters of a standalone question; `languages` (ISO 639-1) of the case break ties."""
    question = question[:_LONGEST]
    language = language_of(question, languages)
    folded = fold(question)
    kind = _kind(folded, language)
    values = find_values(question, language)
    return QuestionAnalysis(
        question=question,
        language=language,
        kind=kind,
        expects=_expects(kind, folded),
        terms=content_terms(question, language),
        names=_names(question, language),
        identifiers=tuple(value for value in values if value.kind in _IDENTIFYING),
        presupposed=tuple(value for value in values if value.kind in _STATED),
        phrases=tuple(match[1].strip() for match in _PHRASE.finditer(question)),
        exhaustive=kind == "list" or _EXHAUSTIVE.search(folded) is not None,
        negated=negations(question, language) > 0,
        operation=_operation(kind, folded),
    )


def _kind(folded: str, language: Language) -> QuestionKind:
    if language == "nl":
        folded = re.sub(r"^(\W*)wie\b", r"\1who", folded)
    elif language == "de":
        folded = (
            re.sub(r"^(\W*)was (?=\w)", r"\1what ", folded)
            if re.match(r"\W*was (?:ist|sind|war)", folded) is None
            else folded
        )
    for kind, pattern in _KINDS:
        if pattern.search(folded):
            return kind
    return "other"


def _expects(kind: QuestionKind, folded: str) -> tuple[ValueKind | Literal["name"], ...]:
    if kind == "which_number":
        return next((kinds for pattern, kinds in _NUMBER_TYPES if pattern.search(folded)), _EXPECTS["which_number"])
    if kind == "when":
        if _CLOCK.search(folded):
            return ("time",)
        return ("date", "number") if _YEAR.search(folded) else ("date", "number", "time")
    if kind == "how_much" and _MONEY.search(folded):
        return ("amount",)
    return _EXPECTS.get(kind, ())


def _operation(kind: QuestionKind, folded: str) -> Operation | None:
    if kind == "sum":
        return "sum"
    if kind == "how_many":
        return "count"
    if kind == "compare":
        return "difference" if re.search(r"\b(?:difference|unterschied|verschil)\b", folded) else "compare"
    if kind == "extreme":
        return next((operation for operation, pattern in _OPERATIONS if pattern.search(folded)), None)
    return None


def content_terms(text: str, language: Language | None = None) -> tuple[str, ...]:
    """Return the folded words (letters or digits) of a text, in order, each once, elisions and possessives undone.

    With a language, its function words and the words of asking are left out. Another language's never are: `van` is a
    vehicle in English and `war` is one too.
    """
    found: dict[str, None] = {}
    for match in _TOKEN.finditer(text):
        word = fold(match.group()).removesuffix("'s")
        word = word.partition("'")[2] if re.match(r"(?:[ldjnmtsc]|qu)'", word) else word
        if word and (language is None or not (word in FUNCTION_WORDS[language] or word in _ASKING_WORDS)):
            found[word] = None
    return tuple(found)


def _names(question: str, language: Language) -> tuple[str, ...]:
    """Names as whole runs; the first word of a question counts only when it is no question word or verb."""
    starts = {name.start for name in find_names(question, language) if not name.starts_sentence}
    return tuple(
        question[start:end]
        for start, end in name_runs(question, language)
        if (start in starts or " " in question[start:end].strip()) and fold(question[start:end]) not in _NO_NAMES
    )
