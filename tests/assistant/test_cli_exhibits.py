"""`exhibit list|show|seal|unseal|erase` and `text`, `ledger` beside them: words, JSON, exit codes, custody events."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.cli import exhibits as cli
from assistant.cli.root import main
from casefile.case import Case, open_case
from casefile.home import Home
from tests.assistant.cli_reply import Call, Reply
from tests.casefile.case_building import add_text, new_case
from tests.casefile.case_snapshot import read_rich, take_part


@dataclass(frozen=True)
class Scene:
    """A case with a mail, its part, and a note."""

    home: Path
    mail: str
    part: str
    note: str
    call: Call

    def case(self) -> Case:
        return open_case(Home(self.home), "demo", "tester")


@pytest.fixture
def scene(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Scene:
    home = tmp_path / "home"
    with new_case(home) as case:
        mail = take_part(case, b"mail", "in/a.eml")
        part = take_part(case, b"part", "in/a.eml!/p\x1b[2J.txt", mail)
        read_rich(case, mail, "counsel wrote this")
        read_rich(case, part, "annex of counsel")
        note, _ids = add_text(case, tmp_path, "n.txt", "a note for all")

    def call(*arguments: str) -> Reply:
        capsys.readouterr()
        code = main(["--home", str(home), "--actor", "M. Vogt", *arguments, "--case", "demo"])
        said = capsys.readouterr()
        return Reply(code, said.out, said.err)

    return Scene(home, mail, part, note, call)


def test_a_sealed_exhibit_is_listed_as_such_and_its_text_refused(scene: Scene) -> None:
    with scene.case() as case:
        case.annotations.label(scene.mail, "to judge")
        case.annotations.add_note(scene.mail, "ask the court")
    reply = scene.call(
        "exhibit", "seal", scene.mail[7:19], "--ground", "privileged", "--reason", "letter of counsel", "--json"
    )
    assert reply.code == 0
    assert [(s["exhibit"], s["sealed_with"]) for s in reply.json["sealed"]] == [
        (scene.mail, None),
        (scene.part, scene.mail),
    ]
    rows = {row["id"]: row for row in scene.call("exhibit", "list", "--json").json["exhibits"]}
    assert rows[scene.mail]["labels"] == ["to judge"]
    assert (rows[scene.mail]["seal"]["actor"], rows[scene.mail]["seal"]["ground"]) == ("M. Vogt", "privileged")
    assert rows[scene.note]["seal"] is None
    assert rows[scene.mail]["title"] == ""
    assert "[sealed: privileged; to judge]" in scene.call("exhibit", "list").out
    shown = scene.call("exhibit", "show", scene.mail, "--json").json
    assert (shown["seal"]["reason"], shown["texts"], shown["times"]) == ("letter of counsel", [], [])
    assert [note["text"] for note in shown["notes"]] == ["ask the court"]
    assert "letter of counsel" in scene.call("exhibit", "show", scene.mail).out
    refused = scene.call("text", scene.mail)
    assert (refused.code, refused.out) == (2, "")
    assert "sealed by M. Vogt" in refused.err
    assert "letter of counsel" in refused.err
    assert "exhibit unseal" in refused.err
    again = scene.call("exhibit", "seal", scene.mail, "--ground", "other", "--reason", "x")
    assert (again.code, "sealed already" in again.err) == (2, True)


def test_unsealing_gives_the_text_back(scene: Scene) -> None:
    said = scene.call("exhibit", "seal", scene.mail, "--ground", "out-of-scope", "--reason", "x").out
    assert "\x1b" not in said
    assert said.count("sealed    ") == 2
    assert scene.call("exhibit", "unseal", scene.mail).code == 2, "without a reason"
    reply = scene.call("exhibit", "unseal", scene.mail, "--reason", "the court has decided", "--json")
    assert reply.json == {"case": "demo", "unsealed": [scene.mail, scene.part]}
    assert scene.call("text", scene.mail).code == 0
    with scene.case() as case:
        actions = [(e.actor, e.action) for e in case.custody.events()]
        assert ("M. Vogt", "exhibit sealed") in actions
        assert ("M. Vogt", "exhibit unsealed") in actions


def test_a_ground_that_is_none_is_wrong_usage(scene: Scene) -> None:
    reply = scene.call("exhibit", "seal", scene.mail, "--ground", "whim", "--reason", "x")
    assert reply.code == 2
    assert "privileged, out_of_scope, other" in reply.err
    only = scene.call("exhibit", "seal", scene.mail, "--ground", "other", "--reason", "x", "--no-parts", "--json")
    assert [one["exhibit"] for one in only.json["sealed"]] == [scene.mail]


def test_erasing_needs_a_person_or_yes(scene: Scene) -> None:
    reply = scene.call("exhibit", "erase", scene.mail, "--reason", "x")
    assert (reply.code, "Nothing was erased" in reply.err) == (2, True)
    assert scene.call("exhibit", "erase", scene.part, "--reason", "x", "--yes").code == 2, "its mail holds its bytes"
    reply = scene.call("exhibit", "erase", scene.mail, "--reason", "ordered", "--yes", "--json")
    assert reply.code == 0
    assert reply.json["erased"] == [scene.mail, scene.part]
    assert reply.json["plan"]["parts"] == [scene.part]
    assert scene.call("exhibit", "erase", scene.mail, "--reason", "x", "--yes").code == 2, "there is none any more"
    ledger = scene.call("ledger", "--json").json
    assert [(e["id"], e["actor"], e["reason"]) for e in ledger["erased"]] == [
        (scene.mail, "M. Vogt", "ordered"),
        (scene.part, "M. Vogt", "ordered"),
    ]
    assert [row["id"] for row in ledger["exhibits"]] == [scene.note]
    assert f"erased    {scene.mail}" in scene.call("ledger").out


def test_a_person_sees_what_goes_and_types_its_name(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    typed: list[str] = ["nonsense", scene.mail[7:15]]
    asked: list[str] = []

    def prompt(text: str) -> str:
        asked.append(text)
        return typed.pop(0)

    monkeypatch.setattr(cli, "interactive", lambda: True)
    monkeypatch.setattr("typer.prompt", prompt)
    reply = scene.call("exhibit", "erase", scene.mail, "--reason", "ordered")
    assert (reply.code, "Nothing was erased" in reply.err) == (2, True)
    with scene.case() as case:
        assert case.catalogue.exhibit(scene.mail).id == scene.mail
    reply = scene.call("exhibit", "erase", scene.mail, "--reason", "ordered")
    assert reply.code == 0
    assert f"goes      {scene.part[7:19]}" in reply.out
    assert "\x1b" not in reply.out
    assert "2 places in the ledger, 0 answers" in reply.out
    assert all(scene.mail[7:15] in question for question in asked)
    with scene.case() as case:
        assert [exhibit.id for exhibit in case.catalogue.exhibits()] == [scene.note]


def test_an_erasure_that_was_cut_short_is_finished_by_the_same_command(scene: Scene) -> None:
    from casefile.erasing import erase

    def kill(_step: str) -> None:
        raise InterruptedError

    with scene.case() as case, pytest.raises(InterruptedError):
        erase(case, scene.mail, "x", kill)
    reply = scene.call("exhibit", "erase", scene.mail, "--reason", "x", "--yes", "--json")
    assert reply.code == 0
    assert set(reply.json["erased"]) == {scene.mail, scene.part}
    assert reply.json["plan"] is None
