"""Claims that say more than their quotes: for all, only, because, for certain, denied, or of somebody else."""

import pytest

from assistant.citations import verify_claim
from assistant.mixing_checks import check_mixing
from assistant.records import ProposedClaim
from assistant.strength_checks import check_hedges, check_signs, check_strength

OFFICERS = "The officers found 14 laptops and 3 phones behind a false wall."
TWO = "Heike Sommer approved the first invoice on 9 January 2024. Uwe Falk rejected the other one on 11 January 2024."


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("The officers always found 14 laptops.", OFFICERS),
        ("The officers found all 14 laptops.", OFFICERS),
        ("Only the officers found 14 laptops.", OFFICERS),
        ("The officers never found 14 laptops behind a false wall.", OFFICERS),
        ("The officers found 14 laptops because there was a false wall.", OFFICERS),
        ("The officers found more than 14 laptops behind a false wall.", OFFICERS),
        ("The officers found nearly 14 laptops behind a false wall.", OFFICERS),
        ("The officers found hundreds of laptops behind a false wall.", OFFICERS),
        ("The officers found 14 laptops behind a false wall twice.", OFFICERS),
        ("It is doubtful that the officers found 14 laptops behind a false wall.", OFFICERS),
        ("Die Zeugin notierte immer das Kennzeichen.", "Die Zeugin notierte das Kennzeichen."),
        ("Er ging, weil die Zeugin kam.", "Die Zeugin kam. Dann ging er."),
    ],
)
def test_no_more_is_claimed_than_is_quoted(claim: str, quote: str) -> None:
    assert check_strength(claim, [quote], "de" if "Zeugin" in claim else "en") is not None
    assert not verify_claim(ProposedClaim(claim, ()), [quote], languages=("en", "de")).supported


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("All 14 laptops were stolen.", "Every one of the 14 laptops was stolen."),
        ("The gate was open because the guard had left.", "The guard had left, so the gate was open."),
        ("He never paid.", "He failed to pay."),
        ("He paid more than 300 euros.", "He paid over 300 euros."),
        ("The only key was lost.", "The sole key was lost."),
        ("Il est venu parce que la porte \u00e9tait ouverte.", "He came since the door was open."),
    ],
)
def test_the_same_in_other_words_is_no_more(claim: str, quote: str) -> None:
    assert check_strength(claim, [quote], "en") is None


@pytest.mark.parametrize(
    "claim",
    [
        "The officers found \u246e laptops.",
        "The officers found 14\u00b2 laptops.",
        "The officers found \u216b laptops.",
        "The officers found 14 l\u0336a\u0336ptops.",
        "The officers found 14\u20dd laptops.",
    ],
)
def test_signs_that_a_person_reads_and_code_does_not_must_be_quoted(claim: str) -> None:
    assert check_signs(claim, [OFFICERS]) is not None
    assert check_signs(claim, [claim]) is None
    assert not verify_claim(ProposedClaim(claim, ()), [OFFICERS]).supported


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Milan Kovac returned the keys.", "Milan Kovac allegedly returned the keys."),
        ("Milan Kovac took the keys.", "Tom Reiss said that Milan Kovac took the keys."),
        ("Karl Voss did it.", "Anna Berger said: \u201cKarl Voss did it.\u201d"),
        ("\u201cKarl Voss did it.\u201d", "Anna Berger said: \u201cKarl Voss did it.\u201d"),
        ("Lang heard a lorry.", "Lang may have heard a lorry."),
        ("Ralf Zander lud sechs Kisten ein.", "Ralf Zander lud angeblich sechs Kisten ein."),
    ],
)
def test_what_somebody_says_or_supposes_is_not_stated(claim: str, quote: str) -> None:
    assert check_hedges(claim, [quote]) is not None
    assert not verify_claim(ProposedClaim(claim, ()), [quote], languages=("en", "de")).supported


@pytest.mark.parametrize(
    ("claim", "quotes"),
    [
        ("Tom Reiss stated that Milan Kovac took the keys.", ["Tom Reiss said that Milan Kovac took the keys."]),
        ("Probably Milan Kovac returned the keys.", ["Milan Kovac allegedly returned the keys."]),
        ("The keys were on the table.", ["The keys were on the table. She said nothing."]),
        ("The keys were on the table.", ["She said the keys were on the table.", "The keys were on the table."]),
        ("The meeting is in May.", ["The meeting is in May."]),
    ],
)
def test_what_is_reported_as_such_or_stated_elsewhere_stands(claim: str, quotes: list[str]) -> None:
    assert check_hedges(claim, quotes) is None


@pytest.mark.parametrize(
    "claim",
    [
        "Uwe Falk approved the first invoice.",
        "Heike Sommer rejected the other one.",
        "Heike Sommer approved the first invoice on 11 January 2024.",
        "It rained, and Uwe Falk approved the first invoice.",
    ],
)
def test_nobody_and_no_day_is_put_into_the_sentence_of_another(claim: str) -> None:
    assert check_mixing(claim, [TWO], "en") is not None
    assert check_mixing(claim, TWO.split(". "), "en") is not None


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Heike Sommer approved the first invoice and Uwe Falk rejected the other one.", TWO),
        ("Anna Berger paid Karl Voss.", "Anna Berger went to the bank. She paid Karl Voss and Ilka Brandt."),
        ("Uwe Falk is the director of Nordlicht.", "Nordlicht has no staff. Its director is Uwe Falk of Malta."),
    ],
)
def test_sentences_that_belong_together_may_be_joined(claim: str, quote: str) -> None:
    assert check_mixing(claim, [quote], "en") is None


def test_a_quotation_is_never_too_strong_for_itself() -> None:
    quote = (
        "He said that all of them always came, allegedly only because nobody had told Karl Voss. Anna Berger did not."
    )
    assert verify_claim(ProposedClaim(quote, ()), [quote]).supported
    assert verify_claim(ProposedClaim(f"\u201c{quote}\u201d", ()), [quote]).supported


def test_a_long_claim_over_long_quotes_is_checked_in_bounded_time() -> None:
    long = "Karl Voss never said that all of it was because of Anna Berger on 3 May 2024. " * 1_500
    assert check_strength(long, [long], "en") is None
    check_hedges("Karl Voss " * 5_000, [long])
    check_mixing("Karl Voss came, " * 5_000, [long], "en")
