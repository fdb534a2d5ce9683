"""The vectors of one case in Chroma: a cache over the embeddings in the catalogue, used by the holder of the lock.

Nothing else in Caseclerk imports chromadb or llama-index's store. The directory is checked when it is opened and made
again from the stored embeddings when it does not agree; nothing is ever embedded here, and no embedding function is
given to Chroma, whose default one downloads a model.
"""

import json
import shutil
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casefile.catalogue import Catalogue
from casefile.clean_heap import keep_heap_clean
from casefile.errors import StorageError
from casefile.fulltext import PassageHit

if TYPE_CHECKING:
    from llama_index.vector_stores.chroma import ChromaVectorStore

COLLECTION = "passages"
HNSW = {"space": "cosine", "ef_search": 400, "ef_construction": 400, "max_neighbors": 48}
"""How HNSW is built and searched. Recall@10 at 50,000 vectors differs from build to build (`eval.bench --only search`):
.960 and .965 with Chroma's own 100 and 16 as the last two, .990 and .999 with 200 and 32, 1.000 with these. A look-up
takes 5 to 7 ms with any of them; building takes longer.
"""
BATCH = 4_000
"""Vectors handed to Chroma at once (its own cap is 41,666)."""
MADE_WITH = "made-with.json"
"""Beside Chroma's own files: the model whose vectors it holds. Equal counts do not mean equal vectors."""


@dataclass(frozen=True, slots=True)
class VectorState:
    """How many vectors Chroma holds beside how many embeddings the catalogue holds."""

    held: int
    expected: int

    @property
    def agrees(self) -> bool:
        """Whether the cache is whole."""
        return self.held == self.expected


class Vectors:
    """Nearest passages through Chroma's HNSW index, by cosine. Only for the holder of the writer lock."""

    def __init__(self, folder: Path, catalogue: Catalogue) -> None:
        self._folder = folder
        self._catalogue = catalogue
        self._store: ChromaVectorStore | None = None
        self._client: Any = None
        self._guard = threading.RLock()
        """Searching threads must not meet one that makes the directory again."""

    def state(self) -> VectorState:
        """Compare both sides; a directory that cannot be opened, or is of another model, holds nothing."""
        expected = self._catalogue.embedding_count()
        try:
            held = int(self._collection().count())
        except StorageError:
            held = 0
        if held and self._made_with() != self._model():
            held = 0
        if held and held == expected:  # as many, but the same? An exhibit that was read again has other passages
            held = len(self._held_ids() & self._catalogue.embedded_ids())
        return VectorState(held, expected)

    def settle(self, progress: Callable[[int], None] | None = None) -> bool:
        """Open the cache and make it whole. Returns whether it did not agree with the catalogue."""
        with self._guard:
            state = self.state()
            if state.agrees:
                return False
            if not state.held or not self._mend(progress):
                self.rebuild(progress)
            return True

    def rebuild(self, progress: Callable[[int], None] | None = None) -> None:
        """Throw the directory away and fill it from the catalogue's embeddings."""
        with self._guard:
            self.discard()
            ids, vectors = self._catalogue.embeddings()
            self.add(ids.tolist(), vectors.astype(np.float32), progress)

    def add(
        self, ids: Sequence[int], vectors: NDArray[np.float32], progress: Callable[[int], None] | None = None
    ) -> None:
        """Enter passages with their unit vectors `float32[n, d]`; known ids are overwritten.

        Raises:
            StorageError: the disk is full or refuses; the cache is made whole when it is next settled.
        """
        from chromadb.errors import ChromaError

        try:
            with self._guard:
                self._add(ids, vectors, progress)
        except (ChromaError, OSError) as error:
            raise StorageError(
                f"The vector cache {self._folder} could not be written: {error}. Free some disk space and run the "
                "command again; texts and embeddings are kept, and the cache is made from them."
            ) from error

    def _add(self, ids: Sequence[int], vectors: NDArray[np.float32], progress: Callable[[int], None] | None) -> None:
        from llama_index.core.schema import BaseNode, TextNode

        store = self._opened()
        if ids and not self._collection().count():
            (self._folder / MADE_WITH).write_text(self._model(), encoding="ascii")
        for first in range(0, len(ids), BATCH):
            chosen = list(ids[first : first + BATCH])
            found = self._catalogue.passages(chosen)
            nodes: list[BaseNode] = [
                TextNode(
                    id_=str(passage_id),
                    text=cleaned(found[passage_id].text),
                    embedding=vectors[first + row].tolist(),
                    metadata={"exhibit": found[passage_id].exhibit_id},
                )
                for row, passage_id in enumerate(chosen)
            ]
            self._collection().delete(ids=[node.node_id for node in nodes])
            store.add(nodes)
            if progress is not None:
                progress(len(nodes))

    def nearest(
        self, query: NDArray[np.float32], k: int, exhibit_ids: Sequence[str] | None = None
    ) -> tuple[PassageHit, ...]:
        """The passages whose vectors have the highest cosine (-1 to 1) to `query` `float32[d]`."""
        with self._guard:
            held = int(self._collection().count())
            wanted = k
            while True:
                found = self._nearest(query, min(wanted, held), exhibit_ids)
                current = self._catalogue.searchable([hit.passage_id for hit in found])
                kept = [hit for hit in found if hit.passage_id in current]
                # What was sealed or read again since the cache was made whole is in it still, and is passed over.
                if len(kept) >= k or len(found) < wanted or wanted >= held:
                    return tuple(kept[:k])
                wanted *= 4

    def nearest_if_free(
        self, query: NDArray[np.float32], k: int, exhibit_ids: Sequence[str] | None, seconds: float
    ) -> tuple[PassageHit, ...] | None:
        """The same, or None where the cache is being filled or made again and will not be free in so many seconds."""
        if not self._guard.acquire(timeout=seconds):
            return None
        try:
            return self.nearest(query, k, exhibit_ids)
        finally:
            self._guard.release()

    def _nearest(self, query: NDArray[np.float32], k: int, exhibit_ids: Sequence[str] | None) -> tuple[PassageHit, ...]:
        if not k:
            return ()
        where: dict[str, Any] | None = None
        if exhibit_ids is not None:
            where = {"exhibit": {"$in": list(exhibit_ids)}}
        found = self._collection().query(
            query_embeddings=[query.tolist()], n_results=k, where=where, include=["distances"]
        )
        ids, distances = found["ids"][0], found["distances"][0]
        return tuple(PassageHit(int(i), 1.0 - float(d)) for i, d in zip(ids, distances, strict=True))

    def discard(self) -> None:
        """Close and delete the directory."""
        with self._guard:
            self.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """Let go of the directory, so that it can be deleted or opened by another process."""
        with self._guard:
            if self._client is None:
                return
            self._client.close()
            self._client, self._store = None, None
            _stop_system(self._folder)

    def _mend(self, progress: Callable[[int], None] | None) -> bool:
        """Take out what is searched no more and add what is missing; False when nothing of it can be kept."""
        held = self._held_ids()
        wanted = self._catalogue.embedded_ids()
        if not held & wanted:
            return False
        stale = [str(passage_id) for passage_id in sorted(held - wanted)]
        for first in range(0, len(stale), BATCH):
            self._collection().delete(ids=stale[first : first + BATCH])
        if missing := wanted - held:
            ids, vectors = self._catalogue.embeddings()
            rows = [row for row, passage_id in enumerate(ids.tolist()) if passage_id in missing]
            self.add([int(ids[row]) for row in rows], vectors[rows].astype(np.float32), progress)
        return self._held_ids() == wanted

    def _held_ids(self) -> frozenset[int]:
        return frozenset(int(i) for i in self._collection().get(include=[])["ids"])

    def _model(self) -> str:
        """What decides the vectors of the case, as text."""
        model = self._catalogue.embedding_model()
        return json.dumps(None if model is None else [model.sha256, model.dimension, model.passage_prefix])

    def _made_with(self) -> str:
        try:
            return (self._folder / MADE_WITH).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            return ""

    def _collection(self) -> Any:
        return self._opened().client

    def _opened(self) -> "ChromaVectorStore":
        if self._store is None:
            self._store = self._open()
        return self._store

    def _open(self) -> "ChromaVectorStore":
        import chromadb
        from chromadb.config import Settings
        from llama_index.vector_stores.chroma import ChromaVectorStore

        keep_heap_clean()
        self._folder.mkdir(mode=0o700, exist_ok=True)
        try:
            self._client = chromadb.PersistentClient(
                path=str(self._folder), settings=Settings(anonymized_telemetry=False, allow_reset=False)
            )
            collection = self._client.get_or_create_collection(
                COLLECTION, embedding_function=None, configuration={"hnsw": HNSW}
            )
            collection.count()
        except Exception as error:  # a damaged cache raises many kinds; it is thrown away and made again
            self._client = None
            _stop_system(self._folder)
            raise StorageError(f"The vector cache {self._folder} cannot be opened: {error}.") from error
        return ChromaVectorStore(chroma_collection=collection)


def _stop_system(folder: Path) -> None:
    """Chroma keeps an opened directory for the life of the process; a deleted or damaged one must not be kept.

    Only this one is ended: another case of the process may be open. Chroma 1.5 has no public way for that.
    """
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient._identifier_to_refcount.pop(str(folder), None)  # noqa: SLF001
    system = SharedSystemClient._identifier_to_system.pop(str(folder), None)  # noqa: SLF001
    if system is not None:
        with suppress(AttributeError):  # Chroma 1.5 stumbles over a system that could not be started
            system.stop()


def cleaned(text: str) -> str:
    """A copy of equal length that Chroma can hold: no NUL, no lone surrogate."""
    return "".join("\N{REPLACEMENT CHARACTER}" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)


def exact_nearest(
    ids: NDArray[np.int64],
    vectors: NDArray[np.floating[Any]],
    query: NDArray[np.float32],
    k: int,
    allowed: NDArray[np.int64] | None = None,
) -> tuple[PassageHit, ...]:
    """The same by brute force over unit vectors `[n, d]`: for a process without the lock, and to measure Chroma."""
    if allowed is not None:
        rows = np.isin(ids, allowed)
        ids, vectors = ids[rows], vectors[rows]
    if not len(ids):
        return ()
    scores = vectors.astype(np.float32, copy=False) @ query
    k = min(k, len(ids))
    best = np.argpartition(-scores, k - 1)[:k]
    order = best[np.lexsort((ids[best], -scores[best]))]
    return tuple(PassageHit(int(ids[row]), float(scores[row])) for row in order)
