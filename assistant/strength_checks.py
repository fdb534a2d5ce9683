"""Whether a claim says more than its quotes: for all, for nobody else, as a reason, for certain, or that it was not so.

Words of a few kinds in English, German, French, Dutch and Spanish, whatever the language of either side. Each check
returns a reason in plain words, or None. Time is linear in the lengths.
"""

import re
import unicodedata
from collections.abc import Sequence

from assistant.lexicon import ALL_FUNCTION_WORDS, TextLanguage, fold, negations, words
from ingest.sentences import sentences

_ALL = (
    r"all|every|everyone|everybody|everything|everywhere|always|each|entirely|completely|without exception"
    r"|alle[nmrs]?|jede[nmrs]?|immer|stets|samtliche\w*|ausnahmslos|vollstandig\w*|restlos"
    r"|tous|toutes|toujours|chaque|entierement|elke?|iedere?|iedereen|altijd|todos|todas|siempre"
)
_ALL_TOO = r"tout|toute|whole|entire|full\w*|per|any|gesamt\w*|ganze\w*|geheel|hele|cada|toda|todo"
_ONLY = (
    r"only|solely|exclusively|nobody else|no one else|nothing but|nur|ausschliesslich|lediglich|einzig\w*"
    r"|seulement|uniquement|exclusivement|alleen|slechts|uitsluitend|solamente|unicamente"
)
_ONLY_TOO = r"sole|alone|just|merely|but|except|single|until|allein\w*|bloss|erst|seule?s?|ne|solo|maar|enkel|enige|pas"
_CAUSE = (
    r"because|therefore|due to|owing to|as a (?:result|consequence)|consequently|weil|deshalb|deswegen|daher|darum"
    r"|aufgrund|infolge\w*|folglich|parce que|puisque|a cause|en raison|omdat|doordat|daarom|vanwege|porque|debido a"
    r"|por eso"
)
_CAUSE_TOO = (
    r"since|so|thus|hence|caus\w+|reasons?|led|lead(?:s|ing)?|result\w*|owing|denn|wegen|grund\w*|dadurch|damit|sodass"
    r"|car|donc|want|dus|wegens|gevolg|pues"
)
_STRONGER = tuple(
    (re.compile(rf"\b(?:{said})\b"), re.compile(rf"\b(?:{said}|{too})\b"))
    for said, too in ((_ALL, _ALL_TOO), (_ONLY, _ONLY_TOO), (_CAUSE, _CAUSE_TOO))
)
_NUMBER = (
    r"(?:[a-z]{3} |[$\u20ac\u00a3] ?)?(?:\d|two\b|three\b|four\b|five\b|six\b|seven\b|eight\b|nine\b|ten\b|zwei\b"
    r"|drei\b)"
)
_ABOUT = (
    r"more than|over|at least|at most|up to|as many as|less than|fewer than|under|nearly|almost|about|around"
    r"|approximately"
    r"|roughly|some|mehr als|uber|mindestens|hochstens|bis zu|weniger als|fast|beinahe|etwa|ungefahr|rund|circa|ca\."
    r"|knapp"
    r"|plus de|moins de|environ|presque|au moins|meer dan|minder dan|minstens|ongeveer|bijna|mas de|menos de|casi|unos"
)
_ABOUT_A_NUMBER = re.compile(rf"\b(?:{_ABOUT})(?= {_NUMBER})")
_ABOUT_ANYTHING = re.compile(
    rf"\b(?:{_ABOUT}|exceed\w*|minimum|maximum|approx|between|zwischen|entre|tussen|above|below|greater|higher|lower)(?!\w)"
)
_MANY = re.compile(
    r"\b(?:twice|thrice|hundreds|thousands|millions|dozens|a couple of|a handful of|half|repeatedly|doppelt\w*"
    r"|zweimal|mehrmals"
    r"|wiederholt|dutzende\w*|hunderte\w*|tausende\w*|halfte|deux fois|moitie|centaines|milliers|tweemaal|helft"
    r"|honderden)\b"
)
_DOUBTS = re.compile(
    r"\b(?:doubt\w*|uncertain|questionable|unlikely|hardly|barely|untrue|zweifel\w*|fraglich|ungewiss|kaum|doute\w*"
    r"|twijfel\w*"
    r"|betwijfel\w*|dudos\w*)\b"
)
_DENIED_OTHERWISE = re.compile(
    r"\b(?:un\w{4,}|in\w{4,}|im\w{4,}|ir\w{4,}|non|fail\w*|without|lack\w*|den(?:y|ied|ies)|refus\w*|neither|nor"
    r"|cannot|hardly"
    r"|rarely|seldom|unable|absen\w*|missing|miss(?:ed|es)|avoid\w*|prevent\w*|stop\w*|reject\w*|declin\w*|little"
    r"|few|free|but"
    r"|instead|rather|only|before|until|ohne|fehl\w*|kaum|ver(?:weiger|nein)\w*|bestr\w*|selten|sans|manqu\w*"
    r"|refus\w*|zonder"
    r"|weiger\w*|ontken\w*|sin|neg\w*|falt\w*|no|none|nobody|nothing|never)\b|\w+(?:less|los|lose[nrms]?|loze)\b"
)
_DENIES = re.compile(r"\b(?:not|never|nobody|nothing|no one|nicht|niemals|nie|niemand|jamais|niet|nooit|nunca)\b|n't\b")
_SUPPOSED = (
    r"allegedly|alleges?|alleged|apparently|supposedly|reportedly|purportedly|presumably|probably|possibly|perhaps"
    r"|maybe"
    r"|may have|might|could have|rumou?r\w*|suspect(?:s|ed)?|believed|believes|assumes?|assumed|claims?(?= (?:that"
    r"|to)\b)"
    r"|claimed|is said|are said|was said|thinks?|thought|seems?|seemed|appears? to|appeared to|in (?:his|her) view"
    r"|angeblich\w*|mutmasslich\w*|vermutlich|vermutet\w*|wahrscheinlich|moglicherweise|vielleicht|offenbar|anscheinend"
    r"|behaupte\w*|soll(?:en)?|glaubt\w*|presume\w*|pretend\w*|aurait|auraient|probablement|peut-etre"
    r"|vermoedelijk|waarschijnlijk|mogelijk|zou(?:den)?|beweer\w*|presunt\w*|supuest\w*|probablemente|quizas?"
)
_SPOKEN = (
    r"said|says|saying|stat(?:es|ed) that|told \w+ (?:\w+ )?that|wrote(?=:| that)|writes that|explain(?:s|ed) that"
    r"|admit(?:s|ted) that|insist(?:s|ed) that|sagte\w*|sagt|gab an|erklarte|aussert\w*|schrieb|a dit|affirme\w*|zei"
    r"|zegt|dijo"
)
_HEDGED = re.compile(rf"\b(?:{_SUPPOSED}|{_SPOKEN})\b")
_ACCORDING_TO = re.compile(
    r"\b(?:[Aa]ccording to|[Ll]aut|[Ss]elon|[Vv]olgens|[Ss]eg\u00fan)"
    r" (?!(?:Bericht|Akte|Vertrag|Gesetz|Polizei|Gutachten|Protokoll|Vermerk|Article|Section"
    r"|Art)\b)(?-i:[A-Z])[^\W\d_]+"
)
"""A person whom a statement is left to; what a report or a law says is stated there."""
_HEDGED_OTHERWISE = re.compile(
    rf"\b(?:{_SUPPOSED}|{_SPOKEN}|claim\w*|said|say\w*|stat(?:e|ed|es|ing)|tell\w*|told|wrote|writ\w*|report\w*"
    rf"|describ\w*"
    r"|mention\w*|call\w*|explain\w*|admit\w*|insist\w*|argu\w*|opinion|view\w*|consider\w*|likely|unlikely|could"
    r"|may|would"
    r"|accus\w*|remark\w*|not(?:es|ed)|quot\w*|announc\w*|testif\w*|suggest\w*|indicat\w*|confirm\w*|witness\w*"
    r"|uncertain|according to|laut|zufolge|selon|volgens|segun"
    r"|answer\w*|denie[sd]|asked?|warn\w*|nannte|nennt|schreib\w*|gesagt|sag\w*|bericht\w*|beschr\w*|meint\w*"
    r"|aussage\w*"
    r"|konnte\w*|durfte\w*|wohl|hielt|halt|dit|ecrit|declare\w*|vertel\w*|schreef|noem\w*|verklaar\w*|dice|dijo"
    r"|afirm\w*)\b"
)
_ITEM = re.compile(r"\s[*\u2022\u25cf]\s|\t")
_MOST_SENTENCES = 400


def check_strength(claim: str, quotes: Sequence[str], language: TextLanguage) -> str | None:
    """Whether a claim says `all`, `only` or `because`, or denies, where no quote has anything like it."""
    said, there = fold(claim), fold("\n".join(quotes))
    for stronger, like in _STRONGER:
        found = stronger.search(said)
        if found is not None and not like.search(there):
            return f"the cited text does not say \u201c{found.group()}\u201d"
    for pattern, like in ((_ABOUT_A_NUMBER, _ABOUT_ANYTHING), (_MANY, _MANY), (_DOUBTS, _DOUBTS)):
        found = pattern.search(said)
        if found is not None and not like.search(there):
            return f"the cited text does not say \u201c{found.group()}\u201d"
    denied = _DENIES.search(said)
    if denied is not None and not _DENIED_OTHERWISE.search(there) and not any(negations(q, language) for q in quotes):
        return "it denies what the cited text does not deny"
    return None


def check_signs(claim: str, quotes: Sequence[str]) -> str | None:
    """Whether a claim has signs that are read as numbers or strike words out, and that no quote has.

    A circled or raised digit is no digit to code, an overlay is nothing to it; a person sees both.
    """
    there = frozenset(sign for quote in quotes for sign in quote)
    for sign in sorted(frozenset(claim) - there):
        if unicodedata.category(sign) in _SIGN_CATEGORIES or "\u0334" <= sign <= "\u0338":
            return f"the sign {unicodedata.name(sign, 'without a name').lower()} is not in the cited text"
    return None


_SIGN_CATEGORIES = frozenset({"No", "Nl", "Me"})
"""Numbers that are no digits, numerals, enclosing marks (Unicode general categories)."""


def check_hedges(claim: str, quotes: Sequence[str]) -> str | None:
    """Whether a claim states as certain what the quotes only let somebody say or suppose.

    The sentences of the quotes that share most words with the claim are looked at; one without a hedge is enough.
    """
    if _HEDGED_OTHERWISE.search(fold(claim)):
        return None
    wanted = _content(claim)
    found = [
        (len(wanted & _content(sentence)), _HEDGED.search(fold(sentence)) or _ACCORDING_TO.search(sentence))
        for quote in quotes
        for start, end in sentences(quote)[:_MOST_SENTENCES]
        for sentence in _ITEM.split(quote[start:end])
    ]
    most = max((shared for shared, _ in found), default=0)
    hedges = [hedge for shared, hedge in found if shared == most]
    if not most or any(hedge is None for hedge in hedges):
        return None
    first = next(hedge for hedge in hedges if hedge is not None)
    return f"the cited text only lets somebody say or suppose it (\u201c{first.group()}\u201d)"


def _content(text: str) -> frozenset[str]:
    return frozenset(word[:6] for word in words(text) if word not in ALL_FUNCTION_WORDS)
