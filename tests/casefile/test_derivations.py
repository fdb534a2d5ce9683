"""What a model made from an exhibit, and what it has not described yet."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from casefile.case import Case
from casefile.derivations import Derivation, Derivations, Pictured, record_derivation
from casefile.locators import PageLocator
from casefile.recording import ReadExhibit, record_read
from casefile.records import Issue
from casefile.seals import seal
from casefile.serial import now
from tests.casefile.case_building import add_text, new_case

TYPES = ("image/jpeg", "image/png")


@pytest.fixture
def case(tmp_path: Path):
    with new_case(tmp_path / "home") as case:
        yield case


def add(case: Case, folder: Path, name: str, media_type: str, issues: tuple[Issue, ...] = ()) -> str:
    """A file whose reading says that it is of this type."""
    exhibit_id, _ = add_text(case, folder, name, f"bytes of {name}")
    with case.database.transaction() as connection:
        record_read(connection, ReadExhibit(exhibit_id, media_type, "partial", issues))
    return exhibit_id


def made(exhibit_id: str, source_id: str, page: int = 0) -> Derivation:
    return Derivation(exhibit_id, source_id, page, "description", "m", "0" * 64, "1" * 64, now(), "tester")


def test_pictures_and_scanned_pages_wait_in_order_until_this_model_has_described_them(case, tmp_path):
    no_text = [Issue("read", "needs_ocr", "no text", PageLocator(page, 0, 0)) for page in (3, 1)]
    scan = add(case, tmp_path, "scan.pdf", "application/pdf", (*no_text, Issue("read", "dropped_text", "some")))
    photo = add(case, tmp_path, "photo.jpg", "image/jpeg")
    add(case, tmp_path, "drawing.svg", "image/svg+xml")
    text, _ = add_text(case, tmp_path, "a.txt", "words")
    found = Derivations(case.database)
    waiting = found.undescribed(TYPES, "m", "0" * 64)
    assert waiting == (Pictured(scan, 1), Pictured(scan, 3), Pictured(photo))
    with case.database.transaction() as connection:
        record_derivation(connection, made(text, scan, 3))
    assert found.undescribed(TYPES, "m", "0" * 64) == (Pictured(scan, 1), Pictured(photo))
    assert found.undescribed(TYPES, "m", "f" * 64) == waiting, "other weights, even of the same name"
    assert found.undescribed(TYPES, "n", "0" * 64) == waiting
    seal(case, photo, "privileged", "a reason", with_parts=False)
    assert found.undescribed(TYPES, "n", "0" * 64) == waiting[:2]


def test_what_was_made_from_what(case, tmp_path):
    photo = add(case, tmp_path, "photo.jpg", "image/jpeg")
    text, _ = add_text(case, tmp_path, "a.txt", "words")
    first = made(text, photo)
    with case.database.transaction() as connection:
        record_derivation(connection, first)
        record_derivation(connection, replace(first, prompt_sha256="2" * 64))
    found = Derivations(case.database)
    assert found.of([text, photo]) == {text: first}
    assert found.from_source(Pictured(photo)) == (first,)
    assert found.from_source(Pictured(photo, 1)) == ()


def test_nothing_is_made_from_what_is_not_there(case, tmp_path):
    text, _ = add_text(case, tmp_path, "a.txt", "words")
    with pytest.raises(sqlite3.IntegrityError), case.database.transaction() as connection:
        record_derivation(connection, made(text, "sha256:" + "0" * 64))
