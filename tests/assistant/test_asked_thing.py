"""What is asked for beside whom: the noun, the words the case knows, the value near the party, and the gate."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from assistant.asked_thing import AskedThing, asked_thing, name_words, stands_apart, thing_words, without_words
from assistant.engines.answer_model import BUILT_IN, ConfidenceModel
from assistant.engines.answerability import answerability
from assistant.engines.case_gate import CaseGate, asks_about_names, asks_broadly, names_a_number
from assistant.engines.quote_choice import FAVOUR, weight_of_exhibits
from assistant.questions import analyse
from assistant.records import ExhibitRef, RankedPassage
from assistant.sentence_ranking import Candidate, rank_sentences
from casefile.locators import LinesLocator
from casefile.records import Passage
from ingest.sentences import sentences
from tests.casefile.case_building import add_text, new_case

LANGUAGES = ("en", "de", "fr", "nl")


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("Which solicitor represents Anna Berger?", ("solicitor", "represents")),
        ("What is the engine number of the boat Marlin 30?", ("engine",)),
        ("What is the name of the sister of Karl Voss?", ("sister",)),
        ("Wer ist der Vermieter von Karl Voss?", ("vermieter",)),
        ("Wie hoch war die Miete von Karl Voss?", ("miete",)),
        ("Welk paspoort heeft Anna Berger?", ("paspoort",)),
        ("When did Karl Voss leave?", ()),
        ("How much petrol was in the boat?", ("petrol",)),
    ],
)
def test_the_asked_for_noun(question: str, thing: tuple[str, ...]) -> None:
    assert thing_words(analyse(question, LANGUAGES)) == thing


def test_names_are_taken_out_whole_with_their_possessive() -> None:
    named = name_words(analyse("What did Anna Berger's brother say about VKT-482-B?", LANGUAGES))
    assert without_words("Anna Berger's brother sold VKT-482-B to Bergers.", named) == "brother sold -- to Bergers."
    assert without_words("Berger", frozenset({"berger"})) == "Berger", "nothing left: the text stays"


def _candidates(question: str, *texts: str) -> tuple[Candidate, ...]:
    evidence = [
        RankedPassage(
            rank,
            1.0,
            {},
            ExhibitRef(f"sha256:{rank:064}", "a", "a"),
            Passage(rank, f"sha256:{rank:064}", "0" * 64, 0, text, "", LinesLocator(1, 1, 0, len(text))),
            0.5,
        )
        for rank, text in enumerate(texts, start=1)
    ]
    weights = (0.0,) * 5 + (1.0,) + (0.0,) * 7
    return rank_sentences(analyse(question, LANGUAGES), evidence, split=sentences, embed=None, weights=weights)


def _words(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors by which texts with the same words are near: one dimension a word of these tests."""
    known = ("lawyer", "represents", "court", "van", "white", "colour", "the", "is", "what")
    rows = np.array([[float(word in text.lower()) for word in known] + [0.1] for text in texts], dtype=np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def test_a_value_of_the_asked_kind_must_stand_with_the_party() -> None:
    question = "What is the e-mail address of Anna Berger?"
    far = _candidates(question, "Anna Berger came late.", "Write to office@example.org for help.")
    near = _candidates(question, "Anna Berger can be reached at anna@example.org.")
    analysis = analyse(question, LANGUAGES)
    assert asked_thing(analysis, far, None, None).typed == 0
    assert asked_thing(analysis, near, None, None).typed == 1
    other = analyse("What colour is the van?", LANGUAGES)
    assert asked_thing(other, _candidates("What colour is the van?", "The van is white."), None, None).typed == 0.5


def test_names_alone_bring_a_sentence_no_nearer() -> None:
    question = "Which lawyer represents Anna Berger?"
    without = asked_thing(
        analyse(question, LANGUAGES), _candidates(question, "Anna Berger has a white van."), _words, None
    )
    with_it = asked_thing(
        analyse(question, LANGUAGES), _candidates(question, "A lawyer represents Anna Berger in court."), _words, None
    )
    assert with_it.cosine > without.cosine + 0.3
    assert CaseGate().probability(with_it) > CaseGate().probability(without)


def test_words_of_the_case_are_known_in_their_forms(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        add_text(case, tmp_path, "a.txt", "Der Anwalt transferred the money by e-mail, code VKT-482-B.")
        asked = ["anwalt", "anwalts", "transfer", "lawyer", "e-mail", "vkt-482-b", "vkt-999-b", "cod", ""]
        assert case.fulltext.known(asked) == {"anwalt", "anwalts", "transfer", "e-mail", "vkt-482-b"}


def test_an_unknown_noun_speaks_against_an_answer() -> None:
    question = "Which lawyer represents Anna Berger?"
    candidates = _candidates(question, "Anna Berger has a white van.")
    analysis = analyse(question, LANGUAGES)
    unknown = asked_thing(analysis, candidates, _words, lambda _words: frozenset())
    known = asked_thing(analysis, candidates, _words, frozenset)
    assert unknown.thing_known < known.thing_known
    assert CaseGate().probability(unknown) < CaseGate().probability(known)


def test_the_gate_lets_through_what_it_cannot_judge() -> None:
    question = "Which lawyer represents Anna Berger?"
    candidates = _candidates(question, "Anna Berger has a white van.")
    analysis = analyse(question, LANGUAGES)
    gate, elsewhere = CaseGate(), _candidates(question, "Anna Berger has a white van.", "A van was sold.")
    shut = answerability(analysis, elsewhere, [elsewhere], BUILT_IN, gate, _words, lambda _words: frozenset())
    unjudged = answerability(analysis, elsewhere, [elsewhere], BUILT_IN, gate, _words, None)
    assert not shut.answers
    assert shut.confidence < unjudged.confidence, "what the gate stops ranks lower, by how far it is shut"
    signs = asked_thing(analysis, candidates, _words, lambda _words: frozenset())
    assert gate.lacking(analysis, candidates, signs) > 0
    assert gate.lacking(analysis, candidates, replace(signs, apart=0.5)) == 0, "a case of many topics"
    assert gate.lacking(analyse("And who was Berger?", LANGUAGES), candidates, signs) == 0, "hardly more than a name"


def test_an_exhibit_stands_apart_when_it_is_closer_than_the_others() -> None:
    candidates = _candidates("What colour is the van?", "The van is white.", "A court sat.", "A lawyer came.")
    closer = tuple(replace(c, source=replace(c.source, similarity=0.9)) for c in candidates[:1])
    assert stands_apart((*closer, *candidates[1:])) == pytest.approx(0.4)
    assert stands_apart(candidates) == 0
    assert stands_apart(candidates[:1]) == 0
    assert stands_apart(()) == 0


@given(st.lists(st.text(alphabet="van white court lawyer.?", max_size=60), min_size=0, max_size=5), st.booleans())
def test_confidence_is_a_probability_for_any_evidence(texts: list[str], embedded: bool) -> None:
    question = "Which lawyer represents Anna Berger?"
    candidates = _candidates(question, *texts)
    found = answerability(
        analyse(question, LANGUAGES),
        candidates,
        [candidates],
        BUILT_IN,
        CaseGate(),
        _words if embedded else None,
        frozenset,
    )
    assert 0 <= found.confidence <= 1
    assert found.confidence == 0 or candidates


def test_one_exhibit_is_judged_by_other_weights_than_a_whole_case() -> None:
    several = _candidates("What colour is the van?", "The van is white.", "A court sat.")
    assert BUILT_IN.confidence_model(several) is BUILT_IN.whole_case
    assert BUILT_IN.confidence_model(several[:1]) is BUILT_IN.one_exhibit
    with pytest.raises(ValueError, match="one weight for each"):
        ConfidenceModel((1.0,), 0.0, 0.0)


@pytest.mark.parametrize(
    "question",
    [
        "Which evidence speaks against the alibi of Karl Voss?",
        "Who hired the van, and when was it returned?",
        "How do the statements of Anna Berger and Karl Voss differ?",
        "List every payment to Karl Voss.",
    ],
)
def test_broad_questions_are_not_gated(question: str) -> None:
    assert asks_broadly(analyse(question, LANGUAGES))


def test_a_number_that_stands_in_the_evidence_is_not_gated() -> None:
    question = "How often was +49 171 2345678 called at night?"
    analysis = analyse(question, LANGUAGES)
    gate = CaseGate()
    candidates = _candidates(question, "Calls to +49 171 2345678 follow.")
    assert gate.lacking(analysis, candidates, AskedThing(0.0, 0.0, 0.0, 0.0, 0.0)) == 0
    assert not names_a_number(analysis, _candidates(question, "Calls were made."))


def test_the_exhibit_with_most_of_the_evidence_is_favoured_most() -> None:
    (first,) = _candidates("Who?", "One sentence here.")[:1]
    evidence = [replace(first.source, rank=1)]
    evidence += [replace(first.source, rank=rank, exhibit=ExhibitRef("sha256:other", "b", "b")) for rank in (2, 3, 4)]
    weights = weight_of_exhibits(evidence)
    assert weights["sha256:other"] == FAVOUR
    assert 0 < weights[first.source.exhibit.id] < FAVOUR
    assert weight_of_exhibits([]) == {}


def test_probability_grows_with_every_sign() -> None:
    gate, base = CaseGate(), AskedThing(0.3, 0.3, 0.5, 0.5, 0.5)
    for better in (
        AskedThing(0.5, 0.3, 0.5, 0.5, 0.5),
        AskedThing(0.3, 0.3, 0.5, 0.9, 0.5),
        AskedThing(0.3, 0.3, 0.5, 0.5, 1),
    ):
        assert gate.probability(better) > gate.probability(base)


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("What do the files say about Thijs Kuipers?", True),
        ("Was steht über Thijs Kuipers in den Akten?", True),
        ("Wat is er bekend over Thijs Kuipers?", True),
        ("Que disent les pièces sur Thijs Kuipers ?", True),
        ("Which lawyer represents Thijs Kuipers?", False),
        ("What do the files say about the lawyer of Thijs Kuipers?", False),
        ("What do the files say about it?", False),
    ],
)
def test_whatever_there_is_about_a_name_is_a_broad_question(question: str, about: bool) -> None:
    analysis = analyse(question, LANGUAGES)
    assert asks_about_names(analysis) is about
    assert asks_broadly(analysis) or not about
