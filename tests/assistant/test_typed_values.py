"""Finding typed values: every spelling that officers meet, and none that isn't one."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.values import find_values, plain, read_number


@pytest.mark.parametrize(
    ("raw", "readings"),
    [
        ("12", ["12"]),
        ("12,400.00", ["12400.00"]),
        ("1.234,56", ["1234.56"]),
        ("1,234.56", ["1234.56"]),
        ("1.234", ["1234", "1.234"]),
        ("12,5", ["12.5"]),
        ("0.125", ["0.125"]),
        ("1.234.567", ["1234567"]),
        ("12 400,50", ["12400.50"]),
        ("1'234.50", ["1234.50"]),
        ("-45.00", ["-45.00"]),
        ("1.2.3", []),
        ("1,23,456", []),
        ("", []),
        ("abc", []),
    ],
)
def test_read_number(raw: str, readings: list[str]) -> None:
    assert read_number(raw) == tuple(Decimal(reading) for reading in readings)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("paid EUR 12,400.00 on 5 March 2024 at 14:30", [("amount", "EUR 12400"), ("date", "2024-03-05"), ("time", "14:30")]),
        ("Am 5. März 2024 um 14.30 Uhr 1.234,56 €", [("date", "2024-03-05"), ("time", "14:30"), ("amount", "EUR 1234.56")]),
        ("le 1er mars 2024 à 14h30", [("date", "2024-03-01"), ("time", "14:30")]),
        ("op 3 mei 2023 om 9.15 uur", [("date", "2023-05-03"), ("time", "09:15")]),
        ("2024-03-05T10:15:30", [("date", "2024-03-05"), ("time", "10:15:30")]),
        ("vom 3.5. bis zum 5.3.24", [("date", "--05-03"), ("date", "2024-03-05")]),
        ("It was 6.01.", [("number", "6.01")]),
        ("at 2:30 pm, 2 p.m., 12 am", [("time", "14:30"), ("time", "14:00"), ("time", "00:00")]),
        ("IBAN DE89 3704 0044 0532 0130 00", [("iban", "DE89370400440532013000")]),
        ("call +49 (0)170 123-4567 or 0170/1234567", [("phone", "+491701234567"), ("phone", "01701234567")]),
        ("VKT-482-B, 2023/114 and 007", [("code", "VKT-482-B"), ("code", "2023-114"), ("code", "007")]),
        ("m.weber@example.org", [("email", "m.weber@example.org")]),
        ("see https://example.org/a?b=1.", [("url", "https://example.org/a?b=1")]),
        ("1.2 million euros, $1,200.50, CHF 1'234.50", [("amount", "EUR 1200000"), ("amount", "USD 1200.5"), ("amount", "CHF 1234.5")]),
        ("5 % and 2.5 percent", [("percent", "5"), ("percent", "2.5")]),
        ("three men, twenty-one vans, 12 kg, 12kg", [("number", "3"), ("number", "21"), ("number", "12"), ("number", "12")]),
        ("the 2nd and third time", [("ordinal", "2"), ("ordinal", "3")]),
        ("on Monday in May", [("weekday", "0"), ("date", "--05")]),
        ("they may go", []),
        ("EUR -45,00", [("amount", "EUR -45")]),
    ],
)  # fmt: skip
def test_values_of_a_sentence(text: str, found: list[tuple[str, str]]) -> None:
    language = "de" if "Uhr" in text or "vom" in text else "en"
    assert [(value.kind, value.normal) for value in find_values(text, language)] == found


def test_german_and_french_number_words() -> None:
    assert [v.normal for v in find_values("einundzwanzig Zeugen und elf Autos", "de")] == ["21", "11"]
    assert [v.normal for v in find_values("trente-deux témoins, onze voitures", "fr")] == ["32", "11"]
    assert find_values("onze auto", "nl") == ()


def test_ambiguous_forms_keep_both_readings() -> None:
    (date,) = find_values("05/03/2024")
    assert [reading.iso() for reading in date.dates] == ["2024-03-05", "2024-05-03"]
    (number,) = find_values("1.234")
    assert [plain(reading) for reading in number.numbers] == ["1234", "1.234"]
    assert date.ambiguous
    assert number.ambiguous


@given(st.text(max_size=400))
def test_spans_are_ordered_do_not_overlap_and_cover_every_digit(text: str) -> None:
    values = find_values(text)
    covered = set()
    last = 0
    for value in values:
        assert last <= value.start < value.end <= len(text)
        assert value.kind == "url" or text[value.start : value.end] == value.raw
        covered.update(range(value.start, value.end))
        last = value.end
    assert all(index in covered for index, c in enumerate(text) if c.isdecimal())


@given(st.decimals(-(10**9), 10**9, places=2))
def test_a_number_written_in_either_style_is_read_back(number: Decimal) -> None:
    english = f"{number:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert read_number(english) == read_number(german) == (number,)


@pytest.mark.parametrize(
    "piece", ["1", "1.", "a@", "+1", "1 ", "A1-", "EUR ", "1,", "DE12 ", "may ", "0-", "1/1/", "www."]
)
def test_hostile_text_costs_linear_time(piece: str) -> None:
    assert len(find_values(piece * 10_000)) <= 10_000
