"""Which of two is more, and by how much: two rows of one sheet, one column, compared by code.

Nothing is guessed: each of the two must fit exactly one row, in exactly one sheet of the case, and one column must be
what the question compares by.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from assistant.case_facts_port import CaseFacts, Row, Sheet
from assistant.computations import ComputationError, compute, currencies
from assistant.engines.row_selection import AMOUNT_COLUMN, shown, stems_of, typed_columns
from assistant.lexicon import CURRENCIES, Language, fold
from assistant.questions import QuestionAnalysis, content_terms
from assistant.records import Computation, ProposedClaim, ProposedQuote
from casefile.records import Passage

_STEM = 6
_ARTICLE = r"(?:the |a |an |der |die |das |den |dem |le |la |les |l'|de |het |een )?"
_EITHER = re.compile(
    rf"[,:]\s*{_ARTICLE}(?P<a>[^,?:]{{2,80}}?),? (?:or|oder|ou|of) {_ARTICLE}(?P<b>[^,?:]{{2,80}}?)"
    r"(?=\s*[,?]|\s+(?:and|und|et|en) |\s*$)",
    re.IGNORECASE,
)
_BY_AMOUNT = re.compile(
    r"\b(?:worth|expensive|cheaper|dearer|cost\w*|pricier|valuable|paid|price|value|wert|teurer|billiger|kostet\w*|gekostet|teuerer"
    r"|cher|chere|coute\w*|vaut|valait|duurder|goedkoper|waard|kost\w*)\b"
)
_TEXTS: dict[Language, str] = {
    "en": "{first}: {one}; {second}: {other}; the difference is {value}.",
    "de": "{first}: {one}; {second}: {other}; der Unterschied ist {value}.",
    "fr": "{first} : {one} ; {second} : {other} ; l'\u00e9cart est de {value}.",
    "nl": "{first}: {one}; {second}: {other}; het verschil is {value}.",
}


def compare_rows(analysis: QuestionAnalysis, facts: CaseFacts) -> tuple[ProposedClaim, ...]:
    """Return the difference of two rows that the question sets against each other, the greater first."""
    either = _EITHER.search(analysis.question)
    if either is None or not _BY_AMOUNT.search(fold(analysis.question)):
        return ()
    names = (either["a"], either["b"])
    pairs = [(sheet, pair) for sheet in facts.sheets() if (pair := _pair(facts, sheet, names)) is not None]
    return _claim(analysis, pairs[0][0], *pairs[0][1]) if len(pairs) == 1 else ()


_Side = tuple[str, Row, str, Decimal]


def _pair(facts: CaseFacts, sheet: Sheet, names: tuple[str, str]) -> tuple[_Side, _Side] | None:
    """Name, row, shown value and number of both, the greater first; None where the sheet does not say."""
    rows = tuple(facts.rows(sheet))
    columns = [
        number
        for number in typed_columns(rows, "number")
        if number < len(sheet.header) and AMOUNT_COLUMN.search(fold(sheet.header[number]))
    ]
    if len(columns) != 1:
        return None
    sides = [_side(name, rows, columns[0]) for name in names]
    if sides[0] is None or sides[1] is None or sides[0][1] is sides[1][1]:
        return None
    first, second = sorted((sides[0], sides[1]), key=lambda side: -side[3])
    return first, second


def _side(name: str, rows: Sequence[Row], column: int) -> _Side | None:
    wanted = {term[:_STEM] for term in content_terms(name)}
    fitting = [row for row in rows if wanted and wanted <= stems_of(row.passage.text)]
    cells = [(row, cell) for row in fitting for cell in row.cells if cell.column == column and cell.type == "number"]
    if len(fitting) != 1 or len(cells) != 1:
        return None
    return name.strip(), fitting[0], shown(*cells[0]), Decimal(cells[0][1].value)


def _claim(analysis: QuestionAnalysis, sheet: Sheet, first: _Side, second: _Side) -> tuple[ProposedClaim, ...]:
    terms = (first[2], second[2])
    try:
        value = compute("difference", terms)
    except ComputationError:
        return ()
    if Decimal(value) != first[3] - second[3]:
        return ()
    unit = _unit(sheet, terms)
    text = _TEXTS[analysis.language].format(
        first=_marked(first), one=first[2], second=_marked(second), other=second[2], value=f"{unit} {value}".strip()
    )
    quotes = tuple(_quote(side[1].passage) for side in (first, second))
    return (ProposedClaim(text, quotes, Computation("difference", (1, 2), terms, value, unit)),)


def _marked(side: _Side) -> str:
    """The name in quotation marks where the row has it word for word."""
    name, row = side[0], side[1]
    return f"\u201c{name}\u201d" if name.casefold() in row.passage.text.casefold() else name


def _unit(sheet: Sheet, terms: Sequence[str]) -> str:
    """The currency that the two values state, or the one that the sheet's header names."""
    named = {
        CURRENCIES[word] for name in sheet.header for word in re.findall(r"[^\W\d_]+", fold(name)) if word in CURRENCIES
    }
    found = currencies(terms) or named
    return min(found) if len(found) == 1 else ""


def _quote(passage: Passage) -> ProposedQuote:
    place = passage.locator
    return ProposedQuote(passage.exhibit_id, passage.text_sha256, place.start, place.end, passage.text)
