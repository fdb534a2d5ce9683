"""Honest rephrasings of a gold sentence by rule: claims that a verifier must not strike.

Each rule leaves the sentence true of its quote: it drops what can be dropped (never a condition), writes a value,
a date or a name another way, or joins what stands side by side.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from eval.suites.claim_sources import ClaimLanguage, GoldSentence
from eval.suites.claim_words import MONTHS, NUMBER_WORDS, Date, Number, dates, names, numbers
from ingest.sentences import sentences


@dataclass(frozen=True, slots=True)
class MadeClaim:
    """A claim made of a gold sentence: what kind it is, by which rule, and the words it cites."""

    kind: str
    rule: str
    text: str
    quote: str


_Rule = Callable[[GoldSentence, str, random.Random], str | None]
"""Rewrites a text about the gold sentence, or returns None where the rule has nothing to do."""


def true_claims(gold: GoldSentence, seed: int) -> Iterator[MadeClaim]:
    """The sentence itself, and it under every rule that changes it."""
    yield MadeClaim("true", "verbatim", gold.text, gold.quote)
    for rule, rewrite in _RULES.items():
        if rule in _NOT_INSIDE_QUOTATION and _QUOTATION.search(gold.text):
            continue
        text = rewrite(gold, gold.text, random.Random(f"{seed}/{gold.id}/{rule}"))  # noqa: S311 - a fixed draw
        if text is not None and text != gold.text:
            yield MadeClaim("true", rule, text, gold.quote)
    joined = _joined(gold)
    if joined is not None:
        yield joined


_QUOTATION = re.compile(r"[\"“”„«»]|``|''")
_NOT_INSIDE_QUOTATION = frozenset(
    {"number_form", "date_form", "surname", "abbreviated", "initials", "negation_reworded"}
)
"""Rules that are not honest where they change the words of somebody who is quoted."""


def shortened(gold: GoldSentence) -> str | None:
    """The sentence without a clause or a phrase that can go; None where nothing can."""
    chance = random.Random(0)  # noqa: S311 - unused by these rules
    for rule in (_clause_dropped, _leading_dropped, _parenthesis_dropped):
        text = rule(gold, gold.text, chance)
        if text is not None:
            return text
    return None


_RELATIVE: dict[ClaimLanguage, str] = {
    "en": r" ?, (?:which|who|whose|where|while|whereas|although|though|(?:and|but) (?=he|she|it|they|the))\b",
    "de": r", (?:während|wobei|wo|obwohl|wodurch|womit|und (?=er|sie|es|die|der|das))\b",
    "es": r", (?:mientras|donde|aunque|lo que|lo cual|por lo que|y (?=el|la|los|las|su|sus))\b",
}
_CONDITION = re.compile(
    r"\b(?:if|unless|except|only|provided|subject|wenn|falls|sofern|außer|nur|si|salvo|excepto|solo|sólo|either|not|"
    r"kein\w*|nicht|neither|ni|weder|entweder|sowohl|both|such|so|tan|tanto|solch\w*)\b",
    re.IGNORECASE,
)
_LEADING: dict[ClaimLanguage, str] = {
    "en": r"^(?:In|On|By|During|After|At|From|Since|Today|Later|However|For example) ?(?:[^,;:]{2,60})? ?, "
    r"(?=[A-Z]|the|it|he|she|they|a|an|this)",
    "de": r"^(?!)",
    "es": r"^(?:En|Durante|Tras|Desde|Hasta|Por ejemplo|Además) ?(?:[^,;:]{2,60})?, (?=[A-Z]|el|la|los|las|un|una)",
}


_BEGINS_BELOW = re.compile(
    r"(?:Although|Though|While|When|Whereas|Because|Während|Obwohl|Als|Nachdem|Da|Aunque|Cuando|Mientras)\b"
)
"""A sentence that begins so has its main clause behind the comma."""
_FEWEST_WORDS = 6
"""Words that a shortened sentence has at least."""


def _clause_dropped(gold: GoldSentence, text: str, _: random.Random) -> str | None:
    match = re.search(_RELATIVE[gold.language], text)
    if match is None or _CONDITION.search(text[match.start() :]) or text[0].islower() or _BEGINS_BELOW.match(text):
        return None
    rest = text[: match.start()]
    return rest + "." if len(rest.split()) >= _FEWEST_WORDS and rest.count("(") == rest.count(")") else None


def _parenthesis_dropped(_gold: GoldSentence, text: str, _: random.Random) -> str | None:
    rest = re.sub(r" ?\([^()]*\)", "", text)
    return rest if rest != text and len(rest.split()) >= _FEWEST_WORDS else None


def _leading_dropped(gold: GoldSentence, text: str, _: random.Random) -> str | None:
    match = re.match(_LEADING[gold.language], text)
    if match is None or len(text[match.end() :].split()) < _FEWEST_WORDS:
        return None
    rest = text[match.end() :]
    return rest[0].upper() + rest[1:]


def _respaced(gold: GoldSentence, text: str, _: random.Random) -> str | None:
    """Tokenised text as a person writes it."""
    if not gold.source.startswith("clapnq"):
        return None
    text = re.sub(r"`` (.*?) ''", r"“\1”", text)
    text = re.sub(r" ([,.;:?!)%])", r"\1", text)
    text = re.sub(r"([(]|[$€£](?=\s\d)) ", r"\1", text)
    text = re.sub(r" ('s|n't|'re|'ve|'ll|'d)\b", r"\1", text)
    return re.sub(r"(?<=\w) - (?=\w)", "-", text)


_DECIMAL = re.compile(r"\d+[.,]\d{1,2}")
_SECTION = re.compile(r"(?:[A-Z]\w+|§|\))\s$")
_PART_OF_MORE = re.compile(r" ?(?:\d{3}|[ap]\.?m\b|Uhr|Mio|Mrd|Millionen)")
_NOT_SPELLED = re.compile(r" ?[%$€°½.,]? ?(?:percent|Prozent|por ciento|-|million|\d|%)")


def _number_form(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
    """A number grouped another way, in letters or in digits; a number of millions written out."""
    scaled = re.search(r"(?<![\w.,])(\d+(?:\.\d)?) million\b", text) if gold.language == "en" else None
    if scaled is not None:
        value = round(float(scaled[1]) * 1_000_000)
        return f"{text[: scaled.start()]}{value:,}{text[scaled.end() :]}"
    forms = [
        (number, form)
        for number in numbers(text, gold.language)
        if not _PART_OF_MORE.match(text, number.end) and not re.search(r"\d $", text[: number.start])
        for form in _forms(number, text, gold.language)
    ]
    if not forms:
        return None
    number, form = chance.choice(forms)
    return text[: number.start] + form + text[number.end :]


def _forms(number: Number, text: str, language: ClaimLanguage) -> list[str]:
    if number.spelled:
        return [f"{number.value:.0f}"]
    other = number.raw.translate(str.maketrans(",.", ".,"))
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", number.raw):
        digits = re.sub(r"\D", "", number.raw)
        return [digits, other, f"{int(digits):,}".replace(",", "\u202f")]
    if _DECIMAL.fullmatch(number.raw):
        return [] if _SECTION.search(text[: number.start]) else [other]
    spelled = [word for word, value in NUMBER_WORDS[language].items() if value == number.value]
    return spelled if not _NOT_SPELLED.match(text, number.end) else []


def date_forms(date: Date, language: ClaimLanguage) -> list[str]:
    """Other ways to write a date with a month; the raw form is not among them."""
    if date.year is None or date.month is None:
        return []
    name = MONTHS[language][date.month - 1]
    if date.day is None:
        return [f"{date.year}-{date.month:02d}"]
    ways = [f"{date.year}-{date.month:02d}-{date.day:02d}", f"{date.day:02d}.{date.month:02d}.{date.year}"]
    if language == "en":
        ways += [
            f"{date.day} {name} {date.year}",
            f"{name} {date.day}, {date.year}",
            f"{name[:3]} {date.day}, {date.year}",
        ]
    elif language == "es":
        ways.append(f"{date.day} de {name} del {date.year}")
    return [way for way in ways if way != date.raw]


def _date_form(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
    forms = [(date, way) for date in dates(text, gold.language) for way in date_forms(date, gold.language)]
    if not forms:
        return None
    date, way = chance.choice(forms)
    return text[: date.start] + way + text[date.end :]


def _surname(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
    """A name of two words by its last, where the passage itself does so elsewhere."""
    found = []
    for run in names(gold, text):
        words = run.raw.split()
        last = re.escape(words[-1]) + r"\b(?! [A-Z])"
        alone = rf"(?<![A-Za-zÀ-ÿ] )(?<![\w-]){last}|(?<=[a-z] ){last}"
        if len(words) == 2 and re.search(alone, gold.passage):
            found.append((run, words[-1]))
    if not found:
        return None
    run, last = chance.choice(found)
    return text[: run.start] + last + text[run.end :]


_ABBREVIATIONS: dict[ClaimLanguage, tuple[tuple[str, str], ...]] = {
    "en": (
        (r" percent\b", "%"), (r"(?<=\d) %", " percent"), (r"\bUnited States\b", "US"), (r"\bUnited Kingdom\b", "UK"),
        (r"(?<=\d) kilometres\b", " km"), (r"\bfor example\b", "e.g."), (r" and ", " & "), (r"\bDr\. ", "Doctor "),
        (r"\bapproximately\b", "approx."), (r"\bU\.S\.", "US"), (r"\bWorld War II\b", "WWII"),
    ),
    "de": (
        (r" Prozent\b", " %"), (r"(?<=\d) ?%", " Prozent"), (r"\bzum Beispiel\b", "z. B."), (r" und ", " & "),
        (r"(?<=\d) Kilometer\b", " km"), (r"\bVereinigten Staaten\b", "USA"), (r"\bungefähr\b", "ca."),
    ),
    "es": (
        (r" por ciento\b", " %"), (r"(?<=\d) ?%", " por ciento"), (r"\bpor ejemplo\b", "p. ej."),
        (r" kilómetros\b", " km"),
        (r"\bEstados Unidos\b", "EE. UU."), (r"\baproximadamente\b", "aprox."),
    ),
}  # fmt: skip


def _abbreviated(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
    fits = [pair for pair in _ABBREVIATIONS[gold.language] if re.search(pair[0], text)]
    if not fits:
        return None
    pattern, short = chance.choice(fits)
    return re.sub(pattern, short, text, count=1)


def _initials(_gold: GoldSentence, text: str, _: random.Random) -> str | None:
    """`National Football League ( NFL )` by its initials."""
    for match in re.finditer(r"((?:[A-Z]\w+ ){2,5})\( ?([A-Z]{2,6}) ?\)", text):
        words = match[1].split()
        if "".join(word[0] for word in words[-len(match[2]) :]) == match[2]:
            start = match.start() + len(" ".join(words[: len(words) - len(match[2])]))
            return (text[:start] + (" " if start > match.start() else "") + match[2] + text[match.end() :]).strip()
    return None


_CONTRACTIONS = (
    (r"\b(is|are|was|were|did|does|do|has|had|would|should|could) not\b", r"\1n't"),
    (r"\bcannot\b|\bcan not\b", "can't"),
    (r"\bwill not\b", "won't"),
    (r"\b(is|are|was|were|did|does|do|has|had|would|should|could) n't\b", r"\1 not"),
)
_OTHER_NEGATIONS: dict[ClaimLanguage, tuple[tuple[str, str], ...]] = {
    "en": (
        (r"\bnot able to\b", "unable to"), (r"\bunable to\b", "not able to"), (r"\bwithout any\b", "with no"),
        (r"\bno longer\b", "not any longer"), (r"\bat no time\b", "never"), (r"\bwithout\b", "with no"),
        (r"\bunlikely\b", "not likely"), (r"\bimpossible\b", "not possible"), (r"\bdid not\b", "failed to"),
    ),
    "de": (
        (r"\bniemals\b", "nie"), (r"\bnie\b", "niemals"), (r"\bunmöglich\b", "nicht möglich"),
        (r"\bungewöhnlich\b", "nicht gewöhnlich"),
    ),
    "es": ((r"\bnunca\b", "jamás"), (r"\bimposible\b", "no es posible"), (r"\bsin ningún\b", "sin")),
}  # fmt: skip


def _negation_reworded(gold: GoldSentence, text: str, _: random.Random) -> str | None:
    pairs = (*_OTHER_NEGATIONS[gold.language], *(_CONTRACTIONS if gold.language == "en" else ()))
    for pattern, other in pairs:
        changed = re.sub(pattern, other, text, count=1)
        if changed != text:
            return changed
    return None


_LEADS: dict[ClaimLanguage, str] = {
    "en": "According to the document, ",
    "de": "Laut dem Dokument gilt: ",
    "es": "Según el documento, ",
}
_LOWERED = re.compile(
    r"(?:The|It|He|She|This|In|They|A|An|These|Der|Die|Das|Er|Sie|Es|Im|In|El|La|Los|Las|En|Un|Una)\b"
)


def _lead(gold: GoldSentence, text: str, _: random.Random) -> str | None:
    if not _LOWERED.match(text):
        return None
    return _LEADS[gold.language] + text[0].lower() + text[1:]


def _partly_quoted(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
    """Some words of the sentence in quotation marks."""
    words = list(re.finditer(r"[^\s\"“”„`']+", text))
    if len(words) < 10 or re.search(r"[\"“”„`']", text):
        return None
    first = chance.randrange(2, len(words) - 5)
    start, end = words[first].start(), words[first + 3].end()
    return f"{text[:start]}“{text[start:end]}”{text[end:]}" if text[start:end] in gold.quote else None


def turned_passive(text: str, gold: GoldSentence) -> tuple[str, str] | None:
    """`A founded B` and `B was founded by A`, either way: the honest form and the one with the roles exchanged."""
    if gold.language != "en":
        return None
    found = names(gold, text)
    for first, second in pairwise(found):
        between = text[first.end : second.start]
        active = re.fullmatch(r" ([a-z]{3,}ed) ", between)
        passive = re.fullmatch(r" was ([a-z]{3,}ed) by ", between)
        plain = first.words.isdisjoint(second.words)
        if plain and active and active[1] not in {"married", "moved", "died", "toured", "needed", "named", "called"}:
            form = "{0}{2} was " + active[1] + " by {1}{3}"
        elif plain and passive:
            form = "{0}{2} " + passive[1] + " {1}{3}"
        else:
            continue
        before, after = text[: first.start], text[second.end :]
        if before.strip() or not re.match(r"\s*[.,;]|\s+(?:in|on|at)\b", after):
            continue
        return form.format(before, first.raw, second.raw, after), form.format(before, second.raw, first.raw, after)
    return None


def _passive(gold: GoldSentence, text: str, _: random.Random) -> str | None:
    turned = turned_passive(text, gold)
    return None if turned is None else turned[0]


def _joined(gold: GoldSentence) -> MadeClaim | None:
    """The sentence and the one behind it in one sentence; both are the quote."""
    at = gold.passage.find(gold.text)
    spans = [span for span in sentences(gold.passage) if span[0] >= at + len(gold.text)]
    if at < 0 or not spans or len(gold.text) > 350 or not gold.text.rstrip().endswith("."):
        return None
    start, end = spans[0]
    after = gold.passage[start:end]
    if start - at - len(gold.text) > 3 or end - start > 350 or not _LOWERED.match(after):
        return None
    both = {"en": "and", "de": "und", "es": "y"}[gold.language]
    text = f"{gold.text.rstrip()[:-1].rstrip()}, {both} {after[0].lower()}{after[1:]}"
    return MadeClaim("true", "joined", text, gold.passage[at:end])


_RULES: dict[str, _Rule] = {
    "clause_dropped": _clause_dropped,
    "parenthesis_dropped": _parenthesis_dropped,
    "leading_dropped": _leading_dropped,
    "respaced": _respaced,
    "number_form": _number_form,
    "date_form": _date_form,
    "surname": _surname,
    "abbreviated": _abbreviated,
    "initials": _initials,
    "negation_reworded": _negation_reworded,
    "lead": _lead,
    "partly_quoted": _partly_quoted,
    "passive": _passive,
}
