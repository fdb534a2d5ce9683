"""What every search and every ingestion asks of the catalogue is served by an index, however large the case."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from casefile.case import Case
from casefile.recording import FoundFile, record_found
from casefile.records import Issue
from tests.casefile.case_building import add_text, embed, new_case

EXHIBIT = f"sha256:{'a' * 64}"


@contextmanager
def _queries(case: Case) -> Iterator[list[str]]:
    """The SQL that is run meanwhile, as SQLite says it."""
    said: list[str] = []
    connection = case.database.connection()
    connection.set_trace_callback(lambda query: said.append(query) if query.lstrip().startswith("SELECT") else None)
    try:
        yield said
    finally:
        connection.set_trace_callback(None)


@pytest.mark.parametrize(
    "ask",
    [
        lambda case: case.catalogue.coverage(),
        lambda case: case.catalogue.coverage([EXHIBIT]),
        lambda case: case.catalogue.identifiers("phone", "+49171"),
        lambda case: case.catalogue.identifiers(exhibit_id=EXHIBIT),
        lambda case: case.catalogue.moments(EXHIBIT),
        lambda case: case.catalogue.table_exhibits(),
        lambda case: case.catalogue.stored_exhibits(),
        lambda case: case.catalogue.pending_passages(10),
        lambda case: case.catalogue.occurrences(EXHIBIT),
        lambda case: case.catalogue.parts_of(EXHIBIT),
    ],
)
def test_no_table_that_grows_with_the_text_is_looked_through(tmp_path: Path, ask: Callable[[Case], object]) -> None:
    with new_case(tmp_path / "home") as case:
        with _queries(case) as said:
            ask(case)
        assert said
        connection = case.database.connection()
        for query in said:
            for (plan,) in ((row[3],) for row in connection.execute(f"EXPLAIN QUERY PLAN {query}")):
                for alias in ("p", "i", "m", "v", "o", "occurrences", "identifiers", "moments", "embeddings"):
                    scan = plan.startswith(f"SCAN {alias}") and plan[len(f"SCAN {alias}") :][:1] in ("", " ")
                    partial = "passages_of_tables" in plan
                    of_issues = alias == "i" and "FROM exhibits e JOIN issues" in query
                    assert not scan or partial or of_issues, (plan, query)


def test_the_same_file_at_many_places_costs_the_same_each_time(tmp_path: Path) -> None:
    """Looking for its parts, as at every place, must not read the ledger lines of all other places."""

    def steps(case: Case) -> int:
        count = [0]
        connection = case.database.connection()
        connection.set_progress_handler(lambda: count.__setitem__(0, count[0] + 1), 10)
        case.catalogue.parts_of(exhibit_id)
        case.catalogue.first_occurrence(exhibit_id)
        connection.set_progress_handler(None, 0)
        return count[0]

    with new_case(tmp_path / "home") as case:
        exhibit_id, _ = add_text(case, tmp_path, "a.txt", "the same bytes")
        few = steps(case)
        with case.database.transaction() as connection:
            for number in range(500):
                record_found(connection, FoundFile(exhibit_id, 1, "a.txt", f"copies/{number}", None, None))
        assert steps(case) <= few + 5
        assert case.catalogue.first_occurrence(exhibit_id).path == "in/a.txt"
        assert len(case.catalogue.occurrences(exhibit_id)) == 501


def test_coverage_counts_what_could_not_be_had_until_it_is_taken_in(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        _, ids = add_text(case, tmp_path, "a.txt", "text")
        embed(case, ids)
        lost = FoundFile(
            None, 0, "b.txt", "in/b.txt", None, None, "", Issue("store", "permission", "No permission."), "failed"
        )
        with case.database.transaction() as connection:
            record_found(connection, lost)
        coverage = case.catalogue.coverage()
        assert (coverage.exhibits, coverage.searched, len(coverage.failed)) == (2, 1, 1)
        assert (coverage.failed[0].name, coverage.failed[0].reasons) == ("b.txt", ("No permission.",))
        add_text(case, tmp_path, "b.txt", "readable now")
        coverage = case.catalogue.coverage()
        assert (coverage.exhibits, coverage.searched, coverage.failed, coverage.pending) == (2, 2, (), 1)
        assert len(case.catalogue.occurrences()) == 3
