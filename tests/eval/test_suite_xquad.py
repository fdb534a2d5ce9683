"""The loader of `xquad` over two made-up paragraphs in several languages, and counts over the real ones."""

from pathlib import Path

import pytest

from casefile.errors import UsageError
from eval.records import Span, TextCorpus
from eval.suites.xquad import Xquad
from tests.eval.suite_data import check_batch, named, options, public_options, write_rows

LANGUAGES = ("en", "de", "es", "ro", "ru", "tr", "ar")


def write(folder: Path, languages: tuple[str, ...] = LANGUAGES, shift: int = 0) -> tuple[str, str]:
    """Two paragraphs, one of each half, each with a question; the answer stands after the language's name."""
    paragraphs = named("dev", 1, "p{:03}")[0], named("test", 1, "p{:03}")[0]
    for language in languages:
        texts = {key: f"{language}{language} {key} grün." for key in paragraphs}
        write_rows(
            folder / "xquad" / f"{language}.paragraphs.jsonl",
            [{"paragraph_id": key, "lang": language, "title": "T_1", "text": text} for key, text in texts.items()],
        )
        write_rows(
            folder / "xquad" / f"{language}.questions.jsonl",
            [
                {
                    "id": f"q {key}",
                    "lang": language,
                    "question": f"{language}?",
                    "answer": "grün",
                    "start": texts[key].index("grün") + shift,
                    "paragraph_id": key,
                }
                for key in paragraphs
            ],
        )
    return paragraphs


def test_a_batch_for_each_pair_of_languages(tmp_path: Path) -> None:
    paragraph, _ = write(tmp_path)
    batches = Xquad().batches(options(tmp_path, tmp_path / "s"))
    assert [(batch.name, batch.task) for batch in batches] == [
        ("en", "ask"),
        ("de", "ask"),
        ("es", "ask"),
        ("de questions, en text", "search"),
        ("es questions, en text", "search"),
        ("ro", "search"),
        ("ru", "search"),
        ("tr", "search"),
        ("ar", "search"),
    ]
    for batch in batches:
        check_batch(batch, "dev")
        assert [sample.id for sample in batch.samples] == [f"q {paragraph}"]
    across = batches[3]
    assert isinstance(across.corpus, TextCorpus)
    assert across.corpus.languages == ("en", "de")
    assert across.corpus.documents[0].text.startswith("enen")
    assert across.samples[0].question == "de?"
    assert across.samples[0].gold.spans == (Span(paragraph, 10, 14),)
    assert (across.samples[0].tags["language"], across.samples[0].tags["text_language"]) == ("de", "en")
    names = [batch.corpus.name for batch in batches if batch.corpus]
    assert len(set(names)) == len(names)


def test_without_the_further_languages(tmp_path: Path) -> None:
    write(tmp_path, ("en", "de", "es"))
    short = options(tmp_path, tmp_path / "s", "test", full=False)
    assert Xquad().unavailable(short) == ""
    assert "ro.paragraphs.jsonl" in Xquad().unavailable(options(tmp_path, tmp_path / "s"))
    batches = Xquad().batches(short)
    assert len(batches) == 5
    for batch in batches:
        check_batch(batch, "test")


def test_an_answer_at_another_place_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, shift=1)
    with pytest.raises(UsageError, match=r"en\.questions\.jsonl, id q p\d+: the answer does not stand at its place"):
        Xquad().batches(options(tmp_path, tmp_path / "s"))


def test_a_question_without_its_paragraph_is_an_error(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "xquad" / "en.paragraphs.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="en has no such question or paragraph"):
        Xquad().batches(options(tmp_path, tmp_path / "s"))


def test_the_public_rows(tmp_path: Path) -> None:
    batches = Xquad().batches(public_options("xquad", tmp_path))
    assert len(batches) == 9
    for batch in batches:
        check_batch(batch, "dev")
        assert len(batch.samples) == 575
        assert isinstance(batch.corpus, TextCorpus)
        assert len(batch.corpus.documents) == 240
