"""Web pages, read with lxml: no script runs, nothing is fetched, and nothing that the page says is left out.

Form values, menus, folded details, alternative texts and comments are in the text; what a browser would not show is
reported as `hidden_text`. Used by the readers of e-books and mails too.
"""

import re
from dataclasses import dataclass

from casefile.errors import UntrustedInputError
from casefile.records import Issue
from ingest.readers.decoding import Decoded, decode
from ingest.readers.html_walk import flat_pieces, parsed, pieces
from ingest.readers.html_writer import HtmlWriter
from ingest.reading import Block, Reading, Source

META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
XML_ENCODING = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
DECLARED_WITHIN = 4096
# libxml2 cannot hold these in a text
FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class HtmlText:
    """What a web page says.

    Attributes:
        text: paragraphs with a blank line between them, rows and list items without.
        blocks: with `BlockLocator`s; offsets and paragraph numbers begin where the caller said.
        issues: locators count from where the caller said.
        title: of the page, blank if it has none.
        headings: the heading path at the end, for a caller that goes on with another file.
        next_paragraph: the number for the paragraph after the last one.
    """

    text: str
    blocks: tuple[Block, ...]
    issues: tuple[Issue, ...]
    title: str
    headings: tuple[str, ...]
    next_paragraph: int


class HtmlReader:
    """Web pages."""

    name = "html"
    version = "1"
    media_types = frozenset({"text/html"})

    def read(self, source: Source) -> Reading:
        """Read a page; a block is a paragraph, heading, list item or table row.

        Raises:
            UntrustedInputError: `empty` where the page says nothing.
        """
        most = source.limits.text_characters
        # markup takes room of its own: three bytes of page for one of text at the most that is kept
        data = source.stream.read(3 * most + 1)
        page = read_html(data[: 3 * most], most_characters=most, truncated=len(data) > 3 * most)
        if not page.text.strip() and not page.issues:
            raise UntrustedInputError("empty", "The page has no text.")
        return Reading(page.text, page.blocks, page.issues, title=page.title)


def read_html(
    data: bytes,
    *,
    declared: str | None = None,
    offset: int = 0,
    paragraph: int = 1,
    headings: tuple[str, ...] = (),
    most_characters: int = 50_000_000,
    truncated: bool = False,
) -> HtmlText:
    """Read a web page or a fragment of one.

    Args:
        data: the page, in any encoding.
        declared: its encoding as stated outside the page (MIME header), if at all.
        offset: added to all offsets: where the caller will put the text in its own.
        paragraph: the number of the first paragraph.
        headings: the heading path in force before the page.
        most_characters: the longest text kept; the rest is cut and reported `too_large`.
        truncated: the page is longer than `data`.
    """
    stated = META_CHARSET.search(data, 0, DECLARED_WITHIN) or XML_ENCODING.match(data, 0, DECLARED_WITHIN)
    decoded = decode(data, declared or (stated.group(1).decode("ascii") if stated else None), truncated=truncated)
    writer = HtmlWriter(offset, paragraph, headings, most_characters)
    markup = FORBIDDEN.sub("\ufffd", decoded.text)
    too_deep = False
    try:
        root = parsed(markup)
        found = pieces(root) if root is not None else iter(())
    except UntrustedInputError:
        too_deep = True
        found = flat_pieces(markup)
    for piece in found:
        if not writer.take(piece):
            break
    writer.close()
    issues = (*_issues(decoded, truncated=truncated, too_deep=too_deep), *writer.issues())
    return HtmlText(writer.text(), tuple(writer.blocks), issues, writer.title, writer.heading_path(), writer.paragraph)


def _issues(decoded: Decoded, *, truncated: bool, too_deep: bool) -> list[Issue]:
    issues = [issue for issue in decoded.issues() if issue.category != "too_large"]
    if truncated:
        issues.append(Issue("read", "too_large", "The page is longer than the limit; its end was not read."))
    if too_deep:
        issues.append(Issue("read", "too_deep", "The page is nested too deeply; it was read without its structure."))
    return issues
