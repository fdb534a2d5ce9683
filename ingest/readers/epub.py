"""Reads e-books (EPUB): the chapters in the order of reading, each as HTML (EPUB 3.3, 5)."""

import posixpath
import re
from dataclasses import replace

from lxml import etree

from casefile.errors import UntrustedInputError
from casefile.locators import BlockLocator
from ingest.readers.containers import Container, local_name, open_container, parse_xml, resolve
from ingest.readers.decoding import decode
from ingest.readers.docx import take_out
from ingest.readers.html import read_html
from ingest.readers.part_writer import PartWriter
from ingest.readers.text_builder import TextBuilder
from ingest.reading import Block, Reading, Source, StatedTime

_CHAPTERS = frozenset({"application/xhtml+xml", "text/html", "text/x-oeb1-document"})
_DECLARATION = re.compile(
    rb"""\s*<\?xml[^>]{0,200}?(?:encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["'])?[^>]{0,200}\?>"""
)
_ENDINGS = (".xhtml", ".html", ".htm")


class EpubReader:
    """E-books. Pictures become parts; chapters that the order of reading leaves out come last, flagged."""

    name = "epub"
    version = "1"
    media_types = frozenset({"application/epub+zip"})

    def read(self, source: Source) -> Reading:
        """Read all chapters. Raises `UntrustedInputError` corrupt, or encrypted where a licence locks the book."""
        with open_container(source, "e-book") as container:
            return _Assembly(container, source).reading()


class _Assembly:
    def __init__(self, container: Container, source: Source) -> None:
        self._container = container
        self._builder = TextBuilder(source.limits.text_characters)
        self._parts = PartWriter(source)
        self._package_name, self._package = self._find_package()
        self._paragraph = 0
        self._titles: set[str] = set()

    def reading(self) -> Reading:
        self._refuse_locked()
        items = self._manifest()
        spine = [node.get("idref") or "" for node in self._package.iter() if local_name(node) == "itemref"]
        order = [items[number][0] for number in spine if number in items]
        rest = [name for name, kind in items.values() if kind in _CHAPTERS and name not in set(order)]
        written: set[str] = set()
        for name in order:
            if name not in written:
                self._write_chapter(name)
                written.add(name)
        before = self._builder.length
        for name in rest:
            if name not in written and not name.lower().endswith(("nav.xhtml", "toc.xhtml")):
                self._write_chapter(name)
                written.add(name)
        if self._builder.length > before and order:
            place = BlockLocator(max(self._paragraph, 1), before, self._builder.length)
            self._builder.report("hidden_text", "The book holds chapters that its order of reading leaves out.", place)
        pictures = [name for name, kind in items.values() if kind.startswith(("image/", "audio/", "video/"))]
        found = dict.fromkeys(map(self._container.find, pictures))
        take_out(self._container, [name for name in found if name is not None], self._parts, self._builder)
        if not self._builder.length:
            self._builder.report("no_text", "The book holds no text.")
        return Reading(
            text=self._builder.text,
            blocks=self._builder.blocks,
            issues=self._builder.issues,
            parts=self._parts.parts,
            title=self._metadata("title"),
            sender=self._metadata("creator"),
            times=self._times(),
        )

    def _find_package(self) -> tuple[str, etree._Element]:
        """The package document that `META-INF/container.xml` names; else the first there is."""
        names = [name for name in self._container.names if name.lower().endswith(".opf")]
        index = self._container.xml("META-INF/container.xml")
        for node in [] if index is None else index.iter():
            main = self._container.find(node.get("full-path") or "") if local_name(node) == "rootfile" else None
            if main:
                names.insert(0, main)
                break
        if not names:
            raise UntrustedInputError("corrupt", "The package holds no e-book.")
        return names[0], parse_xml(self._container.read(names[0]), allow_doctype=True)

    def _refuse_locked(self) -> None:
        """A book whose chapters are encrypted; fonts alone often are, which takes no text away."""
        index = self._container.find("META-INF/encryption.xml")
        if index is None:
            return
        data = self._container.read(index).lower()
        if any(ending.encode() + quote in data for ending in _ENDINGS for quote in (b'"', b"'")):
            raise UntrustedInputError("encrypted", "The e-book is locked by a licence; ask for a copy without it.")

    def _manifest(self) -> dict[str, tuple[str, str]]:
        """Member name and media type of each item by its id."""
        folder = posixpath.dirname(self._package_name)
        return {
            node.get("id") or "": (resolve(folder, node.get("href") or ""), (node.get("media-type") or "").lower())
            for node in self._package.iter()
            if local_name(node) == "item"
        }

    def _write_chapter(self, name: str) -> None:
        found = self._container.find(name)
        if found is None:
            self._builder.report("dropped_text", "A chapter that the book lists is missing from it.")
            return
        try:
            reading = read_html(_as_html(self._container.read(found)))
        except UntrustedInputError as error:
            if error.category != "empty":
                self._builder.report("dropped_text", f"A chapter cannot be read: {error.message}")
            return
        for block in reading.blocks:
            shown = reading.text[block.locator.start : block.locator.end]
            # a chapter's <title> is no part of its page, and most books repeat one title in all of them
            if block.kind != "title" or shown not in self._titles:
                self._write_block(block, reading.text)
            if block.kind == "title":
                self._titles.add(shown)
        for issue in reading.issues:
            self._builder.report(issue.category, issue.message)

    def _write_block(self, block: Block, text: str) -> None:
        self._paragraph += 1
        number, start = self._paragraph, block.locator.start
        headings = block.locator.headings if isinstance(block.locator, BlockLocator) else ()
        cells = tuple(replace(cell, start=cell.start - start, end=cell.end - start) for cell in block.cells)
        self._builder.add(
            block.kind,
            text[start : block.locator.end],
            lambda begin, end: BlockLocator(number, begin, end, headings),
            separator="\n" if block.kind in {"row", "header_row", "list_item"} else "\n\n",
            context=block.context,
            cells=cells,
        )

    def _metadata(self, name: str) -> str:
        for node in self._package.iter():
            if local_name(node) == name and (node.text or "").strip():
                return (node.text or "").strip()
        return ""

    def _times(self) -> tuple[StatedTime, ...]:
        times = [StatedTime(self._metadata("date"), "created")]
        times.extend(
            StatedTime((node.text or "").strip(), "modified")
            for node in self._package.iter()
            if local_name(node) == "meta" and node.get("property") == "dcterms:modified"
        )
        return tuple(time for time in times if time.raw)


def _as_html(data: bytes) -> bytes:
    """A chapter in UTF-8 without its XML declaration, which HTML does not know."""
    declaration = _DECLARATION.match(data)
    declared = declaration[1].decode("ascii", "replace") if declaration and declaration[1] else None
    text = decode(data, declared).text
    end = text.find("?>") + 2 if text.lstrip().startswith("<?xml") else 0
    return b"\xef\xbb\xbf" + text[end:].encode("utf-8", "replace")
