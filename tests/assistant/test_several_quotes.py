"""Quotes from several exhibits, questions inside a question, and what is not worth quoting."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.engines.part_ranking import RankedPart, Remembering, answered_part, together
from assistant.engines.quote_choice import choose
from assistant.engines.worth_quoting import is_label, worth_quoting
from assistant.question_parts import asks_for_several, parts_of
from assistant.questions import analyse
from assistant.records import ExhibitRef, RankedPassage
from assistant.sentence_ranking import Candidate
from casefile.locators import CellsLocator, LinesLocator, Locator
from casefile.records import Passage


def candidate(
    text: str, score: float, exhibit: str = "a", start: int = 0, passage: str = "", locator: Locator | None = None
) -> Candidate:
    whole = passage or text
    place = locator or LinesLocator(1, 1, 0, len(whole))
    source = RankedPassage(
        1,
        1.0,
        {},
        ExhibitRef(exhibit, exhibit, exhibit),
        Passage(hash((exhibit, whole)), exhibit, "t", 0, whole, "", place),
    )
    return Candidate(source, start, start + len(text), text, place.kind == "cells", (), (), (), score)


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Who hired the van, and when was it returned?", ("Who hired the van", "when was it returned?")),
        ("Wer hat den Wagen gemietet und wann wurde er zurückgegeben?", ("Wer hat den Wagen gemietet", "wann wurde er zurückgegeben?")),
        ("Qui a loué la camionnette et quand l'a-t-il rendue ?", ("Qui a loué la camionnette", "quand l'a-t-il rendue ?")),
        ("Wie heeft de bus gehuurd en wanneer is hij teruggebracht?", ("Wie heeft de bus gehuurd", "wanneer is hij teruggebracht?")),
        ("What did Anna Weber say, and who paid her?", ("What did Anna Weber say", "who paid her? (Anna Weber)")),
        ("What is the gap between the invoice and the amount paid?", ("the invoice", "the amount paid")),
        ("Compare the first statement with the second one.", ("the first statement", "the second one")),
        ("Do Weber and Krause agree on the colour?", ("Weber agree on the colour", "Krause agree on the colour")),
        ("Worin unterscheiden sich die Aussage des Mieters und die des Nachbarn zur Uhrzeit?", ("die Aussage des Mieters zur Uhrzeit", "die des Nachbarn zur Uhrzeit")),
        ("When and where was the car found?", ("When and where was the car found?",)),
        ("On which day and at what time did it leave?", ("On which day and at what time did it leave?",)),
        ("Which of the two is dearer, and by how much?", ("Which of the two is dearer, and by how much?",)),
        ("Where do Weber and Krause live?", ("Where do Weber and Krause live?",)),
        ("", ("",)),
    ],
)  # fmt: skip
def test_questions_inside_a_question(question: str, parts: tuple[str, ...]) -> None:
    assert parts_of(question) == parts


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("Which evidence speaks for a second driver?", True),
        ("Welche Spuren führen zum Lager?", True),
        ("Was spricht gegen seine Aussage?", True),
        ("Quels documents montrent le paiement ?", True),
        ("Wat wijst op een tweede dader?", True),
        ("Where else was the van seen?", True),
        ("Who owned the van?", False),
        ("Wann kam der Zug an?", False),
    ],
)
def test_who_asks_for_several_gets_several(question: str, several: bool) -> None:
    assert asks_for_several(question) is several


@pytest.mark.parametrize("piece", ["and what ", "(", "und wie, ", "between a and the b ", "\x00", "A. "])
def test_hostile_questions_have_few_parts(piece: str) -> None:
    assert 1 <= len(parts_of(piece * 5_000)) <= 3


def test_another_exhibit_comes_before_a_second_quote_of_the_same_one() -> None:
    candidates = [
        candidate("The van stood at the gate.", 5.0, "a"),
        candidate("A lorry came at dawn.", 4.8, "a", passage="Later. A lorry came at dawn.", start=7),
        candidate("Nobody signed the book.", 4.5, "b"),
    ]
    assert [s.best.source.exhibit.id for s in choose(candidates, 2, 600, 0.8)] == ["a", "b"]
    candidates[2] = candidate("Nobody signed the book.", 3.0, "b")
    assert [s.best.source.exhibit.id for s in choose(candidates, 2, 600, 0.8)] == ["a", "a"]


def test_one_place_does_not_use_up_the_budget() -> None:
    sentences = [f"Sentence {n} says {'something ' * 9}more." for n in range(6)]
    text = " ".join(sentences)
    candidates = [candidate(s, 5.0 - n / 10, "a", text.index(s), text) for n, s in enumerate(sentences)]
    chosen = choose([*candidates, candidate("Another exhibit says so too.", 3.5, "b")], 3, 600, 0.9, 300)
    assert all(stretch.end - stretch.start <= 300 for stretch in chosen)
    assert {stretch.best.source.exhibit.id for stretch in chosen} == {"a", "b"}


@pytest.mark.parametrize(
    ("question", "text", "label"),
    [
        ("What did Anna Weber sell?", "Name: Anna Weber", True),
        ("What did Anna Weber sell?", "From: Anna Weber <a.weber@post.example>", True),
        ("Was verkaufte Anna Weber?", "Von: Anna Weber", True),
        ("What did Anna Weber sell?", "Case 4711 - interview Weber | 3", True),
        ("What did Anna Weber sell?", "Seite 3 von 12", True),
        ("What did Anna Weber sell?", "She sold the grey van to a neighbour in May.", False),
        ("Who sold the van?", "Seller: Anna Weber", False),
        ("When was the van sold?", "Date: 5 May 2021", False),
    ],
)
def test_labels_are_told_from_answers(question: str, text: str, label: bool) -> None:
    assert is_label(analyse(question), candidate(text, 1.0)) is label


def test_a_header_row_is_a_label_and_a_row_is_none() -> None:
    analysis = analyse("What was paid to Weber?")
    over = candidate("Date\tPaid to\tAmount", 1.0, locator=CellsLocator("S", "A1:C1", 0, 19, ()))
    row = candidate(
        "monday\tWeber\tnothing", 1.0, locator=CellsLocator("S", "A2:C2", 0, 20, ("Date", "Paid to", "Amount"))
    )
    assert (is_label(analysis, over), is_label(analysis, row)) == (True, False)


def test_a_question_in_an_interview_is_quoted_with_its_answer() -> None:
    text = "Did you see the van? No, I was in Bremen. Then I slept."
    parts = ("Did you see the van?", "No, I was in Bremen.", "Then I slept.")
    candidates = [candidate(part, 5.0 - n, "a", text.index(part), text) for n, part in enumerate(parts)]
    best = worth_quoting(analyse("Did Weber see the van?"), candidates, 2.0)[0]
    assert best.text == text[best.start : best.end] == "Did you see the van? No, I was in Bremen."
    (alone,) = worth_quoting(analyse("Did Weber see the van?"), candidates[:1], 2.0)
    assert alone.score == 3.0


def test_every_part_has_its_best_candidate_on_top() -> None:
    one, two = analyse("Who hired the van"), analyse("when was it returned?")
    parts = (
        RankedPart(one, (candidate("Klein hired it.", 6.0), candidate("It was grey.", 5.0, "c"))),
        RankedPart(two, (candidate("It came back in May.", 2.0, "b"), candidate("Klein hired it.", 1.0))),
    )
    found = together(parts)
    assert [(c.text, c.score) for c in found] == [
        ("Klein hired it.", 6.0),
        ("It came back in May.", 6.0),
        ("It was grey.", 5.0),
    ]
    assert [answered_part(parts, c) for c in found] == [0, 1, -1]


def test_each_text_is_embedded_once() -> None:
    asked: list[str] = []

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        asked.extend(texts)
        return np.ones((len(texts), 2), dtype=np.float32)

    remembering = Remembering(embed)
    assert remembering(["a", "b", "a"]).shape == (3, 2)
    remembering(["b", "c"])
    assert asked == ["a", "b", "c"]
