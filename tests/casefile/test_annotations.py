"""Labels, notes and keyword lists: kept, changed and logged; a note's text stays out of the custody log."""

import hashlib
from pathlib import Path

import pytest

from casefile.errors import ExhibitNotFoundError, UsageError
from casefile.seals import seal
from casefile.verify import verify_case
from tests.casefile.case_building import add_text, new_case


def test_labels_gather_exhibits(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        first, _ = add_text(case, tmp_path, "a.txt", "a")
        second, _ = add_text(case, tmp_path, "b.txt", "b")
        vos = case.acting_as("Vos").annotations
        vos.label(second, "To translate")
        vos.label(first[7:19], "  To \n translate ")
        vos.label(first, "Geöffnet")
        vos.label(first, "Geöffnet")  # decomposed: the same label
        assert vos.labels(first) == ("Geöffnet", "To translate")
        assert vos.all_labels() == {"Geöffnet": 1, "To translate": 2}
        assert vos.labelled("To translate") == (first, second)
        assert vos.labels_by_exhibit() == {first: ("Geöffnet", "To translate"), second: ("To translate",)}
        vos.unlabel(first, "To translate")
        assert vos.labelled("To translate") == (second,)
        told = [(e.actor, e.action, e.details["label"]) for e in case.custody.events() if "label" in e.action]
        assert told == [
            ("Vos", "label added", "To translate"),
            ("Vos", "label added", "To translate"),
            ("Vos", "label added", "Geöffnet"),
            ("Vos", "label removed", "To translate"),
        ]
        events = case.custody.head()
        for wrong in (
            lambda: vos.label("00000000", "x"),
            lambda: vos.label(first, " "),
            lambda: vos.label(first, "x" * 61),
            lambda: vos.label(first, "a\u202eb"),
            lambda: vos.unlabel(first, "never given"),
        ):
            with pytest.raises(UsageError):
                wrong()
        assert case.custody.head() == events


def test_notes_are_kept_with_who_wrote_and_who_changed_them_and_the_log_has_only_hashes(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        exhibit, _ = add_text(case, tmp_path, "a.txt", "a")
        vos, weber = case.acting_as("Vos").annotations, case.acting_as("Weber").annotations
        first = vos.add_note(exhibit, "ask the <b>bank</b>\nabout this")
        second = weber.add_note(exhibit, "second")
        weber.edit_note(first, "the bank has answered")
        note = vos.note(first)
        assert (note.actor, note.text, note.edited_by) == ("Vos", "the bank has answered", "Weber")
        assert note.edited_at is not None
        assert [n.id for n in vos.notes(exhibit)] == [first, second]
        weber.edit_note(first, "the bank has answered")
        vos.remove_note(second)
        assert vos.add_note(exhibit, "third") > second, "no id is given twice"
        events = [e for e in case.custody.events() if e.action.startswith("note")]
        assert [e.action for e in events] == ["note added", "note added", "note changed", "note removed", "note added"]
        assert events[0].details == {
            "exhibit": exhibit,
            "note": first,
            "sha256": hashlib.sha256(b"ask the <b>bank</b>\nabout this").hexdigest(),
        }
        assert "bank" not in str([e.details for e in events])
        for wrong in (
            lambda: vos.add_note(exhibit, " "),
            lambda: vos.add_note(exhibit, "x" * 20_001),
            lambda: vos.add_note(exhibit, "\ud800"),
            lambda: vos.edit_note(second, "x"),
            lambda: vos.remove_note(second),
        ):
            with pytest.raises(UsageError):
                wrong()
        with pytest.raises(ExhibitNotFoundError):
            vos.add_note("00000000", "x")
        assert case.custody.verify().intact


def test_a_sealed_exhibit_keeps_labels_and_notes(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        exhibit, _ = add_text(case, tmp_path, "a.txt", "a")
        case.annotations.label(exhibit, "counsel")
        seal(case, exhibit, "privileged", "x")
        case.annotations.add_note(exhibit, "sealed after the call")
        assert case.annotations.labelled("counsel") == (exhibit,)
        assert verify_case(case).problems == ()


def test_keyword_lists_are_kept_as_typed(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        lists = case.acting_as("Vos").keyword_lists
        lists.save("Money", 'Bargeld*\n# comment\n"cash"  \n')
        lists.save("cars", "A")
        case.acting_as("Weber").keyword_lists.save(" Money ", "Bargeld")
        found = lists.get("Money")
        assert (found.terms, found.actor) == ("Bargeld", "Weber")
        lists.rename("cars", "Cars")
        assert [one.name for one in lists.all()] == ["Cars", "Money"]
        lists.remove("Money")
        assert [one.name for one in lists.all()] == ["Cars"]
        events = case.custody.head()
        for wrong in (
            lambda: lists.save("", "x"),
            lambda: lists.save("x", " \n"),
            lambda: lists.save("x", "y" * 1_000_001),
            lambda: lists.save("x", "\ud800"),
            lambda: lists.get("Money"),
            lambda: lists.rename("Money", "x"),
            lambda: lists.rename("Cars", "Cars"),
            lambda: lists.remove("Money"),
        ):
            with pytest.raises(UsageError):
                wrong()
        assert case.custody.head() == events
        kinds = {(e.kind, e.action) for e in case.custody.events()}
        assert ("alteration", "keyword list saved") in kinds
        assert "Bargeld" not in str([e.details for e in case.custody.events()])
