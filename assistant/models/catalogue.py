"""The catalogue of models: what can be had, from where, under which licence, with which hashes. Data, in TOML.

One catalogue comes with the program; an agency adds its own in `HOME/models/catalogue.toml`, in the same form. Only
catalogues name hosts of models.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from assistant.models.kept import MOST_FILES, is_file_name
from assistant.models.records import ModelRole
from assistant.models.store import is_model_id
from casefile.errors import SettingsError, UsageError

FILE_NAME = "catalogue.toml"
SETTINGS = frozenset({"query_prefix", "passage_prefix"})
LONGEST_CATALOGUE = 4 << 20
"""Bytes of a catalogue file."""


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CatalogueFile(_Checked):
    """A file of a model: its name in the model's folder, size in bytes, SHA-256 (empty where nobody has checked it)."""

    name: str
    bytes: int = Field(gt=0)
    sha256: str = Field("", pattern="^([0-9a-f]{64})?$")

    @field_validator("name")
    @classmethod
    def _inside(cls, name: str) -> str:
        if not is_file_name(name):
            raise ValueError("a file's name leads out of the model's folder")
        return name


class CatalogueEntry(_Checked):
    """A model that can be had.

    Attributes:
        url: of the folder that holds the files; `{revision}` stands for the revision.
        revision: the state of that folder which the hashes are of.
        hosts: further hosts that a redirection may lead to without encryption; https may lead anywhere.
        weights: the file that the model is known by.
        partner: id of the chat model that a projector belongs to.
        settings: such as `query_prefix` and `passage_prefix` of an embedding model.
    """

    id: str
    role: ModelRole
    title: str
    licence: str
    url: str
    revision: str = Field("", pattern="^[0-9A-Za-z._-]*$")
    hosts: tuple[str, ...] = ()
    weights: str
    files: tuple[CatalogueFile, ...] = Field(min_length=1, max_length=MOST_FILES)
    partner: str = ""
    settings: Mapping[str, str] = {}
    note: str = ""

    @field_validator("id")
    @classmethod
    def _is_id(cls, value: str) -> str:
        if not is_model_id(value):
            raise ValueError("an id has small letters, digits, dots, hyphens and underscores, at most 64")
        return value

    @field_validator("url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc:
            raise ValueError(
                "an address begins with https:// (or http:// on a network of your own) and holds no password"
            )
        if not parts.path.endswith("/") or parts.query or parts.fragment:
            raise ValueError("an address ends with a slash: it is that of the folder with the files")
        return value

    @model_validator(mode="after")
    def _fits(self) -> Self:
        names = [file.name for file in self.files]
        if len(set(names)) != len(names):
            raise ValueError("a file is named twice")
        if not set(self.settings) <= SETTINGS:
            raise ValueError(f"settings are {', '.join(sorted(SETTINGS))}")
        if self.weights not in names:
            raise ValueError("`weights` is none of the files")
        if (self.role == "vision") != bool(self.partner):
            raise ValueError("a vision projector, and nothing else, has a `partner`: the chat model it belongs to")
        return self

    @property
    def bytes(self) -> int:
        """Of all files together."""
        return sum(file.bytes for file in self.files)

    @property
    def sha256(self) -> str:
        """Of the weights; empty where nobody has checked it."""
        return next(file.sha256 for file in self.files if file.name == self.weights)

    @property
    def folder(self) -> bool:
        """Whether the model is loaded by its folder; a GGUF file is loaded by itself."""
        return not self.weights.endswith(".gguf")

    @property
    def host(self) -> str:
        """Where it would come from."""
        return urlsplit(self.url).hostname or ""

    def why_not_pinned(self) -> str:
        """Why this entry cannot be pulled: what it does not pin. Empty where it can."""
        unknown = [file.name for file in self.files if not file.sha256]
        if unknown:
            return f"the SHA-256 of {', '.join(unknown)} is not known to the catalogue"
        if "{revision}" in self.url and not self.revision:
            return "its revision is not known to the catalogue"
        return ""

    def address(self, file: CatalogueFile) -> str:
        """Where a file of it is to be had."""
        return self.url.replace("{revision}", self.revision) + quote(file.name)


class _Document(_Checked):
    version: Literal[1]
    model: tuple[CatalogueEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All entries, those of the program first; no id twice."""

    entries: tuple[CatalogueEntry, ...]

    def get(self, model_id: str) -> CatalogueEntry:
        """The entry of an id.

        Raises:
            UsageError: there is none.
        """
        found = next((entry for entry in self.entries if entry.id == model_id), None)
        if found is None:
            raise UsageError(
                f"The catalogue has no model {model_id!r}. It has: {', '.join(entry.id for entry in self.entries)}. "
                "A model of your own is added from its file with `caseclerk models add PATH`, or gets an entry in "
                f"HOME/models/{FILE_NAME} (docs/models.md)."
            )
        return found

    def by_sha256(self, sha256: str) -> CatalogueEntry | None:
        """The entry whose weights have that hash; of several the first."""
        return next((entry for entry in self.entries if entry.sha256 == sha256), None)


def load_catalogue(folder: Path) -> Catalogue:
    """The program's catalogue and the agency's own.

    Args:
        folder: `home.models`, which may hold the agency's.

    Raises:
        SettingsError: a catalogue cannot be read, or an entry is wrong or there twice; names file and entry.
    """
    shipped = files("assistant.models").joinpath(FILE_NAME).read_bytes()
    entries = _parse(shipped, "The program's catalogue")
    own = folder / FILE_NAME
    try:
        with own.open("rb") as stream:
            raw = stream.read(LONGEST_CATALOGUE + 1)
    except FileNotFoundError:
        return Catalogue(_unique(entries, own))
    except OSError as error:
        raise SettingsError(f"{own} cannot be read: {error.strerror}. Mend or remove it.") from error
    if len(raw) > LONGEST_CATALOGUE:
        raise SettingsError(f"{own} has more than {LONGEST_CATALOGUE:,} bytes: no catalogue is that long.")
    return Catalogue(_unique((*entries, *_parse(raw, str(own))), own))


def _parse(raw: bytes, name: str) -> Sequence[CatalogueEntry]:
    try:
        content = tomllib.loads(raw.decode("utf-8"))
        return _Document.model_validate(content).model
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"{name} is no TOML in UTF-8: {error}. Mend or remove it.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"{name}: {_entry_name(content, first['loc'])}{place!r}: {first['msg']}. Mend it there."
        ) from (error)


def _entry_name(content: Mapping[str, object], place: Sequence[int | str]) -> str:
    """Which entry an error is in, for people who do not count from 0."""
    entries = content.get("model")
    if len(place) > 1 and isinstance(place[1], int) and isinstance(entries, list):
        entry = entries[place[1]]
        return f"entry {place[1] + 1} ({entry.get('id') if isinstance(entry, dict) else entry!r}), "
    return ""


def _unique(entries: Sequence[CatalogueEntry], own: Path) -> tuple[CatalogueEntry, ...]:
    twice = [model_id for model_id, count in Counter(entry.id for entry in entries).items() if count > 1]
    if twice:
        raise SettingsError(f"The id {twice[0]!r} is in the catalogue twice: give your entry in {own} another id.")
    return tuple(entries)
