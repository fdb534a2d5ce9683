"""Text of charts and diagrams, which Office stores in parts of their own, and what a package says of itself."""

from dataclasses import dataclass

from lxml import etree

from ingest.readers.containers import Container, local_name
from ingest.reading import StatedTime

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MOST_POINTS = 5_000


@dataclass(frozen=True, slots=True)
class Properties:
    """Of a package: title, creator, and the times it states (ISO 8601)."""

    title: str = ""
    creator: str = ""
    times: tuple[StatedTime, ...] = ()


def chart_text(root: etree._Element) -> str:
    """Titles, series and cached points of a chart (ECMA-376 part 1, 21.2), one series a line."""
    lines = [title for node in root.iter() if local_name(node) == "title" and (title := shape_text(node))]
    for series in root.iter():
        if local_name(series) != "ser":
            continue
        name = " ".join(_values(series, "tx"))
        categories = _values(series, "cat") or _values(series, "xVal")
        values = _values(series, "val") or _values(series, "yVal")
        points = [
            f"{categories[number]} {value}" if number < len(categories) else value
            for number, value in enumerate(values)
        ]
        lines.append(": ".join(piece for piece in (name, "; ".join(points or categories)) if piece))
    return "\n".join(line for line in lines if line)


def shape_text(node: etree._Element) -> str:
    """The paragraphs of DrawingML text below `node`, one a line."""
    breaks = {f"{A}br": "\n", f"{A}tab": "\t"}
    paragraphs = []
    for paragraph in node.iter(f"{A}p"):
        pieces = [breaks.get(str(part.tag), part.text or "") for part in paragraph.iter(f"{A}t", *breaks)]
        paragraphs.append("".join(pieces).strip())
    return "\n".join(paragraph for paragraph in paragraphs if paragraph)


def core_properties(container: Container) -> Properties:
    """What `docProps/core.xml` says (ECMA-376 part 2, 8.3). Raises `UntrustedInputError` where it is damaged."""
    names = [link.target for link in container.relationships("").values() if link.type == "core-properties"]
    root = container.xml(names[0] if names else "docProps/core.xml")
    if root is None:
        return Properties()
    found = {local_name(node): (node.text or "").strip() for node in reversed(root)}
    times = (
        StatedTime(found.get("created", ""), "created"),
        StatedTime(found.get("modified", ""), "modified"),
        StatedTime(found.get("lastPrinted", ""), "printed"),
    )
    return Properties(found.get("title", ""), found.get("creator", ""), tuple(time for time in times if time.raw))


def _values(series: etree._Element, role: str) -> list[str]:
    values: list[str] = []
    for child in series:
        if local_name(child) == role:
            for node in child.iter():
                if local_name(node) == "v" and len(values) < _MOST_POINTS:
                    values.append((node.text or "").strip())
    return values
