"""Tool calls: whether the right ones were made, and none where none fits.

Call right: as many calls as `gold.calls`, each gold call met by one of its own: same name, all arguments that must be
there, none that is not declared, each value among the accepted ones. Values are compared much as the abstract syntax
tree check of the Berkeley Function-Calling Leaderboard does (Patil et al. 2025): text without case, spaces and
`, . / - _ * ^`, both quotation marks alike; whole numbers where fractions are wanted; lists in order; an accepted
object gives the accepted values of each of its keys, and `""` among them lets the key be left out. Dots in names are
underscores.

Call withheld: no call was made, over rows without a gold call.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from eval.metrics.metric import Columns, Metric
from eval.records import Called, Response, Sample

_STANDARD = str.maketrans("'", '"', " ,./-_*^")


def call_matches(called: Called, gold: Mapping[str, Any]) -> bool:
    """Whether a call is the gold one: `{name: {argument: accepted values}}`."""
    return any(
        called.name.replace(".", "_") == name.replace(".", "_") and _object_matches(called.arguments, arguments)
        for name, arguments in gold.items()
    )


def _object_matches(given: Mapping[str, Any], accepted: Mapping[str, Any]) -> bool:
    if not given.keys() <= accepted.keys():
        return False
    return all(
        any(_same(given[name], value) for value in values) if name in given else "" in values
        for name, values in accepted.items()
    )


def _same(given: object, accepted: object) -> bool:
    if isinstance(accepted, bool) or isinstance(given, bool):
        return given is accepted
    if isinstance(accepted, str) and isinstance(given, str):
        return _standardised(given) == _standardised(accepted)
    if isinstance(accepted, Mapping) and isinstance(given, Mapping):
        return _object_matches(given, accepted)
    if isinstance(accepted, list | tuple) and isinstance(given, list | tuple):
        return len(given) == len(accepted) and all(map(_same, given, accepted))
    return given == accepted


def _standardised(text: str) -> str:
    return text.translate(_STANDARD).lower()


def all_match(called: Sequence[Called], gold: Sequence[Mapping[str, Any]]) -> bool:
    """Whether each gold call is met by a call of its own and no call is left over, in any order."""
    if len(called) != len(gold):
        return False
    if not gold:
        return True
    return any(
        call_matches(one, gold[0]) and all_match((*called[:place], *called[place + 1 :]), gold[1:])
        for place, one in enumerate(called)
    )


def _right(sample: Sample, response: Response) -> Columns | None:
    return (float(all_match(response.calls, sample.gold.calls)),) if sample.gold.calls else None


def _withheld(sample: Sample, response: Response) -> Columns | None:
    return None if sample.gold.calls else (float(not response.calls and response.status != "error"),)


METRICS = (
    Metric("call_right", "the right tool was called with the right arguments", _right, rate=True),
    Metric("call_withheld", "no tool was called where none fits", _withheld, rate=True),
)
