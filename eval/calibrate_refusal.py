"""Fits the built-in engine's numbers on dev rows: `python -m eval.calibrate_refusal --data DIR`.

Reads clapnq, mtrag, XQuAD and the clauses of some contracts (dev rows only, pooled passages or one given contract, the
real search), prints what users get as shipped, what fitting reaches in five-fold cross-validation by document, and the
fitted `AnswerModel` in the form in which it stands in `assistant.engines.answer_model`. Sentence weights: conditional
logit over the sentences of a question. Confidence: logistic regression.
Nothing is written but the cases and the features in `--scratch`, which a second run reuses.
"""

import argparse
import hashlib
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.asked_thing import AskedThing, asked_thing
from assistant.conversation import rewrite
from assistant.engines.answer_model import BUILT_IN, CONFIDENCE_FEATURES, AnswerModel, confidence_features
from assistant.engines.extractive import ExtractiveEngine
from assistant.engines.quote_choice import Stretch, choose
from assistant.questions import QuestionAnalysis, analyse
from assistant.records import EngineRequest, Outcome, ProposedClaim, Turn
from assistant.retrieval.filters import Filters
from assistant.retrieval.retriever import Retriever
from assistant.sentence_ranking import FEATURES, Candidate, rank_sentences
from casefile.case import Case
from eval.corpus_case import CorpusDocument
from eval.records import Document, Sample, TextCorpus
from eval.suites.contracts_clauses import clause_batches
from eval.tune_retrieval import RememberingEmbedder, corpus, interval
from eval.tuning_sets import is_dev, passage_documents
from ingest.embedding.loading import load_embedder
from ingest.sentences import sentences

Array = NDArray[np.float64]
PASSAGES = 24
QUOTES, CHARACTERS = 3, 600
FOLDS = 5
FALSE_REFUSALS = 0.10
_CONTRACTS = 40
_ONE_EXHIBIT = ("clauses", "clauses, other words")
_WHOLE_CASE = ("clapnq", "mtrag")
_FEATURES_USED: dict[tuple[str, ...], tuple[int, ...]] = {
    _WHOLE_CASE: (0, 1, 2, 3, 5),
    _ONE_EXHIBIT: tuple(range(len(CONFIDENCE_FEATURES))),
}
"""Of `CONFIDENCE_FEATURES`, those that help there in cross-validation (docs/quality.md); the others weigh 0."""
_XQUAD_QUESTIONS = 150


@dataclass(frozen=True, slots=True)
class Row:
    """A dev question over a pool; `gold` holds (document, exact sentence or answer), empty when unanswerable.

    `background`: earlier questions of the conversation; `within`: the exhibit that the question is asked of; `answer`:
    what a quote should hold, empty where that is not scored.
    """

    pool: str
    question: str
    cluster: str
    answerable: bool
    gold: tuple[tuple[str, str], ...]
    background: tuple[str, ...] = ()
    within: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Shipped:
    """What a user gets: whether it is answered, how sure, and whether the quotes hold the row's `answer`."""

    answered: bool
    confidence: float
    holds_answer: bool


@dataclass(slots=True)
class Ranked:
    """A row with its sentences in the evidence's order, which of them hold gold, and what the engine makes of it."""

    row: Row
    analysis: QuestionAnalysis
    candidates: list[Candidate]
    features: Array
    gold: NDArray[np.bool_]
    signs: AskedThing
    shipped: Shipped


def rows_of(data: Path) -> Iterator[Row]:
    """All dev rows; underspecified and partly answerable conversations are left out."""
    for row in _lines(data / "clapnq" / "clapnq_dev.jsonl"):
        if is_dev(row["id"]) and bool(row["gold_sentences"]) == row["answerable"]:
            answers = [row["gold_sentences"], *(other["gold_sentences"] for other in row["other_answers"])]
            gold = {(row["passage"], sentence) for answer in answers for sentence in answer}
            yield Row("clapnq", row["question"], row["id"], row["answerable"], tuple(sorted(gold)))
    for row in _lines(data / "mtrag" / "mtrag_un.jsonl"):
        if is_dev(row["id"]) and row["label"] in {"answerable", "unanswerable"}:
            question, background = _standalone([turn["text"] for turn in row["turns"]])
            gold = {(context["text"], "") for context in row["contexts"]}
            known = row["label"] == "answerable"
            yield Row("mtrag", question, row["conversation_id"], known, tuple(sorted(gold)), background)
    texts = {p["paragraph_id"]: p["text"] for p in _lines(data / "xquad" / "en.paragraphs.jsonl")}
    asked = [row for row in _lines(data / "xquad" / "en.questions.jsonl") if is_dev(row["paragraph_id"])]
    asked.sort(key=lambda row: hashlib.sha256(row["question"].encode()).digest())
    for row in asked[:_XQUAD_QUESTIONS]:
        text = texts[row["paragraph_id"]]
        holding = [(text, text[start:end]) for start, end in sentences(text) if start <= row["start"] < end]
        yield Row(
            "xquad-en", row["question"], row["paragraph_id"], answerable=True, gold=tuple(holding), answer=row["answer"]
        )
    for pool, samples in zip(_ONE_EXHIBIT, clause_questions(data), strict=True):
        for sample in samples:
            yield Row(pool, sample.question, sample.cluster, bool(sample.answerable), (), within=sample.within[0])


def sampled_contracts(data: Path) -> list[CorpusDocument]:
    """Some dev contracts, drawn by their names."""
    folder = data / "contracts" / "txt"
    names = sorted((path.name for path in folder.iterdir() if is_dev(path.name)), key=_drawn)[:_CONTRACTS]
    return [CorpusDocument(name, (folder / name).read_bytes().decode("utf-8")) for name in names]


def _drawn(name: str) -> str:
    return hashlib.sha256(f"sample {name}".encode()).hexdigest()


def clause_questions(data: Path) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """Questions about clauses of these contracts, in the words of the data and in others: see the suite."""
    documents = tuple(Document(document.key, document.text) for document in sampled_contracts(data))
    folder = data / "contracts"
    asks = {row["category"]: row["ask"] for row in _lines(folder / "spans.jsonl")}
    asked, others = clause_batches(folder, TextCorpus("clauses", documents), asks, "dev", 0)
    return asked.samples, others.samples


def _lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _standalone(texts: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    history = [Turn(question, question, answer) for question, answer in zip(texts[:-1:2], texts[1:-1:2], strict=False)]
    rewritten = rewrite(texts[-1], tuple(history), ("en",))
    return rewritten.question, tuple(rewritten.background)


def rank(row: Row, case: Case, keys: dict[str, str], retriever: Retriever, embed: RememberingEmbedder) -> Ranked:
    """Search as the assistant does, compute the features of every sentence, and let the engine answer."""
    within = (keys[row.within],) if row.within else None
    scope = Filters(exhibit_ids=within) if within else None
    evidence = retriever.search(row.question, PASSAGES, scope, background=row.background).passages
    engine = ExtractiveEngine(embed.embed_queries, languages=("en",), region="DE", knows=case.fulltext.known)
    events = list(engine.answer(EngineRequest(row.question, evidence, QUOTES, CHARACTERS, within)))
    outcome = next(event for event in events if isinstance(event, Outcome))
    quotes = [quote.quote for event in events if isinstance(event, ProposedClaim) for quote in event.quotes]
    shipped = Shipped(
        outcome.status == "answered", outcome.confidence or 0.0, any(row.answer in quote for quote in quotes)
    )
    analysis = analyse(row.question, ("en",))
    model = BUILT_IN
    found = list(rank_sentences(analysis, evidence, split=sentences, embed=embed.embed_queries, weights=model.weights))
    features = np.array([candidate.features for candidate in found]).reshape(len(found), len(FEATURES))
    gold = np.array([_is_gold(row, candidate) for candidate in found], dtype=bool)
    signs = asked_thing(analysis, found, embed.embed_queries, case.fulltext.known)
    return Ranked(row, analysis, found, features, gold, signs, shipped)


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


def fit_confidence(ranked: Sequence[Ranked], pools: tuple[str, ...], weights: Array, ridge: float = 10.0) -> Array:
    """Logistic regression by Newton's method on standardised features; weights in raw units, intercept last.

    Each pool counts like `_POOL_SIZE` rows. Features that are not used there get the weight 0.
    """
    rows = [r for r in ranked if r.row.pool in pools and r.candidates]
    used = list(_FEATURES_USED[pools])
    features, answerable = _confidence_rows(rows, weights)[:, used], _answerable(rows)
    sizes = Counter(r.row.pool for r in rows)
    counts = np.array([_POOL_SIZE / sizes[r.row.pool] for r in rows])
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    x = np.hstack([(features - mean) / spread, np.ones((len(features), 1))])
    penalty = np.diag([ridge] * features.shape[1] + [0.0])
    fitted = np.zeros(x.shape[1])
    for _ in range(50):
        likely = 1 / (1 + np.exp(-x @ fitted))
        hessian = (x * (counts * likely * (1 - likely))[:, None]).T @ x + penalty
        fitted = fitted - np.linalg.solve(hessian, x.T @ (counts * (likely - answerable)) + penalty @ fitted)
    raw = np.zeros(len(CONFIDENCE_FEATURES) + 1)
    raw[used] = fitted[:-1] / spread
    raw[-1] = fitted[-1] - raw[used] @ mean
    return raw


_POOL_SIZE = 300.0


def _answerable(rows: Sequence[Ranked]) -> Array:
    return np.array([float(r.row.answerable) for r in rows])


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
    rows = [confidence_features(r.analysis, [c for c, _ in reranked(r, weights)], r.signs) for r in ranked]
    return np.array(rows)


def report(ranked: Sequence[Ranked], say: Callable[[str], None]) -> None:
    """What is shipped; then cross-validate; then fit on everything and print the model."""
    _say_shipped(ranked, say)
    out = {id(r): np.zeros(0) for r in ranked}
    scores: dict[int, float] = {}
    for fold in range(FOLDS):
        kept = [r for r in ranked if _fold(r.row) != fold and r.candidates]
        weights = fit_weights(kept)
        for pools in (_WHOLE_CASE, _ONE_EXHIBIT):
            fitted = fit_confidence(kept, pools, weights)
            held = [r for r in ranked if _fold(r.row) == fold and r.candidates and r.row.pool in pools]
            for r, features in zip(held, _confidence_rows(held, weights), strict=True):
                scores[id(r)] = float(features @ fitted[:-1] + fitted[-1])
        out.update({id(r): weights for r in ranked if _fold(r.row) == fold})
    for pool in ("clapnq", "xquad-en"):
        for name, choice in (("built in", lambda _: np.asarray(BUILT_IN.weights)), ("held out", lambda r: out[id(r)])):
            rows = [r for r in ranked if r.row.pool == pool and r.row.gold and r.candidates]
            found = np.array([gold_found(reranked(r, choice(r)), BUILT_IN) for r in rows], dtype=float)
            cells = _with_intervals(found, rows)
            say(f"{pool:9} {name}: gold sentence first {cells[0]}, among the quotes {cells[1]} (n={len(rows)})")
    for pool in (*_WHOLE_CASE, *_ONE_EXHIBIT):
        rows = [r for r in ranked if r.row.pool == pool and r.candidates]
        answerable = _answerable(rows)
        held_out = np.array([scores[id(r)] for r in rows])
        passage = np.array([r.features[:, FEATURES.index("passage_cosine")].max() for r in rows])
        shipped = np.array([r.shipped.confidence for r in rows])
        for name, values in (("best passage", passage), ("held out", held_out), ("as shipped", shipped)):
            refused, _ = right_refusals(values, answerable)
            low, high = refusal_interval(values, answerable, [r.row.cluster for r in rows])
            say(
                f"{pool:9} {name}: right refusals at 10 % false {refused:.3f} [{low:.3f}, {high:.3f}], "
                f"AUROC {auroc(values, answerable):.3f} "
                f"({int(answerable.sum())} answerable, {int((1 - answerable).sum())} not)"
            )
    _say_model(ranked, say)


def _say_shipped(ranked: Sequence[Ranked], say: Callable[[str], None]) -> None:
    for pool in dict.fromkeys(r.row.pool for r in ranked):
        rows = [r for r in ranked if r.row.pool == pool]
        for known, name in ((True, "refused falsely"), (False, "refused rightly")):
            refused = [r for r in rows if r.row.answerable == known]
            if refused:
                share = _with_intervals(np.array([[float(not r.shipped.answered)] for r in refused]), refused)
                say(f"{pool:9} as shipped: {name} {share[0]} (n={len(refused)})")
        asked = [r for r in rows if r.row.answer]
        if asked:
            share = _with_intervals(np.array([[float(r.shipped.holds_answer)] for r in asked]), asked)
            say(f"{pool:9} as shipped: the quotes hold the answer {share[0]} (n={len(asked)})")


def _with_intervals(values: Array, rows: Sequence[Ranked]) -> list[str]:
    low, high = interval(values, [r.row.cluster for r in rows])
    return [f"{m:.3f} [{a:.3f}, {b:.3f}]" for m, a, b in zip(values.mean(axis=0), low, high, strict=True)]


def refusal_interval(scores: Array, answerable: Array, clusters: Sequence[str]) -> tuple[float, float]:
    """95 % bootstrap interval of the right refusals at 10 % false ones, whole clusters drawn (percentile method)."""
    names = sorted(set(clusters))
    members = {name: np.array([n for n, cluster in enumerate(clusters) if cluster == name]) for name in names}
    chance = np.random.default_rng(0)
    found = []
    for _ in range(_RESAMPLES):
        drawn = np.concatenate([members[names[n]] for n in chance.integers(0, len(names), len(names))])
        if 0 < answerable[drawn].sum() < len(drawn):
            found.append(right_refusals(scores[drawn], answerable[drawn])[0])
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


_RESAMPLES = 500


def _say_model(ranked: Sequence[Ranked], say: Callable[[str], None]) -> None:
    weights = fit_weights(ranked)
    say("weights=(" + ", ".join(f"{w:.3f}" for w in weights) + "),")
    for name, pools in (("whole_case", _WHOLE_CASE), ("one_exhibit", _ONE_EXHIBIT)):
        fitted = fit_confidence(ranked, pools, np.asarray(BUILT_IN.weights))
        say(f"{name}=ConfidenceModel((" + ", ".join(f"{w:.3f}" for w in fitted[:-1]) + f"), {fitted[-1]:.3f}, ...),")
    say("# " + ", ".join(f"{name} {w:.2f}" for name, w in zip(FEATURES, weights, strict=True)))
    say("# confidence: " + ", ".join(CONFIDENCE_FEATURES))


def ranked_rows(data: Path, scratch: Path, say: Callable[[str], None]) -> list[Ranked]:
    """Rank the sentences of every dev row with the real search over each pool, or in the given contract."""
    embedder = load_embedder(scratch / "models")
    remembering = RememberingEmbedder(embedder)
    rows = list(rows_of(data))
    ranked: list[Ranked] = []
    for pool in (*_WHOLE_CASE, "xquad-en", *_ONE_EXHIBIT):
        documents = sampled_contracts(data) if pool in _ONE_EXHIBIT else passage_documents(data, pool)
        case = corpus(scratch, pool.partition(",")[0], lambda documents=documents: documents, embedder)  # type: ignore[misc]
        keys = {
            d.key: "sha256:" + hashlib.sha256(d.text.encode("utf-8", "surrogatepass")).hexdigest() for d in documents
        }
        retriever = Retriever(case, remembering)
        ranked += [rank(row, case, keys, retriever, remembering) for row in rows if row.pool == pool]
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
