"""The page in a real browser: hostile evidence runs nowhere, nothing is asked of another host, the door is shut."""

from tests.end_to_end.page_session import OpenPage, PageServer


def test_the_page_opens_and_asks_nobody_else(page_server: PageServer, open_page: OpenPage) -> None:
    watched = open_page(page_server)
    assert "Caseclerk" in watched.page.title()
    assert "KOK Meier" in watched.page.inner_text("header")
    watched.require_clean()
