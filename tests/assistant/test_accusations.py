"""That somebody did a crime stands only where a quote says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.accusations import check_accusations
from assistant.citations import verify_claim
from assistant.records import ProposedClaim

GUARD = "The guard of the depot is Jonas Petersen, who met the owner of the depot in May 2021."


@pytest.mark.parametrize(
    "claim",
    [
        "Jonas Petersen murdered the owner of the depot.",
        "Jonas Petersen killed the owner of the depot.",
        "Jonas Petersen robbed the owner of the depot in May 2021.",
        "Jonas Petersen hat den Besitzer ermordet.",
        "Jonas Petersen est un voleur.",
        "Jonas Petersen heeft de eigenaar vermoord.",
        "Jonas Petersen defrauded the owner of the depot.",
        "Jonas Petersen confessed to the owner of the depot.",
        "Jonas Petersen is guilty.",
        "Jonas Petersen blackmailed the owner of the depot.",
    ],
)
def test_an_accusation_that_no_quote_makes_is_not_supported(claim: str) -> None:
    verdict = verify_claim(ProposedClaim(claim, ()), [GUARD], languages=("en",))
    assert not verdict.supported


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Jonas Petersen killed Mira Lang.", "Jonas Petersen shot Mira Lang; she died at once."),
        ("Jonas Petersen murdered Mira Lang.", "Jonas Petersen hat Mira Lang ermordet."),
        ("Jonas Petersen stole the van.", "It was Jonas Petersen who took the van."),
        ("Jonas Petersen was convicted of fraud.", "In 2019 Jonas Petersen was convicted of fraud."),
        ("Jonas Petersen confessed.", "Jonas Petersen admitted it."),
        ("Der Dieb war Jonas Petersen.", "Le voleur, c'est Jonas Petersen."),
        ("Jonas Petersen guards the depot.", GUARD),
        ("The skill of Jonas Petersen is known.", "The skill of Jonas Petersen is known."),
    ],
)
def test_what_a_quote_tells_is_no_accusation_of_ours(claim: str, quote: str) -> None:
    assert check_accusations(claim, [quote]) is None


@given(st.text(max_size=200))
def test_a_text_bears_out_itself(text: str) -> None:
    assert check_accusations(text, [text]) is None
