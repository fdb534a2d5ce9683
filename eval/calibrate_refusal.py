"""Fits the built-in engine's numbers on dev rows: `python -m eval.calibrate_refusal --data DIR`.

Reads clapnq, mtrag and XQuAD (dev rows only, pooled passages, the real search), prints the fitted `AnswerModel` in the
form in which it stands in `assistant.engines.answer_model`, and what it reaches in five-fold cross-validation by
document. Sentence weights: conditional logit over the sentences of a question. Confidence: logistic regression.
Nothing is written but the cases and the features in `--scratch`, which a second run reuses.
"""

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.conversation import rewrite
from assistant.engines.answer_model import BUILT_IN, CONFIDENCE_FEATURES, AnswerModel, confidence_features
from assistant.engines.quote_choice import Stretch, choose
from assistant.questions import QuestionAnalysis, analyse
from assistant.records import Turn
from assistant.retrieval.retriever import Retriever
from assistant.sentence_ranking import FEATURES, Candidate, rank_sentences
from eval.tune_retrieval import RememberingEmbedder, corpus
from eval.tuning_sets import is_dev, passage_documents
from ingest.embedding.loading import load_embedder
from ingest.sentences import sentences

Array = NDArray[np.float64]
PASSAGES = 24
QUOTES, CHARACTERS = 3, 600
FOLDS = 5
FALSE_REFUSALS = 0.10
_XQUAD_QUESTIONS = 150


@dataclass(frozen=True, slots=True)
class Row:
    """A dev question over a pool; `gold` holds (document, exact sentence or answer), empty when unanswerable."""

    pool: str
    question: str
    cluster: str
    answerable: bool
    gold: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Ranked:
    """A row with its sentences in the evidence's order, and which of them hold gold."""

    row: Row
    analysis: QuestionAnalysis
    candidates: list[Candidate]
    features: Array
    gold: NDArray[np.bool_]


def rows_of(data: Path) -> Iterator[Row]:
    """All dev rows; underspecified and partly answerable conversations are left out."""
    for row in _lines(data / "clapnq" / "clapnq_dev.jsonl"):
        if is_dev(row["id"]) and bool(row["gold_sentences"]) == row["answerable"]:
            answers = [row["gold_sentences"], *(other["gold_sentences"] for other in row["other_answers"])]
            gold = {(row["passage"], sentence) for answer in answers for sentence in answer}
            yield Row("clapnq", row["question"], row["id"], row["answerable"], tuple(sorted(gold)))
    for row in _lines(data / "mtrag" / "mtrag_un.jsonl"):
        if is_dev(row["id"]) and row["label"] in {"answerable", "unanswerable"}:
            question = _standalone([turn["text"] for turn in row["turns"]])
            gold = {(context["text"], "") for context in row["contexts"]}
            yield Row("mtrag", question, row["conversation_id"], row["label"] == "answerable", tuple(sorted(gold)))
    texts = {p["paragraph_id"]: p["text"] for p in _lines(data / "xquad" / "en.paragraphs.jsonl")}
    asked = [row for row in _lines(data / "xquad" / "en.questions.jsonl") if is_dev(row["paragraph_id"])]
    asked.sort(key=lambda row: hashlib.sha256(row["question"].encode()).digest())
    for row in asked[:_XQUAD_QUESTIONS]:
        text = texts[row["paragraph_id"]]
        holding = [(text, text[start:end]) for start, end in sentences(text) if start <= row["start"] < end]
        yield Row("xquad-en", row["question"], row["paragraph_id"], answerable=True, gold=tuple(holding))


def _lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _standalone(texts: Sequence[str]) -> str:
    history = [Turn(question, question, answer) for question, answer in zip(texts[:-1:2], texts[1:-1:2], strict=False)]
    return rewrite(texts[-1], tuple(history), ("en",)).question


def rank(row: Row, retriever: Retriever, embed: RememberingEmbedder) -> Ranked:
    """Search as the assistant does and compute the features of every sentence."""
    evidence = retriever.search(row.question, PASSAGES).passages
    analysis = analyse(row.question, ("en",))
    model = BUILT_IN
    found = list(rank_sentences(analysis, evidence, split=sentences, embed=embed.embed_queries, weights=model.weights))
    features = np.array([candidate.features for candidate in found]).reshape(len(found), len(FEATURES))
    return Ranked(
        row, analysis, found, features, np.array([_is_gold(row, candidate) for candidate in found], dtype=bool)
    )


def _is_gold(row: Row, candidate: Candidate) -> bool:
    digest = candidate.source.passage.exhibit_id
    for text, sentence in row.gold:
        if digest != "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest():
            continue
        at = text.find(sentence)
        while at >= 0:
            if candidate.start < at + max(1, len(sentence)) and at < candidate.end:
                return True
            at = text.find(sentence, at + 1) if sentence else -1
        if not sentence:
            return True
    return False


def fit_weights(ranked: Sequence[Ranked], ridge: float = 0.02, steps: int = 600) -> Array:
    """Conditional logit: raise the share of probability that falls on gold sentences (Adam, full batches)."""
    usable = [r for r in ranked if r.row.pool != "mtrag" and r.gold.any() and not r.gold.all()]
    weights = np.asarray(BUILT_IN.weights)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, steps + 1):
        slope = ridge * weights
        for r in usable:
            likely = _softmax(r.features @ weights)
            on_gold = np.where(r.gold, likely, 0)
            slope += (likely - on_gold / on_gold.sum()) @ r.features / len(usable)
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        weights = weights - 0.05 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return weights


def _softmax(scores: Array) -> Array:
    likely: Array = np.exp(scores - scores.max())
    return np.asarray(likely / likely.sum())


def reranked(r: Ranked, weights: Array) -> list[tuple[Candidate, bool]]:
    """The row's sentences in the order that the weights give, with whether each is gold."""
    scores = r.features @ weights
    order = sorted(range(len(scores)), key=lambda i: (-round(float(scores[i]), 9), i))
    return [(replace(r.candidates[i], score=float(scores[i])), bool(r.gold[i])) for i in order]


def gold_found(ordered: Sequence[tuple[Candidate, bool]], model: AnswerModel) -> tuple[bool, bool]:
    """Whether a gold sentence comes first, and whether one is among what would be quoted."""
    floor = ordered[0][0].score - model.margin
    chosen = choose([c for c, _ in ordered if c.score >= floor], QUOTES, CHARACTERS, model.sameness)
    gold = [c for c, is_gold in ordered if is_gold]
    return ordered[0][1], any(_holds(stretch, sentence) for stretch in chosen for sentence in gold)


def _holds(stretch: Stretch, sentence: Candidate) -> bool:
    same = stretch.best.source.passage.exhibit_id == sentence.source.passage.exhibit_id
    return same and stretch.start < sentence.end and sentence.start < min(stretch.end, stretch.start + CHARACTERS)


def fit_confidence(features: Array, answerable: Array, ridge: float = 30.0) -> Array:
    """Logistic regression by Newton's method on standardised features; weights in raw units, intercept last."""
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    x = np.hstack([(features - mean) / spread, np.ones((len(features), 1))])
    penalty = np.diag([ridge] * features.shape[1] + [0.0])
    weights = np.zeros(x.shape[1])
    for _ in range(50):
        likely = 1 / (1 + np.exp(-x @ weights))
        hessian = (x * (likely * (1 - likely))[:, None]).T @ x + penalty
        weights = weights - np.linalg.solve(hessian, x.T @ (likely - answerable) + penalty @ weights)
    raw = weights[:-1] / spread
    return np.append(raw, weights[-1] - raw @ mean)


def right_refusals(scores: Array, answerable: Array, at: float = FALSE_REFUSALS) -> tuple[float, float]:
    """Share of the unanswerable refused when a share `at` of the answerable is, and the threshold for that."""
    threshold = float(np.quantile(scores[answerable > 0], at))
    return float((scores[answerable == 0] < threshold).mean()), threshold


def auroc(scores: Array, answerable: Array) -> float:
    """Probability that an answerable row scores above an unanswerable one; ties count half."""
    yes, no = scores[answerable > 0], scores[answerable == 0]
    return float(((yes[:, None] > no).mean() + (yes[:, None] >= no).mean()) / 2)


def _fold(row: Row) -> int:
    return hashlib.sha256(f"fold {row.cluster}".encode()).digest()[0] % FOLDS


def _confidence_rows(ranked: Sequence[Ranked], weights: Array) -> Array:
    rows = [confidence_features(r.analysis, [c for c, _ in reranked(r, weights)]) for r in ranked]
    return np.array(rows)


def report(ranked: Sequence[Ranked], say: Callable[[str], None]) -> None:
    """Cross-validate, then fit on everything and print the model."""
    out = {id(r): np.zeros(0) for r in ranked}
    scores: dict[int, float] = {}
    for fold in range(FOLDS):
        held = [r for r in ranked if _fold(r.row) == fold and r.candidates]
        kept = [r for r in ranked if _fold(r.row) != fold and r.candidates]
        weights = fit_weights(kept)
        asked = [r for r in kept if r.row.pool != "xquad-en"]
        fitted = fit_confidence(_confidence_rows(asked, weights), np.array([float(r.row.answerable) for r in asked]))
        for r, features in zip(held, _confidence_rows(held, weights), strict=True):
            out[id(r)] = weights
            scores[id(r)] = float(features @ fitted[:-1] + fitted[-1])
    for pool in ("clapnq", "xquad-en"):
        for name, choice in (("built in", lambda _: np.asarray(BUILT_IN.weights)), ("held out", lambda r: out[id(r)])):
            found = [gold_found(reranked(r, choice(r)), BUILT_IN) for r in ranked if r.row.pool == pool and r.row.gold]
            share = np.array(found, dtype=float).mean(axis=0)
            say(
                f"{pool:9} {name}: gold sentence first {share[0]:.3f}, among the quotes {share[1]:.3f} (n={len(found)})"
            )
    for pool in ("clapnq", "mtrag"):
        rows = [r for r in ranked if r.row.pool == pool and r.candidates]
        answerable = np.array([float(r.row.answerable) for r in rows])
        held_out = np.array([scores[id(r)] for r in rows])
        cosine = np.array([max(r.features[:, 0] + r.features[:, 1]) / 2 for r in rows])
        for name, values in (("best cosine", cosine), ("held out", held_out)):
            refused, _ = right_refusals(values, answerable)
            say(
                f"{pool:9} {name}: right refusals at 10 % false {refused:.3f}, AUROC {auroc(values, answerable):.3f} "
                f"({int(answerable.sum())} answerable, {int((1 - answerable).sum())} not)"
            )
    _say_model(ranked, say)


def _say_model(ranked: Sequence[Ranked], say: Callable[[str], None]) -> None:
    weights = fit_weights(ranked)
    asked = [r for r in ranked if r.row.pool != "xquad-en" and r.candidates]
    answerable = np.array([float(r.row.answerable) for r in asked])
    features = _confidence_rows(asked, weights)
    fitted = fit_confidence(features, answerable)
    likely = 1 / (1 + np.exp(-(features @ fitted[:-1] + fitted[-1])))
    _, threshold = right_refusals(likely, answerable)
    say("weights=(" + ", ".join(f"{w:.3f}" for w in weights) + "),")
    say("confidence_weights=(" + ", ".join(f"{w:.3f}" for w in fitted[:-1]) + "),")
    say(f"intercept={fitted[-1]:.3f},\nthreshold={threshold:.3f},")
    say("# " + ", ".join(f"{name} {w:.2f}" for name, w in zip(FEATURES, weights, strict=True)))
    say("# " + ", ".join(f"{name} {w:.2f}" for name, w in zip(CONFIDENCE_FEATURES, fitted[:-1], strict=True)))


def ranked_rows(data: Path, scratch: Path, say: Callable[[str], None]) -> list[Ranked]:
    """Rank the sentences of every dev row with the real search over each pool."""
    embedder = load_embedder(scratch / "models")
    remembering = RememberingEmbedder(embedder)
    rows = list(rows_of(data))
    ranked: list[Ranked] = []
    for pool in ("clapnq", "mtrag", "xquad-en"):
        case = corpus(scratch, pool, lambda pool=pool: passage_documents(data, pool), embedder)  # type: ignore[misc]
        retriever = Retriever(case, remembering)
        ranked += [rank(row, retriever, remembering) for row in rows if row.pool == pool]
        say(f"{pool}: {sum(row.pool == pool for row in rows)} questions ranked")
        case.close()
    return ranked


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m eval.calibrate_refusal", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public evaluation sets")
    parser.add_argument("--scratch", type=Path, help="folder for the cases; kept when given")
    options = parser.parse_args(arguments)

    def say(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    with tempfile.TemporaryDirectory() as folder:
        report(ranked_rows(options.data, options.scratch or Path(folder), say), say)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
