"""Lexical search: BM25 over passages by SQLite FTS5, with bounded work.

The terms are joined by OR. Function words are dropped. Each word is searched as it is and, so that inflected forms
are found in any language, by its beginning; each reading is dropped where it stands in so many passages that it costs
much and tells little. Codes such as `VKT-482-B` are searched as a phrase.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.retrieval.case_reader import FulltextReader
from assistant.retrieval.query import codes_of, content_words
from assistant.retrieval.vocabulary import Vocabulary
from casefile.fulltext import quoted


@dataclass(frozen=True, slots=True)
class LexicalLimits:
    """Bounds on the work of one query, and what counts as another form of a word.

    Attributes:
        terms: most words of a question that are searched, the rarest first.
        postings: most passages that all terms together may stand in, beyond which the most frequent are dropped.
        kept: rarest terms that are searched whatever they cost.
        ending: characters at a word's end that may differ.
        beginning: characters at a word's beginning that may not.
        context_weight: weight of a match in a passage's context, where one in its text counts 1.
    """

    terms: int = 64
    postings: int = 20_000
    kept: int = 2
    ending: int = 2
    beginning: int = 4
    context_weight: float = 1.0


def expression_of(question: str, vocabulary: Vocabulary, limits: LexicalLimits) -> str:
    """The FTS5 expression for a question: its codes, and its content words from the rarest on.

    A word that the snapshot of the vocabulary does not know may have come in since: it is searched, and costs little.
    """
    costs: dict[str, int] = {}
    for word in content_words(question):
        costs[quoted(word)] = vocabulary.frequency(word)
        beginning = word[: max(limits.beginning, len(word) - limits.ending)]
        if len(beginning) < len(word) and not any(character.isdigit() for character in word):
            costs[f"{quoted(beginning)}*"] = vocabulary.prefix_frequency(beginning)
    chosen: list[str] = []
    postings = 0
    for term in sorted(costs, key=costs.__getitem__)[: limits.terms]:
        postings += costs[term]
        if len(chosen) >= limits.kept and postings > limits.postings:
            break
        chosen.append(term)
    return " OR ".join([*(quoted(code) for code in codes_of(question)), *chosen])


class LexicalSearch:
    """BM25 over the passages and over the whole exhibits of one case."""

    def __init__(self, fulltext: FulltextReader, limits: LexicalLimits) -> None:
        self._fulltext = fulltext
        self._limits = limits

    def passages(
        self, question: str, vocabulary: Vocabulary, limit: int, exhibit_ids: Sequence[str] | None = None
    ) -> dict[int, float]:
        """The best passages by id with their BM25 scores, best first."""
        expression = expression_of(question, vocabulary, self._limits)
        if not expression:
            return {}
        hits = self._fulltext.passages(expression, limit, exhibit_ids, self._limits.context_weight)
        return {hit.passage_id: hit.score for hit in hits}

    def exhibits(self, question: str, vocabulary: Vocabulary, limit: int) -> dict[str, float]:
        """The best whole exhibits by id with their BM25 scores, best first."""
        expression = expression_of(question, vocabulary, self._limits)
        if not expression:
            return {}
        return {hit.exhibit_id: hit.score for hit in self._fulltext.exhibits(expression, limit)}
