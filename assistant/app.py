"""The composition root: settings and an open case become an assistant. Heavy parts are loaded when first needed."""

import copy
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Self

from assistant.answering import Answering, Listeners
from assistant.case_facts import CatalogueFacts
from assistant.chat_models import choosing
from assistant.chat_models.port import ChatModel, Stopped
from assistant.conversation import Rewrite
from assistant.embedding import embedding_choice, make_embedder, make_reranker
from assistant.engines.extractive import ExtractiveEngine
from assistant.engines.writing.engine import WritingEngine
from assistant.questions import QuestionAnalysis
from assistant.records import Answer, Engine, EngineRequest, Turn
from assistant.retrieval.dense import NearestSearch
from assistant.retrieval.filters import Filters
from assistant.retrieval.foreign_search import ForeignSearch
from assistant.retrieval.foreign_terms import built_in
from assistant.retrieval.retriever import Retriever, SearchResult
from assistant.tools.context import context_for
from assistant.tools.records import ToolContext
from assistant.tools.registry import answering_tools, built_in_tools
from assistant.writing_tasks.rewriting import reworded
from casefile.case import Case
from casefile.settings import Settings
from ingest.identifiers.finder import case_finder

if TYPE_CHECKING:
    from ingest.embedding.port import Embedder


class Assistant:
    """Searches and answers over one open case.

    In the process that holds the case's writer lock dense search goes through Chroma; in any other one it is exact,
    over the vectors in the catalogue.

    Args:
        case: the open case.
        settings: those in force.
        embedder: a model that is loaded already; else the one in settings is loaded when it is needed.
        nearest: the dense search, where the caller decides from time to time whether Chroma is at hand; such a
            caller serves several people, whose questions never wait for a changed case to be loaded again.
        chat_model: a language model that is at hand already; else the one that settings choose; shared by all cases.
    """

    def __init__(
        self,
        case: Case,
        settings: Settings,
        *,
        embedder: "Embedder | None" = None,
        nearest: NearestSearch | None = None,
        chat_model: ChatModel | None = None,
    ) -> None:
        self.case = case
        self.settings = settings
        self._given_embedder = embedder
        self._nearest = nearest
        self._given_chat_model = chat_model

    def acting_as(self, actor: str) -> Self:
        """The same assistant, sharing all that is loaded, for somebody else."""
        _ = self.retriever, self.quoting_engine  # made once, before they are shared
        twin = copy.copy(self)
        twin.__dict__.pop("_answering", None)
        twin.case = self.case.acting_as(actor)
        return twin

    @cached_property
    def embedder(self) -> "Embedder":
        """The embedding model, checked against what the case was embedded with.

        Raises:
            EmbeddingMismatchError: the case was embedded with another model.
        """
        embedder = self._given_embedder or make_embedder(self.case.home, self.settings)
        identity = embedder.identity
        self.case.catalogue.require_model(identity.sha256, identity.query_prefix, identity.passage_prefix)
        return embedder

    @cached_property
    def retriever(self) -> Retriever:
        """The search over this case."""
        about = self.case.description
        english_only = embedding_choice(self.case.home, self.settings).model_directory is None
        return Retriever(
            self.case,
            self.embedder,
            nearest=self._nearest or (self.case.vectors.nearest if self.case.holds_lock else None),
            find_identifiers=case_finder(about),
            embedding_languages=frozenset({"en"}) if english_only else frozenset(about.languages),
            reranker=make_reranker(self.case.home, self.settings),
            load_aside=self._nearest is not None,
        )

    @cached_property
    def engine(self) -> Engine:
        """What writes the answer: a language model where one is in use, else the engine that is built in."""
        if self.chat_model is None:
            return self.quoting_engine
        about = self.case.description
        return WritingEngine(
            self.chat_model,
            self.quoting_engine,
            self.settings.model,
            answering_tools(),
            self._tool_context,
            languages=about.languages,
            region=about.region,
        )

    @cached_property
    def chat_model(self) -> ChatModel | None:
        """The language model that writes; None where answers are quotes.

        Raises:
            ModelUnavailableError: the engine that settings name cannot answer.
        """
        if self.settings.answering.engine == "extractive":
            return None
        return self._given_chat_model or choosing.chat_model(self.case.home, self.settings)

    def _tool_context(self, request: EngineRequest, analysis: QuestionAnalysis) -> ToolContext:
        return context_for(self.case, self.retriever, request.exhibit_ids, analysis.language)

    def quoting(self) -> Self:
        """The same assistant, sharing all that is loaded, that answers with quotes only."""
        twin = copy.copy(self)
        twin.__dict__.pop("_answering", None)
        twin.__dict__["engine"] = self.quoting_engine
        twin.__dict__["chat_model"] = None
        return twin

    @cached_property
    def quoting_engine(self) -> ExtractiveEngine:
        """The engine that is built in: quotes, and what code computes."""
        return ExtractiveEngine(
            self.embedder.embed_queries,
            CatalogueFacts(self.case),
            languages=self.case.description.languages,
            region=self.case.description.region,
            knows=self.case.fulltext.known,
        )

    @cached_property
    def _answering(self) -> Answering:
        languages = self.case.description.languages
        foreign = ForeignSearch(self.retriever, self.embedder.embed_queries, languages, built_in())
        model = self.chat_model

        def reword(question: str, history: Sequence[Turn], by_rule: Rewrite, stopped: Stopped | None) -> Rewrite:
            return by_rule if model is None else reworded(question, history, by_rule, model, languages, stopped)

        settings = self.settings.answering
        return Answering(self.case, self.retriever, self.engine, settings, foreign, built_in_tools(model), reword)

    def warm_up(self) -> None:
        """Load models and vectors now, so that the first question does not wait."""
        self.retriever.load()
        self.embedder.embed_queries(["warm up"])

    def refresh(self) -> None:
        """See what was taken in since the vectors were loaded."""
        self.retriever.load()

    def search(self, question: str, k: int, filters: Filters | None = None) -> SearchResult:
        """Find passages; the search stands in the custody log."""
        self.case.log("consultation", "searched", {"query": question, "k": k})
        return self.retriever.search(question, k, filters)

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        listeners: Listeners | None = None,
        standalone: str | None = None,
    ) -> Answer:
        """Answer a question, each sentence with a quote that code has found in the original.

        Args:
            question: as a person asks it.
            history: earlier turns, oldest first.
            filters: what the search is narrowed to.
            listeners: who watches while the answer is made.
            standalone: what to search for, where a person has worded the follow-up out; None rewrites it.
        """
        return self._answering.ask(question, history, filters, listeners, standalone)
