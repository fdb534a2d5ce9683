"""What the page says, in English, German, French and Dutch: `texts/*.toml`, one file an area.

Each key stands with its four wordings side by side, so that a translator sees them together:

    [ask]
    en = "Ask"
    de = "Fragen"
    fr = "Demander"
    nl = "Vragen"

A wording may hold placeholders such as `{count}`; all four hold the same ones. `key.one` and `key.other` are chosen
by `Speaker.count`.
"""

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Language = Literal["en", "de", "fr", "nl"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
FOLDER = Path(__file__).parent / "texts"


class TextsError(Exception):
    """A texts file is not complete: our own bug, found by the tests."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """The texts in one language."""

    language: Language
    _wordings: Mapping[str, Mapping[str, str]]

    def __call__(self, key: str, **values: object) -> str:
        """The wording of `area.key`, its placeholders filled in.

        Raises:
            TextsError: there is no such key, or a placeholder has no value.
        """
        try:
            return self._wordings[key][self.language].format(**values)
        except KeyError as error:
            raise TextsError(f"no text {key!r}, or no value for its placeholder {error}") from error

    def count(self, key: str, n: int, **values: object) -> str:
        """The wording for one thing or for `n` things: `key.one` or `key.other`, with `{n}` filled in."""
        one = n == 1 or (n == 0 and self.language == "fr")
        return self(f"{key}.{'one' if one else 'other'}", n=self.number(n), **values)

    def number(self, n: int) -> str:
        """A whole number with the language's thousands separator."""
        separator = {"en": ",", "de": ".", "fr": "\u202f", "nl": "."}[self.language]
        return f"{n:,}".replace(",", separator)

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self._wordings


def speaker(language: Language) -> Speaker:
    """All texts in a language."""
    return Speaker(language, load_texts())


@cache
def load_texts() -> Mapping[str, Mapping[str, str]]:
    """All texts: `area.key` to language to wording.

    Raises:
        TextsError: a language is missing, or the wordings of a key hold different placeholders.
    """
    found: dict[str, Mapping[str, str]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        with path.open("rb") as stream:
            _collect(f"{path.stem}.", tomllib.load(stream), found)
    return found


def _collect(prefix: str, tree: Mapping[str, object], found: dict[str, Mapping[str, str]]) -> None:
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if not isinstance(value, dict):
            raise TextsError(f"{name} is neither a text in {', '.join(LANGUAGES)} nor a group of texts")
        if set(value) == set(LANGUAGES):
            wordings = {language: str(wording) for language, wording in value.items()}
            if len({_placeholders(wording) for wording in wordings.values()}) != 1:
                raise TextsError(f"{name}: its wordings hold different placeholders")
            found[name] = wordings
        elif set(value) & set(LANGUAGES):
            raise TextsError(f"{name} lacks a language: it needs {', '.join(LANGUAGES)}")
        else:
            _collect(f"{name}.", value, found)


def _placeholders(wording: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(wording) if name is not None)


def chosen_language(accept_language: str) -> Language:
    """The first of our languages that a browser asks for (RFC 9110, section 12.5.4), else English."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language[:500].split(",")):
        tag, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter.strip() else 1.0
        except ValueError:
            continue
        if not 0 <= weight <= 1:  # not a number among them, which would upset the order
            continue
        wanted.append((-weight, place, tag.strip().lower().partition("-")[0]))
    for weight, _, tag in sorted(wanted):
        for language in LANGUAGES:
            if tag == language and weight < 0:
                return language
    return "en"
