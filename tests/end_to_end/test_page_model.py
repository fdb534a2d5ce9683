"""Answers of a language model on the page: how far they are, what is struck, how they were made, what is proposed."""

from playwright.sync_api import Locator, expect

from tests.end_to_end.chat_page import CASE, OpenChat
from tests.end_to_end.engine_gate import DEATH, EXPORTED, INVENTED, MODEL_DIES, MODELLED, REPAIRED, Gate
from tests.end_to_end.page_session import PageServer
from tests.end_to_end.test_page_accessibility import findings, too_wide


def test_each_stage_is_told_in_words_and_by_a_bar_and_the_evidence_can_be_opened_meanwhile(
    open_chat: OpenChat, gate: Gate
) -> None:
    chat = open_chat()
    gate.shut()
    with gate:
        chat.write(MODELLED)
        evidence = chat.live.locator("section.evidence li a").first
        expect(evidence).to_be_visible()
        gate.let(1)
        work = chat.live.locator(".work")
        expect(work).to_contain_text("Number 2 in line")
        evidence.evaluate("e => { e.stillHere = true; }")
        evidence.focus()
        gate.let(1)
        expect(work).to_contain_text("reading the passages 40 %")
        expect(work.locator("progress")).to_have_attribute("value", "40")
        gate.let(1)
        expect(work).to_contain_text("Looking up: search the case")
        gate.let(1)
        expect(chat.live.locator(".calls")).to_contain_text("padlock Mühlenfeld")
        gate.let(3)
        expect(chat.live.locator(".prose")).to_contain_text("something was handed over")
        expect(work).to_have_count(0)
        expect(evidence).to_be_focused()
        assert evidence.evaluate("e => e.stillHere === true")  # the place under a person's finger is never made anew
    chat.answered()
    chat.watched.require_clean()


def test_what_is_struck_is_struck_for_eyes_and_ears(open_chat: OpenChat) -> None:
    chat = open_chat()
    answer = chat.ask(MODELLED)
    invented = answer.locator(".claim.unsupported")
    expect(invented.locator("del")).to_contain_text(INVENTED)
    expect(invented.locator("del .unseen").first).to_have_text("Struck, because it is not supported:")
    expect(invented.locator(".badge.failed")).to_contain_text("unsupported:")
    repaired = answer.locator(".claim:has(.instead)")
    expect(repaired.locator(".cite")).to_have_count(1)
    expect(repaired.locator(".instead del")).to_contain_text(REPAIRED)
    assert _line(invented.locator("del")) == _line(repaired.locator("del")) == "line-through"


def test_how_an_answer_was_made_is_one_click_away(open_chat: OpenChat) -> None:
    chat = open_chat()
    chat.ask(MODELLED)
    made = chat.live.locator(".made")
    expect(made.locator("dl.facts")).to_be_hidden()
    made.locator("summary").click()
    for words in (
        "ministral-3-3b Q4_K_M",
        "9ed150d4" * 8,
        "0a1b2c3d" * 8,
        "Seed",
        "Temperature",
        "3 passages were found.",
    ):
        expect(made).to_contain_text(words)
    expect(made.locator(".calls li").first).to_contain_text("search the case")


def test_a_model_that_dies_leaves_the_evidence_and_the_page_goes_on(open_chat: OpenChat) -> None:
    chat = open_chat()
    chat.write(MODEL_DIES)
    notice = chat.live.locator(".notice.bad")
    expect(notice).to_contain_text(DEATH)
    expect(chat.live.locator(".sources li a").first).to_be_visible()
    chat.ask(MODELLED)
    expect(chat.turns).to_have_count(2)
    chat.watched.require_clean()


def _line(text: Locator) -> str:
    return str(text.first.evaluate("e => getComputedStyle(e).textDecorationLine"))


def test_a_proposal_waits_for_a_word_and_gives_the_file_by_the_keyboard_alone(
    open_chat: OpenChat, demo_server: PageServer
) -> None:
    chat = open_chat()
    chat.ask(MODELLED)
    card = chat.live.locator(".proposal")
    expect(card).to_contain_text("write all mentions of this into a file")
    expect(card).to_contain_text(EXPORTED)
    expect(card).to_contain_text("Nothing has been done.")
    yes = card.get_by_role("button", name="Yes, do it")
    yes.focus()
    chat.page.keyboard.press("Enter")
    expect(card.locator("[role=status]")).to_contain_text("said yes")
    expect(card.locator("[role=status]")).to_be_focused()
    expect(card.get_by_role("button")).to_have_count(0)
    with chat.page.expect_download() as waiting:
        card.get_by_role("link", name="Download").click()
    assert EXPORTED in waiting.value.path().read_text(encoding="utf-8")
    record = chat.page.context.new_page()
    record.goto(f"{demo_server.origin}/case/{CASE}/conversations/{chat.conversation}")
    expect(record.locator(".proposal.done")).to_contain_text("said yes")
    expect(record.locator(".claim del").first).to_be_visible()
    chat.watched.require_clean()


def test_axe_finds_nothing_in_an_answer_of_a_model_and_nothing_stands_out_of_a_narrow_window(
    open_chat: OpenChat, gate: Gate
) -> None:
    for look in ({"color_scheme": "light"}, {"color_scheme": "dark"}, {"width": 320, "height": 640}):
        chat = open_chat(name=f"PK {look}", **look)
        gate.shut()
        with gate:
            chat.write(MODELLED)
            gate.let(2)
            expect(chat.live.locator(".work progress")).to_be_visible()
            found = {"reading": [*findings(chat.page), *too_wide(chat.page)]}
        chat.answered()
        chat.live.locator(".made summary").click()
        found["answered"] = [*findings(chat.page), *too_wide(chat.page)]
        assert found == {"reading": [], "answered": []}, look
