"""`exhibit check`: originals read a second time by another program, and what ours may have lost."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.exhibits import InCase, Json, exhibit_app
from assistant.cli.invocation import invocation, print_json
from assistant.cli.printable import printable

if TYPE_CHECKING:
    from casefile.case import Case
    from casefile.records import CustodyKind, Exhibit
    from casefile.settings import Settings
    from ingest.second_reading import Comparison, Unavailable

EXAMPLES = 10
"""Most words shown for one exhibit; `--json` has all."""
LONGEST_SHOWN_WORD = 40
_EVENT: "tuple[CustodyKind, str]" = ("consultation", "exhibit read a second time")


@dataclass(frozen=True, slots=True)
class _Checked:
    """An exhibit and what came of reading it again."""

    exhibit: "Exhibit"
    outcome: "Comparison | Unavailable"


def register(app: typer.Typer) -> None:
    """Add `check` to the commands on exhibits, which `app` has from `inspecting`."""
    del app
    exhibit_app.command("check")(exhibit_check)


def exhibit_check(
    context: typer.Context,
    case_id: InCase,
    exhibit: Annotated[
        str | None, typer.Argument(metavar="EXHIBIT", help="Its id, or the first 8 or more digits of it.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Check every exhibit of the case.")] = False,  # noqa: FBT002
    *,
    as_json: Json = False,
) -> None:
    """Read the original again with another program (unstructured) and name words that our reading lacks.

    Words are compared with how often they stand, in documents, presentations, web pages, mails, XML and plain text.
    Nothing in the case is changed. Exit 0 when nothing is missing, 1 when something is.
    """
    from casefile.errors import UsageError

    if (exhibit is None) != every:
        raise UsageError("Name one exhibit, or check all of them with --all.")
    call = invocation(context)
    settings = call.settings()
    with call.open(case_id) as case:
        chosen = (case.catalogue.exhibit(exhibit),) if exhibit is not None else case.catalogue.exhibits()
        checked = tuple(_check(case, settings, chosen))
    if as_json:
        print_json(_document(case_id, checked))
    else:
        _print(checked, each=not every)
    if _missing(checked):
        raise typer.Exit(1)


def _check(case: "Case", settings: "Settings", exhibits: Sequence["Exhibit"]) -> Iterator[_Checked]:
    """Check one after the other; each is entered into the custody log as soon as it was read."""
    from assistant.cli.terminal import Terminal
    from ingest.second_reading import Unavailable, check_exhibit, second_reader_pool

    with second_reader_pool(settings.reading) as pool, Terminal() as terminal:
        for warning in pool.confinement.warnings():
            terminal.say(warning)
        terminal.begin("check", len(exhibits))
        for row in exhibits:
            line = _Checked(row, check_exhibit(case, row.id, pool))
            outcome = line.outcome
            details: dict[str, object] = {"exhibit": row.id, "text": row.text_sha256, "reader": _reader()}
            if not isinstance(outcome, Unavailable):
                case.log(*_EVENT, details | {"missing": outcome.missing_in_first_count})
            elif outcome.tried:
                case.log(*_EVENT, details | {"failed": outcome.reason})
            terminal.advance("check", 1)
            yield line


def _reader() -> str:
    from ingest.readers.second_reader import SecondReader

    reader = SecondReader()
    return f"{reader.name} {reader.version}"


def _missing(checked: Sequence[_Checked]) -> int:
    """How many exhibits have words that only the second reader found."""
    return sum(_state(line) == "missing" for line in checked)


def _state(line: _Checked) -> str:
    from ingest.second_reading import Unavailable

    if isinstance(line.outcome, Unavailable):
        return "not_compared"
    return "nothing_missing" if line.outcome.nothing_missing else "missing"


def _document(case_id: str, checked: Sequence[_Checked]) -> dict[str, object]:
    states = Counter(_state(line) for line in checked)
    names = ("nothing_missing", "missing", "not_compared")
    return {
        "case": case_id,
        "second_reader": _reader(),
        "exhibits": [_row(line) for line in checked],
        "totals": {name: states[name] for name in names},
    }


def _row(line: _Checked) -> dict[str, object]:
    from ingest.second_reading import Unavailable

    row: dict[str, object] = {
        "id": line.exhibit.id,
        "path": line.exhibit.path,
        "media_type": line.exhibit.media_type,
        "text_sha256": line.exhibit.text_sha256,
        "state": _state(line),
    }
    if isinstance(line.outcome, Unavailable):
        return row | {"reason": line.outcome.reason}
    found = line.outcome
    missing = [{"word": word.word, "count": word.count, "in_ours": word.in_first} for word in found.missing_in_first]
    return row | {
        "words_in_both": found.words_in_both,
        "words_only_in_ours": found.missing_in_second_count,
        "words_missing": found.missing_in_first_count,
        "missing": missing,
    }


def _print(checked: Sequence[_Checked], *, each: bool) -> None:
    """For people: what is missing or could not be read line by line, the rest in sums unless `each`."""
    from ingest.second_reading import Unavailable

    unknown: Counter[str] = Counter()
    for line in checked:
        if isinstance(line.outcome, Unavailable):
            if line.outcome.tried or each:
                typer.echo(printable(f"{line.exhibit.path}: not compared. {line.outcome.reason}"))
            else:
                unknown[line.outcome.reason] += 1
        elif each or not line.outcome.nothing_missing:
            typer.echo(printable(f"{line.exhibit.path}: {_in_words(line.outcome)}"))
    for reason, count in unknown.most_common():
        typer.echo(printable(f"{count} not compared. {reason}"))
    compared = sum(_state(line) != "not_compared" for line in checked)
    missing = _missing(checked)
    typer.echo(f"{compared} of {len(checked)} exhibits compared with {_reader()}: words are missing in {missing}.")
    if missing:
        typer.echo("The second reader may be wrong as well: look at the original before you rely on either.")


def _in_words(found: "Comparison") -> str:
    if found.nothing_missing and not found.words_in_both:
        return f"nothing to compare: the second reader found no word in it, ours found {found.missing_in_second_count}."
    if found.nothing_missing:
        return f"nothing is missing; {found.words_in_both} words agree, {found.missing_in_second_count} only ours has."
    examples = [
        f'"{word.word[:LONGEST_SHOWN_WORD]}" {word.count} times'
        + (f" more than our {word.in_first}" * (word.in_first > 0))
        for word in found.missing_in_first[:EXAMPLES]
    ]
    more = len(found.missing_in_first) - len(examples)
    listed = ", ".join(examples) + (f" and {more} other words (--json lists them)" if more else "")
    return f"the second reader found {found.missing_in_first_count} words that ours lacks: {listed}."
