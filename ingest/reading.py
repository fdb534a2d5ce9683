"""The reader port: what a reader gets and what it returns. Readers run in the reading process only."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

from casefile.locators import Locator
from casefile.records import Cell, Issue, MomentMeaning, PageSize, WordBox

BlockKind = Literal["title", "heading", "paragraph", "list_item", "row", "header_row", "mail_headers", "lines"]


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Bounds that a reader keeps itself; the process bounds (memory, time, files) stand behind them.

    Attributes:
        text_characters: longest text kept of one exhibit, in code points; the rest is cut and reported `too_large`.
        parts: most nested parts taken out of one exhibit.
        part_bytes: all parts of one exhibit together, in bytes.
        compression_ratio: unpacked bytes to packed bytes of a container member, above which it is refused.
        rows: most rows kept of one sheet.
    """

    text_characters: int = 50_000_000
    parts: int = 20_000
    part_bytes: int = 4 * 1024**3
    compression_ratio: int = 200
    rows: int = 2_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """An untrusted file to read.

    Attributes:
        stream: the bytes, seekable, at offset 0.
        size: in bytes.
        media_type: as detected from the content.
        untrusted_name: the file's name, only ever a hint; never used as a path.
        scratch: a private, empty folder for parts; removed afterwards.
    """

    stream: BinaryIO
    size: int
    media_type: str
    untrusted_name: str
    scratch: Path
    limits: ReadLimits = field(default_factory=ReadLimits)


@dataclass(frozen=True, slots=True)
class Block:
    """A structural stretch of the text (paragraph, heading, row, ...), in text order, never overlapping another.

    `locator.start`/`locator.end` are the block's. `context` is what helps to find it and is never quoted (sheet and
    column names, mail subject). `cells` only for rows.
    """

    kind: BlockKind
    locator: Locator
    context: str = ""
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class StatedTime:
    """A time that the file states about itself, not yet resolved: `raw` as written (RFC 5322, ISO 8601, ...)."""

    raw: str
    meaning: MomentMeaning


@dataclass(frozen=True, slots=True)
class Part:
    """A file found inside this one (attachment, archive member, embedded object), written to `scratch / file`.

    `untrusted_name` may hold any characters and is never used as a path. `modified` is ISO 8601 where known.
    An `issue` says why a part could not be taken out; then `file` is empty.
    """

    untrusted_name: str
    file: str
    relation: Literal["attachment", "inline", "member", "embedded"]
    modified: str = ""
    issue: Issue | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading one file.

    `text` is stored unchanged and for ever; blocks, words and cells point into it. `text[b.start:b.end]` of the
    blocks covers all non-blank text. For a plain-text file `text` is exactly the decoded characters.
    """

    text: str
    blocks: tuple[Block, ...]
    issues: tuple[Issue, ...] = ()
    parts: tuple[Part, ...] = ()
    words: tuple[WordBox, ...] = ()
    pages: tuple[PageSize, ...] = ()
    title: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()
    times: tuple[StatedTime, ...] = ()


class Reader(Protocol):
    """Reads one family of media types.

    Raises `UntrustedInputError` where nothing can be read (encrypted, corrupt, empty); anything less than complete
    is an `Issue` in the `Reading`.
    """

    name: str
    version: str
    media_types: frozenset[str]

    def read(self, source: Source) -> Reading:
        """Read `source` wholly; open nothing else, follow no link, run nothing."""
        ...
