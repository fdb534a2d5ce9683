"""Which sentences of a model tell no fact."""

import pytest

from assistant.engines.writing.untold import Telling, is_question, telling


@pytest.mark.parametrize(
    "sentence",
    [
        "The passages do not say who owned the boat.",
        "The passages don't mention a boat.",
        "None of the passages mentions a boat.",
        "No passages mention the boat.",
        "The provided documents do not contain this.",
        "There is no information about a boat.",
        "The owner is not named in the passages.",
        "This cannot be determined.",
        "I cannot answer this from what I was given.",
        "Die Passagen sagen nicht, wem das Boot geh\u00f6rt.",
        "Aus den Stellen geht nicht hervor, wem das Boot geh\u00f6rt.",
        "Die Stellen nennen keinen Eigent\u00fcmer.",
        "Es gibt keine Angaben zum Boot.",
        "Les extraits ne disent pas \u00e0 qui est le bateau.",
        "De fragmenten vermelden niet van wie de boot is.",
    ],
)
def test_that_nothing_is_told(sentence: str) -> None:
    assert telling(sentence) is Telling.NOTHING


@pytest.mark.parametrize(
    "sentence",
    [
        "The van was white.",
        "The document states that he did not pay.",
        "Karl Voss did not pay the passage to Hamburg.",
        "Anna Berger said that she does not know him.",
        "Die Zeugin sagt, sie habe ihn nicht gesehen.",
        "Le t\u00e9moin n'a pas vu la voiture.",
        "De getuige heeft hem niet gezien.",
        "",
    ],
)
def test_that_a_fact_is_told(sentence: str) -> None:
    assert telling(sentence) is Telling.FACT


@pytest.mark.parametrize(
    "sentence", ["The file does not say who drove.", "Die Akte nennt keinen Namen.", "Le dossier ne dit rien."]
)
def test_that_it_depends_on_the_evidence(sentence: str) -> None:
    assert telling(sentence) is Telling.PERHAPS_NOTHING


def test_questions() -> None:
    assert is_question("Which van?")
    assert is_question("\u201eWelcher Wagen?\u201c")
    assert not is_question("The van.")
    assert not is_question("")


def test_long_sentences_take_no_time() -> None:
    for unit in ("passages ", "not ", "passages not ", "no in the "):
        assert telling(unit * 50_000) in Telling
