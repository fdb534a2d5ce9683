"""Prose to sentences and marks: all forms, all cuts of the stream, and nothing that takes more than linear time."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.engines.writing.marks import LONGEST_LINE, SentenceReader, without_controls


def read(*pieces: str, cut_off: bool = False) -> list[tuple[str, tuple[int, ...]]]:
    reader = SentenceReader()
    found = [sentence for piece in pieces for sentence in reader.feed(piece)]
    found.extend(reader.close(cut_off=cut_off))
    return [(sentence.text, sentence.marks) for sentence in found]


@pytest.mark.parametrize(
    ("prose", "sentences"),
    [
        ("The van was white [1].", [("The van was white.", (1,))]),
        ("The van was white. [1]", [("The van was white.", (1,))]),
        ("The van was white.[1]", [("The van was white.", (1,))]),
        ("The van was white[1][2].", [("The van was white.", (1, 2))]),
        ("The van was white [1] [3].", [("The van was white.", (1, 3))]),
        ("The van was white [1, 2].", [("The van was white.", (1, 2))]),
        ("The van was white [1; 3 and 4].", [("The van was white.", (1, 3, 4))]),
        ("The van was white [2-4].", [("The van was white.", (2, 3, 4))]),
        ("The van was white [2–4, 7].", [("The van was white.", (2, 3, 4, 7))]),
        ("The van was white [passage 2].", [("The van was white.", (2,))]),
        ("The van was white [2] and fast [1].", [("The van was white and fast.", (2, 1))]),
        ("He left. [1] She stayed. [2]", [("He left.", (1,)), ("She stayed.", (2,))]),
        ("He left [1]. She stayed [2].", [("He left.", (1,)), ("She stayed.", (2,))]),
        ("He left.[1] She stayed.[2]", [("He left.", (1,)), ("She stayed.", (2,))]),
        ("Dr. Weber left at 3 p.m. [1]", [("Dr. Weber left at 3 p.m.", (1,))]),
        ("Am 3. Mai 2024 zahlte er z. B. bar [1].", [("Am 3. Mai 2024 zahlte er z. B. bar.", (1,))]),
        ("He paid EUR 1,200.50 [1]. Then he left.", [("He paid EUR 1,200.50.", (1,)), ("Then he left.", ())]),
        ("- The van was white [2]\n- Voss owned it [3]", [("The van was white", (2,)), ("Voss owned it", (3,))]),
        ("1. It was white [2]\n2. Voss owned it [3]", [("It was white", (2,)), ("Voss owned it", (3,))]),
        ("3. Mai 2024: er zahlte [1].", [("3. Mai 2024: er zahlte.", (1,))]),
        ("12. The floor was searched [1].", [("12. The floor was searched.", (1,))]),
        ("[1] The van was white.", [("The van was white.", (1,))]),
        ("The van was white.\n[1]", [("The van was white.", (1,))]),
        ("The van was white [1].\n\n[2][3]\nHe left.", [("The van was white.", (1, 2, 3)), ("He left.", ())]),
        ("**The van** was `white` [1].", [("The van was white.", (1,))]),
        ("The van was white [99].", [("The van was white.", (99,))]),
        ("The van was white [1-900].", [("The van was white.", ())]),
        ("In [2024] it was [white].", [("In [2024] it was [white].", ())]),
        ("[1]", []),
        ("[1][2]\n\n[3]", []),
        ("...", []),
        ("", []),
        ("\n\r\n \t", []),
        ("Is that so? [1]", [("Is that so?", (1,))]),
    ],
)
def test_sentences_and_their_marks(prose: str, sentences: list[tuple[str, tuple[int, ...]]]) -> None:
    assert read(prose) == sentences
    assert read(*prose) == sentences


PARTS = st.sampled_from(
    ["He left", "Dr", ". ", ".", "[1]", " [2", "]", "[1, 2]", "\n", "- ", "1. ", "2. ", "EUR 1", ",200.50", " ", "?",
     " The van was white", "z. B. ", "3. Mai", "»", "“", "!) ", "\u2028", "[", "word " * 12, "x" * 50]
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.lists(PARTS, max_size=40), st.lists(st.integers(0, 400), max_size=12))
def test_however_it_is_cut_into_pieces_the_sentences_are_the_same(parts: list[str], cuts: list[int]) -> None:
    prose = "".join(parts)
    places = [0, *sorted(cuts), len(prose)]
    pieces = [prose[one:other] for one, other in itertools.pairwise(places)]
    if places[-2] > len(prose):
        pieces = [prose[i : i + 7] for i in range(0, len(prose), 7)]
    assert read(*pieces) == read(prose) == read(*prose)


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=300))
def test_nothing_that_a_model_can_write_breaks_it(prose: str) -> None:
    assert read(*prose) == read(prose)


def test_a_sentence_is_given_as_soon_as_the_next_one_is_on_its_way() -> None:
    reader = SentenceReader()
    assert not list(reader.feed("The van was white and stood in the yard"))
    assert not list(reader.feed(" of the house. [1"))
    (first,) = reader.feed("] Anna Berger saw it there when she came home from her work that day")
    assert (first.text, first.marks) == ("The van was white and stood in the yard of the house.", (1,))


def test_a_last_sentence_that_was_cut_off_is_no_sentence() -> None:
    assert read("He left [1]. He did not", cut_off=True) == [("He left.", (1,))]
    assert read("He left [1]. He did not stay [2]", cut_off=True) == [("He left.", (1,)), ("He did not stay", (2,))]
    assert read("He left [1].", cut_off=True) == [("He left.", (1,))]
    assert read("He left.\n", cut_off=True) == [("He left.", ())]


def counted(prose: str) -> int:
    """Characters that are looked at, over all splits."""
    reader = SentenceReader()
    seen = 0
    inner = reader._read

    def read_line(line: str):  # type: ignore[no-untyped-def]
        nonlocal seen
        seen += len(line)
        return inner(line)

    reader._read = read_line  # type: ignore[method-assign]
    for at in range(0, len(prose), 4):
        list(reader.feed(prose[at : at + 4]))
    list(reader.close())
    return seen


@pytest.mark.parametrize("unit", ["word ", "a. ", "x", "[1", "Dr. ", "He left. [1] ", "...", "[1] "])
def test_time_is_linear_in_the_text(unit: str) -> None:
    short, long = (counted((unit * 40_000)[:size]) for size in (4_000, 16_000))
    assert long <= 5 * short


def test_a_hundred_kilobytes_without_a_full_stop_become_lines() -> None:
    found = read("word " * 20_000)
    assert all(len(text) <= LONGEST_LINE for text, _ in found)
    assert sum(text.count("word") for text, _ in found) == 20_000


def test_control_characters_become_blanks() -> None:
    assert without_controls("a\x00b\x1b[31mc\u202ed\u200be\nf") == "a b [31mc d e\nf"
    assert without_controls("plain") == "plain"
