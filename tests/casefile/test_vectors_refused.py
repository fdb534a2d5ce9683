"""A vector cache that the disk refuses is told as such, and made whole the next time."""

import importlib
from pathlib import Path
from typing import Any

import pytest

from casefile.errors import StorageError
from tests.casefile.case_building import add_text, embed, new_case


def test_a_write_that_chroma_refuses_is_a_storage_error_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal: type[Exception] = importlib.import_module("chromadb.errors").InternalError
    store = importlib.import_module("llama_index.vector_stores.chroma").ChromaVectorStore

    def refuse(*_: Any, **__: Any) -> None:
        raise refusal("Error updating collection: database or disk is full")

    with new_case(tmp_path / "home") as case, case.locked():
        _, ids = add_text(case, tmp_path, "a.txt", "one\ntwo\nthree")
        embed(case, ids)
        with monkeypatch.context() as full:
            full.setattr(store, "add", refuse)
            with pytest.raises(StorageError, match="Free some disk space"):
                case.vectors.settle()
        assert case.vectors.settle()
        assert case.vectors.state().held == len(ids)
