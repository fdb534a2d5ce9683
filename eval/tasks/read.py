"""The task `read`: what became of a file that was taken in, and whether the words that must be there can be found.

The text of a file is its own and that of all parts inside it, with the parts' names, white space made single.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, get_args

from casefile.case import Case
from casefile.records import IssueCategory, Occurrence
from eval.records import Response, Sample
from ingest.ledger import FAILING, SKIPPING

Ending = Literal["text", "no_text", "missing"] | IssueCategory
"""How reading a file ended: with text; without text, for the gravest reason given; not in the ledger at all."""

NOT_CLEAR = frozenset({"missing", "timeout", "killed"})
CLEAR_ENDINGS: tuple[str, ...] = tuple(
    dict.fromkeys(
        ending for ending in ("text", "no_text", *get_args(IssueCategory)) if ending not in {*NOT_CLEAR, "duplicate"}
    )
)
"""Endings that tell an investigator what became of a file; a crash, a hang and a silent skip are none."""

SHOWN_CHARACTERS = 2000
"""Of the text, how much is kept for the report."""

_WITHOUT_TEXT: tuple[IssueCategory, ...] = ("needs_ocr", "no_model", "too_large", "too_deep")


class ReadFiles:
    """Answers for the files of a case that was made of one folder.

    Args:
        case: the case.
        root: the folder; a sample's question is a path below it.
    """

    def __init__(self, case: Case, root: Path) -> None:
        self._case = case
        self._lines: dict[str, list[Occurrence]] = {}
        for line in case.catalogue.occurrences():
            file = line.path.removeprefix(f"{root}/").partition("!/")[0]
            self._lines.setdefault(file, []).append(line)

    def read(self, sample: Sample) -> Response:
        """What became of one file."""
        lines = self._lines.get(sample.question, [])
        file = next((line for line in lines if "!/" not in line.path), None)
        if file is None:
            return Response("missing", reason="The ledger has no line for this file.")
        texts = [self._text(line) for line in lines]
        found = _single_spaced(
            f"{line.name if line is not file else ''} {text}" for line, text in zip(lines, texts, strict=True)
        )
        issues = self._case.catalogue.issues(file.exhibit_id) if file.exhibit_id else file.issues
        return Response(
            _ending(self._status(file), [issue.category for issue in issues], has_text=any(map(str.strip, texts))),
            answer=found[:SHOWN_CHARACTERS],
            reason=" ".join(issue.message for issue in issues),
            text_found=sum(_single_spaced([text]) in found for text in sample.gold.texts),
        )

    def _text(self, line: Occurrence) -> str:
        if line.exhibit_id is None or self._case.catalogue.exhibit(line.exhibit_id).text_sha256 is None:
            return ""
        return self._case.catalogue.text(line.exhibit_id)

    def _status(self, line: Occurrence) -> str:
        """Of the exhibit: the line of a second place says only that it is one."""
        return self._case.catalogue.exhibit(line.exhibit_id).status if line.exhibit_id else line.status


def _ending(status: str, categories: Sequence[IssueCategory], *, has_text: bool) -> Ending:
    if status == "failed":
        return next((category for category in categories if category in FAILING), "no_text")
    if has_text:
        return "text"
    skipping = (category for category in categories if category in SKIPPING)
    return next(skipping, next((category for category in categories if category in _WITHOUT_TEXT), "no_text"))


def _single_spaced(texts: Iterable[str]) -> str:
    return " ".join(word for text in texts for word in text.split())
