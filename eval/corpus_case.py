"""A case made of plain texts that are at hand, without files, readers or custody of single files: for measurements."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from casefile.case import Case, create_case
from casefile.catalogue import EmbeddingModel
from casefile.home import Home
from casefile.locators import LinesLocator
from casefile.recording import FoundFile, NewPassage, ReadExhibit, record_embeddings, record_found, record_model
from casefile.recording import record_read as record_reading
from casefile.records import CaseDescription, Identifier
from casefile.serial import now

READER = "eval.corpus_case"


class PassageEmbedder(Protocol):
    """Turns passages into unit vectors."""

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors `float32[n, d]`, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """A passage to be: `text[start:end]` of its document, and what is embedded and searched beside it."""

    start: int
    end: int
    context: str = ""


@dataclass(frozen=True, slots=True)
class CorpusDocument:
    """A text with its key in the data set, which becomes the exhibit's name."""

    key: str
    text: str
    title: str = ""


Cutting = Callable[[CorpusDocument], Sequence[Stretch]]
Identifying = Callable[[str], tuple[Identifier, ...]]


@dataclass(frozen=True, slots=True)
class CorpusCase:
    """An open case, and the key of the document behind each exhibit id (the first of several with one text)."""

    case: Case
    keys: dict[str, str]


def build_case(
    folder: Path,
    documents: Iterable[CorpusDocument],
    cut: Cutting,
    embedder: PassageEmbedder | None,
    identify: Identifying | None = None,
    languages: tuple[str, ...] = ("en",),
    model: EmbeddingModel | None = None,
) -> CorpusCase:
    """Make a case of documents in a HOME folder of its own; texts that are equal become one exhibit.

    Without an embedder the case can be searched by words only. `model` is what is recorded as the embedder's
    identity; an assistant opens the case only with that one.
    """
    home = Home(folder)
    description = CaseDescription("corpus", "Measurement", "evaluation", "", "DE", "Europe/Berlin", languages, now())
    case = create_case(home, description, "eval")
    keys: dict[str, str] = {}
    ids: list[int] = []
    embedded: list[str] = []
    with case.database.transaction() as connection:
        for document in documents:
            digest = hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest()
            exhibit = f"sha256:{digest}"
            found = FoundFile(exhibit, len(document.text), document.key, document.key, None, None, "text/plain")
            if record_found(connection, found).bytes_known:
                continue
            keys[exhibit] = document.key
            passages = tuple(
                NewPassage(s.start, s.end, "paragraph", s.context, LinesLocator(1, 1, s.start, s.end))
                for s in cut(document)
            )
            reading = ReadExhibit(
                exhibit,
                "text/plain",
                "complete",
                (),
                document.text,
                digest,
                READER,
                "1",
                title=document.title,
                passages=passages,
                identifiers=identify(document.text) if identify else (),
            )
            ids.extend(record_reading(connection, reading))
            embedded.extend(
                f"{p.context}\n{document.text[p.start : p.end]}" if p.context else document.text[p.start : p.end]
                for p in passages
            )
    if embedder is not None and embedded:
        vectors = embedder.embed_passages(embedded)
        with case.database.transaction() as connection:
            record_model(connection, model or EmbeddingModel(READER, "0" * 64, vectors.shape[1], "any", "", ""))
            record_embeddings(connection, ids, vectors)
    return CorpusCase(case, keys)
