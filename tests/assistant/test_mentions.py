from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.mentions import mentions_of, spellings
from assistant.word_scan import Span, WordScan, without_overlaps
from tests.assistant.retrieval_case import identifiers_of, make_case

DOCUMENTS = {
    "a.txt": "Anna Müller called. Tel. 0171 2345678.\n\nMÜLLER, ANNA signed; Anna\n\nMüller left.",
    "b.txt": "Frau Mueller rief an.\n\nTelefon +49 171 2345678 oder 0049-171-2345678, auch (0171) 23 45 678.",
    "c.txt": "Annabel Muller is somebody else.\n\nKonto DE89 3704 0044 0532 0130 00.",
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    with make_case(tmp_path_factory.mktemp("home"), DOCUMENTS).case as case:
        yield case


def mentions(case, what, exhibit_ids=None):
    return mentions_of(what, case.catalogue, case.fulltext, identifiers_of, exhibit_ids)


def test_a_name_is_found_across_case_order_punctuation_and_passages(corpus):
    found = mentions(corpus, "Anna Müller")
    assert [(m.exhibit.name, m.quote, m.how) for m in found.mentions] == [
        ("a.txt", "Anna Müller", "as written"),
        ("a.txt", "MÜLLER, ANNA", "surname first"),
        ("a.txt", "Anna\n\nMüller", "as written"),
    ]
    assert [(count.exhibit.name, count.count) for count in found.per_exhibit] == [("a.txt", 3)]


@pytest.mark.parametrize("what", ["Müller", "Mueller", "MUELLER", "Mu\u0308ller"])
def test_umlauts_are_found_in_every_spelling(corpus, what):
    assert {m.exhibit.name for m in mentions(corpus, what).mentions} >= {"a.txt", "b.txt"}
    assert "Mueller" in {m.quote for m in mentions(corpus, what).mentions}


@pytest.mark.parametrize("what", ["0171 2345678", "+49 171 2345678", "0049 171 2345678"])
def test_a_phone_number_is_found_in_every_spelling(corpus, what):
    found = mentions(corpus, what)
    assert found.identifiers == ("+491712345678",)
    assert len(found.mentions) == 4
    assert [(count.exhibit.name, count.count) for count in found.per_exhibit] == [("b.txt", 3), ("a.txt", 1)]


def test_quotes_stand_where_the_locators_say(corpus):
    for what in ("Anna Müller", "DE89370400440532013000", "0171 2345678"):
        for mention in mentions(corpus, what).mentions:
            text = corpus.catalogue.text(mention.exhibit.id)
            assert text[mention.locator.start : mention.locator.end] == mention.quote


def test_nothing_is_found_where_nothing_is(corpus):
    found = mentions(corpus, "Zacharias")
    assert found.mentions == ()
    assert found.coverage.searched == 3
    assert mentions(corpus, "?!").mentions == ()


def test_exhibits_can_be_chosen(corpus):
    chosen = [exhibit.id for exhibit in corpus.catalogue.exhibits() if exhibit.name == "a.txt"]
    assert {m.exhibit.name for m in mentions(corpus, "0171 2345678", chosen).mentions} == {"a.txt"}


def test_every_mention_counts_nothing_is_cut_off(tmp_path):
    with make_case(tmp_path, {"many.txt": "Kowalski was here.\n\n" * 3_000}, embed=False).case as case:
        found = mentions(case, "kowalski")
        assert len(found.mentions) == 3_000
        assert found.per_exhibit[0].count == 3_000


def test_spellings_of_a_name():
    assert spellings("Jörg Weiß") == {
        ("jorg", "weiß"): "as written",
        ("joerg", "weiss"): "other spelling",
        ("weiß", "jorg"): "surname first",
        ("weiss", "joerg"): "surname first",
    }
    assert spellings("flat 12") == {("flat", "12"): "as written"}


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from(["red", "crane", "yard"]), max_size=30),
    st.lists(st.sampled_from(["red", "crane"]), min_size=1, max_size=3),
)
def test_a_scan_finds_what_a_plain_search_finds(words, phrase):
    text = ", ".join(words)
    found = list(WordScan(text).find([{word} for word in phrase]))
    expected = [n for n in range(len(words)) if words[n : n + len(phrase)] == phrase]
    assert len(found) == len(expected)
    assert all(text[span.start : span.end] == ", ".join(phrase) for span in found)


@given(st.lists(st.builds(lambda a, n: Span(a, a + n), st.integers(0, 30), st.integers(1, 5)), max_size=20))
def test_spans_without_overlaps_are_apart_and_none_is_lost_needlessly(spans):
    kept = without_overlaps(spans)
    assert all(first.end <= second.start for first, second in pairwise(kept))
    assert all(any(k.start < s.end and s.start < k.end for k in kept) for s in spans)
