"""What a question is asked of: the whole case, the files of an upload, or a selection of exhibits.

Written as JSON where it is kept (`conversations.scope`, `turns.scope`) and in short in addresses: `case`, `upload:3`,
`exhibits:0a1b2c3d4e5f,...` (hexadecimal digits that begin exhibit ids).
"""

import json
from dataclasses import asdict, dataclass
from typing import Literal

from assistant.retrieval.filters import Filters
from casefile.case import Case
from casefile.errors import UsageError

NOTHING = "sha256:nothing"
"""In place of an empty list of exhibits, which would mean the whole case to a filter."""
MOST_NAMED = 400


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question is asked of; `batch` for an upload, `exhibits` (full ids) for a selection."""

    kind: Literal["case", "upload", "exhibits"] = "case"
    batch: int = 0
    exhibits: tuple[str, ...] = ()

    def to_text(self) -> str:
        """As kept in the case; empty for the whole case."""
        return "" if self.kind == "case" else json.dumps(asdict(self))

    def in_address(self) -> str:
        """As written in an address."""
        if self.kind == "upload":
            return f"upload:{self.batch}"
        if self.kind == "exhibits":
            return "exhibits:" + ",".join(exhibit.removeprefix("sha256:")[:12] for exhibit in self.exhibits)
        return "case"


WHOLE_CASE = Scope()


def scope_from_text(text: str) -> Scope:
    """The scope that was kept; what cannot be read is the whole case."""
    try:
        kept = json.loads(text) if text else {}
        kind = kept.get("kind", "case")
        if kind not in {"case", "upload", "exhibits"}:
            return WHOLE_CASE
        return Scope(kind, int(kept.get("batch", 0)), tuple(str(exhibit) for exhibit in kept.get("exhibits", ())))
    except (ValueError, TypeError, AttributeError):
        return WHOLE_CASE


def scope_from_address(case: Case, text: str) -> Scope:
    """The scope that an address names.

    Raises:
        UsageError: it is not of a known form, or names an exhibit or upload that is not in this case.
    """
    kind, _, rest = text.partition(":")
    if kind == "case" and not rest:
        return WHOLE_CASE
    if kind == "upload" and rest.isdigit():
        return Scope("upload", case.uploads.batch(int(rest)).id)
    if kind == "exhibits":
        chosen = dict.fromkeys(case.catalogue.exhibit(digits).id for digits in rest.split(",")[:MOST_NAMED] if digits)
        if chosen:
            return Scope("exhibits", exhibits=tuple(chosen))
    raise UsageError(f"{text!r} names nothing that can be asked about.")


def filters_of(case: Case, scope: Scope) -> Filters | None:
    """What a search is narrowed to; parts of what was chosen belong to it."""
    if scope.kind == "case":
        return None
    ids = scope_exhibits(case, scope)
    return Filters(exhibit_ids=ids or (NOTHING,))


def scope_exhibits(case: Case, scope: Scope) -> tuple[str, ...]:
    """Ids of the exhibits of an upload or a selection, their parts included; empty for the whole case."""
    if scope.kind == "upload":
        return tuple(case.uploads.exhibits_of(scope.batch))
    found: dict[str, None] = {}
    waiting = list(scope.exhibits)
    while waiting:
        exhibit = waiting.pop(0)
        if exhibit not in found:
            found[exhibit] = None
            waiting += [part.exhibit_id for part in case.catalogue.parts_of(exhibit) if part.exhibit_id is not None]
    return tuple(found)


def scope_names(case: Case, scope: Scope) -> tuple[str, ...]:
    """Names of what was chosen, for people: an upload's title, or exhibits' names; empty for the whole case."""
    if scope.kind == "upload":
        try:
            return (case.uploads.batch(scope.batch).title or f"#{scope.batch}",)
        except UsageError:
            return (f"#{scope.batch}",)
    known = case.catalogue.exhibits_by_id(scope.exhibits)
    return tuple(known[exhibit].name if exhibit in known else exhibit[7:19] for exhibit in scope.exhibits)
