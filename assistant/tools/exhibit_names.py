"""Which exhibit a name means: within one case, within the question's scope, and never one that is sealed."""

from assistant.records import ExhibitRef
from assistant.tools.records import ToolContext, ToolRefusedError
from casefile.catalogue import SHORTEST_PREFIX
from casefile.records import Exhibit

NONE_SUCH = "There is no such exhibit among those that the question is asked of."
"""Said alike of an exhibit that is sealed, out of scope, of another case, or nowhere: nothing tells them apart."""
_MOST_TOLD = 5
_LONGEST_NAME = 80
_HEX = frozenset("0123456789abcdef")


def exhibit_named(named: str, context: ToolContext) -> Exhibit:
    """The one exhibit of that id, beginning of an id (8 digits at least), name, end of a path, or beginning of a name.

    The first of these that fits decides. Nothing is looked up on the disk.

    Raises:
        ToolRefusedError: none or several fit; several are told by name.
    """
    fitting = exhibits_named(named, context)
    if not fitting:
        raise ToolRefusedError(NONE_SUCH)
    if len(fitting) > 1:
        told = ", ".join(f"{one.name[:_LONGEST_NAME]} ({one.id[7:19]})" for one in fitting[:_MOST_TOLD])
        more = f" and {len(fitting) - _MOST_TOLD} more" if len(fitting) > _MOST_TOLD else ""
        raise ToolRefusedError(f"Several exhibits are called that: {told}{more}. Give the digits of one.")
    return fitting[0]


def exhibits_named(named: str, context: ToolContext) -> tuple[Exhibit, ...]:
    """All exhibits that a name fits, in the way that decides; see `exhibit_named`."""
    wanted = named.strip().casefold()
    if not wanted:
        return ()
    exhibits = open_exhibits(context)
    digits = wanted.removeprefix("sha256:")
    if len(digits) >= SHORTEST_PREFIX and set(digits) <= _HEX:
        by_id = [one for one in exhibits if one.id.removeprefix("sha256:").startswith(digits)]
        if by_id:
            return tuple(by_id)
    ways = (
        lambda one: one.name.casefold() == wanted,
        lambda one: f"/{one.path.casefold()}".endswith(f"/{wanted}"),
        lambda one: one.name.casefold().rpartition(".")[0] == wanted,
        lambda one: one.name.casefold().startswith(wanted),
    )
    for fits in ways:
        found = tuple(one for one in exhibits if fits(one))
        if found:
            return found
    return ()


def ref_of(exhibit: Exhibit) -> ExhibitRef:
    """Enough of an exhibit to show where something comes from."""
    return ExhibitRef(exhibit.id, exhibit.name, exhibit.path)


def open_exhibits(context: ToolContext) -> tuple[Exhibit, ...]:
    """Exhibits in scope that are not sealed, in the order of the case."""
    catalogue = context.case.catalogue
    sealed = frozenset(seal.exhibit_id for seal in catalogue.seals())
    scope = None if context.exhibit_ids is None else frozenset(context.exhibit_ids)
    return tuple(one for one in catalogue.exhibits() if one.id not in sealed and (scope is None or one.id in scope))
