"""A value or a name that stands in the quote may still stand in the wrong place of the claim."""

import pytest

from assistant.citations import verify_claim
from assistant.records import ProposedClaim

FEES = (
    "The rent of the flat is 300 euros a month, and the deposit for the flat was 900 euros. "
    "Jonas Weber signed the lease in Hamburg in 2019. Maria Krause ended the lease in Bremen in 2021."
)
WEBER = "Jonas Weber, the manager of Hansa Bau, transferred 500 euros to Krause on Monday morning."
FOOTBALL = "The National Football League fined Weber 5,000 dollars. The game was seen in the U.S. and in Canada."
SPANISH = (
    "El 7 de enero de 1943 murieron doce personas en Madrid, según el informe de la policía. "
    "El testigo no conocía a Weber y vivía con su hermana."
)
ROW = "midi excavator\t'Fuchs', not identified\tseen near the false mail\tFALSE"

SUPPORTED = [
    (FEES, "The deposit for the flat was 900 euros."),
    (FEES, "In Bremen, Maria Krause ended the lease in 2021."),
    (FEES, "The lease was signed in 2019 and ended in 2021."),
    (WEBER, "Weber transferred 500 euros to Krause."),
    (WEBER, "Jonas Weber transferred 500 euros to Krause on Monday."),
    (FOOTBALL, "The NFL fined Weber 5000 dollars."),
    (FOOTBALL, "The National Football League fined Weber 5,000 dollars."),
    (FOOTBALL, "The game was seen in the US and in Canada."),
    ("The NFL fined Weber.", "The National Football League fined Weber."),
    ("About 1,000 kilometres west, 2,000.", "About 1000 kilometres west, 2.000."),
    ("Between six and nine per cent of them left.", "Up to 9 percent of them left."),
    ("It happened in August 2013.", "It happened in 2013-08."),
    ("Some of us are n't there.", "Some of us are not there."),
    ("It is unlikely that he will prevail.", "It is not likely that he will prevail."),
    ("He said that “he was not there” that night.", "He said that “he was not there” that night."),
    ("Police dogs are not treated as officers.", "Police “dogs are not treated” as officers."),
    (SPANISH, "El 1943-01-07 murieron 12 personas en Madrid."),
    (SPANISH, "Según el documento, el testigo no conocía a Weber."),
]
STRUCK = [
    (FEES, "The deposit for the flat was 300 euros."),
    (FEES, "The rent of the flat is 900 euros a month."),
    (FEES, "Maria Krause ended the lease in Hamburg in 2021."),
    (FEES, "Maria Krause ended the lease in Bremen in 2019."),
    (FEES, "Jonas Krause signed the lease in Hamburg in 2019."),
    ("The site has 13 states, one of only four republics.", "The site has four states, one of only 13 republics."),
    ("The track is 5 feet 3 inches wide.", "The track is 3 feet 5 inches wide."),
    (FOOTBALL, "The NHL fined Weber 5,000 dollars."),
    ("About 1,000 kilometres west.", "About 1,001 kilometres west."),
    ("It happened in August 2013.", "It happened in 2013-07."),
    ("It is likely that he will prevail.", "It is unlikely that he will prevail."),
    ("Der Täter ist der Polizei bekannt.", "Der Täter ist der Polizei unbekannt."),
    (SPANISH, "El 8 de enero de 1943 murieron doce personas en Madrid."),
    (SPANISH, "El 7 de enero de 1943 murieron trece personas en Madrid."),
    (SPANISH, "El testigo conocía a Weber."),
    (SPANISH, "El testigo vivía sin su hermana."),
]


@pytest.mark.parametrize(("quote", "text"), SUPPORTED)
def test_what_the_quote_says_in_other_words_stands(quote: str, text: str) -> None:
    verdict = verify_claim(ProposedClaim(text, ()), (quote,))
    assert verdict.supported, verdict.because


@pytest.mark.parametrize(("quote", "text"), STRUCK)
def test_what_stands_elsewhere_in_the_quote_is_struck(quote: str, text: str) -> None:
    verdict = verify_claim(ProposedClaim(text, ()), (quote,))
    assert not verdict.supported
    assert verdict.because


def test_what_one_cell_of_a_row_denies_the_others_do_not() -> None:
    claim = ProposedClaim("Kind: midi excavator; Seen: near the false mail", ())
    assert verify_claim(claim, (ROW,), labels=("Kind", "Seen")).supported


def test_a_quote_that_is_turned_round_in_one_sentence_stands_when_another_says_it() -> None:
    quote = "Weber paid Krause. Later Krause paid Weber."
    assert verify_claim(ProposedClaim("Krause paid Weber.", ()), (quote,)).supported
    assert verify_claim(ProposedClaim("Weber paid Krause.", ()), (quote,)).supported


@pytest.mark.parametrize(
    "piece", ["Weber paid 5, ", "A. B. ", "Ab Cd ", "who 5 ", "un", "unlikely, ", "5 (6) ", "not a, "]
)
def test_hostile_claims_and_quotes_cost_linear_time(piece: str) -> None:
    verify_claim(ProposedClaim(piece * 3_000, ()), (piece * 3_001,))
    verify_claim(ProposedClaim(f"He said 7 in {piece}", ()), (piece * 3_000,))
