"""Which reader reads which media type. Readers are imported when the first file of their kind comes."""

from collections.abc import Iterable
from importlib import import_module

from ingest.reading import Reader

OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
READERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ingest.readers.refused:EmptyFileReader", ("application/x-empty",)),
    ("ingest.readers.refused:LockedFileReader", ("application/x-ooxml-encrypted", "application/pgp-encrypted")),
    (
        "ingest.readers.plain_text:PlainTextReader",
        ("text/plain", "text/markdown", "text/vcard", "text/calendar"),
    ),
    ("ingest.readers.html:HtmlReader", ("text/html",)),
    (
        "ingest.readers.json_xml:JsonReader",
        ("application/json", "application/geo+json", "application/x-ndjson"),
    ),
    (
        "ingest.readers.json_xml:XmlReader",
        ("application/xml", "application/gpx+xml", "application/vnd.google-earth.kml+xml", "image/svg+xml"),
    ),
    ("ingest.readers.pdf:PdfReader", ("application/pdf",)),
    ("ingest.readers.docx:DocxReader", (OFFICE + "wordprocessingml.document",)),
    ("ingest.readers.pptx:PptxReader", (OFFICE + "presentationml.presentation",)),
    ("ingest.readers.odt:OdtReader", (OPEN_DOCUMENT + "text",)),
    ("ingest.readers.rtf:RtfReader", ("application/rtf",)),
    ("ingest.readers.epub:EpubReader", ("application/epub+zip",)),
    (
        "ingest.readers.sheets:SheetReader",
        (
            OFFICE + "spreadsheetml.sheet",
            "application/vnd.ms-excel.sheet.binary.macroenabled.12",
            "application/vnd.ms-excel",
            OPEN_DOCUMENT + "spreadsheet",
        ),
    ),
    ("ingest.readers.sheets:DelimitedReader", ("text/csv", "text/tab-separated-values")),
    ("ingest.readers.mail:MailReader", ("message/rfc822",)),
    ("ingest.readers.archive:ZipReader", ("application/zip",)),
)


class Registry:
    """Readers by media type.

    A reader is registered as an object, or as an import path `module:Class` that is imported at first use.
    """

    def __init__(self) -> None:
        self._entries: dict[str, str | Reader] = {}

    def register(self, reader: str | Reader, media_types: Iterable[str] | None = None) -> None:
        """Add a reader.

        Args:
            reader: the reader, or `module:Class` of one that takes no arguments.
            media_types: what it reads; by default the reader's own `media_types`.

        Raises:
            ValueError: a media type has a reader already, or a path comes without media types. Nothing is added then.
        """
        if media_types is None:
            if isinstance(reader, str):
                raise ValueError(f"{reader}: a reader given by import path needs its media types named")
            media_types = reader.media_types
        wanted = tuple(media_types)
        taken = sorted(set(wanted) & self._entries.keys())
        if taken or len(set(wanted)) != len(wanted):
            raise ValueError(f"{reader}: already registered: {', '.join(taken) or 'a media type named twice'}")
        self._entries.update(dict.fromkeys(wanted, reader))

    def reader_for(self, media_type: str) -> Reader | None:
        """The reader of a media type, imported if need be; None where there is none."""
        entry = self._entries.get(media_type)
        if not isinstance(entry, str):
            return entry
        module, _, name = entry.partition(":")
        reader: Reader = getattr(import_module(module), name)()
        self._entries.update({kind: reader for kind, path in self._entries.items() if path == entry})
        return reader

    def media_types(self) -> tuple[str, ...]:
        """All media types that have a reader, sorted."""
        return tuple(sorted(self._entries))


def default_registry() -> Registry:
    """A registry with every reader that comes with the program; none is imported yet."""
    registry = Registry()
    for path, media_types in READERS:
        registry.register(path, media_types)
    return registry
