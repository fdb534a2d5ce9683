"""The conversation in a real browser: asking, evidence first, the answer as it comes, and what can be done with it."""

import io
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from playwright.sync_api import Locator, Page, expect

from casefile.case import open_case
from casefile.conversations import StoredTurn
from casefile.home import Home
from tests.end_to_end.chat_page import (
    CASE,
    COUNTED,
    EVERYWHERE,
    NOT_THERE,
    PADLOCK,
    UNSUPPORTED,
    OpenChat,
    same_tab_as,
)
from tests.end_to_end.engine_gate import Gate
from tests.end_to_end.page_session import PageServer

ORDER = """() => {
  window.seen = [];
  const parts = {evidence: "#live section.evidence", prose: "#live p.prose", answer: "#live section.answer"};
  new MutationObserver(() => {
    for (const [name, found] of Object.entries(parts)) {
      if (document.querySelector(found) && !window.seen.includes(name)) window.seen.push(name);
    }
  }).observe(document.body, {subtree: true, childList: true});
}"""


def kept_turns(server: PageServer, conversation: int) -> tuple[StoredTurn, ...]:
    """What the case keeps of a conversation."""
    with open_case(Home(server.clerk.home), CASE, "reader") as case:
        return tuple(case.conversations.turns(conversation))


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_the_button_and_enter_send_and_shift_enter_does_not(open_chat: OpenChat) -> None:
    chat = open_chat()
    expect(chat.question).to_be_focused()
    expect(chat.page.locator("#transcript .empty")).to_be_visible()
    chat.ask(PADLOCK)
    expect(chat.question).to_have_value("")
    expect(chat.page.locator("#transcript .empty")).to_have_count(0)
    chat.question.press_sequentially("Which key")
    chat.question.press("Shift+Enter")
    chat.question.press_sequentially("was copied?")
    expect(chat.question).to_have_value("Which key\nwas copied?")
    chat.question.press("Enter")
    expect(chat.live.locator(".question")).to_have_text("Which key was copied?")
    chat.answered()
    expect(chat.turns).to_have_count(2)
    expect(chat.live).to_be_in_viewport()
    chat.watched.require_clean()


def test_evidence_stands_there_before_the_answer_which_comes_bit_by_bit(open_chat: OpenChat, gate: Gate) -> None:
    chat = open_chat()
    chat.page.evaluate(ORDER)
    gate.shut()
    with gate:
        chat.write(EVERYWHERE)
        evidence = chat.live.locator("section.evidence")
        expect(evidence.locator("li")).to_have_count(5)
        expect(evidence).to_contain_text("Telephone for queries 0171/3920007")
        assert chat.answer.count() == 0
        expect(chat.page.locator("#stop")).to_be_visible()
        expect(chat.page.locator("#again")).to_be_hidden()
        gate.let(1)
        prose = chat.live.locator(".prose")
        expect(prose).to_contain_text("0049 171 39200 07")
        first = prose.inner_text()
        question = chat.page.locator("#question textarea")
        question.fill("And who is")  # the next question is begun while this one is answered
        gate.let(1)
        expect(prose).to_contain_text("Fuchs")
        expect(question).to_have_value("And who is")
        assert prose.inner_text().startswith(first.strip())
        assert chat.answer.count() == 0
    expect(chat.answered().locator(".claim")).to_have_count(4)
    expect(chat.page.locator("#question textarea")).to_have_value("And who is")
    expect(chat.page.locator(".conversation-title")).to_contain_text("0171 3920007")
    assert chat.page.evaluate("window.seen") == ["evidence", "prose", "answer"]
    expect(chat.live.locator("section.evidence")).to_have_count(0)
    chat.watched.require_clean()


def test_an_answer_that_is_stopped_keeps_what_was_checked(
    open_chat: OpenChat, gate: Gate, demo_server: PageServer
) -> None:
    chat = open_chat()
    gate.shut()
    with gate:
        chat.write(EVERYWHERE)
        gate.let(1)
        expect(chat.live.locator(".prose")).to_contain_text("0049 171 39200 07")
        chat.page.locator("#stop").click()
        expect(chat.page.locator("#stop")).to_be_disabled()
    answer = chat.answered()
    expect(answer.locator(".notice.warn")).to_contain_text("Stopped.")
    expect(answer.locator(".claim")).to_have_count(1)
    (turn,) = kept_turns(demo_server, chat.conversation)
    assert turn.state == "stopped"
    chat.page.locator("#again").click()
    expect(chat.page.locator("#live .notice")).to_have_count(0)
    expect(chat.answered().locator(".claim")).to_have_count(4)
    expect(chat.turns).to_have_count(2)
    chat.watched.require_clean()


def test_the_quote_is_shown_on_hover_and_on_focus_and_escape_hides_it(open_chat: OpenChat) -> None:
    chat = open_chat()
    chat.ask(EVERYWHERE)
    first, second = chat.marks()[:2]
    tip = chat.answer.locator(".tip").nth(0)
    expect(tip).to_be_hidden()
    first.hover()
    expect(tip).to_be_visible()
    expect(tip.locator("q")).to_contain_text("0049 171 39200 07")
    expect(tip).to_contain_text("3_change_of_bank_details.eml")
    assert first.get_attribute("aria-describedby") == tip.get_attribute("id")
    chat.question.hover()
    expect(tip).to_be_hidden()
    first.click()  # the source is open beside it; the quote would lie over the marks below
    expect(tip).to_be_hidden()
    second.click()
    first.focus()
    chat.page.keyboard.press("Tab")
    other = chat.answer.locator(".tip").nth(1)
    expect(second).to_be_focused()
    expect(other).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(other).to_be_hidden()
    expect(second).to_be_focused()
    chat.watched.require_clean()


def test_what_is_unsupported_computed_or_not_found_says_so_in_words(open_chat: OpenChat) -> None:
    chat = open_chat()
    answer = chat.ask(UNSUPPORTED)
    struck = answer.locator(".claim.unsupported")
    expect(struck).to_have_count(1)
    expect(struck.locator(".badge.failed")).to_contain_text("unsupported:")
    assert struck.locator("del").first.evaluate("e => getComputedStyle(e).textDecorationLine") == "line-through"
    expect(answer.locator(".claim:not(.unsupported) .badge.failed")).to_have_count(0)
    answer = chat.ask(COUNTED)
    expect(answer.locator(".badge.computed")).to_contain_text("computed:")
    expect(answer.locator(".claim.computed")).to_contain_text("3")
    assert len(chat.marks()) == 3
    answer = chat.ask(NOT_THERE)
    expect(answer.locator(".notice.warn")).to_contain_text("Not found.")
    expect(answer).to_contain_text("exhibits were searched")
    expect(answer).to_contain_text("That does not mean that it did not happen.")
    chat.live.locator(".coverage summary").click()
    expect(chat.live.locator(".coverage")).to_contain_text("contract_protected.pdf")
    expect(chat.live.locator(".about")).to_contain_text("Engine: extractive")
    chat.watched.require_clean()


def test_a_follow_up_shows_what_was_searched_for_which_can_be_changed(open_chat: OpenChat) -> None:
    chat = open_chat()
    chat.ask("Who closed up the site Mühlenfeld on the evening of the first theft?")
    chat.ask("And where did the key hang that evening?")
    searched = chat.live.locator(".standalone")
    expect(searched).to_contain_text("11 April 2023")
    words = searched.inner_text().partition(":")[2].strip()
    chat.page.locator("#edit-search").click()
    box = chat.page.locator("#standalone textarea")
    expect(box).to_have_value(words)
    box.fill(PADLOCK)
    chat.page.locator("#search-instead").click()
    expect(searched).to_contain_text(PADLOCK)
    expect(chat.live.locator(".question")).to_have_text("And where did the key hang that evening?")
    expect(chat.answered()).to_contain_text("1981")
    expect(box).to_be_hidden()
    chat.watched.require_clean()


def test_a_question_can_be_edited_the_last_one_and_an_older_one(open_chat: OpenChat) -> None:
    chat = open_chat()
    chat.ask(PADLOCK)
    chat.ask(NOT_THERE)
    chat.page.locator("#edit").click()
    expect(chat.question).to_have_value(NOT_THERE)
    older = chat.page.locator("#transcript .turn").filter(has_text=PADLOCK)
    older.get_by_role("link", name="Edit question").click()
    chat.ready()
    expect(chat.question).to_have_value(PADLOCK)
    expect(chat.turns).to_have_count(2)
    chat.question.fill(COUNTED)
    chat.question.press("Enter")
    expect(chat.answered().locator(".claim.computed")).to_be_visible()
    expect(chat.turns).to_have_count(3)
    chat.watched.require_clean()


def test_an_answer_is_taken_out_with_its_citations(open_chat: OpenChat, tmp_path: Path) -> None:
    chat = open_chat(permissions=["clipboard-read", "clipboard-write"])
    chat.ask(EVERYWHERE)
    for label, form in (("Copy as text", "plain"), ("Copy as Markdown", "markdown")):
        button = chat.live.get_by_role("button", name=label)
        button.click()
        expect(chat.live.locator("cc-copy", has_text=label).get_by_role("status")).to_have_text("Copied")
        copied = clipboard(chat.page)
        assert "[1]" in copied or "\\[1\\]" in copied
        assert "trailer" in copied
        assert ("## Sources" in copied) == (form == "markdown")
    with chat.page.expect_download() as started:
        chat.live.get_by_role("link", name="Save as Word document").click()
    saved = Document(io.BytesIO(Path(started.value.path()).read_bytes()))
    paragraphs = [paragraph.text for paragraph in saved.paragraphs]
    assert paragraphs[0] == EVERYWHERE
    assert any("Telephone for queries 0171/3920007" in text and "[4]" in text for text in paragraphs)
    assert any("3_change_of_bank_details.eml" in text for text in paragraphs)
    chat.watched.require_clean()


def test_a_verdict_is_kept_with_its_reason(open_chat: OpenChat, demo_server: PageServer) -> None:
    chat = open_chat()
    chat.ask(PADLOCK)
    chat.live.get_by_role("link", name="Bad answer").click()
    form = chat.source.locator("form.form")
    form.get_by_role("textbox").fill("The year is right, the first quote is not needed.")
    form.get_by_role("button", name="Save").click()
    expect(chat.source.get_by_role("status")).to_have_text("Judged bad")
    (turn,) = kept_turns(demo_server, chat.conversation)
    assert (turn.verdict, turn.verdict_reason) == ("bad", "The year is right, the first quote is not needed.")
    chat.page.reload()
    chat.ready()
    expect(chat.turns.locator(".badge.label")).to_have_text("Judged bad")
    chat.watched.require_clean()


def test_conversations_outlive_a_reload_and_are_found_again(open_chat: OpenChat) -> None:
    chat = open_chat()
    chat.ask(PADLOCK)
    first = chat.conversation
    chat.page.reload()
    chat.ready()
    assert chat.conversation == first
    expect(chat.turns.locator(".answer")).to_contain_text("1981")
    chat.page.get_by_role("button", name="New conversation").click()
    chat.page.wait_for_url(lambda url: f"conversation={first}" not in url)
    chat.ready()
    expect(chat.turns).to_have_count(0)
    chat.ask(COUNTED)
    chat.page.get_by_text("Recent conversations").click()
    chat.page.locator(f".recent a[href$='conversation={first}']").click()
    chat.page.wait_for_url(lambda url: f"conversation={first}" in url)
    chat.ready()
    expect(chat.turns.locator(".question")).to_have_text(PADLOCK)
    source = chat.turns.locator(".cite > a").first
    chat.open_source(source)
    expect(chat.source.locator("#quote")).to_be_in_viewport()
    chat.watched.require_clean()


def test_a_second_tab_sees_what_is_asked_in_the_first(open_chat: OpenChat, gate: Gate) -> None:
    chat = open_chat()
    chat.ask(PADLOCK)
    other = same_tab_as(chat)
    expect(other.turns.locator(".question")).to_have_text(PADLOCK)
    gate.shut()
    with gate:
        chat.write(EVERYWHERE)
        expect(chat.live.locator(".evidence li")).to_have_count(5)
        expect(other.turns.last.locator(".question")).to_have_text(EVERYWHERE)
        expect(other.turns.last.locator(".evidence li")).to_have_count(5)
        third = same_tab_as(chat)  # opened while the answer is written: it follows it, and can stop it
        expect(third.live.locator(".evidence li")).to_have_count(5)
        expect(third.page.locator("#stop")).to_be_visible()
    chat.answered()
    expect(third.answer.locator(".claim")).to_have_count(4)
    expect(other.turns.last.locator(".claim")).to_have_count(4)
    for tab in (chat, other, third):
        expect(tab.turns).to_have_count(2)
        tab.watched.require_clean()


def test_a_conversation_answers_one_question_at_a_time_and_says_so(open_chat: OpenChat, gate: Gate) -> None:
    chat = open_chat()
    other = same_tab_as(chat)
    gate.shut()
    with gate:
        chat.write(EVERYWHERE)
        expect(other.turns.locator(".evidence li")).to_have_count(5)
        other.question.fill(PADLOCK)
        other.page.locator("#ask").click()
        expect(other.page.locator("#live [role=alert]")).to_contain_text("An answer is being written")
        expect(other.question).to_have_value(PADLOCK)
    chat.answered()
    chat.watched.require_clean()
    other.watched.require_clean()


def focus_style(element: Locator | Any) -> dict[str, str]:
    """How the focused element shows that it is."""
    return element.evaluate(  # type: ignore[no-any-return]
        "e => { const s = getComputedStyle(e); return {outline: s.outlineStyle, width: s.outlineWidth, shadow: s.boxShadow}; }"
    )


TOUR = """() => {
  const element = document.activeElement;
  if (!element || element === document.body || element === document.documentElement) return null;
  const again = element.hasAttribute("data-toured");
  element.setAttribute("data-toured", "");
  const style = getComputedStyle(element);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const shadow = style.boxShadow !== "none";
  return {name: element.tagName + " " + (element.id || element.textContent || element.getAttribute("aria-label") || "").trim().slice(0, 40),
          shown: ring || shadow, again};
}"""
MISSED = """() => [...document.querySelectorAll("a[href], button, textarea, input, summary, iframe")]
  .filter((e) => e.checkVisibility({visibilityProperty: true}) && !e.disabled && e.tabIndex >= 0 && !e.hasAttribute("data-toured"))
  .map((e) => e.outerHTML.slice(0, 120))"""


def test_everything_can_be_done_from_the_keyboard(open_chat: OpenChat, demo_server: PageServer) -> None:
    chat = open_chat()
    page = chat.page
    page.goto(demo_server.origin)
    press_to(page, page.locator(f"a[href='/chat/?case={CASE}']").first)
    page.keyboard.press("Enter")
    chat.ready()
    expect(chat.question).to_be_focused()
    page.keyboard.type(PADLOCK)
    page.keyboard.press("Enter")
    chat.answered()
    mark = chat.marks()[0]
    press_to(page, mark, backwards=True)
    wanted = str(mark.get_attribute("href"))
    page.keyboard.press("Enter")
    chat.source_at(wanted)
    expect(chat.source.locator("#quote")).to_be_in_viewport()
    page.locator("a.brand").focus()
    unseen = []
    for _ in range(150):
        stop = page.evaluate(TOUR)
        in_source = stop is not None and stop["name"].startswith("IFRAME")
        if stop is None or (stop["again"] and not in_source):
            break
        if not stop["shown"] and not in_source:
            unseen.append(stop["name"])
        page.keyboard.press("Tab")
    assert unseen == []
    assert page.evaluate(MISSED) == []
    chat.watched.require_clean()


def press_to(page: Page, wanted: Locator, *, backwards: bool = False) -> None:
    """Press Tab until something has the focus."""
    handle = wanted.element_handle()
    for _ in range(80):
        if handle.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
    pytest.fail(f"Tab does not reach {wanted}")
