from datetime import UTC, datetime

import numpy as np
import pytest

from assistant.retrieval.filters import Filters
from assistant.retrieval.retriever import Retriever
from ingest.embedding.fake import HashedWordsEmbedder
from tests.assistant.retrieval_case import identifiers_of, make_case

FILLER = "\n\n".join(
    f"Clause {n}. The parties shall keep proper records of all deliveries, invoices and complaints, {word}."
    for n, word in enumerate(
        ["north", "south", "east", "west", "red", "green", "blue", "amber", "early", "late", "high", "low"] * 3
    )
)
LONG = {
    "lease.txt": "Lease between Harbour Crane Ltd and Meyer Logistics\n\n"
    + FILLER
    + "\n\nThis lease is governed by the law of Denmark.\n\nEither side may end it with three months' notice.",
    "supply.txt": "Supply agreement between Nordic Timber AB and Vandenberg Shipping\n\n"
    + FILLER
    + "\n\nThis agreement is governed by the law of Belgium.\n\nPayment is due within ten days.",
}
SHORT = {
    "note.txt": "Call the skipper on 0171 2345678 before noon.\n\nThe red van stood at the gate.",
    "mail.txt": "Please pay the deposit to DE89 3704 0044 0532 0130 00.\n\nThe file is VKT-482-B.",
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    with make_case(tmp_path_factory.mktemp("home"), {**LONG, **SHORT}).case as case:
        yield case


def searcher(case, **options):
    return Retriever(case, HashedWordsEmbedder(256, allow=True), find_identifiers=identifiers_of, **options)


def test_passages_are_stretches_of_their_exhibits_and_ranked(corpus):
    result = searcher(corpus).search("Who stood at the gate with the red van?", 5)
    assert result.passages[0].passage.text == "The red van stood at the gate."
    assert [p.rank for p in result.passages] == list(range(1, len(result.passages) + 1))
    assert [p.score for p in result.passages] == sorted((p.score for p in result.passages), reverse=True)
    for found in result.passages:
        text = corpus.catalogue.text(found.passage.exhibit_id)
        assert text[found.passage.locator.start : found.passage.locator.end] == found.passage.text
        assert set(found.ranks) <= {"dense", "lexical", "identifier", "prior"}
    assert result.coverage.exhibits == result.coverage.searched == 4
    assert result.timings_ms["total"] >= result.timings_ms["dense"] >= 0


def test_words_that_name_an_exhibit_choose_it_and_are_then_left_out(corpus):
    question = "In the lease between Harbour Crane Ltd and Meyer Logistics, which law is it governed by?"
    result = searcher(corpus).search(question, 3)
    assert result.passages[0].passage.text == "This lease is governed by the law of Denmark."
    assert "Harbour" not in result.asking
    assert "Meyer" not in result.asking
    assert "governed" in result.asking


def test_the_prior_is_soft_other_exhibits_stay_in_reach(corpus):
    question = "In the lease between Harbour Crane Ltd and Meyer Logistics, is payment due within ten days?"
    names = {found.exhibit.name for found in searcher(corpus).search(question, 60).passages}
    assert "supply.txt" in names


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who has +49 171 2345678?", "Call the skipper on 0171 2345678 before noon."),
        ("What was paid to DE89370400440532013000?", "Please pay the deposit to DE89 3704 0044 0532 0130 00."),
    ],
)
def test_an_identifier_is_found_however_it_is_written(corpus, question, expected):
    first = searcher(corpus).search(question, 3).passages[0]
    assert first.passage.text == expected
    assert first.ranks["identifier"] == 1


def test_a_code_is_found_whole(corpus):
    assert searcher(corpus).search("vkt-482-b", 3).passages[0].passage.text == "The file is VKT-482-B."


def test_without_an_embedder_words_alone_are_searched(corpus):
    result = Retriever(corpus, None).search("red van gate", 3)
    assert result.passages[0].passage.text == "The red van stood at the gate."
    assert result.passages[0].similarity is None
    assert "dense" not in result.passages[0].ranks


def test_passages_that_are_not_embedded_yet_are_found(tmp_path):
    with make_case(tmp_path, SHORT, embed=False).case as case:
        result = searcher(case).search("red van gate", 3)
        assert result.passages[0].passage.text == "The red van stood at the gate."
        assert result.coverage.pending == 2


def test_after_the_deadline_no_further_retriever_is_started(corpus):
    result = searcher(corpus).search("red van gate", 3, deadline=0.0)
    assert result.skipped == ("dense",)
    assert result.passages[0].passage.text == "The red van stood at the gate."


def test_a_dense_search_of_the_caller_is_used(corpus):
    asked = []

    def nearest(query, k, exhibit_ids=None):
        asked.append((query.shape, k, exhibit_ids))
        return ()

    searcher(corpus, nearest=nearest).search("red van gate", 3)
    assert asked == [((256,), 200, None)]


def test_filters_narrow_every_retriever(corpus):
    note = next(exhibit for exhibit in corpus.catalogue.exhibits() if exhibit.name == "note.txt")
    result = searcher(corpus).search("deposit 0171 2345678 VKT-482-B law", 50, Filters(exhibit_ids=(note.id,)))
    assert {found.exhibit.id for found in result.passages} == {note.id}
    assert result.coverage.exhibits == 1
    nothing = searcher(corpus).search("deposit", 5, Filters(until=datetime(1990, 1, 1, tzinfo=UTC)))
    assert nothing.passages == ()
    assert nothing.coverage.exhibits == 0


def test_a_filter_too_wide_for_a_query_gives_the_same_passages(corpus):
    from assistant.retrieval.retriever import RetrievalLimits

    chosen = Filters(exhibit_ids=tuple(e.id for e in corpus.catalogue.exhibits() if e.name != "supply.txt"))
    narrow = searcher(corpus).search("which law governs", 5, chosen)
    wide = searcher(corpus, limits=RetrievalLimits(most_ids=0)).search("which law governs", 5, chosen)
    assert [p.passage.id for p in narrow.passages] == [p.passage.id for p in wide.passages]


@pytest.mark.parametrize("question", ["", " ", "?!", '"', "'; DROP TABLE", "a" * 100_000, "\0", "\ud800", "NEAR( AND"])
def test_odd_questions_do_no_harm(corpus, question):
    result = searcher(corpus).search(question, 3)
    assert len(result.passages) <= 3


def test_an_empty_case_gives_nothing(tmp_path):
    with make_case(tmp_path, {}).case as case:
        result = searcher(case).search("anything", 3)
        assert result.passages == ()
        assert result.coverage.exhibits == 0


def test_new_embeddings_are_seen_without_a_restart(tmp_path):
    from assistant.retrieval.loaded_case import LoadedCase
    from casefile.catalogue import EmbeddingModel
    from casefile.recording import record_embeddings, record_model

    now = [0.0]
    with make_case(tmp_path, SHORT, embed=False).case as case:
        loaded = LoadedCase(case, 100, clock=lambda: now[0])
        assert len(loaded.table) == 0
        with case.database.transaction() as connection:
            record_model(connection, EmbeddingModel("m", "0" * 64, 2, "r", "", ""))
            record_embeddings(connection, [1, 2], np.eye(2, dtype=np.float32))
        assert len(loaded.table) == 0
        now[0] = 6.0
        assert len(loaded.table) == 2


def test_earlier_questions_weigh_a_little_and_leave_the_similarity_alone(corpus):
    alone = searcher(corpus).search("Where did it stand?", 4)
    after = searcher(corpus).search("Where did it stand?", 4, background=("Who drove the red van?",))
    assert after.passages[0].passage.text == "The red van stood at the gate."
    similarity = {found.passage.id: found.similarity for found in alone.passages}
    shared = [found for found in after.passages if found.passage.id in similarity]
    assert shared
    assert all(found.similarity == pytest.approx(similarity[found.passage.id], abs=1e-5) for found in shared)
