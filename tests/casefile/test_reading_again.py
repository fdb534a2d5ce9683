"""An exhibit that is read again: the new text is searched, the old one stays for old citations, nothing is mixed."""

import hashlib
from pathlib import Path

import numpy as np

from casefile.case import Case
from casefile.catalogue import EmbeddingModel
from casefile.custody import READ
from casefile.fulltext import quoted
from casefile.locators import LinesLocator
from casefile.recording import NewPassage, ReadExhibit, forget_embeddings, record_embeddings, record_model, record_read
from casefile.verify import verify_case
from tests.casefile.case_building import DIMENSION, add_text, embed, new_case


def _read_again(case: Case, exhibit_id: str, text: str | None) -> tuple[int, ...]:
    passages = ()
    if text is not None:
        passages = (NewPassage(0, len(text), "lines", "a.txt", LinesLocator(1, 1, 0, len(text))),)
    sha256 = None if text is None else hashlib.sha256(text.encode()).hexdigest()
    status = "failed" if text is None else "complete"
    read = ReadExhibit(exhibit_id, "text/plain", status, (), text, sha256, "ocr", "1", passages=passages)
    with case.database.transaction() as connection:
        case.custody.append_within(connection, "tester", "collection", READ, {"exhibit": exhibit_id, "text": sha256})
        return record_read(connection, read)


def test_only_the_new_text_is_searched_embedded_and_counted(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        exhibit_id, old = add_text(case, tmp_path, "a.txt", "first reading")
        embed(case, old)
        new = _read_again(case, exhibit_id, "second reading")
        assert case.fulltext.passages(quoted("first"), 5) == ()
        assert [hit.passage_id for hit in case.fulltext.passages(quoted("second"), 5)] == list(new)
        assert [hit.exhibit_id for hit in case.fulltext.exhibits(quoted("second"), 5)] == [exhibit_id]
        assert case.fulltext.exhibits(quoted("first"), 5) == ()
        assert (case.catalogue.embedding_count(), case.catalogue.pending_count()) == (0, 1)
        assert case.catalogue.coverage().pending == 1
        embed(case, new, seed=2)
        assert (case.catalogue.embedding_count(), case.catalogue.pending_count()) == (1, 0)
        assert case.catalogue.passages(old)[old[0]].text == "first reading"
        assert verify_case(case).sound


def test_vectors_of_the_old_text_do_not_pass_for_those_of_the_new(tmp_path: Path) -> None:
    """As many vectors as embeddings, but others."""
    with new_case(tmp_path / "home") as case:
        exhibit_id, old = add_text(case, tmp_path, "a.txt", "first reading")
        embed(case, old)
        with case.locked():
            case.vectors.settle()
        new = _read_again(case, exhibit_id, "second reading")
        vectors = embed(case, new, seed=2)
        with case.locked():
            assert not case.vectors.state().agrees
            case.vectors.settle()
            assert case.vectors.state().agrees
            assert [hit.passage_id for hit in case.vectors.nearest(vectors[0], 5)] == list(new)
        assert verify_case(case).repaired == ()


def test_an_old_text_that_comes_back_waits_only_when_it_has_no_embedding(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        exhibit_id, old = add_text(case, tmp_path, "a.txt", "first reading")
        embed(case, old)
        _read_again(case, exhibit_id, "second reading")
        _read_again(case, exhibit_id, "first reading")
        assert (case.catalogue.embedding_count(), case.catalogue.pending_count()) == (1, 0)
        new = _read_again(case, exhibit_id, "third reading")
        _read_again(case, exhibit_id, None)
        assert (case.catalogue.embedding_count(), case.catalogue.pending_count()) == (0, 0)
        _read_again(case, exhibit_id, "third reading")
        assert [passage.id for passage in case.catalogue.pending_passages(5)] == list(new)


def test_embeddings_of_another_model_leave_no_old_vectors(tmp_path: Path) -> None:
    """A kill after the catalogue has forgotten, and before the cache is thrown away."""
    with new_case(tmp_path / "home") as case:
        _, ids = add_text(case, tmp_path, "a.txt", "one\ntwo")
        embed(case, ids)
        with case.locked():
            case.vectors.settle()
        with case.database.transaction() as connection:
            forget_embeddings(connection)
        assert case.catalogue.pending_count() == 2
        vectors = np.eye(2, DIMENSION, dtype=np.float32)
        with case.database.transaction() as connection:
            record_model(connection, EmbeddingModel("other", "1" * 64, DIMENSION, "none", "", ""))
            record_embeddings(connection, ids, vectors)
        with case.locked():
            assert case.vectors.settle()
            (best, *_) = case.vectors.nearest(vectors[1], 1)
            assert (best.passage_id, round(best.score, 3)) == (ids[1], 1.0)
