"""HTML from templates that escape everything. Nothing else in the page makes markup.

No template may mark a value as safe; a test reads them all. Characters that would be obeyed and not shown (controls,
text direction overrides) are made visible by `visible`, which every text from evidence goes through.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from assistant.cli.printable import printable_text

FOLDER = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """The templates, with our filters."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"visible": visible, "size": size, "when": when, "short": short_id}
    return made


def rendered(template: str, model: Mapping[str, object]) -> str:
    """A template filled in."""
    return environment().get_template(template).render(model)


def visible(text: object) -> str:
    """Text of evidence, its control characters and direction overrides shown as escapes; line ends and tabs stay."""
    return printable_text(str(text))


def size(count: int) -> str:
    """Bytes for people, in powers of 1,024."""
    amount = float(count)
    for unit in ("bytes", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def when(instant: datetime | None, zone: str = "UTC") -> str:
    """An instant in a case's zone, ISO 8601 without the T, to the minute; empty for None."""
    return "" if instant is None else instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def short_id(exhibit_id: str) -> str:
    """The first twelve digits of an exhibit's id."""
    return exhibit_id.removeprefix("sha256:")[:12]
