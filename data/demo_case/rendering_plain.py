"""Blocks to formats that are text: plain text, Markdown, HTML, RTF; and EPUB, which is HTML in a ZIP."""

import html
import io
import zipfile
from collections.abc import Iterable

from data.demo_case.papers import Block

ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def to_text(blocks: Iterable[Block]) -> str:
    """Plain text, a blank line between paragraphs."""
    out: list[str] = []
    for block in blocks:
        if block.kind == "title":
            out.append(f"{block.text}\n{'=' * len(block.text)}")
        elif block.kind in {"table", "pairs"}:
            out.append("\n".join((": " if block.kind == "pairs" else "   ").join(row) for row in block.rows))
        elif block.kind == "item":
            out.append(f"- {block.text}")
        elif block.kind != "page":
            out.append(block.text)
    return "\n\n".join(out) + "\n"


def to_markdown(blocks: Iterable[Block]) -> str:
    """Markdown with pipe tables."""
    out: list[str] = []
    for block in blocks:
        if block.kind == "title":
            out.append(f"# {block.text}")
        elif block.kind == "heading":
            out.append(f"## {block.text}")
        elif block.kind == "item":
            out.append(f"- {block.text}")
        elif block.kind == "pairs":
            out.append("\n".join(f"- **{label}:** {value}" for label, value in block.rows))
        elif block.kind == "table":
            lines = ["| " + " | ".join(row) + " |" for row in block.rows]
            out.append("\n".join([lines[0], "|" + "---|" * len(block.rows[0]), *lines[1:]]))
        elif block.kind != "page":
            out.append(block.text)
    return "\n\n".join(out) + "\n"


def html_body(blocks: Iterable[Block]) -> str:
    """The inside of an HTML body."""
    out: list[str] = []
    for block in blocks:
        text = html.escape(block.text, quote=False)
        if block.kind == "title":
            out.append(f"<h1>{text}</h1>")
        elif block.kind == "heading":
            out.append(f"<h2>{text}</h2>")
        elif block.kind == "item":
            out.append(f"<ul><li>{text}</li></ul>")
        elif block.kind in {"table", "pairs"}:
            rows = [
                "<tr>" + "".join(f"<td>{html.escape(cell, quote=False)}</td>" for cell in row) + "</tr>"
                for row in block.rows
            ]
            out.append("<table>\n" + "\n".join(rows) + "\n</table>")
        elif block.kind != "page":
            out.append(f"<p>{text}</p>")
    return "\n".join(out)


def to_html(blocks: Iterable[Block], name: str, language: str, extra: str = "") -> str:
    """A page; `extra` is HTML put at the end of the body."""
    head = f'<meta charset="utf-8"><title>{html.escape(name)}</title>\n<style>body {{ font-family: sans-serif; max-width: 50em }}</style>'
    return f'<!DOCTYPE html>\n<html lang="{language}">\n<head>{head}</head>\n<body>\n{html_body(blocks)}\n{extra}</body>\n</html>\n'


def _rtf_escape(text: str) -> str:
    out = []
    for character in text:
        if character in "\\{}":
            out.append("\\" + character)
        elif ord(character) < 128:
            out.append(character)
        else:
            out.append(f"\\'{character.encode('cp1252').hex()}")
    return "".join(out)


def to_rtf(blocks: Iterable[Block]) -> bytes:
    """Rich Text Format 1.5, code page 1252."""
    out = ["{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fswiss Arial;}}\\f0\\fs22"]
    for block in blocks:
        if block.kind in {"title", "heading"}:
            out.append(f"{{\\b {_rtf_escape(block.text)}}}\\par")
        elif block.kind in {"table", "pairs"}:
            out += [_rtf_escape("\t".join(row)).replace("\t", "\\tab ") + "\\par" for row in block.rows]
        elif block.kind != "page":
            out.append(f"{_rtf_escape(block.text)}\\par")
    return ("\n".join(out) + "\n}").encode("ascii")


def to_epub(chapters: Iterable[tuple[str, tuple[Block, ...]]], name: str, language: str, identifier: str) -> bytes:
    """EPUB 3 with one XHTML file a chapter."""
    written = list(chapters)
    files = {
        "META-INF/container.xml": '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    }
    manifest, spine, links = [], [], []
    for number, (chapter, blocks) in enumerate(written, 1):
        files[f"OEBPS/chapter{number}.xhtml"] = (
            f'<?xml version="1.0" encoding="utf-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="{language}"><head><title>{html.escape(chapter)}</title></head><body>\n{html_body(blocks)}\n</body></html>'
        )
        manifest.append(f'<item id="c{number}" href="chapter{number}.xhtml" media-type="application/xhtml+xml"/>')
        spine.append(f'<itemref idref="c{number}"/>')
        links.append(f'<li><a href="chapter{number}.xhtml">{html.escape(chapter)}</a></li>')
    files["OEBPS/nav.xhtml"] = (
        f'<?xml version="1.0" encoding="utf-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>{html.escape(name)}</title></head><body><nav epub:type="toc"><ol>{"".join(links)}</ol></nav></body></html>'
    )
    files["OEBPS/content.opf"] = (
        '<?xml version="1.0" encoding="utf-8"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="id">{identifier}</dc:identifier><dc:title>{html.escape(name)}</dc:title><dc:language>{language}</dc:language><meta property="dcterms:modified">2022-01-10T08:00:00Z</meta></metadata>'
        f'<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>{"".join(manifest)}</manifest><spine>{"".join(spine)}</spine></package>'
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype", ZIP_EPOCH), "application/epub+zip")
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path, ZIP_EPOCH), text.encode(), zipfile.ZIP_DEFLATED)
    return target.getvalue()
