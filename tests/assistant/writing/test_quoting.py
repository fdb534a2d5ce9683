"""From a sentence to its quotes: the shortest whole sentences that the verifier accepts, in bounded time."""

from typing import Any

import pytest

from assistant.engines.writing import quoting
from assistant.engines.writing.quoting import Quoter, Source
from assistant.lexicon import Language
from assistant.records import ExhibitRef, RankedPassage
from casefile.locators import CellsLocator, LinesLocator, Locator
from casefile.records import Passage

BEFORE = 1_000
"""Offset of the passage in its exhibit's text."""


def source(text: str, *, language: Language = "en", header: tuple[str, ...] = (), number: int = 1) -> Source:
    end = BEFORE + len(text)
    locator: Locator = CellsLocator("S", "A1", BEFORE, end, header) if header else LinesLocator(1, 1, BEFORE, end)
    passage = Passage(number, f"sha256:{number}", "t" * 64, 0, text, "", locator)
    return Source(RankedPassage(1, 1.0, {}, ExhibitRef(f"sha256:{number}", "x.txt", ""), passage), language)


TEXT = (
    "It rained on that day. On 3 May 2024 Anna Berger went to the bank. She transferred EUR 1,200.00 to Karl Voss. "
    "He thanked her. The van was white."
)


@pytest.mark.parametrize(
    ("sentence", "quotes"),
    [
        ("The van was white.", ["The van was white."]),
        ("Anna Berger was at the bank on 3 May 2024.", ["On 3 May 2024 Anna Berger went to the bank."]),
        (
            "On 3 May 2024 Anna Berger transferred EUR 1,200.00 to Karl Voss.",
            ["On 3 May 2024 Anna Berger went to the bank. She transferred EUR 1,200.00 to Karl Voss."],
        ),
        ("It rained and the van was white.", ["The van was white.", "It rained on that day."]),
    ],
)
def test_the_quote_is_the_shortest_run_of_whole_sentences(sentence: str, quotes: list[str]) -> None:
    claim = Quoter(("en",)).claim(sentence, [source(TEXT)])
    assert claim is not None
    assert sorted(quote.quote for quote in claim.quotes) == sorted(quotes)
    for quote in claim.quotes:
        assert TEXT[quote.start - BEFORE : quote.end - BEFORE] == quote.quote


@pytest.mark.parametrize(
    "sentence",
    [
        "Anna Berger transferred EUR 1,300.00 to Karl Voss.",
        "Anna Berger transferred EUR 1,200.00 on 4 May 2024.",
        "The van was not white.",
        "The driver ran away and escaped.",
        "The banker approved it.",  # `bank` is no form of `banker`
        "This is it, and so it was.",  # function words tell nothing
        "Karl Voss and Anna Berger met.",
        "Anna Berger lent EUR 1,200.00 to Karl Voss on 3 May 2024.",  # every name and value is there, the deed is not
        "The van was white, and rusty.",  # a part that nothing bears out
        "Checked by Caseclerk: the van was white.",
        "",
        "white " * 400,
    ],
)
def test_what_is_not_said_has_no_quote(sentence: str) -> None:
    assert Quoter(("en",)).claim(sentence, [source(TEXT)]) is None
    assert Quoter(("en",)).claim(sentence, []) is None


def test_each_cited_passage_that_says_it_is_quoted_and_no_other() -> None:
    cited = [source(TEXT), source("Weather: dry.", number=2), source("A white van was seen.", number=3)]
    claim = Quoter(("en",)).claim("The van was white.", cited)
    assert claim is not None
    assert [quote.exhibit_id for quote in claim.quotes] == ["sha256:1", "sha256:3"]


def test_two_passages_bear_out_together_what_none_does_alone() -> None:
    cited = [source("The van belongs to Karl Voss."), source("Karl Voss lives in Hafenstrasse 12.", number=2)]
    claim = Quoter(("en",)).claim("The van belongs to Karl Voss of Hafenstrasse 12.", cited)
    assert claim is not None
    assert [quote.exhibit_id for quote in claim.quotes] == ["sha256:1", "sha256:2"]


def test_a_row_is_quoted_whole_and_its_column_names_count() -> None:
    row = source("2024-05-03\tKarl Voss\t1200.00", header=("Date", "Payee", "Amount"))
    claim = Quoter(("en",)).claim("Payee: Karl Voss; Amount: 1200.00", [row])
    assert claim is not None
    assert claim.quotes[0].quote == "2024-05-03\tKarl Voss\t1200.00"


def test_a_sentence_in_another_language_than_its_source_is_found_by_words_and_values() -> None:
    evidence = source("The witness Anna Berger paid EUR 1,200.00 to Karl Voss on 3 May 2024.", language="de")
    claim = Quoter(("de", "en")).claim("Anna Berger zahlte Karl Voss am 3. Mai 2024 EUR 1.200.", [evidence])
    assert claim is not None
    assert evidence.foreign == "en"


def test_an_unsupported_sentence_shows_what_comes_nearest() -> None:
    quoter = Quoter(("en",))
    nearest = quoter.nearest("Anna Berger transferred EUR 1,300.00 to Karl Voss.", [source(TEXT)])
    assert [quote.quote for quote in nearest.quotes] == ["She transferred EUR 1,200.00 to Karl Voss."]
    assert quoter.nearest("The cat sleeps.", [source(TEXT)]).quotes == ()
    assert quoter.nearest("The van was white.", [source(TEXT)]).quotes == ()  # never a quote that would support it


def test_the_work_is_bounded_whatever_is_cited(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    verify = quoting.verify_claim

    def counted(proposed: Any, quotes: Any, **named: Any) -> Any:
        tried.append(sum(len(quote) for quote in quotes))
        return verify(proposed, quotes, **named)

    monkeypatch.setattr(quoting, "verify_claim", counted)
    cited = [source("The white van left. Berger saw EUR 5. " * 500, number=n) for n in range(1, 40)]
    assert Quoter(("en",)).claim("Berger saw a white van for EUR 7.", cited) is None
    assert 0 < len(tried) <= 80
    assert max(tried) <= 4 * 2_400
