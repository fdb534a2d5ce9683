import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dates import MONTHS, find_dates


def readings(text: str) -> list[str]:
    return ["|".join(date.iso() for date in found.readings) for found in find_dates(text)]


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("2024-05-03", "2024-05-03"),
        ("2024/05/03", "2024-05-03"),
        ("03.05.2024", "2024-05-03"),
        ("3.5.2024", "2024-05-03"),
        ("3. 5. 2024", "2024-05-03"),
        ("03.05.24", "2024-05-03"),
        ("03.05.69", "1969-05-03"),
        ("03.05.68", "2068-05-03"),
        ("25/03/2024", "2024-03-25"),
        ("03/25/2024", "2024-03-25"),
        ("05/05/2024", "2024-05-05"),
        ("3. Mai 2024", "2024-05-03"),
        ("3 May 2024", "2024-05-03"),
        ("3rd of May, 2024", "2024-05-03"),
        ("May 3, 2024", "2024-05-03"),
        ("MARCH 5TH, 2024", "2024-03-05"),
        ("03-May-2024", "2024-05-03"),
        ("le 3 mai 2024", "2024-05-03"),
        ("1er janvier 2024", "2024-01-01"),
        ("14 août 2023", "2023-08-14"),
        ("3 mei 2024", "2024-05-03"),
        ("3 de mayo de 2024", "2024-05-03"),
        ("2 jan. 2024", "2024-01-02"),
        ("10. März 2020", "2020-03-10"),
        ("29.02.2024", "2024-02-29"),
        ("Mai 2024", "2024-05"),
        ("Dec. 2023", "2023-12"),
        ("am 3.\nMai 2024", "2024-05-03"),
    ],
)
def test_reads_one_calendar_date(written: str, normal: str) -> None:
    assert readings(f"so {written}, and") == [normal]


@pytest.mark.parametrize("written", ["05/03/2024", "05-03-2024", "5/3/2024", "05/03/24"])
def test_a_form_with_two_readings_keeps_both(written: str) -> None:
    (found,) = find_dates(written)
    assert [date.iso() for date in found.readings] == ["2024-03-05", "2024-05-03"]
    assert found.rule == "date:ambiguous"
    assert found.ambiguous


@pytest.mark.parametrize(
    "text",
    [
        "May",
        "You may 2024 times",
        "Mai",
        "March on",
        "the marches of 12",
        "29.02.2023",
        "31 April 2024",
        "2024-13-01",
        "2024/02/30",
        "13/13/2024",
        "1.2.3.4",
        "192.168.10.24",
        "10.1.2.24",
        "12024-05-03",
        "2024-05-031",
        "20240503",
        "3. Mai",
        "",
    ],
)
def test_reads_no_date_in(text: str) -> None:
    assert readings(text) == []


def test_month_names_of_five_languages_are_known() -> None:
    for name in ("january", "dezember", "février", "augustus", "septiembre"):
        assert name in MONTHS


@given(st.text(alphabet="0123456789./- Mayarch,JunenDez\n", max_size=200))
def test_found_dates_lie_in_order_and_apart(text: str) -> None:
    position = 0
    for found in find_dates(text):
        assert position <= found.start < found.end <= len(text)
        assert 1 <= len(found.readings) <= 2
        position = found.end


@given(st.dates(min_value=dt.date(1800, 1, 1), max_value=dt.date(2199, 12, 31)))
def test_every_day_is_read_back_from_its_unambiguous_forms(day: dt.date) -> None:
    iso = day.isoformat()
    year, month, number = iso.split("-")
    assert readings(iso) == [iso]
    assert readings(f"{number}.{month}.{year}") == [iso]
