"""The case pages in a real browser: WCAG by axe, reflow, no errors; lists that open their source beside them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from casefile.case import Case, open_case
from casefile.home import Home
from tests.end_to_end.page_session import OpenPage, PageServer

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SMALL_TARGETS = """() => [...document.querySelectorAll('main a, main button, main input, main select, main summary')]
    .filter(e => getComputedStyle(e).display !== 'inline' && e.type !== 'hidden' && e.getBoundingClientRect().width > 0)
    .filter(e => !(e.closest('label') && e.closest('label').getBoundingClientRect().height >= 24))
    .filter(e => e.getBoundingClientRect().height < 24 || e.getBoundingClientRect().width < 24)
    .map(e => e.outerHTML.slice(0, 120))"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def case(page_server: PageServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    folder = tmp_path_factory.mktemp("evidence") / "files"
    folder.mkdir()
    (folder / "bericht.txt").write_text("Anna Berg sah den Kran.\nIhre Nummer ist +49 30 901820.\n", encoding="utf-8")
    (folder / "leer.txt").write_bytes(b"")
    page_server.clerk.ingest("demo", folder, code=1)  # one of the files is empty
    with open_case(Home(Path(page_server.clerk.home)), "demo", "KOK Meier") as opened:
        exhibit = next(one.id for one in opened.catalogue.exhibits() if one.name == "bericht.txt")
        opened.annotations.label(exhibit, "wichtig")
        opened.annotations.add_note(exhibit, "Abgleichen.")
        opened.keyword_lists.save("Geräte", "kran*\nzeppelin")
        opened.conversations.begin_turn(opened.conversations.start("Wer?"), "Wer sah den Kran?", "KOK Meier")
        yield opened


def addresses(case: Case) -> dict[str, str]:
    exhibit = next(one.id for one in case.catalogue.exhibits() if one.name == "bericht.txt").removeprefix("sha256:")
    inside = {
        "overview": "", "describe": "/describe", "delete": "/delete", "exhibits": "/exhibits",
        "filtered": "/exhibits?status=failed", "exhibit": f"/exhibits/{exhibit}", "note": f"/exhibits/{exhibit}/notes/1",
        "seal": f"/exhibits/{exhibit}/seal", "erase": f"/exhibits/{exhibit}/erase", "keywords": "/keywords",
        "edit": "/keywords/edit?list=Ger%C3%A4te", "run": "/keywords/run?list=Ger%C3%A4te",
        "term": "/keywords/run?list=Ger%C3%A4te&line=1", "mentions": "/mentions?of=Anna+Berg",
        "identifiers": "/identifiers", "conversations": "/conversations", "record": "/conversations/1",
        "custody": "/custody", "settings": "/settings",
    }  # fmt: skip
    return {"cases": "/"} | {name: f"/case/demo{path}" for name, path in inside.items()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_case_page_meets_wcag_reflows_and_breaks_nothing(
    page_server: PageServer, open_page: OpenPage, case: Case, scheme: str
) -> None:
    found: dict[str, object] = {}
    watched = open_page(page_server, locale="de", color_scheme=scheme)
    for name, address in addresses(case).items():
        watched.page.set_viewport_size({"width": 1280, "height": 900})
        watched.page.goto(f"{page_server.origin}{address}", wait_until="networkidle")
        watched.require_clean()
        violations = Axe().run(watched.page, options=RULES).response["violations"]
        watched.page.set_viewport_size({"width": 320, "height": 640})
        problems = {
            "axe": [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in violations],
            "small": watched.page.evaluate(SMALL_TARGETS),
            "too wide": watched.page.evaluate(TOO_WIDE) or [],
        }
        found |= {f"{name} {kind}": what for kind, what in problems.items() if what}
        watched.errors.clear()  # axe itself tries inline styles, which our policy refuses
    assert found == {}


@pytest.mark.parametrize("page", ["mentions", "term"])
def test_a_place_in_a_list_opens_beside_it(page_server: PageServer, open_page: OpenPage, case: Case, page: str) -> None:
    watched = open_page(page_server, addresses(case)[page])
    quote = watched.page.locator(".places mark").first.text_content()
    watched.page.locator("a.place").first.click()
    lit = watched.page.frame_locator("iframe[name=source]").locator("mark").first
    lit.wait_for()
    assert quote
    assert lit.text_content() == quote
    watched.require_clean()


def test_the_ticked_are_what_the_chat_asks_about(page_server: PageServer, open_page: OpenPage, case: Case) -> None:
    watched = open_page(page_server, "/case/demo/exhibits")
    watched.page.get_by_label("Choose bericht.txt").check()
    watched.page.get_by_role("button", name="Ask about the selected").click()
    watched.page.get_by_text("bericht.txt").first.wait_for()
    assert "/chat/" in watched.page.url
