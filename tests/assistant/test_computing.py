"""Counts, sums and extremes over rows: exhaustive, cited, verified again; nothing is guessed."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.case_facts_port import Mention, NamePlace, Row, Sheet
from assistant.citations import Checked, verify
from assistant.computations import ComputationError, compute, read_term
from assistant.engines.computing import MOST_SINGLE_CITATIONS, compute_answer
from assistant.engines.extractive import ExtractiveEngine
from assistant.questions import analyse
from assistant.records import EngineRequest, ExhibitRef, Outcome, ProposedClaim, ProposedQuote
from casefile.locators import CellsLocator, LinesLocator, Locator
from casefile.records import Cell, CellType, Identifier, Passage

BANK = ("Date", "Sender", "Recipient", "Purpose", "Amount EUR")
TYPES: tuple[CellType, ...] = ("date", "text", "text", "text", "number")
PAYMENTS = (
    ("2024-03-05", "Jonas Weber", "Maria Krause", "rent", "12400.00"),
    ("2024-03-09", "Maria Krause", "Jonas Weber", "refund", "150.50"),
    ("2024-04-01", "Jonas Weber", "Maria Krause", "rent", "800.00"),
    ("2024-04-15", "Peter Klein", "Jonas Weber", "van", "4500.25"),
    ("2023-12-24", "Jonas Weber", "Peter Klein", "gift", "50.00"),
)


class Tables:
    """Facts kept in memory: named sheets of rows, one exhibit each, and one text with identifiers."""

    def __init__(self, tables: dict[str, tuple[tuple[str, ...], Sequence[tuple[str, ...]]]]) -> None:
        self.texts: dict[str, str] = {}
        self._rows: dict[str, tuple[Row, ...]] = {}
        self._sheets: list[Sheet] = []
        self._mentions: list[Mention] = []
        for number, (name, (header, rows)) in enumerate(tables.items()):
            exhibit = ExhibitRef(f"sha256:{number:064d}", name, name)
            self._sheets.append(Sheet(exhibit, "Sheet1", header, len(rows)))
            text = "\t".join(header)
            built = []
            for position, values in enumerate(rows):
                start = len(text) + 1
                text += "\n" + "\t".join(values)
                locator = CellsLocator("Sheet1", f"A{position + 2}", start, len(text), header)
                passage = Passage(position, exhibit.id, "t", position, "\t".join(values), "", locator)
                built.append(Row(passage, _cells(values, start)))
            self.texts[exhibit.id] = text
            self._rows[exhibit.id] = tuple(built)

    def sheets(self) -> Iterable[Sheet]:
        return self._sheets

    def rows(self, sheet: Sheet) -> Iterable[Row]:
        return self._rows[sheet.exhibit.id]

    def replace_rows(self, rows: Sequence[Row]) -> None:
        self._rows[rows[0].passage.exhibit_id] = tuple(rows)

    def mentions(self, question: str) -> Iterable[Mention]:
        return [mention for mention in self._mentions if mention.identifier.raw in question]

    def places_of(self, what: str) -> Iterable[NamePlace]:
        for exhibit, text in self.texts.items():
            passage = Passage(7, exhibit, "t", 0, text, "", LinesLocator(1, 1, 0, len(text)))
            for match in re.finditer(re.escape(what), text):
                yield NamePlace(ExhibitRef(exhibit, "", ""), passage, match.start(), match.end())

    def add_text(self, text: str, raw: str) -> None:
        exhibit = ExhibitRef(f"sha256:{len(self.texts):064d}", "letter.txt", "letter.txt")
        self.texts[exhibit.id] = text
        passage = Passage(99, exhibit.id, "t", 0, text, "", LinesLocator(1, 1, 0, len(text)))
        for match in re.finditer(re.escape(raw), text):
            identifier = Identifier("code", raw, raw, 1, "code", match.start(), match.end())
            self._mentions.append(Mention(exhibit, passage, identifier))


def _cells(values: Sequence[str], start: int) -> tuple[Cell, ...]:
    cells = []
    for column, value in enumerate(values):
        kind: CellType = TYPES[column] if column < len(TYPES) else "text"
        normal = value.replace(",", "") if kind == "number" else value
        cells.append(Cell(column, kind if value else "empty", normal, start, start + len(value)))
        start += len(value) + 1
    return tuple(cells)


def bank(rows: Sequence[tuple[str, ...]] = PAYMENTS, name: str = "bank_statement.xlsx") -> Tables:
    return Tables({name: (BANK, rows)})


def checked(claims: Sequence[ProposedClaim], facts: Tables) -> Checked:
    def at(quote: ProposedQuote) -> tuple[ExhibitRef, Locator]:
        return ExhibitRef(quote.exhibit_id, "", ""), CellsLocator("Sheet1", "A2", quote.start, quote.end, BANK)

    return verify(claims, text_of=lambda exhibit, _: facts.texts[exhibit], locate=at)


ANSWERS = [
    ("How many payments were made from Weber to Krause?", "2"),
    ("How many payments are in the bank statement?", "5"),
    ("How many payments did Krause receive?", None),  # sender or recipient: not said by a word that decides
    ("How many payments to Krause?", "2"),
    ("How many payments were made in April 2024?", "2"),
    ("How many payments over EUR 1,000.00 are in the bank statement?", "2"),
    ("What is the total amount of payments to Krause?", "13200"),
    ("How much did Weber pay to Krause in total?", "13200"),
    ("What is the sum of all payments for rent?", "13200"),
    ("What is the average amount of the payments to Krause?", "6600"),
    ("What was the largest payment from Weber?", "12400"),
    ("What was the smallest payment from Weber?", "50"),
    ("What is the date of the earliest payment from Weber?", "2023-12-24"),
    ("Wie viele Zahlungen gingen an Krause?", "2"),
    ("Wie viel hat Weber insgesamt an Krause gezahlt?", "13200"),
    ("Combien de paiements à Krause ?", "2"),
    ("Hoeveel betalingen aan Krause?", "2"),
]


@pytest.mark.parametrize(("question", "value"), ANSWERS)
def test_answers_over_a_bank_statement(question: str, value: str | None) -> None:
    facts = bank()
    claims = compute_answer(analyse(question), facts)
    if value is None:
        return
    assert [claim.computed.value for claim in claims if claim.computed] == [value]
    found = checked(claims, facts)
    assert found.claims[0].supported, found.claims[0].unsupported_because
    assert all(citation.verified for citation in found.citations)
    assert value in found.claims[0].text


@pytest.mark.parametrize(
    "question",
    [
        "How many payments were made to Schulze?",
        "How many submarines are in the harbour?",
        "What is the sum of the invoices of Brandt?",
        "How many payments to VKT-482-B?",
        "How many payments were made in 2019 by submarine?",
        "Who paid Krause?",
    ],
)
def test_what_the_rows_do_not_account_for_is_not_computed(question: str) -> None:
    assert compute_answer(analyse(question), bank()) == ()


def test_direction_decides_between_sender_and_recipient() -> None:
    facts = bank()
    (to,) = compute_answer(analyse("How many payments to Weber?"), facts)
    (by,) = compute_answer(analyse("How many payments from Weber?"), facts)
    assert to.computed is not None
    assert by.computed is not None
    assert (to.computed.value, by.computed.value) == ("2", "3")


def test_currency_comes_from_the_column_name() -> None:
    (claim,) = compute_answer(analyse("What is the total amount of payments to Krause?"), bank())
    assert claim.text.startswith("EUR 13200 in total")
    assert claim.computed is not None
    assert claim.computed.unit == "EUR"


def test_two_currencies_are_not_added() -> None:
    rows = [
        ("2024-03-05", "Weber", "Krause", "rent", "EUR 10.00"),
        ("2024-03-06", "Weber", "Krause", "rent", "USD 10.00"),
    ]
    assert compute_answer(analyse("What is the total amount of payments to Krause?"), bank(rows)) == ()


def test_every_row_counts_however_many_there_are() -> None:
    rows = [("2024-03-05", f"Sender{n}", "Maria Krause", "rent", "10.10") for n in range(1_000)]
    facts = bank(rows)
    (claim,) = compute_answer(analyse("What is the total amount of payments to Krause?"), facts)
    assert claim.computed is not None
    assert claim.computed.value == "10100"
    assert len(claim.computed.terms) == 1_000
    assert len(claim.quotes) == 1
    found = checked([claim], facts)
    assert found.claims[0].supported, found.claims[0].unsupported_because


def test_up_to_fifty_rows_are_cited_one_by_one() -> None:
    rows = [("2024-03-05", "Weber", "Maria Krause", "rent", "10.10")] * MOST_SINGLE_CITATIONS
    (claim,) = compute_answer(analyse("How many payments to Krause?"), bank(rows))
    assert len(claim.quotes) == MOST_SINGLE_CITATIONS


def test_rows_apart_make_several_stretches() -> None:
    rows = []
    for n in range(120):
        rows.append(("2024-03-05", "Weber", "Krause" if n % 40 else "Klein", "rent", "1.00"))
    facts = bank(rows)
    (claim,) = compute_answer(analyse("How many payments to Krause?"), facts)
    assert claim.computed is not None
    assert (claim.computed.value, len(claim.quotes)) == ("117", 3)
    assert checked([claim], facts).claims[0].supported


def test_the_better_named_of_two_sheets_is_taken() -> None:
    facts = Tables(
        {"calls.csv": (("Day", "Caller"), [("2024-03-05", "Krause")]), "bank_statement.csv": (BANK, PAYMENTS)}
    )
    (claim,) = compute_answer(analyse("How many payments to Krause in the bank statement?"), facts)
    assert claim.quotes[0].exhibit_id.endswith("1")


STOCK = ("No", "Kind", "Make", "Value EUR")
MACHINES = (
    ("1", "red tractor", "Alva", "30500.00"), ("2", "dumper", "Borg", "12000"), ("3", "dumper", "Carl", "9000"),
    ("4", "plough", "Dorn", "2500.50"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "value", "first"),
    [
        ("Which is worth more, the plough or the red tractor, and by how much?", "27999.5", "red tractor"),
        ("Was kostet mehr, der Plough oder der red tractor?", "27999.5", "red tractor"),
        ("Which was more expensive, the Borg dumper or the plough?", "9499.5", "Borg dumper"),
        ("Which is worth more, the dumper or the plough?", None, ""),  # there are two dumpers
        ("Which is worth more, the crane or the plough?", None, ""),
        ("Which is older, the red tractor or the plough?", None, ""),
    ],
)
def test_two_rows_are_compared_only_where_each_is_one(question: str, value: str | None, first: str) -> None:
    facts = Tables({"stock.xlsx": (STOCK, MACHINES)})
    rows = [Row(row.passage, _machine_cells(row)) for row in facts.rows(next(iter(facts.sheets())))]
    facts.replace_rows(rows)
    claims = compute_answer(analyse(question), facts)
    if value is None:
        assert claims == ()
        return
    (claim,) = claims
    assert claim.computed is not None
    assert (claim.computed.operation, claim.computed.value, claim.computed.unit) == ("difference", value, "EUR")
    assert claim.text.lstrip("\u201c").startswith(first)
    assert checked(claims, facts).claims[0].supported, checked(claims, facts).claims[0].unsupported_because


def _machine_cells(row: Row) -> tuple[Cell, ...]:
    types: tuple[CellType, ...] = ("number", "text", "text", "number")
    return tuple(Cell(c.column, types[c.column], c.value, c.start, c.end) for c in row.cells)


def test_a_word_may_begin_a_word_of_the_sheets_name() -> None:
    rows = [
        ("2024-03-05", "KL-AB 12", "north"),
        ("2024-03-06", "KL-AB 12", "south"),
        ("2024-03-06", "KL-CD 3", "south"),
    ]
    facts = Tables({"readings_bridge_camera.csv": (("Day", "Plate", "Way"), rows)})
    (claim,) = compute_answer(analyse("How often was the plate KL-AB 12 read on the bridge?"), facts)
    assert claim.computed is not None
    assert claim.computed.value == "2"


def test_of_two_sheets_that_both_fit_none_is_compared() -> None:
    facts = Tables({"one.xlsx": (BANK, PAYMENTS), "two.xlsx": (BANK, PAYMENTS)})
    assert compute_answer(analyse("Which cost more, the van or the gift?"), facts) == ()
    (claim,) = compute_answer(analyse("Which cost more, the van or the gift?"), bank())
    assert claim.computed is not None
    assert claim.computed.value == "4450.25"


def test_mentions_are_counted_and_listed_exhaustively() -> None:
    facts = bank()
    facts.add_text("The letter VKT-482-B came.\nNobody read VKT-482-B twice.", "VKT-482-B")
    facts.add_text("VKT-482-B again.", "VKT-482-B")
    (counted,) = compute_answer(analyse("How many times is VKT-482-B mentioned?"), facts)
    assert counted.computed is not None
    assert counted.computed.value == "3"
    listed = compute_answer(analyse("List every mention of VKT-482-B."), facts)
    assert [claim.quotes[0].quote for claim in listed] == [
        "The letter VKT-482-B came.", "Nobody read VKT-482-B twice.", "VKT-482-B again.",
    ]  # fmt: skip
    found = checked([counted, *listed], facts)
    assert all(claim.supported for claim in found.claims), [claim.unsupported_because for claim in found.claims]


def test_the_engine_answers_with_the_computation() -> None:
    request = EngineRequest("How many payments to Krause?", ())
    events = list(ExtractiveEngine(None, bank()).answer(request))
    assert isinstance(events[0], ProposedClaim)
    assert events[-1] == Outcome("answered", confidence=1.0)


# --- operations ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "terms", "value"),
    [
        ("count", ("a", "b"), "2"),
        ("count", (), "0"),
        ("sum", ("0.10", "0.20"), "0.3"),
        ("sum", ("EUR 1,000.00", "€2.000,50"), "3000.5"),
        ("average", ("1", "2"), "1.5"),
        ("difference", ("3", "5"), "-2"),
        ("difference", ("2024-03-05", "1 March 2024"), "4"),
        ("minimum", ("7", "3"), "3"),
        ("latest", ("05.03.2024", "2024-03-09"), "2024-03-09"),
        ("compare", ("3", "3.0"), "equal"),
        ("compare", ("3", "4"), "less"),
        ("compare", ("red van", "Red  van"), "equal"),
        ("compare", ("red van", "blue van"), "different"),
    ],
)
def test_compute(operation: str, terms: tuple[str, ...], value: str) -> None:
    assert compute(operation, terms) == value  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("operation", "terms"),
    [
        ("sum", ()),
        ("sum", ("EUR 1.00", "USD 1.00")),
        ("sum", ("1.234",)),
        ("sum", ("many",)),
        ("sum", ("1.00", "2024-03-05")),
        ("sum", ("2024-03-05",)),
        ("earliest", ("05/03/2024",)),
        ("earliest", ("March 2024",)),
        ("latest", ("31.02.2024",)),
        ("difference", ("1", "2", "3")),
        ("compare", ("1",)),
    ],
)
def test_what_cannot_be_computed_says_why(operation: str, terms: tuple[str, ...]) -> None:
    with pytest.raises(ComputationError, match=r"\w"):
        compute(operation, terms)  # type: ignore[arg-type]


@settings(max_examples=50)
@given(st.lists(st.decimals(-(10**7), 10**7, places=2), min_size=1, max_size=30))
def test_a_sum_over_rows_is_exact(numbers: list[Decimal]) -> None:
    facts = bank([("2024-03-05", "Weber", "Krause", "rent", f"{number:.2f}") for number in numbers])
    (claim,) = compute_answer(analyse("What is the total amount of payments to Krause?"), facts)
    assert claim.computed is not None
    assert Decimal(claim.computed.value) == sum(numbers, Decimal(0))


def test_terms_are_read_one_way_only() -> None:
    assert read_term("1.234,50 €") == Decimal("1234.50")
    with pytest.raises(ComputationError, match="can be read as"):
        read_term("1.234")
