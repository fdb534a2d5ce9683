"""The pipeline: discover, store, read, embed. Each step is durable before the next leans on it.

Everything is read before anything is embedded: words and identifiers can be searched early, passages are embedded in
long runs of similar length, and the order of what is written depends on the input alone. A run that was killed goes
on where it was: exhibits in state `stored` are read, passages without a vector are embedded.
"""

import shutil
import time
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from casefile.case import Case
from casefile.catalogue import EmbeddingModel
from casefile.custody import READ
from casefile.errors import CaseclerkError
from casefile.recording import (
    FoundFile,
    ReadExhibit,
    forget_embeddings,
    record_embeddings,
    record_model,
    record_read,
)
from casefile.records import Issue, Occurrence
from casefile.rereading import read_again
from casefile.settings import ReadingLimits, Settings
from ingest.digesting import digest, unread
from ingest.discovery import FoundPath, discover
from ingest.embedding.model_directory import DEFAULT_MODEL_SHA256
from ingest.embedding.port import Embedder
from ingest.isolation import ProcessLimits, ReadingPool, ReadResult
from ingest.ledger import LedgerTotals, totals
from ingest.progress import Progress, Silent
from ingest.reading import Part, ReadLimits
from ingest.storable import storable
from ingest.storing import file_time, record_files, store_file, store_part

CHUNK_FILES = 64
"""Files stored and entered in one transaction; part of what makes a resumed run equal to an uninterrupted one."""

WINDOW_PASSAGES = 2048
"""Passages embedded and entered in one transaction."""

SPARE_FILES = 1000
"""Temporary files that a reader may make beside the parts."""

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class IngestResult:
    """The ledger lines of the places that this run met, in order, and how long each stage took (milliseconds)."""

    occurrences: tuple[Occurrence, ...]
    new_ids: frozenset[int]
    totals: LedgerTotals
    timings_ms: dict[str, float]


@dataclass(slots=True)
class _Run:
    """What one run keeps in mind."""

    met: set[int] = field(default_factory=set)
    new: set[int] = field(default_factory=set)


class Pipeline:
    """Takes files into a case. The case's writer lock must be held while it runs."""

    def __init__(self, case: Case, settings: Settings, embedder: Embedder, progress: Progress | None = None) -> None:
        self._case = case
        self._settings = settings
        self._embedder = embedder
        self._progress: Progress = progress or Silent()
        self._run = _Run()

    def ingest(self, paths: Sequence[Path], *, reembed: bool = False, retry: bool = False) -> IngestResult:
        """Take files and folders in, finish what an earlier run left, embed what is new.

        Args:
            paths: files and folders; none only finishes what an earlier run left.
            reembed: drop all embeddings first.
            retry: read what failed or was read in part once more; sealed exhibits are left alone.

        Raises:
            EmbeddingMismatchError: the case was embedded with another model, and `reembed` is not set.
            StorageError: the disk is full; what was acknowledged is kept, and a rerun goes on from there.
        """
        self._run = _Run()
        timings = {}
        if reembed:
            self._forget_embeddings()
        identity = self._embedder.identity
        self._case.catalogue.require_model(identity.sha256, identity.query_prefix, identity.passage_prefix)
        self._warn_of_language()
        if retry:
            read_again(self._case)
        for exhibit_id in self._case.catalogue.exhibits_to_read_again():
            self._run.met.update(line.id for line in self._case.catalogue.occurrences(exhibit_id))
        clock = time.perf_counter()
        reading = self._settings.reading
        with ReadingPool(reading.workers, process_limits(reading), read_limits(reading)) as pool:
            for warning in pool.confinement.warnings():
                self._progress.say(warning)
            self._read_stored(pool)
            self._take_in(paths, pool)
        timings["read"] = (time.perf_counter() - clock) * 1000
        clock = time.perf_counter()
        self._embed()
        timings["embed"] = (time.perf_counter() - clock) * 1000
        return self._result(timings)

    # --- discover and store -------------------------------------------------------------------------------------

    def _take_in(self, paths: Sequence[Path], pool: ReadingPool) -> None:
        self._progress.begin("discover", 0)
        found = []
        for place in discover(paths, self._case.home.root, self._case.folder / "uploads"):
            found.append(place)
            self._progress.advance("discover", 1)
        self._progress.begin("store", len(found))
        for chunk in _batched(found, CHUNK_FILES):
            self._store(chunk)
            self._read_stored(pool)

    def _store(self, chunk: Sequence[FoundPath]) -> None:
        limit = self._settings.reading.file_gib * 1024 * MIB
        files = []
        for place in chunk:
            files.append(store_file(self._case, place, limit))
            self._progress.advance("store", 1)
            self._progress.boundary("original_stored")
        self._record(files)
        self._progress.boundary("files_recorded")

    def _record(self, files: Sequence[FoundFile]) -> None:
        for found, recorded in zip(files, record_files(self._case, files), strict=True):
            self._run.met.add(recorded.occurrence_id)
            if not recorded.place_known and not recorded.bytes_known:
                self._run.new.add(recorded.occurrence_id)
            if recorded.bytes_known and found.exhibit_id is not None:
                self._meet_parts(found.exhibit_id, found.path)

    def _meet_parts(self, exhibit_id: str, path: str) -> None:
        """A container whose bytes are known: its parts are met at this place too, without reading it again."""
        if path.count("!/") >= self._settings.reading.depth:  # an archive may hold itself
            return
        parts = self._case.catalogue.parts_of(exhibit_id)
        if parts:
            self._record([_at_place(part, exhibit_id, path) for part in parts])

    # --- read ---------------------------------------------------------------------------------------------------

    def _read_stored(self, pool: ReadingPool) -> None:
        """Read all exhibits that wait, in the order in which they were taken in, parts of parts included."""
        while waiting := self._case.catalogue.stored_exhibits():
            self._progress.begin("read", len(waiting))
            with ThreadPoolExecutor(self._settings.reading.workers, thread_name_prefix="read") as threads:
                ahead: deque[tuple[str, Path, Future[ReadResult]]] = deque()
                upcoming = iter(waiting)
                for exhibit_id in islice(upcoming, 2 * self._settings.reading.workers):
                    ahead.append(self._submit(threads, pool, exhibit_id))
                try:
                    while ahead:
                        exhibit_id, scratch, future = ahead[0]
                        result = future.result()
                        self._progress.boundary("exhibit_read")
                        self._finish(exhibit_id, result, scratch)
                        self._progress.advance("read", 1)
                        ahead.popleft()
                        ahead.extend(self._submit(threads, pool, following) for following in islice(upcoming, 1))
                except BaseException:  # Ctrl-C, a full disk: it must not wait for files that may take minutes to read
                    for _, _, future in ahead:
                        future.cancel()
                    pool.interrupt()
                    raise

    def _submit(
        self, threads: ThreadPoolExecutor, pool: ReadingPool, exhibit_id: str
    ) -> tuple[str, Path, Future[ReadResult]]:
        scratch = self._case.scratch / exhibit_id[-16:]
        scratch.mkdir(mode=0o700)
        name = self._case.catalogue.first_occurrence(exhibit_id).name
        return exhibit_id, scratch, threads.submit(pool.read, self._case.originals.path(exhibit_id), name, scratch)

    def _finish(self, exhibit_id: str, result: ReadResult, scratch: Path) -> None:
        """Store what came of reading an exhibit. Nothing that stands in it may end the run, now and at every resume."""
        try:
            self._store_reading(exhibit_id, result, scratch)
        except CaseclerkError:
            raise
        except Exception:  # noqa: BLE001 - most likely strings that nothing can store; once more without them
            try:
                self._store_reading(exhibit_id, storable(result), scratch)
            except CaseclerkError:
                raise
            except Exception as error:  # noqa: BLE001 - a bug of ours over this exhibit, stored as its issue
                self._record_reading(unread(exhibit_id, result.media_type, Issue("cut", "killed", our_bug(error))), ())
        shutil.rmtree(scratch, ignore_errors=True)

    def _store_reading(self, exhibit_id: str, result: ReadResult, scratch: Path) -> None:
        first = self._case.catalogue.first_occurrence(exhibit_id)
        outside = (file_time(first.modified_at),) if first.modified_at is not None else ()
        parts: list[FoundFile] = []
        if result.reading is None:
            failure = result.failure
            unknown = failure is None or (failure.category == "unsupported" and not result.reader)
            issue = None if failure is None or unknown else Issue("read", failure.category, failure.message)
            read = unread(exhibit_id, result.media_type, issue, outside)
        else:
            reader = (result.reader, result.reader_version)
            read = digest(exhibit_id, result.media_type, result.reading, reader, self._case.description, outside)
            if result.reading.parts:
                places = self._case.catalogue.occurrences(exhibit_id)
                parts = self._store_parts(places, result.reading.parts, scratch)
        self._record_reading(read, parts)

    def _store_parts(self, places: Sequence[Occurrence], parts: Sequence[Part], scratch: Path) -> list[FoundFile]:
        """The parts of an exhibit, at every place where it was found."""
        first = places[0]
        container = FoundFile(first.exhibit_id, 0, first.name, first.path, None, None)
        depth = first.path.count("!/") + 1
        limit = self._settings.reading.part_mib * MIB
        files = []
        for part in parts:
            found = part
            if depth > self._settings.reading.depth and part.issue is None:
                reason = f"It lies {depth} containers deep, deeper than the limit (setting reading.depth)."
                found = replace(part, file="", issue=Issue("read", "too_deep", reason))
            files.append(store_part(self._case, found, container, scratch, limit))
        self._progress.boundary("parts_stored")
        elsewhere = [
            replace(found, path=place.path + found.path.removeprefix(first.path))
            for place in places[1:]
            for found in files
        ]
        return files + elsewhere

    def _record_reading(self, read: ReadExhibit, parts: Sequence[FoundFile]) -> None:
        """One transaction: the text and all that belongs to it. Parts are entered before, so that none is lost."""
        if parts:
            self._record(parts)
        details = {
            "exhibit": read.exhibit_id,
            "text": read.text_sha256,
            "status": read.status,
            "reader": f"{read.reader} {read.reader_version}".strip(),
        }
        with self._case.database.transaction() as connection:
            record_read(connection, read)
            self._case.custody.append_within(connection, self._case.actor, "collection", READ, details)
        self._progress.boundary("text_recorded")

    # --- embed --------------------------------------------------------------------------------------------------

    def _embed(self) -> None:
        pending = self._case.catalogue.pending_count()
        self._progress.begin("embed", pending)
        if pending and self._case.catalogue.embedding_model() is None:
            self._record_model()
        while window := self._case.catalogue.pending_passages(WINDOW_PASSAGES):
            texts = [f"{passage.context}\n{passage.text}" if passage.context else passage.text for passage in window]
            vectors = self._embedder.embed_passages(texts, lambda count: self._progress.advance("embed", count))
            self._progress.boundary("passages_embedded")
            with self._case.database.transaction() as connection:
                record_embeddings(connection, [passage.id for passage in window], vectors)
            self._progress.boundary("embeddings_recorded")
        state = self._case.vectors.state()
        if not state.agrees:
            self._progress.begin("vectors", state.expected - state.held)
            self._case.vectors.settle(lambda count: self._progress.advance("vectors", count))
        self._progress.boundary("vectors_added")

    def _record_model(self) -> None:
        identity = self._embedder.identity
        model = EmbeddingModel(
            identity.name,
            identity.sha256,
            identity.dimension,
            identity.runtime,
            identity.query_prefix,
            identity.passage_prefix,
        )
        with self._case.database.transaction() as connection:
            record_model(connection, model)

    def _forget_embeddings(self) -> None:
        self._case.vectors.discard()  # before the transaction: a kill between the two leaves no old vectors behind
        with self._case.change("alteration", "embeddings dropped, to be made again") as connection:
            forget_embeddings(connection)

    def _warn_of_language(self) -> None:
        foreign = [language for language in self._case.description.languages if language != "en"]
        if foreign and self._embedder.identity.sha256 == DEFAULT_MODEL_SHA256:
            self._progress.say(
                f"The built-in embedding model knows English; this case is in {', '.join(foreign)} too. Words and "
                "identifiers are found in every language, search by meaning is weaker there. For a multilingual "
                "model: `caseclerk models pull multilingual-e5-small`, `caseclerk models use multilingual-e5-small`."
            )

    def _result(self, timings: dict[str, float]) -> IngestResult:
        lines = {occurrence.id: occurrence for occurrence in self._case.catalogue.occurrences()}
        met = tuple(lines[occurrence_id] for occurrence_id in sorted(self._run.met))
        counted = totals(met)
        self._case.log(
            "collection",
            "ingestion finished",
            {
                "places": len(met),
                "complete": counted.complete,
                "partial": counted.partial,
                "failed": counted.failed,
                "skipped": counted.skipped,
            },
        )
        timings["total"] = sum(timings.values())
        return IngestResult(met, frozenset(self._run.new), counted, timings)


def process_limits(limits: ReadingLimits) -> ProcessLimits:
    """The settings of the reading process in its own units."""
    return ProcessLimits(
        address_space_bytes=limits.memory_mib * MIB,
        cpu_seconds=limits.cpu_seconds,
        wall_seconds=limits.wall_seconds,
        open_files=limits.open_files,
        output_bytes=limits.output_mib * MIB,
        file_bytes=limits.part_mib * MIB,
        scratch_bytes=limits.part_mib * MIB,
        scratch_files=limits.parts + SPARE_FILES,
        processes=0,
    )


def read_limits(limits: ReadingLimits) -> ReadLimits:
    """The bounds that readers keep themselves."""
    return ReadLimits(parts=limits.parts, part_bytes=limits.part_mib * MIB)


def our_bug(error: Exception) -> str:
    """Where a bug of ours struck, without its message, which may hold evidence."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"An error inside Caseclerk ({type(error).__name__}, {Path(place.filename).name} line {place.lineno}): its "
        "text could not be taken in. The original is kept. Tell whoever looks after Caseclerk."
    )


def _at_place(part: Occurrence, container_id: str, container_path: str) -> FoundFile:
    """A part of a container, as met in another copy of the container."""
    name = part.path.rpartition("!/")[2]
    lost = part.exhibit_id is None
    return FoundFile(
        part.exhibit_id,
        0,
        part.name,
        f"{container_path}!/{name}",
        container_id,
        part.modified_at,
        part.media_type,
        part.issues[0] if lost and part.issues else None,
        part.status if lost else None,
    )


def _batched(items: Sequence[FoundPath], size: int) -> Iterator[Sequence[FoundPath]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]
