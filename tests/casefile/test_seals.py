"""Sealed exhibits: nothing finds or shows them, whatever comes later; unsealing puts everything back as it was."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casefile.case import Case, open_case
from casefile.database import Database
from casefile.errors import ExhibitSealedError, UsageError
from casefile.fulltext import quoted
from casefile.home import Home
from casefile.schema import MIGRATIONS
from casefile.seals import seal, unseal
from casefile.verify import verify_case
from tests.casefile.case_building import add_text, embed, new_case
from tests.casefile.case_snapshot import found_in, read_rich, take_part

WORDS = ("cellar", "secret", "alpha", "beta", "open")


def _mail_with_part(case: Case) -> tuple[str, str]:
    mail = take_part(case, b"mail", "in/a.eml")
    part = take_part(case, b"part", "in/a.eml!/note.txt", mail)
    embed(case, read_rich(case, mail, "secret alpha in the cellar"))
    read_rich(case, part, "secret beta note", title="Annex")
    return mail, part


def test_nothing_finds_a_sealed_exhibit_and_unsealing_puts_everything_back(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        add_text(case, tmp_path, "open.txt", "an open alpha")
        without = found_in(case, WORDS)
        mail, part = _mail_with_part(case)
        before = found_in(case, WORDS)
        seals = seal(case, mail[7:19], "privileged", "counsel's letter")
        assert [(s.exhibit_id, s.sealed_with, s.ground) for s in seals] == [
            (mail, None, "privileged"),
            (part, mail, "privileged"),
        ]
        sealed = found_in(case, WORDS)
        told = ("texts", "versions", "exhibits", "ledger", "coverage", "seals", "recipients")
        for name in without.keys() - set(told):
            assert sealed[name] == without[name], name
        assert sealed["texts"][mail] == sealed["texts"][part] == ("", ())
        assert sealed["versions"][mail] == sealed["recipients"][mail] == ()
        row = case.catalogue.exhibit(mail)
        assert (row.title, row.sender, row.sent_at, row.text_sha256) == ("", "", None, None)
        assert (row.path, row.status) == ("in/a.eml", "complete")
        assert verify_case(case).problems == ()
        assert unseal(case, mail, "the court has decided") == (mail, part)
        assert found_in(case, WORDS) == before
        assert verify_case(case).sound


def test_nothing_of_it_is_shown_by_version_or_by_number(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        mail, part = _mail_with_part(case)
        versions = case.catalogue.text_versions(mail)
        numbers = [p.id for e in (mail, part) for p in case.catalogue.passages_of(e)]
        assert len(case.catalogue.passages(numbers)) == 4
        seal(case, mail, "out_of_scope", "another matter")
        assert case.catalogue.passages(numbers) == {}
        assert case.catalogue.cells(numbers[0]) == ()
        assert case.catalogue.searchable(numbers) == frozenset()
        assert case.catalogue.passages_between(mail, versions[0], 0, 9) == ()
        assert case.catalogue.page_extent(mail, versions[0], 1) is None
        for read in (
            lambda: case.catalogue.text(mail, versions[0]),
            lambda: case.catalogue.passage_at(mail, versions[0], 0),
            lambda: case.catalogue.require_open(part),
        ):
            with pytest.raises(ExhibitSealedError, match=r"by tester since .*another matter.*exhibit unseal"):
                read()
        coverage = case.catalogue.coverage()
        assert (coverage.exhibits, coverage.searched, coverage.pending) == (2, 0, 0)
        assert [(f.exhibit_id, f.status, f.reasons) for f in coverage.failed] == [
            (mail, "skipped", ("sealed: out of scope: another matter",)),
            (part, "skipped", ("sealed: out of scope: another matter",)),
        ]


def test_it_stays_sealed_when_it_is_read_again_or_met_again(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        mail, _part = _mail_with_part(case)
        seal(case, mail, "privileged", "counsel")
        before = found_in(case, WORDS)
        read_rich(case, mail, "secret gamma, read by a better reader", reader="ocr", title="Another title")
        read_rich(case, mail, "secret alpha in the cellar")
        read_rich(case, mail, "secret gamma, read by a better reader", reader="ocr", title="Another title")
        take_part(case, b"mail", "in/copy.eml")
        later = take_part(case, b"new part", "in/a.eml!/later.txt", mail)
        read_rich(case, later, "secret delta")
        after = found_in(case, (*WORDS, "gamma", "delta"))
        for name in ("all", "words", "exhibits by words"):
            assert {word: hits for word, hits in after[name].items() if hits} == {
                word: hits for word, hits in before[name].items() if hits
            }
        for name in ("vocabulary", "identifiers", "moments", "tables", "embeddings", "pending", "counts"):
            assert after[name] == before[name], name
        assert case.catalogue.seal_of(later) is not None
        assert verify_case(case).problems == ()
        assert set(unseal(case, mail, "decided")) >= {mail, later}
        assert case.catalogue.exhibit(mail).title == "Another title"
        assert [e.exhibit_id for e in case.fulltext.exhibits(quoted("gamma"), 9)] == [mail]
        assert [e.exhibit_id for e in case.fulltext.exhibits(quoted("delta"), 9)] == [later]
        assert len([m for m in case.catalogue.moments(mail) if m.text_sha256 is None]) == 1
        assert verify_case(case).sound


def test_chroma_gives_no_sealed_passage_even_before_it_is_settled(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        first, ids = add_text(case, tmp_path, "a.txt", "\n".join(f"secret {n}" for n in range(30)))
        _second, others = add_text(case, tmp_path, "b.txt", "\n".join(f"open {n}" for n in range(30)))
        vectors = embed(case, (*ids, *others))
        near = vectors[0] + 0.01 * vectors[40]
        with case.locked():
            case.vectors.settle()
            assert case.vectors.nearest(vectors[0], 1)[0].passage_id == ids[0]
        seal(case, first, "privileged", "counsel")  # without the lock: the cache still has them
        with case.locked():
            assert not case.vectors.state().agrees
            hits = case.vectors.nearest(near.astype(np.float32), 10)
            assert len(hits) == 10
            assert {hit.passage_id for hit in hits} <= set(others)
            assert case.vectors.settle()
            assert case.vectors.state().agrees
            assert {hit.passage_id for hit in case.vectors.nearest(near.astype(np.float32), 60)} == set(others)
            unseal(case, first, "decided")
            assert case.vectors.state().agrees, "with the lock the cache follows at once"
            assert case.vectors.nearest(vectors[0], 1)[0].passage_id == ids[0]
        assert verify_case(case).repaired == ()


def test_what_cannot_be_sealed_or_unsealed_is_told_and_nothing_changes(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        mail, part = _mail_with_part(case)
        events = case.custody.head()
        for wrong in (
            lambda: seal(case, "00000000", "other", "x"),
            lambda: seal(case, mail, "other", " \n"),
            lambda: seal(case, mail, "whim", "x"),  # type: ignore[arg-type]
            lambda: unseal(case, mail, "x"),
        ):
            with pytest.raises(UsageError):
                wrong()
        assert case.custody.head() == events
        seal(case, part, "other", "by itself")
        seal(case, mail, "privileged", "counsel")
        with pytest.raises(UsageError, match="sealed already"):
            seal(case, mail, "other", "again")
        with pytest.raises(UsageError, match="reason"):
            unseal(case, mail, "")
        assert unseal(case, mail, "decided") == (mail,)
        assert [s.exhibit_id for s in case.catalogue.seals()] == [part], "it was sealed by itself before"


def test_each_seal_stands_in_the_custody_log(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        mail, part = _mail_with_part(case)
        seal(case.acting_as("Vos"), mail, "privileged", "counsel")
        unseal(case.acting_as("Weber"), mail, "decided")
        told = [(e.actor, e.kind, e.action, e.details) for e in list(case.custody.events())[-2:]]
        assert told == [
            (
                "Vos",
                "alteration",
                "exhibit sealed",
                {"exhibit": mail, "ground": "privileged", "reason": "counsel", "parts": [part], "with_parts": True},
            ),
            ("Weber", "alteration", "exhibit unsealed", {"exhibit": mail, "reason": "decided", "parts": [part]}),
        ]
        assert case.custody.verify().intact


def test_without_its_parts_only_the_container_is_sealed(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        mail, part = _mail_with_part(case)
        seal(case, mail, "other", "x", with_parts=False)
        later = take_part(case, b"later", "in/a.eml!/later", mail)
        assert [s.exhibit_id for s in case.catalogue.seals()] == [mail]
        assert case.catalogue.text(part) == "secret beta note"
        assert case.catalogue.seal_of(later) is None


def test_the_revision_grows_with_what_can_be_searched(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        seen = [case.catalogue.revision()]
        exhibit, ids = add_text(case, tmp_path, "a.txt", "text")
        seen.append(case.catalogue.revision())
        embed(case, ids)
        seen.append(case.catalogue.revision())
        seal(case, exhibit, "other", "x")
        seen.append(case.catalogue.revision())
        unseal(case, exhibit, "x")
        seen.append(case.catalogue.revision())
        assert seen == sorted(set(seen))
        case.log("consultation", "looked")
        assert case.catalogue.revision() == seen[-1]


_TEXTS = st.lists(
    st.text(st.sampled_from("ab é\n"), min_size=2, max_size=12).filter(str.strip), min_size=2, max_size=5, unique=True
)


@settings(max_examples=20)
@given(_TEXTS, st.data())
def test_any_order_of_sealing_and_unsealing_ends_where_it_began(texts: list[str], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder, new_case(Path(folder) / "home") as case:
        exhibits = []
        for number, text in enumerate(texts):
            parent = data.draw(st.sampled_from([None, *exhibits]))
            path = f"in/{number}" if parent is None else f"{case.catalogue.exhibit(parent).path}!/{number}"
            exhibits.append(take_part(case, text.encode(), path, parent))
            ids = read_rich(case, exhibits[-1], text, title=f"t{number}")
            if data.draw(st.booleans()):
                embed(case, ids, number)
        words = ("a", "b", "ab", "é")
        before = found_in(case, words)
        for exhibit in data.draw(st.lists(st.sampled_from(exhibits), max_size=6)):
            if case.catalogue.seal_of(exhibit) is None:
                seal(case, exhibit, "other", "x", with_parts=data.draw(st.booleans()))
            else:
                unseal(case, exhibit, "y")
            closed = {one.exhibit_id for one in case.catalogue.seals()}
            found = found_in(case, words)
            assert not closed & {hit.exhibit_id for hits in found["exhibits by words"].values() for hit in hits}
            assert not closed & {p.exhibit_id for p in (*found["identifiers"], *found["moments"])}
            assert not closed & found["passage exhibits"].keys()
        while seals := case.catalogue.seals():
            unseal(case, seals[0].exhibit_id, "end")
        assert found_in(case, words) == before
        assert case.fulltext.check()


def test_a_case_of_issue_2_is_searched_as_before_and_can_be_sealed(tmp_path: Path) -> None:
    """The index is made again by a migration: everything in it must be found there again."""
    with new_case(tmp_path / "home") as case:
        exhibit, ids = add_text(case, tmp_path, "a.txt", "Die Änderung war spät.\nalpha secret")
        embed(case, ids)
        before = found_in(case, ("anderung", "alpha", "secret"))
        old = Database(tmp_path / "old.db")
        connection = old.connection()
        for script in MIGRATIONS[:2]:
            connection.executescript(script)
        connection.execute("PRAGMA user_version = 2")
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("ATTACH ? AS new", (str(case.database.path),))
        tables = ("case_description", "exhibits", "occurrences", "texts", "passages", "embedding_model", "embeddings")
        for table in (*tables, "custody"):
            connection.execute(f"INSERT INTO main.{table} SELECT * FROM new.{table}")
        connection.execute("INSERT INTO exhibits_fts (exhibits_fts) VALUES ('rebuild')")
        connection.execute("DETACH new")
        old.close()
        folder = case.folder
    for name in ("case.db-wal", "case.db-shm"):
        (folder / name).unlink(missing_ok=True)
    (tmp_path / "old.db").replace(folder / "case.db")
    with open_case(Home(tmp_path / "home"), "demo", "tester") as case:
        assert case.database.connection().execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
        assert found_in(case, ("anderung", "alpha", "secret")) == before
        assert verify_case(case).problems == ()
        seal(case, exhibit, "other", "x")
        assert case.fulltext.passages(quoted("alpha"), 5) == ()
        unseal(case, exhibit, "x")
        assert found_in(case, ("anderung", "alpha", "secret")) == before
