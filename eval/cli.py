"""`caseclerk eval`: run question sets, score and compare runs, write the report.

`caseclerk` finds it through the entry-point group `caseclerk.commands`. Exit codes: 0 pass; 1 a regression, a figure
under its floor, or a question that broke; 2 wrong usage or unusable input.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.invocation import Invocation, invocation, print_json
from eval import bench_command, own_commands

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from casefile.settings import Settings
    from eval.records import Batch, SuiteOptions
    from eval.run_folder import RunFolder
    from eval.workplace import Workplace

app = typer.Typer(
    name="eval",
    help="Measure the answers on question sets, and compare two versions on the same questions.",
    no_args_is_help=True,
)
app.add_typer(own_commands.app)
app.add_typer(bench_command.app)

Data = Annotated[
    Path | None,
    typer.Option("--data", envvar="CASECLERK_EVAL_DATA", help="Folder of the public data sets.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, or the beginning of its name.")]
InCase = Annotated[str, typer.Option("--case", help="Id of the case: runs over it lie inside it.", show_default=False)]
Floors = Annotated[
    list[str] | None,
    typer.Option("--fail-under", metavar="METRIC=VALUE", help="Exit 1 when a figure misses this; SUITE:METRIC=VALUE."),
]


@app.command("list")
def list_all(context: typer.Context, data: Data = None, *, as_json: Json = False) -> None:
    """List suites, metrics and the runs that are kept."""
    from eval.metrics.registry import METRICS
    from eval.suites.registry import all_suites

    call = invocation(context)
    place = _place(call)
    options = _options(place, data, 0, final=False, engine=_answering(call, {"engine": None}, call.settings()))
    suites = [(suite.name, suite.summary, suite.unavailable(options)) for suite in all_suites().values()]
    runs = [_run_line(run) for run in place.all_runs()]
    if as_json:
        print_json(
            {
                "suites": [{"name": n, "summary": s, "unavailable": u} for n, s, u in suites],
                "metrics": {name: metric.summary for name, metric in METRICS.items()},
                "runs": runs,
            }
        )
        return
    typer.echo("Suites")
    for name, summary, unavailable in suites:
        typer.echo(f"  {name:<11} {summary}")
        if unavailable:
            typer.echo(f"              not available: {unavailable}")
    typer.echo("\nMetrics")
    for name, metric in METRICS.items():
        typer.echo(f"  {name:<38} {metric.summary}")
    typer.echo("\nRuns" if runs else "\nNo runs yet: caseclerk eval run demo")
    for run in runs:
        typer.echo(f"  {run['name']:<44} {run['answered']}/{run['samples']} {run['state']}")


@app.command("run")
def run_suites(
    context: typer.Context,
    suites: Annotated[list[str] | None, typer.Argument(metavar="SUITE…", help="Which suites; see `eval list`.")] = None,
    data: Data = None,
    engine: Annotated[
        str | None, typer.Option(help="What writes the answers; `plain` is the pipeline to compare with.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many questions a batch, drawn by --seed.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn; of the demo case.")] = 0,
    sample_ids: Annotated[
        list[str] | None, typer.Option("--sample-id", help="Only this question; again for more.")
    ] = None,
    resume: Annotated[str | None, typer.Option(metavar="RUN", help="Finish a run that was cut short.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the new run (else under HOME).")] = None,
    floors: Floors = None,
    questions: Annotated[Path | None, typer.Option(help="Your own questions: CSV, XLSX or JSONL.")] = None,
    case_id: InCase = "",
    *,
    final: Annotated[bool, typer.Option("--final", help="Use the test rows; each such use is logged.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Leave the large variants out.")] = False,
    as_json: Json = False,
) -> None:
    """Ask every question of the suites, score the answers, write the report."""
    from assistant.cli.terminal import Terminal
    from assistant.embedding import make_embedder, naming_models_in_use
    from casefile.errors import UsageError
    from eval.floors import parse_floor
    from eval.running import Narrowing, run
    from eval.tasks.corpora import Corpora

    call = invocation(context)
    place = _place(call)
    wanted = [parse_floor(text) for text in floors or ()]
    if resume is not None:
        folder = place.found(resume, case_id)
        given: Mapping[str, Any] = folder.manifest()["options"]
    elif suites or questions is not None:
        folder = None
        given = {
            "suites": list(suites or ["own"]),
            "data": str(data.absolute()) if data else "",
            "engine": engine,
            "limit": limit,
            "seed": seed,
            "sample_ids": list(sample_ids or ()),
            "final": final,
            "quick": quick,
            "questions": str(questions.absolute()) if questions else "",
            "case": case_id,
        }
        if out is not None and "own" in given["suites"]:
            raise UsageError("A run over a case stays inside the case, so that it goes when the case goes: no --out.")
    else:
        raise UsageError("Name a suite, such as `caseclerk eval run demo`; `caseclerk eval list` shows them.")
    plain = given["engine"] == "plain"
    settings = call.settings({"answering.engine": None if plain else given["engine"]})
    settings = naming_models_in_use(call.home, settings)  # cases of public data have a home of their own
    narrowing = Narrowing(given["limit"], given["seed"], tuple(given["sample_ids"]))
    batches, unavailable = _batches(place, given, narrowing, call.actor, _answering(call, given, settings))
    folder = folder or _begin(call, place, {**given, "not_available": unavailable}, batches, settings, out)
    _same_as_before(folder, batches, settings)
    loaded: list[Any] = []

    def embedder() -> Any:
        if not loaded:
            loaded.append(make_embedder(call.home, settings))
        return loaded[0]

    with Terminal() as terminal:
        run(folder, batches, Corpora(call.home, settings, embedder, terminal, call.actor), terminal, plain=plain)
    _finish(place, folder, wanted, case_id=given["case"], as_json=as_json)


@app.command("score")
def score_run(
    context: typer.Context, name: RunName, case_id: InCase = "", floors: Floors = None, *, as_json: Json = False
) -> None:
    """Score a run again, without answering again."""
    from eval.floors import parse_floor

    place = _place(invocation(context))
    _finish(
        place,
        place.found(name, case_id),
        [parse_floor(text) for text in floors or ()],
        case_id=case_id,
        as_json=as_json,
    )


def _finish(place: "Workplace", folder: "RunFolder", floors: "Sequence[Any]", *, case_id: str, as_json: bool) -> None:
    """Score, report, print, and leave with the exit code that the figures ask for."""
    from eval.floors import missed
    from eval.printing import print_figures
    from eval.report.making import make_report
    from eval.report.summary import RANDOM_WEIGHTS
    from eval.scoring import metrics_document, score

    batches = score(folder)
    previous = _previous(place, folder, case_id)
    make_report(folder, batches, previous)
    under = missed(batches, floors)
    broken = sum(row.response.status == "error" for batch in batches for row in batch.rows)
    if as_json:
        print_json({"run": str(folder.path), **metrics_document(batches)})
    else:
        print_figures(batches)
        if folder.manifest()["engine"].get("random_weights"):
            typer.echo(f"\n{RANDOM_WEIGHTS}")
        typer.echo(f"\nRun     {folder.path}\nReport  {folder.report}")
    for one in under:
        typer.echo(
            f"UNDER THE FLOOR: {one.suite}, {one.batch}: {one.metric} {one.value:.4f}, floor {one.floor:g}", err=True
        )
    if broken:
        typer.echo(f"{broken} questions broke; the report says how.", err=True)
    if under or broken:
        raise typer.Exit(1)


def _previous(place: "Workplace", folder: "RunFolder", case_id: str) -> "RunFolder | None":
    """The last finished run before this one that measured the same suites on the same half."""

    def kind(run: "RunFolder") -> tuple[Any, ...]:
        options = run.manifest()["options"]
        return options["suites"], options["final"], options["case"]

    own = folder.manifest()["started"]
    found = None
    for run in place.all_runs(case_id):
        manifest = run.manifest()
        earlier = manifest["finished"] and manifest["started"] < own
        if earlier and run.has_metrics and kind(run) == kind(folder):
            found = run
    return found


def _begin(
    call: Invocation,
    place: "Workplace",
    given: "Mapping[str, Any]",
    batches: "Mapping[str, Sequence[Batch]]",
    settings: "Settings",
    out: Path | None,
) -> "RunFolder":
    from eval.manifest import manifest
    from eval.run_folder import RunFolder

    if given["final"]:
        place.log_final(list(batches), call.actor)
    folder = RunFolder.create(out or place.new_run(list(batches), given["case"]))
    folder.write_manifest(manifest(batches, settings, {"kind": given["engine"] or settings.answering.engine}, given))
    return folder


def _same_as_before(folder: "RunFolder", batches: "Mapping[str, Sequence[Batch]]", settings: "Settings") -> None:
    """A run goes on only with the program, settings and data with which it began.

    Raises:
        UsageError: something is another now; the rows would not be of one kind.
    """
    from casefile.errors import UsageError
    from eval.manifest import manifest

    before = folder.manifest()
    now = manifest(batches, settings, before["engine"], before["options"])
    for part in ("revision", "packages_sha256", "settings", "batches"):
        if before[part] != now[part]:
            raise UsageError(
                f"{folder.path} was begun with another {part.removesuffix('_sha256')}: its rows and new ones would not "
                "be comparable. Start a new run."
            )


def _answering(call: Invocation, given: "Mapping[str, Any]", settings: "Settings") -> str:
    """The kind of engine that will answer.

    Raises:
        UsageError: the one that was asked for cannot.
    """
    from assistant.chat_models.choosing import engine_kind
    from casefile.errors import UsageError

    if given["engine"] == "plain":
        return "plain"
    choice = engine_kind(call.home, settings)
    if not choice.sound:
        raise UsageError(f"The engine {choice.kind} cannot answer: {choice.why}")
    return choice.kind


def _batches(
    place: "Workplace", given: "Mapping[str, Any]", narrowing: Any, actor: str, engine: str
) -> "tuple[dict[str, tuple[Batch, ...]], dict[str, str]]":
    """The questions of each suite that can run, and of each that cannot, why. The plain pipeline knows texts only."""
    from casefile.errors import UsageError
    from eval.records import TextCorpus
    from eval.suites.registry import suite_named

    options = _options(
        place,
        Path(given["data"]) if given["data"] else None,
        given["seed"],
        final=given["final"],
        full=not given["quick"],
        questions=Path(given["questions"]) if given["questions"] else None,
        case_id=given["case"],
        actor=actor,
        engine=engine,
    )
    found: dict[str, tuple[Batch, ...]] = {}
    unavailable: dict[str, str] = {}
    for name in dict.fromkeys(given["suites"]):
        suite = suite_named(name)
        reason = suite.unavailable(options)
        if reason:
            unavailable[name] = reason
            typer.echo(f"{name}: not available: {reason}", err=True)
            continue
        batches = tuple(narrowing.of(batch) for batch in suite.batches(options))
        if given["engine"] == "plain":
            batches = tuple(batch for batch in batches if isinstance(batch.corpus, TextCorpus))
        found[name] = tuple(batch for batch in batches if batch.samples)
    if not any(found.values()):
        raise UsageError("There is nothing to run: no suite is available, or no question has these ids.")
    return found, unavailable


def _options(place: "Workplace", data: Path | None, seed: int, *, final: bool, **more: Any) -> "SuiteOptions":
    from eval.records import SuiteOptions

    return SuiteOptions(data, seed, "test" if final else "dev", place.made, home=place.home.root, **more)


def _place(call: Invocation) -> "Workplace":
    from eval.workplace import Workplace

    call.home.prepare()
    return Workplace(call.home)


def _run_line(run: "RunFolder") -> dict[str, Any]:
    manifest = run.manifest()
    return {
        "name": run.path.name,
        "folder": str(run.path),
        "samples": sum(batch["samples"] for batch in manifest["batches"]),
        "answered": run.count(),
        "state": "finished" if manifest["finished"] else f"cut short: eval run --resume {run.path.name}",
    }


@app.command("compare")
def compare_runs(
    context: typer.Context,
    before: Annotated[str, typer.Argument(metavar="A", help="The run to compare with: a folder or a name.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The run in question.")],
    margin: Annotated[float, typer.Option(min=0, max=1, help="What a share must lose to count as worse.")] = 0.01,
    case_id: InCase = "",
    *,
    as_json: Json = False,
) -> None:
    """Compare two runs question by question; exit 1 when B is worse beyond doubt."""
    from eval.compare import compare, comparison_document
    from eval.printing import print_comparison
    from eval.scoring import answered

    place = _place(invocation(context))
    first, second = place.found(before, case_id), place.found(after, case_id)
    batches = compare(answered(first), answered(second), margin)
    if as_json:
        print_json(comparison_document(batches))
    else:
        for batch in batches:
            print_comparison(batch)
    if any(batch.worse for batch in batches):
        raise typer.Exit(1)


@app.command("report")
def write_report(
    context: typer.Context,
    name: RunName,
    against: Annotated[str | None, typer.Option(help="The run to compare with; else the last one of its kind.")] = None,
    case_id: InCase = "",
) -> None:
    """Write report.html of a run: one file that opens in any browser and loads nothing."""
    from eval.report.making import make_report
    from eval.scoring import scored

    place = _place(invocation(context))
    folder = place.found(name, case_id)
    previous = place.found(against, case_id) if against else _previous(place, folder, case_id)
    make_report(folder, scored(folder), previous)
    typer.echo(folder.report)
