"""The report in Chromium, opened as a file: no request beside the file, no error, axe, narrow windows, no script, paper."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from eval.report.page import write_report
from tests.capabilities import needs_program
from tests.end_to_end.page_session import CHROMIUM_ARGUMENTS
from tests.end_to_end.test_page_accessibility import findings, too_wide
from tests.eval.report_sample import FAILURES, sample_batch, sample_report, sample_rows
from tests.eval.test_report_page import ALL, hostile_report, hostile_row


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = needs_program("chromium", "chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_ARGUMENTS))
        try:
            yield started
        finally:
            started.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run") / "report.html"
    write_report(sample_report(), path)
    return path


@contextmanager
def opened(chromium: Browser, path: Path, fragment: str = "", **options: Any) -> Iterator[Page]:
    """The page; nothing but the file itself was asked for, and nothing failed, when the block ends."""
    context = chromium.new_context(**options)
    page = context.new_page()
    requests: list[str] = []
    trouble: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("dialog", lambda dialog: trouble.append(dialog.message))
    try:
        page.goto(f"{path.as_uri()}{fragment}")
        yield page
        assert [request.partition("#")[0] for request in requests] == [path.as_uri()]
        assert trouble == []
    finally:
        context.close()


@pytest.fixture(scope="module")
def short_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One question of each kind: axe takes its time for each."""
    path = tmp_path_factory.mktemp("short") / "report.html"
    whole = sample_report(sample_rows(2))
    files, claims = whole.batches
    files = replace(files, by_tag={tag: files.by_tag[tag] for tag in ("format", "answerable")})
    write_report(replace(whole, batches=[files, replace(claims, rows=claims.rows[:2])]), path)
    return path


def open_everything(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_with_everything_open(chromium: Browser, short_report: Path, scheme: Any) -> None:
    with opened(chromium, short_report, color_scheme=scheme, viewport={"width": 1280, "height": 900}) as page:
        open_everything(page)
        assert findings(page) == []


def test_nothing_stands_out_of_a_narrow_window(chromium: Browser, short_report: Path) -> None:
    with opened(chromium, short_report, viewport={"width": 320, "height": 640}) as page:
        open_everything(page)
        assert too_wide(page) == []


def test_a_failed_question_is_two_keys_away(chromium: Browser, report: Path) -> None:
    with opened(chromium, report) as page:
        group = page.locator("details.more", has=page.locator("#cause-citation"))
        group.locator("summary").press("Enter")
        group.locator("a").first.press("Enter")
        question = page.locator("details.question", has_text="frage-906")
        expect(question.locator(".notice")).to_contain_text("Broke at citation.")
        expect(question.locator("summary")).to_be_focused()


def test_the_list_of_questions_can_be_filtered_and_sorted(chromium: Browser, report: Path) -> None:
    with opened(chromium, report) as page:
        count, shown = page.locator("#filter-count"), page.locator("details.question:visible")
        expect(count).to_have_text("43 of 43 shown")
        page.locator("#filter-cause").select_option("unsupported")
        expect(count).to_have_text("2 of 43 shown")
        page.locator("#filter-batch").select_option(label="claims, sentence")
        expect(shown).to_have_count(1)
        expect(page.locator(".question-list:visible")).to_have_count(1)
        page.locator("#filter-batch").select_option("")
        page.locator("#filter-cause").select_option("")
        page.locator("#filter-text").fill("FRAGE-90")
        expect(count).to_have_text(f"{len(FAILURES) + 1} of 43 shown")
        page.locator("#sort").select_option("unsure")
        expect(shown.first).to_contain_text("frage-904")
        page.goto(f"{report.as_uri()}#q-1")
        expect(page.locator("#q-1")).to_be_visible()


def test_without_a_script_all_of_it_can_be_read(chromium: Browser, report: Path) -> None:
    with opened(chromium, report, java_script_enabled=False) as page:
        expect(page.locator("#controls")).to_be_hidden()
        expect(page.locator("details.question")).to_have_count(43)
        page.locator("#cause-refusal").locator("xpath=..").locator("summary").click()
        page.locator("#cause-refusal a").first.click()
        expect(page.locator(":target")).to_contain_text("Broke at refusal.")
        expect(page.locator(":target")).to_be_visible()


def test_on_paper_the_colours_are_those_of_paper_and_closed_questions_stay_away(
    chromium: Browser, report: Path
) -> None:
    with opened(chromium, report, color_scheme="dark") as page:
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        expect(page.locator("#questions")).to_be_hidden()
        page.locator("details.question").nth(2).evaluate("(one) => { one.open = true; }")
        expect(page.locator("details.question:visible")).to_have_count(1)
        page.set_viewport_size({"width": 688, "height": 1000})  # A4 less its margins, in CSS pixels
        assert page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth") <= 0
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_hostile_evidence_runs_nothing_and_asks_for_nothing(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(hostile_report([hostile_row(n, ALL) for n in range(3)], ALL), encoding="utf-8")
    with opened(chromium, path, viewport={"width": 320, "height": 640}) as page:
        open_everything(page)
        expect(page.locator("h1")).to_contain_text("<script>alert(1)</script>")
        assert page.evaluate("document.querySelectorAll('script, style, iframe, img').length") == 2
        assert too_wide(page) == []


def test_a_script_that_is_not_ours_would_not_run(chromium: Browser, tmp_path: Path, report: Path) -> None:
    path = tmp_path / "report.html"
    changed = report.read_text(encoding="utf-8").replace("<main", "<script>document.title = 'owned'</script><main", 1)
    path.write_text(changed, encoding="utf-8")
    context = chromium.new_context()
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.title() == "Evaluation of Caseclerk"
    context.close()


def test_hundreds_of_questions_open(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(sample_report(batches=[sample_batch(sample_rows(690))]), path)
    with opened(chromium, path, "#q-695") as page:
        expect(page.locator("#q-695")).to_be_visible()
        page.locator("#filter-cause").select_option("value")
        expect(page.locator("#filter-count")).to_have_text("1 of 699 shown")
