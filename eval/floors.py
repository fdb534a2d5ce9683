"""`--fail-under metric=value`: floors that a run must reach."""

from collections.abc import Sequence
from dataclasses import dataclass

from casefile.errors import UsageError
from eval.metrics.registry import METRICS
from eval.scoring import ScoredBatch


@dataclass(frozen=True, slots=True)
class Floor:
    """The least that is good enough; the most, for a metric of which less is better. `suite` empty: every suite."""

    suite: str
    metric: str
    value: float


@dataclass(frozen=True, slots=True)
class Missed:
    """A figure on the wrong side of its floor."""

    suite: str
    batch: str
    metric: str
    value: float
    floor: float


def parse_floor(text: str) -> Floor:
    """`metric=value` or `suite:metric=value`; a value may end in `%`.

    Raises:
        UsageError: it says something else, or names a metric that there is not.
    """
    name, sign, written = text.partition("=")
    suite, colon, metric = name.strip().rpartition(":")
    try:
        value = float(written.strip().removesuffix("%")) / (100 if written.strip().endswith("%") else 1)
    except ValueError:
        sign = ""
        value = 0.0
    if not sign or (colon and not suite):
        raise UsageError(f"--fail-under {text}: write metric=value, such as quote_fidelity=1 or demo:values_shown=60%.")
    if metric not in METRICS:
        raise UsageError(f"--fail-under {text}: there is no metric “{metric}”. `caseclerk eval list` shows them.")
    return Floor(suite, metric, value)


def missed(batches: Sequence[ScoredBatch], floors: Sequence[Floor]) -> tuple[Missed, ...]:
    """The figures that do not reach their floor.

    Raises:
        UsageError: a floor names what this run did not measure: it must not pass for reached.
    """
    found: list[Missed] = []
    for floor in floors:
        met = [
            (batch, figure)
            for batch in batches
            if floor.suite in {"", batch.suite}
            for figure in batch.figures
            if figure.metric == floor.metric
        ]
        if not met:
            raise UsageError(f"--fail-under {floor.metric}: this run did not measure it.")
        higher = METRICS[floor.metric].higher_is_better
        found += [
            Missed(batch.suite, batch.batch, floor.metric, figure.value, floor.value)
            for batch, figure in met
            if (figure.value < floor.value if higher else figure.value > floor.value)
        ]
    return tuple(found)
