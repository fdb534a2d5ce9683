"""What the source panel lights is what was cited, for every kind of place; what is doubtful is said."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.ui.source.hidden import in_a_line, runs
from assistant.ui.source.originals import disposition, safe_name
from assistant.ui.source.records import (
    BlockView,
    CellsView,
    LinesView,
    MailView,
    NoTextView,
    PageView,
    PictureView,
    SealedView,
    SlideView,
    SourceView,
)
from assistant.ui.source.stood import sha256_of
from assistant.ui.source.stretches import lit, window_of
from assistant.ui.source.views import lit_text, view_of
from casefile.case import Case
from casefile.errors import ExhibitNotFoundError
from casefile.seals import seal, unseal
from tests.assistant.ui.source_case import HOSTILE, HOSTILE_NAME, build, named, span_of
from tests.casefile.case_building import add_text, new_case


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with build(tmp_path_factory.mktemp("source")) as opened:
        yield opened


def shown(case: Case, name: str, quote: str, **more: object) -> SourceView:
    exhibit = named(case, name)
    start, end = span_of(case, exhibit, quote)
    return view_of(case, exhibit.id, exhibit.text_sha256, start, end, quote_sha256=sha256_of(quote), **more)


@pytest.mark.parametrize(
    ("name", "quote", "kind"),
    [
        ("report.pdf", "The driver said that he was at home.", PageView),
        ("report.pdf", "MARKEDWORD", PageView),
        ("letter.eml", "the lorry comes at night.", MailView),
        ("letter.eml", "alice@example.org", MailView),
        ("letter.eml", "from a by b", MailView),
        ("statement.docx", "The witness saw a white van.", BlockView),
        ("statement.docx", "the word harbour", BlockView),
        ("page.html", "A plain paragraph about the van.", BlockView),
        ("plan.pptx", "Meet at the kiosk", SlideView),
        ("plan.pptx", "bring cash", SlideView),
        ("log.txt", "event 2100 happened\n2101: event 2101", LinesView),
        ("log.txt", "1: event 1 happened", LinesView),
        ("log.txt", "4000: event 4000 happened", LinesView),
        ("note.txt", "The attachment says hello.", LinesView),
    ],
)
def test_what_is_lit_is_the_quote(case: Case, name: str, quote: str, kind: type) -> None:
    view = shown(case, name, quote)
    assert isinstance(view, kind)
    assert lit_text(view) == quote.replace("\n", "") if kind is LinesView else lit_text(view) == quote
    assert view.highlight is not None
    assert view.highlight.exact
    assert view.highlight.quote == quote
    assert view.header.where


@pytest.mark.parametrize(
    ("name", "quote", "cells", "row"),
    [
        ("payments.xlsx", "Firm 7", ["Firm 7"], 8),
        ("payments.xlsx", "Firm 100\t1000", ["Firm 100", "1000"], 101),
        ("payments.xlsx", "Smith\t5000", ["Smith", "5000"], 2),
        ("calls.csv", "2024-03-20;+49 30 0020;140", ["2024-03-20", "+49 30 0020", "140"], 21),
    ],
)
def test_the_cited_cells_are_lit_in_their_row(case: Case, name: str, quote: str, cells: list[str], row: int) -> None:
    view = shown(case, name, quote)
    assert isinstance(view, CellsView)
    lit_rows = [found for found in view.rows if found.lit]
    assert [found.number for found in lit_rows] == [row]
    assert ["".join(p.text for p in cell.pieces) for cell in lit_rows[0].cells if cell.lit] == cells
    assert lit_text(view) == "".join(cells)
    assert view.highlight is not None
    assert view.highlight.exact


def test_a_sheet_shows_its_header_and_goes_on(case: Case) -> None:
    view = shown(case, "payments.xlsx", "Firm 70")
    assert isinstance(view, CellsView)
    assert (view.sheet, view.letters, view.names) == ("Payments", ("A", "B", "C"), ("Date", "Payee", "Amount"))
    numbers = [row.number for row in view.rows]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert 71 in numbers
    assert 40 <= len(numbers) <= 60
    assert view.later is not None
    assert view.earlier is not None
    later = shown(case, "payments.xlsx", "Firm 70", at=view.later)
    assert isinstance(later, CellsView)
    assert later.rows[0].number == numbers[-1] + 1
    assert later.highlight is not None
    assert later.highlight.doubts == ("no_place",)
    earlier = shown(case, "payments.xlsx", "Firm 70", at=view.earlier)
    assert isinstance(earlier, CellsView)
    assert earlier.rows[0].number < numbers[0] <= earlier.rows[-1].number + 1


def test_hidden_rows_and_sheets_are_said(case: Case) -> None:
    payments = shown(case, "payments.xlsx", "Firm 59")
    assert isinstance(payments, CellsView)
    assert [row.number for row in payments.rows if row.hidden] == [60]
    assert any("rows" in notice and "hidden" in notice for notice in payments.notices)
    secret = shown(case, "payments.xlsx", "Smith")
    assert isinstance(secret, CellsView)
    assert secret.sheet == "Secret"
    assert any("sheet" in notice and "hidden" in notice for notice in secret.notices)


def test_a_comment_on_a_cell_is_lit_below_the_grid(case: Case) -> None:
    view = shown(case, "payments.xlsx", "looks odd")
    assert isinstance(view, CellsView)
    assert lit_text(view) == "looks odd"
    assert any(piece.lit for note in view.notes for piece in note.pieces)


def test_a_page_has_boxes_for_the_quote_only(case: Case) -> None:
    view = shown(case, "report.pdf", "MARKEDWORD")
    assert isinstance(view, PageView)
    assert (view.page, view.pages, view.width, view.height) == (2, 3, 400.0, 300.0)
    (box,) = view.boxes
    assert 39 <= box.left <= 41
    assert 135 <= box.top <= box.bottom <= 155
    turned = shown(case, "report.pdf", "MARKEDWORD", page=3)
    assert isinstance(turned, PageView)
    assert (turned.page, turned.boxes, turned.quote_pages) == (3, (), (2,))
    assert shown(case, "report.pdf", "MARKEDWORD", page=99).page == 2  # type: ignore[union-attr]


def test_a_quote_over_two_pages_has_boxes_on_both(case: Case) -> None:
    exhibit = named(case, "report.pdf")
    text = case.catalogue.text(exhibit.id)
    start, end = text.index("The last words"), text.index("follow.") + len("follow.")
    first = view_of(case, exhibit.id, exhibit.text_sha256, start, end)
    second = view_of(case, exhibit.id, exhibit.text_sha256, start, end, page=2)
    assert isinstance(first, PageView)
    assert isinstance(second, PageView)
    assert first.quote_pages == second.quote_pages == (1, 2)
    assert (first.page, second.page) == (1, 2)
    assert first.boxes
    assert second.boxes
    assert lit_text(first) == "The last words of page one are these"
    assert lit_text(second) == "and the first words of page two follow."
    assert first.highlight is not None
    assert first.highlight.exact


def test_a_mail_shows_headers_and_attachments(case: Case) -> None:
    view = shown(case, "letter.eml", "the lorry comes at night.")
    assert isinstance(view, MailView)
    names = [header.name for header in view.letter]
    assert {"From", "To", "Subject", "Date"} <= set(names)
    assert "Received" in [header.name for header in view.transport]
    subject = next(header for header in view.letter if header.name == "Subject")
    assert "".join(piece.text for piece in subject.pieces) == f"Delivery {HOSTILE}"
    assert "sent" in [moment.meaning for moment in view.header.moments]
    assert [part.name for part in view.header.parts] == ["note.txt"]
    part = view_of(case, view.header.parts[0].exhibit_id or "")
    assert isinstance(part, LinesView)
    assert [parent.name for parent in part.header.parents] == ["letter.eml"]


def test_headings_and_slides_are_labels(case: Case) -> None:
    block = shown(case, "statement.docx", "a white van")
    assert isinstance(block, BlockView)
    section = next(section for section in block.sections if any(piece.lit for piece in section.pieces))
    assert section.label == "Statement > First night"
    slide = shown(case, "plan.pptx", "bring cash")
    assert isinstance(slide, SlideView)
    section = next(section for section in slide.sections if any(piece.lit for piece in section.pieces))
    assert (section.label, section.notes) == ("1", True)


def test_lines_have_their_numbers_in_every_part(case: Case) -> None:
    view = shown(case, "log.txt", "event 2100 happened")
    assert isinstance(view, LinesView)
    lit_line = next(line for line in view.lines if any(piece.lit for piece in line.pieces))
    assert lit_line.number == 2100
    assert view.window.later is not None
    for at in (view.window.later, view.window.earlier, 0):
        part = shown(case, "log.txt", "event 2100 happened", at=at)
        assert isinstance(part, LinesView)
        for line in part.lines:
            if line.pieces and line.number:
                assert "".join(piece.text for piece in line.pieces).startswith(f"{line.number}: ")


def test_a_quote_after_very_many_short_lines_is_shown(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as fresh:
        text = "a\n\n\n" * 4000 + "the quote stands here\n" + "b\n" * 3000
        exhibit_id, _ = add_text(fresh, tmp_path, "a.txt", text)
        start = text.index("the quote")
        view = view_of(fresh, exhibit_id, fresh.catalogue.exhibit(exhibit_id).text_sha256, start, start + 21)
        assert isinstance(view, LinesView)
        assert lit_text(view) == "the quote stands here"
        assert view.highlight is not None
        assert view.highlight.exact
        lit_line = next(line for line in view.lines if any(piece.lit for piece in line.pieces))
        assert lit_line.number == 12_001
        assert len(view.lines) <= 1_500
        assert view.window.later is not None


def test_a_long_text_is_shown_in_parts_that_leave_nothing_out(case: Case) -> None:
    exhibit = named(case, "statement.docx")
    text = case.catalogue.text(exhibit.id)
    at: int | None = 0
    seen = ""
    while at is not None:
        view = view_of(case, exhibit.id, at=at)
        assert isinstance(view, BlockView)
        assert view.window.end - view.window.start <= 21_000
        seen += "".join(piece.text for section in view.sections for piece in section.pieces)
        at = view.window.later
    assert "".join(seen.split()) == "".join(text.split())


def test_without_a_quote_nothing_is_lit(case: Case) -> None:
    for exhibit in case.catalogue.exhibits():
        view = view_of(case, exhibit.id)
        assert lit_text(view) == ""
        assert not isinstance(view, SealedView)
        assert view.highlight is None
        assert view.header.places_count >= 1


def test_another_quote_than_was_cited_is_said(case: Case) -> None:
    exhibit = named(case, "log.txt")
    view = view_of(case, exhibit.id, exhibit.text_sha256, 0, 19, quote_sha256=sha256_of("1: event 1 differed")[:16])
    assert view.highlight is not None  # type: ignore[union-attr]
    assert view.highlight.doubts == ("text_differs",)  # type: ignore[union-attr]


@pytest.mark.parametrize("span", [(0, 0), (5, 3), (10**9, 10**9 + 5), (0, 10**9)])
def test_offsets_outside_the_text_are_said(case: Case, span: tuple[int, int]) -> None:
    for name in ("log.txt", "report.pdf", "payments.xlsx", "letter.eml", "plan.pptx"):
        exhibit = named(case, name)
        view = view_of(case, exhibit.id, exhibit.text_sha256, *span)
        assert view.highlight is not None  # type: ignore[union-attr]
        assert "out_of_range" in view.highlight.doubts  # type: ignore[union-attr]


def test_a_version_that_is_not_there_is_said(case: Case) -> None:
    view = view_of(case, named(case, "log.txt").id, "0" * 64, 0, 5)
    assert isinstance(view, LinesView)
    assert view.highlight is not None
    assert view.highlight.doubts == ("version_missing",)
    assert lit_text(view) == ""


def test_an_older_version_is_shown_and_said(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as fresh:
        exhibit_id, _ = add_text(fresh, tmp_path, "a.txt", "the first reading")
        exhibit = fresh.catalogue.exhibit(exhibit_id)
        view = view_of(fresh, exhibit_id, exhibit.text_sha256, 4, 9)
        assert isinstance(view, LinesView)
        assert not view.header.older_text
        with fresh.database.transaction() as connection:
            connection.execute(
                "INSERT INTO texts SELECT exhibit_id, ?, 'the second reading', words, pages, reader, '2', read_at FROM texts",
                (sha256_of("the second reading"),),
            )
            connection.execute("UPDATE exhibits SET text_sha256 = ?", (sha256_of("the second reading"),))
        older = view_of(fresh, exhibit_id, exhibit.text_sha256, 4, 9)
        assert isinstance(older, LinesView)
        assert older.header.older_text
        assert lit_text(older) == "first"


def test_pictures_are_blurred_until_asked_for(case: Case) -> None:
    photo = named(case, "photo.jpg").id
    views = [view_of(case, photo), view_of(case, photo, show=True), view_of(case, photo, blur=False)]
    assert [view.shown for view in views if isinstance(view, PictureView)] == [False, True, True]
    scan = view_of(case, named(case, "scan.tif").id, page=2)
    assert isinstance(scan, PictureView)
    assert (scan.frame, scan.more_frames, scan.drawable) == (2, True, True)


def test_what_has_no_text_says_why(case: Case) -> None:
    broken, mystery = view_of(case, named(case, "broken.pdf").id), view_of(case, named(case, "mystery.bin").id)
    assert isinstance(broken, NoTextView)
    assert isinstance(mystery, NoTextView)
    assert (broken.reason, mystery.reason) == ("failed", "skipped")
    assert broken.header.issues
    blank = view_of(case, named(case, "blank.pdf").id)
    assert isinstance(blank, PageView)
    assert blank.page == 1


def test_a_sealed_exhibit_shows_nothing_of_itself(case: Case) -> None:
    exhibit = named(case, "letter.eml")
    start, end = span_of(case, exhibit, "the lorry")
    seal(case, exhibit.id, "privileged", "letter to a lawyer", with_parts=False)
    try:
        view = view_of(case, exhibit.id, exhibit.text_sha256, start, end)
        assert view == SealedView("demo", exhibit.id, "privileged", "letter to a lawyer")
    finally:
        unseal(case, exhibit.id, "test is over")
    assert isinstance(view_of(case, exhibit.id), MailView)


def test_unknown_exhibits_are_not_found(case: Case) -> None:
    for unknown in ("sha256:" + "0" * 64, "zz", "", "../../etc/passwd", "0" * 8):
        with pytest.raises(ExhibitNotFoundError):
            view_of(case, unknown)


# ---- parts of it


@given(st.text(max_size=60), st.integers(-5, 70), st.integers(-5, 70), st.integers(-5, 70), st.integers(-5, 70))
def test_cutting_loses_nothing(text: str, low: int, high: int, start: int, end: int) -> None:
    low = max(low, 0)
    pieces = lit(text, low, high, start, end)
    assert "".join(piece.text for piece in pieces) == (text[low : max(high, 0)] if low < high else "")
    expected = text[max(start, low) : max(min(end, high), 0)] if max(start, low) < min(end, high) else ""
    assert "".join(piece.text for piece in pieces if piece.lit) == expected


@given(st.text(alphabet="ab\n", max_size=200), st.integers(0, 200), st.none() | st.integers(-5, 300))
def test_a_window_is_within_the_text(text: str, start: int, at: int | None) -> None:
    window = window_of(text * 400, start, at)
    assert 0 <= window.start <= window.end <= window.length
    assert (window.later is None) == (window.end == window.length)
    assert window.earlier is None or window.earlier < window.start


@given(st.text())
def test_nothing_hidden_is_left_in_what_is_shown(text: str) -> None:
    found = runs(text)
    assert "".join(run.text for run in found if not run.codes) == "".join(run.text for run in found)
    for run in found:
        for character in "\u202e\u2066\u200b\ufeff\x00\x1b\x7f\x9b\U000e0041":
            assert character not in run.text
    assert len(in_a_line(text).splitlines()) <= 1


def test_hidden_characters_are_named_and_joiners_at_work_left_alone() -> None:
    assert [run.codes for run in runs("a\u202eb\u200bc")] == [(), ("U+202E",), (), ("U+200B",), ()]
    assert runs("a\u202e")[1].names == "RIGHT-TO-LEFT OVERRIDE"
    family = "\U0001f468\u200d\U0001f469"
    assert runs(family)[0].text == family
    persian = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert runs(persian)[0].text == persian
    assert runs("pay\u200dment")[1].codes == ("U+200D",)
    assert len(runs("\u200b" * 100_000)[0].codes) <= 40


@pytest.mark.parametrize(
    ("untrusted", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ('a";b\r\nSet-Cookie: x', "a__b Set-Cookie_ x"),
        ("\u202efdp.exe", "fdp.exe"),
        (".bashrc", "bashrc"),
        ("", "exhibit"),
        ("CON.txt", "exhibit CON.txt"),
        ("n" * 300 + ".docx", "n" * 145 + ".docx"),
    ],
)
def test_names_of_downloads_are_safe(untrusted: str, safe: str) -> None:
    assert safe_name(untrusted) == safe


@given(st.text(max_size=300))
def test_a_disposition_is_one_header(name: str) -> None:
    header = disposition(name)
    assert header.isascii()
    assert header.isprintable()
    assert header.startswith('attachment; filename="')
    assert header.count('"') == 2


def test_a_hostile_name_stays_a_name(case: Case) -> None:
    exhibit = next(found for found in case.catalogue.exhibits() if found.name.startswith("<img"))
    assert exhibit.name == HOSTILE_NAME
    assert "[U+202E]" in in_a_line(exhibit.name)
    view = view_of(case, exhibit.id)
    assert isinstance(view, LinesView)
    assert replace(view, highlight=None) == view
