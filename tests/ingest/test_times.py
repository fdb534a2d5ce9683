from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefile.errors import SettingsError
from casefile.records import Moment
from ingest.times import find_moments, resolve
from tests.ingest.linear_time import MOST, growth

BERLIN = "Europe/Berlin"


def naive(first_year: int, last_year: int) -> st.SearchStrategy[datetime]:
    """Local times, as a clock on a wall shows them."""
    return st.datetimes(datetime(first_year, 1, 1), datetime(last_year, 1, 1))  # noqa: DTZ001


def stated(raw: str) -> Moment:
    return resolve(raw, "sent", time_zone=BERLIN)


def mentioned(text: str) -> tuple[Moment, ...]:
    moments = find_moments(text, time_zone=BERLIN, languages=("de",))
    for moment in moments:
        assert moment.raw == text[moment.start : moment.end]
        assert moment.meaning == "mentioned"
    return moments


@pytest.mark.parametrize(
    ("raw", "utc", "precision", "zone", "assumed"),
    [
        ("Fri, 03 May 2024 14:05:00 +0200", "2024-05-03T12:05:00", "second", "+02:00", False),
        ("Fri, 3 May 2024 14:05:00 +0200 (CEST)", "2024-05-03T12:05:00", "second", "+02:00", False),
        ("3 May 24 14:05 EST", "2024-05-03T19:05:00", "minute", "-05:00", False),
        ("Fri, 3 May 2024 14:05:00 -0000", "2024-05-03T12:05:00", "second", BERLIN, True),
        ("Fri, 3 May 2024 14:05:00 GMT", "2024-05-03T14:05:00", "second", "+00:00", False),
        ("3 May 2024 14:05:60 +0000", "2024-05-03T14:06:00", "second", "+00:00", False),
        ("2024-05-03T14:05:00Z", "2024-05-03T14:05:00", "second", "+00:00", False),
        ("2024-05-03T14:05:00.123456+02:00", "2024-05-03T12:05:00", "second", "+02:00", False),
        ("2024-05-03 14:05", "2024-05-03T12:05:00", "minute", BERLIN, True),
        ("2024-05-03T24:00:00Z", "2024-05-04T00:00:00", "second", "+00:00", False),
        ("20240503T140500Z", "2024-05-03T14:05:00", "second", "+00:00", False),
        ("2024-05-03", "2024-05-02T22:00:00", "day", BERLIN, True),
        ("2024-05", "2024-04-30T22:00:00", "month", BERLIN, True),
        ("2024", "2023-12-31T23:00:00", "year", BERLIN, True),
        ("2024:05:03 14:05:00", "2024-05-03T12:05:00", "second", BERLIN, True),
        ("D:20240503140500+02'00'", "2024-05-03T12:05:00", "second", "+02:00", False),
        ("D:20240503140500+02'00", "2024-05-03T12:05:00", "second", "+02:00", False),
        ("D:20240503140500Z", "2024-05-03T14:05:00", "second", "+00:00", False),
        ("D:20240503140500Z00'00'", "2024-05-03T14:05:00", "second", "+00:00", False),
        ("D:2024", "2023-12-31T23:00:00", "year", BERLIN, True),
        ("Fri May  3 14:05:00 2024", "2024-05-03T12:05:00", "second", BERLIN, True),
        ("3. Mai 2024, 14:05 Uhr", "2024-05-03T12:05:00", "minute", BERLIN, True),
        ("Friday, May 3, 2024 2:05 PM", "2024-05-03T12:05:00", "minute", BERLIN, True),
    ],
)
def test_resolves_stated_times(raw: str, utc: str, precision: str, zone: str, assumed: bool) -> None:
    moment = stated(raw)
    assert moment.utc == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert (moment.precision, moment.zone, moment.zone_assumed) == (precision, zone, assumed)
    assert (moment.raw, moment.meaning, moment.alternatives, moment.start) == (raw, "sent", (), None)


@pytest.mark.parametrize(
    "raw", ["", "yesterday", "2024-02-30", "2024-05-03T25:00", "12024-01-01", "Fri, 3 Foo 2024 10:00 +0000", "x" * 5000]
)
def test_what_is_not_understood_has_no_instant_and_no_alternatives(raw: str) -> None:
    moment = stated(raw)
    assert (moment.utc, moment.alternatives, moment.raw) == (None, (), raw)


def test_an_ambiguous_stated_date_is_not_guessed() -> None:
    moment = stated("05/03/2024 14:05")
    assert moment.utc is None
    assert moment.alternatives == ("2024-03-05T14:05+01:00", "2024-05-03T14:05+02:00")


def test_the_hour_that_the_clock_shows_twice_is_ambiguous_unless_the_zone_says_which() -> None:
    twice = stated("2024-10-27T02:30:00")
    assert twice.utc is None
    assert twice.alternatives == ("2024-10-27T02:30+02:00", "2024-10-27T02:30+01:00")
    assert stated("2024-10-27T02:30:00+01:00").utc == datetime(2024, 10, 27, 1, 30, tzinfo=UTC)
    (found,) = mentioned("am 27.10.2024 02:30 MESZ")
    assert found.utc == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)


def test_the_hour_that_the_clock_leaves_out_has_two_readings() -> None:
    never = stated("2024-03-31 02:30")
    assert never.utc is None
    assert never.alternatives == ("2024-03-31T02:30+01:00", "2024-03-31T02:30+02:00")


def test_a_day_that_begins_after_midnight_begins_with_its_first_instant() -> None:
    moment = resolve("2018-11-04", "sent", time_zone="America/Sao_Paulo")  # clocks went from 00:00 to 01:00
    assert moment.utc == datetime(2018, 11, 4, 3, 0, tzinfo=UTC)
    assert moment.precision == "day"


@pytest.mark.parametrize("raw", ["0001-01-01", "9999-12-31T23:59:59-12:00"])
def test_times_at_the_end_of_the_calendar_do_not_crash(raw: str) -> None:
    assert stated(raw).utc is None


def test_an_unknown_zone_is_a_settings_error() -> None:
    for name in ("Mars/Olympus", "", "../etc/passwd", "\0"):
        with pytest.raises(SettingsError):
            resolve("2024", "sent", time_zone=name)


@pytest.mark.parametrize(
    ("text", "raw", "utc", "precision"),
    [
        ("am 3. Mai 2024 um 14:05 Uhr war", "3. Mai 2024 um 14:05 Uhr", "2024-05-03T12:05", "minute"),
        ("um 14.05 Uhr am 03.05.2024 kam", "14.05 Uhr am 03.05.2024", "2024-05-03T12:05", "minute"),
        ("at 2.30 pm on 3 May 2024.", "2.30 pm on 3 May 2024", "2024-05-03T12:30", "minute"),
        ("le 3 mai 2024 à 14h05,", "3 mai 2024 à 14h05", "2024-05-03T12:05", "minute"),
        ("3 mei 2024 om 14:05 uur", "3 mei 2024 om 14:05 uur", "2024-05-03T12:05", "minute"),
        ("el 3 de mayo de 2024 a las 14:05", "3 de mayo de 2024 a las 14:05", "2024-05-03T12:05", "minute"),
        ("May 3, 2024 at 12 a.m. sharp", "May 3, 2024 at 12 a.m.", "2024-05-02T22:00", "hour"),
        ("3. Mai 2024, 14 Uhr 30.", "3. Mai 2024, 14 Uhr 30", "2024-05-03T12:30", "minute"),
        ("[03.05.24, 14:05:33] Max: hi", "03.05.24, 14:05:33", "2024-05-03T12:05:33", "second"),
        ("03.05.24, 14:05 - Max", "03.05.24, 14:05", "2024-05-03T12:05", "minute"),
        ("03/May/2024:14:05:00 +0200", "03/May/2024:14:05:00 +0200", "2024-05-03T12:05", "second"),
        ("2024-05-03 14:05 UTC+2", "2024-05-03 14:05 UTC+2", "2024-05-03T12:05", "minute"),
        ("2024-05-03 14:05 CET,", "2024-05-03 14:05 CET", "2024-05-03T13:05", "minute"),
        ("2024-05-03 08:00-12:00", "2024-05-03 08:00", "2024-05-03T06:00", "minute"),
        ("2024-05-03T08:00-02:00", "2024-05-03T08:00-02:00", "2024-05-03T10:00", "minute"),
        ("3 May 2024 25:99 x", "3 May 2024", "2024-05-02T22:00", "day"),
        ("3 May 2024 10 people", "3 May 2024", "2024-05-02T22:00", "day"),
        ("May 2024", "May 2024", "2024-04-30T22:00", "month"),
    ],
)
def test_finds_times_in_text(text: str, raw: str, utc: str, precision: str) -> None:
    (moment,) = mentioned(text)
    assert (moment.raw, moment.precision) == (raw, precision)
    assert moment.utc == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_a_zone_in_the_text_is_not_assumed_and_a_missing_one_is() -> None:
    assert [(moment.zone, moment.zone_assumed) for moment in mentioned("2024-05-03 14:05Z and 2024-05-03 14:05")] == [
        ("+00:00", False),
        (BERLIN, True),
    ]


def test_a_zone_name_of_several_countries_is_flagged() -> None:
    (moment,) = mentioned("2024-05-03 14:05 IST")
    assert (moment.utc, moment.zone_assumed) == (None, False)
    assert "2024-05-03T14:05+05:30" in moment.alternatives


def test_may_and_clock_times_without_a_date_are_no_moments() -> None:
    assert mentioned("You may leave in May. In March, at 14:05 Uhr.") == ()


def test_two_dates_do_not_share_one_clock() -> None:
    first, second = mentioned("03.05.2024; um 14:05 Uhr am 04.05.2024")
    assert (first.precision, second.precision) == ("day", "minute")


@given(naive(1900, 2199), st.integers(-840, 840))
def test_iso_times_with_an_offset_come_back_exactly(local: datetime, minutes: int) -> None:
    local = local.replace(microsecond=0)
    sign = "-" if minutes < 0 else "+"
    moment = stated(f"{local.isoformat()}{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}")
    assert moment.utc is not None
    assert (moment.utc.replace(tzinfo=None) - local).total_seconds() == -60 * minutes


@given(naive(1980, 2037))
def test_a_local_time_is_either_resolved_or_has_two_readings(local: datetime) -> None:
    local = local.replace(second=0, microsecond=0)
    moment = stated(local.isoformat())
    if moment.utc is None:
        assert len(moment.alternatives) == 2
    else:
        assert moment.utc.astimezone(ZoneInfo(BERLIN)).replace(tzinfo=None) == local


@given(st.text(max_size=300) | st.text(alphabet="0123456789:.TZ+- aphUrmCEST/Mi", max_size=200))
def test_any_text_gives_moments_in_order(text: str) -> None:
    position = 0
    for moment in mentioned(text):
        assert moment.start is not None
        assert moment.end is not None
        assert position <= moment.start < moment.end
        position = moment.end
    assert stated(text).raw == text


@pytest.mark.parametrize("unit", ["3 ", "1.", "2024-05-03 ", "3 May 2024 14:05 ", "mai ", "10:10"])
def test_work_grows_in_step_with_the_text(unit: str) -> None:
    def find(text: str) -> object:
        return find_moments(text, time_zone=BERLIN, languages=())

    assert growth(find, unit * (100_000 // len(unit))) < MOST
