"""The port of identifier finders: what each kind implements, and what they share (labels, tiers).

A finder is pure: text in, identifiers out, in linear time. It knows nothing of other kinds; where two kinds claim
the same characters, `ingest.identifiers.finder` decides.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from casefile.records import Identifier, IdentifierKind

_LETTER = re.compile(r"[^\W\d_]")
VALUE_START = r"(?:(?<![^\W_])(?!(?<=\?)\d\d[A-Za-z])|(?<=\?\d\d)(?=[A-Za-z]))"
"""Where a word may begin: also right behind a subfield tag of a bank's MT940 statement, as in `?31NL91ABNA...`."""
LABEL_CHARACTERS = 32
"""How far before a value its label may begin."""


@dataclass(frozen=True, slots=True)
class FindingContext:
    """What the case says about its texts.

    `region` is ISO 3166 alpha-2, `time_zone` an IANA name, `languages` are ISO 639-1. Labels of all languages that
    the finders know are read whatever `languages` says: evidence does not keep to the languages of its case.
    """

    region: str
    time_zone: str
    languages: tuple[str, ...]


class Finder(Protocol):
    """Finds the identifiers of one kind."""

    @property
    def kind(self) -> IdentifierKind:
        """The kind that it finds."""
        ...

    def find(self, text: str, context: FindingContext) -> Iterator[Identifier]:
        """Yield identifiers in any order; they may overlap those of other kinds, not one another."""
        ...


def has_label(labels: re.Pattern[str], text: str, start: int) -> bool:
    """Tell whether one of `labels` stands on the same line within `LABEL_CHARACTERS` before `start`."""
    before = text[max(0, start - LABEL_CHARACTERS) : start]
    line = max(before.rfind("\n"), before.rfind("\r"))
    return _LETTER.search(before, line + 1) is not None and labels.search(before, line + 1) is not None
