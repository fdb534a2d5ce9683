"""Counts, sums, averages, extremes over typed rows, and lists of all mentions: exhaustive, by code, never the top k.

Every input is cited. Up to 50 rows are cited one by one. More than that are cited as stretches: rows that follow each
other in the text make one quote from the first to the last, so a whole column is one citation, while `Computation`
still holds every term, and verification runs over all of them. Numbers are `Decimal`.
"""

import re
from collections.abc import Sequence

from assistant.case_facts_port import CaseFacts, Row
from assistant.computations import ComputationError, compute, currencies
from assistant.engines.comparing import compare_rows
from assistant.engines.mentioning import mention_answer
from assistant.engines.row_selection import Selection, select, shown
from assistant.lexicon import CURRENCIES, Language, fold
from assistant.questions import QuestionAnalysis
from assistant.records import Computation, Operation, ProposedClaim, ProposedQuote
from casefile.records import Cell, CellType, Passage

MOST_SINGLE_CITATIONS = 50
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
    mentioned = mention_answer(analysis, facts)
    if mentioned:
        return mentioned
    compared = compare_rows(analysis, facts)
    if compared:
        return compared
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
