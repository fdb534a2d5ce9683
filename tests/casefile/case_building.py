"""Small cases for tests, made without readers: text in, passages cut at line ends."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from casefile.case import Case, create_case
from casefile.catalogue import EmbeddingModel
from casefile.custody import READ
from casefile.home import Home
from casefile.locators import LinesLocator
from casefile.recording import (
    FoundFile,
    NewPassage,
    ReadExhibit,
    record_embeddings,
    record_found,
    record_model,
    record_read,
)
from casefile.records import CaseDescription, Identifier
from casefile.serial import now

DIMENSION = 8


def describe(case_id: str = "demo") -> CaseDescription:
    return CaseDescription(case_id, "A title", "a purpose", "12/34", "DE", "Europe/Berlin", ("en",), now())


def new_case(root: Path, case_id: str = "demo") -> Case:
    return create_case(Home(root), describe(case_id), "tester")


def add_text(
    case: Case, folder: Path, name: str, text: str, identifiers: tuple[Identifier, ...] = ()
) -> tuple[str, tuple[int, ...]]:
    """Take a text file in, one passage a line; returns the exhibit's id and its passages' ids."""
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    with path.open("rb") as stream:
        stored = case.originals.take(stream, 1 << 30)
    case.originals.settle()
    passages = []
    start = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if line:
            locator = LinesLocator(number, number, start, start + len(line))
            passages.append(NewPassage(start, start + len(line), "lines", name, locator))
        start += len(line) + 1
    with case.change(
        "collection", "exhibit taken in", {"exhibit": stored.exhibit_id, "path": f"in/{name}"}
    ) as connection:
        record_found(connection, FoundFile(stored.exhibit_id, stored.size, name, f"in/{name}", None, None))
    with case.database.transaction() as connection:
        ids = record_read(
            connection,
            ReadExhibit(
                stored.exhibit_id,
                "text/plain",
                "complete",
                (),
                text,
                hashlib.sha256(text.encode()).hexdigest(),
                "plain",
                "1",
                passages=tuple(passages),
                identifiers=identifiers,
            ),
        )
        details = {"exhibit": stored.exhibit_id, "text": hashlib.sha256(text.encode()).hexdigest()}
        case.custody.append_within(connection, "tester", "collection", READ, details)
    return stored.exhibit_id, ids


def embed(case: Case, ids: tuple[int, ...], seed: int = 1) -> NDArray[np.float32]:
    """Give passages random unit vectors and return them."""
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(len(ids), DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    with case.database.transaction() as connection:
        record_model(connection, EmbeddingModel("test", "0" * 64, DIMENSION, "none", "", ""))
        record_embeddings(connection, ids, vectors)
    return vectors
