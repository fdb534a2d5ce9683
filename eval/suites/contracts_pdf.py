"""Batch `29 documents, PDF` of suite `contracts`: the same questions, the contracts taken in from their PDF files.

Gold spans point into the TXT files, and the text that is read from a PDF differs (line ends, hyphens, page numbers). So
the files are read here with the reader that ingestion uses, and each gold span is looked for in what it gives, by its
letters and digits only; where it stands more than once, the place nearest to its place in the TXT counts. A span that
the reader lost is put behind the end of the text: it counts as never found.
"""

import bisect
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from casefile.errors import UsageError
from casefile.settings import Settings
from eval.records import Batch, FileCorpus, Gold, Sample, Span, TextCorpus
from eval.suites.reading import DataRow, read_rows
from ingest.isolation import ReadingPool
from ingest.pipeline import process_limits, read_limits

CONTRACTS = "contracts.jsonl"


class _Contract(DataRow):
    contract: str
    pdf: str | None


@dataclass(frozen=True, slots=True)
class _Letters:
    """Letters and digits of a text, folded, and where each of them stands."""

    text: str
    letters: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> "_Letters":
        found = [(folded, n) for n, character in enumerate(text) for folded in character.casefold() if folded.isalnum()]
        return cls(text, "".join(letter for letter, _ in found), tuple(place for _, place in found))

    def before(self, place: int) -> int:
        """How many letters stand before a place of the text."""
        return bisect.bisect_left(self.places, place)

    def span(self, document: str, start: int, end: int) -> Span:
        """The stretch of the text from one letter to before another."""
        return Span(document, self.places[start], self.places[end - 1] + 1)


def pdf_batch(folder: Path, scratch: Path, texts: Batch) -> Batch:
    """The batch over TXT files, over the PDF files of the same contracts.

    Raises:
        UsageError: a contract has no PDF file.
    """
    if not isinstance(texts.corpus, TextCorpus):
        raise TypeError("the batch is not over texts")
    plain = {document.key: document.text for document in texts.corpus.documents}
    files = _files(folder, sorted(plain))
    root = scratch / "contracts-pdf"
    root.mkdir(parents=True, exist_ok=True)
    for file in files.values():
        shutil.copyfile(file, root / file.name)
    needed = sorted({span.document for sample in texts.samples for span in sample.gold.spans})
    read = dict(zip(needed, _texts([files[key] for key in needed]), strict=True))
    pairs = {key: (_Letters.of(plain[key]), _Letters.of(read[key])) for key in needed}
    samples = tuple(_sample(sample, pairs, files) for sample in texts.samples)
    return replace(
        texts, name="29 documents, PDF", samples=samples, corpus=FileCorpus("contracts 29 PDF", root, ("en",), "US")
    )


def _files(folder: Path, names: Sequence[str]) -> dict[str, Path]:
    listed = {row.contract: row.pdf for row in read_rows(folder / CONTRACTS, _Contract)}
    files: dict[str, Path] = {}
    for name in names:
        relative = listed.get(name)
        if not relative or not (folder / relative).is_file():
            raise UsageError(f"{CONTRACTS}: {name} has questions but no PDF file in {folder / 'pdf'}.")
        files[name] = folder / relative
    return files


def _texts(files: Sequence[Path]) -> Iterator[str]:
    """What ingestion reads in each file; nothing where it cannot be read."""
    limits = Settings().reading
    with TemporaryDirectory() as scratch, ReadingPool(1, process_limits(limits), read_limits(limits)) as pool:
        for number, file in enumerate(files):
            place = Path(scratch, str(number))
            place.mkdir(mode=0o700)
            reading = pool.read(file, file.name, place).reading
            yield reading.text if reading else ""


def _sample(sample: Sample, pairs: Mapping[str, tuple[_Letters, _Letters]], files: Mapping[str, Path]) -> Sample:
    spans = tuple(_moved(span, *pairs[span.document], files[span.document].name) for span in sample.gold.spans)
    documents = tuple(tuple(files[key].name for key in group if key in files) for group in sample.gold.documents)
    return replace(sample, gold=Gold(spans=spans, documents=documents), tags={**sample.tags, "format": "pdf"})


def _moved(span: Span, plain: _Letters, read: _Letters, document: str) -> Span:
    """Where the words of a gold span stand in what was read."""
    first, last = plain.before(span.start), plain.before(span.end)
    sought = plain.letters[first:last]
    nearest, best = -1, 0.0
    at = read.letters.find(sought) if sought else -1
    while at >= 0:
        # both places as shares of their texts, which may differ in length
        away = abs(at / len(read.letters) - first / len(plain.letters))
        if nearest < 0 or away < best:
            nearest, best = at, away
        at = read.letters.find(sought, at + 1)
    if nearest < 0:
        behind = len(read.text) + 1
        return Span(document, behind, behind + span.end - span.start)
    return read.span(document, nearest, nearest + len(sought))
