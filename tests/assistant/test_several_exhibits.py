"""Evidence of several exhibits: records that hold an identifier of a named person, sentences that bear each other out."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.case_facts_port import NamePlace
from assistant.engines.bridging import bridges
from assistant.engines.following import follow
from assistant.engines.part_ranking import naming_first
from assistant.engines.quote_choice import choose
from assistant.question_parts import rests_on_several
from assistant.questions import analyse
from assistant.records import ExhibitRef, RankedPassage
from assistant.sentence_ranking import FEATURES, Candidate
from casefile.locators import LinesLocator
from casefile.records import Passage

STATEMENT = "Anna Weber, telephone 0171 5550100, said she was at home in the night of 3 May 2024."
REGISTER = "Keeper: Anna Weber, plate KL-AB 123"
LOG = "2024-05-01 12:00 KL-AB 123 south\n2024-05-04 01:13 KL-AB 123 north\n2024-05-04 01:20 KL-XY 999 north"
CALLS = "2024-05-09 10:00 0171 5550100 12 s"


class Facts:
    """Exhibits with one passage each, searched for a phrase as it stands."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts

    def places_of(self, what: str) -> Sequence[NamePlace]:
        return [
            NamePlace(ExhibitRef(name, name, name), passage_of(name, text), match.start(), match.end())
            for name, text in self.texts.items()
            for match in re.finditer(re.escape(what), text)
        ]


def passage_of(exhibit: str, text: str) -> Passage:
    return Passage(sum(map(ord, exhibit)), exhibit, "t", 0, text, "", LinesLocator(1, 1, 0, len(text)))


def candidate(exhibit: str, text: str, score: float = 1.0) -> Candidate:
    source = RankedPassage(1, 1.0, {}, ExhibitRef(exhibit, exhibit, exhibit), passage_of(exhibit, text))
    return Candidate(source, 0, len(text), text, False, (), (), (0.0,) * len(FEATURES), score)


def test_records_of_that_night_are_followed_from_a_name() -> None:
    facts = Facts(statement=STATEMENT, register=REGISTER, log=LOG, calls=CALLS)
    analysis = analyse("What evidence speaks against the claim of Anna Weber that she spent the night at home?")
    quotes = follow(analysis, [candidate("statement", STATEMENT)], facts, {"statement"}, 4)  # type: ignore[arg-type]
    assert [quote.exhibit_id for quote in quotes] == ["log"]
    assert "01:13" in quotes[0].quote
    assert LOG[quotes[0].start : quotes[0].end] == quotes[0].quote


def test_nothing_is_followed_without_a_name_or_a_day() -> None:
    facts = Facts(register=REGISTER, log=LOG)
    one = [candidate("statement", STATEMENT)]
    assert follow(analyse("What evidence is there of that night?"), one, facts, (), 4) == ()  # type: ignore[arg-type]
    undated = [candidate("statement", "Anna Weber was at home.")]
    analysis = analyse("What evidence speaks against Anna Weber?")
    assert follow(analysis, undated, facts, (), 4) == ()  # type: ignore[arg-type]


def test_alike_sentences_tie_two_named_things() -> None:
    texts = {
        "buyer": "The car at Weber Cars has a long scratch on the left door.",
        "owner": "I know my car from Lindenhof by a scratch on its left door.",
        "rules": "Anybody at Lindenhof is told to speak the truth and nothing else.",
    }
    vectors = {"buyer": (1.0, 0.0), "owner": (0.8, 0.6), "rules": (0.0, 1.0)}
    by_text = {text: vectors[name] for name, text in texts.items()}

    def embed(asked: Sequence[str]) -> NDArray[np.float32]:
        return np.array([by_text[text] for text in asked], dtype=np.float32)

    analysis = analyse("What shows that the car at Weber Cars is the one taken from Lindenhof?")
    assert len(analysis.names) == 2
    listed = [candidate(name, text) for name, text in texts.items()]
    found = bridges(analysis, listed, Facts(**texts), embed, 4)  # type: ignore[arg-type]
    assert [(bridge.one, bridge.other) for bridge in found] == [(0, 1)]
    assert found[0].cosine == pytest.approx(0.8)
    one_name = analyse("What shows that the car is the one taken from Lindenhof?")
    assert bridges(one_name, listed, Facts(**texts), embed, 4) == ()  # type: ignore[arg-type]


def test_each_exhibit_is_quoted_once_before_any_twice() -> None:
    listed = [candidate("a", "First long sentence here.", 5.0), candidate("a", "Second other words there.", 4.9), candidate("b", "Third thing altogether.", 2.0)]  # fmt: skip
    chosen = choose(listed, 2, 600, 0.8, same_exhibit=4.0)
    assert [stretch.best.source.exhibit.id for stretch in chosen] == ["a", "b"]
    assert [stretch.best.source.exhibit.id for stretch in choose(listed, 2, 600, 0.8)] == ["a", "a"]


def test_a_sentence_that_names_comes_up() -> None:
    features = [0.0] * len(FEATURES)
    features[FEATURES.index("names")] = 1.0
    named = replace(candidate("b", "Weber paid.", 1.0), features=tuple(features))
    assert naming_first([candidate("a", "Somebody paid.", 2.0), named], 1.5)[0].text == "Weber paid."


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("Did Weber pay the invoice?", True),
        ("How can it be shown that Weber paid?", True),
        ("By what mark can it be proved that it is the same car?", True),
        ("Woran lässt sich erkennen, dass es derselbe Wagen ist?", True),
        ("Waaruit blijkt dat Weber betaald heeft?", True),
        ("Who paid the invoice?", False),
    ],
)
def test_what_rests_on_several_documents(question: str, several: bool) -> None:
    assert rests_on_several(question, analyse(question).kind) == several
