"""`/case/ID/settings`: the settings in force, where each comes from and what it means."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response

from assistant.ui.visit import Visiting
from casefile.errors import SettingsError
from casefile.settings import FILE_NAME, SettingOrigin, Settings, load_settings

router = APIRouter()

EXPLAINED = (
    "page.blur_pictures",
    "page.upload_gib",
    "page.session_hours",
    "page.link_minutes",
    "answering.quotes",
    "answering.characters",
    "answering.passages",
    "reading.workers",
    "reading.wall_seconds",
    "reading.memory_mib",
)
"""Settings that somebody at the page notices; `pages.setting.<name with _ for .>` says how."""


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting: its value in this page, where a value read now would come from, and what it means.

    `next_value` is what holds after the page is started again, empty where that is the same.
    """

    name: str
    value: str
    origin: str
    description: str
    next_value: str


@dataclass(frozen=True, slots=True)
class SettingSection:
    """A section of settings.toml."""

    name: str
    rows: tuple[SettingRow, ...]


def setting_sections(running: Settings, origins: Sequence[SettingOrigin]) -> tuple[SettingSection, ...]:
    """Settings by section: the values that this page was started with beside those that would be read now."""
    sections: dict[str, list[SettingRow]] = {}
    for one in origins:
        section, _, key = one.name.partition(".")
        value, later = shown(getattr(getattr(running, section), key)), shown(one.value)
        row = SettingRow(one.name, value, one.origin, one.description, later if later != value else "")
        sections.setdefault(section, []).append(row)
    return tuple(SettingSection(name, tuple(rows)) for name, rows in sections.items())


def shown(value: object) -> str:
    """A value as it stands in settings.toml, without quotation marks."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


@router.get("/case/{case_id}/settings")
def show_settings(visit: Visiting, case_id: str) -> Response:
    """The settings."""
    case = visit.assistant(case_id).case
    root: Path = visit.desk.home.root
    problem = ""
    sections: tuple[SettingSection, ...] = ()
    try:
        sections = setting_sections(visit.desk.settings, load_settings(root).origins)
    except SettingsError as error:
        problem = str(error)
    rows = {row.name: row for section in sections for row in section.rows}
    model = {
        "case": case.description,
        "sections": sections,
        "explained": tuple((name, name.replace(".", "_"), rows[name]) for name in EXPLAINED if name in rows),
        "file": str(root / FILE_NAME),
        "problem": problem,
    }
    return visit.page("pages/settings.html", model)
