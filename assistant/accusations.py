"""A sentence that says somebody did a crime must rest on words that say so: names and values alone are not enough.

Words of a few kinds of offence in English, German, French, Dutch and Spanish. Where a sentence has one, its quotes must
have one of the same kind, in whatever language; words that such an act is told with count too (`shot` for `killed`).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from assistant.lexicon import fold

_Kind = tuple[str, str]
"""Words that accuse, and further words under which a quote may tell the same."""
_KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        "killing": (
            (
                r"murder\w*|kill(?:s|ed|er|ing)?|slain|slew|assassinat\w*|homicid\w*|manslaughter"
                r"|ermord\w*|mord(?:er\w*|et\w*)?|tot(?:et\w*|ung\w*|schlag\w*)|getotet\w*|umgebracht|umbring\w*"
                r"|meurtr\w*|assassin\w*|vermoord\w*|moord\w*|gedood|doodd?e|doodslag|asesin\w*|homicidio"
            ),
            (
                r"shot|shoot\w*|stabb?\w*|strangl\w*|died|dies|dying|dead|death|body|corpse|fatal\w*|poison\w*|erschoss\w*|erstoch\w*"
                r"|erstach|erwurg\w*|tote?\w?|starb\w*|gestorben|leiche\w*|todlich\w*|tuer?|tues?|mort\w*|decede\w*|cadavre"
                r"|dood|overled\w*|lijk|mato|muert\w*"
            ),
        ),
        "theft": (
            (
                r"stole|stolen|steal\w*|theft|thie(?:f|ves)|robb\w*|burgl\w*|loot\w*"
                r"|stahl\w*|gestohlen\w*|stehl\w*|dieb\w*|raubt\w*|raub(?:er|uberfall)?\w*|geraubt\w*|einbrecher\w*"
                r"|voleu\w*|cambriol\w*|gestolen|steelt|stal|dief\w*|diefstal|overval\w*|inbreker\w*|robo|ladron\w*"
            ),
            (
                r"took|taken|missing|removed|broke|broken|entwend\w*|weggenommen|wegnahm|mitgenommen|fehl\w*|eingebrochen|einbruch\w*|vole?s?"
                r"|voler|vol|pris\w*|derob\w*|meegenomen|weggenomen|vermist|ingebroken|inbraak\w*|rob\w*"
            ),
        ),
        "fraud": (
            (
                r"fraud\w*|defraud\w*|embezzl\w*|swindl\w*|scamm?\w*|launder\w*|forg(?:ed|er\w*|ing)|counterfeit\w*|brib\w*"
                r"|betrug\w*|betrog\w*|unterschlag\w*|veruntreu\w*|geldwasch\w*|gefalscht\w*|falschte\w*|bestech\w*|bestochen"
                r"|escroqu\w*|blanchi\w*|falsifi\w*|corromp\w*|corruption|oplicht\w*|opgelicht|verduister\w*|witwas\w*"
                r"|vervals\w*|omkop\w*|omgekocht|estaf\w*|malvers\w*|soborn\w*"
            ),
            (
                r"fals\w*|fake\w*|invented|fictitious|sham|detourn\w*|unterschl\w*|corrupt\w*|deceiv\w*|tausch\w*|wasch\w*"
                r"|trick\w*|vals\w*|faux|fausse\w*"
            ),
        ),
        "violence": (
            (
                r"rap(?:ed|ist|es|ing)|assault\w*|molest\w*|abus(?:ed|er|ing)\w*|tortur\w*|kidnap\w*|abduct\w*"
                r"|vergewaltig\w*|misshandel\w*|missbrauch\w*|entfuhr\w*|agress\w*|kidnapp\w*|enlev(?:e|ement)\w*"
                r"|verkracht\w*|mishandel\w*|misbruik\w*|ontvoer\w*|violo|agredi\w*|secuestr\w*"
            ),
            (
                r"attack\w*|rape|abuse|hit|beat\w*|struck|punch\w*|kick\w*|hurt\w*|injur\w*|forc\w*|violen\w*|schlug\w*"
                r"|geschlagen|schlag\w*|verletz\w*|zwang|gezwungen|viol\w*|frapp\w*|bless\w*|sloeg\w*|geslagen|verwond\w*"
            ),
        ),
        "guilt": (
            (
                r"guilt\w*|culprit\w*|perpetrat\w*|convict\w*|criminals?|offenders?"
                r"|schuldig\w*|tater\w*|verurteil\w*|coupable\w*|dader\w*|veroordeel\w*|culpable\w*|condenad\w*"
            ),
            r"crim\w*|condamn\w*|sentenc\w*|schuld\w*|straf\w*|culpa\w*|veroordeling\w*",
        ),
        "confession": (
            r"confess\w*|gestand\w*|gesteh\w*|avou\w*|aveux?|bekende|bekentenis|confes\w*",
            r"admit\w*|zugegeben|zugab|gab|raumte|eingeraumt\w*|reconnu\w*|bekend\w*|toegegeven",
        ),
        "extortion": (
            r"blackmail\w*|extort\w*|erpress\w*|chantage|extorqu\w*|afpers\w*|afgeperst|chantag\w*|extorsion\w*",
            r"threat\w*|droh\w*|bedroh\w*|menac\w*|dreig\w*|bedreig\w*|amenaz\w*",
        ),
        "trafficking": (
            r"smuggl\w*|traffick\w*|schmuggel\w*|geschmuggelt|trafiqu\w*|smokkel\w*|gesmokkeld|contraband\w*|traficant\w*",
            r"trafic\w*|import(?:ed|ing)|export(?:ed|ing)|border|grenze\w*|grens\w*|frontier\w*|hidden|versteckt\w*|verstopt\w*",
        ),
    }
)
_ACCUSES = {kind: re.compile(rf"\b(?:{words})\b") for kind, (words, _) in _KINDS.items()}
_TELLS = {kind: re.compile(rf"\b(?:{words}|{more})\b") for kind, (words, more) in _KINDS.items()}


def check_accusations(claim: str, quotes: Sequence[str]) -> str | None:
    """Return the accusation that no quote makes; None where there is none. Linear in the lengths."""
    for kind, found in accusations_in(claim):
        if not any(_TELLS[kind].search(fold(quote)) for quote in quotes):
            return f"that somebody did this ({found}) is not in the cited text"
    return None


def accusations_in(text: str) -> Iterable[tuple[str, str]]:
    """The kinds of offence that a text names, each with the word."""
    folded = fold(text)
    for kind, pattern in _ACCUSES.items():
        match = pattern.search(folded)
        if match is not None:
            yield kind, match.group()
