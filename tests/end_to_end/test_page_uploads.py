"""Files dropped into the conversation, in a real browser: states, scope, a folder, a ZIP, cancelling, deleting."""

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.end_to_end.chat_page import EVERYWHERE, PATIENCE_MS, Chat
from tests.end_to_end.command_line import Clerk
from tests.end_to_end.engine_gate import Gate
from tests.end_to_end.page_session import OpenPage, PageServer, serving

NOTE = "Seen from the bridge: the barge Aldegonda left the lock at 04:17 with two containers.\n"
CASE = "harbour"
DROP = """(target, [name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, {type: "text/plain"}));
  for (const type of ["dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
  }
}"""


@pytest.fixture
def chat(demo_server: PageServer, open_page: OpenPage, request: pytest.FixtureRequest) -> Chat:
    watched = open_page(demo_server, "/chat/?case=demo", name=f"PK {request.node.name[:60]}")
    watched.page.set_default_timeout(PATIENCE_MS)
    return Chat(watched).ready()


def send(chat: Chat, *files: Path, folder: bool = False) -> None:
    """Choose files with the button, or a folder with the other one."""
    chat.page.locator("#uploads cc-drop input[type=file]").nth(1 if folder else 0).set_input_files(list(files))


def card(chat: Chat, words: str) -> Locator:
    return chat.page.locator("#uploads .upload").filter(has_text=words)


def note(tmp_path: Path, name: str = "bridge_note.txt", text: str = NOTE) -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_read_during_an_answer_and_then_asked_about(chat: Chat, gate: Gate, tmp_path: Path) -> None:
    gate.shut()
    with gate:
        chat.write(EVERYWHERE)
        expect(chat.live.locator(".evidence li")).to_have_count(5)
        send(chat, note(tmp_path))
        read = card(chat, "bridge_note.txt")
        expect(read.locator(".badge").first).to_have_text("read")
        expect(read.locator("li .badge")).to_have_text("read")
        expect(chat.page.locator("#stop")).to_be_visible()  # the answer is still held
    chat.answered()
    scope = chat.page.locator("#scope .scope")
    expect(scope.locator("[aria-pressed=true]")).to_have_text("The whole case")
    read.get_by_role("link", name="Ask about these files").click()
    chat.ready()
    expect(scope.locator("[aria-pressed=true]")).to_contain_text("bridge_note.txt")
    answer = chat.ask("When did the barge leave the lock?")
    expect(answer).to_contain_text("04:17")
    expect(answer.locator(".claim")).to_have_count(1)
    expect(chat.live.locator(".asked-about")).to_contain_text("bridge_note.txt")
    panel = chat.open_source(chat.marks()[0])
    expect(panel.locator("mark").first).to_contain_text("04:17")
    chat.page.reload()
    chat.ready()
    expect(scope.locator("[aria-pressed=true]")).to_contain_text("bridge_note.txt")
    answer = chat.ask(EVERYWHERE)
    expect(answer).to_contain_text("1 of 1 exhibits were searched")
    expect(answer.locator(".claim")).to_have_count(0)  # not even a list of all mentions leaves the scope
    scope.get_by_role("button", name="The whole case").click()
    expect(scope.locator("[aria-pressed=true]")).to_have_text("The whole case")
    expect(chat.ask(EVERYWHERE)).to_contain_text("0049 171 39200 07")
    expect(chat.live.locator(".asked-about")).to_have_count(0)
    chat.watched.require_clean()


def test_a_dropped_file_a_folder_and_a_zip_are_taken_in(chat: Chat, tmp_path: Path) -> None:
    name = "dropped_note.txt"
    chat.page.locator("#transcript").evaluate(DROP, [name, NOTE.replace("Aldegonda", "Walburga")])
    expect(card(chat, name).locator(".badge").first).to_have_text("read")
    folder = tmp_path / "phone"
    (folder / "inner").mkdir(parents=True)
    note(folder, "one.txt", NOTE.replace("04:17", "05:18"))
    note(folder / "inner", "two.txt", NOTE.replace("04:17", "06:19"))
    send(chat, folder, folder=True)
    taken = card(chat, "two.txt")
    expect(taken.locator(".badge").first).to_have_text("read")
    expect(taken.locator("li")).to_have_count(2)
    archive = tmp_path / "seized.zip"
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("notes/three.txt", NOTE.replace("04:17", "07:20"))
    send(chat, archive)
    read = card(chat, "seized.zip")
    expect(read.locator(".badge").first).to_have_text("read")
    read.get_by_role("link", name="Ask about these files").click()
    chat.ready()
    expect(chat.ask("When did the barge leave the lock?")).to_contain_text("07:20")
    panel = chat.open_source(chat.marks()[0])
    expect(panel.locator("h1")).to_have_text("three.txt")
    chat.watched.require_clean()


def test_a_cancelled_upload_leaves_nothing(chat: Chat, demo_server: PageServer, tmp_path: Path) -> None:
    files = [note(tmp_path, f"ferry_{number:03}.txt", f"Quexalon ferry, trip {number}.\n" * 40) for number in range(60)]
    send(chat, *files)
    expect(chat.page.locator("#uploads cc-drop [role=status]")).to_have_text("All files have arrived.")
    uploads = chat.page.locator("#uploads .upload")
    uploads.get_by_role("button", name="Cancel and remove").click()
    expect(uploads.get_by_role("button", name="Cancel and remove")).to_have_count(0)
    expect(uploads.locator(".badge.reading")).to_have_count(0)
    ledger = demo_server.clerk.ledger("demo")
    assert not [path for path in ledger if "ferry_" in path]
    folder = demo_server.clerk.home / "cases" / "demo"
    assert not [path for path in folder.rglob("*") if "ferry" in path.name]
    assert not any(b"Quexalon" in path.read_bytes() for path in (folder / "originals").iterdir())
    expect(chat.ask("What is known about the Quexalon ferry?").locator(".notice.warn")).to_contain_text("Not found")
    chat.watched.require_clean()


@pytest.fixture
def fresh_server(make_clerk: Callable[[], Clerk]) -> Iterator[PageServer]:
    """A page with no case yet."""
    with serving(make_clerk()) as server:
        yield server


def test_from_an_empty_home_to_an_answer_and_back_to_nothing(
    fresh_server: PageServer, open_page: OpenPage, tmp_path: Path
) -> None:
    watched = open_page(fresh_server)
    page = watched.page
    page.set_default_timeout(PATIENCE_MS)
    page.locator("#title").fill("Harbour")
    page.locator("#id").fill(CASE)
    page.locator("form[action='/cases'] button[type=submit]").click()
    page.wait_for_url(f"**/case/{CASE}*")
    page.goto(f"{watched.origin}/chat/?case={CASE}")
    chat = Chat(watched, CASE).ready()
    send(chat, note(tmp_path))
    expect(card(chat, "bridge_note.txt").locator(".badge").first).to_have_text("read")
    expect(chat.ask("When did the barge leave the lock?")).to_contain_text("04:17")
    page.goto(f"{watched.origin}/case/{CASE}/delete")
    page.locator("#confirm").fill(CASE)
    page.locator("main button.danger").click()
    page.wait_for_url(f"{watched.origin}/*")
    expect(page.locator("main")).not_to_contain_text("Harbour")
    home = fresh_server.clerk.home
    assert not (home / "cases" / CASE).exists()
    left = [path for path in home.rglob("*") if path.is_file() and not path.is_relative_to(home / "models")]
    assert left
    assert not [path for path in left if b"Aldegonda" in path.read_bytes()]
    watched.require_clean()
