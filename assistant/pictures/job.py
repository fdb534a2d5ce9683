"""Describing many pictures, one after the other. What is stored stays; a run that was ended goes on where it was."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.chat_models.port import ChatModel, Stopped
from assistant.pictures.describing import describe
from assistant.pictures.scaling import scaled
from assistant.pictures.storing import NOT_DESCRIBED, store_description
from casefile.case import Case
from casefile.derivations import Derivations, Pictured
from casefile.errors import (
    ExhibitSealedError,
    ModelCrashedError,
    ModelRequestError,
    PromptTooLongError,
    UntrustedInputError,
)
from casefile.locators import PageLocator
from casefile.records import Exhibit
from ingest.drawing import PICTURE_TYPES
from ingest.rendering import Renderer

MOST_CRASHES = 3
"""So many crashes of the model one after the other, and the run ends."""
TELL_SECONDS = 60.0
LEAST_DONE = 3
"""Pictures that must be done before the time left is guessed."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A picture that has no description, and why, in words without its content."""

    place: Pictured
    name: str
    because: str


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a run did. `waiting` pictures were not reached, because it was stopped."""

    described: tuple[str, ...]
    failures: tuple[Failure, ...]
    waiting: int


@dataclass(frozen=True, slots=True)
class JobListener:
    """Who follows a run: `advance` after each picture, `say` for a person."""

    advance: Callable[[int], None] = lambda _count: None
    say: Callable[[str], None] = lambda _message: None


def undescribed(case: Case, model: ChatModel) -> tuple[Pictured, ...]:
    """The pictures and scanned pages that wait for a description by this model."""
    return Derivations(case.database).undescribed(PICTURE_TYPES, model.info.name, model.info.sha256)


def pictures_of(case: Case, exhibit: Exhibit) -> tuple[Pictured, ...]:
    """What of an exhibit can be described: the picture that it is, or its pages without a text layer."""
    if exhibit.media_type in PICTURE_TYPES:
        return (Pictured(exhibit.id),)
    if exhibit.media_type != "application/pdf":
        return ()
    scanned = (issue.locator for issue in case.catalogue.issues(exhibit.id) if issue.category == "needs_ocr")
    pages = {locator.page for locator in scanned if isinstance(locator, PageLocator)}
    return tuple(Pictured(exhibit.id, page) for page in sorted(pages))


def describe_pictures(
    case: Case,
    places: Sequence[Pictured],
    model: ChatModel,
    renderer: Renderer,
    listener: JobListener | None = None,
    stopped: Stopped | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> JobResult:
    """Describe pictures and store what the model says, each in a transaction of its own.

    A picture that cannot be drawn or described is a failure of that picture, entered into the custody log.

    Raises:
        CaseBusyError: another process is writing.
        ModelUnavailableError: the model cannot be loaded or reached.
        ModelCrashedError: it died several times in a row.
        StorageError: the disk is full.
    """
    listener = listener or JobListener()
    described: list[str] = []
    failures: list[Failure] = []
    crashes = 0
    pace = _Pace(len(places), clock)
    for number, place in enumerate(places):
        if stopped is not None and stopped():
            return JobResult(tuple(described), tuple(failures), len(places) - number)
        try:
            made = describe_one(case, place, model, renderer, stopped)
            if made is None and stopped is not None and stopped():
                return JobResult(tuple(described), tuple(failures), len(places) - number)
            described += [made] if made is not None else []
            crashes = 0
        except (
            UntrustedInputError,
            ModelRequestError,
            PromptTooLongError,
            ExhibitSealedError,
            ModelCrashedError,
        ) as error:
            crashes = crashes + 1 if isinstance(error, ModelCrashedError) else 0
            failures.append(_failed(case, place, error))
            listener.say(f"{failures[-1].name}: {failures[-1].because}")
            if crashes >= MOST_CRASHES:
                raise
        listener.advance(1)
        left = pace.told()
        if left:
            listener.say(left)
    return JobResult(tuple(described), tuple(failures), 0)


def describe_one(
    case: Case, place: Pictured, model: ChatModel, renderer: Renderer, stopped: Stopped | None = None
) -> str | None:
    """Describe one picture; returns the id of its description, None where it was stopped, sealed or erased meanwhile.

    Raises:
        ExhibitSealedError: it is sealed.
        UntrustedInputError: it cannot be drawn.
        ReaderProcessError: nothing can be drawn on this machine.
        ModelError: the model cannot describe it.
        CaseBusyError: another process is writing.
    """
    case.catalogue.require_open(place.exhibit_id)
    picture = scaled(renderer, case.originals.path(place.exhibit_id), place)
    made = describe(picture, case.description.languages[0], model, stopped)
    return None if made is None else store_description(case, place, made)


def _failed(case: Case, place: Pictured, error: Exception) -> Failure:
    because = str(error)
    details = {"picture": place.exhibit_id, "page": place.page, "because": because}
    case.log("consultation", NOT_DESCRIBED, details)
    return Failure(place, case.catalogue.first_occurrence(place.exhibit_id).path, because)


class _Pace:
    """Says how long the rest takes, from what the pictures so far took; not before that is worth anything."""

    def __init__(self, total: int, clock: Callable[[], float]) -> None:
        self._total, self._clock = total, clock
        self._began = self._told_at = clock()
        self._done = 0

    def told(self) -> str:
        """A sentence once a minute, else nothing; called after each picture."""
        self._done += 1
        now = self._clock()
        if self._done < LEAST_DONE or self._done == self._total or now - self._told_at < TELL_SECONDS:
            return ""
        self._told_at = now
        minutes = (now - self._began) / self._done * (self._total - self._done) / 60
        return f"{self._done} of {self._total} pictures done; about {max(1, round(minutes))} min left."
