"""The demo case that ships with its truth: 80 questions a seed, over mixed files that are taken in for real."""

import json
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from eval.records import Batch, Exchange, FileCorpus, Gold, Sample, SuiteOptions

METRICS = (
    "expected_document_cited",
    "all_documents_cited",
    "values_shown",
    "fact_recall",
    "wrong_refusals",
    "right_refusals",
    "right_refusals_at_10_percent_false",
    "area_under_risk_coverage",
    "net_score",
    "recall_at_5",
    "quote_fidelity",
    "citation_validity",
    "isolation",
    "claims_supported",
    "claim_coverage",
    "evidence_ms_p50",
    "evidence_ms_p95",
    "answer_ms_p50",
    "answer_ms_p95",
)
HELD_OUT_SEEDS = (20260101, 31, 47)
"""Cases of the same scenario that nothing is tuned on: they are this suite's test rows."""
_FOLDER = "files/"


class DemoSuite:
    """Questions of an invented case; its other seeds change names, numbers, dates and wording of facts."""

    name = "demo"
    summary = "80 questions about an invented case of about 70 mixed files, four languages; ships with Caseclerk"

    def unavailable(self, options: SuiteOptions) -> str:
        """Empty unless the demo case was left out of the installation."""
        del options
        return "" if find_spec("data.demo_case") else "The demo case is not part of this installation."

    def batches(self, options: SuiteOptions) -> Sequence[Batch]:
        """One case a seed, all under one name; `--seed` chooses a single one."""
        return [self._case(seed, options) for seed in _seeds(options)]

    def _case(self, seed: int, options: SuiteOptions) -> Batch:
        from data.demo_case.build import build

        root = options.scratch / f"demo-{seed}"
        build(root, seed)
        truth: Mapping[str, Any] = json.loads((root / "truth.json").read_text(encoding="utf-8"))
        corpus = FileCorpus(
            f"demo {seed}", root / _FOLDER, tuple(truth["languages"]), truth["region"], truth["time_zone"]
        )
        samples = tuple(_sample(question, seed, options) for question in truth["questions"])
        return Batch("demo", "ask", samples, METRICS, corpus)


def _seeds(options: SuiteOptions) -> tuple[int, ...]:
    from data.demo_case import DEFAULT_SEED

    if options.seed:
        return (options.seed,)
    return HELD_OUT_SEEDS if options.split == "test" else (DEFAULT_SEED, 7, 11, 12)


def _sample(question: Mapping[str, Any], seed: int, options: SuiteOptions) -> Sample:
    alternatives: Mapping[str, Sequence[str]] = question["alternatives"]
    documents = tuple(
        tuple(_key(path) for path in (needed, *alternatives.get(needed, ()))) for needed in question["exhibits"]
    )
    return Sample(
        id=f"{seed}/{question['id']}",
        question=question["question"],
        gold=Gold(
            documents=documents if question["answerable"] else (),
            values=tuple(tuple(forms) for forms in question["accepted"]) if question["answerable"] else (),
        ),
        cluster=f"{seed}/{question['exhibits'][0] if question['exhibits'] else question['id']}",
        split=options.split,
        answerable=question["answerable"],
        history=tuple(Exchange(turn["question"], turn["answer"]) for turn in question["history"]),
        tags={
            "language": question["language"],
            "question_type": question["kind"],
            "documents": _documents(len(documents)),
            "format": _format(question["exhibits"]),
            "seed": str(seed),
        },
    )


def _key(path: str) -> str:
    return path.removeprefix(_FOLDER)


def _documents(count: int) -> str:
    return {0: "none", 1: "one"}.get(count, "several")


def _format(paths: Sequence[str]) -> str:
    """The extension of the documents that are needed, `several` where they differ."""
    found = {Path(path).suffix.lstrip(".").lower() for path in paths}
    return found.pop() if len(found) == 1 else "several" if found else "none"
