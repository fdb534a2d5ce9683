"""Every passage of the demo case can be opened: what is lit is what it says, and boxes lie on the ink of the page."""

import io
import re
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from assistant.ui.source.records import CellsView, PageView, SourceView
from assistant.ui.source.stood import sha256_of
from assistant.ui.source.views import lit_text, view_of
from casefile.case import Case, create_case
from casefile.home import Home
from casefile.records import CaseDescription, Exhibit, Passage
from casefile.serial import now
from casefile.settings import load_settings
from data.demo_case.build import build
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.pipeline import Pipeline
from ingest.rendering import Renderer


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    root = tmp_path_factory.mktemp("demo")
    build(root / "demo")
    home = Home(root / "home")
    languages = ("en", "de", "nl")
    about = CaseDescription("demo", "t", "p", "n", "DE", "Europe/Berlin", languages, now())
    with create_case(home, about, "tester") as opened:
        with opened.locked():
            settings = load_settings(home.root, {}).settings
            Pipeline(opened, settings, HashedWordsEmbedder(allow=True)).ingest([root / "demo" / "files"])
        yield opened


def passages(case: Case) -> Iterator[tuple[Exhibit, Passage]]:
    for exhibit in case.catalogue.exhibits():
        for passage in case.catalogue.passages_of(exhibit.id):
            yield exhibit, passage


def bare(text: str, view: SourceView) -> str:
    """Without blanks; for a grid without what stands between cells."""
    return re.sub(r'[\s;,|"]+' if isinstance(view, CellsView) else r"\s+", "", text)


def without_names(passage: Passage, first: int, last: int) -> str:
    """A quote of a passage, without the names of mail headers, which stand in a column of their own."""
    text = passage.text
    if passage.locator.kind == "mail_part" and passage.locator.part == "headers":
        text = re.sub(r"(?m)^[\w-]+: ", lambda found: " " * len(found[0]), text)
    return text[first - passage.locator.start : last - passage.locator.start]


def test_every_passage_and_a_part_of_it_is_lit_exactly(case: Case) -> None:
    kinds: Counter[str] = Counter()
    for exhibit, passage in passages(case):
        start, end = passage.locator.start, passage.locator.end
        third = (end - start) // 3
        for first, last in ((start, end), (start + third, end - third)):
            quote = passage.text[first - start : last - start]
            view = view_of(case, exhibit.id, passage.text_sha256, first, last, quote_sha256=sha256_of(quote))
            if not quote.strip():
                continue
            assert view.highlight is not None  # type: ignore[union-attr]
            assert view.highlight.exact, (exhibit.name, passage.locator)  # type: ignore[union-attr]
            wanted, found = bare(without_names(passage, first, last), view), bare(lit_text(view), view)
            assert found == wanted, (exhibit.name, passage.locator)
        kinds[passage.locator.kind] += 1
    assert set(kinds) == {"page", "cells", "mail_part", "block", "slide", "lines"}


def test_every_box_of_every_page_lies_on_ink(case: Case) -> None:
    scale = 2.0
    boxes = 0
    with Renderer(workers=1) as renderer:
        for exhibit, passage in passages(case):
            view = view_of(case, exhibit.id, passage.text_sha256, passage.locator.start, passage.locator.end)
            if not isinstance(view, PageView):
                continue
            picture = renderer.page(case.originals.path(exhibit.id), view.page, scale)
            with Image.open(io.BytesIO(picture.png)) as image:
                grey = np.asarray(image.convert("L")).astype(int)
            assert view.width is not None
            assert picture.width == pytest.approx(view.width * scale, abs=1.5)
            for box in view.boxes:
                left, top, right, bottom = (round(edge * scale) for edge in (box.left, box.top, box.right, box.bottom))
                inside = grey[top:bottom, left:right]
                assert np.ptp(inside) > 60, (exhibit.name, view.page, box)
                boxes += 1
    assert boxes > 100
