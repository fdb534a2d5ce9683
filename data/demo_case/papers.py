"""The desk where the case's papers are written: it files the bytes and notes what each paper says.

Authors mark a sentence that a question will rest on: `[[theft1.found|At 06:40 I saw the cut chain.]]`. The desk takes the
mark out, so that the paper reads as paper, and remembers path and sentence as the fact `theft1.found`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from data.demo_case.scenario import Scenario

_MARK = re.compile(r"\[\[([a-z0-9_.]+)\|(.*?)\]\]", re.DOTALL)

BlockKind = Literal["title", "heading", "paragraph", "item", "table", "pairs", "page"]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a paper. `rows` for tables (first row names the columns) and pairs (label, value)."""

    kind: BlockKind
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def title(text: str) -> Block:
    """The paper's title."""
    return Block("title", text)


def heading(text: str) -> Block:
    """A section heading."""
    return Block("heading", text)


def paragraphs(*texts: str) -> tuple[Block, ...]:
    """Running text, one string a paragraph."""
    return tuple(Block("paragraph", " ".join(text.split())) for text in texts)


def items(*texts: str) -> tuple[Block, ...]:
    """A list."""
    return tuple(Block("item", " ".join(text.split())) for text in texts)


def table(*rows: Sequence[str]) -> Block:
    """A table; the first row names the columns."""
    return Block("table", rows=tuple(tuple(row) for row in rows))


def pairs(*rows: tuple[str, str]) -> Block:
    """A form: label and value."""
    return Block("pairs", rows=tuple(rows))


PAGE_BREAK = Block("page")


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence that a question may rest on, and where it stands."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class FiledPaper:
    """What the ledger must say of one file or part, and what its text must hold.

    `issues_allowed` are categories that may be reported too without being wrong (a hidden sheet that was read may be
    flagged). `media_types` are the types that are right, the best one first. `readable` tells whether its text can be read today.
    """

    path: str
    media_types: tuple[str, ...]
    status: Literal["complete", "partial", "failed", "skipped"]
    issues: tuple[str, ...]
    issues_allowed: tuple[str, ...]
    phrases: tuple[str, ...]
    note: str

    @property
    def readable(self) -> bool:
        """Whether a reader of today gets text out of it."""
        return self.status in {"complete", "partial"}


@dataclass
class Desk:
    """Collects the papers of a case.

    Args:
        scenario: the plot.
        folder: where files are written; `files/...` paths are relative to it.
        report: told of each file as it is written.
    """

    scenario: Scenario
    folder: Path
    report: Callable[[str], None]
    facts: dict[str, Fact] = field(default_factory=dict)
    filed: dict[str, FiledPaper] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    duplicates: list[tuple[str, str]] = field(default_factory=list)

    def note(self, path: str, text: str) -> str:
        """Take the marks out of `text`, remember its facts and that `path` says it; returns the clean text."""

        def remember(match: re.Match[str]) -> str:
            key, sentence = match.group(1), match.group(2)
            if key in self.facts:
                raise ValueError(f"the fact {key} is stated twice")
            self.facts[key] = Fact(path, sentence)
            return sentence

        clean = _MARK.sub(remember, text)
        if not clean:
            return clean
        self.texts[path] = f"{self.texts[path]}\n{clean}" if path in self.texts else clean
        return clean

    def manuscript(self, path: str, blocks: Iterable[Block]) -> tuple[Block, ...]:
        """The same blocks without marks; everything they say is noted for `path`."""
        return tuple(
            Block(
                block.kind,
                self.note(path, block.text) if block.text else "",
                tuple(tuple(self.note(path, cell) if cell else "" for cell in row) for row in block.rows),
            )
            for block in blocks
        )

    def expect(
        self,
        path: str,
        *media_types: str,
        status: Literal["complete", "partial", "failed", "skipped"] = "complete",
        issues: tuple[str, ...] = (),
        issues_allowed: tuple[str, ...] = (),
        phrases: tuple[str, ...] = (),
        note: str = "",
    ) -> None:
        """Write down what the ledger must say of `path`."""
        if path in self.filed:
            raise ValueError(f"{path} is filed twice")
        self.filed[path] = FiledPaper(path, media_types, status, issues, issues_allowed, phrases, note)

    def write(self, path: str, data: bytes) -> None:
        """Put a file into the case folder."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        self.report(path)

    def file(
        self,
        path: str,
        data: bytes,
        *media_types: str,
        status: Literal["complete", "partial", "failed", "skipped"] = "complete",
        issues: tuple[str, ...] = (),
        issues_allowed: tuple[str, ...] = (),
        phrases: tuple[str, ...] = (),
        note: str = "",
    ) -> None:
        """Write a file and what the ledger must say of it."""
        self.write(path, data)
        self.expect(
            path, *media_types, status=status, issues=issues, issues_allowed=issues_allowed, phrases=phrases, note=note
        )

    def duplicate(self, path: str, original: str) -> None:
        """Expect `path` to hold the same bytes as `original`."""
        self.duplicates.append((original, path))
        types = self.filed[original].media_types
        self.expect(path, *types, status="skipped", issues=("duplicate",), note=f"same bytes as {original}")

    def phrases_of(self, path: str) -> tuple[str, ...]:
        """What the text of `path` must hold: its facts, its named phrases, and where it has none its longest lines."""
        paper = self.filed[path]
        if not paper.readable:
            return ()
        stated = [fact.text for fact in self.facts.values() if fact.path == path] + list(paper.phrases)
        if not stated:
            lines = [line.strip() for line in self.texts.get(path, "").splitlines() if line.strip()]
            stated = sorted(lines, key=len, reverse=True)[:2]
        return tuple(dict.fromkeys(stated))
