"""Reads Word documents (DOCX, DOCM, DOTX) by walking their XML: see docs/decisions/011."""

import posixpath

from lxml import etree

from casefile.errors import UntrustedInputError
from casefile.records import IssueCategory
from ingest.readers.containers import Container, Relationship, open_container
from ingest.readers.docx_line import TEXT_TAGS, Note, R
from ingest.readers.docx_numbering import Numbering, W
from ingest.readers.docx_story import Story
from ingest.readers.docx_styles import Styles
from ingest.readers.ooxml_figures import Properties, chart_text, core_properties, shape_text
from ingest.readers.part_writer import PartWriter
from ingest.readers.text_builder import TextBuilder
from ingest.reading import Reading, Source

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_NOTE_PARTS = (("footnotes", "footnote"), ("endnotes", "endnote"), ("comments", "comment"))


class DocxReader:
    """Word documents, whole.

    What stands in a part or place that nothing shows comes after the rest, with an issue `hidden_text`.
    """

    name = "docx"
    version = "1"
    media_types = frozenset(
        {
            DOCX,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
            "application/vnd.ms-word.document.macroenabled.12",
            "application/vnd.ms-word.template.macroenabled.12",
        }
    )

    def read(self, source: Source) -> Reading:
        """Read the document, its notes, comments, headers and footers; embedded files become parts."""
        with open_container(source, "Word document") as container:
            return _Assembly(container, source).reading()


class _Assembly:
    def __init__(self, container: Container, source: Source) -> None:
        self._container = container
        self._builder = TextBuilder(source.limits.text_characters)
        self._parts = PartWriter(source)
        self._walked: set[str] = set()
        package_links = container.relationships("").values()
        mains = [link.target for link in package_links if link.type == "officeDocument"]
        main = container.find(mains[0] if mains else "word/document.xml") or container.find("word/document.xml")
        root = None if main is None else container.xml(main)
        if main is None or root is None:
            raise UntrustedInputError("corrupt", "The package holds no Word document.")
        self._main, self._root = main, root
        self._folder = posixpath.dirname(main)
        self._links = self._relationships(main)
        self._sections = [
            node
            for node in root.iter(f"{W}sectPr")
            if (parent := node.getparent()) is not None and parent.tag != f"{W}sectPrChange"
        ]
        self._sections_ended = 0
        self._story = Story(
            self._builder,
            Styles(self._linked_xml("styles")),
            Numbering(self._linked_xml("numbering")),
            on_section=self._end_section,
            figure_text=self._figure_text,
        )
        self._story.reader.links = self._links

    def reading(self) -> Reading:
        story = self._story
        for part_type, kind in _NOTE_PARTS:
            self._know_notes(part_type, kind)
        self._write_margin(0, "headerReference")
        self._walked.add(self._main)
        story.walk(self._root)
        for name in self._targets("header") + self._targets("footer"):
            self._write_part(name, hidden="a header or footer that no page shows")
        story.write_notes(list(story.left_notes()))
        self._write_unread(self._root, "text outside the paragraphs")
        self._write_other_parts()
        self._take_out_parts()
        properties = self._properties()
        if not self._builder.length:
            self._builder.report("no_text", "The document holds no text.")
        return Reading(
            text=self._builder.text,
            blocks=self._builder.blocks,
            issues=self._builder.issues,
            parts=self._parts.parts,
            title=properties.title,
            sender=properties.creator,
            times=properties.times,
        )

    def _know_notes(self, part_type: str, kind: str) -> None:
        for name in self._targets(part_type):
            root = self._xml(name)
            if root is not None:
                self._walked.add(name)
                self._story.know_notes(kind, root, self._relationships(name))

    def _end_section(self, _node: etree._Element) -> None:
        ended = self._sections_ended
        self._sections_ended += 1
        self._write_margin(ended, "footerReference")
        self._write_margin(ended + 1, "headerReference")

    def _write_margin(self, section: int, kind: str) -> None:
        """Write a section's headers or footers, each part once: Word repeats them on every page."""
        if section >= len(self._sections):
            return
        for node in self._sections[section].iterchildren(f"{W}{kind}"):
            link = self._links.get(node.get(f"{R}id") or "")
            if link is not None and not link.external:
                self._write_part(link.target)

    def _write_part(self, name: str, hidden: str = "") -> None:
        found = self._container.find(name)
        if found is None or found in self._walked:
            return
        self._walked.add(found)
        root = self._xml(found)
        if root is None:
            return
        reader = self._story.reader
        before = self._builder.length
        outer, reader.links = reader.links, self._relationships(found)
        self._story.walk(root)
        reader.links = outer
        self._write_unread(root, "text outside the paragraphs of a header or footer")
        if hidden and self._builder.length > before:
            self._builder.report("hidden_text", f"The document holds {hidden}.")

    def _write_unread(self, root: etree._Element, what: str) -> None:
        left = self._story.reader.unread(root)
        if left:
            self._story.write_notes([Note("[" + "\n".join(left) + "]", what)])

    def _write_other_parts(self) -> None:
        """Parts that nothing of the above refers to, such as building blocks, where they hold other text."""
        prefix = f"{self._folder}/" if self._folder else ""
        for name in self._container.names:
            if name in self._walked or not name.startswith(prefix) or not name.lower().endswith(".xml"):
                continue
            root = self._xml(name)
            if root is not None and next(root.iter(*TEXT_TAGS), None) is not None:
                self._write_unread(root, f"text in the part {posixpath.basename(name)[:40]}")

    def _figure_text(self, node: etree._Element) -> str:
        """Text of the chart or diagram that `node` of a drawing refers to."""
        lines: list[str] = []
        for key, value in node.attrib.items():
            link = self._story.reader.links.get(str(value)) if str(key).startswith(R) else None
            name = None if link is None or link.external else self._container.find(link.target)
            if link is None or name is None or name in self._walked:
                continue
            if link.type not in {"chart", "chartEx", "diagramData"}:
                continue
            root = self._xml(name)
            if root is not None:
                self._walked.add(name)
                lines.append(shape_text(root) if link.type == "diagramData" else chart_text(root))
                self._story.reader.unread(root)
        text = "\n".join(line for line in lines if line)
        return f"[figure: {text}]" if text else ""

    def _take_out_parts(self) -> None:
        prefix = f"{self._folder}/" if self._folder else ""
        folders = (f"{prefix}embeddings/", f"{prefix}media/")
        wanted = [name for name in self._container.names if name.lower().startswith(folders)]
        wanted += [name for name in self._targets("aFChunk") + self._targets("vbaProject") if name not in wanted]
        take_out(self._container, wanted, self._parts, self._builder)

    def _properties(self) -> Properties:
        try:
            return core_properties(self._container)
        except UntrustedInputError as error:
            self._builder.report("dropped_text", f"The document's properties cannot be read: {error.message}")
            return Properties()

    def _targets(self, part_type: str) -> list[str]:
        links = (link for link in self._links.values() if link.type == part_type and not link.external)
        return [name for link in links if (name := self._container.find(link.target)) is not None]

    def _linked_xml(self, part_type: str) -> etree._Element | None:
        names = self._targets(part_type)
        return self._xml(names[0], "corrupt") if names else None

    def _relationships(self, part: str) -> dict[str, Relationship]:
        try:
            return self._container.relationships(part)
        except UntrustedInputError as error:
            self._builder.report("dropped_text", f"The links of a part cannot be read: {error.message}")
            return {}

    def _xml(self, name: str, category: IssueCategory = "dropped_text") -> etree._Element | None:
        """A part other than the main one; where it is damaged the rest is still read."""
        try:
            return self._container.xml(name)
        except UntrustedInputError as error:
            self._builder.report(category, f"The part {posixpath.basename(name)[:40]} cannot be read: {error.message}")
            return None


def take_out(container: Container, names: list[str], parts: PartWriter, builder: TextBuilder) -> None:
    """Write embedded files and pictures of an Office package as parts."""
    for name in names:
        if name.endswith("/"):
            continue
        try:
            data = container.read(name)
        except UntrustedInputError as error:
            parts.refuse(posixpath.basename(name), "embedded", error.category, error.message)
            continue
        parts.write(posixpath.basename(name), (data,), "embedded")
    if parts.dropped:
        builder.report("too_large", f"{parts.dropped} embedded files were not taken out: there are too many.")
