"""What became of each file: which issues make an exhibit partial, failed or skipped, and the sums."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from casefile.records import Issue, IssueCategory, Occurrence, Status

FAILING: frozenset[IssueCategory] = frozenset(
    {"encrypted", "corrupt", "empty", "timeout", "killed", "permission", "changed"}
)
SKIPPING: frozenset[IssueCategory] = frozenset({"unsupported", "duplicate"})
LOSSLESS: frozenset[IssueCategory] = frozenset({"hidden_text"})
"""Issues that warn of something which is in the text all the same."""


@dataclass(frozen=True, slots=True)
class LedgerTotals:
    """Lines of the ledger by status, and passages."""

    complete: int
    partial: int
    failed: int
    skipped: int
    passages: int


def status_of(issues: Sequence[Issue], *, has_text: bool) -> Status:
    """The state that issues amount to: with text at worst `partial`; without, what the gravest issue says.

    An encrypted file is `failed` even where something can be read of it, such as the names in an encrypted archive.
    """
    categories = {issue.category for issue in issues}
    if has_text and "encrypted" not in categories:
        return "complete" if categories <= LOSSLESS else "partial"
    if categories & FAILING or "too_large" in categories or "too_deep" in categories:
        return "failed"
    if categories & SKIPPING:
        return "skipped"
    return "partial"


def totals(occurrences: Iterable[Occurrence]) -> LedgerTotals:
    """Count a ledger."""
    counts = {"complete": 0, "partial": 0, "failed": 0, "skipped": 0}
    passages = 0
    for occurrence in occurrences:
        counts[occurrence.status] += 1
        passages += occurrence.passages
    return LedgerTotals(**counts, passages=passages)
