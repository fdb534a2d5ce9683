"""Suite `formats`: 240 difficult files; each must end in a clear state, with its text where it has one.

All files are taken in at once, as an officer would take in the folder. How a file must end:

* `text`, `ocr_text`: there is text, and the words that the manifest names stand in it. Words that are only in a picture
  need a reader that recognises characters; without one such rows fail;
* `fails`: encrypted, malformed (`corrupt`) or empty; `no_text`: opened, and nothing to read in it;
* not verified: any clear state will do; a hang, a crash and a missing line are none.

The data name no split; the rule of the others is used on a file's path in the manifest.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Literal

from eval.records import Batch, FileCorpus, Gold, Sample, SuiteOptions
from eval.suites.reading import DataRow, folder_of, missing, read_rows, split_of
from eval.tasks.read import CLEAR_ENDINGS

_FOLDER, _FILE = "formats", "manifest.jsonl"
_METRICS = ("text_found", "status_right")
_REASONS = {"encrypted": "encrypted", "malformed": "corrupt", "empty": "empty"}


class _Expected(DataRow):
    outcome: Literal["text", "ocr_text", "fails", "no_text"]
    contains: tuple[str, ...] = ()
    reason: Literal["encrypted", "malformed", "empty"] | None = None


class _File(DataRow):
    file: str
    expected: _Expected | None


class Formats:
    """The suite `formats`."""

    name = "formats"
    summary = "240 difficult files: each must end in a clear state, with its text where it has one."

    def unavailable(self, options: SuiteOptions) -> str:
        """Why it cannot run now."""
        return missing(options, _FOLDER, _FILE)

    def batches(self, options: SuiteOptions) -> Sequence[Batch]:
        """One batch over the whole folder."""
        folder = folder_of(options, _FOLDER).resolve()
        rows = read_rows(folder / _FILE, _File)
        samples = tuple(_sample(row) for row in rows if split_of(row.file) == options.split)
        corpus = FileCorpus("formats", folder, ("en", "de", "es", "fr"), "US")
        return (Batch("files", "read", samples, _METRICS, corpus),)


def _sample(row: _File) -> Sample:
    expected = row.expected
    return Sample(
        row.file,
        row.file,
        Gold(statuses=_endings(expected), texts=expected.contains if expected else ()),
        cluster=row.file,
        split=split_of(row.file),
        tags={
            "format": PurePosixPath(row.file).suffix.removeprefix(".").lower() or "none",
            "outcome": "not verified" if expected is None else expected.reason or expected.outcome,
        },
    )


def _endings(expected: _Expected | None) -> tuple[str, ...]:
    if expected is None:
        return CLEAR_ENDINGS
    if expected.reason is not None:
        return (_REASONS[expected.reason],)
    return ("no_text",) if expected.outcome == "no_text" else ("text",)
