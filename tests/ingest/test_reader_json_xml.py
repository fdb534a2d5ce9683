"""JSON, JSON lines, XML."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.readers.json_xml import JsonReader, XmlReader
from ingest.readers.records import json_stretches, xml_stretches
from ingest.reading import Reader, Reading
from tests.ingest.reader_contract import ReaderContract, Sample, read_bytes

MESSAGES = [{"from": "ann", "text": f"message number {n} " * 4, "n": n} for n in range(30)]
TRACK = (
    "<?xml version='1.0'?>\n<gpx>"
    + "".join(f"<wpt lat='1' lon='{n}'><name>Place {n}, somewhere far</name></wpt>\n" for n in range(20))
    + "</gpx>"
)
LAUGHS = '<!DOCTYPE z [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><z>&b;</z>'
OUTSIDE = '<!DOCTYPE z [<!ENTITY a SYSTEM "file:///etc/passwd">]><z>&a;</z>'


def blocks_of(reading: Reading) -> list[str]:
    return [reading.text[block.locator.start : block.locator.end] for block in reading.blocks]


class TestJson(ReaderContract):
    def make_reader(self) -> Reader:
        return JsonReader()

    def samples(self) -> dict[str, Sample]:
        return {
            "object": Sample(
                json.dumps({"chat": "x", "messages": MESSAGES[:5]}, indent=2).encode(),
                "application/json",
                contains=("number 3",),
            ),
            "lines": Sample(
                "\n".join(map(json.dumps, MESSAGES[:5])).encode(), "application/x-ndjson", contains=("number 4",)
            ),
            "utf-16": Sample('{"name": "Zoë", "age": 3}'.encode("utf-16"), "application/json", contains=("Zoë",)),
            "geo": Sample(b'{"type": "FeatureCollection", "features": []}', "application/geo+json"),
        }


class TestXml(ReaderContract):
    def make_reader(self) -> Reader:
        return XmlReader()

    def samples(self) -> dict[str, Sample]:
        return {
            "track": Sample(TRACK.encode(), "application/gpx+xml", contains=("Place 19",)),
            "latin": Sample(
                "<?xml version='1.0' encoding='ISO-8859-1'?><a>Müller</a>".encode("latin-1"),
                "application/xml",
                contains=("Müller",),
            ),
            "utf-16": Sample(
                "<?xml version='1.0' encoding='UTF-16'?><a>Zoë</a>".encode("utf-16"),
                "application/xml",
                contains=("Zoë",),
            ),
        }


def test_json_text_is_exactly_what_was_written() -> None:
    written = '{ "a":\r\n [1.50, "x\\u00e9"] }\n'
    assert read_bytes(JsonReader(), written.encode(), "application/json").text == written


def test_each_record_is_a_block_however_deep_the_list_lies() -> None:
    reading = read_bytes(
        JsonReader(), json.dumps({"export": {"chats": [{"messages": MESSAGES}]}}).encode(), "application/json"
    )
    found = blocks_of(reading)
    assert sum('"n": 7' in block for block in found) == 1
    assert sum("message number" in block for block in found) == len(MESSAGES)


def test_each_line_of_json_lines_is_a_block() -> None:
    lines = [json.dumps(message) for message in MESSAGES]
    reading = read_bytes(JsonReader(), "\n".join(lines).encode(), "application/x-ndjson")
    assert blocks_of(reading) == lines
    assert [block.locator.first_line for block in reading.blocks] == list(range(1, 31))  # type: ignore[union-attr]


def test_escapes_can_be_searched_for_by_their_characters() -> None:
    written = json.dumps({"name": "Зоя Müller", "n": 1})
    assert "\\u" in written
    reading = read_bytes(JsonReader(), written.encode(), "application/json")
    assert reading.text == written
    assert "Зоя Müller" in reading.blocks[0].context


@pytest.mark.parametrize("broken", [b'{"a": [1, 2', b'{"a": "cut', b"[1 2]", b'{"a": \x00}'])
def test_broken_json_is_kept_and_reported(broken: bytes) -> None:
    reading = read_bytes(JsonReader(), broken, "application/json")
    assert reading.text == broken.decode()
    assert [issue.category for issue in reading.issues] == ["corrupt"]


def test_a_broken_line_is_named() -> None:
    reading = read_bytes(JsonReader(), b'{"a": 1}\n{"a": \n{"a": 3}\n', "application/x-ndjson")
    assert "line 2" in reading.issues[0].message


def test_huge_numbers_and_deep_nesting_do_no_harm() -> None:
    assert read_bytes(JsonReader(), b"[" + b"9" * 20_000 + b"]", "application/json").issues == ()
    deep = b"[" * 200_000 + b"]" * 200_000
    assert len(read_bytes(JsonReader(), deep, "application/json").text) == len(deep)
    assert len(read_bytes(XmlReader(), b"<a>" * 100_000 + b"</a>" * 100_000, "application/xml").text) == 700_000


@pytest.mark.parametrize("bomb", [LAUGHS, OUTSIDE])
def test_entities_are_not_expanded_and_that_is_said(bomb: str) -> None:
    reading = read_bytes(XmlReader(), bomb.encode(), "application/xml")
    assert reading.text == bomb
    assert [issue.category for issue in reading.issues] == ["dropped_text"]


def test_broken_xml_is_kept_and_reported() -> None:
    reading = read_bytes(XmlReader(), b"<a>\n<b>text</a>", "application/xml")
    assert reading.text == "<a>\n<b>text</a>"
    assert [(issue.category, "line 2" in issue.message) for issue in reading.issues] == [("corrupt", True)]


def test_a_document_type_without_entities_is_no_damage_and_is_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something outside the file was opened")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.setattr("socket.socket", refuse)
    text = (
        '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd"><plist/>'
    )
    assert read_bytes(XmlReader(), text.encode(), "application/xml").issues == ()


def test_xml_records() -> None:
    found = blocks_of(read_bytes(XmlReader(), TRACK.encode(), "application/gpx+xml"))
    assert sum("<name>" in block for block in found) == 20
    assert all(block.count("<name>") <= 1 for block in found)


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.sampled_from('[]{},"\\ab1 \n<>/!-?='), max_size=300))
def test_stretches_cover_any_text_once(text: str) -> None:
    for stretches in (json_stretches(text), json_stretches(text, lines=True), xml_stretches(text)):
        assert "".join(text[start:end] for start, end in stretches) == text


@pytest.mark.parametrize(
    "pattern", ["[", "{", '"\\"', '{"a":', ",", "<a>", "<", "<!--", "<![CDATA[", "<a ", "</a>", "<?"]
)
def test_time_grows_with_length_only(pattern: str) -> None:
    text = pattern * 100_000
    assert sum(end - start for start, end in json_stretches(text)) == len(text)
    assert sum(end - start for start, end in xml_stretches(text)) == len(text)
