"""The command line as machine interface: DESIGN, section 6, key for key."""

import json
import os
import re
import shutil
import stat
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from assistant.cli.invocation import read_batch
from assistant.cli.root import app
from casefile.errors import UsageError
from tests.end_to_end.command_line import Clerk

EXACT = "First line, with CR LF.\r\nTab\there, NUL-free, umlaut ä, emoji 🚂.\r\n\r\n  Indented; trailing blanks.   \r\nNo end"
LEDGER_ROW = {
    "id": (str, type(None)),
    "name": str,
    "path": str,
    "media_type": str,
    "derived_from": (str, type(None)),
    "status": str,
    "new": bool,
    "issues": list,
    "passages": int,
}
TOTALS = {"complete": int, "partial": int, "failed": int, "skipped": int, "passages": int}
COVERAGE = {"exhibits": int, "searched": int, "pending": int, "failed": list}
EXHIBIT = {"id": str, "name": str, "path": str}
CITATION = {"n": int, "exhibit": dict, "text_sha256": str, "locator": dict, "quote": str, "verified": bool}
ENGINE = {
    "kind": str,
    "model": str,
    "sha256": str,
    "prompt_sha256": str,
    "seed": int,
    "temperature": (int, float),
}
ANSWER = {
    "id": str,
    "question": str,
    "standalone": str,
    "status": str,
    "reason": str,
    "answer": str,
    "claims": list,
    "citations": list,
    "engine": dict,
    "coverage": dict,
    "timings_ms": dict,
    "steps": list,
    "passages": list,
}
"""`standalone` is beyond the contract: the question after a follow-up was rewritten."""
COMPUTED = {"operation": str, "inputs": list, "terms": list, "value": str, "unit": str}
CATEGORIES = frozenset(
    [
        "encrypted",
        "corrupt",
        "empty",
        "unsupported",
        "duplicate",
        "needs_ocr",
        "no_text",
        "low_confidence",
        "hidden_text",
        "dropped_text",
        "no_model",
        "too_large",
        "too_deep",
        "timeout",
        "killed",
        "permission",
        "changed",
    ]
)
LOCATORS = frozenset(["page", "cells", "mail_part", "message", "block", "slide", "lines", "seconds", "region"])
EXHIBIT_ID = re.compile(r"sha256:[0-9a-f]{64}")


def require_shape(document: Any, shape: Mapping[str, Any]) -> None:
    """Every key, no other, of the right type; a bool is no number."""
    assert isinstance(document, dict)
    assert set(document) == set(shape)
    for key, types in shape.items():
        assert isinstance(document[key], types), (key, document[key])
        if types is int:
            assert not isinstance(document[key], bool), key


def require_locator(locator: Mapping[str, Any]) -> None:
    """A tag of the closed list and offsets in code points."""
    assert locator["kind"] in LOCATORS
    assert isinstance(locator["start"], int)
    assert isinstance(locator["end"], int)
    assert 0 <= locator["start"] < locator["end"]


def require_timings(timings: Mapping[str, Any]) -> None:
    """Milliseconds by name, the total among them."""
    assert "total" in timings
    assert all(isinstance(value, int | float) and value >= 0 for value in timings.values())


@dataclass(frozen=True, slots=True)
class Known:
    """A case and what `ingest --json` printed of it."""

    clerk: Clerk
    folder: Path
    document: dict[str, Any]
    err: str

    def row(self, end: str) -> dict[str, Any]:
        """The ledger line whose path ends so."""
        (row,) = [row for row in self.document["exhibits"] if row["path"].endswith(end)]
        found: dict[str, Any] = row
        return found

    def text(self, exhibit: str) -> str:
        """What `caseclerk text` prints."""
        return self.clerk("text", exhibit, "--case", "c").out.decode("utf-8")


@pytest.fixture(scope="module")
def known(make_clerk: Callable[[], Clerk], tmp_path_factory: pytest.TempPathFactory) -> Known:
    """A small mixed case, taken in through the command line by a named actor."""
    top = tmp_path_factory.mktemp("contract")
    folder = top / "files"
    folder.mkdir()
    (folder / "exact.txt").write_bytes(EXACT.encode())
    (folder / "latin.txt").write_bytes("Gr\xfc\xdfe aus K\xf6ln, der Kran stand in Halle sieben.\r\n".encode("latin-1"))
    (folder / "empty.txt").write_bytes(b"")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    (folder / "report.md").write_text(
        "# Report\n\nThe crane was stolen on 3 May 2024 from hall seven.\n\nInspector Ilka Brandt signed the report.\n\n"
        "The reward is EUR 1,500.00 and was paid to Omar Haddad.\n"
    )
    (folder / "payments.csv").write_text("payer;amount\nOmar Haddad;120.50\nIlka Brandt;80.00\nOmar Haddad;40.25\n")
    shutil.copy(folder / "report.md", folder / "report-copy.md")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ilka@example.org", "omar@example.org", "The crane"
    mail["Date"] = "Fri, 03 May 2024 10:00:00 +0200"
    mail.set_content("Please find the note about the crane attached. Call me on +49 171 2345678.\n")
    mail.add_attachment(b"The attachment says that the lorry left at 04:15.\n", "text", "plain", filename="note.txt")
    (folder / "mail.eml").write_bytes(mail.as_bytes())
    with zipfile.ZipFile(folder / "box.zip", "w") as box:
        box.writestr("inner/deep.txt", "Deep inside the box lies the key of hall nine.\n")
        box.write(folder / "mail.eml", "mail-again.eml")
    clerk = Clerk(make_clerk().home, top)
    result = clerk("--actor", "Insp. Brandt", "ingest", "files", "--case", "c", "--json", code=1)
    return Known(clerk, folder, result.document(), result.err)


class TestIngest:
    def test_the_document_has_every_key(self, known: Known) -> None:
        require_shape(known.document, {"case": str, "exhibits": list, "totals": dict, "timings_ms": dict})
        assert known.document["case"] == "c"
        require_shape(known.document["totals"], TOTALS)
        require_timings(known.document["timings_ms"])
        for row in known.document["exhibits"]:
            require_shape(row, LEDGER_ROW)
            assert row["status"] in {"complete", "partial", "failed", "skipped"}
            assert row["id"] is None or EXHIBIT_ID.fullmatch(row["id"])
            assert row["derived_from"] is None or EXHIBIT_ID.fullmatch(row["derived_from"])
            for issue in row["issues"]:
                require_shape(issue, {"stage": str, "category": str, "message": str, "locator": (dict, type(None))})
                assert issue["category"] in CATEGORIES

    def test_totals_are_the_sums_of_the_rows(self, known: Known) -> None:
        rows = known.document["exhibits"]
        for status in ("complete", "partial", "failed", "skipped"):
            assert known.document["totals"][status] == sum(row["status"] == status for row in rows)
        assert known.document["totals"]["passages"] == sum(row["passages"] for row in rows)

    def test_states_and_paths(self, known: Known) -> None:
        states = {
            row["path"]: (row["status"], [i["category"] for i in row["issues"]]) for row in known.document["exhibits"]
        }
        assert states == {
            "files/box.zip": ("complete", []),
            "files/empty.txt": ("failed", ["empty"]),
            "files/exact.txt": ("complete", []),
            "files/latin.txt": ("complete", []),
            "files/mail.eml": ("complete", []),
            "files/payments.csv": ("complete", []),
            "files/picture.png": ("skipped", ["unsupported"]),
            "files/report-copy.md": ("complete", []),
            "files/report.md": ("skipped", ["duplicate"]),
            "files/box.zip!/inner/deep.txt": ("complete", []),
            "files/box.zip!/mail-again.eml": ("skipped", ["duplicate"]),
            "files/box.zip!/mail-again.eml!/note.txt": ("skipped", ["duplicate"]),
            "files/mail.eml!/note.txt": ("complete", []),
        }
        assert all(row["new"] for row in known.document["exhibits"] if "duplicate" not in states[row["path"]][1])
        assert not any(row["new"] for row in known.document["exhibits"] if "duplicate" in states[row["path"]][1])

    def test_a_part_names_its_parent(self, known: Known) -> None:
        rows = known.document["exhibits"]
        by_path = {row["path"]: row for row in rows}
        for row in rows:
            parent, mark, _ = row["path"].rpartition("!/")
            assert row["derived_from"] == (by_path[parent]["id"] if mark else None)

    def test_a_rerun_gives_one_row_for_each_occurrence_and_none_is_new(self, known: Known) -> None:
        again = known.clerk.ingest("c", "files", code=1)
        assert [row | {"new": False} for row in known.document["exhibits"]] == again["exhibits"]
        assert again["totals"] == known.document["totals"]

    def test_progress_goes_to_standard_error_only(self, known: Known) -> None:
        assert "Reading" in known.err

    def test_what_only_is_partial_or_skipped_ends_with_0(self, known: Known) -> None:
        assert known.clerk.ingest("c", "files/picture.png", code=0)["totals"]["skipped"] == 1

    def test_the_same_rows_stand_in_the_ledger(self, known: Known) -> None:
        document = known.clerk("ledger", "--case", "c", "--json").document()
        require_shape(document, {"case": str, "exhibits": list, "totals": dict, "erased": list})
        assert document["exhibits"] == known.document["exhibits"]


class TestText:
    def test_a_plain_text_is_printed_exactly(self, known: Known) -> None:
        assert known.text(known.row("exact.txt")["id"]) == EXACT
        assert known.text(known.row("latin.txt")["id"]) == "Grüße aus Köln, der Kran stand in Halle sieben.\r\n"

    def test_a_prefix_of_8_digits_will_do_with_or_without_its_tag(self, known: Known) -> None:
        exhibit = known.row("exact.txt")["id"]
        for name in (exhibit, exhibit[:15], exhibit[7:15], exhibit[7:15].upper(), exhibit[7:40]):
            assert known.text(name) == EXACT

    @pytest.mark.parametrize("name", ["sha256:0000000", "0000000", "00000000", "exact.txt", "", "sha256:" + "0" * 65])
    def test_what_is_no_exhibit_is_unusable_input(self, known: Known, name: str) -> None:
        result = known.clerk("text", name, "--case", "c", code=2)
        assert result.out == b""
        assert "exhibit" in result.err.lower()

    def test_a_file_without_text_prints_nothing(self, known: Known) -> None:
        assert known.text(known.row("picture.png")["id"]) == ""


class TestSearch:
    @pytest.mark.parametrize(
        "question", ["crane stolen hall seven", "Omar Haddad", "+49 171 2345678", "lorry", "Halle"]
    )
    def test_the_document_has_every_key_and_passages_are_slices(self, known: Known, question: str) -> None:
        document = known.clerk("search", question, "--case", "c", "-k", "4", "--json").document()
        require_shape(document, {"id": str, "question": str, "passages": list, "coverage": dict, "timings_ms": dict})
        assert document["question"] == question
        require_timings(document["timings_ms"])
        _require_coverage(document["coverage"])
        assert 1 <= len(document["passages"]) <= 4
        assert [passage["rank"] for passage in document["passages"]] == list(range(1, len(document["passages"]) + 1))
        for passage in document["passages"]:
            require_shape(
                passage,
                {"rank": int, "score": (int, float), "ranks": dict, "exhibit": dict, "locator": dict, "text": str},
            )
            require_shape(passage["exhibit"], EXHIBIT)
            require_locator(passage["locator"])
            assert passage["ranks"]
            assert all(isinstance(rank, int) and rank >= 1 for rank in passage["ranks"].values())
            text = known.text(passage["exhibit"]["id"])
            assert text[passage["locator"]["start"] : passage["locator"]["end"]] == passage["text"]

    def test_a_batch_keeps_its_order_one_document_a_line(self, known: Known, tmp_path: Path) -> None:
        wanted = [(f"id-{number}", word) for number, word in enumerate(["lorry", "crane", "Halle", "lorry", "Haddad"])]
        batch = tmp_path / "batch.jsonl"
        lines = [json.dumps({"id": name, "question": word}) for name, word in wanted]
        batch.write_text("\n".join([*lines[:2], "", *lines[2:]]), encoding="utf-8")  # a blank line, no last line end
        found = known.clerk("search", "--batch", batch, "--case", "c", "-k", "2").lines()
        assert [(document["id"], document["question"]) for document in found] == wanted

    @pytest.mark.parametrize(
        "content",
        ["not json", '["id"]', '{"id": "1"}', '{"question": 7}', '"x"', "7", '{"question": "x", "history": 5}'],
    )
    def test_a_batch_with_a_wrong_line_is_refused_whole(self, tmp_path: Path, content: str) -> None:
        batch = tmp_path / "batch.jsonl"
        batch.write_text('{"id": "1", "question": "crane"}\n' + content + "\n", encoding="utf-8")
        with pytest.raises(UsageError, match="line 2"):
            read_batch(batch)

    def test_a_refused_batch_prints_nothing(self, known: Known, tmp_path: Path) -> None:
        batch = tmp_path / "batch.jsonl"
        batch.write_text('{"id": "1", "question": "crane"}\nnot json\n', encoding="utf-8")
        for verb in ("search", "ask"):
            result = known.clerk(verb, "--batch", batch, "--case", "c", code=2)
            assert "line 2" in result.err
            assert result.out == b""

    def test_wrong_calls(self, known: Known, tmp_path: Path) -> None:
        for arguments in (["search"], ["ask"], ["search", ""], ["ask", "  "], ["search", "x", "--batch", "x"]):
            assert known.clerk(*arguments, "--case", "c", code=2).out == b""
        missing = known.clerk("ask", "--batch", tmp_path / "none.jsonl", "--case", "c", code=2)
        assert "none.jsonl" in missing.err


def _require_coverage(coverage: Any) -> None:
    require_shape(coverage, COVERAGE)
    assert coverage["searched"] <= coverage["exhibits"]
    assert coverage["pending"] == 0
    for failed in coverage["failed"]:
        require_shape(failed, {"id": str, "name": str, "status": str, "reasons": list})
    assert {failed["name"] for failed in coverage["failed"]} >= {"empty.txt", "picture.png"}


@pytest.fixture(scope="module")
def answers(known: Known, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Answers of every kind, from one batch."""
    questions = [
        {"id": "who", "question": "Who signed the report?"},
        {"id": "when", "question": "When was the crane stolen?"},
        {"id": "sum", "question": "What is the sum of all payments by Omar Haddad?"},
        {"id": "none", "question": "What is the blood type of the third astronaut?"},
        {"id": "guilt", "question": "Is Omar Haddad guilty?"},
        {
            "id": "follow",
            "question": "And when was it stolen?",
            "history": [{"question": "Where was the crane?", "answer": "In hall seven."}],
        },
    ]
    batch = tmp_path_factory.mktemp("batch") / "questions.jsonl"
    batch.write_text("".join(json.dumps(question) + "\n" for question in questions), encoding="utf-8")
    found = known.clerk("ask", "--batch", batch, "--case", "c").lines()
    assert [answer["id"] for answer in found] == [question["id"] for question in questions]
    assert [answer["question"] for answer in found] == [question["question"] for question in questions]
    return found


class TestAsk:
    def test_the_document_has_every_key(self, answers: list[dict[str, Any]]) -> None:
        for answer in answers:
            require_shape(answer, ANSWER)
            assert answer["status"] in {"answered", "not_found", "unclear", "refused"}
            assert answer["answer"].strip()
            require_shape(answer["engine"], ENGINE)
            assert answer["engine"]["kind"] == "extractive"
            require_timings(answer["timings_ms"])
            _require_coverage(answer["coverage"])
            for claim in answer["claims"]:
                _require_claim(claim, answer)

    def test_citations_are_slices_of_that_version_of_the_text(
        self, known: Known, answers: list[dict[str, Any]]
    ) -> None:
        citations = [citation for answer in answers for citation in answer["citations"]]
        assert citations
        for citation in citations:
            require_shape(citation, CITATION)
            require_shape(citation["exhibit"], EXHIBIT)
            require_locator(citation["locator"])
            assert citation["verified"] is True
            version = ("--version", citation["text_sha256"])
            text = known.clerk("text", citation["exhibit"]["id"], "--case", "c", *version).out.decode("utf-8")
            assert text[citation["locator"]["start"] : citation["locator"]["end"]] == citation["quote"]

    def test_states(self, answers: list[dict[str, Any]]) -> None:
        by_id = {answer["id"]: answer for answer in answers}
        assert by_id["who"]["status"] == by_id["when"]["status"] == "answered"
        assert "Ilka Brandt" in by_id["who"]["answer"]
        assert "3 May 2024" in by_id["when"]["answer"]
        assert by_id["none"]["status"] == "not_found"
        assert "exhibits were searched" in by_id["none"]["reason"]
        assert by_id["guilt"]["status"] == "refused"
        assert by_id["guilt"]["reason"]
        assert by_id["follow"]["standalone"] != by_id["follow"]["question"]

    def test_one_question_prints_one_document(self, known: Known) -> None:
        answer = known.clerk(
            "ask", "Who signed the report?", "--case", "c", "--engine", "extractive", "--json"
        ).document()
        require_shape(answer, ANSWER)
        assert answer["status"] == "answered"

    def test_an_unknown_engine_is_unusable_input(self, known: Known) -> None:
        assert "engine" in known.clerk("ask", "Who?", "--case", "c", "--engine", "oracle", code=2).err


def _require_claim(claim: Any, answer: Mapping[str, Any]) -> None:
    shape: dict[str, Any] = {"text": str, "citations": list, "computed": (dict, type(None)), "supported": bool}
    if not claim["supported"]:
        shape["unsupported_because"] = str
    require_shape(claim, shape)
    numbers = {citation["n"] for citation in answer["citations"]}
    assert set(claim["citations"]) <= numbers
    if claim["computed"] is not None:
        require_shape(claim["computed"], COMPUTED)
        assert set(claim["computed"]["inputs"]) <= numbers
        assert len(claim["computed"]["terms"]) == len(claim["computed"]["inputs"])
    if claim["supported"]:
        assert claim["citations"]


class TestGlobalOptions:
    def test_home_and_actor_go_before_the_verb(self, known: Known) -> None:
        clerk = Clerk(known.clerk.home, known.clerk.folder)
        for option in (["--actor", "x"], ["--home", "x"]):
            assert clerk("case", "list", *option, code=2).out == b""

    def test_the_actor_stands_in_the_custody_log(self, known: Known) -> None:
        known.clerk("--actor", "Sgt. Öz", "search", "crane", "--case", "c")
        Clerk(known.clerk.home, known.folder, {"CASECLERK_ACTOR": "by variable"})("case", "show", "c")
        events = known.clerk("custody", "log", "--case", "c", "--json").lines()
        assert events[0]["actor"] == "Insp. Brandt"
        assert {"Sgt. Öz", "by variable"} <= {event["actor"] for event in events}
        for event in events:
            require_shape(
                event,
                {
                    "sequence": int,
                    "at": str,
                    "actor": str,
                    "kind": str,
                    "action": str,
                    "details": dict,
                    "previous": str,
                    "hash": str,
                },
            )
        assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))

    def test_every_file_has_its_event(self, known: Known) -> None:
        events = known.clerk("custody", "log", "--case", "c", "--json").lines()
        places = [event["details"]["path"] for event in events if "path" in event["details"]]
        assert sorted(places) == sorted(row["path"] for row in known.document["exhibits"])

    def test_an_answer_is_two_events(self, known: Known) -> None:
        def count() -> int:
            return len(known.clerk("custody", "log", "--case", "c", "--json").lines())

        before = count()
        known.clerk("ask", "Who signed the report?", "--case", "c")
        assert count() == before + 2

    def test_the_home_of_the_option_wins_over_the_variable(self, known: Known, tmp_path: Path) -> None:
        other = {"CASECLERK_HOME": str(tmp_path / "other")}
        assert Clerk(known.clerk.home, environment=other)("case", "list", "--json").document()["cases"][0]["id"] == "c"
        assert not (tmp_path / "other").exists()

    def test_folders_are_private(self, known: Known) -> None:
        case = known.clerk.home / "cases/c"
        for folder in (known.clerk.home / "cases", case, *(path for path in case.iterdir() if path.is_dir())):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
        assert stat.S_IMODE((case / "case.db").stat().st_mode) == 0o600

    def test_originals_are_kept_byte_for_byte(self, known: Known) -> None:
        row = known.row("exact.txt")
        stored = known.clerk.home / "cases/c/originals" / row["id"].removeprefix("sha256:")
        assert stored.read_bytes() == EXACT.encode()


class TestCustodyVerify:
    def test_intact_is_0_and_broken_is_1(self, known: Known, tmp_path: Path) -> None:
        import sqlite3

        document = known.clerk("custody", "verify", "--case", "c", "--json").document()
        require_shape(document, {"case": str, "intact": bool, "events": int, "head": dict, "problems": list})
        assert document["intact"] is True
        copy = tmp_path / "home"
        shutil.copytree(known.clerk.home / "cases", copy / "cases")
        connection = sqlite3.connect(copy / "cases/c/case.db")
        connection.execute("DROP TRIGGER custody_is_never_changed")
        connection.execute("UPDATE custody SET actor = 'somebody else' WHERE sequence = 2")
        connection.commit()
        connection.close()
        broken = Clerk(copy)("custody", "verify", "--case", "c", "--json", code=1).document()
        assert broken["intact"] is False
        assert any("Event 2" in problem for problem in broken["problems"])


class TestCases:
    def test_documents(self, known: Known) -> None:
        (listed,) = known.clerk("case", "list", "--json").document()["cases"]
        require_shape(listed, {"id": str, "title": str, "exhibits": int, "created_at": str})
        shown = known.clerk("case", "show", "c", "--json").document()
        assert {"id", "title", "purpose", "case_number", "region", "time_zone", "languages"} <= set(shown)
        verified = known.clerk("case", "verify", "c", "--json").document()
        assert verified["sound"] is True

    def test_a_case_that_exists_is_not_made_again(self, known: Known) -> None:
        assert "exists already" in known.clerk("case", "create", "c", code=2).err

    def test_deleting_without_a_person_needs_yes(self, known: Known) -> None:
        assert "Nothing was deleted" in known.clerk("case", "delete", "c", code=2).err
        assert known.clerk("case", "show", "c", "--json").document()["id"] == "c"


def test_every_verb_explains_itself() -> None:
    import typer.main

    group = typer.main.get_command(app)
    stack: list[tuple[str, Any]] = [("caseclerk", group)]
    seen = []
    while stack:
        name, command = stack.pop()
        seen.append(name)
        assert command.help, name
        stack += [(f"{name} {child}", found) for child, found in getattr(command, "commands", {}).items()]
    assert {"caseclerk ingest", "caseclerk ask", "caseclerk case delete", "caseclerk custody verify"} <= set(seen)


def test_a_closed_pipe_is_no_error(known: Known) -> None:
    import subprocess

    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.Popen(
        known.clerk.command("ledger", "--case", "c", "--json"),
        env=known.clerk.variables(),
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=subprocess.PIPE,
    )
    os.close(writer)
    _, err = process.communicate(timeout=60)
    assert b"Traceback" not in err
    assert b"Error" not in err
