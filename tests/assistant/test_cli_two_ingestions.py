"""Two ingestions into a case that does not exist yet: the one that comes second uses the first one's case."""

from pathlib import Path

import pytest

from assistant.cli import ingesting
from assistant.cli.invocation import Invocation
from casefile.home import Home
from casefile.settings import CaseDefaults
from tests.casefile.case_building import new_case


def test_a_case_created_by_another_in_between_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call = Invocation(Home(tmp_path), "second")
    genuine = Home.prepare

    def prepare(home: Home) -> None:
        monkeypatch.setattr(Home, "prepare", genuine)
        genuine(home)
        is_there = Path.is_file

        def is_file(path: Path) -> bool:
            found = is_there(path)
            if path.name == "case.db" and not found:
                monkeypatch.setattr(Path, "is_file", is_there)
                new_case(tmp_path).close()
            return found

        monkeypatch.setattr(Path, "is_file", is_file)

    monkeypatch.setattr(Home, "prepare", prepare)
    with ingesting.open_or_create(call, "demo", CaseDefaults()) as case:
        assert [event.actor for event in case.custody.events()] == ["tester"]
        assert case.actor == "second"
