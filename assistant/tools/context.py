"""What the tools of one question may touch, from an open case and the question's scope."""

from collections.abc import Callable, Sequence

from assistant.case_facts import CatalogueFacts
from assistant.case_facts_port import NarrowedFacts
from assistant.lexicon import Language
from assistant.records import RankedPassage
from assistant.retrieval.filters import Filters
from assistant.retrieval.retriever import Retriever
from assistant.tools.records import ToolContext
from casefile.case import Case


def context_for(
    case: Case,
    retriever: Retriever | None,
    exhibit_ids: tuple[str, ...] | None,
    language: Language = "en",
    stopped: Callable[[], bool] | None = None,
) -> ToolContext:
    """Make the context of one question.

    Args:
        case: the open case, acting for whoever asks.
        retriever: of the same case; None for tools that do not search, as those that a person has said yes to.
        exhibit_ids: what the question is asked of; None is the whole case, an empty tuple nothing at all.
        language: of the question.
        stopped: True ends what takes long.
    """

    def search(words: str, number: int) -> Sequence[RankedPassage]:
        # A filter without ids is no filter: nothing must be found in nothing.
        if retriever is None or exhibit_ids == ():
            return ()
        filters = None if exhibit_ids is None else Filters(exhibit_ids=exhibit_ids)
        return retriever.search(words, number, filters).passages

    facts = CatalogueFacts(case)
    narrowed = facts if exhibit_ids is None else NarrowedFacts(facts, exhibit_ids)
    return ToolContext(case, exhibit_ids, search, narrowed, language, stopped)
