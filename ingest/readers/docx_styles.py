"""What the styles of a Word document say of a paragraph: heading level, list, hidden (ECMA-376 part 1, 17.7)."""

import re
from dataclasses import dataclass

from lxml import etree

from ingest.readers.docx_numbering import W, value_of, whole

BODY_LEVEL = 9
_HEADING_NAME = re.compile(r"heading\s*([1-9])$", re.IGNORECASE)
_MOST_ANCESTORS = 20


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """A style with what it inherits.

    `heading` counts from 1 as in `Heading 1`, 0 is the document's title, None is no heading. `number_id` and
    `number_level` are those of a list, where the style numbers its paragraphs.
    """

    heading: int | None = None
    number_id: str | None = None
    number_level: int = 0
    hidden: bool = False


class Styles:
    """The styles of one document by their id.

    Args:
        root: `styles.xml`, or None where the document has none.
    """

    def __init__(self, root: etree._Element | None) -> None:
        self._nodes: dict[str, etree._Element] = {}
        self._known: dict[str, ParagraphStyle] = {}
        for node in [] if root is None else root.iterchildren(f"{W}style"):
            self._nodes[node.get(f"{W}styleId") or ""] = node

    def get(self, style_id: str | None) -> ParagraphStyle:
        """The style of that id with what it inherits; a plain one where it is not known."""
        if not style_id:
            return ParagraphStyle()
        known = self._known.get(style_id)
        if known is None:
            known = self._known[style_id] = self._resolve(style_id)
        return known

    def _resolve(self, style_id: str) -> ParagraphStyle:
        heading: int | None = None
        number_id: str | None = None
        number_level: int | None = None
        hidden = False
        lineage = self._lineage(style_id)
        if not lineage:
            return ParagraphStyle(heading=heading_of_name(style_id))
        for node in lineage:
            own_id, own_level = numbering_of(node.find(f"{W}pPr"))
            number_id = number_id if number_id is not None else own_id
            number_level = number_level if number_level is not None else own_level
            heading = heading if heading is not None else _heading_of_style(node)
            hidden = hidden or is_hidden(node.find(f"{W}rPr"))
        return ParagraphStyle(None if heading == BODY_LEVEL + 1 else heading, number_id, number_level or 0, hidden)

    def _lineage(self, style_id: str) -> list[etree._Element]:
        lineage: list[etree._Element] = []
        current: str | None = style_id
        while current and len(lineage) < _MOST_ANCESTORS:
            node = self._nodes.get(current)
            if node is None or node in lineage:
                break
            lineage.append(node)
            current = value_of(node, "basedOn")
        return lineage


def heading_of_name(name: str) -> int | None:
    """The heading level that a style's name tells; Word keeps the English names in every language."""
    match = _HEADING_NAME.fullmatch(name.strip())
    if match is not None:
        return int(match[1])
    return 0 if name.strip().lower() == "title" else None


def outline_level(properties: etree._Element | None) -> int | None:
    """The heading level, from 1, that a paragraph's or style's own properties state; 10 for body text."""
    if properties is None:
        return None
    stated = value_of(properties, "outlineLvl")
    return None if stated is None else min(max(whole(stated, BODY_LEVEL), 0), BODY_LEVEL) + 1


def numbering_of(properties: etree._Element | None) -> tuple[str | None, int | None]:
    """List and level that a paragraph's or style's own properties state."""
    numbering = None if properties is None else properties.find(f"{W}numPr")
    if numbering is None:
        return None, None
    level = value_of(numbering, "ilvl")
    return value_of(numbering, "numId"), None if level is None else whole(level, 0)


def is_hidden(run_properties: etree._Element | None) -> bool:
    """Whether run properties hide their text (`w:vanish`, 17.3.2.41)."""
    if run_properties is None:
        return False
    vanish = run_properties.find(f"{W}vanish")
    return vanish is not None and vanish.get(f"{W}val", "true").lower() not in {"0", "false", "off"}


def _heading_of_style(node: etree._Element) -> int | None:
    named = heading_of_name(value_of(node, "name") or "")
    return named if named is not None else outline_level(node.find(f"{W}pPr"))
