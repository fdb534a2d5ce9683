"""Every page of the demo case, each in the state that shows the most of it: for accessibility and narrow windows."""

from dataclasses import dataclass

from playwright.sync_api import expect

from tests.end_to_end.chat_page import CASE, COUNTED, EVERYWHERE, NOT_THERE, PADLOCK, PATIENCE_MS, UNSUPPORTED, Chat
from tests.end_to_end.page_session import OpenPage, PageServer, WatchedPage


@dataclass(frozen=True)
class Stop:
    """A page of the tour."""

    name: str
    address: str
    status: int = 200


def case_pages(server: PageServer) -> list[Stop]:
    """The pages of the case and those without one; nothing has to be asked for them."""
    rows = server.clerk.ledger(CASE)
    by_name = {row["name"]: row["id"] for row in rows.values() if row["id"]}
    report, failed, picture = (
        by_name[name] for name in ("ST-3_offence_report.pdf", "contract_protected.pdf", "scan_note_glove_box.png")
    )
    here = f"/case/{CASE}"
    exhibit = f"{here}/exhibits/{report}"
    return [
        Stop("cases", "/"),
        Stop("overview", here),
        Stop("describe", f"{here}/describe"),
        Stop("delete", f"{here}/delete"),
        Stop("exhibits", f"{here}/exhibits"),
        Stop("exhibits-failed", f"{here}/exhibits?status=failed"),
        Stop("exhibit", exhibit),
        Stop("exhibit-failed", f"{here}/exhibits/{failed}"),
        Stop("seal", f"{exhibit}/seal"),
        Stop("erase", f"{exhibit}/erase"),
        Stop("keywords", f"{here}/keywords"),
        Stop("mentions", f"{here}/mentions"),
        Stop("mentions-found", f"{here}/mentions?of=Winkler"),
        Stop("identifiers", f"{here}/identifiers"),
        Stop("conversations", f"{here}/conversations"),
        Stop("custody", f"{here}/custody"),
        Stop("settings", f"{here}/settings"),
        Stop("models", f"{here}/models"),
        Stop("uploads", f"{here}/uploads"),
        Stop("source-empty", f"{here}/source"),
        Stop("source-failed", f"{here}/source/{failed}"),
        Stop("source-picture", f"{here}/source/{picture}"),
        Stop("missing", f"{here}/exhibits/sha256:{'0' * 64}", 403),
    ]


def source_pages(chat: Chat) -> list[Stop]:
    """Asks, and gives the sources of the answers (every kind of place), the verdict form and the kept conversation."""
    found = []
    for question, kinds in ((EVERYWHERE, "mail cells lines page"), (PADLOCK, "page slide block")):
        chat.ask(question)
        hrefs = [str(mark.get_attribute("href")) for mark in chat.marks()]
        found += [Stop(f"source-{kind}", href) for kind, href in zip(kinds.split(), hrefs, strict=True)]
    verdict = chat.live.get_by_role("link", name="Bad answer").get_attribute("href")
    return [
        *found,
        Stop("verdict", str(verdict)),
        Stop("conversation", f"/case/{CASE}/conversations/{chat.conversation}"),
    ]


def full_chat(chat: Chat) -> Chat:
    """A conversation with every kind of answer in it."""
    for question in (EVERYWHERE, COUNTED, UNSUPPORTED, NOT_THERE):
        chat.ask(question)
    for summary in chat.page.locator("#live summary:visible").all():
        summary.click()
    return chat


def begin(
    open_page: OpenPage, server: PageServer, name: str, path: str = f"/chat/?case={CASE}", **options: object
) -> Chat:
    """The conversation, as a person who asks in English whatever the browser speaks."""
    watched = open_page(server, path, name=name, **options)
    watched.page.set_default_timeout(PATIENCE_MS)
    return Chat(watched).ready()


def go(watched: WatchedPage, stop: Stop) -> None:
    """Open a page of the tour."""
    answer = watched.page.goto(watched.origin + stop.address)
    if answer is not None:  # None where only the fragment changed
        assert answer.status == stop.status, stop
    expect(watched.page.locator("main")).to_be_visible()
