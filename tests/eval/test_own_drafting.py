"""Drafts of questions: from what the case holds, the same for a seed, refused until checked, then loaded as they are."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.lexicon import LANGUAGES
from casefile.case import Case, create_case
from casefile.errors import UsageError
from casefile.home import Home
from casefile.records import CaseDescription
from casefile.serial import now
from eval.metrics.values import contains_value
from eval.own_questions.drafting import draft_questions, write_drafts
from eval.own_questions.exhibit_names import ExhibitNames
from eval.own_questions.patterns import QUESTIONS, THINGS
from eval.own_questions.quotes import QuotedText
from eval.own_questions.records import OwnQuestion
from eval.own_questions.writing import write_questions
from eval.records import SuiteOptions
from eval.suites.own import OwnSuite
from tests.eval.own_case import build


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with build(tmp_path_factory.mktemp("drafts")) as opened:
        yield opened


@pytest.fixture(scope="module")
def drafts(case: Case) -> tuple[OwnQuestion, ...]:
    return draft_questions(case, 40)


def test_every_kind_is_drafted_and_spread_over_exhibits(drafts: tuple[OwnQuestion, ...]) -> None:
    kinds = {draft.tags["question_type"] for draft in drafts}
    assert kinds >= {"mention", "labelled", "row", "event", "sent", "amount", "name", "absent"}
    named = {name for draft in drafts for group in draft.exhibits for name in group}
    assert named >= {"gate log.txt", "Aussage.txt", "payments.csv", "plates.csv", "offer.eml"}
    assert len({draft.question for draft in drafts}) == len(drafts)
    assert len({draft.id for draft in drafts}) == len(drafts)
    assert all(draft.status == "draft" and not draft.checked for draft in drafts)


def test_questions_are_in_the_language_of_their_exhibit(drafts: tuple[OwnQuestion, ...]) -> None:
    german = [d.question for d in drafts if d.exhibits == (("Aussage.txt",),)]
    assert "Was steht in Aussage.txt unter „Aktenzeichen“?" in german
    assert "Was geschah am 17. März 2024?" in german


def test_what_a_draft_expects_stands_in_the_case(case: Case, drafts: tuple[OwnQuestion, ...]) -> None:
    names = ExhibitNames(case.catalogue)
    for draft in drafts:
        assert draft.answerable == bool(draft.exhibits)
        texts = [case.catalogue.text(names.find(name)) for group in draft.exhibits for name in group]
        for forms in draft.values:
            assert any(contains_value(text, form) for text in texts for form in forms), draft
        if draft.quote:
            assert any(QuotedText(text).places(draft.quote) for text in texts), draft


def test_a_mail_sent_over_the_date_line_has_both_days(drafts: tuple[OwnQuestion, ...]) -> None:
    (sent,) = [draft for draft in drafts if draft.tags["question_type"] == "sent"]
    assert sent.question == "When was the mail “Offer for the excavator” sent?"
    assert {"24 March 2024", "25.03.2024"} <= set(sent.values[0])


def test_what_is_asked_for_in_vain_is_not_there(case: Case, drafts: tuple[OwnQuestion, ...]) -> None:
    absent = [draft for draft in drafts if draft.tags["question_type"] == "absent"]
    assert absent
    everything = " ".join(case.catalogue.text(exhibit.id) for exhibit in case.catalogue.exhibits())
    for draft in absent:
        assert not draft.answerable
        assert not draft.values
        if draft.question.startswith("What happened on"):
            assert draft.question.removeprefix("What happened on ").rstrip("?") not in everything
    assert {draft.question.split()[1] for draft in absent} >= {"is", "happened"}


def test_the_same_seed_gives_the_same_and_another_others(case: Case) -> None:
    assert draft_questions(case, 12, 3) == draft_questions(case, 12, 3)
    assert draft_questions(case, 12, 3) != draft_questions(case, 12, 4)
    assert len(draft_questions(case, 12, 3)) == 12


def test_drafts_are_written_once_and_the_custody_log_says_so(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "drafts.xlsx"
    assert write_drafts(case, path, 12, 3) == 12
    event = list(case.custody.events())[-1]
    assert (event.kind, event.action) == ("disclosure", "questions drafted")
    assert event.details == {"questions": 12, "seed": 3, "file": "drafts.xlsx"}
    with pytest.raises(UsageError, match="exists already"):
        write_drafts(case, path)
    assert list(case.custody.events())[-1] == event


@pytest.mark.parametrize("ending", [".xlsx", ".csv", ".jsonl"])
def test_a_drafted_table_is_refused_until_it_is_checked(
    case: Case, drafts: tuple[OwnQuestion, ...], tmp_path: Path, ending: str
) -> None:
    def options(path: Path) -> SuiteOptions:
        return SuiteOptions(None, 0, "dev", tmp_path, questions=path, case_id="mine", home=case.home.root)

    unchecked = tmp_path / f"drafts{ending}"
    write_questions(unchecked, drafts, "de")
    with pytest.raises(UsageError) as caught:
        OwnSuite().batches(options(unchecked))
    assert str(caught.value).count("draft that nobody has checked") == len(drafts)
    checked = tmp_path / f"checked{ending}"
    write_questions(checked, [replace(draft, checked=True) for draft in drafts], "de")
    (batch,) = OwnSuite().batches(options(checked))
    assert [sample.question for sample in batch.samples] == [draft.question for draft in drafts]
    assert [bool(sample.gold.spans) for sample in batch.samples] == [bool(draft.quote) for draft in drafts]


def test_an_empty_case_and_a_senseless_number_are_refused(case: Case, tmp_path: Path) -> None:
    about = CaseDescription("empty", "t", "p", "n", "DE", "Europe/Berlin", ("nl",), now())
    with create_case(Home(tmp_path), about, "tester") as empty, pytest.raises(UsageError, match="Nothing was found"):
        draft_questions(empty)
    with pytest.raises(UsageError, match="1 to 1000"):
        draft_questions(case, 0)


def test_every_language_has_every_pattern_and_word() -> None:
    assert QUESTIONS.keys() == THINGS.keys() == set(LANGUAGES)
    assert len({frozenset(patterns) for patterns in QUESTIONS.values()}) == 1
    assert len({frozenset(things) for things in THINGS.values()}) == 1
