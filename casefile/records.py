"""Domain values of a case. Frozen; they know nothing of storage or screens. Words as in DESIGN, section 3."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from casefile.locators import Box, Locator

IssueCategory = Literal[
    "encrypted",
    "corrupt",
    "empty",
    "unsupported",
    "duplicate",
    "needs_ocr",
    "no_text",
    "low_confidence",
    "hidden_text",
    "dropped_text",
    "no_model",
    "too_large",
    "too_deep",
    "timeout",
    "killed",
    "permission",
    "changed",
]
Stage = Literal["discover", "store", "detect", "read", "identify", "cut", "embed"]
Status = Literal["complete", "partial", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class CaseDescription:
    """What a case is about.

    `id` as typed; `region` is ISO 3166 alpha-2, `time_zone` an IANA name, `languages` are ISO 639-1.
    """

    id: str
    title: str
    purpose: str
    case_number: str
    region: str
    time_zone: str
    languages: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Issue:
    """Why something is not complete. The message never holds a document's text."""

    stage: Stage
    category: IssueCategory
    message: str
    locator: Locator | None = None


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One original file or nested part, named by its content: `id` is `sha256:` and 64 hex digits.

    `name` and `path` are those of its first occurrence. `derived_from` is the exhibit that holds it, if any.
    """

    id: str
    name: str
    path: str
    media_type: str
    size: int
    derived_from: str | None
    status: Status
    text_sha256: str | None
    title: str = ""
    sender: str = ""
    sent_at: datetime | None = None


SealGround = Literal["privileged", "out_of_scope", "other"]


@dataclass(frozen=True, slots=True)
class Seal:
    """Why an exhibit is kept from being searched and cited, who sealed it and when.

    `sealed_with` is the container whose sealing took it along, None where it was sealed itself. `with_parts` tells
    that parts that are still found in it are sealed too.
    """

    exhibit_id: str
    ground: SealGround
    reason: str
    actor: str
    at: datetime
    sealed_with: str | None
    with_parts: bool


@dataclass(frozen=True, slots=True)
class Erasure:
    """That an exhibit was erased, by whom and why. `erased_with` is the container that it went with, if any."""

    exhibit_id: str
    at: datetime
    actor: str
    reason: str
    erased_with: str | None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Where an exhibit's bytes were found, and what became of them there: one line of the ledger.

    `exhibit_id` is None where the bytes could not be had (no permission, an encrypted archive member).
    `modified_at` is the file's modification time (UTC), where the file system or container gave one.
    `new` is False where the bytes were known already when they were met at this place.
    """

    id: int
    exhibit_id: str | None
    name: str
    path: str
    media_type: str
    derived_from: str | None
    modified_at: datetime | None
    status: Status
    new: bool
    issues: tuple[Issue, ...]
    passages: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one text: `text == text_of_exhibit[locator.start:locator.end]`.

    `context` (title, sheet header, mail subject, sender, date) is embedded and searched, never quoted.
    """

    id: int
    exhibit_id: str
    text_sha256: str
    ordinal: int
    text: str
    context: str
    locator: Locator


CellType = Literal["text", "number", "date", "boolean", "empty"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a row: `column` counts from 0, `value` is the normal form (numbers with a dot, dates ISO 8601).

    `start` and `end` are where its shown form stands in the exhibit's text; equal where the cell is empty.
    """

    column: int
    type: CellType
    value: str
    start: int
    end: int


Precision = Literal["second", "minute", "hour", "day", "month", "year"]
MomentMeaning = Literal["sent", "received", "created", "modified", "file_modified", "printed", "mentioned", "recorded"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time and what it means.

    `utc` is the earliest instant that fits the raw form (None where it is ambiguous); `zone` the offset or IANA name
    used; `zone_assumed` tells that the raw form named none and the case's was taken. `alternatives` holds the
    ISO 8601 readings of an ambiguous form such as 05/03/2024. Offsets are None for times that stand outside the text.
    """

    raw: str
    meaning: MomentMeaning
    utc: datetime | None
    precision: Precision
    zone: str | None
    zone_assumed: bool
    alternatives: tuple[str, ...] = ()
    start: int | None = None
    end: int | None = None


IdentifierKind = Literal["phone", "email", "url", "iban", "amount", "date", "code"]
Tier = Literal[1, 2, 3]


@dataclass(frozen=True, slots=True)
class Identifier:
    """A value found by rule: `raw` as written at `text[start:end]`, `normal` for comparing.

    Tier 1 is accepted on its checksum or form alone, tier 2 had a label or a second hit, tier 3 is an unverified
    candidate. `rule` names what decided, for example `iban:mod97` or `iban:checksum_failed`.
    """

    kind: IdentifierKind
    raw: str
    normal: str
    tier: Tier
    rule: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PlacedIdentifier:
    """An identifier and the text it stands in; `passage_id` is the passage that holds its first character."""

    exhibit_id: str
    text_sha256: str
    passage_id: int | None
    identifier: Identifier


@dataclass(frozen=True, slots=True)
class PlacedMoment:
    """A moment and where it comes from; `text_sha256` is None for times stated outside the text."""

    exhibit_id: str
    text_sha256: str | None
    passage_id: int | None
    moment: Moment


@dataclass(frozen=True, slots=True)
class WordBox:
    """A word's place on a page, so that a quote can be drawn exactly where it stands."""

    start: int
    end: int
    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class PageSize:
    """A page as displayed (rotation applied), in PDF points."""

    page: int
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class FailedExhibit:
    """An exhibit that could not be searched, or not wholly, and why."""

    exhibit_id: str
    name: str
    status: Status
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a search could see. `pending` exhibits have text that is searched by words but not yet by meaning."""

    exhibits: int
    searched: int
    pending: int
    failed: tuple[FailedExhibit, ...]


CustodyKind = Literal["collection", "alteration", "consultation", "disclosure", "combination", "erasure"]


@dataclass(frozen=True, slots=True)
class CustodyEvent:
    """One link of the custody chain; kinds are those of Article 25(1) of Directive (EU) 2016/680.

    `hash` is the SHA-256 of the canonical JSON of all other fields, `previous` the hash of the event before.
    """

    sequence: int
    at: datetime
    actor: str
    kind: CustodyKind
    action: str
    details: dict[str, object]
    previous: str
    hash: str
