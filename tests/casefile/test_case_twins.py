"""One open case for several people, and its description changed while they work."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from casefile.case import describe_case, open_case
from casefile.errors import CaseBusyError, UsageError
from casefile.home import Home
from tests.casefile.case_building import describe, new_case


def test_a_twin_acts_for_another_and_closes_nothing(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        twin = case.acting_as("Vos")
        assert twin.database is case.database
        assert twin.vectors is case.vectors
        twin.log("consultation", "looked")
        with twin, twin.change("alteration", "changed") as connection:
            connection.execute("UPDATE case_description SET title = 'x'")
        twin.acting_as("Weber").log("consultation", "looked too")
        assert [event.actor for event in case.custody.events()] == ["tester", "Vos", "Vos", "Weber"]
        assert case.actor == "tester"
        assert case.catalogue.description().title == "x", "the owner's catalogue is still open"


def test_the_lock_is_the_process_s_and_outlives_who_took_it_second(tmp_path: Path) -> None:
    with new_case(tmp_path) as case, open_case(Home(tmp_path), "demo", "another") as another:
        twin = case.acting_as("Vos")
        held = []
        with case.locked():
            (case.scratch / "work").write_text("of the first")
            with twin.locked():
                assert (case.scratch / "work").exists(), "only the first to take it sweeps"
            thread = threading.Thread(target=lambda: held.append(twin.holds_lock))
            thread.start()
            thread.join()
            assert held == [True]
            assert case.holds_lock
            with pytest.raises(CaseBusyError), another.locked():
                pass
        assert not twin.holds_lock
        with another.locked():
            assert another.holds_lock


def test_a_description_is_changed_for_all_twins_and_the_log_has_old_and_new(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        twin = case.acting_as("Vos")
        about = case.description
        new = replace(about, title="New", region="NL", time_zone="Europe/Amsterdam", languages=("nl", "en"))
        describe_case(twin, replace(new, created_at=describe().created_at))
        assert case.description == twin.description == case.catalogue.description() == new
        describe_case(twin, new)
        events = [event for event in case.custody.events() if event.action == "case described"]
        assert len(events) == 1, "nothing changed the second time"
        assert (events[0].actor, events[0].kind) == ("Vos", "alteration")
        assert events[0].details == {
            "title": {"from": "A title", "to": "New"},
            "region": {"from": "DE", "to": "NL"},
            "time_zone": {"from": "Europe/Berlin", "to": "Europe/Amsterdam"},
            "languages": {"from": ["en"], "to": ["nl", "en"]},
        }
        assert case.custody.verify().intact
    with open_case(Home(tmp_path), "demo", "tester") as again:
        assert again.description == new


def test_a_description_that_cannot_be_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        about = case.description
        for wrong in ({"id": "other"}, {"region": "Mordor"}, {"time_zone": "x"}, {"languages": ()}):
            with pytest.raises(UsageError):
                describe_case(case, replace(about, **wrong))
        assert case.description == case.catalogue.description() == about
        assert case.custody.verify().events == 1
