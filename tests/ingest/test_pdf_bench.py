"""Figures of the PDF reader on public contracts: `pytest -m bench -s`, with CASECLERK_EVAL_DATA naming the data's folder."""

import io
import json
import os
import re
import time
from pathlib import Path

import pypdfium2
import pytest

from ingest.readers.pdf import PdfReader
from tests.ingest.reader_contract import source_of

# `-m bench` asks for it; an ordinary run without the data passes it over
pytestmark = [
    pytest.mark.bench,
    pytest.mark.skipif("CASECLERK_EVAL_DATA" not in os.environ, reason="CASECLERK_EVAL_DATA is not set"),
]
LETTERS_AND_DIGITS_KEPT = 0.998


def data() -> Path:
    return Path(os.environ["CASECLERK_EVAL_DATA"]) / "contracts"


def pdfs() -> dict[str, bytes]:
    """Contract to PDF, for those whose PDF is there."""
    rows = [json.loads(row) for row in (data() / "contracts.jsonl").read_text(encoding="utf-8").splitlines()]
    found = {row["contract"]: data() / row["pdf"] for row in rows if row["pdf"]}
    return {contract: path.read_bytes() for contract, path in found.items() if path.is_file()}


def letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


def test_labelled_clauses_are_kept() -> None:
    texts = {}
    for contract, content in pdfs().items():
        with source_of(content, "application/pdf") as source:
            texts[contract] = letters(PdfReader().read(source).text)
    parts = []
    for row in map(json.loads, (data() / "clauses.jsonl").read_text(encoding="utf-8").splitlines()):
        if row["contract"] in texts and not row["absent"]:
            pieces = (piece for clause in row["clauses"] for piece in clause.split("<omitted>"))
            parts.extend((row["contract"], letters(piece)) for piece in pieces if letters(piece))
    kept = sum(part in texts[contract] for contract, part in parts)
    print(f"\nlabelled clause parts kept: {kept} of {len(parts)} ({kept / len(parts):.2%}), {len(texts)} PDFs")
    assert kept / len(parts) >= LETTERS_AND_DIGITS_KEPT


def test_pages_a_second_with_and_without_boxes() -> None:
    """Alternately, file by file, so that a busy machine slows both alike; processor time of this process."""
    taken = {"text alone": 0.0, "with boxes and blocks": 0.0}
    pages = words = 0
    for content in pdfs().values():
        start = time.process_time()
        document = pypdfium2.PdfDocument(io.BytesIO(content).read())
        for page in document:
            text_page = page.get_textpage()
            text_page.get_text_range()
            text_page.close()
            page.close()
        document.close()
        taken["text alone"] += time.process_time() - start
        with source_of(content, "application/pdf") as source:
            start = time.process_time()
            reading = PdfReader().read(source)
            taken["with boxes and blocks"] += time.process_time() - start
        pages += len(reading.pages)
        words += len(reading.words)
    print(f"\n{pages} pages, {words / pages:.0f} word boxes a page")
    for what, seconds in taken.items():
        print(f"{what}: {pages / seconds:.0f} pages/s")
    ratio = taken["with boxes and blocks"] / taken["text alone"]
    print(f"boxes, blocks and judgement cost {ratio:.2f} times the text alone")
    assert ratio < 4
