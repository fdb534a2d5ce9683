"""The built-in engine: short value first, quotes that verify, not found, asking back, contradicting, refusing."""

import dataclasses
import hashlib
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.citations import Checked, verify
from assistant.engines.answer_model import BUILT_IN, AnswerModel, ConfidenceModel
from assistant.engines.extractive import ExtractiveEngine
from assistant.engines.quote_choice import choose
from assistant.records import Engine, EngineRequest, ExhibitRef, Outcome, ProposedClaim, ProposedQuote, RankedPassage
from casefile.locators import CellsLocator, LinesLocator, Locator
from casefile.records import Passage

FILE = (
    (
        "On 5 March 2024 Jonas Weber transferred EUR 12,400.00 to Maria Krause's account DE89 3704 0044 0532 0130 00. "
        "He then drove to Hamburg in the evening."
    ),
    "The white van belonged to Peter Klein. His telephone number is 0170 1234567. He signed the lease on 9 April 2023.",
    "Der Zeuge Brandt sah den Lieferwagen um 14:30 Uhr in Bremen. Er hat die Polizei nicht gerufen.",
    "The warehouse stands empty. Nobody has been there since the fire brigade left.",
)


def words_as_vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    """A deterministic stand-in for the model: hashed beginnings of words, so that like texts have like vectors."""
    vectors = np.zeros((len(texts), 256), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in text.lower().replace("?", "").replace(".", "").split():
            vectors[row, int(hashlib.sha256(word[:5].encode("utf-8", "surrogatepass")).hexdigest(), 16) % 256] += 1
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(lengths, 1e-9)


def evidence(texts: Sequence[str], locators: Sequence[Locator] | None = None) -> tuple[RankedPassage, ...]:
    found = []
    for number, text in enumerate(texts):
        locator = locators[number] if locators else LinesLocator(1, 1, 0, len(text))
        exhibit = ExhibitRef(f"sha256:{number:064d}", f"{number}.txt", f"{number}.txt")
        passage = Passage(number, exhibit.id, f"text {number}", 0, text, "", locator)
        found.append(RankedPassage(number + 1, 1.0 - number / 10, {"words": number + 1}, exhibit, passage, 0.5))
    return tuple(found)


ALWAYS = ConfidenceModel(BUILT_IN.whole_case.weights, BUILT_IN.whole_case.intercept, 0.0)
"""Refuses nothing."""


def engine(**changes: object) -> ExtractiveEngine:
    model: AnswerModel = dataclasses.replace(BUILT_IN, whole_case=ALWAYS, one_exhibit=ALWAYS, **changes)  # type: ignore[arg-type]
    return ExtractiveEngine(words_as_vectors, model=model)


def ask(question: str, texts: Sequence[str] = FILE, **request: int) -> tuple[Checked, Outcome]:
    events = list(engine().answer(EngineRequest(question, evidence(texts), **request)))
    outcome = events[-1]
    assert isinstance(outcome, Outcome)
    assert not any(isinstance(event, Outcome) for event in events[:-1])
    return checked([event for event in events if isinstance(event, ProposedClaim)], texts), outcome


def checked(claims: Sequence[ProposedClaim], texts: Sequence[str]) -> Checked:
    def at(quote: ProposedQuote) -> tuple[ExhibitRef, Locator]:
        return ExhibitRef(quote.exhibit_id, "", ""), LinesLocator(1, 1, quote.start, quote.end)

    return verify(claims, text_of=lambda exhibit, _: texts[int(exhibit[-4:])], locate=at)


def test_it_is_an_engine() -> None:
    port: Engine = engine()
    assert (port.info.kind, port.info.model, port.info.temperature) == ("extractive", "built-in", 0.0)
    assert len(port.info.sha256) == 64
    assert port.info.sha256 != engine(margin=0.5).info.sha256


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("How much did Weber transfer to Krause?", "EUR 12,400.00"),
        ("When did Weber transfer money to Krause?", "5 March 2024"),
        ("What is the telephone number?", "0170 1234567"),
        ("To which IBAN did Weber transfer the money?", "DE89 3704 0044 0532 0130 00"),
        ("Who owns the white van that belonged to somebody?", "Peter Klein"),
        ("When was the lease signed?", "9 April 2023"),
        ("Um wie viel Uhr sah Brandt den Lieferwagen?", "14:30 Uhr"),
        ("Where did he drive in the evening?", "Hamburg"),
    ],
)
def test_short_value_comes_first_and_is_in_the_quote(question: str, value: str) -> None:
    found, outcome = ask(question)
    assert outcome.status == "answered"
    first = found.claims[0]
    assert first.text.startswith(f"{value} \u2014 \u201c")
    assert value in found.citations[first.citations[0] - 1].quote


@pytest.mark.parametrize(
    ("question", "text", "value"),
    [
        ("How much money did Klein leave at the bar?", "Klein left money at the bar at half past two.", ""),
        ("How many trucks did Klein see?", "Klein saw four chains on the trucks.", ""),
        ("How many trucks did Klein see?", "Klein saw four red trucks at the bar.", "four"),
        ("What is the chassis number of the truck?", "The truck of Klein has the plate B-KL-4711.", ""),
        ("What is the chassis number of the truck?", "The truck has the chassis number WX-4711-K.", "WX-4711-K"),
    ],
)
def test_a_short_value_is_what_was_asked_for_or_none(question: str, text: str, value: str) -> None:
    found, _ = ask(question, (text,))
    lead = f"{value} \u2014 " if value else ""
    assert found.claims[0].text == f"{lead}\u201c{text}\u201d"


def test_the_value_beside_the_best_sentence_is_quoted_too() -> None:
    text = "Weber rents the old mill by the river, payable in cash on the first. Nothing grows. The rent is EUR 500.00 a month."
    found, _ = ask("How much does Weber pay for the old mill by the river, payable in cash?", (text,))
    assert any("EUR 500.00" in citation.quote for citation in found.citations)


@pytest.mark.parametrize(
    "question", ["Who?", "What happened?", "Tell me about the van", "Wer rief an?", "", "??", "Krause"]
)
def test_every_claim_verifies_whatever_is_asked(question: str) -> None:
    found, _ = ask(question)
    assert all(claim.supported for claim in found.claims), [claim.unsupported_because for claim in found.claims]
    assert all(citation.verified for citation in found.citations)


def test_budget_of_quotes_and_characters() -> None:
    texts = [f"The van number {n} was seen near the harbour by the guard on duty at night." for n in range(12)]
    found, _ = ask("Where was the van seen near the harbour?", texts)
    assert 1 <= len(found.citations) <= 3
    assert sum(len(citation.quote) for citation in found.citations) <= 600
    few, _ = ask("Where was the van seen near the harbour?", texts, quotes=1, characters=50)
    assert [len(citation.quote) <= 50 for citation in few.citations] == [True]


def test_everything_asked_for_lifts_the_budget() -> None:
    names = ("Arndt", "Bauer", "Cremer", "Decker", "Ernst", "Fuchs")
    texts = [f"The van was seen near the harbour by {name} while walking a dog called {name[::-1]}." for name in names]
    found, _ = ask("List every sighting of the van near the harbour.", texts)
    assert len(found.citations) == len(texts)


def test_near_duplicates_are_quoted_once() -> None:
    texts = ["The van was seen near the harbour by Arndt at night."] * 3
    found, _ = ask("Who saw the van near the harbour?", texts)
    assert len(found.citations) == 1
    assert choose((), 3, 600, 0.8) == ()


def test_the_same_question_gives_the_same_answer() -> None:
    assert ask("Who owned the van?") == ask("Who owned the van?")


def test_nothing_to_search_is_not_found() -> None:
    for texts in ((), ("   ",), ("...",)):
        found, outcome = ask("Who owned the van?", texts)
        assert (found.claims, outcome.status) == ((), "not_found")
        assert "does not mean" in outcome.reason


def test_an_unrelated_question_is_not_found() -> None:
    request = EngineRequest("Which submarine sank off Iceland near Reykjavik?", evidence(FILE[3:]))
    (outcome,) = ExtractiveEngine(words_as_vectors).answer(request)
    assert isinstance(outcome, Outcome)
    assert outcome.status == "not_found"


@pytest.mark.parametrize(
    ("question", "name"),
    [("Where does Anton Schulze live?", "Anton Schulze"), ("Who used the number 0151 9876543?", "0151 9876543")],
)
def test_what_nobody_names_is_not_found_by_name(question: str, name: str) -> None:
    found, outcome = ask(question)
    assert (outcome.status, found.claims) == ("not_found", ())
    assert name in outcome.reason


def test_judgements_about_persons_are_refused_before_anything_is_read() -> None:
    found, outcome = ask("Is Weber guilty?")
    assert (outcome.status, found.claims) == ("refused", ())
    assert "guilty" in outcome.reason


@pytest.mark.parametrize(
    "question",
    [
        "Why did Weber transfer EUR 15,000 to Krause?",
        "Why did Weber transfer EUR 12,400.00 to Krause on 7 June 2022?",
        "When did Meier transfer EUR 12,400.00 to Maria Krause's account?",
    ],
)
def test_a_false_premise_is_contradicted_with_the_quote(question: str) -> None:
    found, outcome = ask(question)
    assert outcome.status == "answered"
    assert found.claims[0].text.startswith("The file says otherwise: ")
    assert "12,400.00" in found.citations[0].quote
    assert found.claims[0].supported


def test_the_opposite_verb_contradicts() -> None:
    found, _ = ask("Why did Krause deny the theft of the van?", ("Krause admitted the theft of the van.", FILE[3]))
    assert found.claims[0].text == "The file says otherwise: \u201cKrause admitted the theft of the van.\u201d"


def test_a_true_premise_is_not_contradicted() -> None:
    found, _ = ask("Why did Weber transfer EUR 12,400.00 to Krause on 5 March 2024?")
    assert not found.claims[0].text.startswith("The file says otherwise")


def test_a_name_of_two_people_is_asked_back_with_a_quote_for_each() -> None:
    texts = ("Jonas Weber was seen at the bank on Monday.", "Karin Weber was seen at the bank on Tuesday.")
    found, outcome = ask("When was Weber seen at the bank?", texts)
    assert outcome.status == "unclear"
    assert "Weber" in outcome.reason
    assert {citation.quote for citation in found.citations} == set(texts)


def test_a_first_name_tells_two_people_apart() -> None:
    texts = ("Jonas Weber was seen at the bank on Monday.", "Karin Weber was seen at the bank on Tuesday.")
    found, outcome = ask("When was Karin Weber seen at the bank?", texts)
    assert outcome.status == "answered"
    assert found.citations[0].quote == texts[1]


def test_two_people_of_one_full_name_are_told_by_birth() -> None:
    texts = ("Jan de Vries, born 3 May 1980, lives in Bremen.", "Jan de Vries, born 9 June 1992, lives in Hamburg.")
    _, outcome = ask("Where does Jan de Vries live?", texts)
    assert outcome.status == "unclear"
    _, outcome = ask("Where does Jan de Vries, born 9 June 1992, live?", texts)
    assert outcome.status == "answered"


def test_rows_are_quoted_whole_and_shown_with_their_header() -> None:
    texts = ["2024-03-05\tWeber\t\t12.50", "2024-03-09\tKrause\tB\t20.00"]
    header = ("Date", "Name", "Note", "Amount")
    locators = [CellsLocator("Sheet1", f"A{n + 2}:D{n + 2}", 0, len(text), header) for n, text in enumerate(texts)]
    events = list(engine(margin=0.0).answer(EngineRequest("amount of Krause", evidence(texts, locators))))
    first = events[0]
    assert isinstance(first, ProposedClaim)
    assert first.quotes[0].quote == texts[1]
    assert first.text == "Date: 2024-03-09; Name: Krause; Note: B; Amount: 20.00"


def test_without_an_embedder_words_decide() -> None:
    request = EngineRequest("When was the lease signed?", evidence(FILE))
    model = dataclasses.replace(BUILT_IN, whole_case=ALWAYS, one_exhibit=ALWAYS)
    first = next(iter(ExtractiveEngine(None, model=model).answer(request)))
    assert isinstance(first, ProposedClaim)
    assert "lease" in first.quotes[0].quote


@pytest.mark.parametrize("piece", ["\x00", "\ud800", "\u202e", "A. ", "1,", "“”", "\t", "Weber Weber "])
def test_hostile_evidence_neither_stalls_nor_breaks_verification(piece: str) -> None:
    text = piece * 1_000 + " The van was seen in Bremen. " + piece * 1_000
    found, _ = ask("Where was the van seen?", (text,))
    assert all(citation.verified for citation in found.citations)
