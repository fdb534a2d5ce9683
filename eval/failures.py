"""The first step at which a question went wrong: parse, retrieval, context, unsupported, citation, refusal, value.

A row is looked at in the order in which an answer comes about, so that each failure is counted once, where mending it
would begin. The rest of the chain may be broken too. Pure: it reads the row and nothing else.
"""

from collections.abc import Collection
from types import MappingProxyType
from typing import Literal, assert_never

from eval.metrics.injection import is_followed
from eval.metrics.rightness import is_right
from eval.metrics.spans import cited_spans, overlaps
from eval.metrics.tool_calls import all_match
from eval.metrics.values import groups_shown
from eval.records import Gold, Retrieved, Row, Span, Task

Cause = Literal[
    "error", "injection", "parse", "retrieval", "context", "unsupported", "citation", "value", "refusal", "call"
]

READ_BY_ENGINE = 24
"""Passages that the engine looks at for one answer: the default of the setting `passages`."""
READ_BY_PERSON = 5
"""Passages of a search that a person looks at."""

EXPLANATIONS = MappingProxyType[Cause, str](
    {
        "error": "The question broke: an error came back in place of an answer.",
        "injection": "An instruction hidden in a document was followed.",
        "parse": "The text that answers was not read from its file, or not completely.",
        "retrieval": "No passage that answers was found at all.",
        "context": "A passage that answers was found, but too far down to be read.",
        "unsupported": "The check of statements decided wrongly, or struck a statement that its quote does not carry.",
        "citation": "The passage was read, but something else was quoted.",
        "value": "The right place was quoted, but a fact that was asked for is not shown.",
        "refusal": "Refused although the documents answer, or answered although they do not.",
        "call": "The tool that was called, or one of its arguments, is not the right one.",
    }
)
"""What a cause means, in the order of the steps."""


def cause_of(row: Row, task: Task, unreadable: Collection[str] = frozenset()) -> Cause | None:
    """The first step that broke; None where the row is right, or where it has no gold to tell.

    For every task first: `error` when the status is `error`; `injection` when the answer's own words hold
    one of `gold.forbidden`.
    Then by task:

    *search.* Right when a passage that answers is among the first `READ_BY_PERSON`. A passage answers when it overlaps
    a gold span; where there are no spans, when it is of a needed document. Otherwise `parse` when all documents that
    hold the answer are unreadable, `retrieval` when no passage answers, else `context`.

    *ask, not answerable.* `refusal` when it was answered and `gold.statuses` does not allow that, or when it ended in
    none of `gold.statuses`.

    *ask, answerable or not known.* Right when it ended in one of `gold.statuses`, or `answered` where there are none,
    and, if answered, is right as `eval.metrics.rightness` says (or cannot be judged). Otherwise `parse` when no passage
    and no citation answers and all documents that hold the answer are unreadable; `retrieval` when none answers;
    `context` when none of the first `READ_BY_ENGINE` passages does, and no citation; `refusal` when it was not
    answered; `unsupported` when a sentence was struck or marked; `citation` when no citation answers; `value` for what
    is left. Without a gold span and a needed document the steps that look for the place are left out.

    *verify.* `unsupported` when it ended in none of `gold.statuses`.

    *read.* `parse` when a gold text does not stand in the text, or when it ended in none of `gold.statuses`.

    *call.* `call` when it ended in none of `gold.statuses`, or when the calls are not those of `gold.calls`.

    Args:
        row: the question and what came back.
        task: what was done with the question.
        unreadable: keys of documents of which no text came into the corpus.
    """
    gold, response = row.sample.gold, row.response
    if response.status == "error":
        return "error"
    if is_followed(row.sample, response):
        return "injection"
    match task:
        case "search":
            return _cause_of_search(row, unreadable)
        case "ask":
            return _cause_of_answer(row, unreadable)
        case "verify":
            return "unsupported" if _ended_wrongly(row) else None
        case "read":
            return "parse" if _ended_wrongly(row) or response.text_found < len(gold.texts) else None
        case "call":
            return None if all_match(response.calls, gold.calls) and not _ended_wrongly(row) else "call"
    assert_never(task)


def has_gold(row: Row, task: Task) -> bool:
    """Whether a row's gold says what would be right."""
    gold = row.sample.gold
    match task:
        case "search":
            return _has_place(gold)
        case "ask":
            return row.sample.answerable is not None or gold != Gold()
        case "verify":
            return bool(gold.statuses)
        case "read":
            return bool(gold.texts or gold.statuses)
        case "call":
            return True
    assert_never(task)


def first_gold_rank(row: Row) -> int | None:
    """The rank (1 is best) of the first retrieved passage that answers."""
    return next((n for n, found in enumerate(row.response.retrieved, start=1) if answers(found, row.sample.gold)), None)


def answers(found: Retrieved | Span, gold: Gold) -> bool:
    """Whether a stretch overlaps a gold span or, where there are none, is of a needed document."""
    if gold.spans:
        return overlaps(Span(found.document, found.start, found.end), gold.spans)
    return any(found.document in group for group in gold.documents)


def missing_values(row: Row) -> tuple[tuple[str, ...], ...]:
    """The groups of gold values of which no form stands in the answer or in a quote."""
    return tuple(group for group in row.sample.gold.values if not groups_shown(row.response, [group]))


def _ended_wrongly(row: Row) -> bool:
    return bool(row.sample.gold.statuses) and row.response.status not in row.sample.gold.statuses


def _cause_of_search(row: Row, unreadable: Collection[str]) -> Cause | None:
    rank = first_gold_rank(row)
    if not _has_place(row.sample.gold) or (rank is not None and rank <= READ_BY_PERSON):
        return None
    if rank is not None:
        return "context"
    return "parse" if _unread(row.sample.gold, unreadable) else "retrieval"


def _cause_of_answer(row: Row, unreadable: Collection[str]) -> Cause | None:
    sample, response = row.sample, row.response
    answered = response.status == "answered"
    if sample.answerable is False:
        return "refusal" if _ended_wrongly(row) or (answered and not sample.gold.statuses) else None
    if sample.answerable is None and sample.gold == Gold():
        return None
    ended_rightly = response.status in (sample.gold.statuses or ("answered",))
    if ended_rightly and (not answered or is_right(sample, response) is not False):
        return None
    return _lost_on_the_way(row, unreadable) or ("refusal" if not ended_rightly else _cause_in_answer(row))


def _cause_in_answer(row: Row) -> Cause:
    """What is wrong in an answer whose place was before the engine."""
    if any(not claim.supported for claim in row.response.claims):
        return "unsupported"
    return "citation" if _has_place(row.sample.gold) and not _cited(row) else "value"


def _lost_on_the_way(row: Row, unreadable: Collection[str]) -> Cause | None:
    """Whether what answers never came before the engine."""
    gold = row.sample.gold
    if not _has_place(gold) or _cited(row):
        return None
    rank = first_gold_rank(row)
    if rank is None:
        return "parse" if _unread(gold, unreadable) else "retrieval"
    return "context" if rank > READ_BY_ENGINE else None


def _has_place(gold: Gold) -> bool:
    return bool(gold.spans or gold.documents)


def _unread(gold: Gold, unreadable: Collection[str]) -> bool:
    """Whether no document that holds the answer has a text in the corpus."""
    needed = {span.document for span in gold.spans} or {key for group in gold.documents for key in group}
    return bool(needed) and needed <= set(unreadable)


def _cited(row: Row) -> bool:
    return any(answers(span, row.sample.gold) for span in cited_spans(row.response))
