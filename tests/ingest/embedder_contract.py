"""What every embedder promises. An adapter's test class inherits `EmbedderContract` and gives the `embedder` fixture."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.embedding.port import Embedder

HARBOUR = "The supplier delivers the containers to the harbour of Aarhus before the end of March."
LONG = "Two men carried grey boxes from the side door to a dark blue estate car. " * 12
DIFFICULT = {
    "empty": "",
    "blank": " \n\t ",
    "nul": "before\0after \0\0",
    "control": "\x01\x02\x1b[31m\x7f\u200b\u202e",
    "lone surrogate": "phone \ud83d number \udc00",
    "one endless word": "A" * 300_000,
    "very long": "bank transfer " * 50_000,
    "combining marks": "e" + "\u0301" * 50_000,
    "other scripts": "Свидетель видел автомобиль. 目撃者は車を見た。 رأى الشاهد السيارة",
    "special tokens": "[CLS] [SEP] [PAD] [MASK] <s> </s>",
}


class EmbedderContract:
    """Inherited by each adapter's tests."""

    neighbour_cosine = 0.99999
    """How equal the vectors of one text must be, alone and among others."""

    def test_identity_is_complete(self, embedder: Embedder) -> None:
        identity = embedder.identity
        assert len(identity.sha256) == 64
        assert int(identity.sha256, 16) >= 0
        assert identity.dimension > 0
        assert identity.max_tokens > 0
        assert identity.name
        assert identity.runtime

    def test_vectors_are_float32_of_the_dimension_and_of_length_one(self, embedder: Embedder) -> None:
        for vectors in (embedder.embed_passages([HARBOUR, LONG, "x"]), embedder.embed_queries([HARBOUR, LONG, "x"])):
            assert vectors.dtype == np.float32
            assert vectors.shape == (3, embedder.identity.dimension)
            assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)

    def test_no_texts_give_no_rows(self, embedder: Embedder) -> None:
        counts: list[int] = []
        assert embedder.embed_passages([], counts.append).shape == (0, embedder.identity.dimension)
        assert embedder.embed_queries([]).shape == (0, embedder.identity.dimension)
        assert sum(counts) == 0

    def test_rows_follow_the_order_of_the_texts(self, embedder: Embedder) -> None:
        texts = [f"Invoice {number} was paid. " * (1 + number % 7) for number in range(40)]
        together = embedder.embed_passages(texts)
        backwards = embedder.embed_passages(texts[::-1])[::-1]
        assert np.min(np.sum(together * backwards, axis=1)) > self.neighbour_cosine

    def test_the_neighbours_of_a_text_do_not_change_its_vector(self, embedder: Embedder) -> None:
        alone = embedder.embed_passages([HARBOUR])[0]
        for neighbours in (["x"] * 7, [LONG] * 7, ["a sentence of about the same length as the one beside it"] * 40):
            among = embedder.embed_passages([*neighbours, HARBOUR])[-1]
            assert float(alone @ among) > self.neighbour_cosine

    def test_the_same_call_gives_the_same_vectors(self, embedder: Embedder) -> None:
        assert np.array_equal(embedder.embed_passages([HARBOUR, LONG]), embedder.embed_passages([HARBOUR, LONG]))

    def test_shared_words_bring_texts_closer(self, embedder: Embedder) -> None:
        question = embedder.embed_queries(["delivers containers to the harbour of Aarhus"])[0]
        near, far = embedder.embed_passages([HARBOUR, "My grandmother bakes apple cake on Sundays."])
        assert float(question @ near) > float(question @ far) + 0.1

    @pytest.mark.parametrize("name", DIFFICULT)
    def test_difficult_texts_get_finite_unit_vectors(self, embedder: Embedder, name: str) -> None:
        vectors = embedder.embed_passages([DIFFICULT[name], HARBOUR])
        assert np.all(np.isfinite(vectors))
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
        assert embedder.count_tokens(DIFFICULT[name]) >= 0

    def test_progress_adds_up(self, embedder: Embedder) -> None:
        counts: list[int] = []
        embedder.embed_passages([f"row {number}" for number in range(300)], counts.append)
        assert sum(counts) == 300
        assert all(count > 0 for count in counts)

    def test_tokens_of_longer_texts_are_more_and_not_cut(self, embedder: Embedder) -> None:
        few, many = embedder.count_tokens(HARBOUR), embedder.count_tokens(LONG * 20)
        assert 0 < few < embedder.identity.max_tokens < many

    # several classes inherit this test on purpose, and the fixture gives the same embedder every time
    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(text=st.text(st.characters(), max_size=400))
    def test_any_string_is_embedded(self, embedder: Embedder, text: str) -> None:
        vectors = embedder.embed_passages([text])
        assert abs(float(np.linalg.norm(vectors[0])) - 1.0) < 1e-4
        assert embedder.count_tokens(text) >= 0
