"""Mutates the XML inside good packages: bytes changed in the package itself hardly ever get past its checksums."""

import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from casefile.errors import UntrustedInputError
from ingest.readers.docx import DocxReader
from ingest.readers.epub import EpubReader
from ingest.readers.odt import OdtReader
from ingest.readers.pptx import PptxReader
from ingest.readers.sheets import SheetReader
from ingest.reading import Reader
from tests.ingest.office_files import DOCX, ODS, ODT, PPTX, XLSX, packed
from tests.ingest.reader_contract import read_bytes
from tests.ingest.test_docx_reader import statement
from tests.ingest.test_epub_reader import EPUB, book, page
from tests.ingest.test_odt_reader import by_odfpy
from tests.ingest.test_pptx_reader import briefing
from tests.ingest.test_sheet_reader import open_book, payments

SAMPLES: dict[str, tuple[Reader, str, bytes]] = {
    "docx": (DocxReader(), DOCX, statement()),
    "pptx": (PptxReader(), PPTX, briefing()),
    "odt": (OdtReader(), ODT, by_odfpy()),
    "xlsx": (SheetReader(), XLSX, payments()),
    "ods": (SheetReader(), ODS, open_book()),
    "epub": (EpubReader(), EPUB, book({"a": page("<h1>A</h1><p>b</p>"), "b": page("<p>c</p>")}, ["a", "b"])),
}
VALUES = st.sampled_from(
    ["", "-1", "0", "999999999999", "1e9", "x", "\u0660", "../../x", "true", "rId1", "A1", "\ufffd"]
)


def mutated(data: bytes, choose: st.DataObject) -> bytes:
    """A package of which some elements were removed, doubled, moved or renamed, or had attributes or texts changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        members = {name: package.read(name) for name in package.namelist()}
    names = sorted(name for name in members if name.endswith((".xml", ".rels", ".opf", ".xhtml")))
    name = choose.draw(st.sampled_from(names))
    root = etree.fromstring(members[name])
    for _ in range(choose.draw(st.integers(1, 6))):
        nodes = [node for node in root.iter() if isinstance(node.tag, str)]
        node = nodes[choose.draw(st.integers(0, len(nodes) - 1))]
        other = nodes[choose.draw(st.integers(0, len(nodes) - 1))]
        _mutate(node, other, choose)
    members[name] = etree.tostring(root)
    if choose.draw(st.integers(0, 9)) == 0:
        del members[choose.draw(st.sampled_from(sorted(members)))]
    return packed(members)


def _mutate(node: etree._Element, other: etree._Element, choose: st.DataObject) -> None:
    parent = node.getparent()
    action = choose.draw(st.sampled_from(["remove", "double", "wrap", "rename", "attribute", "text", "tail"]))
    if action == "remove" and parent is not None:
        parent.remove(node)
    elif action == "double" and parent is not None:
        parent.insert(0, etree.fromstring(etree.tostring(node, with_tail=False)))
    elif action == "wrap":
        other.append(etree.fromstring(etree.tostring(node, with_tail=False)))
    elif action == "rename":
        node.tag = other.tag
    elif action == "attribute" and node.attrib:
        node.set(choose.draw(st.sampled_from(sorted(map(str, node.attrib)))), choose.draw(VALUES))
    elif action == "text":
        node.text = choose.draw(VALUES)
    else:
        node.tail = choose.draw(VALUES)


@pytest.mark.parametrize("kind", sorted(SAMPLES))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(choose=st.data())
def test_mutated_xml_is_read_or_refused(kind: str, choose: st.DataObject) -> None:
    reader, media_type, data = SAMPLES[kind]
    try:
        reading = read_bytes(reader, mutated(data, choose), media_type)
    except UntrustedInputError as error:
        refused = error
        assert refused.message
    else:
        assert all(issue.message for issue in reading.issues)
