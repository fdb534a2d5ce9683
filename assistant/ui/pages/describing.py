"""The form that says what a case is about: for a new case and for one that is there."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from zoneinfo import available_timezones

from assistant.ui.pages.parts import line_of, text_of
from casefile.case import check_description
from casefile.errors import UsageError
from casefile.home import CASE_ID
from casefile.records import CaseDescription
from casefile.serial import now
from casefile.settings import CaseDefaults

LONGEST_ID = 64
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_NO_ID = re.compile(r"[^a-z0-9._]+")


@dataclass(frozen=True, slots=True)
class DescriptionForm:
    """What was typed. `errors` maps a field to the key of the text that says what is wrong with it."""

    id: str = ""
    title: str = ""
    purpose: str = ""
    case_number: str = ""
    region: str = ""
    time_zone: str = ""
    languages: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)

    def description(self) -> CaseDescription:
        """The description that the form stands for; to be used once it is without errors."""
        return CaseDescription(
            self.id,
            self.title or self.id,
            self.purpose,
            self.case_number,
            self.region,
            self.time_zone,
            tuple(part.strip() for part in self.languages.split(",") if part.strip()),
            now(),
        )


def blank_form(defaults: CaseDefaults) -> DescriptionForm:
    """The form for a new case."""
    return DescriptionForm(
        region=defaults.region, time_zone=defaults.time_zone, languages=", ".join(defaults.languages)
    )


def form_of(about: CaseDescription) -> DescriptionForm:
    """The form for a case that is there."""
    return DescriptionForm(
        about.id,
        about.title,
        about.purpose,
        about.case_number,
        about.region,
        about.time_zone,
        ", ".join(about.languages),
    )


def typed_form(fields: Mapping[str, str]) -> DescriptionForm:
    """What somebody sent, tidied: capitals in the country code, small letters in languages."""
    return DescriptionForm(
        id=line_of(fields.get("id", "")),
        title=line_of(fields.get("title", "")),
        purpose=text_of(fields.get("purpose", "")),
        case_number=line_of(fields.get("case_number", "")),
        region=line_of(fields.get("region", "")).upper(),
        time_zone=line_of(fields.get("time_zone", "")),
        languages=line_of(fields.get("languages", "")).lower(),
    )


def checked_new(form: DescriptionForm, taken: Collection[str]) -> DescriptionForm:
    """A form for a new case with its id, made from the title where none was given, and its errors."""
    if not form.id and form.title:
        form = replace(form, id=suggested_id(form.title, taken))
    errors = _errors(form)
    if not form.id:
        errors = {"title": "pages.form.title_missing"} | errors
    elif not CASE_ID.fullmatch(form.id):
        errors = {"id": "pages.form.id_wrong"} | errors
    elif form.id in taken:
        errors = {"id": "pages.form.id_taken"} | errors
    return replace(form, errors=errors)


def checked_change(form: DescriptionForm) -> DescriptionForm:
    """A form for a case that is there, with its errors."""
    missing = {} if form.title else {"title": "pages.form.title_missing"}
    return replace(form, errors=missing | _errors(form))


def _errors(form: DescriptionForm) -> dict[str, str]:
    """The rules are those of the case file; each field is tried with the others as they should be."""
    typed = form.description()
    sound = replace(typed, region="DE", time_zone="UTC", languages=("en",))
    tried = {
        "region": replace(sound, region=typed.region),
        "time_zone": replace(sound, time_zone=typed.time_zone),
        "languages": replace(sound, languages=typed.languages),
    }
    errors = {}
    for name, description in tried.items():
        try:
            check_description(description)
        except UsageError:
            errors[name] = f"pages.form.{name}_wrong"
    return errors


def suggested_id(title: str, taken: Collection[str]) -> str:
    """An id out of a title's letters and digits that no other case has."""
    plain = unicodedata.normalize("NFKD", title.casefold().translate(_UMLAUTS))
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    made = _NO_ID.sub("-", letters).strip("-._")[: LONGEST_ID - 4].rstrip("-._") or "case"
    number, found = 1, made
    while found in taken:
        number += 1
        found = f"{made}-{number}"
    return found


@cache
def zone_names() -> tuple[str, ...]:
    """Time zones offered while one is typed; any other IANA name is taken as well."""
    return tuple(sorted(name for name in available_timezones() if name.startswith("Europe/") or name == "UTC"))
