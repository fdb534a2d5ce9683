"""Which issues make an exhibit partial, failed or skipped."""

from typing import get_args

import pytest

from casefile.records import Issue, IssueCategory, Status
from ingest.ledger import status_of


def _issues(*categories: IssueCategory) -> list[Issue]:
    return [Issue("read", category, "why") for category in categories]


@pytest.mark.parametrize(
    ("categories", "has_text", "status"),
    [
        ((), True, "complete"),
        (("hidden_text",), True, "complete"),
        (("hidden_text", "dropped_text"), True, "partial"),
        (("needs_ocr",), True, "partial"),
        (("needs_ocr",), False, "partial"),
        (("no_text",), False, "partial"),
        (("low_confidence",), True, "partial"),
        (("corrupt",), True, "partial"),
        (("corrupt",), False, "failed"),
        (("empty",), False, "failed"),
        (("encrypted",), False, "failed"),
        (("encrypted",), True, "failed"),
        (("timeout",), False, "failed"),
        (("killed",), False, "failed"),
        (("permission",), False, "failed"),
        (("too_large",), False, "failed"),
        (("unsupported",), False, "skipped"),
        (("duplicate",), False, "skipped"),
        (("corrupt", "unsupported"), False, "failed"),
    ],
)
def test_states(categories: tuple[IssueCategory, ...], has_text: bool, status: Status) -> None:
    assert status_of(_issues(*categories), has_text=has_text) == status


@pytest.mark.parametrize("category", get_args(IssueCategory))
def test_no_issue_that_loses_something_leaves_an_exhibit_complete(category: IssueCategory) -> None:
    for has_text in (True, False):
        complete = status_of(_issues(category), has_text=has_text) == "complete"
        assert complete == (category == "hidden_text" and has_text)
