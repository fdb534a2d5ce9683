"""Figures and comparisons in a terminal."""

from collections.abc import Sequence
from math import isnan

import typer

from eval.compare import ComparedBatch
from eval.metrics.registry import METRICS
from eval.scoring import ScoredBatch


def print_figures(batches: Sequence[ScoredBatch]) -> None:
    """Every figure with its interval, and over how many questions it was scored."""
    for batch in batches:
        typer.echo(f"\n{batch.suite}: {batch.batch} ({len(batch.rows)} questions)")
        for figure in batch.figures:
            unit = METRICS[figure.metric].unit
            scale, sign = (100, " %") if unit == "share" else (1, "" if unit in {"points", "count"} else f" {unit}")
            value = f"{scale * figure.value:,.1f}{sign}"
            interval = f"[{scale * figure.low:,.1f}, {scale * figure.high:,.1f}]"
            typer.echo(f"  {figure.metric:<40} {value:>12}  {interval:<18} {figure.scored}/{figure.total}")


def print_comparison(batch: ComparedBatch) -> None:
    """Fixed, broken, unchanged; then every metric with the interval of its paired difference."""
    typer.echo(f"\n{batch.suite}: {batch.batch}")
    typer.echo(f"  {len(batch.fixed)} fixed, {len(batch.broken)} broken, {batch.unchanged} unchanged", nl=False)
    typer.echo(f", {batch.unpaired} asked by one run only" if batch.unpaired else "")
    for one in batch.metrics:
        d = one.difference
        scale = 100 if METRICS[d.metric].unit == "share" else 1
        interval = f"[{scale * d.low:+,.1f}, {scale * d.high:+,.1f}]"
        p = "" if isnan(one.adjusted_p) else f"p {one.adjusted_p:.3f}"
        values = f"{scale * d.before:>9,.1f} -> {scale * d.after:<9,.1f} {scale * d.change:+8,.1f} {interval:<18}"
        typer.echo(f"  {'WORSE' if one.worse else '     '} {d.metric:<40} {values} {p:<8} {d.scored}/{d.total}")
    for word, ids in (("fixed", batch.fixed), ("broken", batch.broken)):
        if ids:
            typer.echo(f"  {word}: {', '.join(ids[:20])}{' …' if len(ids) > 20 else ''}")
