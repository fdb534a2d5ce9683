from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieval.best_sentence import best_sentences
from assistant.retrieval.dense import VectorTable
from assistant.retrieval.filters import Filters, allowed_exhibits
from assistant.retrieval.fusion import Evidence, Mix, fused, mixed, ranked, ranks_of, shares_of_best
from assistant.retrieval.lexical import LexicalLimits, expression_of
from assistant.retrieval.query import codes_of, content_words, folded, language_of, words_of
from assistant.retrieval.vocabulary import Vocabulary
from casefile.fulltext import VocabularyWord
from casefile.locators import LinesLocator
from casefile.records import Exhibit, Moment, Passage, PlacedMoment
from ingest.embedding.fake import HashedWordsEmbedder

# --- query


def test_words_know_their_place_their_clause_and_their_case():
    words = words_of("Consider Müller Inc. now; who PAID?")
    assert [(w.folded, w.clause, w.is_lower, w.is_stop) for w in words] == [
        ("consider", 0, False, False),
        ("muller", 0, False, False),
        ("inc", 0, False, False),
        ("now", 0, True, True),
        ("who", 1, True, True),
        ("paid", 1, False, False),
    ]


@pytest.mark.parametrize("word", ["Müller", "Mu\u0308ller", "MÜLLER", "muller"])
def test_diacritics_and_case_are_folded(word):
    assert folded(word) == "muller"
    assert content_words(word) == ("muller",)


def test_function_words_go_unless_nothing_else_is_there():
    assert content_words("Who was at the gate?") == ("gate",)
    assert content_words("Wer war es?") == ("wer", "war", "es")


def test_codes_are_kept_whole():
    assert codes_of("Is VKT-482-B of 10.04.2024 anti-theft?") == ("VKT-482-B", "10.04.2024")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Who was at the gate when the van came?", "en"),
        ("Wer stand am Tor, als der Wagen kam?", "de"),
        ("Qui était devant la porte quand la voiture est arrivée ?", "fr"),
        ("Wie stond er bij de poort toen het busje kwam?", "nl"),
        ("¿Quién estaba en la puerta cuando llegó el coche?", "es"),
        ("Jansen 2024", None),
        ("", None),
    ],
)
def test_languages_are_told_by_their_function_words(text, language):
    assert language_of(text) == language


@given(st.text(max_size=200))
def test_words_of_any_text_stand_where_they_say(text):
    for word in words_of(text):
        assert folded(text[word.start : word.end]) == word.folded


# --- lexical

VOCABULARY = Vocabulary([VocabularyWord("contract", 5_000), VocabularyWord("crane", 3), VocabularyWord("cranes", 2)])


def test_words_are_searched_whole_and_by_their_beginning_the_rarest_first():
    limits = LexicalLimits(postings=100, kept=1)
    assert expression_of("the cranes", VOCABULARY, limits) == '"cranes" OR "cran"*'


def test_frequent_words_are_dropped_unless_nothing_else_is_there():
    assert "contract" not in expression_of("crane contract", VOCABULARY, LexicalLimits(postings=100))
    assert '"contract"' in expression_of("contract", VOCABULARY, LexicalLimits(postings=100))


def test_a_word_that_came_in_since_is_searched():
    assert '"submarine"' in expression_of("submarine", VOCABULARY, LexicalLimits())
    assert expression_of("?!", VOCABULARY, LexicalLimits()) == ""


def test_the_vocabulary_knows_the_reach_of_a_prefix():
    assert VOCABULARY.frequency("crane") == 3
    assert VOCABULARY.frequency("cran") == 0
    assert VOCABULARY.prefix_frequency("cran") == 5
    assert VOCABULARY.with_prefix("cran") == ["crane", "cranes"]
    assert VOCABULARY.prefix_frequency("zz") == 0


# --- fusion


def test_evidence_is_summed_by_weight():
    scores = fused({1: Evidence(0.5, 1.0, 0.5, 0.0), 2: Evidence(0.1, 0.0, 1.0, 1.0)}, Mix(0.2, 0.4, 0.5))
    assert scores == pytest.approx({1: 0.9, 2: 1.0})
    assert ranked(scores) == (2, 1)
    assert ranks_of(scores) == {2: 1, 1: 2}


def test_a_passage_without_a_vector_is_neither_first_nor_last_for_it():
    evidence = {
        1: Evidence(0.9, 0, 0, 0),
        2: Evidence(None, 0, 0, 0),
        3: Evidence(0.1, 0, 0, 0),
        4: Evidence(0.5, 0, 0, 0),
    }
    assert fused(evidence, Mix(1, 1, 1))[2] == 0.5


def test_shares_and_mixtures():
    assert shares_of_best({1: 4.0, 2: 1.0}) == {1: 1.0, 2: 0.25}
    assert shares_of_best({}) == {}
    assert mixed({1: 1.0}, {1: 1.0, 2: 0.5}, 0.4) == pytest.approx({1: 1.4, 2: 0.2})


# --- dense


@given(st.integers(1, 40), st.integers(1, 50), st.randoms(use_true_random=False))
def test_exact_search_agrees_with_sorting_all(count, k, random):
    draw = np.random.default_rng(random.randrange(2**32))
    vectors = draw.normal(size=(count, 8))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    ids = np.sort(draw.choice(1_000, count, replace=False)).astype(np.int64)
    table = VectorTable(ids, vectors, {"a": ids[: count // 2], "b": ids[count // 2 :]})
    query = vectors[0].astype(np.float32)
    cosines = table.cosines(query, [*ids.tolist(), 5_000])
    assert set(cosines) == set(ids.tolist())
    best = [hit.passage_id for hit in table.nearest(query, k)]
    assert best == sorted(cosines, key=lambda i: (-cosines[i], i))[:k]
    assert {hit.passage_id for hit in table.nearest(query, 100, ["b", "unknown"])} == set(ids[count // 2 :].tolist())


def test_neighbours_of_the_same_exhibit_count_a_share():
    vectors = np.eye(4, dtype=np.float16)[[0, 1, 2, 3]]
    ids = np.array([3, 5, 8, 9], dtype=np.int64)
    table = VectorTable(ids, vectors, {"a": ids[:3], "b": ids[3:]})
    query = np.array([1, 0, 0, 0], dtype=np.float32)
    assert table.smoothed_cosines(query, [3, 5, 8, 9, 77], 0.2) == pytest.approx({3: 0.9, 5: 0.1, 8: 0.0, 9: 0.0})
    assert table.smoothed_cosines(query, [3, 5, 8, 9], 0.0) == table.cosines(query, [3, 5, 8, 9])
    empty = VectorTable(ids[:0], vectors[:0], {})
    assert empty.smoothed_cosines(query, [3], 0.2) == {}


def test_wording_elsewhere_is_that_of_other_exhibits():
    vectors = np.array([[1, 0, 0], [0.8, 0.6, 0], [0.6, 0, 0.8], [0, 0, 1]], dtype=np.float16)
    ids = np.arange(4, dtype=np.int64)
    table = VectorTable(ids, vectors, {"a": ids[:1], "b": ids[1:]})
    query = np.array([1, 0, 0], dtype=np.float32)
    assert table.wording_elsewhere(query, 1, ["a"]) == pytest.approx(vectors[1].astype(np.float32), abs=1e-3)
    assert table.wording_elsewhere(query, 1, []) == pytest.approx(vectors[0].astype(np.float32), abs=1e-3)
    assert np.linalg.norm(table.wording_elsewhere(query, 9, ["a"])) == pytest.approx(1.0)
    assert table.wording_elsewhere(query, 9, ["a", "b"]) is None
    assert VectorTable(ids[:0], vectors[:0], {}).wording_elsewhere(query, 9, []) is None


# --- best sentence


def test_the_best_sentence_speaks_for_its_passage():
    def passage(number, text, context=""):
        return Passage(number, "e", "t", 0, text, context, LinesLocator(1, 1, 0, len(text)))

    asked = "The deposit was paid into an account in Aarhus."
    several = passage(1, f"The lorry came late on that evening. {asked} Nobody signed for the keys that day.")
    embedder = HashedWordsEmbedder(256, allow=True)
    query = embedder.embed_queries([asked])[0]
    found = best_sentences({1: several, 2: passage(2, asked), 3: passage(3, "- 1\n- 2\n- 3")}, query, embedder)
    assert found == {1: pytest.approx(1.0, abs=1e-5)}
    with_context = passage(1, several.text, "Ledger of the harbour")
    assert best_sentences({1: with_context}, query, embedder)[1] < 0.99
    assert best_sentences({}, query, embedder) == {}


# --- filters


class FakeCatalogue:
    def exhibits(self):
        def exhibit(name, media_type, sender="", sent_at=None):
            return Exhibit(name, name, name, media_type, 1, None, "complete", "t", "", sender, sent_at)

        return (
            exhibit("mail", "message/rfc822", "Anna Meyer <am@firm.example>", datetime(2024, 5, 3, 9, tzinfo=UTC)),
            exhibit("scan", "image/png"),
            exhibit("letter", "application/pdf"),
        )

    def moments(self):
        def placed(name, meaning, utc):
            return PlacedMoment(name, "t", 1, Moment("x", meaning, utc, "day", None, False))

        return (
            placed("letter", "mentioned", datetime(2024, 5, 3, tzinfo=UTC)),
            placed("scan", "file_modified", datetime(2024, 5, 3, tzinfo=UTC)),
            placed("mail", "mentioned", datetime(1999, 1, 1, tzinfo=UTC)),
        )


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (None, None),
        (Filters(), None),
        (Filters(exhibit_ids=("scan", "unknown")), ("scan",)),
        (Filters(media_types=("image",)), ("scan",)),
        (Filters(media_types=("application/pdf", "message/*")), ("mail", "letter")),
        (Filters(senders=("meyer",)), ("mail",)),
        (Filters(senders=("anna jansen",)), ()),
        (Filters(since=datetime(2024, 5, 3, tzinfo=UTC), until=datetime(2024, 5, 4, tzinfo=UTC)), ("mail", "letter")),
        (Filters(since=datetime(2024, 5, 4)), ()),  # noqa: DTZ001 - a filter without a zone is UTC
        (Filters(until=datetime(2000, 1, 1, tzinfo=UTC)), ()),
        (Filters(media_types=("application",), senders=("meyer",)), ()),
    ],
)
def test_an_exhibit_must_meet_every_condition(filters, expected):
    assert allowed_exhibits(FakeCatalogue(), filters) == expected
