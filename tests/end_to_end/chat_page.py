"""The demo case behind the page, and the conversation as a person at the browser uses it.

The case is taken in once by the real pipeline; every module works on a copy of that HOME.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from filelock import FileLock
from playwright.sync_api import Frame, FrameLocator, Locator, Page, expect

from data.demo_case.build import build
from tests.end_to_end.command_line import Clerk
from tests.end_to_end.engine_gate import LIED_ABOUT, Gate, HeldClerk
from tests.end_to_end.page_session import OpenPage, PageServer, WatchedPage, end_page, start_page

CASE = "demo"
PATIENCE_MS = 60_000
"""A slow machine with other tests beside this one."""
EVERYWHERE = "Where does the telephone number 0171 3920007 turn up, and who used it?"
"""Cited from a mail, a sheet, a text file and a PDF."""
PADLOCK = "What was the combination of the padlock at Mühlenfeld?"
"""Cited from a PDF, a slide and a DOCX."""
COUNTED = "How often was the plate WGB-KDK 357 read on the federal road?"
UNSUPPORTED = LIED_ABOUT
NOT_THERE = "Which lawyer represents Thijs Kuipers?"

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory, converted_models: Path) -> Path:
    """A HOME with the demo case in it. Not to be changed: copy it. Made once, for all worker processes together."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if re.fullmatch(r"popen-gw\d+", base.name) else base
    folder = shared / "demo_case"
    with FileLock(shared / "demo_case.lock"):
        if not (folder / "done").exists():
            truth = build(folder / "built")
            clerk = Clerk(folder / "home")
            clerk.home.mkdir(mode=0o700)
            (clerk.home / "models").symlink_to(converted_models)
            about = ["--title", truth.title, "--purpose", "Theft of construction machines", "--region", truth.region]
            about += ["--case-number", truth.case_number, "--time-zone", truth.time_zone]
            clerk("case", "create", CASE, *about, "--languages", ",".join(truth.languages))
            clerk.ingest(CASE, folder / "built" / "files", code=1)  # some of the files are damaged, as they are in life
            (folder / "done").touch()
    return folder / "home"


@pytest.fixture(scope="module")
def demo_files(demo_home: Path) -> Path:
    """The folder that the demo case was taken in from."""
    return demo_home.parent / "built" / "files"


@pytest.fixture(scope="module")
def copy_demo(tmp_path_factory: pytest.TempPathFactory, demo_home: Path) -> Callable[[], Clerk]:
    """Makes a HOME of its own with the demo case."""

    def copy() -> Clerk:
        home = tmp_path_factory.mktemp("demo") / "caseclerk"
        shutil.copytree(demo_home, home, symlinks=True)
        return Clerk(home)

    return copy


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """Stands before what the engine of `demo_server` says; open unless a test shuts it."""
    made = Gate(tmp_path_factory.mktemp("gate"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def demo_clerk(copy_demo: Callable[[], Clerk], gate: Gate) -> HeldClerk:
    """The command line on the HOME that `demo_server` serves."""
    return HeldClerk(copy_demo().home, environment=gate.variables())


@pytest.fixture(scope="module")
def demo_server(demo_clerk: HeldClerk, gate: Gate) -> Iterator[PageServer]:
    """The page over the demo case, one a module."""
    server = start_page(demo_clerk)
    try:
        yield server
    finally:
        gate.open()
        end_page(server)


@dataclass
class Chat:
    """The conversation in one tab."""

    watched: WatchedPage
    case_id: str = CASE

    @property
    def page(self) -> Page:
        return self.watched.page

    @property
    def question(self) -> Locator:
        """The box to write in."""
        return self.page.locator("#question textarea")

    @property
    def live(self) -> Locator:
        """The turn that this tab has asked last."""
        return self.page.locator("#live .turn")

    @property
    def answer(self) -> Locator:
        """Its answer."""
        return self.live.locator("section.answer")

    @property
    def turns(self) -> Locator:
        """All turns that are shown, each once."""
        return self.page.locator(".turn:not([hidden])")

    @property
    def source(self) -> FrameLocator:
        """The source panel."""
        return self.page.frame_locator("iframe[name=source]")

    @property
    def conversation(self) -> int:
        """Its number, as the address says it."""
        return int(parse_qs(urlsplit(self.page.url).query)["conversation"][0])

    @property
    def address(self) -> str:
        return f"/chat/?case={self.case_id}&conversation={self.conversation}"

    def ready(self) -> "Chat":
        """Wait until the page is there."""
        expect(self.page.locator("#transcript .turns")).to_be_attached()
        expect(self.page.locator("#scope .scope")).to_be_attached()
        expect(self.question).to_be_enabled()
        return self

    def write(self, question: str) -> None:
        """Send a question, and see that it is taken."""
        self.question.fill(question)
        self.page.locator("#ask").click()
        expect(self.live.locator(".question")).to_have_text(question)

    def ask(self, question: str) -> Locator:
        """Ask and wait for the answer, which is returned."""
        self.write(question)
        return self.answered()

    def answered(self) -> Locator:
        expect(self.page.locator("#again")).to_be_visible()
        expect(self.answer).to_be_visible()
        return self.answer

    def marks(self) -> list[Locator]:
        """The numbers after the sentences of the last answer."""
        return self.answer.locator(".claim .cite > a").all()

    def marks_of_all(self) -> Locator:
        """The numbers of all turns that are shown."""
        return self.turns.locator(".cite > a")

    def open_source(self, mark: Locator) -> Frame:
        """Click a number; returns the panel as soon as it shows that place."""
        wanted = mark.get_attribute("href")
        mark.click()
        return self.source_at(str(wanted))

    def source_at(self, wanted: str) -> Frame:
        """The panel, once it is at an address and has loaded."""
        frame = self.page.frame(name="source")
        assert frame is not None
        frame.wait_for_url(lambda url: url.endswith(wanted), timeout=PATIENCE_MS)
        return frame


OpenChat = Callable[..., Chat]


@pytest.fixture
def open_chat(demo_server: PageServer, open_page: OpenPage, request: pytest.FixtureRequest) -> OpenChat:
    """Opens the conversation of the demo case as a person of its own (one a test, unless `name` says another)."""

    def open_it(name: str | None = None, path: str = f"/chat/?case={CASE}", **options: object) -> Chat:
        watched = open_page(demo_server, path, name=name or f"PK {request.node.name[:60]}", **options)
        watched.page.set_default_timeout(PATIENCE_MS)
        return Chat(watched).ready()

    return open_it


def compact(text: str) -> str:
    """Without white space: a line break of a page, a cell's border and a tab are the same."""
    return "".join(text.split())


def same_tab_as(chat: Chat, address: str | None = None) -> Chat:
    """A second tab of the same person."""
    watched = WatchedPage(chat.page.context.new_page(), chat.watched.origin)
    watched.watch()
    watched.page.set_default_timeout(PATIENCE_MS)
    watched.page.goto(chat.watched.origin + (address or chat.address))
    return replace(chat, watched=watched).ready()
