"""Scoring, floors and the comparison of two runs, on rows made by hand."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from casefile.errors import UsageError
from casefile.settings import load_settings
from eval.compare import compare, comparison_document
from eval.floors import Floor, missed, parse_floor
from eval.manifest import manifest
from eval.records import Batch, Cited, Gold, Response, Row, Sample, Span
from eval.run_folder import RunFolder
from eval.scoring import ScoredBatch, metrics_document, score

METRICS = ("expected_document_cited", "wrong_refusals", "right_refusals", "quote_fidelity", "answer_ms_p50")


def sample(n: int, *, answerable: bool = True, question: str = "Who?") -> Sample:
    gold = Gold(documents=(("a",),), spans=(Span("a", 0, 4),)) if answerable else Gold()
    return Sample(str(n), question, gold, f"c{n}", answerable=answerable, tags={"language": "en" if n % 2 else "de"})


def response(*, right: bool = True, stands: bool = True, ms: float = 10.0, status: str = "answered") -> Response:
    cited = Cited(1, "a" if right else "b", 0, 4, "text", verified=True, stands=stands)
    return Response(status, citations=(cited,) if status == "answered" else (), timings_ms={"total": ms})


def scored_run(
    path: Path, responses: Sequence[tuple[Sample, Response]], suite: str = "made"
) -> tuple[ScoredBatch, ...]:
    batches = {suite: (Batch("b", "ask", tuple(s for s, _ in responses), METRICS),)}
    folder = RunFolder.create(path)
    folder.write_manifest(manifest(batches, load_settings(path).settings, {}, {}))
    for one, came in responses:
        folder.append(Row(suite, "b", one, came))
    return score(folder)


def test_figures_are_kept_whole_and_by_tag(tmp_path: Path) -> None:
    rows = [(sample(n), response(right=n % 2 == 1)) for n in range(10)]
    rows += [(sample(10, answerable=False), response(status="not_found"))]
    batches = scored_run(tmp_path / "run", rows)
    kept = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(metrics_document(batches)))
    figures = {figure["metric"]: figure for figure in kept["batches"][0]["figures"]}
    assert (figures["expected_document_cited"]["value"], figures["expected_document_cited"]["scored"]) == (0.5, 10)
    assert figures["right_refusals"]["value"] == 1
    by_language = kept["batches"][0]["by_tag"]["language"]
    assert [by_language[tag][0]["value"] for tag in ("de", "en")] == [0, 1]
    assert set(kept["batches"][0]["by_tag"]) == {"answerable", "language"}


def test_what_is_no_number_is_null_in_json(tmp_path: Path) -> None:
    batches = scored_run(tmp_path / "run", [(sample(1), response(status="not_found"))])
    assert "NaN" not in json.dumps(metrics_document(batches))
    assert "NaN" not in (tmp_path / "run" / "metrics.json").read_text(encoding="utf-8")


def test_a_run_without_answers_says_how_to_finish_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--resume"):
        scored_run(tmp_path / "run", [])


def test_fixed_broken_and_unchanged_are_told_apart(tmp_path: Path) -> None:
    samples = [sample(n, answerable=n < 4) for n in range(6)]
    before = [
        (samples[0], response()),
        (samples[1], response(right=False)),
        (samples[2], response(status="not_found")),
        (samples[3], response()),
        (samples[4], response()),
        (samples[5], response(status="not_found")),
    ]
    after = [
        (samples[0], response()),
        (samples[1], response()),
        (samples[2], response(status="error")),
        (samples[3], response(status="not_found")),
        (samples[4], response(status="not_found")),
        (samples[5], response()),
    ]
    (batch,) = compare(scored_run(tmp_path / "a", before), scored_run(tmp_path / "b", after), 0.01)
    assert (batch.fixed, batch.broken, batch.unchanged, batch.unpaired) == (("1", "4"), ("3", "5"), 2, 0)


def test_a_clear_loss_is_worse_and_a_slower_machine_is_not(tmp_path: Path) -> None:
    before = scored_run(tmp_path / "a", [(sample(n), response(ms=10)) for n in range(60)])
    after = scored_run(tmp_path / "b", [(sample(n), response(right=n % 3 > 0, ms=90)) for n in range(60)])
    (batch,) = compare(before, after, 0.01)
    assert batch.worse == ("expected_document_cited",)
    (same,) = compare(before, before, 0.0)
    assert same.worse == ()
    assert comparison_document([batch])["worse"] == ["made: b: expected_document_cited"]


def test_one_quote_that_no_longer_stands_is_worse_however_small_the_sample(tmp_path: Path) -> None:
    before = scored_run(tmp_path / "a", [(sample(n), response()) for n in range(100)])
    after = scored_run(tmp_path / "b", [(sample(n), response(stands=n != 7)) for n in range(100)])
    (batch,) = compare(before, after, 0.5)
    assert batch.worse == ("quote_fidelity",)


def test_runs_on_other_data_are_not_compared(tmp_path: Path) -> None:
    one = scored_run(tmp_path / "a", [(sample(1), response())])
    other = scored_run(tmp_path / "b", [(sample(1, question="Where?"), response())])
    with pytest.raises(UsageError, match="different data"):
        compare(one, other, 0.01)
    with pytest.raises(UsageError, match="nothing to compare"):
        compare(one, scored_run(tmp_path / "c", [(sample(1), response())], suite="another"), 0.01)


@pytest.mark.parametrize(
    ("text", "floor"),
    [
        ("quote_fidelity=1", Floor("", "quote_fidelity", 1.0)),
        ("demo:wrong_refusals = 15%", Floor("demo", "wrong_refusals", 0.15)),
    ],
)
def test_floors_are_read(text: str, floor: Floor) -> None:
    assert parse_floor(text) == floor


@pytest.mark.parametrize("text", ["quote_fidelity", "quote_fidelity=", "quote_fidelity=high", "no_such=1", ":x=1", ""])
def test_a_floor_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--fail-under"):
        parse_floor(text)


def test_a_figure_on_the_wrong_side_of_its_floor_is_named(tmp_path: Path) -> None:
    batches = scored_run(tmp_path / "a", [(sample(n), response(right=n > 1)) for n in range(10)])
    assert missed(batches, [Floor("", "expected_document_cited", 0.8), Floor("made", "wrong_refusals", 0.0)]) == ()
    (one,) = missed(batches, [Floor("", "expected_document_cited", 0.9)])
    assert (one.metric, one.value, one.floor) == ("expected_document_cited", 0.8, 0.9)
    with pytest.raises(UsageError, match="did not measure"):
        missed(batches, [Floor("demo", "expected_document_cited", 0.1)])
