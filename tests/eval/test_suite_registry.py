"""What every registered suite keeps to."""

from pathlib import Path

import pytest

from casefile.errors import UsageError
from eval.metrics.registry import METRICS
from eval.suites import clapnq, contracts, contracts_clauses, formats, injection, mtrag, toolcalls, xquad
from eval.suites.registry import all_suites, suite_named
from tests.eval.suite_data import options


@pytest.mark.parametrize(
    "names",
    [
        clapnq._METRICS,
        contracts._METRICS,
        contracts_clauses._METRICS,
        formats._METRICS,
        injection._METRICS,
        mtrag._METRICS,
        toolcalls._METRICS,
        xquad._ASK_METRICS,
        xquad._SEARCH_METRICS,
    ],
)
def test_every_metric_that_is_asked_for_exists_once(names: tuple[str, ...]) -> None:
    assert set(names) <= METRICS.keys()
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ["clapnq", "contracts", "formats", "injection", "mtrag", "toolcalls", "xquad"])
def test_a_suite_of_public_data_says_what_it_needs(name: str, tmp_path: Path) -> None:
    suite = suite_named(name)
    assert suite.name == name
    assert suite.summary
    assert "--data" in suite.unavailable(options(None, tmp_path / "s"))
    assert name in suite.unavailable(options(tmp_path, tmp_path / "s"))
    with pytest.raises(UsageError, match="--data"):
        suite.batches(options(None, tmp_path / "s"))


def test_an_unknown_suite_is_an_error_that_lists_them() -> None:
    with pytest.raises(UsageError, match=", ".join(all_suites())):
        suite_named("none")
