"""The plain pipeline on the same rows as Caseclerk: what its answers are worth beside ours, in one run.

Both answer the questions of each suite in turn; every metric that has a goal is printed for both, with the interval of
the paired difference.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.embedding import make_embedder
from casefile.home import Home
from casefile.settings import load_settings
from eval.bench.figures import Figure, info, not_run, tell
from eval.goals import load_goals
from eval.manifest import manifest
from eval.metrics.registry import METRICS
from eval.records import Batch, Row, SuiteOptions, TextCorpus
from eval.run_folder import RunFolder
from eval.running import Narrowing
from eval.running import run as answer_all
from eval.statistics.paired import difference_of
from eval.suites.registry import suite_named
from eval.tasks.corpora import Corpora
from ingest.progress import Silent

SUITES = ("contracts", "clapnq", "mtrag", "xquad")


def run(data: Path | None, *, limit: int | None, full: bool) -> list[Figure]:
    """Compare on development rows, at most `limit` of each batch; `full` takes the 510 contracts too."""
    if data is None:
        return [not_run("quality beside the plain pipeline", "give the data's folder with --data")]
    goals = {(goal.suite, goal.batch, goal.metric) for goal in load_goals()}
    found: list[Figure] = []
    with TemporaryDirectory() as scratch:
        home = Home(Path(scratch))
        home.prepare()
        options = SuiteOptions(data, 0, "dev", home.root / "made", full=full)
        for name in SUITES:
            suite = suite_named(name)
            if reason := suite.unavailable(options):
                found.append(not_run(f"{name} beside the plain pipeline", reason))
                continue
            batches = [Narrowing(limit).of(batch) for batch in suite.batches(options)]
            chosen = [
                batch
                for batch in batches
                if isinstance(batch.corpus, TextCorpus) and any((name, batch.name, m) in goals for m in batch.metrics)
            ]
            rows = [_rows(home, name, chosen, plain=plain) for plain in (True, False)]
            for batch in chosen:
                wanted = [m for m in batch.metrics if (name, batch.name, m) in goals]
                found += _beside(
                    name, batch.name, wanted, *([row for row in side if row.batch == batch.name] for side in rows)
                )
    return found


class _Unwatched:
    """Says nothing of single questions: `tell` names each side."""

    def begin(self, stage: str, total: int) -> None:
        """Ignored."""

    def advance(self, stage: str, count: int) -> None:
        """Ignored."""


def _rows(home: Home, suite: str, batches: Sequence[Batch], *, plain: bool) -> list[Row]:
    tell(f"{suite}: {'the plain pipeline' if plain else 'Caseclerk'} answers")
    settings = load_settings(home.root, {}).settings
    embedder = make_embedder(home, settings)
    folder = RunFolder.create(home.root / f"{suite}-{'plain' if plain else 'ours'}")
    folder.write_manifest(manifest({suite: batches}, settings, {}, {}))
    corpora = Corpora(home, settings, lambda: embedder, Silent(), "bench")
    answer_all(folder, {suite: batches}, corpora, _Unwatched(), plain=plain)
    return list(folder.rows())


def _beside(suite: str, batch: str, metrics: Sequence[str], plain: Sequence[Row], ours: Sequence[Row]) -> list[Figure]:
    found = []
    for name in metrics:
        d = difference_of(METRICS[name], plain, ours)
        if d.scored:
            found.append(
                info(
                    f"{suite}, {batch}: {name}",
                    f"plain {100 * d.before:.1f}, ours {100 * d.after:.1f}, difference {100 * d.change:+.1f} "
                    f"[{100 * d.low:+.1f}, {100 * d.high:+.1f}] points, {d.scored}/{d.total}",
                )
            )
    return found
