"""Places of quotes that an engine makes up, or that go on beyond a passage."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answering import Answering
from assistant.places import locate
from assistant.records import EngineEvent, EngineInfo, EngineRequest, Outcome, ProposedClaim, ProposedQuote
from assistant.retrieval.retriever import Retriever
from casefile.case import Case
from casefile.locators import LinesLocator
from casefile.settings import load_settings
from ingest.embedding.fake import HashedWordsEmbedder
from tests.casefile.case_building import add_text, new_case

TEXT = "The van was white.\n\n\nIt stood in the harbour.\nNobody sat in it."


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    with new_case(tmp_path / "home") as opened:
        add_text(opened, tmp_path, "note.txt", TEXT)
        yield opened


class _MakesUp:
    info = EngineInfo("extractive", "made up", "0" * 64, "", 0, 0.0)

    def __init__(self, quote: ProposedQuote) -> None:
        self._quote = quote

    def answer(self, request: EngineRequest) -> Iterator[EngineEvent]:
        yield ProposedClaim("The van was white.", (self._quote,))
        yield Outcome("answered")


@pytest.mark.parametrize(
    ("exhibit_id", "text_sha256", "start", "end"),
    [
        (f"sha256:{'f' * 64}", "0" * 64, 0, 18),
        ("nonsense", "nonsense", 0, 18),
        ("", "", -5, -1),
        (None, "0" * 64, 0, 18),
        (None, None, 10**9, 10**9 + 18),
        (None, None, 18, 0),
    ],
)
def test_a_quote_that_stands_nowhere_is_shown_as_not_verified(
    case: Case, exhibit_id: str | None, text_sha256: str | None, start: int, end: int
) -> None:
    (exhibit,) = case.catalogue.exhibits()
    quote = ProposedQuote(
        exhibit.id if exhibit_id is None else exhibit_id,
        (exhibit.text_sha256 or "") if text_sha256 is None else text_sha256,
        start,
        end,
        "The van was white.",
    )
    settings = load_settings(case.home.root, {}).settings.answering
    retriever = Retriever(case, HashedWordsEmbedder(allow=True))
    answer = Answering(case, retriever, _MakesUp(quote), settings).ask("Which colour had the van?")
    assert [citation.verified for citation in answer.citations] == [False]
    assert [claim.supported for claim in answer.claims] == [False]
    assert answer.citations[0].locator.start <= answer.citations[0].locator.end


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("was white.\n\n\nIt stood", (1, 4)),
        ("harbour.\nNobody", (4, 5)),
        ("\nIt stood", (3, 4)),
        (TEXT, (1, 5)),
    ],
)
def test_lines_of_a_quote_that_goes_beyond_its_passage(case: Case, words: str, lines: tuple[int, int]) -> None:
    (exhibit,) = case.catalogue.exhibits()
    assert exhibit.text_sha256 is not None
    start = TEXT.index(words)
    passage = case.catalogue.passage_at(exhibit.id, exhibit.text_sha256, start)
    place = locate(case.catalogue, passage, start, start + len(words))
    assert isinstance(place, LinesLocator)
    assert (place.first_line, place.last_line) == lines
    assert (place.start, place.end) == (start, start + len(words))
