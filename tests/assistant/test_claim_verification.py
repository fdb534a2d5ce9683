"""Verification: what is cut from a text holds, what is changed by one digit, name, date or offset does not."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from assistant.citations import citation_marks, number_citations, verify, verify_claim, verify_quote
from assistant.records import Computation, ExhibitRef, Operation, ProposedClaim, ProposedQuote
from casefile.locators import CellsLocator, LinesLocator, Locator

PAYMENT = (
    "On 5 March 2024 Jonas Weber transferred EUR 12,400.00 to Maria Krause's account DE89 3704 0044 0532 0130 00. "
    "He was seen in Hamburg at 14:30 and called 0170 1234567 three times."
)
GERMAN = "Der Zeuge Weber hat am 05.03.2024 um 14:30 Uhr in Hamburg 12.400,00 EUR an Krause übergeben. Er war nicht betrunken."
AMBIGUOUS = "The letter VKT-482-B of 05/03/2024 names 1.234 units."


def claim(text: str, quotes: tuple[str, ...], computed: Computation | None = None, **context: object) -> bool:
    return verify_claim(ProposedClaim(text, (), computed), quotes, **context).supported  # type: ignore[arg-type]


SUPPORTED = [
    (PAYMENT, "Weber transferred EUR 12,400 to Krause on 5 March 2024 [1]."),
    (PAYMENT, "Weber transferred €12.400,00 to Krause on 05.03.2024."),
    (PAYMENT, "In March 2024 JONAS WEBER transferred EUR 12 400,00 to Krause."),
    (PAYMENT, "The account is DE89370400440532013000."),
    (PAYMENT, "Krause, Maria received 12,400 EUR."),
    (PAYMENT, "EUR 12,400.00 — “…transferred EUR 12,400.00 to Maria Krause's account…” [1]"),
    (PAYMENT, "He called 3 times."),
    (PAYMENT, "He was seen in Hamburg at 2:30 pm."),
    (PAYMENT, "The number is 0170/1234567."),
    (PAYMENT, "In 2024 Weber was seen in Hamburg."),
    (GERMAN, "Weber übergab Krause am 5. März 2024 in Hamburg 12.400 EUR."),
    (GERMAN, "Die Übergabe fand in Hamburg statt."),
    (GERMAN, "Weber war nicht betrunken."),
    (GERMAN, "Webers Übergabe in HAMBURG um 14.30 Uhr."),
    (AMBIGUOUS, "The letter vkt/482/b names 1.234 units."),
    (AMBIGUOUS, "It is dated 05/03/2024."),
    (
        "Le 1er mars 2024, M. Dupont a versé 1 234,50 € à Müller.",
        "Dupont a versé EUR 1,234.50 à Mueller le 01.03.2024.",
    ),
    ("De heer De Vries betaalde op 3 mei 2023 vijf keer € 50,-.", "De Vries betaalde 5 keer EUR 50 op 3 mei 2023."),
    ("Weber never paid Krause.", "Weber did not pay Krause."),
    ("Krause was paid by Weber.", "Krause was paid by Weber."),
    ("Weber paid Krause.", "Krause was paid by Weber."),
    ("Revenue was 1.2 million euros.", "Revenue was EUR 1,200,000."),
]
STRUCK = [
    (PAYMENT, "Weber transferred EUR 12,401 to Krause."),
    (PAYMENT, "Weber transferred EUR 124,000 to Krause."),
    (PAYMENT, "Weber transferred EUR 12.40 to Krause."),
    (PAYMENT, "Weber transferred USD 12,400 to Krause."),
    (PAYMENT, "Weber transferred EUR 12,400 to Krause on 6 March 2024."),
    (PAYMENT, "Weber transferred EUR 12,400 to Krause on 5 April 2024."),
    (PAYMENT, "Weber transferred EUR 12,400 to Krause in 2023."),
    (PAYMENT, "Meier transferred EUR 12,400 to Krause."),
    (PAYMENT, "Weber transferred EUR 12,400 to Meier."),
    (PAYMENT, "Krause transferred EUR 12,400 to Weber."),
    (PAYMENT, "Weber did not transfer EUR 12,400 to Krause."),
    (PAYMENT, "The account is DE89370400440532013001."),
    (PAYMENT, "He called four times."),
    (PAYMENT, "He was seen in Hamburg at 14:31."),
    (PAYMENT, "He was seen in Bremen."),
    (PAYMENT, "The number is 0170 1234568."),
    (PAYMENT, "The number is +49 170 1234567."),
    (PAYMENT, "“…transferred EUR 12,40…”"),
    (PAYMENT, "He said “I did it”."),
    (PAYMENT, "12"),
    (GERMAN, "Weber übergab Krause am 5. März 2024 in Bremen 12.400 EUR."),
    (GERMAN, "Weber war betrunken."),
    (GERMAN, "Der Zeuge Meier hat 12.400 EUR übergeben."),
    (AMBIGUOUS, "The letter VKT-482-C names 1.234 units."),
    (AMBIGUOUS, "The letter is dated 5 March 2024."),
    (AMBIGUOUS, "The letter names 1.2340 units."),
    ("Weber paid Krause 5 % of it.", "Weber paid Krause 5 euros."),
    ("Weber paid 3 men on 4 May.", "Weber paid 4 men."),
    ("Weber hat Krause nie bezahlt.", "Weber hat Krause bezahlt."),
    ("Weber n'a pas payé Krause.", "Weber a payé Krause."),
    ("Weber heeft Krause niet betaald.", "Weber heeft Krause betaald."),
]


@pytest.mark.parametrize(("quote", "text"), SUPPORTED)
def test_supported(quote: str, text: str) -> None:
    verdict = verify_claim(ProposedClaim(text, ()), (quote,))
    assert verdict.supported, verdict.because


@pytest.mark.parametrize(("quote", "text"), STRUCK)
def test_struck(quote: str, text: str) -> None:
    verdict = verify_claim(ProposedClaim(text, ()), (quote,))
    assert not verdict.supported
    assert verdict.because


def test_region_joins_national_and_international_numbers() -> None:
    assert claim("The number is +49 170 1234567.", (PAYMENT,), region="DE")
    assert not claim("The number is +48 170 1234567.", (PAYMENT,), region="DE")
    assert not claim("The number is +49 170 1234567.", (PAYMENT,), region="NL")


def test_nothing_cited_is_not_supported() -> None:
    verdict = verify_claim(ProposedClaim("Weber paid.", ()), ())
    assert (verdict.supported, verdict.because) == (False, "it cites nothing")


def test_column_names_label_but_prove_nothing() -> None:
    assert claim("Amount: 12.00; Payee Name: Meier", ("12.00\tMeier",), labels=("Amount", "Payee Name"))
    assert not claim("Amount: 12.01; Payee Name: Meier", ("12.00\tMeier",), labels=("Amount", "Payee Name"))
    assert not claim("Weber paid the Amount", ("12.00\tMeier",), labels=("Weber",))


# --- properties ----------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        "EUR 12,400.00", "1.234,56 €", "5 March 2024", "05.03.2024", "2024-03-05", "14:30", "0170 1234567", "VKT-482-B",
        "DE89 3704 0044 0532 0130 00", "17", "3", "2,5 %", "m.weber@example.org",
    ]
)  # fmt: skip
NAMES = st.sampled_from(["Weber", "Krause", "Hamburg", "Müller", "De Vries", "Dupont"])
FILLER = st.sampled_from(["paid", "met", "saw", "wrote", "moved to", "said", "überwies", "a payé", "betaalde"])


@st.composite
def sentences_of_a_file(draw: st.DrawFn) -> str:
    parts = [draw(NAMES), draw(FILLER), draw(PIECES), draw(NAMES), draw(PIECES)]
    return " ".join(parts) + "."


@given(text=st.text(max_size=300), data=st.data())
def test_a_quote_cut_from_a_text_verifies_and_every_other_offset_fails(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(0, len(text)))
    proposed = ProposedQuote("e", "t", start, end, text[start:end])
    good = start < end and bool(text[start:end].strip())
    assert verify_quote(text, proposed) is good
    if good:
        assert not verify_quote(text, replace(proposed, quote=proposed.quote + "x"))
        assert not verify_quote(text, replace(proposed, end=len(text) + 1))
        shifted = replace(proposed, start=start + 1, end=end + 1)
        assert verify_quote(text, shifted) is (text[start + 1 : end + 1] == proposed.quote and end < len(text))
    assert not verify_quote(None, proposed)


@given(sentences_of_a_file())
def test_a_pure_quote_is_always_supported(sentence: str) -> None:
    for text in (f"“{sentence}”", sentence, f"“…{sentence}…”", f"“{sentence}” [1]"):
        verdict = verify_claim(ProposedClaim(text, ()), (sentence,))
        assert verdict.supported, (text, verdict.because)


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(st.text(min_size=1, max_size=200))
def test_any_text_quoted_whole_is_supported(text: str) -> None:
    assume(text.strip())
    assert claim(f"“{text}”", (text,))


@given(sentence=sentences_of_a_file(), data=st.data())
def test_one_changed_digit_fails(sentence: str, data: st.DataObject) -> None:
    places = [index for index, c in enumerate(sentence) if c.isdigit()]
    assume(places)
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != sentence[place]]))
    changed = sentence[:place] + digit + sentence[place + 1 :]
    assume(_value_words(changed) != _value_words(sentence))
    for text in (changed, f"“{changed}”"):
        assert not claim(text, (sentence,)), (text, sentence)


def _value_words(text: str) -> set[str]:
    return set(text.replace(".", " ").split())


@given(sentence=sentences_of_a_file(), data=st.data())
def test_one_changed_name_fails(sentence: str, data: st.DataObject) -> None:
    present = [name for name in ("Weber", "Krause", "Hamburg", "Müller", "Vries", "Dupont") if name in sentence]
    name = data.draw(st.sampled_from(present))
    assert not claim(sentence.replace(name, "Schulze"), (sentence,))


@given(
    day=st.dates(dt.date(1951, 1, 1), dt.date(2049, 12, 31)), other=st.dates(dt.date(1951, 1, 1), dt.date(2049, 12, 31))
)
def test_dates_in_any_spelling_are_equal_only_to_themselves(day: dt.date, other: dt.date) -> None:
    months = [dt.date(2000, month, 1).strftime("%B") for month in range(1, 13)]
    forms = [
        f"{day.day} {months[day.month - 1]} {day.year}",
        f"{months[day.month - 1]} {day.day}, {day.year}",
        f"{day.day:02d}.{day.month:02d}.{day.year}",
        day.isoformat(),
    ]
    assume(day != other)
    for form in forms:
        for stated in forms:
            assert claim(f"It was on {stated}.", (f"It was on {form}.",))
        assert not claim(f"It was on {other.isoformat()}.", (f"It was on {form}.",))


@settings(max_examples=40)
@given(cents=st.integers(0, 10**12), other=st.integers(0, 10**12))
def test_amounts_in_any_spelling_are_equal_only_to_themselves(cents: int, other: int) -> None:
    assume(cents != other)
    english, german = f"EUR {cents / 100:,.2f}", f"{cents / 100:,.2f} €".translate(str.maketrans(",.", ".,"))
    assert claim(f"The sum was {english}.", (f"Es waren {german}.",))
    assert claim(f"The sum was {german}.", (f"There were {english}.",))
    assert not claim(f"The sum was EUR {other / 100:,.2f}.", (f"There were {english}.",))


# --- computations --------------------------------------------------------------------------------------------------


def computed(operation: Operation, terms: tuple[str, ...], value: str, unit: str = "") -> Computation:
    return Computation(operation, tuple(range(1, len(terms) + 1)), terms, value, unit)


ROWS = ("2024-03-05\tWeber\t10.50", "2024-03-09\tKrause\t20.00")


@pytest.mark.parametrize(
    ("text", "computation", "supported"),
    [
        ("30.5 in total.", computed("sum", ("10.50", "20.00"), "30.5"), True),
        ("31.5 in total.", computed("sum", ("10.50", "20.00"), "30.5"), False),
        ("31.5 in total.", computed("sum", ("10.50", "20.00"), "31.5"), False),
        ("30.5 in total.", computed("sum", ("10.50", "20.01"), "30.51"), False),
        ("2 entries.", computed("count", ("Weber", "Krause"), "2"), True),
        ("Two entries.", computed("count", ("Weber", "Krause"), "2"), True),
        ("3 entries.", computed("count", ("Weber", "Krause"), "2"), False),
        ("2 entries.", computed("count", ("Weber", "Weber"), "2"), False),
        ("15.25 on average.", computed("average", ("10.50", "20.00"), "15.25"), True),
        ("10.5 is the lowest.", computed("minimum", ("10.50", "20.00"), "10.5"), True),
        ("20 is the highest.", computed("maximum", ("10.50", "20.00"), "20"), True),
        ("The earliest is 5 March 2024.", computed("earliest", ("2024-03-05", "2024-03-09"), "2024-03-05"), True),
        ("The earliest is 9 March 2024.", computed("earliest", ("2024-03-05", "2024-03-09"), "2024-03-09"), False),
        ("4 days.", computed("difference", ("2024-03-09", "2024-03-05"), "4"), False),
        ("That is less.", computed("compare", ("10.50", "20.00"), "less"), True),
        ("Meier paid 30.5 in total.", computed("sum", ("10.50", "20.00"), "30.5"), False),
        ("EUR 30.5 in total.", computed("sum", ("10.50", "20.00"), "30.5", "EUR"), False),
    ],
)
def test_computation(text: str, computation: Computation, supported: bool) -> None:
    assert claim(text, ROWS, computation) is supported


def test_unit_of_a_computation_may_stand_in_a_column_name() -> None:
    computation = computed("sum", ("10.50", "20.00"), "30.5", "EUR")
    assert claim("EUR 30.5 in total.", ROWS, computation, labels=("Date", "Name", "Amount (EUR)"))
    assert not claim("EUR 30.5 in total.", ROWS, computation, labels=("Date", "Name", "Amount (USD)"))


@settings(max_examples=30)
@given(st.lists(st.decimals(-10_000, 10_000, places=2), min_size=1, max_size=20), st.integers(1, 10_000))
def test_a_sum_holds_for_its_terms_and_for_no_other_value(numbers: list[object], error: int) -> None:
    from decimal import Decimal

    terms = tuple(f"{number:.2f}" for number in numbers)
    total = sum((Decimal(term) for term in terms), Decimal(0))
    quotes = tuple(f"row\t{term}" for term in terms)
    right = computed("sum", terms, format(total.normalize(), "f") if total else "0")
    wrong = replace(right, value=format((total + error).normalize(), "f"))
    assert claim(f"{right.value} in total.", quotes, right)
    assert not claim(f"{wrong.value} in total.", quotes, wrong)


# --- numbering and the whole ---------------------------------------------------------------------------------------

EXHIBIT = ExhibitRef("sha256:a", "a.txt", "a.txt")


def cut(text: str, quote: str) -> ProposedQuote:
    at = text.index(quote)
    return ProposedQuote("sha256:a", "t", at, at + len(quote), quote)


def at(quote: ProposedQuote) -> tuple[ExhibitRef, Locator]:
    return EXHIBIT, LinesLocator(1, 1, quote.start, quote.end)


def test_quotes_are_numbered_once_in_order_of_first_use() -> None:
    one, two = cut(PAYMENT, "Jonas Weber"), cut(PAYMENT, "Hamburg")
    numbered = number_citations(
        [ProposedClaim("a", (two,)), ProposedClaim("b", (one, two)), ProposedClaim("c", (one,))]
    )
    assert numbered.quotes == (two, one)
    assert numbered.numbers == ((1,), (2, 1), (2,))


def test_marks() -> None:
    assert citation_marks(()) == ""
    assert citation_marks((2, 1)) == "[1][2]"
    assert citation_marks((*range(1, 60), 70)) == "[1–59][70]"


def test_a_quote_that_is_not_there_makes_its_claim_unsupported_and_is_kept() -> None:
    good, bad = cut(PAYMENT, "Jonas Weber"), replace(cut(PAYMENT, "Hamburg"), start=0, end=7)
    checked = verify(
        [ProposedClaim("“Jonas Weber”", (good,)), ProposedClaim("“Hamburg”", (bad,))],
        text_of=lambda _e, _t: PAYMENT,
        locate=at,
    )
    assert [c.verified for c in checked.citations] == [True, False]
    assert [c.supported for c in checked.claims] == [True, False]
    assert "[2]" in checked.claims[1].unsupported_because


def test_an_unknown_version_of_a_text_proves_nothing() -> None:
    checked = verify([ProposedClaim("x", (cut(PAYMENT, "Weber"),))], text_of=lambda _e, _t: None, locate=at)
    assert not checked.citations[0].verified
    assert not checked.claims[0].supported


def test_inputs_of_a_computation_become_citation_numbers() -> None:
    text = "10\n20\n30"
    first = ProposedClaim("“30”", (cut(text, "30"),))
    total = ProposedClaim("30 in total.", (cut(text, "10"), cut(text, "20")), computed("sum", ("10", "20"), "30"))
    checked = verify([first, total], text_of=lambda _e, _t: text, locate=at)
    assert checked.claims[1].supported, checked.claims[1].unsupported_because
    assert checked.claims[1].computed is not None
    assert checked.claims[1].computed.inputs == (2, 3)


def test_labels_come_from_the_cited_row() -> None:
    text = "12.00\tMeier"
    row = ProposedClaim("Amount: 12.00; Payee: Meier", (cut(text, text),))

    def cells(quote: ProposedQuote) -> tuple[ExhibitRef, Locator]:
        return EXHIBIT, CellsLocator("Sheet1", "A2:B2", quote.start, quote.end, ("Amount", "Payee"))

    assert verify([row], text_of=lambda _e, _t: text, locate=cells).claims[0].supported


@pytest.mark.parametrize("piece", ["1,", "1 ", "A1-", "“", "a@", "+1", "Weber ", "not ", "5 May ", "EUR 1 "])
def test_adversarial_claims_cost_linear_time(piece: str) -> None:
    claim(piece * 5_000, (piece * 5_000,))
    claim(piece * 5_000, (PAYMENT,))
