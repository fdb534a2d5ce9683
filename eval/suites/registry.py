"""All suites by name."""

from functools import cache

from casefile.errors import UsageError
from eval.records import Suite
from eval.suites.clapnq import ClapNq
from eval.suites.contracts import Contracts
from eval.suites.demo import DemoSuite
from eval.suites.formats import Formats
from eval.suites.injection import Injection
from eval.suites.mtrag import MtRag
from eval.suites.own import OwnSuite
from eval.suites.toolcalls import ToolCalls
from eval.suites.verifier import Verifier
from eval.suites.xquad import Xquad


@cache
def all_suites() -> dict[str, Suite]:
    """Every suite by name, in the order in which they are listed."""
    found: dict[str, Suite] = {}
    suites: tuple[Suite, ...] = (
        DemoSuite(),
        Contracts(),
        ClapNq(),
        MtRag(),
        Xquad(),
        Verifier(),
        Injection(),
        ToolCalls(),
        Formats(),
        OwnSuite(),
    )
    for suite in suites:
        if suite.name in found:
            raise ValueError(f"two suites are named {suite.name}")
        found[suite.name] = suite
    return found


def suite_named(name: str) -> Suite:
    """The suite of that name.

    Raises:
        UsageError: there is none.
    """
    suites = all_suites()
    if name not in suites:
        raise UsageError(f"There is no suite “{name}”. `caseclerk eval list` shows them: {', '.join(suites)}.")
    return suites[name]
