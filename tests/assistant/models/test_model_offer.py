"""`make run` offers a model once, asks before the network, and remembers a no."""

from pathlib import Path

import pytest

from assistant.cli import model_offer
from assistant.cli.model_offer import HOW, offer_model
from assistant.models import download
from assistant.models.store import ModelStore
from casefile.errors import ModelMissingError
from casefile.home import Home
from tests.assistant.models.model_folder import install


class Person:
    """Sits at the terminal and answers; what was looked up is noted."""

    def __init__(self, patch: pytest.MonkeyPatch, *, says: bool, reachable: bool = True) -> None:
        self.asked: list[str] = []
        self.looked_up: list[str] = []
        self._says, self._reachable = says, reachable
        patch.setattr(model_offer, "interactive", lambda: True)
        patch.setattr("typer.confirm", self._confirm)
        patch.setattr(download, "answers", self._look)

    def _confirm(self, text: str) -> bool:
        assert self.looked_up == [], "asked before anything leaves the machine"
        self.asked.append(text)
        return self._says

    def _look(self, address: str) -> bool:
        self.looked_up.append(address)
        return self._reachable


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_without_a_terminal_it_says_how_and_asks_nobody(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    person = Person(monkeypatch, says=True)
    monkeypatch.setattr(model_offer, "interactive", lambda: False)
    assert offer_model(home) == ()
    assert capsys.readouterr().out == f"{HOW}\n"
    assert (person.asked, person.looked_up) == ([], [])


def test_a_no_is_remembered_and_nothing_is_looked_up(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    person = Person(monkeypatch, says=False)
    assert offer_model(home) == ()
    assert offer_model(home) == ()
    assert len(person.asked) == 1
    assert person.looked_up == []
    said = capsys.readouterr().out
    assert "2.15 GB, licence Apache-2.0, from huggingface.co" in said
    assert said.count(HOW) == 2
    assert ModelStore(home.models).installed() == ()


def test_a_yes_is_followed_by_one_look_and_a_pull(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    person = Person(monkeypatch, says=True)
    assert offer_model(home) == ("ministral-3-3b",)
    assert len(person.looked_up) == 1


def test_without_a_network_it_says_how_and_may_be_asked_again(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    person = Person(monkeypatch, says=True, reachable=False)
    assert offer_model(home) == ()
    assert "does not answer" in capsys.readouterr().out
    person.looked_up.clear()
    offer_model(home)
    assert len(person.asked) == 2


def test_who_has_a_model_is_not_asked(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    person = Person(monkeypatch, says=True)
    store = ModelStore(home.models)
    install(store, "ours")
    assert offer_model(home) == ()
    assert "caseclerk models use ours" in capsys.readouterr().out
    store.use("ours")
    assert offer_model(home) == ()
    assert capsys.readouterr().out == ""
    assert person.asked == []
    (store.folder / "in-use.json").write_text("{")
    with pytest.raises(ModelMissingError):
        offer_model(home)


@pytest.mark.parametrize(("pulled", "expected"), [(0, ["models", "models", "demo"]), (1, ["models", "demo"])])
def test_the_demo_goes_on_whatever_becomes_of_the_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pulled: int, expected: list[str]
) -> None:
    from scripts import run_demo

    calls: list[list[str]] = []

    def caseclerk(arguments: list[str]) -> int:
        calls.append(arguments)
        return pulled if arguments[0] == "models" else 0

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run_demo, "caseclerk", caseclerk)
    monkeypatch.setattr(run_demo, "offer_model", lambda _home: ("m",))
    assert run_demo.run() == 0
    assert [call[0] for call in calls] == expected
    assert calls[0] == ["models", "pull", "m", "--yes"]


def test_a_choice_that_cannot_be_read_stops_no_demo(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from scripts import run_demo

    def broken(_home: Home) -> tuple[str, ...]:
        raise ModelMissingError("Remove it.")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run_demo, "caseclerk", lambda _arguments: 0)
    monkeypatch.setattr(run_demo, "offer_model", broken)
    assert run_demo.run() == 0
    assert "Remove it." in capsys.readouterr().err
