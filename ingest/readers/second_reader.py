"""The second reader: `unstructured`, kept offline, for what it reads with nothing but Python libraries.

It never makes a text that is cited. It reads a file again, independently of our own readers, so that
`ingest.second_reading` can tell whether ours lost words. In version 0.27.32 ODT, RTF and EPUB need pandoc, XLSX, CSV
and TSV need pandas, Markdown needs a parser that is not installed (its text is read as plain text here), PDF needs
models and pdfminer: those have no second reader, and `exhibit check` says so.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from casefile.errors import UntrustedInputError
from casefile.locators import BlockLocator
from ingest.readers.containers import refuse_empty
from ingest.readers.offline_unstructured import prepare
from ingest.readers.registry import OFFICE, Registry
from ingest.readers.text_builder import TextBuilder
from ingest.reading import Reading, Source

REGISTRY = "ingest.readers.second_reader:registry"
"""How `ReadingProcess` finds this reader."""


@dataclass(frozen=True, slots=True)
class _Partitioner:
    """A function of `unstructured.partition`, and how it is called besides `file` and `languages`."""

    module: str
    function: str
    arguments: tuple[tuple[str, object], ...] = ()

    def load(self) -> Callable[..., list[Any]]:
        """Import it."""
        function: Callable[..., list[Any]] = getattr(
            import_module(f"unstructured.partition.{self.module}"), self.function
        )
        return function


_TEXT = _Partitioner("text", "partition_text")
_WITHOUT_ATTACHMENTS = (("process_attachments", False),)
"""Attachments are exhibits of their own, and are read again as such."""

_PARTITIONERS = {
    OFFICE + "wordprocessingml.document": _Partitioner("docx", "partition_docx"),
    OFFICE + "presentationml.presentation": _Partitioner("pptx", "partition_pptx", (("include_slide_notes", True),)),
    "text/html": _Partitioner("html", "partition_html"),
    "message/rfc822": _Partitioner("email", "partition_email", _WITHOUT_ATTACHMENTS),
    "application/vnd.ms-outlook": _Partitioner("msg", "partition_msg", _WITHOUT_ATTACHMENTS),
    "application/xml": _Partitioner("xml", "partition_xml"),
    "text/plain": _TEXT,
    "text/markdown": _TEXT,
}
_NO_LANGUAGE = ("",)
"""Tells `unstructured` not to guess languages, which takes longer than reading and gives nothing to compare."""

_SAMPLE = "This is one sentence, long enough to be looked at. This is another one, by the same author."


class SecondReader:
    """Reads DOCX, PPTX, HTML, mail, Outlook messages, XML and plain text with `unstructured`.

    Everything is text in paragraphs; no structure, issue or part is told, since only words are compared.
    """

    name = "unstructured"
    media_types = frozenset(_PARTITIONERS)

    def __init__(self) -> None:
        self.version = version(self.name)  # of the library; read from its metadata, which does not import it

    def warm(self) -> None:
        """Import the library with every partitioner, and read a line of ours, in the process that forks for each file.

        Raises:
            RuntimeError: the imports have started a thread: a process that forks must have one.
        """
        before = _threads()
        prepare()
        for partitioner in _PARTITIONERS.values():
            partitioner.load()
        _TEXT.load()(text=_SAMPLE, languages=list(_NO_LANGUAGE))  # loads what is loaded at first use
        if _threads() > before:
            raise RuntimeError("importing unstructured starts threads now; it must not be imported before forking")

    def read(self, source: Source) -> Reading:
        """Read the file.

        Raises:
            UntrustedInputError: `unsupported` for other types, `corrupt` where `unstructured` cannot read the file.
        """
        partitioner = _PARTITIONERS.get(source.media_type)
        if partitioner is None:
            raise UntrustedInputError("unsupported", f"There is no second reader for {source.media_type}.")
        refuse_empty(source)
        prepare()
        partition = partitioner.load()
        source.stream.seek(0)
        file = io.BytesIO(source.stream.read())
        try:
            elements = partition(file=file, languages=list(_NO_LANGUAGE), **dict(partitioner.arguments))
        except (MemoryError, RecursionError):
            raise  # the reading process has words for these
        except Exception as error:  # a foreign reader on hostile data raises anything; kept as the issue
            raise UntrustedInputError("corrupt", "The second reader cannot read the file.") from error
        return _reading(source, _texts(elements))


def _texts(elements: list[Any]) -> Iterator[str]:
    for element in elements:
        text = element.text
        if isinstance(text, str):
            yield text


def _reading(source: Source, texts: Iterator[str]) -> Reading:
    builder = TextBuilder(source.limits.text_characters)
    for number, text in enumerate(texts, start=1):
        builder.add("paragraph", text, partial(BlockLocator, number))
    return Reading(text=builder.text, blocks=builder.blocks, issues=builder.issues)


def _threads() -> int:
    """Threads of this process, those of C libraries included."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def registry() -> Registry:
    """A registry that holds this reader only."""
    found = Registry()
    found.register(SecondReader())
    return found
