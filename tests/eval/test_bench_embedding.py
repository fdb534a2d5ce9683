"""What the embedding bench computes, on documents small enough to check by hand."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.bench import embedding
from eval.bench.contracts import ContractSample, Question, Span, cut, is_development, load_contracts
from eval.bench.recall import compare_recall, recall_of_characters

DEVELOPMENT = next(f"{number}.txt" for number in range(99) if is_development(f"{number}.txt"))


@given(st.text(alphabet="ab. \n", max_size=3000))
def test_passages_cover_everything_but_blank_stretches(text: str) -> None:
    spans = cut("a", text)
    rest = list(text)
    for span in spans:
        assert span.end - span.start <= 500
        assert text[span.start : span.end].strip()
        rest[span.start : span.end] = [" "] * (span.end - span.start)
    assert not "".join(rest).strip()
    assert all(one.end <= two.start for one, two in itertools.pairwise(spans))


def test_recall_counts_gold_characters() -> None:
    gold = (Span("a", 10, 20), Span("a", 100, 130))
    assert recall_of_characters(gold, [Span("a", 0, 15)]) == 5 / 40
    assert recall_of_characters(gold, [Span("b", 0, 200)]) == 0
    assert recall_of_characters(gold, [Span("a", 0, 50), Span("a", 50, 200)]) == 1


def _sample() -> ContractSample:
    passages = tuple(Span(DEVELOPMENT, 10 * number, 10 * number + 10) for number in range(100))
    questions = tuple(Question(str(number), "", "", (passages[number],)) for number in range(20))
    return ContractSample({DEVELOPMENT: "x" * 1000}, passages, questions)


def test_difference_to_itself_is_nothing_and_to_noise_is_a_loss() -> None:
    sample = _sample()
    vectors = np.eye(100, dtype=np.float32)
    good = (vectors, np.concatenate([vectors[:20], vectors[:20]]))
    bad = (vectors, np.concatenate([vectors[80:], vectors[80:]]))
    assert [(one.base, one.difference, one.low, one.high) for one in compare_recall(sample, good, good)] == [
        (1, 0, 0, 0)
    ] * 4
    first = compare_recall(sample, good, bad)[0]
    assert first.difference < -0.5
    assert first.low <= first.difference <= first.high < -0.3


def test_questions_of_the_test_half_are_held_back(tmp_path: Path) -> None:
    hidden = next(f"{number}.txt" for number in range(99) if not is_development(f"{number}.txt"))
    (tmp_path / "txt").mkdir()
    rows = []
    for name in (DEVELOPMENT, hidden):
        (tmp_path / "txt" / name).write_bytes("Ærlig tekst.\r\n".encode())
        gold = [{"file": name, "start": 0, "end": 5, "text": "Ærlig"}]
        rows.append({"id": name, "question": "q", "ask": "a", "gold": gold})
    (tmp_path / "spans.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    sample = load_contracts(tmp_path)
    assert [question.id for question in sample.development_questions()] == [DEVELOPMENT]
    assert len(sample.questions) == 2
    assert sample.texts() == ["Ærlig tekst.\r\n"] * 2


def test_no_data_is_said_and_is_not_a_measurement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert embedding.main(["--data", str(tmp_path)]) == 2
    assert "--data" in capsys.readouterr().err
