"""The contract questions in natural words: complete, distinct, and none a copy of the original."""

import json
from importlib import resources

from tests.capabilities import needs_public_data

ROWS = 194
"""Questions of the published set, each of which is asked again in natural words."""


def _natural() -> list[dict[str, str]]:
    text = resources.files("eval").joinpath("suites", "contracts_natural.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def _folded(question: str) -> str:
    return " ".join(question.casefold().split()).rstrip("?. ")


def test_every_row_has_its_own_id_and_its_own_words() -> None:
    rows = _natural()
    assert len(rows) == ROWS
    assert all(set(row) == {"id", "question"} for row in rows)
    assert len({row["id"] for row in rows}) == ROWS
    assert len({_folded(row["question"]) for row in rows}) == ROWS


def test_no_question_is_put_the_way_of_the_original() -> None:
    for row in _natural():
        assert row["question"] == row["question"].strip(), row
        assert not row["question"].casefold().startswith("consider"), row
        assert "this contract" not in row["question"].casefold(), row


def test_the_rows_are_those_of_the_published_set() -> None:
    published = needs_public_data("contracts") / "spans.jsonl"
    originals = [json.loads(line) for line in published.read_text(encoding="utf-8").splitlines()]
    natural = _natural()
    assert sorted(row["id"] for row in natural) == sorted(row["id"] for row in originals)
    taken = {_folded(row[field]) for row in originals for field in ("ask", "question", "scope")}
    assert not [row["id"] for row in natural if _folded(row["question"]) in taken]
