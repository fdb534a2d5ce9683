"""The ledger as a page shows it: rows, filters, order, counts. Plain functions on a case."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from casefile.case import Case
from casefile.records import Issue, IssueCategory, Occurrence, Status

Family = Literal["document", "table", "mail", "slides", "picture", "recording", "archive", "other"]
Order = Literal["taken_in", "name", "path", "type", "status", "passages"]
STATUSES: tuple[Status, ...] = get_args(Status)
FAMILIES: tuple[Family, ...] = get_args(Family)
ORDERS: tuple[Order, ...] = get_args(Order)
CATEGORIES: tuple[IssueCategory, ...] = get_args(IssueCategory)

_FAMILY_WORDS: tuple[tuple[Family, tuple[str, ...]], ...] = (
    ("mail", ("message/", "ms-outlook", "mbox", "tnef")),
    ("table", ("spreadsheet", "ms-excel", "csv", "tab-separated", "sqlite", "parquet")),
    ("slides", ("presentation", "powerpoint")),
    ("picture", ("image/",)),
    ("recording", ("audio/", "video/")),
    ("archive", ("zip", "compressed", "x-tar", "x-xz", "bzip2", "7z", "rar", "zstd", "lzip", "archive", "x-iso")),
    ("document", ("text/", "pdf", "word", "opendocument", "rtf", "epub", "xhtml", "xml", "json", "postscript", "xps")),
)


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One place where a file or part was found, and what became of it.

    `exhibit_id` is None where the bytes could not be had. `new` is False where they were known already.
    """

    exhibit_id: str | None
    name: str
    path: str
    media_type: str
    family: Family
    status: Status
    issues: tuple[Issue, ...]
    passages: int
    new: bool
    labels: tuple[str, ...] = ()
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """What of the ledger is shown, and in which order; an empty field leaves it open."""

    status: str = ""
    family: str = ""
    category: str = ""
    label: str = ""
    path: str = ""
    sealed: str = ""
    sort: str = ""

    def query(self) -> dict[str, str]:
        """The filter as it stands in an address."""
        return asdict(self)

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return any(value for name, value in self.query().items() if name != "sort")


@dataclass(frozen=True, slots=True)
class LedgerCounts:
    """How many places there are of each status and each reason, over the whole ledger."""

    by_status: Mapping[Status, int]
    by_category: Mapping[IssueCategory, int]
    by_family: Mapping[Family, int]
    labels: tuple[str, ...]
    sealed: int


def family_of(media_type: str) -> Family:
    """What people call a media type."""
    lowered = media_type.lower()
    for family, words in _FAMILY_WORDS:
        if any(word in lowered for word in words):
            return family
    return "other"


def ledger_rows(case: Case) -> tuple[LedgerRow, ...]:
    """The whole ledger, in the order in which files were taken in."""
    sealed = frozenset(seal.exhibit_id for seal in case.catalogue.seals())
    labels = case.annotations.labels_by_exhibit()
    return tuple(
        _row(line, labels.get(line.exhibit_id or "", ()), line.exhibit_id in sealed)
        for line in case.catalogue.occurrences()
        if line.status is not None
    )


def _row(line: Occurrence, labels: tuple[str, ...], sealed: bool) -> LedgerRow:  # noqa: FBT001 - a fact of the row
    return LedgerRow(
        line.exhibit_id,
        line.name,
        line.path,
        line.media_type,
        family_of(line.media_type),
        line.status,
        line.issues,
        line.passages,
        line.new,
        labels,
        sealed,
    )


def counted(rows: Sequence[LedgerRow]) -> LedgerCounts:
    """Count a ledger; a row with two issues of a category counts once for it."""
    statuses = Counter(row.status for row in rows)
    categories = Counter(category for row in rows for category in {issue.category for issue in row.issues})
    families = Counter(row.family for row in rows)
    return LedgerCounts(
        {status: statuses[status] for status in STATUSES},
        {category: categories[category] for category in CATEGORIES if categories[category]},
        {family: families[family] for family in FAMILIES if families[family]},
        tuple(sorted({label for row in rows for label in row.labels}, key=str.casefold)),
        len({row.exhibit_id for row in rows if row.sealed}),
    )


def chosen(rows: Sequence[LedgerRow], wanted: LedgerFilter) -> tuple[LedgerRow, ...]:
    """The rows that a filter leaves, in its order."""
    part = wanted.path.casefold()
    left = [
        row
        for row in rows
        if (not wanted.status or row.status == wanted.status)
        and (not wanted.family or row.family == wanted.family)
        and (not wanted.label or wanted.label in row.labels)
        and (not wanted.sealed or row.sealed == (wanted.sealed == "yes"))
        and (not wanted.category or any(issue.category == wanted.category for issue in row.issues))
        and (not part or part in row.path.casefold())
    ]
    if wanted.sort == "name":
        left.sort(key=lambda row: (row.name.casefold(), row.path))
    elif wanted.sort == "path":
        left.sort(key=lambda row: row.path.casefold())
    elif wanted.sort == "type":
        left.sort(key=lambda row: (row.family, row.media_type, row.name.casefold()))
    elif wanted.sort == "status":
        gravest: tuple[Status, ...] = ("failed", "partial", "skipped", "complete")
        left.sort(key=lambda row: gravest.index(row.status))
    elif wanted.sort == "passages":
        left.sort(key=lambda row: -row.passages)
    return tuple(left)


def reasons_in_words(row: LedgerRow) -> str:
    """Why a row is not complete, as `ledger` prints it."""
    return "; ".join(f"{issue.category}: {issue.message}" for issue in row.issues)
