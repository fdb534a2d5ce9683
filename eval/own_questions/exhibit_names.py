"""Which exhibit a person means by a file name, a path or an id, and what they may have meant where none fits."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from casefile.catalogue import SHORTEST_PREFIX, Catalogue

_LISTED = 3
"""How many exhibits a message lists."""
_ALIKE = 60
"""Likeness in percent from which a name is worth suggesting."""


class ExhibitNameError(ValueError):
    """No exhibit, or more than one, is meant; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class _Place:
    path: str
    folded: str
    exhibit_id: str


class ExhibitNames:
    """The exhibits of a case by every name they have.

    Args:
        catalogue: of the case.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._by_name: dict[str, list[_Place]] = {}
        self._ids: set[str] = set()
        for line in catalogue.occurrences():
            if line.exhibit_id is not None:
                place = _Place(line.path, _folded(line.path), line.exhibit_id)
                self._by_name.setdefault(place.folded.rpartition("/")[2], []).append(place)
                self._ids.add(line.exhibit_id)

    def find(self, name: str) -> str:
        """The id of the exhibit that a person names.

        A name is an id or its first 8 or more hex digits, a path as in the ledger, the end of one, or a file name;
        case, the direction of slashes and the way accents are stored do not matter.

        Raises:
            ExhibitNameError: none or several fit; lists what comes near, or those that fit.
        """
        by_id = self._by_id(name)
        if len(by_id) == 1:
            return by_id[0]
        places = self._places(name)
        found = sorted({place.exhibit_id for place in places})
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            fitting = _listed([f"{place.path} ({place.exhibit_id[7:19]})" for place in places])
            raise ExhibitNameError(
                f"“{name}” fits {len(found)} exhibits: {fitting}. Write more of the path, or the id in brackets."
            )
        near = self._near(name)
        hint = f" Is it {_listed([f'“{path}”' for path in near], ' or ')}?" if near else ""
        raise ExhibitNameError(f"there is no exhibit “{name}” in this case.{hint}")

    def name_of(self, exhibit_id: str, path: str) -> str:
        """The shortest name by which `find` finds the exhibit and that can stand in a table."""
        for name in (path.rpartition("/")[2], path):
            if not set(name) & set(";|\n\r") and name == name.strip():
                try:
                    if self.find(name) == exhibit_id:
                        return name
                except ExhibitNameError:
                    continue
        return exhibit_id

    def _by_id(self, name: str) -> list[str]:
        digits = name.strip().casefold().removeprefix("sha256:")
        if len(digits) < SHORTEST_PREFIX or set(digits) - set("0123456789abcdef"):
            return []
        return [exhibit for exhibit in self._ids if exhibit.startswith(f"sha256:{digits}")]

    def _places(self, name: str) -> list[_Place]:
        folded = _folded(name)
        fitting = self._by_name.get(folded.rpartition("/")[2], [])
        whole = [place for place in fitting if place.folded == folded]
        return whole or [place for place in fitting if place.folded.endswith(f"/{folded}")]

    def _near(self, name: str) -> list[str]:
        from rapidfuzz import fuzz, process

        wanted = _folded(name).rpartition("/")[2]
        found = process.extract(wanted, self._by_name.keys(), scorer=fuzz.ratio, limit=_LISTED, score_cutoff=_ALIKE)
        return [self._by_name[likeness[0]][0].path for likeness in found]


def _folded(path: str) -> str:
    """A path for comparing: Windows' slashes and quotation marks, case and stored accents make no difference."""
    bare = unicodedata.normalize("NFC", path.strip().strip('"')).replace("\\", "/")
    return bare.removeprefix("./").casefold()


def _listed(entries: Sequence[str], joint: str = ", ") -> str:
    shown = list(dict.fromkeys(entries))
    more = f" and {len(shown) - _LISTED} more" if len(shown) > _LISTED else ""
    return joint.join(shown[:_LISTED]) + more
