"""Words of one meaning in four languages: questions asked elsewhere, evidence read word for word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.engines.word_for_word import LESS_SURE, WordForWord
from assistant.questions import analyse
from assistant.records import ExhibitRef, RankedPassage
from assistant.retrieval.foreign_terms import ForeignTerms, built_in
from assistant.sentence_ranking import rank_sentences
from casefile.locators import LinesLocator
from casefile.records import Passage
from ingest.sentences import sentences

DUTCH = "De getuige zag de bestelwagen. De sleutel hing aan een haak in de loods.\nNiemand heeft betaald."
ENGLISH = "The weather was fine that day and the shop opened late."


def passage(number: int, text: str, offset: int = 0) -> RankedPassage:
    place = LinesLocator(1, 1, offset, offset + len(text))
    return RankedPassage(number, 1.0, {}, ExhibitRef(f"e{number}", "", ""), Passage(number, f"e{number}", "t", 0, text, "", place))  # fmt: skip


def test_a_question_is_asked_in_other_words_and_keeps_its_names() -> None:
    asked = built_in().asked_in("Where did Weber hide the invoices and the van V-948-FR?", "en", "de").split()
    assert {"rechnung", "lieferwagen", "Weber", "V-948-FR?"} <= set(asked)
    assert "invoices" not in asked


@pytest.mark.parametrize(
    ("text", "source", "words"),
    [
        ("Die Lagerhallen der Firma", "de", {"warehouse", "company"}),
        ("een vrachtwagen met gestolen goederen", "nl", {"lorry", "theft", "goods"}),
        ("le témoin a vu la camionnette", "fr", {"witness", "van", "see"}),
        ("der Kontobetrag", "de", {"account", "amount"}),
    ],
)
def test_forms_and_compounds_are_read(text: str, source: str, words: set[str]) -> None:
    assert words <= set(built_in().in_words_of(text, source, "en").split())  # type: ignore[arg-type]


def test_numbers_codes_and_names_stay() -> None:
    assert "20.000,50" in built_in().in_words_of("Bargeld: 20.000,50 Euro von Zschokke", "de", "en")
    assert "Zschokke" in built_in().in_words_of("Bargeld von Zschokke", "de", "en")


@pytest.mark.parametrize(
    ("text", "language"), [("Sleutel en kasboek", "nl"), ("Der Zeuge", "de"), ("Keys of the van", "en"), ("", None), ("357 WGB", None)]
)  # fmt: skip
def test_the_language_of_a_row(text: str, language: str | None) -> None:
    assert built_in().language_of(text, ("en", "de", "nl")) == language


def test_a_line_needs_a_column_for_each_language() -> None:
    with pytest.raises(ValueError, match="column"):
        ForeignTerms("key|Schlüssel|clé")


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(built_in().in_words_of(text, "nl", "en"), str)
    assert isinstance(built_in().asked_in(text, "en", "de"), str)


def test_hostile_text_is_read_to_its_end() -> None:
    hostile = "ab" * 50_000 + " " + "-".join(["a"] * 20_000) + " haus" * 20_000
    assert built_in().in_words_of(hostile, "de", "en").endswith("house house")


def test_what_is_found_word_for_word_is_quoted_from_the_original() -> None:
    evidence = (passage(1, ENGLISH), passage(2, DUTCH, offset=70))
    words = WordForWord(evidence, sentences, "en", ("en", "nl"), built_in())
    ranked = rank_sentences(
        analyse("Where did the key hang in the warehouse?"),
        words.evidence,
        split=words.split,
        embed=None,
        weights=(0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    )
    best = words.original(ranked[0])
    assert best.text == "De sleutel hing aan een haak in de loods."
    assert DUTCH[best.start - 70 : best.end - 70] == best.text
    assert best.source is evidence[1]
    assert best.score == ranked[0].score - LESS_SURE
    assert {words.original(candidate).text for candidate in ranked} == {
        text[a:b].strip() for text in (ENGLISH, DUTCH) for a, b in sentences(text)
    }


def test_a_case_in_one_language_is_read_as_it_is() -> None:
    evidence = (passage(1, ENGLISH), passage(2, DUTCH))
    assert WordForWord(evidence, sentences, "en", ("en",), built_in()).evidence == evidence
