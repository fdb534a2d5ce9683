"""Answers every question that is not answered yet, one at a time, and keeps each row before the next is asked."""

import hashlib
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from assistant.records import EngineInfo
from casefile.errors import CaseclerkError
from eval.manifest import finished
from eval.records import Batch, FileCorpus, Response, Row, Sample
from eval.run_folder import RunFolder
from eval.tasks.asking import Asking
from eval.tasks.calling import Calling
from eval.tasks.corpora import Corpora, OpenCorpus
from eval.tasks.plain import Plain
from eval.tasks.read import ReadFiles
from eval.tasks.verifying import verify

Answer = Callable[[Sample], Response]


class Watcher(Protocol):
    """Is told how far a run is."""

    def begin(self, stage: str, total: int) -> None:
        """A batch begins."""
        ...

    def advance(self, stage: str, count: int) -> None:
        """So many more questions are done."""
        ...


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which questions of a batch are asked: at most `limit`, drawn by `seed`; or those whose ids are named."""

    limit: int | None = None
    seed: int = 0
    ids: tuple[str, ...] = ()

    def of(self, batch: Batch) -> Batch:
        """The batch with these questions only, in their order."""
        samples = batch.samples
        if self.ids:
            samples = tuple(sample for sample in samples if sample.id in self.ids)
        if self.limit is not None and len(samples) > self.limit:
            drawn = sorted(samples, key=lambda s: hashlib.sha256(f"{self.seed} {s.id}".encode()).digest())
            kept = {sample.id for sample in drawn[: self.limit]}
            samples = tuple(sample for sample in samples if sample.id in kept)
        return replace(batch, samples=samples)


def run(
    folder: RunFolder,
    suites: Mapping[str, Sequence[Batch]],
    corpora: Corpora,
    watcher: Watcher,
    *,
    plain: bool = False,
) -> None:
    """Ask what has no row yet. A run that was killed goes on here; one that is done is left as it is.

    `plain` asks the plain pipeline (`eval.tasks.plain`) instead of the assistant.
    """
    folder.cut_torn_line()
    done = {row.key for row in folder.rows()}
    for suite, batches in suites.items():
        for batch in batches:
            left = [sample for sample in batch.samples if (suite, batch.name, sample.id) not in done]
            if not left:
                continue
            stage = f"{suite}: {batch.name}"
            watcher.begin(stage, len(left))
            with _opened(batch, corpora, folder, plain=plain) as answer:
                for sample in left:
                    folder.append(Row(suite, batch.name, sample, _guarded(answer, sample)))
                    watcher.advance(stage, 1)
    folder.write_manifest(finished(folder.manifest()))


@contextmanager
def _opened(batch: Batch, corpora: Corpora, folder: RunFolder, *, plain: bool) -> Iterator[Answer]:
    """What turns the samples of a batch into responses."""
    if batch.task == "verify":
        yield verify
        return
    if batch.task == "call":
        calling = Calling(corpora.chat_model())
        _note_engine(folder, calling.info, corpora)
        yield calling.call
        return
    if batch.corpus is None:
        raise ValueError(f"the batch {batch.name} has no corpus")
    if plain:
        peer = Plain(batch.corpus, batch.passages)
        yield peer.search if batch.task == "search" else peer.ask
        return
    with corpora.open(batch.corpus) as opened:
        if batch.task == "read":
            if not isinstance(batch.corpus, FileCorpus):
                raise TypeError(f"the batch {batch.name} reads, but its corpus is no folder")
            yield ReadFiles(opened.case, batch.corpus.root).read
            return
        if batch.task == "ask":
            _note_engine(folder, opened.assistant.engine.info, corpora)
        _note_unread(folder, batch, opened)
        asking = Asking(opened, batch.passages)
        yield asking.search if batch.task == "search" else asking.ask


def _note_engine(folder: RunFolder, info: EngineInfo, corpora: Corpora) -> None:
    """Keep what answers, which is known only now."""
    engine = asdict(info)
    if info.kind == "ministral" and corpora.has_random_weights():
        engine["random_weights"] = True
    folder.write_manifest({**folder.manifest(), "engine": engine})


def _note_unread(folder: RunFolder, batch: Batch, opened: OpenCorpus) -> None:
    """Keep which documents of a case hold no text."""
    manifest = folder.manifest()
    without = {*manifest.get("without_text", {}).get(batch.name, ()), *opened.without_text()}
    manifest["without_text"] = {**manifest.get("without_text", {}), batch.name: sorted(without)}
    folder.write_manifest(manifest)


def _guarded(answer: Answer, sample: Sample) -> Response:
    """The response; what breaks one question is kept in its row and costs no other."""
    try:
        return answer(sample)
    except CaseclerkError as error:
        return Response("error", error=str(error))
    except Exception as error:  # noqa: BLE001 - a boundary: stored in the row, shown in the report
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{last.name}, line {last.lineno}"
        return Response("error", error=f"{type(error).__name__}: {error} ({where})"[:1000])
