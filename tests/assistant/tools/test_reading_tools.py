"""Each tool over a real small case: what it finds, and that it finds nothing outside the scope or sealed."""

import csv
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.citations import verify_quote
from assistant.tools.arguments import checked
from assistant.tools.dated import dated_between
from assistant.tools.exhibit_names import NONE_SUCH
from assistant.tools.records import ToolContext, ToolOutcome, ToolRefusedError
from assistant.tools.registry import built_in_tools
from casefile.case import Case
from tests.assistant.tools.tool_case import copy_of, exhibit_id, only, take_in, tool_case, whole
from tests.casefile.case_building import new_case

FORMULA = '=HYPERLINK("http://192.0.2.66")'


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with tool_case(tmp_path_factory.mktemp("tools")) as opened:
        yield opened


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("made")
    tool_case(root).close()
    return root


def use(tool_name: str, context: ToolContext, /, **arguments: object) -> ToolOutcome:
    tool = built_in_tools().find(tool_name)
    assert tool is not None
    outcome = tool.run(checked(tool, json.dumps(arguments)), context)
    for claim in outcome.claims:
        for quote in claim.quotes:
            assert verify_quote(context.case.catalogue.text(quote.exhibit_id, quote.text_sha256), quote)
    sealed = {seal.exhibit_id for seal in context.case.catalogue.seals()}
    cited = {quote.exhibit_id for claim in outcome.claims for quote in claim.quotes}
    cited |= {found.exhibit.id for found in outcome.passages}
    assert not cited & sealed
    assert context.exhibit_ids is None or cited <= set(context.exhibit_ids)
    return outcome


def test_search_keeps_to_the_scope_and_to_the_number(case: Case) -> None:
    assert len(use("search", whole(case), words="Anna Berger", number=2).passages) == 2
    found = use("search", only(case, "payments.csv"), words="Anna Berger van").passages
    assert {one.exhibit.name for one in found} <= {"payments.csv"}
    assert use("search", only(case), words="Anna Berger").passages == ()  # a question of nothing finds nothing
    assert all("Zephyrine" not in one.passage.text for one in use("search", whole(case), words="Zephyrine").passages)


@pytest.mark.parametrize("named", ["note.txt", "NOTE.TXT", "note", "not", "files-demo/note.txt"])
def test_an_exhibit_is_opened_by_its_name(case: Case, named: str) -> None:
    outcome = use("open_exhibit", whole(case), exhibit=named)
    assert "".join(one.passage.text for one in outcome.passages).startswith("Anna Berger met")


def test_an_exhibit_is_opened_by_its_digits(case: Case) -> None:
    digits = exhibit_id(case, "note.txt")
    for named in (digits, digits[7:15], digits[7:15].upper(), digits[:20]):
        assert use("open_exhibit", whole(case), exhibit=named).passages[0].exhibit.id == digits


def test_what_cannot_be_opened_is_refused_in_the_same_words(case: Case, tmp_path: Path) -> None:
    with new_case(tmp_path / "other", "elsewhere") as other:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "secret.txt").write_text("Another case's secret.\n")
        take_in(other, tmp_path / "in")
        elsewhere = exhibit_id(other, "secret.txt")
    sealed = exhibit_id(case, "privileged.txt")
    asked = only(case, "payments.csv")
    outside = exhibit_id(case, "note.txt")
    for named in (
        *(
            elsewhere,
            "secret.txt",
            "../elsewhere/case.db",
            "../../etc/passwd",
            "/etc/passwd",
            "case.db",
            "sha256:",
            "*",
        ),
        *(sealed, sealed[7:20], "privileged.txt", "privileged", outside, outside[7:20], "note.txt", "%", "' OR 1=1 --"),
    ):
        with pytest.raises(ToolRefusedError) as refused:
            use("open_exhibit", asked, exhibit=named)
        assert str(refused.value) == NONE_SUCH, named


def test_where_several_fit_they_are_told_but_none_that_is_hidden(made: Path, tmp_path: Path) -> None:
    with copy_of(made, tmp_path) as case:
        more = tmp_path / "more"
        more.mkdir()
        for name in ("private note.txt", "private list.txt"):
            (more / name).write_text(f"{name}\n")
        take_in(case, more)
        with pytest.raises(ToolRefusedError) as refused:
            use("open_exhibit", whole(case), exhibit="priv")
        assert "private note.txt" in str(refused.value)
        assert "privileged" not in str(refused.value)


def test_an_exhibit_is_read_a_stretch_at_a_time(case: Case) -> None:
    first = use("open_exhibit", whole(case), exhibit="payments.csv", passage=1)
    last = use("open_exhibit", whole(case), exhibit="payments.csv", passage=3)
    assert first.data["of"] == last.data["of"] == len(first.passages)
    assert last.passages == () or last.passages[-1].passage == first.passages[-1].passage
    for wrong in ({"passage": 9}, {"page": 2}, {"sheet": "No such sheet"}):
        with pytest.raises(ToolRefusedError):
            use("open_exhibit", whole(case), exhibit="payments.csv", **wrong)


def test_all_mentions_are_counted_and_listed(case: Case) -> None:
    outcome = use("list_mentions", whole(case), name="anna BERGER")
    assert outcome.claims[0].computed is not None
    assert outcome.claims[0].computed.value == "3" == str(outcome.data["mentions"])
    assert len(outcome.claims) == 4
    assert use("list_mentions", only(case, "keys.eml"), name="Anna Berger").data["mentions"] == 1
    for nothing in ("Zephyrine", "\u200b", "?!", "' OR 1=1 --", 'x" NEAR y'):
        assert use("list_mentions", whole(case), name=nothing).claims == ()


def test_very_many_mentions_are_counted_but_not_cited_one_by_one(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        (tmp_path / "in").mkdir()
        lines = [f"Line {number}: Anna Berger called." for number in range(2_500)]
        (tmp_path / "in" / "calls.txt").write_text("\n\n".join(lines))
        take_in(case, tmp_path / "in")
        outcome = use("list_mentions", whole(case), name="Anna Berger")
        assert outcome.data["mentions"] == 2_500
        assert outcome.says.startswith("2500 mentions in 1 exhibits. The first 200")
        assert len(outcome.claims) == 200
        assert len(outcome.passages) <= 20


def test_rows_are_counted_and_added_up_by_code(case: Case) -> None:
    counted = use("count", whole(case), rows="payments to Karl Voss")
    added = use("count", whole(case), rows="payments to Karl Voss", operation="sum")
    worded = use("count", whole(case), rows="What is the sum of all payments?")
    assert [one.claims[0].computed.value for one in (counted, added, worded) if one.claims[0].computed] == [
        "2",
        "350.5",
        "425.5",
    ]
    nothing = use("count", whole(case), rows="unicorns in the sky")
    assert nothing.claims == ()
    assert [table["exhibit"] for table in nothing.data["tables"]] == ["payments.csv"]
    assert use("count", only(case, "note.txt"), rows="payments to Karl Voss").data == {"tables": []}


def test_what_is_dated_says_what_its_time_means(case: Case) -> None:
    outcome = use("events", whole(case), since="2024-05-01", until="2024-05-31")
    said = [claim.text.partition(":")[0] for claim in outcome.claims[1:]]
    assert said == ["recorded", "mentioned", "sent", "mentioned", "recorded"]
    assert outcome.claims[0].computed is not None
    assert outcome.claims[0].computed.value == "5"
    assert "Zephyrine" not in str(outcome)
    about = use("events", whole(case), since="2024-05-01", until="2024-05-31", about="karl voss")
    assert about.data["dated"] == 3
    assert use("events", only(case, "keys.eml"), since="2024-05-01", until="2024-05-31").data["dated"] == 2
    assert use("events", whole(case), since="1999-01-01", until="1999-12-31").claims == ()


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [("2024-03-01", "2024-03-31", True), ("2024-03-01", "2024-03-30", False), ("2024-01-01", "2024-12-31", True)],
)
def test_a_month_counts_where_all_of_it_lies_between(case: Case, since: str, until: str, found: bool) -> None:
    dated = dated_between(case, date.fromisoformat(since), date.fromisoformat(until), None)
    assert any(one.moment.raw == "March 2024" for one in dated) is found


@given(st.dates(date(2024, 4, 28), date(2024, 6, 5)), st.integers(0, 40))
def test_two_halves_of_a_time_hold_the_days_of_the_whole(case: Case, since: date, days: int) -> None:
    middle, until = since + timedelta(days // 2), since + timedelta(days)
    whole_span = dated_between(case, since, until, None)
    halves = dated_between(case, since, middle, None)
    if middle < until:
        halves += dated_between(case, middle + timedelta(1), until, None)
    assert list(halves) == list(whole_span)


def test_an_export_is_new_each_time_and_begins_no_formula(made: Path, tmp_path: Path) -> None:
    with copy_of(made, tmp_path) as case:
        more = tmp_path / "more"
        more.mkdir()
        (more / f"{FORMULA.replace('/', '')}.txt").write_text("=Anna Berger was here.\n")
        take_in(case, more)
        names = [use("export_mentions", whole(case), name="Anna Berger").files[0] for _ in range(2)]
        assert names == ["mentions-anna-berger.csv", "mentions-anna-berger-2.csv"]
        rows = list(csv.reader((case.folder / "exports" / names[0]).read_text(encoding="utf-8").splitlines()))
        assert len(rows) == 5
        assert not [cell for row in rows for cell in row if cell[:1] in "=+-@\t\r" and cell]
        assert any(cell.startswith("'=HYPERLINK") for row in rows for cell in row)


@pytest.mark.parametrize(
    "name", ["../../Anna Berger", "/etc/Anna Berger", "Anna\x00Berger", "...Anna Berger...", "CON Anna Berger"]
)
def test_an_export_never_leaves_its_folder(made: Path, tmp_path: Path, name: str) -> None:
    with copy_of(made, tmp_path) as case:
        before = {path for path in tmp_path.rglob("*") if path.is_file() and "exports" not in path.parts}
        try:
            (written,) = use("export_mentions", whole(case), name=name).files
            assert (case.folder / "exports" / written).is_file()
            assert set(written) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
        except ToolRefusedError:
            assert list((case.folder / "exports").iterdir()) == []
        after = {path for path in tmp_path.rglob("*") if path.is_file() and "exports" not in path.parts}
        assert {path for path in after - before if "case.db" not in path.name} == set()


def test_an_export_of_nothing_writes_nothing(case: Case) -> None:
    for nothing in ("Zephyrine", "nobody at all"):
        with pytest.raises(ToolRefusedError):
            use("export_mentions", whole(case), name=nothing)
    with pytest.raises(ToolRefusedError):
        use("export_mentions", only(case), name="Anna Berger")
    assert list((case.folder / "exports").iterdir()) == []
