"""Rerankers, a cross-encoder by local path among them, and what they do to a search."""

from pathlib import Path

import numpy as np
import pytest

from assistant.retrieval.reranking import CrossEncoderReranker, Reranker
from assistant.retrieval.retriever import RetrievalLimits, Retriever
from casefile.errors import ModelMissingError
from ingest.embedding.fake import HashedWordsEmbedder
from tests.assistant.reranker_contract import PASSAGES, RerankerContract, SharedWordsReranker
from tests.assistant.retrieval_case import make_case

WORDS = "where are the containers delivered to harbour of my grandmother bakes apple cake on in winter stop".split()  # noqa: SIM905


def save_cross_encoder(folder: Path, *, labels: int = 1) -> Path:
    """A BERT of one small layer with random weights and a vocabulary of a few words."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir()
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]), encoding="utf-8")
    tokenizer = BertTokenizerFast(str(vocabulary), model_max_length=64)
    config = BertConfig(
        vocab_size=len(WORDS) + 5,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        num_labels=labels,
        initializer_range=1.0,
    )
    torch.manual_seed(1)
    BertForSequenceClassification(config).save_pretrained(folder, safe_serialization=True)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_cross_encoder(tmp_path_factory.mktemp("models") / "cross-encoder")


class TestSharedWords(RerankerContract):
    @pytest.fixture
    def reranker(self) -> Reranker:
        return SharedWordsReranker()


class TestCrossEncoder(RerankerContract):
    @pytest.fixture
    def reranker(self, model_folder: Path) -> Reranker:
        return CrossEncoderReranker(model_folder)

    def test_it_reads_both_texts(self, reranker: Reranker) -> None:
        scores = reranker.scores("where are the containers", PASSAGES)
        assert len(set(scores.tolist())) > 1
        assert not np.allclose(scores, reranker.scores("apple cake in winter", PASSAGES))


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="reranker_path"):
        CrossEncoderReranker(tmp_path / "nowhere")


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    folder = save_cross_encoder(tmp_path / "damaged")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelMissingError, match="cannot be loaded"):
        CrossEncoderReranker(folder).scores("where", ["harbour"])


def test_a_model_with_several_scores_is_refused(tmp_path: Path) -> None:
    folder = save_cross_encoder(tmp_path / "classifier", labels=3)
    with pytest.raises(ModelMissingError, match="no reranker"):
        CrossEncoderReranker(folder).scores("where", ["harbour", "winter"])


class LongestFirst:
    """A reranker whose order no other retriever would give."""

    def scores(self, question, passages):
        return np.array([len(passage) for passage in passages], dtype=np.float32)


def test_the_first_passages_stand_in_the_rerankers_order(tmp_path: Path) -> None:
    texts = {f"{n}.txt": f"The van stood at the gate{' again' * n}." for n in range(6)}
    with make_case(tmp_path, texts).case as case:
        embedder = HashedWordsEmbedder(256, allow=True)
        plain = Retriever(case, embedder).search("Where stood the van?", 6).passages
        limits = RetrievalLimits(reranked=4)
        found = Retriever(case, embedder, reranker=LongestFirst(), limits=limits).search("Where stood the van?", 6)
    lengths = [len(p.passage.text) for p in found.passages]
    assert lengths[:4] == sorted(lengths[:4], reverse=True)
    assert {p.passage.id for p in found.passages[:4]} == {p.passage.id for p in plain[:4]}
    assert [p.passage.id for p in found.passages[4:]] == [p.passage.id for p in plain[4:]]
    assert [p.score for p in found.passages] == [p.score for p in plain]
    assert [p.ranks.get("reranker") for p in found.passages] == [1, 2, 3, 4, None, None]
    assert "rerank" in found.timings_ms


def test_no_reranking_after_the_deadline(tmp_path: Path) -> None:
    with make_case(tmp_path, {"a.txt": "The van stood at the gate."}).case as case:
        retriever = Retriever(case, HashedWordsEmbedder(256, allow=True), reranker=LongestFirst())
        assert "rerank" in retriever.search("Where stood the van?", 3, deadline=0.0).skipped
