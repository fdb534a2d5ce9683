"""Bytes to text in any encoding."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.readers.decoding import decode, decode_stream, looks_like_text, usable_codec

GERMAN = "Die schöne Frau konnte das Geschäft nicht führen, weil die Schlüssel fehlten. Größe 3 m²\r\nZeile zwei"
RUSSIAN = "Вчера вечером подозреваемый вышел из дома и сел в автомобиль. Свидетель видел его."
CASES = [
    *((GERMAN, codec) for codec in ("cp1252", "latin-1", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")),
    *((GERMAN, codec) for codec in ("utf-32", "utf-32-le", "utf-32-be", "cp850")),
    *((RUSSIAN, codec) for codec in ("cp1251", "koi8_r", "cp866", "utf-16", "utf-16-le", "utf-8")),
    ("Świadek zeznał, że widział mężczyznę w żółtej kurtce koło dworca w Łodzi.", "cp1250"),
    ("Ο μάρτυρας είπε ότι είδε τον άνδρα στο σταθμό της Αθήνας το βράδυ.", "cp1253"),
    ("העד אמר שהוא ראה את האיש בתחנת הרכבת בתל אביב בערב.", "cp1255"),
    ("قال الشاهد إنه رأى الرجل في محطة القطار مساء أمس.", "cp1256"),
    *(("目撃者は昨夜駅で男を見たと述べた。電話番号は不明です。", codec) for codec in ("cp932", "euc_jp", "iso2022_jp")),
    ("证人说他昨晚在火车站看见了那个男人，电话号码不详。", "gb18030"),
    ("證人說他昨晚在火車站看見了那個男人，電話號碼不詳。", "big5"),
    ("목격자는 어젯밤 역에서 그 남자를 보았다고 말했다.", "cp949"),
]


@pytest.mark.parametrize(("text", "codec"), CASES)
def test_finds_the_encoding(text: str, codec: str) -> None:
    decoded = decode(text.encode(codec))
    assert decoded.text == text
    assert decoded.issues() == ()


def test_a_declaration_is_believed_where_the_bytes_agree() -> None:
    data = "Straße".encode("cp437")
    assert decode(data, "cp437").text == "Straße"


def test_a_wrong_declaration_is_not_believed() -> None:
    assert decode("Geschäftsjahr".encode(), "iso-8859-1").text == "Geschäftsjahr"
    assert decode("schön".encode("cp1252"), "utf-8").text == "schön"


@pytest.mark.parametrize(
    "name", ["rot13", "zip", "idna", "unicode_escape", "base64", "", "no such codec", "\0", "x" * 900]
)
def test_codecs_that_are_no_encodings_are_refused(name: str) -> None:
    assert usable_codec(name) is None


def test_garbage_in_utf_8_becomes_one_replacement_and_an_issue() -> None:
    decoded = decode("Käse, Öl, Möhren, Ähren, süß".encode() + b" \xff " + "Größe".encode())
    assert decoded.text == "Käse, Öl, Möhren, Ähren, süß \ufffd Größe"
    assert [issue.category for issue in decoded.issues()] == ["low_confidence"]


def test_replacement_characters_of_the_author_are_no_issue() -> None:
    assert decode("war schon \ufffd da, schön".encode()).issues() == ()


def test_newlines_and_zero_characters_stay() -> None:
    assert decode(b"a\r\nb\rc\nd\0e").text == "a\r\nb\rc\nd\0e"


def test_a_stream_is_cut_at_the_limit_and_says_so() -> None:
    decoded = decode_stream(io.BytesIO("äöü".encode() * 1000), 100)
    assert decoded.text == ("äöü" * 34)[:100]
    assert [issue.category for issue in decoded.issues()] == ["too_large"]


def test_a_character_torn_by_the_limit_is_no_garbage() -> None:
    decoded = decode_stream(io.BytesIO("€".encode() * 5000), 1000)
    assert set(decoded.text) == {"€"}
    assert decoded.replaced == 0


@pytest.mark.parametrize("data", [bytes(range(256)) * 4, b"\x00\x01\x02\x03", b"\x7fELF\x02\x01\x01" + bytes(20)])
def test_binary_does_not_look_like_text(data: bytes) -> None:
    assert looks_like_text(data) is None


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=400), declared=st.none() | st.text(max_size=12))
def test_any_bytes_decode_to_something_storable(data: bytes, declared: str | None) -> None:
    decoded = decode(data, declared)
    decoded.text.encode("utf-8")


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200))
def test_utf_8_comes_back_unchanged(text: str) -> None:
    data = text.encode()
    # in a text of ASCII alone an escape sequence may also mean ISO-2022-JP: a letter above ASCII settles it
    assert decode("é".encode() + data).text == "é" + data.decode()
