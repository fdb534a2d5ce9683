"""`ingest --progress lines`, `--retry` and `--resume`; uploads are the one part of HOME that is taken in."""

import io
import json
from pathlib import Path

import pytest

from assistant.cli import root
from assistant.cli.progress_lines import ProgressLines
from casefile.case import Case, open_case
from casefile.home import Home
from casefile.settings import load_settings
from ingest.discovery import discover
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.pipeline import Pipeline
from tests.casefile.case_building import new_case


def _lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_lines_are_few_and_the_last_one_of_a_stage_is_always_told() -> None:
    out, clock = io.StringIO(), iter([0.0, *(i / 1000 for i in range(2000))])
    lines = ProgressLines(out, lambda: next(clock))
    with lines:
        lines.begin("read", 1000)
        for _ in range(1000):
            lines.advance("read", 1)
        lines.begin("read", 2)
        lines.say("a\u202eb")
        lines.boundary("vectors_added")
        lines.finished({"complete": 3})
    told = _lines(out.getvalue())
    assert told[0] == {"stage": "read", "done": 0, "total": 1000}
    assert {"stage": "read", "done": 1000, "total": 1000} in told
    assert told[-3] == {"stage": "read", "done": 1000, "total": 1002}
    assert "\u202e" not in str(told[-2]["say"])
    assert told[-1] == {"finished": {"complete": 3}}
    assert len(told) < 15


def test_the_command_tells_lines_retries_and_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("assistant.embedding.make_embedder", lambda *_: HashedWordsEmbedder(allow=True))
    home = tmp_path / "home"
    (tmp_path / "a.txt").write_text("The meeting was on Monday.")
    (tmp_path / "b.txt").write_text("")
    call = ["--home", str(home), "ingest", "--case", "demo", "--progress", "lines"]
    assert root.main([*call, str(tmp_path / "a.txt"), str(tmp_path / "b.txt")]) == 1
    told = _lines(capfd.readouterr().err)
    assert told[-1] == {"finished": {"complete": 1, "partial": 0, "failed": 1, "skipped": 0, "passages": 1}}
    assert {"stage": "read", "done": 2, "total": 2} in told
    assert root.main([*call, "--retry"]) == 1
    told = _lines(capfd.readouterr().err)
    assert {"stage": "read", "done": 1, "total": 1} in told
    assert told[-1]["finished"] == {"complete": 0, "partial": 0, "failed": 1, "skipped": 0, "passages": 0}
    assert root.main([*call, "--resume"]) == 0
    assert _lines(capfd.readouterr().err)[-1]["finished"]["complete"] == 0  # type: ignore[index]
    with open_case(Home(home), "demo", "tester") as case:
        (complete,) = [exhibit.id for exhibit in case.catalogue.exhibits() if exhibit.status == "complete"]
    again = ["--home", str(home), "exhibit", "retry", complete[:19], "--case", "demo", "--json"]
    assert root.main(again) == 0
    document = json.loads(capfd.readouterr().out)
    assert [(row["id"], row["status"]) for row in document["exhibits"]] == [(complete, "complete")]
    assert root.main(call) == 2
    assert "Name the files" in capfd.readouterr().err


def _run(case: Case, *, retry: bool) -> None:
    with case.locked():
        settings = load_settings(case.home.root, {}).settings
        Pipeline(case, settings, HashedWordsEmbedder(allow=True)).ingest([], retry=retry)


def test_a_retry_that_was_killed_before_it_read_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with new_case(tmp_path / "home") as case:
        (tmp_path / "empty.txt").write_text("")
        with case.locked():
            settings = load_settings(case.home.root, {}).settings
            Pipeline(case, settings, HashedWordsEmbedder(allow=True)).ingest([tmp_path / "empty.txt"])
        (failed,) = case.catalogue.exhibits()
        with monkeypatch.context() as patch:
            patch.setattr(Pipeline, "_read_stored", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                _run(case, retry=True)
        assert case.catalogue.exhibits_to_read_again() == (failed.id,)
        reads = len([event for event in case.custody.events() if event.action == "exhibit read"])
    with open_case(Home(tmp_path / "home"), "demo", "tester") as case:
        _run(case, retry=False)
        assert case.catalogue.exhibits_to_read_again() == ()
        assert len([event for event in case.custody.events() if event.action == "exhibit read"]) == reads + 1


def test_only_uploads_of_this_case_are_taken_in_from_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    ours, other = home / "cases/one", home / "cases/two"
    for folder in (ours / "uploads/1/sub", ours / "originals", other / "uploads/1"):
        folder.mkdir(parents=True)
        (folder / "file.txt").write_text("x")
    (ours / "uploads/1/link.txt").symlink_to(ours / "originals/file.txt")
    (ours / "uploads/1/folder").symlink_to(ours / "originals")
    monkeypatch.chdir(ours)
    found = list(discover([Path("uploads/1"), Path("originals"), Path("../two/uploads/1")], home, ours / "uploads"))
    assert [(place.path, place.issue is None) for place in found] == [
        ("uploads/1/folder", False),
        ("uploads/1/link.txt", False),
        ("uploads/1/sub/file.txt", True),
        ("originals", False),
        ("../two/uploads/1", False),
    ]
