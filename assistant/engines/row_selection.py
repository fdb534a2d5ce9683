"""Which sheet, which column and which rows of a case a question means. Nothing is guessed: in doubt, none.

Every content word of the question must be accounted for: by the sheet's or the exhibit's name, by a column's name, by
a cell, by a date or a bound that rows are filtered by, or by being one of the words that any table is asked with.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from assistant.case_facts_port import CaseFacts, Row, Sheet
from assistant.lexicon import CURRENCIES, fold, word_set
from assistant.questions import QuestionAnalysis, content_terms
from assistant.values import Value, find_values, read_number
from assistant.written_dates import CalendarDate
from casefile.records import Cell, CellType

_STEM = 6
_ANY_TABLE = word_set(
    "payment payments pay pays paid payed transfer "
    "transfers transferred transaction transactions booking bookings entry "
    "entries row rows line lines record records item items "
    "table sheet list file spreadsheet statement made make happen "
    "happened take took place total totals sum amount amounts altogether together overall money value values number "
    "average mean largest biggest highest smallest lowest earliest "
    "latest oldest newest most recent first last day date "
    "between add added up received receive receives sent send shown listed contain contains recorded time times "
    "zahlung zahlungen zahlte bezahlt gezahlt uberweisung uberweisungen uberwiesen buchung buchungen eintrag eintrage "
    "eintragen zeile zeilen tabelle blatt liste datei summe insgesamt gesamt gesamtsumme gesamtbetrag betrag betrage "
    "geld anzahl zusammen durchschnittliche durchschnitt hochste grosste niedrigste kleinste fruheste spateste alteste "
    "neueste datum tag erhalten erhielt gesendet ging gingen geflossen "
    "paiement paiements paye payes virement virements vire ligne lignes tableau feuille liste total somme montant "
    "montants argent moyen moyenne grand eleve petit bas ancien recent recu recus envoye envoyes date jour "
    "betaling betalingen betaald betaalde overboeking overboekingen "
    "overgemaakt boeking boekingen regel regels rij rijen "
    "tabel blad lijst totaal totale totaalbedrag som bedrag bedragen geld aantal samen gemiddelde hoogste grootste "
    "laagste kleinste vroegste laatste datum dag ontvangen gestuurd"
)
_PAYING = word_set(
    "payment payments pay pays paid transfer transfers transferred zahlung zahlungen zahlte bezahlt gezahlt "
    "uberweisung uberweisungen uberwiesen paiement paiements paye virement "
    "virements vire betaling betalingen betaald overboeking "
    "overboekingen overgemaakt"
)
"""Words that only a table with a column of amounts can be meant by."""
AMOUNT_COLUMN = re.compile(
    r"amount|betrag|montant|bedrag|sum\b|summe|value|wert|price|preis|prix|prijs|\beur\b|euro|debit|credit|umsatz"
)
_TO_COLUMN = re.compile(
    r"\bto\b|beneficiary|recipient|payee|receiver|empfanger|beneficiaire|destinataire|ontvanger|called|callee"
    r"|angerufen|begunstigte"
)
_FROM_COLUMN = re.compile(
    r"\bfrom\b|sender|payer|caller|absender|auftraggeber|zahler|expediteur|emetteur|donneur|afzender|betaler"
    r"|anrufer|remitter"
)
_TO_WORDS = r"(?:to|an|nach|a|aan|naar|received by)"
_FROM_WORDS = r"(?:from|by|von|durch|de|par|van|door)"
_ABOVE = re.compile(
    r"\b(?:over|above|more than|exceeding|at least|uber|mehr als|mindestens|plus de|au moins|superieurs? a"
    r"|meer dan|boven|minstens)\W+$"
)
_BELOW = re.compile(
    r"\b(?:under|below|less than|at most|unter|weniger als|hochstens|moins de|au plus|inferieurs? a|minder dan"
    r"|onder|hoogstens)\W+$"
)
_INCLUSIVE = re.compile(r"\b(?:at least|at most|mindestens|hochstens|au moins|au plus|minstens|hoogstens)\W+$")


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows of one sheet that a question means; `column` is what is computed over, None for counting rows."""

    sheet: Sheet
    rows: tuple[Row, ...]
    column: int | None
    matched: int


def select(analysis: QuestionAnalysis, facts: CaseFacts, *, wants: CellType | None) -> tuple[Selection, ...]:
    """Return the selections that account for the whole question, those that it names best.

    Args:
        analysis: of the question.
        facts: the case.
        wants: the type of the column to compute over; None counts rows.
    """
    found = [
        selection for sheet in facts.sheets() if (selection := _select_in(analysis, facts, sheet, wants)) is not None
    ]
    best = max((selection.matched for selection in found), default=0)
    return tuple(selection for selection in found if selection.matched == best)


def _select_in(analysis: QuestionAnalysis, facts: CaseFacts, sheet: Sheet, wants: CellType | None) -> Selection | None:
    named = stems_of(f"{sheet.name} {sheet.exhibit.name} {' '.join(sheet.header)}")
    rows = tuple(facts.rows(sheet))
    if not rows:
        return None
    stated = {term for value in (*analysis.presupposed, *analysis.identifiers) for term in content_terms(value.raw)}
    open_terms = [term for term in analysis.terms if term not in stated]
    cells = {stem for row in rows for stem in stems_of(row.passage.text)}
    filters = [term for term in open_terms if term[:_STEM] in cells and term not in _ANY_TABLE]
    rest = [term for term in open_terms if term not in filters and term not in _ANY_TABLE and term not in CURRENCIES]
    if not all(_is_named(term, named) for term in rest):
        return None
    column = _column(analysis, sheet, rows, wants)
    if wants is not None and column is None:
        return None
    kept = _keep(analysis, sheet, rows, filters, column)
    if kept is None or (not kept and filters):
        return None
    money = bool(_PAYING & set(analysis.terms))
    if money and not any(AMOUNT_COLUMN.search(fold(name)) for name in sheet.header):
        return None
    matched = int(money) + len(filters) + len([term for term in open_terms if _is_named(term, named)])
    return Selection(sheet, kept, column, matched) if matched else None


def _is_named(term: str, named: frozenset[str]) -> bool:
    """Whether a word stands in a sheet's names: by its stem, or as the beginning of one (`read` of `readings`)."""
    return term[:_STEM] in named or (len(term) >= 4 and any(stem.startswith(term) for stem in named))


def stems_of(text: str) -> frozenset[str]:
    """Return the first six letters of each word, of compounds with `_`, `.`, `/` or `-` also of their parts."""
    return frozenset(term[:_STEM] for term in content_terms(re.sub(r"[_./\\-]", " ", text)) + content_terms(text))


def _column(analysis: QuestionAnalysis, sheet: Sheet, rows: Sequence[Row], wants: CellType | None) -> int | None:
    """The column of the wanted type: the one the question names, else the only one, else the only one for amounts."""
    if wants is None:
        return None
    typed = typed_columns(rows, wants)
    header = {number: fold(sheet.header[number]) if number < len(sheet.header) else "" for number in typed}
    asked = {term[:_STEM] for term in analysis.terms}
    for choice in (
        [number for number in typed if stems_of(header[number]) & asked],
        typed,
        [number for number in typed if AMOUNT_COLUMN.search(header[number])] if wants == "number" else [],
    ):
        if len(choice) == 1:
            return choice[0]
    return None


def typed_columns(rows: Sequence[Row], wants: CellType) -> list[int]:
    """Return the numbers of the columns whose cells are of a type, nine of ten at least."""
    columns = range(max((cell.column for row in rows for cell in row.cells), default=-1) + 1)
    return [number for number in columns if _is_typed(rows, number, wants)]


def _is_typed(rows: Sequence[Row], number: int, wants: CellType) -> bool:
    types = [cell.type for row in rows for cell in row.cells if cell.column == number and cell.type != "empty"]
    return bool(types) and sum(kind == wants for kind in types) >= 0.9 * len(types)


def _keep(
    analysis: QuestionAnalysis, sheet: Sheet, rows: Sequence[Row], filters: Sequence[str], column: int | None
) -> tuple[Row, ...] | None:
    """Keep the rows with every filter word (in the right column after from or to), every date and bound.

    None when a value of the question cannot be used as a filter.
    """
    folded = fold(analysis.question)
    columns = {term: _direction(term, folded, sheet.header) for term in filters}
    kept = [row for row in rows if all(_has(row, term, columns[term]) for term in filters)]
    for identifier in analysis.identifiers:
        wanted = re.sub(r"\W", "", fold(identifier.raw))
        kept = [row for row in kept if wanted in re.sub(r"[^\w\t]", "", fold(row.passage.text))]
    for value in analysis.presupposed:
        if value.kind == "date" and not value.ambiguous:
            kept = [row for row in kept if _has_date(row, value.dates[0])]
        elif value.kind == "number" and re.fullmatch(r"[12]\d{3}", value.raw):
            kept = [row for row in kept if _has_date(row, CalendarDate(int(value.raw), None, None))]
        elif (bound := _bound(analysis.question, value)) is not None:
            amount = column if column is not None else _column(analysis, sheet, rows, "number")
            if amount is None:
                return None
            kept = [row for row in kept if _within(row, amount, bound)]
        elif (code := _with_word_before(analysis.question, value)) and any(_writes(row, code) for row in rows):
            kept = [row for row in kept if _writes(row, code)]
        else:
            return None
    return tuple(kept)


def _with_word_before(question: str, value: Value) -> str:
    """A number with the word before it, as a number plate is written (`KL-AB 12`); empty where that word is no name."""
    before = re.search(r"(?<!\w)[A-Z\u00c4\u00d6\u00dc]{1,4}(?:-[A-Z]{1,3})? ?$", question[: value.start])
    return f"{before.group()}{value.raw}" if before and value.raw.isdecimal() else ""


def _writes(row: Row, code: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(code)}(?!\w)", row.passage.text) is not None


def _direction(term: str, folded: str, header: Sequence[str]) -> frozenset[int] | None:
    """The columns in which a name must stand, by the word before it: after `to` the recipient's, ..."""
    for words, pattern in ((_TO_WORDS, _TO_COLUMN), (_FROM_WORDS, _FROM_COLUMN)):
        if re.search(rf"\b{words} (?:\w+\.? ){{0,2}}{re.escape(term)}", folded):
            columns = frozenset(number for number, name in enumerate(header) if pattern.search(fold(name)))
            if columns:
                return columns
    return None


def _has(row: Row, term: str, columns: frozenset[int] | None) -> bool:
    if columns is None:
        return term[:_STEM] in stems_of(row.passage.text)
    return any(term[:_STEM] in stems_of(shown(row, cell)) for cell in row.cells if cell.column in columns)


def shown(row: Row, cell: Cell) -> str:
    """Return a cell as it stands in the text."""
    offset = row.passage.locator.start
    return row.passage.text[cell.start - offset : cell.end - offset]


def _has_date(row: Row, wanted: CalendarDate) -> bool:
    dates = [CalendarDate(*_parts(cell.value)) for cell in row.cells if cell.type == "date"]
    dates += [
        date for cell in row.cells if cell.type == "text" for v in find_values(shown(row, cell)) for date in v.dates
    ]
    return any(date.covers(wanted) for date in dates)


def _parts(iso: str) -> tuple[int | None, int | None, int | None]:
    match = re.match(r"(\d{4})-(\d{2})-(\d{2})", iso)
    return (int(match[1]), int(match[2]), int(match[3])) if match else (None, None, None)


@dataclass(frozen=True, slots=True)
class _Bound:
    limit: Decimal
    above: bool
    inclusive: bool


def _bound(question: str, value: Value) -> _Bound | None:
    before = fold(question[: value.start])
    if not value.numbers or value.ambiguous or not (_ABOVE.search(before) or _BELOW.search(before)):
        return None
    return _Bound(value.numbers[0], _ABOVE.search(before) is not None, _INCLUSIVE.search(before) is not None)


def _within(row: Row, column: int, bound: _Bound) -> bool:
    numbers = [read_number(cell.value) for cell in row.cells if cell.column == column and cell.type == "number"]
    if not numbers or not numbers[0]:
        return False
    number = abs(numbers[0][-1])
    if number == bound.limit:
        return bound.inclusive
    return number > bound.limit if bound.above else number < bound.limit
