"""Counts, sums, averages, extremes over typed rows, and lists of all mentions: exhaustive, by code, never the top k.

Every input is cited. Up to 50 rows are cited one by one. More than that are cited as stretches: rows that follow each
other in the text make one quote from the first to the last, so a whole column is one citation, while `Computation`
still holds every term, and verification runs over all of them. Numbers are `Decimal`.
"""

import re
from collections.abc import Iterable, Sequence

from assistant.case_facts_port import CaseFacts, Mention, Row
from assistant.computations import ComputationError, compute, currencies
from assistant.engines.row_selection import Selection, select, shown
from assistant.lexicon import CURRENCIES, Language, fold
from assistant.questions import QuestionAnalysis
from assistant.records import Computation, Operation, ProposedClaim, ProposedQuote
from casefile.records import Cell, CellType, Passage

MOST_SINGLE_CITATIONS = 50
MOST_MENTIONS_LISTED = 200
_MOST_SHEETS = 3
_WANTS: dict[Operation, CellType | None] = {
    "count": None,
    "sum": "number",
    "average": "number",
    "minimum": "number",
    "maximum": "number",
    "earliest": "date",
    "latest": "date",
}
_TEXTS: dict[Language, dict[Operation, str]] = {
    "en": {
        "count": "There are {value} entries.",
        "sum": "{value} in total, over {n} entries.",
        "average": "{value} on average, over {n} entries.",
        "minimum": "{value} is the lowest of {n} entries.",
        "maximum": "{value} is the highest of {n} entries.",
        "earliest": "{value} is the earliest of {n} entries.",
        "latest": "{value} is the latest of {n} entries.",
    },
    "de": {
        "count": "Es sind {value} Eintr\u00e4ge.",
        "sum": "{value} insgesamt, aus {n} Eintr\u00e4gen.",
        "average": "{value} im Durchschnitt, aus {n} Eintr\u00e4gen.",
        "minimum": "{value} ist am niedrigsten von {n} Eintr\u00e4gen.",
        "maximum": "{value} ist am h\u00f6chsten von {n} Eintr\u00e4gen.",
        "earliest": "{value} ist am fr\u00fchesten von {n} Eintr\u00e4gen.",
        "latest": "{value} ist am sp\u00e4testen von {n} Eintr\u00e4gen.",
    },
    "fr": {
        "count": "Il y a {value} lignes.",
        "sum": "{value} au total, sur {n} lignes.",
        "average": "{value} en moyenne, sur {n} lignes.",
        "minimum": "{value} est le plus bas de {n} lignes.",
        "maximum": "{value} est le plus \u00e9lev\u00e9 de {n} lignes.",
        "earliest": "{value} est la plus ancienne de {n} lignes.",
        "latest": "{value} est la plus r\u00e9cente de {n} lignes.",
    },
    "nl": {
        "count": "Er zijn {value} regels.",
        "sum": "{value} in totaal, over {n} regels.",
        "average": "{value} gemiddeld, over {n} regels.",
        "minimum": "{value} is het laagst van {n} regels.",
        "maximum": "{value} is het hoogst van {n} regels.",
        "earliest": "{value} is het vroegst van {n} regels.",
        "latest": "{value} is het laatst van {n} regels.",
    },
}


def compute_answer(analysis: QuestionAnalysis, facts: CaseFacts) -> tuple[ProposedClaim, ...]:
    """Return claims with their computations, empty when the question asks for none or the case has no rows for it."""
    if analysis.identifiers and (analysis.exhaustive or analysis.operation == "count"):
        mentions = tuple(facts.mentions(analysis.question))
        counted = analysis.operation == "count" and _about_mentions(analysis)
        if mentions and (counted or (analysis.exhaustive and analysis.operation is None)):
            return _mentions(analysis, mentions, counted=counted)
    if analysis.operation not in _WANTS:
        return ()
    selections = select(analysis, facts, wants=_WANTS[analysis.operation])
    claims = (_claim(analysis.operation, selection, analysis.language) for selection in selections[:_MOST_SHEETS])
    return tuple(claim for claim in claims if claim is not None)


def _claim(operation: Operation, selection: Selection, language: Language) -> ProposedClaim | None:
    """A computation over one sheet's rows; None where its cells cannot be read the same way twice."""
    if operation == "count":
        inputs = [(row, _first_shown(row)) for row in selection.rows]
        value = str(len(inputs))
    else:
        pairs = [(row, cell) for row in selection.rows for cell in row.cells if cell.column == selection.column]
        pairs = [(row, cell) for row, cell in pairs if cell.type == _WANTS[operation]]
        inputs = [(row, shown(row, cell)) for row, cell in pairs]
        try:
            value = compute(operation, [term for _, term in inputs])
            typed = compute(operation, [_plain_form(cell) for _, cell in pairs])
        except ComputationError:
            return None
        if typed != value:
            return None
    if not inputs:
        return None
    quotes, positions = cite_rows([row.passage for row, _ in inputs])
    terms = tuple(term for _, term in inputs)
    unit = "" if operation in {"count", "earliest", "latest"} else _unit(selection, terms)
    text = _TEXTS[language][operation].format(value=f"{unit} {value}".strip(), n=len(inputs))
    return ProposedClaim(text, quotes, Computation(operation, positions, terms, value, unit))


def _plain_form(cell: Cell) -> str:
    """A cell's normal form as a term; a decimal with three places gets a fourth, so that it has one reading."""
    return cell.value + "0" if re.fullmatch(r"-?\d{1,3}\.\d{3}", cell.value) else cell.value


def _first_shown(row: Row) -> str:
    return next((shown(row, cell) for cell in row.cells if cell.end > cell.start), row.passage.text.strip())


def _unit(selection: Selection, terms: Sequence[str]) -> str:
    """The currency, where the terms, their column's name or one other column say one and the same."""
    stated = currencies(terms)
    if stated:
        return min(stated)
    header = selection.sheet.header
    name = header[selection.column] if selection.column is not None and selection.column < len(header) else ""
    named = _currencies_in(name)
    beside = {unit for row in selection.rows for cell in row.cells for unit in _currencies_in(shown(row, cell))}
    for found in (named, beside):
        if len(found) == 1:
            return min(found)
    return ""


def _currencies_in(text: str) -> frozenset[str]:
    found = {CURRENCIES[word] for word in re.findall(r"[^\W\d_]+", fold(text)[:200]) if word in CURRENCIES}
    return frozenset(found | {CURRENCIES[sign] for sign in text[:200] if sign in CURRENCIES})


def cite_rows(passages: Sequence[Passage]) -> tuple[tuple[ProposedQuote, ...], tuple[int, ...]]:
    """Return quotes for rows and, for each row, the position (from 1) of the quote that holds it.

    Up to `MOST_SINGLE_CITATIONS` rows get a quote each; more are joined where they follow each other, one line each.
    """
    if len(passages) <= MOST_SINGLE_CITATIONS:
        return tuple(_quote([passage]) for passage in passages), tuple(range(1, len(passages) + 1))
    stretches: list[list[Passage]] = []
    positions: list[int] = []
    for passage in passages:
        if not stretches or not _follows(stretches[-1][-1], passage):
            stretches.append([])
        stretches[-1].append(passage)
        positions.append(len(stretches))
    return tuple(_quote(stretch) for stretch in stretches), tuple(positions)


def _follows(one: Passage, other: Passage) -> bool:
    same = (one.exhibit_id, one.text_sha256) == (other.exhibit_id, other.text_sha256)
    return same and other.locator.start == one.locator.end + 1


def _quote(stretch: Sequence[Passage]) -> ProposedQuote:
    first, last = stretch[0], stretch[-1]
    text = "\n".join(passage.text for passage in stretch)
    return ProposedQuote(first.exhibit_id, first.text_sha256, first.locator.start, last.locator.end, text)


# --- mentions ------------------------------------------------------------------------------------------------------

_ABOUT_MENTIONS = re.compile(
    r"\b(?:mention\w*|appear\w*|occur\w*|named|referred|documents?|exhibits?|files?|how often|times"
    r"|erwahn\w*|vorkomm\w*|kommt|genannt|dokument\w*|dateien|akten|wie oft"
    r"|mentionn\w*|apparai\w*|documents?|fichiers?|combien de "
    r"fois|genoemd|vermeld\w*|voorkomt?|komt|documenten|bestanden|hoe vaak)\b"
)


def _about_mentions(analysis: QuestionAnalysis) -> bool:
    return _ABOUT_MENTIONS.search(fold(analysis.question)) is not None


def _mentions(analysis: QuestionAnalysis, mentions: Iterable[Mention], *, counted: bool) -> tuple[ProposedClaim, ...]:
    """One claim that counts all mentions, or one quote for each, each identifier's own line first."""
    places = [(mention, _line(mention)) for mention in mentions]
    if counted:
        quotes = tuple(dict.fromkeys(quote for _, quote in places))
        positions = tuple(quotes.index(quote) + 1 for _, quote in places)
        terms = tuple(mention.identifier.raw for mention, _ in places)
        value = str(len(places))
        return (
            ProposedClaim(
                _MENTIONED[analysis.language].format(value=value), quotes, Computation("count", positions, terms, value)
            ),
        )
    listed = dict.fromkeys(quote for _, quote in places[:MOST_MENTIONS_LISTED])
    return tuple(ProposedClaim(f"\u201c{' '.join(quote.quote.split())}\u201d", (quote,)) for quote in listed)


_MENTIONED: dict[Language, str] = {
    "en": "{value} mentions.",
    "de": "{value} mal genannt.",
    "fr": "{value} mentions.",
    "nl": "{value} keer genoemd.",
}


def _line(mention: Mention) -> ProposedQuote:
    """The line that holds an identifier; of a longer one, 120 characters on either side."""
    passage, identifier = mention.passage, mention.identifier
    offset = passage.locator.start
    at, until = identifier.start - offset, identifier.end - offset
    start = max(passage.text.rfind("\n", 0, at) + 1, at - 120, 0)
    newline = passage.text.find("\n", until)
    end = min(len(passage.text) if newline < 0 else newline, until + 120)
    text = passage.text[start:end]
    start += len(text) - len(text.lstrip())
    return ProposedQuote(
        passage.exhibit_id, passage.text_sha256, offset + start, offset + start + len(text.strip()), text.strip()
    )
