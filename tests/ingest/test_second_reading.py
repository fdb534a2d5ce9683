"""A second program reads the same file; what it finds and we do not is told word by word; it reaches no network."""

import random
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefile.case import Case
from casefile.errors import ExhibitNotFoundError, UntrustedInputError
from casefile.settings import load_settings
from ingest.isolation import ProcessLimits, ReadingPool
from ingest.readers import offline_unstructured, second_reader
from ingest.readers.docx import DocxReader
from ingest.readers.html import HtmlReader
from ingest.readers.mail import MailReader
from ingest.readers.pptx import PptxReader
from ingest.readers.registry import default_registry
from ingest.readers.second_reader import SecondReader
from ingest.reading import Reader
from ingest.second_reading import Comparison, MissingWord, Unavailable, check_exhibit, compare, second_reader_pool
from tests.casefile.case_building import new_case
from tests.ingest.linear_time import MOST, growth
from tests.ingest.office_files import DOCX, PPTX
from tests.ingest.reader_contract import ReaderContract, Sample, read_bytes
from tests.ingest.second_reading_case import take_in
from tests.ingest.test_docx_reader import statement
from tests.ingest.test_pptx_reader import briefing

HTML = b"<html><body><h1>Advert</h1><p>A small excavator for sale,<br>hardly used.</p></body></html>"
XML = b"<?xml version='1.0'?><answer><holder>Keller</holder><note>The plate was reported stolen.</note></answer>"
NOTE = b"Seen at the gate: a white van.\n\nNobody got out, says Keller.\n"
WORDS = st.lists(st.sampled_from(["the", "van", "was", "white", "Keller", "ran", "1200", "49171", "é"]), max_size=30)


def mail() -> bytes:
    message = EmailMessage()
    message["From"] = "a@example.org"
    message["Subject"] = "Delivery"
    message.set_content("The delivery comes on Tuesday.\n")
    message.add_alternative("<p>The delivery comes on <b>Tuesday</b>.</p>", subtype="html")
    message.add_attachment(b"A note that is an exhibit of its own.", maintype="text", subtype="plain", filename="n.txt")
    return message.as_bytes()


@pytest.fixture(autouse=True, scope="module")
def no_network() -> Iterator[None]:
    def refuse(*args: object, **_more: object) -> object:
        raise AssertionError(f"a connection was tried: {args}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


# ---- the comparison -------------------------------------------------------------------------------------------------


@given(words=WORDS, seed=st.integers())
def test_order_case_and_spacing_do_not_matter(words: list[str], seed: int) -> None:
    shuffled = [word.upper() for word in words]
    random.Random(seed).shuffle(shuffled)
    assert compare(" ".join(words), "\n\t".join(shuffled)) == Comparison((), 0, len(words))


@given(words=WORDS, data=st.data())
def test_every_word_that_is_taken_out_is_named_with_its_count(words: list[str], data: st.DataObject) -> None:
    kept = [data.draw(st.booleans()) for _ in words]
    first = Counter(word.casefold() for word, keep in zip(words, kept, strict=True) if keep)
    lost = Counter(word.casefold() for word, keep in zip(words, kept, strict=True) if not keep)
    found = compare(" ".join(first.elements()), " ".join(words))
    assert {word.word: word.count for word in found.missing_in_first} == dict(lost)
    assert all(word.in_first == first[word.word] for word in found.missing_in_first)
    assert found.missing_in_second_count == 0
    assert found.nothing_missing == (not lost)


@given(first=st.text(), second=st.text())
def test_the_two_sides_add_up(first: str, second: str) -> None:
    forth, back = compare(first, second), compare(second, first)
    assert forth.missing_in_first_count == back.missing_in_second_count
    assert forth.words_in_both == back.words_in_both
    assert compare(first, first).words_in_both == forth.words_in_both + forth.missing_in_second_count
    assert compare(first, first).nothing_missing


def test_absent_words_come_before_words_that_are_only_rarer() -> None:
    found = compare("not guilty", "not not not guilty at all")
    assert found.missing_in_first == (MissingWord("all", 1, 0), MissingWord("at", 1, 0), MissingWord("not", 2, 1))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Zeugen\u00adaussage", "Zeugenaussage"),
        ("caf\u00e9", "cafe\u0301"),
        ("\ufb01nal", "final"),
        ("Straße", "STRASSE"),
        ("\u4e2d\u534e \u4eba\u6c11", "\u4e2d\u534e\u4eba\u6c11"),
        ("\u202ehidden\u202c", "hidden"),
    ],
)
def test_how_a_word_is_encoded_does_not_matter(first: str, second: str) -> None:
    assert compare(first, second).nothing_missing
    assert compare(second, first).nothing_missing
    assert compare(first, second).words_in_both > 0


@pytest.mark.parametrize("piece", ["a" + "\u0315\u0300" * 40, "\u0300", "x", "ab ", "\u4e2d", "\u200b", "_ \ufdfa"])
def test_hostile_texts_take_linear_time(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    assert growth(lambda half: compare(half, "a"), text) < MOST


# ---- the reader -----------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
class TestSecondReaderContract(ReaderContract):
    def make_reader(self) -> Reader:
        return SecondReader()

    def samples(self) -> dict[str, Sample]:
        return {
            "html": Sample(HTML, "text/html", "a.html", ("A small excavator for sale",)),
            "mail": Sample(mail(), "message/rfc822", "a.eml", ("The delivery comes on Tuesday",)),
            "xml": Sample(XML, "application/xml", "a.xml", ("Keller", "reported stolen")),
            "text": Sample(NOTE, "text/plain", "a.txt", ("a white van",)),
            "markdown": Sample(b"# A heading\n\nA paragraph.\n", "text/markdown", "a.md", ("A paragraph",)),
        }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("reader", "media_type", "data"),
    [
        (DocxReader(), DOCX, statement()),
        (PptxReader(), PPTX, briefing()),
        (HtmlReader(), "text/html", HTML),
        (MailReader(), "message/rfc822", mail()),
    ],
    ids=["docx", "pptx", "html", "mail"],
)
def test_no_word_that_the_second_reader_finds_is_missing(reader: Reader, media_type: str, data: bytes) -> None:
    ours, theirs = (read_bytes(each, data, media_type).text for each in (reader, SecondReader()))
    found = compare(ours, theirs)
    assert found.words_in_both >= 5
    assert found.missing_in_first == ()


@pytest.mark.filterwarnings("ignore")
def test_attachments_are_left_to_their_own_exhibits() -> None:
    assert "exhibit of its own" not in read_bytes(SecondReader(), mail(), "message/rfc822").text


@pytest.mark.filterwarnings("ignore")
def test_sentences_are_split_without_the_model() -> None:
    offline_unstructured.prepare()
    from unstructured.nlp.tokenize import sent_tokenize

    assert sent_tokenize("One sentence. And another one.") == ["One sentence.", "And another one."]


@pytest.mark.filterwarnings("ignore")
def test_other_types_and_damaged_files_are_refused() -> None:
    for data, media_type, category in ((b"x", "application/pdf", "unsupported"), (b"x", DOCX, "corrupt")):
        with pytest.raises(UntrustedInputError) as raised:
            read_bytes(SecondReader(), data, media_type)
        assert raised.value.category == category


def test_only_outlook_messages_have_a_second_reader_without_a_first() -> None:
    assert SecondReader.media_types - set(default_registry().media_types()) == {"application/vnd.ms-outlook"}
    assert set(second_reader.registry().media_types()) == SecondReader.media_types


@pytest.mark.filterwarnings("ignore")
def test_a_library_that_starts_threads_is_not_kept_in_a_process_that_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    SecondReader().warm()
    stop = threading.Event()
    prepare = second_reader.prepare

    def prepare_with_a_thread() -> None:
        prepare()
        threading.Thread(target=stop.wait, daemon=True).start()

    monkeypatch.setattr(second_reader, "prepare", prepare_with_a_thread)
    try:
        with pytest.raises(RuntimeError, match="threads"):
            SecondReader().warm()
    finally:
        stop.set()


# ---- exhibits -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with new_case(tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReadingPool]:
    with second_reader_pool(load_settings(tmp_path_factory.mktemp("settings"), {}).settings.reading) as opened:
        yield opened


def test_a_text_that_lost_a_sentence_is_shown(case: Case, pool: ReadingPool, tmp_path: Path) -> None:
    whole = read_bytes(DocxReader(), statement(), DOCX).text
    shortened = whole.replace("I work at the harbour.", "")
    assert shortened != whole
    exhibit = take_in(case, tmp_path, "statement.docx", statement(), DOCX, shortened)
    found = check_exhibit(case, exhibit, pool)
    assert isinstance(found, Comparison)
    assert {word.word for word in found.missing_in_first} == {"i", "work", "at", "the", "harbour"}
    assert MissingWord("i", 1, 1) in found.missing_in_first
    assert MissingWord("harbour", 1, 0) in found.missing_in_first
    assert [path.name for path in case.folder.glob("second-reading-*")] == []


def test_a_whole_text_lacks_nothing(case: Case, pool: ReadingPool, tmp_path: Path) -> None:
    whole = read_bytes(PptxReader(), briefing(), PPTX).text
    found = check_exhibit(case, take_in(case, tmp_path, "b.pptx", briefing(), PPTX, whole), pool)
    assert isinstance(found, Comparison)
    assert found.nothing_missing
    assert found.words_in_both > 10


def test_an_exhibit_that_we_have_no_text_of_lacks_every_word(case: Case, pool: ReadingPool, tmp_path: Path) -> None:
    found = check_exhibit(case, take_in(case, tmp_path, "note.txt", NOTE, "text/plain", None), pool)
    assert isinstance(found, Comparison)
    assert (found.words_in_both, found.missing_in_first_count) == (0, 12)


def test_what_cannot_be_compared_says_why(case: Case, pool: ReadingPool, tmp_path: Path) -> None:
    unknown = take_in(case, tmp_path, "a.pdf", b"%PDF-1.7\n", "application/pdf", "Some text.")
    assert check_exhibit(case, unknown, pool) == Unavailable(
        "There is no second reader for application/pdf.", tried=False
    )
    broken = take_in(case, tmp_path, "b.docx", statement()[:-400], DOCX, "Some text.")
    assert check_exhibit(case, broken, pool) == Unavailable("The second reader cannot read the file.", tried=True)
    with pytest.raises(ExhibitNotFoundError):
        check_exhibit(case, "f" * 64, pool)


def test_the_second_reader_stands_in_the_same_walls_as_the_first(pool: ReadingPool) -> None:
    with ReadingPool(1, ProcessLimits()) as first:
        assert pool.confinement == first.confinement
    if not pool.confinement.network_isolated:
        pytest.skip("this machine allows no network namespace; the pipeline says so at each run")
