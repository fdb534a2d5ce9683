"""WCAG 2.2 AA by axe on every page and source view, and reflow at 320 CSS pixels.

Our own markup has no finding. What is found in Gradio's stands in `GRADIOS`, one by one.
"""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.end_to_end.chat_page import EVERYWHERE, Chat
from tests.end_to_end.engine_gate import Gate
from tests.end_to_end.page_session import OpenPage, PageServer
from tests.end_to_end.page_tour import begin, case_pages, full_chat, go, source_pages

RULES: dict[str, Any] = {
    "preload": False,  # axe would fetch what our style sheets import from a wrong address
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}
GRADIOS: dict[tuple[str, str], str] = {}
"""Rule and selector of a finding in Gradio's own markup, and why it is left."""
LOOKS: dict[str, dict[str, Any]] = {
    "light-en": {"color_scheme": "light", "locale": "en-GB"},
    "dark-de": {"color_scheme": "dark", "locale": "de-DE"},
    "light-fr-200": {"color_scheme": "light", "locale": "fr-FR", "width": 640, "height": 450, "device_scale_factor": 2},
}
NARROW = {"width": 320, "height": 640}


def findings(page: Page, rules: dict[str, Any] = RULES) -> list[str]:
    """What axe finds, but for what is listed as Gradio's."""
    response = Axe().run(page, options=rules).response
    assert response["passes"], "axe looked at nothing"
    return [
        f"{violation['id']}: {selector} {node['html'][:160]}"
        for violation in response["violations"]
        for node in violation["nodes"]
        for selector in [" ".join(map(str, node["target"]))]
        if (violation["id"], selector) not in GRADIOS
    ]


def too_wide(page: Page) -> list[str]:
    """What stands out of a narrow window, unless it can be scrolled by itself."""
    found: list[str] = page.evaluate(
        """() => {
          const root = document.scrollingElement;
          if (root.scrollWidth <= root.clientWidth) return [];
          const scrolls = (e) => e && e !== document.body && (/auto|scroll|hidden|clip/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
          return [...document.querySelectorAll("body *")]
            .filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1 && !scrolls(e.parentElement))
            .map((e) => e.outerHTML.slice(0, 140));
        }"""
    )
    return found


def walk(open_page: OpenPage, server: PageServer, look: str, check: Callable[[Page], list[str]], **options: Any) -> Any:
    """Check every page; returns what was found by page."""
    found = {}
    english = begin(open_page, server, f"PK tour {look}", locale="en-GB")
    stops = [*case_pages(server), *source_pages(english)]
    watched = open_page(server, "/", name=f"PK look {look}", **options)
    for stop in stops:
        go(watched, stop)
        found[stop.name] = check(watched.page)
    return {name: problems for name, problems in found.items() if problems}


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_on_any_page_or_source(demo_server: PageServer, open_page: OpenPage, look: str) -> None:
    assert walk(open_page, demo_server, look, findings, **LOOKS[look]) == {}


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_the_conversation(
    demo_server: PageServer, open_page: OpenPage, gate: Gate, look: str
) -> None:
    chat = begin(open_page, demo_server, f"PK axe {look}", **LOOKS[look])
    found = {"empty": findings(chat.page)}
    full_chat(chat)
    found["answered"] = findings(chat.page)
    chat.page.locator("#edit-search").click()
    expect(chat.page.locator("#standalone textarea")).to_be_visible()
    chat.page.locator(".recent summary").click()
    chat.marks_of_all().first.focus()
    chat.page.keyboard.press("Shift+Tab")
    chat.page.keyboard.press("Tab")
    found["everything open"] = findings(chat.page)
    gate.shut()
    with gate:
        chat.write(EVERYWHERE)
        gate.let(1)
        expect(chat.live.locator(".prose")).to_be_visible()
        found["while it is answered"] = findings(chat.page)
    chat.answered()
    chat.page.locator("#ask").hover()
    found["under the mouse"] = findings(chat.page, {"runOnly": ["color-contrast"], "preload": False})
    assert {name: problems for name, problems in found.items() if problems} == {}
    chat.watched.require_clean()


def test_nothing_stands_out_of_a_window_of_320_pixels(demo_server: PageServer, open_page: OpenPage) -> None:
    found = walk(open_page, demo_server, "narrow", too_wide, **NARROW, locale="de-DE")
    chat: Chat = full_chat(begin(open_page, demo_server, "PK narrow", **NARROW, locale="de-DE"))
    found["chat"] = too_wide(chat.page)
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_the_page_says_its_language(demo_server: PageServer, open_page: OpenPage) -> None:
    for locale in ("en-GB", "de-DE", "fr-FR", "nl-NL"):
        chat = begin(open_page, demo_server, f"PK {locale}", locale=locale)
        assert chat.page.locator("html").get_attribute("lang") == locale[:2]
