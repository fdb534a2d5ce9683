"""Takes pictures of the page: `python -m scripts.make_screenshots [--out FOLDER]`.

Builds the demo case in a temporary HOME, serves it, and looks at every page with Chromium: light and dark, 1280 and
1920 wide, empty, full and failing. The best three are also written to docs/pictures, for the README.
"""

import argparse
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, Frame, Page, sync_playwright

from data.demo_case.build import build

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
LARGEST_PICTURE = 250_000
"""Bytes of a picture in docs."""
CASE, EMPTY_CASE = "demo", "new"
WHO = "KOK Meier"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PATIENCE_MS = 60_000
EVERYWHERE = "Where does the telephone number 0171 3920007 turn up, and who used it?"
PADLOCK = "What was the combination of the padlock at Mühlenfeld?"
CONVERSATION = (
    PADLOCK,
    "How often was the plate WGB-KDK 357 read on the federal road?",
    "Where was the prepaid card without any identity check bought?",
    "Which lawyer represents Thijs Kuipers?",
)
LOOKS = (("light", 1280), ("dark", 1280), ("light", 1920), ("dark", 1920))


@dataclass(frozen=True, slots=True)
class Served:
    """The page over the demo case."""

    home: Path
    origin: str

    def link(self) -> str:
        """A one-time link."""
        return str(json.loads(run(self.home, "ui", "--for", WHO, "--json", "--no-browser"))["link"])


def run(home: Path, *arguments: str, codes: tuple[int, ...] = (0,), folder: Path = ROOT) -> str:
    """Run caseclerk on that HOME; returns what it printed."""
    command = [sys.executable, "-m", "assistant", "--home", str(home), "--actor", WHO, *arguments]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in codes:
        raise SystemExit(f"{' '.join(arguments[:2])} ended with {done.returncode}")
    return done.stdout


def prepare(home: Path, files: Path) -> None:
    """The demo case, and an empty one."""
    home.mkdir(mode=0o700)
    truth = build(files)
    about = ["--title", truth.title, "--purpose", "Theft of construction machines. Invented; nothing in it is real."]
    about += ["--case-number", truth.case_number, "--region", truth.region, "--time-zone", truth.time_zone]
    run(home, "case", "create", CASE, *about, "--languages", ",".join(truth.languages))
    run(home, "case", "create", EMPTY_CASE, "--title", "A case without files")
    run(home, "ingest", "files", "--case", CASE, codes=(0, 1), folder=files)  # some of the files are damaged on purpose


@contextmanager
def served(home: Path) -> Iterator[Served]:
    """Serve the page while the block runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [sys.executable, "-m", "assistant", "--home", str(home), "ui", "--port", port, "--json", "--no-browser"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = urlsplit(json.loads(process.stdout.readline())["link"])
        yield Served(home, f"http://{address.netloc}")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


class Camera:
    """One look (colour scheme and width) at all pages."""

    def __init__(self, page: Page, origin: str, folder: Path, look: str) -> None:
        self.page = page
        self.origin = origin
        self._folder = folder
        self._look = look

    def take(self, name: str, *, whole: bool = False) -> None:
        """A picture of the window, or of the whole page."""
        self.page.screenshot(path=self._folder / f"{name}-{self._look}.png", full_page=whole)

    def look_at(self, name: str, address: str, *, whole: bool = False) -> None:
        """Open a page and take a picture."""
        self.page.goto(self.origin + address)
        self.page.wait_for_load_state("networkidle")
        self.take(name, whole=whole)

    def open_chat(self, address: str) -> None:
        """Open the conversation."""
        self.page.goto(self.origin + address)
        self.page.locator("#transcript .turns").wait_for(state="attached")
        self.page.locator("#scope .scope").wait_for()

    def ask(self, question: str) -> None:
        """Ask, and wait for the answer."""
        self.page.locator("#question textarea").fill(question)
        self.page.locator("#ask").click()
        self.page.locator("#live .question", has_text=question).wait_for()
        self.page.locator("#live section.answer").wait_for()
        self.page.locator("#again").wait_for()

    def open_source(self, number: int) -> Frame:
        """Click a number of the last answer."""
        mark = self.page.locator("#live .claim .cite > a").nth(number - 1)
        wanted = str(mark.get_attribute("href"))
        mark.click()
        frame = self.page.frame(name="source")
        assert frame is not None
        frame.wait_for_url(lambda url: url.endswith(wanted))
        frame.wait_for_function("() => [...document.images].every((image) => image.complete)")
        return frame


def addresses(home: Path) -> dict[str, str]:
    """The pages of the case by name."""
    rows = json.loads(run(home, "ledger", "--case", CASE, "--json"))["exhibits"]
    ids = {row["name"]: row["id"] for row in rows if row["id"]}
    here = f"/case/{CASE}"
    report, broken = ids["ST-3_offence_report.pdf"], ids["contract_protected.pdf"]
    return {
        "cases": "/",
        "overview": here,
        "overview-empty": f"/case/{EMPTY_CASE}",
        "describe": f"{here}/describe",
        "delete": f"{here}/delete",
        "exhibits": f"{here}/exhibits",
        "exhibits-failed": f"{here}/exhibits?status=failed",
        "exhibits-empty": f"/case/{EMPTY_CASE}/exhibits",
        "exhibit": f"{here}/exhibits/{report}",
        "exhibit-failed": f"{here}/exhibits/{broken}",
        "seal": f"{here}/exhibits/{report}/seal",
        "erase": f"{here}/exhibits/{report}/erase",
        "keywords": f"{here}/keywords",
        "mentions": f"{here}/mentions?of=Winkler",
        "identifiers": f"{here}/identifiers",
        "conversations": f"{here}/conversations",
        "custody": f"{here}/custody",
        "settings": f"{here}/settings",
        "uploads": f"{here}/uploads",
        "missing": f"{here}/exhibits/sha256:{'0' * 64}",
    }


def photograph(browser: Browser, site: Served, folder: Path, scheme: str, width: int) -> None:
    """All pictures of one look."""
    context = browser.new_context(
        viewport={"width": width, "height": 800 if width < 1900 else 1080},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    context.set_default_timeout(PATIENCE_MS)
    camera = Camera(context.new_page(), site.origin, folder, f"{scheme}-{width}")
    camera.look_at("door", "/")
    camera.page.goto(site.link())
    conversation(camera)
    for name, address in addresses(site.home).items():
        camera.look_at(name, address, whole=True)
    context.close()


def conversation(camera: Camera) -> None:
    """The chat: empty, with every kind of answer, with every kind of source."""
    camera.open_chat(f"/chat/?case={EMPTY_CASE}")
    camera.take("chat-empty")
    camera.open_chat(f"/chat/?case={CASE}")
    camera.page.get_by_role("button", name="New conversation").click()
    camera.page.locator("#transcript .empty").wait_for()
    for number, question in enumerate(CONVERSATION, start=1):
        camera.ask(question)
        camera.take(f"chat-answer-{number}")
    camera.ask(EVERYWHERE)
    for number, kind in enumerate(("mail", "cells", "lines", "page"), start=1):
        camera.open_source(number)
        camera.take(f"chat-{kind}")
    camera.page.locator("#live .cite > a").nth(2).hover()
    camera.page.locator("#live .tip:visible").wait_for()
    camera.take("chat-quote")
    camera.page.get_by_role("link", name="Bad answer").last.click()
    camera.page.frame_locator("iframe[name=source]").locator("#reason").wait_for()
    camera.page.locator("#live details summary").first.click()
    camera.take("chat-verdict")
    camera.ask(PADLOCK)
    for number, kind in enumerate(("report", "slide", "block"), start=1):
        camera.open_source(number)
        camera.take(f"chat-{kind}")


def best_three(browser: Browser, site: Served) -> None:
    """The README's pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    context.set_default_timeout(PATIENCE_MS)
    camera = Camera(context.new_page(), site.origin, PICTURES, "light")
    camera.page.goto(site.link())
    camera.open_chat(f"/chat/?case={CASE}")
    camera.page.get_by_role("button", name="New conversation").click()
    camera.page.locator("#transcript .empty").wait_for()
    camera.ask(EVERYWHERE)
    camera.open_source(2)
    keep(camera.page.screenshot(), PICTURES / "chat.png")
    camera.ask(PADLOCK)
    address = camera.open_source(1).url.partition("#")[0]
    camera.page.goto(f"{address}&zoom=100")
    camera.page.wait_for_load_state("networkidle")
    keep(camera.page.screenshot(), PICTURES / "source.png")
    camera.page.goto(f"{site.origin}/case/{CASE}/exhibits")
    camera.page.wait_for_load_state("networkidle")
    keep(camera.page.screenshot(), PICTURES / "exhibits.png")
    context.close()


def keep(taken: bytes, path: Path) -> None:
    """Write a picture, as small as its colours allow."""
    with Image.open(io.BytesIO(taken)) as image:
        few = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
    if path.stat().st_size > LARGEST_PICTURE:
        raise SystemExit(f"{path.name} has {path.stat().st_size} bytes; {LARGEST_PICTURE} are allowed")
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Take pictures of every page of the demo case.")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "screenshots", help="for all pictures")
    parser.add_argument("--best-only", action="store_true", help="only the three of the README")
    options = parser.parse_args(arguments)
    program = shutil.which("chromium")
    if program is None:
        print("Chromium is not installed (Debian package chromium).", file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory(prefix="caseclerk-pictures-") as name:
        home = Path(name) / "home"
        prepare(home, Path(name) / "evidence")
        with served(home) as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
            if not options.best_only:
                for scheme, width in LOOKS:
                    photograph(browser, site, options.out, scheme, width)
            best_three(browser, site)
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
