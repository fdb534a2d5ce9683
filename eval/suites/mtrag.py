"""Suite `mtrag`: the last question of a conversation, answerable or not, over a pool of passages; arXiv 2602.23184.

The corpus is the pool of all reference passages: rows that cannot be answered have none, so that asking over a row's
own passages would give the label away. Refusals are scored on rows labelled answerable and unanswerable only; a row
labelled underspecified is right when it is asked back (`unclear`); a partly answerable one counts for retrieval and
for its citations.
"""

from collections.abc import Sequence
from typing import Literal

from eval.records import Batch, Document, Exchange, Gold, Sample, SuiteOptions, TextCorpus
from eval.suites.measures import ANSWER_RIGHT, ANSWER_TIMES, ANSWER_TRUSTED, DOCUMENTS_FOUND, REFUSALS
from eval.suites.reading import DataRow, Twins, folder_of, how_many, missing, read_rows, split_of

_FOLDER, _FILE = "mtrag", "mtrag_un.jsonl"
_METRICS = (
    *DOCUMENTS_FOUND,
    "expected_document_cited",
    *REFUSALS,
    *ANSWER_RIGHT,
    "status_right",
    "token_f1",
    *ANSWER_TRUSTED,
    *ANSWER_TIMES,
)


class _Turn(DataRow):
    speaker: Literal["user", "agent"]
    text: str


class _Context(DataRow):
    document_id: str
    title: str | None
    text: str


class _Conversation(DataRow):
    id: str
    conversation_id: str
    collection: str
    label: Literal["answerable", "unanswerable", "underspecified", "partial"]
    question_type: tuple[str, ...]
    turn_kind: str
    turns: tuple[_Turn, ...]
    contexts: tuple[_Context, ...]
    answer: str


class MtRag:
    """The suite `mtrag`."""

    name = "mtrag"
    summary = "Follow-up questions: answerable, unanswerable, underspecified; over the pool of 1,140 passages."

    def unavailable(self, options: SuiteOptions) -> str:
        """Why it cannot run now."""
        return missing(options, _FOLDER, _FILE)

    def batches(self, options: SuiteOptions) -> Sequence[Batch]:
        """One batch over the pooled passages."""
        rows = tuple(read_rows(folder_of(options, _FOLDER) / _FILE, _Conversation))
        pool = {
            context.document_id: Document(context.document_id, context.text, context.title or "")
            for row in rows
            for context in row.contexts
        }
        twins = Twins(pool.values())
        samples = tuple(_sample(row, twins) for row in rows if split_of(row.id) == options.split)
        return (Batch("pooled", "ask", samples, _METRICS, TextCorpus("mtrag", tuple(pool.values()))),)


def _sample(row: _Conversation, twins: Twins) -> Sample:
    documents = tuple(dict.fromkeys(twins.group(context.document_id) for context in row.contexts))
    answered = row.label in {"answerable", "partial"}
    return Sample(
        row.id,
        row.turns[-1].text,
        Gold(
            documents=documents,
            answers=(row.answer,) if answered else (),
            statuses=("unclear",) if row.label == "underspecified" else (),
        ),
        cluster=row.conversation_id,
        split=split_of(row.id),
        answerable={"answerable": True, "unanswerable": False}.get(row.label),
        history=_history(row.turns[:-1]),
        tags={
            "format": "text",
            "language": "en",
            "label": row.label,
            "collection": row.collection,
            "question_type": ", ".join(row.question_type),
            "turn_kind": row.turn_kind,
            "documents": how_many(len(documents)),
        },
    )


def _history(turns: Sequence[_Turn]) -> tuple[Exchange, ...]:
    """Each earlier question with what was answered until the next one."""
    exchanges: list[Exchange] = []
    for turn in turns:
        if turn.speaker == "user":
            exchanges.append(Exchange(turn.text, ""))
        elif exchanges:
            last = exchanges[-1]
            exchanges[-1] = Exchange(last.question, f"{last.answer}\n{turn.text}".strip())
    return tuple(exchanges)
