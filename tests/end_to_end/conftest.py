"""What end-to-end tests share: the embedding model is converted once, not once a HOME."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.chat_page import copy_demo, demo_clerk, demo_files, demo_home, demo_server, gate, open_chat
from tests.end_to_end.command_line import Clerk
from tests.end_to_end.page_session import browser, open_page, page_clerk, page_server

__all__ = [  # fixtures of tests in a browser
    "browser",
    "copy_demo",
    "demo_clerk",
    "demo_files",
    "demo_home",
    "demo_server",
    "gate",
    "open_chat",
    "open_page",
    "page_clerk",
    "page_server",
]


@pytest.fixture(scope="session")
def converted_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models to be linked into each HOME."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "one.txt").write_text("A text, so that the model is converted.\n")
    Clerk(folder / "home").ingest("one", folder / "one.txt")
    return folder / "home" / "models"


@pytest.fixture(scope="module")
def make_clerk(tmp_path_factory: pytest.TempPathFactory, converted_models: Path) -> Callable[[], Clerk]:
    """Makes a HOME of its own for each call."""

    def make() -> Clerk:
        home = tmp_path_factory.mktemp("home") / "caseclerk"
        home.mkdir(mode=0o700)
        (home / "models").symlink_to(converted_models)
        return Clerk(home)

    return make


@pytest.fixture(scope="module")
def open_place() -> Iterator[Path]:
    """A folder that an ordinary user may enter (pytest's own are closed to others)."""
    with tempfile.TemporaryDirectory(prefix="caseclerk-end-to-end-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
