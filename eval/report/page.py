"""A run as one HTML file: no remote resource, readable without a script, everything from evidence escaped.

The page's style and its one script stand inside it and are allowed by their hashes; a content security policy forbids
the rest. Every text that a template prints goes through `visible`, so that control characters and text direction
overrides of evidence are seen and not obeyed; escaping is on for all templates and never switched off.
"""

import base64
import hashlib
import os
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from assistant.ui.templates import FOLDER as UI_TEMPLATES
from assistant.ui.templates import visible
from eval.failures import EXPLANATIONS
from eval.report.records import ReportInput
from eval.report.sections import page_of
from eval.report.wording import amount

FOLDER = Path(__file__).parent / "templates"
STYLE, SCRIPT = "report.css", "report.js"


@cache
def environment() -> Environment:
    """The templates; the colours are those of the program's own page."""
    made = Environment(
        loader=FileSystemLoader([FOLDER, UI_TEMPLATES.parent / "assets"]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"amount": amount}
    return made


def report_html(report: ReportInput) -> str:
    """The page."""
    style, script = (environment().get_template(name).render() for name in (STYLE, SCRIPT))
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        environment()
        .get_template("report.html")
        .render(
            about=report.about,
            not_available=report.not_available,
            page=page_of(report),
            explanations=EXPLANATIONS,
            policy=policy,
        )
    )


def write_report(report: ReportInput, path: Path) -> None:
    """Write the page in place of one that is there, as a whole and readable by this user only."""
    aside = path.with_name(f".{path.name}.new")
    with aside.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(report_html(report))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _shown(value: object) -> object:
    """What a template prints: text with its control characters made visible; made markup and numbers as they are."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
