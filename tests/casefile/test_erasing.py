"""Erasing an exhibit: no byte of it is left in the case, everything else is as before, and a kill is made good."""

import json
import os
import secrets
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casefile.case import Case, open_case
from casefile.database import Database
from casefile.erased_answers import MARKER, without
from casefile.erasing import erase, plan_erasure
from casefile.errors import CaseBusyError, ExhibitNotFoundError, UsageError
from casefile.home import Home
from casefile.seals import seal
from casefile.verify import verify_case
from tests.casefile.case_building import add_text, embed, new_case
from tests.casefile.case_snapshot import found_in, read_rich, take_part


class KilledError(Exception):
    """Stands for the end of the process."""


def _holders(folder: Path, needle: bytes) -> list[str]:
    found = []
    for directory, _names, files in os.walk(folder):
        for path in (Path(directory) / name for name in files):
            if needle in path.read_bytes():
                found.append(str(path.relative_to(folder)))
    return found


def _answer(exhibit: str, quote: str, other: str = "") -> str:
    citations = [{"n": 1, "exhibit": {"id": exhibit, "name": "a", "path": "in/a"}, "quote": quote, "verified": True}]
    claims = [{"text": quote, "citations": [1], "computed": None, "supported": True}]
    if other:
        citations.append({"n": 2, "exhibit": {"id": other, "name": "b", "path": "in/b"}, "quote": "kept quote"})
        claims.append({"text": "kept claim.", "citations": [2], "computed": None, "supported": True})
    prose = " ".join(str(claim["text"]) for claim in claims)
    return json.dumps({"id": "1", "answer": f"{prose} [1]", "claims": claims, "citations": citations, "reason": ""})


def test_no_byte_of_it_is_left_and_its_neighbour_is_whole(tmp_path: Path) -> None:
    # random from the first character on: FTS5 stores words without what they begin with in common
    gone, stays = (secrets.token_hex(16) for _ in range(2))
    home = tmp_path / "home"
    source = tmp_path / "source"
    source.mkdir()
    with new_case(home) as case, case.locked():
        doomed, ids = add_text(case, source, "a.txt", f"{gone} stands here\nand {gone} in a second line")
        neighbour, others = add_text(case, source, "b.txt", f"{stays} stands here")
        vectors = embed(case, (*ids, *others), secrets.randbits(32)).astype(np.float16).astype(np.float32)
        case.vectors.settle()
        case.vectors.nearest(vectors[0], 1)
        talk = case.conversations.start("about it")
        turn = case.conversations.begin_turn(talk, "what stands there?", "Vos")
        case.conversations.finish_turn(turn, "what?", _answer(doomed, f"{gone} stands here", neighbour))
        case.annotations.add_note(doomed, f"note on {gone}")
        case.annotations.label(doomed, "to erase")
        batch = case.uploads.begin("Vos", talk, "1 file")
        case.uploads.add_file(batch, "again.txt", 9)
        copy = case.uploads.folder(batch) / "again.txt"
        copy.write_text(f"{gone} stands here\nand {gone} in a second line")
        take_part(case, copy.read_bytes(), f"uploads/{batch}/again.txt")
    needles = [gone[8:].encode(), vectors[0].astype(np.float16).tobytes(), vectors[0].tobytes()]
    assert all(_holders(home, needle) for needle in needles), "the canaries must be there before"
    with open_case(Home(home), "demo", "Vos") as case:
        plan = plan_erasure(case, doomed)
        assert (plan.ids, plan.turns, plan.notes, plan.held_by) == ((doomed,), 1, 1, ())
        assert plan.places == ("in/a.txt", f"uploads/{batch}/again.txt")
        assert erase(case, doomed[7:19], "ordered by the court") == (doomed,)
        for needle in needles:
            assert _holders(home, needle) == []
        kept = [stays[8:].encode(), vectors[2].astype(np.float16).tobytes(), vectors[2].tobytes()]
        assert all(_holders(home, needle) for needle in kept)
        assert verify_case(case).sound
        assert verify_case(case).repaired == ()
        told = case.conversations.turn(turn)
        assert told.erased
        document = json.loads(told.answer)
        assert document["answer"] == f"{MARKER} [1]\nkept claim. [2]"
        assert [c["quote"] for c in document["citations"]] == [MARKER, "kept quote"]
        assert document["citations"][0]["exhibit"] == {"id": doomed, "name": MARKER, "path": MARKER}
        assert document["erased"] is True
        (row,) = case.catalogue.erasures()
        assert (row.exhibit_id, row.actor, row.reason, row.erased_with) == (doomed, "Vos", "ordered by the court", None)
        with pytest.raises(ExhibitNotFoundError):
            erase(case, doomed, "again")
        event = next(e for e in case.custody.events() if e.action == "exhibit erased")
        assert (event.kind, event.actor, event.details["exhibits"]) == ("erasure", "Vos", [doomed])
    (line,) = (home / "erasures.log").read_text().splitlines()
    written = json.loads(line)
    assert (written["exhibits"], written["actor"], written["case"]) == ([doomed], "Vos", "demo")
    assert written["custody_hash"] == event.hash


def _family(case: Case, folder: Path) -> tuple[str, str, str, str]:
    """A mail with a part of its own, and one that a file of the case is too."""
    mail = take_part(case, b"mail", "in/a.eml")
    own = take_part(case, b"own", "in/a.eml!/own.txt", mail)
    shared = take_part(case, b"shared", "in/a.eml!/shared.txt", mail)
    take_part(case, b"shared", "in/shared.txt")
    take_part(case, b"shared", "in/third.txt")
    for exhibit, text in ((mail, "mail alpha"), (own, "own beta"), (shared, "shared gamma")):
        embed(case, read_rich(case, exhibit, text))
    other, ids = add_text(case, folder, "b.txt", "bystander alpha")
    embed(case, ids)
    return mail, own, shared, other


def test_evaluation_runs_that_quote_it_go_and_others_stay(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    with new_case(tmp_path / "home") as case, case.locked():
        doomed, ids = add_text(case, source, "a.txt", "the secret stands here")
        neighbour, others = add_text(case, source, "b.txt", "harmless")
        embed(case, (*ids, *others), 1)
        for name, exhibit in (("quoting", doomed), ("other", neighbour)):
            run = case.folder / "runs" / name
            run.mkdir(parents=True)
            (run / "samples.jsonl").write_text(
                json.dumps({"citations": [{"document": exhibit, "quote": "the secret"}]})
            )
            (run / "report.html").write_text("the secret")
        erase(case, doomed, "ordered by the court")
        assert [path.name for path in (case.folder / "runs").iterdir()] == ["other"]


def test_parts_go_with_it_unless_they_are_found_elsewhere(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        mail, own, shared, other = _family(case, tmp_path)
        plan = plan_erasure(case, mail)
        assert plan.ids == (mail, own)
        assert [exhibit.id for exhibit in plan.kept] == [shared]
        with pytest.raises(UsageError, match=r"part of in/a\.eml, whose original"):
            erase(case, own, "x")
        assert erase(case, mail, "x") == (mail, own)
        assert [exhibit.id for exhibit in case.catalogue.exhibits()] == [shared, other]
        lines = case.catalogue.occurrences(shared)
        assert [(line.path, line.status, line.new, line.derived_from) for line in lines] == [
            ("in/shared.txt", "complete", True, None),
            ("in/third.txt", "skipped", False, None),
        ]
        assert [issue.message for issue in lines[1].issues] == ["The same bytes as in/shared.txt."]
        assert [hit.exhibit_id for hit in case.fulltext.exhibits("gamma", 5)] == [shared]
        assert [hit.exhibit_id for hit in case.fulltext.exhibits("shared", 5)] == [shared]
        assert [(e.exhibit_id, e.erased_with) for e in case.catalogue.erasures()] == [(mail, None), (own, mail)]
        assert case.fulltext.check()
        assert verify_case(case).sound


def test_the_rest_is_the_same_row_for_row(tmp_path: Path) -> None:
    words = ("alpha", "beta", "bystander", "gamma")
    with new_case(tmp_path / "home") as case:
        other, ids = add_text(case, tmp_path, "b.txt", "bystander alpha\nsecond line")
        embed(case, ids)
        before = found_in(case, words)
        tables = _all_rows(case)
        doomed = take_part(case, b"mail", "in/a.eml")
        embed(case, read_rich(case, doomed, "mail alpha beta"))
        embed(case, ids)
        erase(case, doomed, "x")
        assert found_in(case, words) == before
        after = _all_rows(case)
        assert {name: rows for name, rows in after.items() if name not in {"custody", "erased", "counters"}} == {
            name: rows for name, rows in tables.items() if name not in {"custody", "erased", "counters"}
        }
        assert case.catalogue.text(other) == "bystander alpha\nsecond line"


def _all_rows(case: Case) -> dict[str, list[tuple[object, ...]]]:
    connection = case.database.connection()
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%_fts%'")
    return {
        row["name"]: sorted((tuple(r) for r in connection.execute(f"SELECT * FROM {row['name']}")), key=repr)
        for row in names.fetchall()
        if row["name"] != "passages_vocabulary"
    }


@pytest.mark.parametrize("step", ["original", "vectors", "catalogue", "log"])
@pytest.mark.parametrize("finished_by", ["the same command", "whoever locks next"])
def test_what_a_kill_cut_short_is_finished(tmp_path: Path, step: str, finished_by: str) -> None:
    gone = secrets.token_hex(16)
    home = tmp_path / "home"

    def kill(at: str) -> None:
        if at == step:
            raise KilledError

    with new_case(home) as case, case.locked():
        (tmp_path / "s").mkdir()
        doomed, ids = add_text(case, tmp_path / "s", "a.txt", f"{gone} here")
        vectors = embed(case, ids).astype(np.float16).astype(np.float32)
        case.vectors.settle()
        with pytest.raises(KilledError):
            erase(case, doomed, "x", kill)
    with open_case(Home(home), "demo", "other") as case:
        assert case.catalogue.exhibits() == ()
        if finished_by == "the same command":
            assert erase(case, doomed, "x") == (doomed,)
        else:
            with case.locked():
                pass
        assert verify_case(case).sound
        assert len([e for e in case.custody.events() if e.action == "exhibit erased"]) == 1
        for needle in (gone[8:].encode(), vectors[0].tobytes(), vectors[0].astype(np.float16).tobytes()):
            assert _holders(home, needle) == []
    assert len((home / "erasures.log").read_text().splitlines()) == 1


def test_nothing_is_changed_where_the_transaction_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with new_case(tmp_path / "home") as case:
        mail, *_ = _family(case, tmp_path)
        before = found_in(case, ("alpha", "beta"))

        def killed(*_arguments: object) -> None:
            raise KilledError

        with monkeypatch.context() as patch:
            patch.setattr("casefile.erasing._keep", killed)
            with pytest.raises(KilledError):
                erase(case, mail, "x")
        assert found_in(case, ("alpha", "beta")) == before
        assert case.fulltext.check()
        assert verify_case(case).problems == ()
        assert not case.home.erasures.exists()


def test_a_reader_delays_the_traces_and_a_rerun_takes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casefile.database.BUSY_TIMEOUT_MS", 50)
    gone = secrets.token_hex(16)
    with new_case(tmp_path / "home") as case:
        (tmp_path / "s").mkdir()
        doomed, _ids = add_text(case, tmp_path / "s", "a.txt", f"{gone} here")
        reader = Database(case.database.path)
        reader.connection().execute("BEGIN")
        reader.connection().execute("SELECT count(*) FROM texts").fetchone()
        with pytest.raises(CaseBusyError, match="again in a minute"):
            erase(case, doomed, "x")
        assert case.catalogue.exhibits() == ()
        with case.locked():  # the reader still reads: other work is not held up
            assert case.holds_lock
        reader.connection().execute("ROLLBACK")
        assert erase(case, doomed, "x") == (doomed,)
        assert _holders(tmp_path / "home", gone[8:].encode()) == []
        reader.close()


def test_bytes_that_come_back_are_new_and_the_log_says_that_they_were_erased(tmp_path: Path) -> None:
    from casefile.recording import FoundFile
    from ingest.storing import record_files

    with new_case(tmp_path / "home") as case:
        exhibit, _ids = add_text(case, tmp_path, "a.txt", "text")
        erase(case, exhibit, "by mistake")
        with (tmp_path / "a.txt").open("rb") as stream:
            stored = case.originals.take(stream, 1 << 20)
        (recorded,) = record_files(case, [FoundFile(exhibit, stored.size, "a.txt", "in/a.txt", None, None)])
        assert (recorded.bytes_known, recorded.erased_before) == (False, True)
        read_rich(case, exhibit, "text")
        assert case.catalogue.exhibit(exhibit).id == exhibit
        assert list(case.custody.events())[-2].details["erased_before"] is True
        assert verify_case(case).problems == ()
        erase(case, exhibit, "again")
        assert len(case.catalogue.erasures()) == 2
        assert verify_case(case).problems == ()


def test_an_answer_that_ends_after_the_erasure_is_kept_without_it(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        exhibit, _ids = add_text(case, tmp_path, "a.txt", "a secret sentence")
        talk = case.conversations.start("t")
        turn = case.conversations.begin_turn(talk, "q", "Vos")
        erase(case, exhibit, "x")
        assert case.conversations.finish_turn(turn, "q", _answer(exhibit, "a secret sentence"))
        late = case.conversations.add_turn(talk, "q", "q", _answer(exhibit, "a secret sentence"))
        for one in (turn, late):
            kept = case.conversations.turn(one)
            assert kept.erased
            assert "secret" not in kept.answer


def test_a_sealed_exhibit_can_be_erased(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        mail, own, _shared, _other = _family(case, tmp_path)
        seal(case, mail, "privileged", "x")
        assert erase(case, mail, "y") == (mail, own)
        assert case.fulltext.check()
        assert verify_case(case).sound


def test_verify_tells_a_row_that_was_taken_away_without_an_erasure(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        first, _ = add_text(case, tmp_path, "a.txt", "a")
        add_text(case, tmp_path, "b.txt", "b")
        erase(case, first, "x")
        case.database.connection().execute("DELETE FROM occurrences")
        assert any("in/b.txt was met" in problem for problem in verify_case(case).problems)


def test_without_a_reason_nothing_happens(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        exhibit, _ids = add_text(case, tmp_path, "a.txt", "a")
        with pytest.raises(UsageError, match="reason"):
            erase(case, exhibit, " ")
        with pytest.raises(ExhibitNotFoundError):
            erase(case, "00000000", "x")
        assert case.catalogue.exhibit(exhibit)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just("a canary sentence"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["answer", "claims", "citations", "exhibit", "x", "quote", "n"]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(_JSON)
def test_no_form_of_an_answer_keeps_a_sentence_of_the_erased_text(document: object) -> None:
    cleaned = without(json.dumps(document), ["sha256:" + "0" * 64], ["before a canary sentence after"])
    assert "canary sentence" not in cleaned
    assert json.loads(cleaned)["erased"] is True


@pytest.mark.parametrize("broken", ["", "{", "[]", "[" * 100_000, '"text"', "null"])
def test_what_is_no_answer_gives_way_altogether(broken: str) -> None:
    assert json.loads(without(broken, ["x"])) == {"answer": MARKER, "erased": True}


_GRAPH = st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 4)), min_size=1, max_size=9)


@settings(max_examples=25)
@given(_GRAPH, st.integers(0, 4))
def test_whatever_lies_in_whatever_nothing_that_stays_loses_its_place(edges: list[tuple[int, int]], which: int) -> None:
    with tempfile.TemporaryDirectory() as folder, new_case(Path(folder) / "home") as case:
        known: dict[int, str] = {}
        for number, (child, parent) in enumerate(edges):
            holder = known.get(parent)
            path = f"in/{number}" if holder is None else f"{case.catalogue.exhibit(holder).path}!/{number}"
            known[child] = take_part(case, bytes([child]), path, holder)
            read_rich(case, known[child], f"text {child}")
        chosen = known.get(which, next(iter(known.values())))
        plan = plan_erasure(case, chosen)
        if plan.held_by:
            with pytest.raises(UsageError, match="whose original holds"):
                erase(case, chosen, "x")
            return
        erase(case, chosen, "x")
        assert {e.id for e in case.catalogue.exhibits()} == set(known.values()) - set(plan.ids)
        assert case.fulltext.check()
        assert verify_case(case).problems == ()
