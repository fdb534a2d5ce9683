"""The suite `verifier`: what its rules make, on sentences of our own; and that real dev rows give claims of every kind."""

from pathlib import Path

import pytest

from eval.records import Sample
from eval.suites.claim_mutations import KINDS, false_claims
from eval.suites.claim_sources import ClaimLanguage, GoldSentence
from eval.suites.claim_truths import MadeClaim, true_claims
from eval.suites.claim_words import dates, names, numbers
from eval.suites.verifier import Verifier
from eval.tasks.verifying import verify
from tests.eval.suite_data import named, options, public_options, write_rows

ENGLISH = (
    "On 5 March 2021, Jonas Weber transferred 12,400 euros to Maria Krause in Hamburg, which surprised the bank. "
    "The bank was not informed by Krause before 7 April 2022. Later Weber bought 3 cars from Hansa in Bremen."
)
GERMAN = "Am 5. März 2021 hat Weber 12.400 Euro nach Hamburg gebracht, während Krause nicht in Bremen war."
SPANISH = "El 5 de marzo de 2021 el señor Weber no llevó 12.400 euros a Madrid, pero Krause fue a Toledo en 2019."


def gold(text: str, language: ClaimLanguage = "en", sentence: int = 0) -> GoldSentence:
    own = text.split(". ")[sentence] + "." if language == "en" else text
    known = frozenset({"Weber", "Hamburg", "Krause", "Bremen"}) if language == "de" else None
    return GoldSentence("g", "xquad", "d", language, own, own, text, known)


def by_rule(claims: list[MadeClaim]) -> dict[str, str]:
    return {claim.rule: claim.text for claim in claims}


def test_what_is_found_in_a_sentence() -> None:
    sentence = gold(ENGLISH)
    assert [number.value for number in numbers(sentence.text, "en")] == [12400]
    assert [(date.year, date.month, date.day) for date in dates(sentence.text, "en")] == [(2021, 3, 5)]
    assert [run.raw for run in names(sentence, sentence.text)] == ["Jonas Weber", "Maria Krause", "Hamburg"]
    assert [(date.year, date.month, date.day) for date in dates(SPANISH, "es")] == [(2021, 3, 5), (2019, None, None)]
    assert [run.raw for run in names(gold(GERMAN, "de"), GERMAN)] == ["Weber", "Hamburg", "Krause", "Bremen"]


def test_honest_rephrasings() -> None:
    made = by_rule(list(true_claims(gold(ENGLISH), 0)))
    assert made["verbatim"] == gold(ENGLISH).text
    assert made["clause_dropped"].endswith("to Maria Krause in Hamburg.")
    assert made["leading_dropped"].startswith("Jonas Weber transferred")
    assert "12,400" not in made["number_form"]
    assert "5 March 2021" not in made["date_form"]
    assert made["surname"] in {gold(ENGLISH).text.replace(name, name[6:]) for name in ("Jonas Weber", "Maria Krause")}
    assert "“" in made["partly_quoted"]


@pytest.mark.parametrize(
    ("text", "language", "sentence"), [(ENGLISH, "en", 0), (ENGLISH, "en", 1), (GERMAN, "de", 0), (SPANISH, "es", 0)]
)
def test_a_false_claim_differs_from_its_sentence_in_one_thing(
    text: str, language: ClaimLanguage, sentence: int
) -> None:
    source = gold(text, language, sentence)
    for seed in range(20):
        for claim in false_claims(source, ["Wien", "Paris"], seed):
            assert claim.kind in KINDS
            assert claim.text != source.text
            same_numbers = [n.value for n in numbers(claim.text, language)] == [
                n.value for n in numbers(source.text, language)
            ]
            if claim.rule in {"number_digit", "number_magnitude"}:
                assert not same_numbers, claim
            if claim.rule in {"date_year", "date_month", "date_day"}:
                assert [d.raw for d in dates(claim.text, language)] != [d.raw for d in dates(source.text, language)]


def test_draws_depend_on_the_seed_only() -> None:
    one, again, other = (list(false_claims(gold(ENGLISH), ["Wien"], seed)) for seed in (1, 1, 2))
    assert one == again
    assert one != other
    assert {claim.kind for claim in one} == {"number", "date", "name", "role"}
    second = by_rule(list(false_claims(gold(ENGLISH, sentence=1), ["Wien"], 1)))
    assert "was informed" in second["negation_removed"]
    assert "negation_added" not in second


def test_lists_and_conditions_are_left_alone() -> None:
    listed = GoldSentence("g", "s", "d", "en", *(["He ran 800 m, 1,500 m and 3,000 m in 1990."] * 3))
    assert "numbers_exchanged" not in by_rule(list(false_claims(listed, [], 0)))
    condition = GoldSentence("g", "s", "d", "en", *(["The buyer pays the whole price, although only if asked to."] * 3))
    assert "clause_dropped" not in by_rule(list(true_claims(condition, 0)))


def write(folder: Path) -> str:
    dev, test = named("dev", 1)[0], named("test", 1)[0]
    told = [f"{sentence}." for sentence in ENGLISH.split(". ")[:2]]
    rows = [{"id": name, "passage": ENGLISH, "answer": None, "gold_sentences": told} for name in (dev, test)]
    write_rows(folder / "clapnq" / "clapnq_dev.jsonl", rows)
    for code in ("en", "de", "es"):
        write_rows(folder / "xquad" / f"{code}.paragraphs.jsonl", [])
        write_rows(folder / "xquad" / f"{code}.questions.jsonl", [])
    write_rows(folder / "contracts" / "spans.jsonl", [])
    (folder / "contracts" / "txt").mkdir()
    write_rows(folder / "mtrag" / "mtrag_un.jsonl", [])
    return dev


def test_the_same_claims_against_their_sentence_and_against_the_passage(tmp_path: Path) -> None:
    dev = write(tmp_path)
    chosen = options(tmp_path, tmp_path / "s")
    assert Verifier().unavailable(chosen) == ""
    sentence, passage = Verifier().batches(chosen)
    assert (sentence.name, passage.name) == ("sentence", "passage")
    assert [sample.id for sample in sentence.samples] == [sample.id for sample in passage.samples]
    assert {sample.cluster for sample in sentence.samples} == {dev}
    assert {sample.tags["change"] for sample in sentence.samples} == {"none", "value", "role", "negation"}
    for sample in (*sentence.samples, *passage.samples):
        assert (sample.gold.statuses == ("supported",)) is (sample.tags["kind"] == "true")
        assert (verify(sample).status,) == sample.gold.statuses, sample


def test_real_rows_give_claims_of_every_kind(tmp_path: Path) -> None:
    batch: list[Sample] = []
    for name in ("clapnq", "xquad", "contracts", "mtrag"):
        chosen = public_options(name, tmp_path / "s", full=False)
    for part in Verifier().batches(chosen):
        assert len({sample.id for sample in part.samples}) == len(part.samples)
        batch += part.samples
    assert {sample.tags["kind"] for sample in batch} == {*KINDS, "true"}
    assert {sample.tags["language"] for sample in batch} == {"en", "de", "es"}
    assert all(sample.split == "dev" and sample.quote.strip() for sample in batch)
