"""What a tool is: a typed function over one case, with a schema, a summary, and what it does to the world."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from assistant.case_facts_port import CaseFacts
from assistant.lexicon import Language
from assistant.records import EngineInfo, ProposedClaim, RankedPassage
from casefile.case import Case

Effect = Literal["reads", "writes"]


class ToolRefusedError(Exception):
    """A tool cannot do what it was asked; the message may be shown to the model and holds no other case's data.

    Whatever else a tool raises ends the request.
    """


class NotMadeYetError(ToolRefusedError):
    """What was asked for is not there yet; where a tool that writes can make it, a person may be asked.

    Args:
        message: as that of any refusal; says what is needed where no tool can.
        tool: that can make it; empty for none.
        arguments: of its call.
    """

    def __init__(self, message: str, tool: str = "", arguments: Mapping[str, object] = MappingProxyType({})) -> None:
        super().__init__(message)
        self.tool = tool
        self.arguments = dict(arguments)


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What a tool may touch: one case, narrowed to what the question was asked of.

    Attributes:
        case: the open case.
        exhibit_ids: the question's scope; None is the whole case. No tool reaches beyond it.
        search: question and number of passages to ranked passages, inside the scope.
        facts: typed rows and mentions, inside the scope.
        language: of the question; sentences that code makes are in it.
        stopped: True ends what takes long; None where nobody can.
        describe_later: queues the description of an exhibit (and its page, 0 for all); None where it is made at once.
    """

    case: Case
    exhibit_ids: tuple[str, ...] | None
    search: Callable[[str, int], Sequence[RankedPassage]]
    facts: CaseFacts
    language: Language = "en"
    stopped: Callable[[], bool] | None = None
    describe_later: Callable[[str, int], object] | None = None


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What a tool gave.

    Attributes:
        says: one sentence for people.
        passages: evidence that may be cited.
        claims: sentences that code made, with their quotes and computations.
        data: what a model is told besides, as JSON.
        files: names of files written in the case's `exports/`.
        written_by: the model that wrote the claims; None where code did.
    """

    says: str
    passages: tuple[RankedPassage, ...] = ()
    claims: tuple[ProposedClaim, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    written_by: EngineInfo | None = None


class Arguments(BaseModel):
    """What every tool's arguments are: strict, frozen, without unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, str_strip_whitespace=True)


class Tool(Protocol):
    """One tool. `arguments` is a model whose JSON Schema is shown to models; `Arguments` refuses unknown fields."""

    name: str
    summary: str
    effect: Effect
    arguments: type[Arguments]

    def run(self, arguments: Arguments, context: ToolContext) -> ToolOutcome:
        """Carry it out; called only with checked arguments, and for `writes` only after a person's yes.

        Raises:
            ToolRefusedError: it cannot, for a reason that may be told.
        """
        ...
