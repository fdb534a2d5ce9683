"""From a scored run to its report: reads the run folder, compares with the run before, writes `report.html`."""

from collections.abc import Mapping, Sequence
from typing import Any

from casefile.serial import time_from_text
from eval.goals import load_goals
from eval.metrics.curves import refusal_curve, risk_coverage_curve
from eval.metrics.metric import matrix_of
from eval.metrics.registry import METRICS
from eval.records import Row
from eval.report.page import write_report
from eval.report.records import About, Change, Curve, CurveName, ReportBatch, ReportInput
from eval.run_folder import RunFolder
from eval.scoring import AnsweredBatch, ScoredBatch, answered
from eval.statistics.paired import difference_of

_ENGINES = {
    "extractive": "the built-in engine, which quotes and writes nothing of its own",
    "plain": "the plain pipeline to compare with, not Caseclerk",
}


def make_report(folder: RunFolder, batches: Sequence[ScoredBatch], previous: RunFolder | None) -> None:
    """Write the report of a run.

    Args:
        folder: the run.
        batches: its figures.
        previous: the run to compare with, if there is one.
    """
    manifest = folder.manifest()
    before = {(batch.suite, batch.batch): batch for batch in answered(previous)} if previous is not None else {}
    kept = {(one["suite"], one["batch"]): one for one in manifest["batches"]}
    documents: dict[tuple[str, str], int] = {}
    for one in manifest["batches"]:
        key = one["suite"], one["batch"]
        documents[key] = documents.get(key, 0) + one["documents"]
    report = ReportInput(
        _about(manifest, previous),
        [
            ReportBatch(
                batch.suite,
                batch.batch,
                kept[batch.suite, batch.batch]["task"],
                batch.figures,
                batch.rows,
                documents[batch.suite, batch.batch],
                batch.by_tag,
                _changes(before.get((batch.suite, batch.batch)), batch),
                _curves(batch.rows),
                frozenset(manifest.get("without_text", {}).get(batch.batch, ())),
            )
            for batch in batches
        ],
        METRICS,
        load_goals(),
        {name: value for name, value in manifest.items() if name not in {"batches", "without_text"}},
        manifest["options"].get("not_available", {}),
    )
    write_report(report, folder.report)


def _about(manifest: Mapping[str, Any], previous: RunFolder | None) -> About:
    options, machine, revision = manifest["options"], manifest["machine"], manifest["revision"]
    commit = f"{revision['commit'][:12]}{' (changed since)' if revision['changed'] else ''}"
    return About(
        title=f"Evaluation: {', '.join(options['suites'])}",
        started=time_from_text(manifest["started"]).strftime("%d %B %Y, %H:%M UTC").lstrip("0"),
        split="own" if options["suites"] == ["own"] else "test" if options["final"] else "dev",
        engine=_ENGINES.get(manifest["engine"].get("kind", ""), str(manifest["engine"].get("model", ""))),
        revision=f"{manifest['caseclerk']}, {commit}",
        machine=f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']:.0f} GiB",
        previous=previous.path.name if previous is not None else "",
        random_weights=bool(manifest["engine"].get("random_weights")),
    )


def _changes(before: AnsweredBatch | None, now: ScoredBatch) -> dict[str, Change]:
    if before is None:
        return {}
    found = {}
    for name in now.metrics:
        if name in before.metrics:
            difference = difference_of(METRICS[name], before.rows, now.rows)
            if difference.scored:
                found[name] = Change(
                    difference.before, difference.change, difference.low, difference.high, difference.scored
                )
    return found


def _curves(rows: Sequence[Row]) -> dict[CurveName, Curve]:
    """The curves that these rows have, with the place of the threshold that ships."""
    if not any(row.sample.answerable is False for row in rows):
        return {}
    found: dict[CurveName, Curve] = {}
    refusals = refusal_curve(rows)
    if refusals:
        shipped = _share("wrong_refusals", rows), _share("right_refusals", rows)
        found["refusals"] = Curve(refusals, shipped)
    risk = risk_coverage_curve(rows)
    if risk:
        answered = [row for row in rows if row.response.status == "answered"]
        found["risk_coverage"] = Curve(risk, (len(answered) / len(rows), 1 - _right(answered)) if answered else None)
    return found


def _share(metric: str, rows: Sequence[Row]) -> float:
    matrix, kept = matrix_of(METRICS[metric], [(row.sample, row.response) for row in rows])
    return METRICS[metric].pool(matrix) if kept else 0.0


def _right(rows: Sequence[Row]) -> float:
    """Share of right answers among those that can be judged, from the net score (+1 right, -1 wrong)."""
    matrix, kept = matrix_of(METRICS["net_score"], [(row.sample, row.response) for row in rows])
    return float((matrix[:, 0] > 0).mean()) if kept else 0.0
