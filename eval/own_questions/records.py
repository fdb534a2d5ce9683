"""A question of the user's own, its columns in a table, and everything that is wrong with a table at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from casefile.errors import UsageError

DRAFT = "draft"
"""The `status` of a question that the program proposed and that nobody has checked yet."""
SEPARATOR = ";"
"""Between values, exhibits, tags."""
ALTERNATIVE = "|"
"""Between forms that count the same."""
_SHOWN = 50
"""How many things that are wrong are listed."""

COLUMNS: Mapping[str, str] = {
    "id": "A short name of the question, each only once: it names the question in every report.",
    "question": "The question, as you would ask it.",
    "answerable": "yes if the case holds the answer, no if it does not: Caseclerk should then say that it found none.",
    "expected_exhibits": "Where the answer stands: file names, paths or exhibit ids. Several that are all needed with "
    "; between them, several of which any one will do with | between them.",
    "expected_values": "What must be in the answer: an amount, a name, a date. Several with ; between them; other ways "
    "of writing one of them with | between them, such as 14 March 2024|14.03.2024.",
    "expected_quote": "The sentence that answers, copied from the exhibit. May be left empty.",
    "notes": "For yourself; not used.",
    "tags": "Words by which the figures are broken down, with ; between them, such as phone records;topic=money.",
    "status": "draft for what Caseclerk proposed; leave it empty for questions that you wrote.",
    "checked": "yes when you have checked and corrected a draft. A draft that is not checked is not asked.",
}
"""The columns in their order, each with its explanation."""
REQUIRED = ("id", "question", "answerable")
"""Columns that a table must have; others may be missing."""


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """One question of the user's own.

    Attributes:
        id: unique in its table.
        question: as a person asks it.
        answerable: whether the case holds the answer.
        exhibits: what is needed, each with what counts the same, as the user names it.
        values: what must be in the answer, each in its accepted forms.
        quote: what answers, copied from an exhibit.
        notes: the user's own.
        tags: by which figures are broken down.
        status: `draft`, or nothing.
        checked: whether a person has checked it.
        row: where it stands in its table, counted from 1; 0 for what comes from no table.
    """

    id: str
    question: str
    answerable: bool
    exhibits: tuple[tuple[str, ...], ...] = ()
    values: tuple[tuple[str, ...], ...] = ()
    quote: str = ""
    notes: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    status: str = ""
    checked: bool = False
    row: int = 0


EXAMPLE = OwnQuestion(
    "example",
    "When did the lorry leave the depot, and who drove it?",
    answerable=True,
    exhibits=(("gate_log.csv", "04_reports/shift report.pdf"),),
    values=(("14 March 2024", "14.03.2024", "2024-03-14"), ("J. Brandt", "Jonas Brandt")),
    quote="14.03.2024 05:52 lorry out, driver J. Brandt",
    notes="This row is an example and is not asked. Write over it or delete it.",
    tags={"topic": "vehicles"},
)
"""The filled-in row of the template. As long as its id and question are these it is passed over."""


@dataclass(slots=True)
class Problems:
    """What is wrong with a table, gathered so that all of it is said at once.

    Args:
        path: the table.
    """

    path: Path
    unit: str = "row"
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, row: int, message: str) -> None:
        """Note what is wrong in a row, counted from 1 as the program that shows the table does."""
        self.found.append((row, message))

    def settle(self) -> None:
        """Go on only when nothing was noted.

        Raises:
            UsageError: says everything that is wrong, by row.
        """
        if not self.found:
            return
        ordered = sorted(self.found, key=lambda entry: entry[0])
        lines = [f"{self.unit} {row}: {message}" for row, message in ordered[:_SHOWN]]
        if len(ordered) > _SHOWN:
            lines.append(f"... and {len(ordered) - _SHOWN} more.")
        raise UsageError(f"{self.path.name} cannot be used as it is; nothing of it was loaded.\n" + "\n".join(lines))
