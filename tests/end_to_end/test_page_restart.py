"""The server is killed in mid-answer and started again; doors that are shut stay shut."""

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.end_to_end.chat_page import CASE, EVERYWHERE, PADLOCK, PATIENCE_MS, Chat, OpenChat
from tests.end_to_end.command_line import Clerk
from tests.end_to_end.engine_gate import Gate, HeldClerk
from tests.end_to_end.page_session import OpenPage, PageServer, end_page, start_page


@dataclass
class Mortal:
    """A server that a test may kill: started again with the same HOME and port."""

    server: PageServer
    gate: Gate

    def kill(self) -> None:
        self.server.process.kill()
        self.server.process.communicate()

    def rise(self) -> None:
        self.server = start_page(self.server.clerk, port=self.server.port)


@pytest.fixture
def mortal(copy_demo: Callable[[], Clerk], tmp_path: Path) -> Iterator[Mortal]:
    gate = Gate(tmp_path)
    made = Mortal(start_page(HeldClerk(copy_demo().home, environment=gate.variables())), gate)
    try:
        yield made
    finally:
        gate.close()
        end_page(made.server)


def test_a_kill_in_mid_answer_loses_no_question(mortal: Mortal, open_page: OpenPage) -> None:
    watched = open_page(mortal.server, f"/chat/?case={CASE}")
    watched.page.set_default_timeout(PATIENCE_MS)
    chat = Chat(watched).ready()
    chat.ask(PADLOCK)
    watched.require_clean()
    mortal.gate.shut()
    chat.write(EVERYWHERE)
    mortal.gate.let(1)
    expect(chat.live.locator(".prose")).to_contain_text("0049 171 39200 07")
    mortal.kill()
    mortal.gate.open()
    mortal.rise()
    chat.page.reload()  # with the cookie of before
    chat.ready()
    watched.errors.clear()  # while the server was away its address was asked in vain
    expect(chat.turns).to_have_count(2)
    expect(chat.turns.first.locator(".answer")).to_contain_text("1981")
    expect(chat.turns.last.locator(".question")).to_have_text(EVERYWHERE)
    expect(chat.turns.last.locator(".notice.warn")).to_contain_text("interrupted")
    chat.page.locator("#again").click()
    expect(chat.answered().locator(".claim")).to_have_count(4)
    expect(chat.live.locator(".question")).to_have_text(EVERYWHERE)
    watched.require_clean()
    assert mortal.server.clerk("custody", "verify", "--case", CASE).code == 0


def test_a_page_that_stayed_open_goes_on_after_a_restart(mortal: Mortal, open_page: OpenPage) -> None:
    watched = open_page(mortal.server, f"/chat/?case={CASE}")
    watched.page.set_default_timeout(PATIENCE_MS)
    chat = Chat(watched).ready()
    chat.ask(PADLOCK)
    code, errors = end_page(mortal.server, signal.SIGTERM)
    assert errors == ""
    assert code in {0, -signal.SIGTERM, 128 + signal.SIGTERM}
    mortal.rise()
    expect(chat.question).to_be_enabled()
    watched.errors.clear()
    chat.question.fill(EVERYWHERE)
    chat.page.locator("#ask").click()
    expect(chat.live.locator(".question")).to_have_text(EVERYWHERE)
    expect(chat.answered().locator(".claim")).to_have_count(4)
    assert [error for error in watched.errors if "ERR_CONNECTION_REFUSED" not in error] == []


def test_a_wrong_or_used_link_opens_nothing(demo_server: PageServer, open_page: OpenPage) -> None:
    watched = open_page(demo_server)
    page = watched.page.context.browser.new_context().new_page()  # type: ignore[union-attr]
    try:
        for link in (f"{demo_server.origin}/login?token=wrong", demo_server.first_link, f"{demo_server.origin}/login"):
            if link == demo_server.first_link:
                page.goto(link)
                expect(page.locator("header")).to_contain_text("KOK Meier")
                page.context.clear_cookies()
            answer = page.goto(link)
            assert answer is not None
            assert answer.status == 403
            expect(page.locator(".door h1")).to_be_visible()
            expect(page.get_by_text(CASE, exact=True)).to_have_count(0)
        answer = page.goto(f"{demo_server.origin}/chat/?case={CASE}")
        assert answer is not None
        assert answer.status == 403
    finally:
        page.context.close()


def test_who_has_signed_out_asks_nothing_more(open_chat: OpenChat, demo_server: PageServer) -> None:
    chat = open_chat()
    chat.ask(PADLOCK)
    conversation = chat.address
    chat.watched.require_clean()
    other = chat.page.context.new_page()
    other.goto(demo_server.origin)
    other.get_by_role("button", name="Sign out").click()
    expect(other.locator(".door h1")).to_be_visible()
    chat.question.fill(EVERYWHERE)
    with chat.page.expect_response("**/queue/join*") as refused:
        chat.page.locator("#ask").click()
    assert refused.value.status == 403
    answer = chat.page.reload()
    assert answer is not None
    assert answer.status == 403
    expect(chat.page.locator(".door h1")).to_be_visible()
    colleague = open_chat(name="PK Colleague", path=conversation)
    expect(colleague.turns.locator(".question")).to_have_text([PADLOCK])
    colleague.watched.require_clean()
