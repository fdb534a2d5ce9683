"""The registry: no duplicates, nothing imported before its time, tables that agree with the readers."""

import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec

import pytest

from ingest.readers.plain_text import PlainTextReader
from ingest.readers.registry import READERS, Registry, default_registry


def test_a_media_type_has_one_reader() -> None:
    registry = Registry()
    registry.register(PlainTextReader())
    with pytest.raises(ValueError, match="text/plain"):
        registry.register("some.module:Other", ("text/new", "text/plain"))
    assert registry.reader_for("text/new") is None, "nothing is added where something is refused"


def test_a_path_needs_its_media_types() -> None:
    with pytest.raises(ValueError, match="media types"):
        Registry().register("some.module:Reader")


def test_an_unknown_type_has_none() -> None:
    assert default_registry().reader_for("application/octet-stream") is None


def test_one_reader_object_for_all_its_types() -> None:
    registry = default_registry()
    assert registry.reader_for("text/plain") is registry.reader_for("text/markdown")


def test_the_registry_lists_what_it_holds() -> None:
    held = default_registry().media_types()
    assert list(held) == sorted(held)
    assert {"application/pdf", "text/csv", "message/rfc822", "application/zip"} <= set(held)


@pytest.mark.parametrize(("path", "media_types"), READERS)
def test_table_and_reader_agree(path: str, media_types: tuple[str, ...]) -> None:
    module, _, name = path.partition(":")
    assert find_spec(module), f"{module} is in the table and not in the program"
    # a reader may know other names for its types, which detection never gives
    assert set(media_types) <= getattr(import_module(module), name).media_types


def test_no_reader_and_no_heavy_library_is_imported_with_the_registry() -> None:
    code = (
        "import sys; from ingest.readers.registry import default_registry; default_registry();"
        "print([m for m in sys.modules if m.startswith(('unstructured', 'pypdfium2', 'lxml', 'numpy', 'docx'))"
        " or m.startswith('ingest.readers.') and m != 'ingest.readers.registry'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
