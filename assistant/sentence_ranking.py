"""Ranking the sentences of the evidence by how well they answer, and measuring how sure one can be that one does.

A sentence's score is a weighted sum of a few features that hold for any case: cosine to the question (bare, and with
the passage's context in front), weighted overlap of content words, the passage's own standing, whether a value of the
asked-for type is there, names and identifiers of the question, and place and length. The weights were fitted on
development rows only (`eval.calibrate_refusal` prints them again). Everything is deterministic.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.lexicon import fold, language_of
from assistant.names import known_spellings, name_runs, spellings
from assistant.questions import QuestionAnalysis, content_terms
from assistant.records import RankedPassage
from assistant.values import Value, find_values

Split = Callable[[str], Sequence[tuple[int, int]]]
"""Gives the (start, end) of each sentence of a text, in order."""
Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Gives unit vectors [n, dimensions] of n texts."""

FEATURES = (
    "cosine", "cosine_in_context", "terms", "terms_in_context", "passage_cosine", "passage_standing",
    "expected_value", "names", "identifiers", "first", "brevity", "question_mark", "neighbours",
)  # fmt: skip
_STEM = 6
_MOST_EMBEDDED = 48
_CONTEXT_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence, or a whole row, of the evidence: `text == text_of_exhibit[start:end]`.

    `values` are those of a type that the question asks for and that it does not state itself, best type first;
    `features` belong to `FEATURES`, in order.
    """

    source: RankedPassage
    start: int
    end: int
    text: str
    row: bool
    values: tuple[Value, ...]
    names: tuple[tuple[int, int], ...]
    features: tuple[float, ...]
    score: float


@dataclass(frozen=True, slots=True)
class _Sentence:
    source: RankedPassage
    start: int
    text: str
    row: bool
    position: int
    stems: frozenset[str]


def rank_sentences(
    analysis: QuestionAnalysis,
    evidence: Sequence[RankedPassage],
    *,
    split: Split,
    embed: Embed | None,
    weights: Sequence[float],
) -> tuple[Candidate, ...]:
    """Return the sentences of the evidence, best first; equal ones keep the order of the evidence.

    Args:
        analysis: of the standalone question.
        evidence: passages found, best first.
        split: the sentence splitter.
        embed: unit vectors of texts; without it the cosine features are 0 and words decide.
        weights: one per feature.
    """
    sentences = _sentences(evidence, split)
    if not sentences:
        return ()
    importance = _importance(analysis, sentences)
    features = _features(analysis, sentences, importance, embed)
    scores = features @ np.asarray(weights, dtype=np.float64)
    order = sorted(range(len(sentences)), key=lambda i: (-round(float(scores[i]), 9), i))
    return tuple(_candidate(analysis, sentences[i], features[i], float(scores[i])) for i in order)


def stems(text: str) -> frozenset[str]:
    """Return the first six letters of each word: enough to bring `transferred` and `transfer` together."""
    return frozenset(term[:_STEM] for term in content_terms(text))


def _sentences(evidence: Sequence[RankedPassage], split: Split) -> list[_Sentence]:
    found: list[_Sentence] = []
    seen: set[tuple[str, str, int]] = set()
    for source in evidence:
        passage = source.passage
        row = passage.locator.kind == "cells"
        spans = [(0, len(passage.text))] if row else split(passage.text)
        for position, (start, end) in enumerate(spans):
            text = passage.text[start:end]
            lead = 0 if row else len(text) - len(text.lstrip())
            text = text if row else text.strip()
            place = (passage.exhibit_id, passage.text_sha256, passage.locator.start + start + lead)
            if any(c.isalnum() for c in text) and place not in seen:
                seen.add(place)
                found.append(_Sentence(source, place[2], text, row, position, stems(text)))
    return found


def _importance(analysis: QuestionAnalysis, sentences: Sequence[_Sentence]) -> dict[str, float]:
    """Weigh the question's stems by rarity in the evidence (inverse document frequency over sentences)."""
    wanted = {term[:_STEM] for term in analysis.terms}
    counts = Counter(stem for sentence in sentences for stem in sentence.stems & wanted)
    total = len(sentences)
    return {stem: math.log(1 + (total + 1) / (counts[stem] + 0.5)) for stem in sorted(wanted)}


def coverage(importance: dict[str, float], found: frozenset[str]) -> float:
    """Return the weighted share (0 to 1) of the question's stems that are found; 0 when it has none."""
    total = sum(importance.values())
    return sum(weight for stem, weight in importance.items() if stem in found) / total if total else 0.0


def _features(
    analysis: QuestionAnalysis, sentences: Sequence[_Sentence], importance: dict[str, float], embed: Embed | None
) -> NDArray[np.float64]:
    own = np.array([coverage(importance, sentence.stems) for sentence in sentences])
    around = np.array(
        [coverage(importance, sentence.stems | stems(sentence.source.passage.context)) for sentence in sentences]
    )
    standing = np.array([1.0 / (1.0 + math.log2(max(1, sentence.source.rank))) for sentence in sentences])
    bare, titled = _cosines(analysis, sentences, own + 0.5 * standing, embed)
    similarity = np.array([sentence.source.similarity or 0.0 for sentence in sentences])
    asked = {fold(value.raw) for value in (*analysis.presupposed, *analysis.identifiers)}
    rows = []
    for index, sentence in enumerate(sentences):
        beside = [
            own[other]
            for other in (index - 1, index + 1)
            if 0 <= other < len(sentences) and sentences[other].source is sentence.source
        ]
        rows.append(
            (
                bare[index],
                titled[index],
                own[index],
                around[index],
                similarity[index],
                standing[index],
                float(has_expected(analysis, sentence.text)),
                _share_of_names(analysis, sentence),
                _share(asked, fold(sentence.text)),
                float(sentence.position == 0),
                min(1.0, len(sentence.text) / 200.0),
                float(sentence.text.endswith("?")),
                max(beside, default=0.0),
            )
        )
    return np.array(rows, dtype=np.float64)


def _cosines(
    analysis: QuestionAnalysis, sentences: Sequence[_Sentence], promise: NDArray[np.float64], embed: Embed | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cosines of the most promising sentences, bare and in context; the others get the lowest found."""
    bare, titled = np.zeros(len(sentences)), np.zeros(len(sentences))
    if embed is None:
        return bare, titled
    chosen = sorted(range(len(sentences)), key=lambda i: (-round(float(promise[i]), 9), i))[:_MOST_EMBEDDED]
    texts = [sentences[i].text for i in chosen]
    with_context = [in_context(sentences[i].source, sentences[i].text) for i in chosen]
    vectors = embed([analysis.question, *texts, *with_context]).astype(np.float64)
    similarities = vectors[1:] @ vectors[0]
    first, second = similarities[: len(chosen)], similarities[len(chosen) :]
    bare[:], titled[:] = first.min(), second.min()
    bare[chosen], titled[chosen] = first, second
    return bare, titled


def in_context(source: RankedPassage, text: str) -> str:
    """Return what is embedded for a sentence in its passage: the passage's context, or the exhibit's name, in front."""
    context = " ".join(source.passage.context.split())[:_CONTEXT_CHARACTERS]
    return f"{context}: {text}" if context else text


def has_expected(analysis: QuestionAnalysis, text: str) -> bool:
    """Whether a value (or name) of an expected type is there that the question does not state itself."""
    if "name" in analysis.expects:
        return bool(new_names(analysis, text))
    return bool(expected_values(analysis, text))


def expected_values(analysis: QuestionAnalysis, text: str) -> tuple[Value, ...]:
    """Return the values of the first expected type that is there at all, without those the question states."""
    stated = {fold(value.raw) for value in (*analysis.presupposed, *analysis.identifiers)}
    values = [v for v in find_values(text, language_of(text, (analysis.language,))) if fold(v.raw) not in stated]
    for kind in analysis.expects:
        fitting = tuple(v for v in values if v.kind == kind and (kind != "number" or _number_fits(analysis, v)))
        if fitting:
            return fitting
    return ()


def _number_fits(analysis: QuestionAnalysis, value: Value) -> bool:
    """A year for when; digits where an amount or a telephone number would do: `two` of `half past two` is neither."""
    if analysis.kind == "when":
        return _year(value)
    return analysis.kind == "how_many" or any(character.isdigit() for character in value.raw)


def _year(value: Value) -> bool:
    return value.raw.isdecimal() and len(value.raw) == 4 and 1000 <= int(value.raw) <= 2100


def new_names(analysis: QuestionAnalysis, text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans of the names of a text that share no word with the question, and are no values."""
    known = known_spellings(analysis.question)
    language = language_of(text, (analysis.language,))
    values = [(value.start, value.end) for value in find_values(text, language)]
    return tuple(
        (start, end)
        for start, end in name_runs(text, language)
        if not any(first < end and start < last for first, last in values)
        and not any(spellings(word) & known for word in content_terms(text[start:end]))
    )


def _share_of_names(analysis: QuestionAnalysis, sentence: _Sentence) -> float:
    wanted = {term[:_STEM] for name in analysis.names for term in content_terms(name)}
    return len(wanted & sentence.stems) / len(wanted) if wanted else 0.0


def _share(wanted: set[str], text: str) -> float:
    return sum(value in text for value in wanted) / len(wanted) if wanted else 0.0


def _candidate(
    analysis: QuestionAnalysis, sentence: _Sentence, features: NDArray[np.float64], score: float
) -> Candidate:
    return Candidate(
        source=sentence.source,
        start=sentence.start,
        end=sentence.start + len(sentence.text),
        text=sentence.text,
        row=sentence.row,
        values=expected_values(analysis, sentence.text),
        names=new_names(analysis, sentence.text) if "name" in analysis.expects else (),
        features=tuple(float(value) for value in features),
        score=score,
    )
