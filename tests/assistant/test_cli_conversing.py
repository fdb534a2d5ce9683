"""`conversations`, `keywords`, `exhibit label|unlabel|note`, `case describe`: what the page does, on the command line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.cli import invocation
from assistant.cli.root import main
from casefile.case import Case
from casefile.custody import CustodyEvent
from tests.assistant.cli_reply import Call, Reply
from tests.casefile.case_building import add_text, new_case

HUGE = "99999999999999999999"


@dataclass(frozen=True)
class Scene:
    """A case with a text, and the command line on it."""

    case: Case
    exhibit: str
    call: Call

    def event(self) -> CustodyEvent:
        return tuple(self.case.custody.events())[-1]


@pytest.fixture
def scene(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Scene]:
    home = tmp_path / "home"
    with new_case(home) as case:
        exhibit, _ids = add_text(case, tmp_path, "n.txt", "the crane stood in Vienna")

        def call(*arguments: str) -> Reply:
            capsys.readouterr()
            code = main(["--home", str(home), "--actor", "M. Vogt", *arguments])
            said = capsys.readouterr()
            return Reply(code, said.out, said.err)

        yield Scene(case, exhibit, call)


def _answer(quote: str, locator: object) -> str:
    citation = {"n": 1, "exhibit": {"path": "in/n.txt"}, "locator": locator, "quote": quote, "verified": True}
    claims = [
        {"text": "It stood in Vienna.\x1b[2J", "citations": [1], "supported": True},
        {"text": "It was red.", "citations": [], "supported": False, "unsupported_because": "no source"},
    ]
    return json.dumps({"status": "answered", "answer": "It stood", "claims": claims, "citations": [citation]})


LINES = {"kind": "lines", "first_line": 3, "last_line": 3, "start": 4, "end": 9}


def test_a_conversation_is_listed_found_and_shown_with_its_sources(scene: Scene) -> None:
    talks = scene.case.conversations
    first = talks.start("Where was\nthe crane")
    turn = talks.add_turn(first, "and where?", "Where was the crane?", _answer("crane\x1b[2J", LINES), "Vos")
    second = talks.start("Other")
    listed = scene.call("conversations", "list", "--case", "demo", "--json").json["conversations"]
    assert [(one["id"], one["title"], one["turns"]) for one in listed] == [
        (second, "Other", 0),
        (first, "Where was\nthe crane", 1),
    ]
    assert "Where was\\nthe crane" in scene.call("conversations", "list", "--case", "demo").out
    found = scene.call("conversations", "search", "VIENNA", "red", "--case", "demo", "--json").json
    assert [one["id"] for one in found["conversations"]] == [first]
    assert "No conversations" in scene.call("conversations", "search", "nowhere", "--case", "demo").out
    shown = scene.call("conversations", "show", str(first), "--case", "demo")
    assert shown.code == 0
    assert "\x1b[2J" not in shown.out
    for words in (
        "> and where?",
        "Understood as: Where was the crane?",
        "It stood in Vienna.\\x1b[2J [1]",
        "(unsupported: no source)",
        "[1] in/n.txt, line 3 (checked)",
        "“crane\\x1b[2J”",
    ):
        assert words in shown.out
    document = scene.call("conversations", "show", str(first), "--case", "demo", "--json").json
    assert document["turns"][0]["id"] == turn
    assert document["turns"][0]["answer"] == json.loads(_answer("crane\x1b[2J", LINES))
    for number in ("77", HUGE, "0", "x"):
        assert scene.call("conversations", "show", number, "--case", "demo").code == 2


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "plain words",
        "[1, 2]",
        '{"claims": 3, "citations": {"n": 1}, "status": [], "reason": 4}',
        '{"claims": [3, {"citations": [null, "a"], "computed": {"terms": 1}}], "citations": [1, {"exhibit": []}]}',
        "[" * 100_000,
    ],
)
def test_an_answer_that_is_no_answer_is_shown_as_what_it_is(scene: Scene, answer: str) -> None:
    talk = scene.case.conversations.start("t")
    scene.case.conversations.add_turn(talk, "a question", "", answer)
    reply = scene.call("conversations", "show", str(talk), "--case", "demo")
    assert (reply.code, "> a question" in reply.out) == (0, True)
    assert ("plain words" in reply.out) == (answer == "plain words")
    assert scene.call("conversations", "show", str(talk), "--case", "demo", "--json").json["turns"][0]["question"]


def test_a_conversation_is_renamed_and_removed_as_on_the_page(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = scene.case.conversations.start("t")
    scene.case.conversations.add_turn(talk, "q", "q", "{}")
    assert scene.call("conversations", "rename", str(talk), " The\n crane ", "--case", "demo").code == 0
    assert scene.case.conversations.summary(talk).title == "The crane"
    event = scene.event()
    assert (event.kind, event.action, event.actor) == ("alteration", "conversation renamed", "M. Vogt")
    assert event.details == {"conversation": talk}
    assert scene.call("conversations", "rename", str(talk), " ", "--case", "demo").code == 2
    refused = scene.call("conversations", "remove", str(talk), "--case", "demo")
    assert (refused.code, "Nothing was removed" in refused.err) == (2, True)
    typed = ["nonsense", str(talk)]
    monkeypatch.setattr(invocation, "interactive", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda _text: typed.pop(0))
    assert scene.call("conversations", "remove", str(talk), "--case", "demo").code == 2
    assert scene.call("conversations", "remove", str(talk), "--case", "demo").code == 0
    assert scene.case.conversations.all() == ()
    event = scene.event()
    assert (event.kind, event.action) == ("erasure", "conversation removed")
    assert event.details == {"conversation": talk, "turns": 1}
    assert scene.call("conversations", "remove", str(talk), "--yes", "--case", "demo").code == 2


def test_judged_answers_are_a_line_each(scene: Scene) -> None:
    talks = scene.case.conversations
    talk = talks.start("t")
    good, _none, bad = (talks.add_turn(talk, q, f"{q}?", '{"answer": "ä\u2028"}') for q in "abc")
    talks.judge(good, "good", "", "Vos")
    talks.judge(bad, "bad", "the wrong\nyear", "Weber")
    reply = scene.call("conversations", "judged", "--case", "demo")
    lines = [json.loads(line) for line in reply.out.rstrip("\n").split("\n")]
    assert [(o["conversation"], o["id"], o["question"], o["standalone"], o["verdict"]) for o in lines] == [
        (talk, good, "a", "a?", "good"),
        (talk, bad, "c", "c?", "bad"),
    ]
    assert (lines[1]["reason"], lines[1]["by"], lines[1]["answer"]) == (
        "the wrong\nyear",
        "Weber",
        {"answer": "ä\u2028"},
    )
    assert scene.event().details == {"turns": 2}


def test_a_keyword_list_is_kept_run_renamed_and_removed(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_bytes("\ufeff# tools\r\ncrane\r\nlorry\r\n".encode())
    saved = scene.call("keywords", "save", "Tools  list", str(file), "--case", "demo", "--json")
    assert saved.json == {"case": "demo", "name": "Tools list", "terms": 2, "list": "new"}
    assert scene.event().action == "keyword list saved"
    before = scene.event().sequence
    assert "unchanged" in scene.call("keywords", "save", "Tools list", str(file), "--case", "demo").out
    assert scene.event().sequence == before
    assert scene.call("keywords", "show", "Tools list", "--case", "demo").out == "# tools\ncrane\nlorry\n"
    shown = scene.call("keywords", "show", "Tools list", "--case", "demo", "--json").json
    assert (shown["terms"], shown["actor"]) == ("# tools\ncrane\nlorry", "M. Vogt")
    run = scene.call("keywords", "run", "Tools list", "--case", "demo", "--json").json
    assert [(term["term"], term["hits"]) for term in run["terms"]] == [("crane", 1), ("lorry", 0)]
    event = scene.event()
    assert (event.action, event.details) == ("keyword list searched", {"terms": 2, "list": "Tools list"})
    assert scene.call("keywords", "run", "Tools list", "--csv", "--json", "--case", "demo").code == 2
    assert scene.call("keywords", "rename", "Tools list", "Lifting", "--case", "demo").code == 0
    assert scene.event().details == {"from": "Tools list", "to": "Lifting"}
    rows = scene.call("keywords", "list", "--case", "demo", "--json").json["lists"]
    assert [(row["name"], row["terms"]) for row in rows] == [("Lifting", 2)]
    assert "2 terms  Lifting" in scene.call("keywords", "list", "--case", "demo").out
    assert scene.call("keywords", "remove", "Lifting", "--case", "demo").code == 2, "nobody to ask"
    assert scene.call("keywords", "remove", "Lifting", "--yes", "--case", "demo").code == 0
    assert scene.event().action == "keyword list removed"
    assert scene.call("keywords", "show", "Lifting", "--case", "demo").code == 2


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b'"open', b"\xff\xfe", b"crane\n" * 200_000])
def test_a_list_that_cannot_be_searched_is_not_kept(scene: Scene, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "words.txt"
    file.write_bytes(content)
    assert scene.call("keywords", "save", "x", str(file), "--case", "demo").code == 2
    assert scene.call("keywords", "save", "x", str(tmp_path), "--case", "demo").code == 2
    assert scene.case.keyword_lists.all() == ()


def test_labels_are_put_on_and_taken_off_all_or_none(scene: Scene) -> None:
    prefix = scene.exhibit[7:19]
    labelled = scene.call("exhibit", "label", prefix, "to judge", "a  b", "--case", "demo", "--json")
    assert labelled.json == {"case": "demo", "exhibit": scene.exhibit, "labels": ["a b", "to judge"]}
    event = scene.event()
    assert (event.action, event.details) == ("label added", {"exhibit": scene.exhibit, "label": "a b"})
    assert scene.call("exhibit", "label", prefix, "new", "\x07", "--case", "demo").code == 2
    assert scene.call("exhibit", "unlabel", prefix, "a b", "lacking", "--case", "demo").code == 2
    assert scene.case.annotations.labels(scene.exhibit) == ("a b", "to judge")
    assert "no labels" in scene.call("exhibit", "unlabel", prefix, "a b", "to judge", "a b", "--case", "demo").out
    assert scene.event().action == "label removed"


def test_notes_are_listed_written_changed_and_taken_away(scene: Scene, tmp_path: Path) -> None:
    def note(*arguments: str) -> Reply:
        return scene.call("exhibit", "note", scene.exhibit, *arguments, "--case", "demo")

    assert "No notes" in note().out
    assert (scene.event().action, scene.event().details) == ("exhibit shown", {"exhibit": scene.exhibit})
    (kept,) = note("--add", " ask\r\nthe court\x1b[2J ", "--json").json["notes"]
    assert (kept["text"], kept["actor"], kept["edited_at"]) == ("ask\nthe court\x1b[2J", "M. Vogt", None)
    assert "ask\nthe court\\x1b[2J" in note().out
    number = str(kept["id"])
    changed = note("--edit", number, "asked").out
    assert ("by M. Vogt\nasked\n" in changed, "the court" in changed) == (True, False)
    assert scene.event().action == "note changed"
    other, _ids = add_text(scene.case, tmp_path, "o.txt", "another")
    elsewhere = scene.case.annotations.add_note(other, "elsewhere")
    for wrong in ("--edit", str(elsewhere), "x"), ("--remove", str(elsewhere), "--yes"), ("--edit", HUGE, "x"):
        refused = note(*wrong)
        assert (refused.code, "no note" in refused.err) == (2, True)
    assert note("--add", "  ").code == 2
    assert note("--add", "a", "--remove", number).code == 2
    assert note("--remove", number).code == 2, "nobody to ask"
    assert note("--remove", number, "--yes", "--json").json["notes"] == []
    assert scene.event().action == "note removed"


def test_a_case_is_described_anew_and_what_is_not_given_stays(scene: Scene) -> None:
    reply = scene.call("case", "describe", "demo", "--title", " New\n title", "--region", "nl", "--json").json
    assert (reply["title"], reply["region"], reply["purpose"], reply["languages"]) == (
        "New title",
        "NL",
        "a purpose",
        ["en"],
    )
    assert reply["changed"] == ["title", "region"]
    event = scene.event()
    assert (event.action, set(event.details)) == ("case described", {"title", "region"})
    assert "so already" in scene.call("case", "describe", "demo", "--region", "NL").out
    assert scene.event().sequence == event.sequence
    said = scene.call("case", "describe", "demo", "--languages", "EN, de", "--case-number", "").out
    assert "case number, languages changed" in said
    for wrong in ([], ["--title", " "], ["--region", "Narnia"], ["--time-zone", "Mars/Base"], ["--languages", ","]):
        assert scene.call("case", "describe", "demo", *wrong).code == 2
    assert scene.event().details["languages"] == {"from": ["en"], "to": ["en", "de"]}
