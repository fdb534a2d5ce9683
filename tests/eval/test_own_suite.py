"""The user's own questions over a case: what they name is found, and all that is wrong is said at once."""

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from casefile.case import Case
from casefile.errors import CaseNotFoundError, UsageError
from casefile.seals import seal
from eval.metrics.registry import METRICS
from eval.own_questions.exhibit_names import ExhibitNameError, ExhibitNames
from eval.own_questions.quotes import QuotedText
from eval.records import Batch, CaseCorpus, Sample, SuiteOptions
from eval.suites.own import METRICS as OWN_METRICS
from eval.suites.own import OwnSuite
from eval.suites.registry import suite_named
from tests.eval.own_case import build, exhibit_of
from tests.eval.own_tables import GOOD, table


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with build(tmp_path_factory.mktemp("own")) as opened:
        yield opened


def options(case: Case, questions: Path | None, **changed: object) -> SuiteOptions:
    given = {"split": "dev", "case_id": "mine", "home": case.home.root, **changed}
    return SuiteOptions(data=None, seed=0, scratch=case.folder / "scratch", questions=questions, **given)


def batch(case: Case, path: Path) -> Batch:
    (found,) = OwnSuite().batches(options(case, path))
    return found


def sample(case: Case, tmp_path: Path, **cells: object) -> Sample:
    return batch(
        case, table(tmp_path / "questions.xlsx", {**GOOD, "expected_exhibits": "gate log.txt", **cells})
    ).samples[0]


def refusal(case: Case, tmp_path: Path, *rows: dict[str, object]) -> str:
    with pytest.raises(UsageError) as caught:
        batch(case, table(tmp_path / "questions.xlsx", *rows))
    return str(caught.value)


# --- the batch ------------------------------------------------------------------------------------------------------


def test_a_table_becomes_one_batch_over_the_case(case: Case, tmp_path: Path) -> None:
    log, mail = exhibit_of(case, "gate log.txt"), exhibit_of(case, "offer.eml")
    path = table(
        tmp_path / "questions.xlsx",
        {**GOOD, "expected_exhibits": "gate log.txt; offer.eml|payments.csv", "tags": "topic=lorry; urgent"},
        {"id": "2", "question": "Was hat sie dort gesehen, und wer war es?", "answerable": "nein"},
    )
    found = batch(case, path)
    assert found.corpus == CaseCorpus("mine", "mine")
    assert found.task == "ask"
    first, second = found.samples
    assert first.gold.documents == ((log,), (mail, exhibit_of(case, "payments.csv")))
    assert first.gold.values == (("J. Brandt", "Jonas Brandt"),)
    assert first.answerable is True
    assert first.cluster == log
    assert dict(first.tags) == {
        "language": "en", "documents": "several", "format": "several", "topic": "lorry", "urgent": "yes"
    }  # fmt: skip
    assert second.answerable is False
    assert second.gold.documents == ()
    assert dict(second.tags) == {"language": "de", "documents": "none", "format": "none"}
    assert list(case.custody.events())[-1].action == "questions prepared"


def test_every_metric_is_one_that_there_is() -> None:
    assert set(OWN_METRICS) <= METRICS.keys()
    assert len(set(OWN_METRICS)) == len(OWN_METRICS)


def test_it_says_what_it_needs_and_has_no_test_rows(case: Case, tmp_path: Path) -> None:
    suite = suite_named("own")
    path = table(tmp_path / "questions.xlsx", {**GOOD, "expected_exhibits": "gate log.txt"})
    assert "--questions" in suite.unavailable(options(case, None))
    assert "--case" in suite.unavailable(options(case, path, case_id=""))
    assert suite.unavailable(options(case, path)) == ""
    assert list(suite.batches(options(case, path, split="test"))) == []
    with pytest.raises(UsageError, match="--questions"):
        suite.batches(options(case, None))
    with pytest.raises(CaseNotFoundError):
        suite.batches(options(case, path, case_id="other"))


# --- exhibits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "gate log.txt",
        "GATE LOG.TXT",
        "reports/gate log.txt",
        "reports\\gate log.txt",
        '"gate log.txt"',
        "./gate log.txt",
    ],
)
def test_an_exhibit_is_found_however_it_is_written(case: Case, name: str) -> None:
    assert ExhibitNames(case.catalogue).find(name) == exhibit_of(case, "gate log.txt")


def test_an_exhibit_is_found_by_its_id_and_a_part_by_its_name(case: Case) -> None:
    names = ExhibitNames(case.catalogue)
    log = exhibit_of(case, "gate log.txt")
    assert names.find(log) == names.find(log[7:15]) == names.find(log[7:15].upper()) == log
    assert names.find("list.txt") == names.find("stick.zip!/inside/list.txt") == exhibit_of(case, "list.txt")


def test_names_that_fit_none_or_several_say_what_to_write(case: Case) -> None:
    names = ExhibitNames(case.catalogue)
    with pytest.raises(ExhibitNameError, match=r"no exhibit “gatelog.txt” in this case\. Is it “.*gate log.txt”"):
        names.find("gatelog.txt")
    with pytest.raises(ExhibitNameError, match=r"fits 2 exhibits: .*twice/note.txt.*Write more of the path"):
        names.find("note.txt")
    assert names.find("more/note.txt") == exhibit_of(case, "more/note.txt")
    with pytest.raises(ExhibitNameError, match="no exhibit “0123abcd”"):
        names.find("0123abcd")


def test_the_name_given_to_an_exhibit_leads_back_to_it(case: Case) -> None:
    names = ExhibitNames(case.catalogue)
    for exhibit in case.catalogue.exhibits():
        assert names.find(names.name_of(exhibit.id, exhibit.path)) == exhibit.id


# --- quotes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "quote",
    [
        'On 14 March 2024 at five the lorry left with a "broken" lamp.',
        "on 14 march 2024  at five\nthe lorry",
        "the lorry left with a ‘‘broken’’ lamp".replace("‘‘", "„").replace("’’", "“"),
    ],
)
def test_a_quote_becomes_the_place_where_it_stands(case: Case, tmp_path: Path, quote: str) -> None:
    found = sample(case, tmp_path, expected_quote=quote)
    (span,) = found.gold.spans
    text = case.catalogue.text(span.document)[span.start : span.end]
    assert text.casefold().startswith(quote.split(maxsplit=1)[0].casefold())
    assert len(text.split()) == len(quote.split())


def test_a_quote_is_found_in_what_an_expected_exhibit_contains(case: Case, tmp_path: Path) -> None:
    found = sample(case, tmp_path, expected_exhibits="stick.zip", expected_quote="the word harbour")
    assert [span.document for span in found.gold.spans] == [exhibit_of(case, "list.txt")]


def test_all_that_is_wrong_is_said_in_one_message(case: Case, tmp_path: Path) -> None:
    said = refusal(
        case,
        tmp_path,
        {**GOOD, "expected_exhibits": "gate.txt; Aussage.txt"},
        {**GOOD, "id": "2", "expected_exhibits": "note.txt"},
        {**GOOD, "id": "3", "expected_exhibits": "gate log.txt", "expected_quote": "the lorry left with a brokn lamp"},
        {**GOOD, "id": "3", "expected_exhibits": "gate log.txt", "answerable": "perhaps"},
    )
    lines = said.splitlines()[1:]
    assert [line.partition(":")[0] for line in lines] == ["row 2", "row 3", "row 4", "row 5", "row 5"]
    assert "there is no exhibit “gate.txt”" in lines[0]
    assert "fits 2 exhibits" in lines[1]
    assert "What stands there is “the lorry left with a “broken” lamp”" in lines[2]


def test_a_sealed_exhibit_cannot_be_expected(tmp_path: Path) -> None:
    with build(tmp_path) as case:
        with case.locked():
            seal(case, exhibit_of(case, "Aussage.txt"), "privileged", "letter of a lawyer")
        assert "is sealed" in refusal(case, tmp_path, {**GOOD, "expected_exhibits": "Aussage.txt"})


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 60))
@example("wait…", 4, 1)
@example("wait… or...", 8, 1)
def test_any_stretch_of_a_text_is_found_where_it_stands(text: str, start: int, length: int) -> None:
    quote = text[start : start + length]
    places = QuotedText(text).places(quote)
    for begin, end in places:
        assert 0 <= begin < end <= len(text)
        assert QuotedText(text[begin:end]).places(quote), "another stretch than the quote"
    assert all(first[1] <= second[0] for first, second in pairwise(places))
    if any(character.isalnum() and character.isascii() for character in quote):
        assert places, (text, quote)


@given(st.lists(st.sampled_from('abc \n“"é-–…'), max_size=40).map("".join), st.data())
def test_a_quote_survives_what_a_spreadsheet_does_to_it(text: str, data: st.DataObject) -> None:
    words = text.split()
    if not words:
        return
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    quote = "  ".join(words[first : last + 1]).upper().translate(str.maketrans({"“": '"', "–": "-", "…": "..."}))
    places = QuotedText(text).places(quote)
    assert places
    starts = [match for match, character in enumerate(text) if not character.isspace()]
    assert all(begin in starts for begin, _end in places)


def test_the_suite_runs_without_home_given_where_the_environment_names_it(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "CASECLERK_HOME", str(case.home.root))
    path = table(tmp_path / "questions.xlsx", {**GOOD, "expected_exhibits": "gate log.txt"})
    assert len(OwnSuite().batches(options(case, path, home=None))) == 1
