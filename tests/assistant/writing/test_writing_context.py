"""What a model is given: whole sentences, within the tokens there are, in quotations that no text can end."""

import re
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.engines.extractive import ExtractiveEngine
from assistant.engines.writing.context import (
    OMITTED,
    choose,
    cleaned,
    fence_for,
    messages_of,
    quoted_passages,
    room_for_evidence,
)
from assistant.records import ExhibitRef, RankedPassage, Turn
from casefile.locators import CellsLocator, LinesLocator
from casefile.records import Passage
from ingest.sentences import sentences


def passage(number: int, text: str, *, exhibit: str = "", name: str = "", start: int = 0) -> RankedPassage:
    exhibit = exhibit or f"sha256:{number}"
    locator = LinesLocator(1, 1, start, start + len(text))
    found = Passage(number, exhibit, "t" * 64, 0, text, "", locator)
    return RankedPassage(number, 1.0 / number, {}, ExhibitRef(exhibit, name or f"{number}.txt", ""), found)


def words(texts: Sequence[str]) -> tuple[int, ...]:
    return tuple(len(text.split()) for text in texts)


def ranked(question: str, evidence: Sequence[RankedPassage]):  # type: ignore[no-untyped-def]
    return ExtractiveEngine(None).ranked(question, evidence)


STORY = [
    passage(1, "The van was white. It rained all day long. The van was parked. Nobody saw the driver of the van."),
    passage(2, "A second van was green. The weather was bad."),
    passage(3, "Nothing about it here. The van again."),
]


def test_all_of_it_is_given_where_there_is_room() -> None:
    given = choose(ranked("What colour was the van?", STORY), 1_000, words)
    assert {one.source.passage.id: one.text for one in given} == {one.passage.id: one.passage.text for one in STORY}
    assert [one.number for one in given] == [1, 2, 3]


def test_every_exhibit_gets_a_sentence_before_one_gets_all() -> None:
    given = choose(ranked("What colour was the van?", STORY), 102, words)
    assert {one.source.passage.id for one in given} == {1, 2, 3}
    assert any(one.text != one.source.passage.text for one in given)


def test_what_is_left_out_between_two_sentences_is_marked() -> None:
    (one,) = choose(ranked("What colour had the van that was parked?", STORY[:1]), 30, words)
    assert one.text == f"The van was white. {OMITTED} The van was parked."
    assert [STORY[0].passage.text[start:end] for start, end in one.spans] == [
        "The van was white.",
        "The van was parked.",
    ]


SENTENCE = st.lists(
    st.sampled_from(["van", "white", "the", "on 3 May", "EUR 5", '"', "Berger"]), min_size=1, max_size=12
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(SENTENCE, min_size=1, max_size=5), min_size=1, max_size=5), st.integers(0, 200))
def test_sentences_are_whole_in_order_and_within_the_room(written: list[list[list[str]]], room: int) -> None:
    texts = [" ".join(f"{' '.join(sentence).capitalize()}." for sentence in story) for story in written]
    evidence = [passage(number, text) for number, text in enumerate(texts, start=1)]
    calls: list[int] = []

    def count(asked: Sequence[str]) -> tuple[int, ...]:
        calls.append(len(asked))
        return words(asked)

    given = choose(ranked("What colour was the van?", evidence), room, count)
    shown = quoted_passages(given, fence_for([one.text for one in given]))
    assert sum(words([shown])) <= room
    assert len(calls) == 1
    for one in given:
        text = one.source.passage.text
        whole = {cleaned(text[start:end]) for start, end in sentences(text)}
        assert {cleaned(text[start:end]) for start, end in one.spans} <= whole
        assert list(one.spans) == sorted(one.spans)
        assert one.text.replace(f" {OMITTED} ", " ") == " ".join(cleaned(text[s:e]) for s, e in one.spans)


def test_a_row_is_shown_with_the_names_of_its_columns() -> None:
    locator = CellsLocator("Payments", "A2:C2", 0, 22, ("Date", "Payee", "Amount"))
    found = Passage(1, "sha256:1", "t" * 64, 0, "2024-05-03\tVoss\t1200.00", "", locator)
    row = RankedPassage(1, 1.0, {}, ExhibitRef("sha256:1", "bank.csv", ""), found)
    (one,) = choose(ranked("How much did Voss get?", [row]), 100, words)
    assert one.text == "Date: 2024-05-03; Payee: Voss; Amount: 1200.00"


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(alphabet='"\n[]1 a\x00\u2028', max_size=60), min_size=1, max_size=4), st.text(max_size=90))
def test_no_text_and_no_name_can_end_a_quotation(texts: list[str], name: str) -> None:
    evidence = [passage(n, f"The van was white. {text} a.", name=name) for n, text in enumerate(texts, start=1)]
    given = choose(ranked("What colour was the van?", evidence), 10_000, words)
    fence = fence_for([one.text for one in given])
    lines = quoted_passages(given, fence).split("\n")
    assert sum(fence in line for line in lines) == 2 * len(given)
    assert all(fence not in one.text for one in given)
    outside, inside = [], False
    for line in lines:
        if line == fence:
            inside = not inside
        elif not inside and line:
            outside.append(line)
    assert [line.partition("]")[0] for line in outside] == [f"[{one.number}" for one in given]
    assert not any(re.search(r"[\[\]\"]", line.partition("]")[2]) for line in outside)
    assert len(fence) <= 9


def test_the_room_is_what_can_be_read_in_time_and_what_the_context_holds() -> None:
    assert room_for_evidence(40.0, 15.0, 100, 8_000) == 480
    assert room_for_evidence(0.0, 15.0, 0, 8_000) == 512  # 35 tokens a second where nothing was measured
    assert room_for_evidence(40.3, 15.0, 100, 8_000) == 480  # measured a little differently: the same
    assert room_for_evidence(1.0, 15.0, 100, 8_000) == 192  # a slow machine: a few sentences all the same
    assert room_for_evidence(4_000.0, 15.0, 100, 5_000) == 4_992
    assert room_for_evidence(40.0, 15.0, 0, -50) == 0


def test_history_is_forgotten_in_blocks_and_grows_at_its_end() -> None:
    turns = [Turn(f"q{n}", f"q{n}", f"a{n} [1]\nb (unsupported: no)") for n in range(30)]
    for size in range(1, 30):
        before, now = messages_of(turns[: size - 1]), messages_of(turns[:size])
        assert len(now) <= 16
        if size % 4 != 1 or size == 1 or size < 9:
            assert now[: len(before)] == before
    assert [message.text for message in messages_of(turns[:1])] == ["q0", "a0"]  # type: ignore[union-attr]


def test_a_long_turn_is_shortened_and_an_empty_one_says_so() -> None:
    question, answer = messages_of([Turn("x", "word " * 500, "")])
    assert len(question.text) < 620  # type: ignore[union-attr]
    assert question.text.endswith(OMITTED)  # type: ignore[union-attr]
    assert answer.text == OMITTED  # type: ignore[union-attr]
    assert len(messages_of([Turn("x", "x" * 5000, "")])[0].text) < 620  # type: ignore[union-attr]


def test_gigantic_and_odd_text_is_shown_without_what_could_mislead() -> None:
    assert cleaned('a\x00b\u202ec """""""""""" d\n\n\n e') == 'a b c """""""" d\ne'
