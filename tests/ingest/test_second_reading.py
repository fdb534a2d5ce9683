"""What `unstructured` finds in a file, ours finds too; and it cannot reach the network."""

import re
import socket

import pytest

from casefile.errors import UntrustedInputError
from ingest.readers import offline_unstructured
from ingest.readers.docx import DocxReader
from ingest.readers.pptx import PptxReader
from ingest.reading import Reader
from tests.ingest.office_files import DOCX, PPTX
from tests.ingest.reader_contract import read_bytes
from tests.ingest.test_docx_reader import statement
from tests.ingest.test_pptx_reader import briefing

_WORD = re.compile(r"\w+")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **_more: object) -> object:
        raise AssertionError(f"a connection was tried: {args}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("reader", "media_type", "data"), [(DocxReader(), DOCX, statement()), (PptxReader(), PPTX, briefing())]
)
def test_no_word_that_the_second_reader_finds_is_missing(reader: Reader, media_type: str, data: bytes) -> None:
    ours = set(_WORD.findall(read_bytes(reader, data, media_type).text))
    theirs = {word for text in offline_unstructured.second_reading(data, media_type) for word in _WORD.findall(text)}
    assert len(theirs) > 5
    assert theirs <= ours


@pytest.mark.filterwarnings("ignore")
def test_sentences_are_split_without_the_model() -> None:
    offline_unstructured.prepare()
    from unstructured.nlp.tokenize import sent_tokenize

    assert sent_tokenize("One sentence. And another one.") == ["One sentence.", "And another one."]


@pytest.mark.filterwarnings("ignore")
def test_other_types_and_damaged_files_are_refused() -> None:
    for data, media_type, category in ((b"x", "text/plain", "unsupported"), (b"x", DOCX, "corrupt")):
        with pytest.raises(UntrustedInputError) as raised:
            offline_unstructured.second_reading(data, media_type)
        assert raised.value.category == category
