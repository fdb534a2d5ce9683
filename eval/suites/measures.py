"""Names of metrics that several suites ask for together (decision record 050)."""

DOCUMENTS_FOUND = (
    "hit_at_1",
    "hit_at_5",
    "recall_at_1",
    "recall_at_5",
    "recall_at_10",
    "reciprocal_rank_at_10",
    "ndcg_at_10",
)
"""Whether the right document was found."""

_CUTS = (1, 4, 8, 16, 32, 64)
_BUDGETS = (2000, 8000, 32000)

SPANS_FOUND = (
    *(f"span_recall_in_{budget}_characters" for budget in _BUDGETS),
    *(f"span_precision_in_{budget}_characters" for budget in _BUDGETS),
    *(f"span_recall_at_{cut}" for cut in _CUTS),
    *(f"span_precision_at_{cut}" for cut in _CUTS),
)
"""How much of the gold characters was found, and how much of what was read they are."""

ANSWER_TRUSTED = ("quote_fidelity", "citation_validity", "isolation", "claim_coverage", "claims_supported")
"""What holds for every answer, whatever it says."""

CITATIONS_RIGHT = ("citation_precision", "citation_recall")
"""Whether citations and gold spans meet."""

REFUSALS = ("right_refusals_at_10_percent_false", "right_refusals")
"""For batches with questions that the corpus does not answer."""

ANSWER_RIGHT = ("area_under_risk_coverage", "net_score", "wrong_refusals")
"""Whether answering was right."""

SEARCH_TIMES = ("evidence_ms_p50", "evidence_ms_p95")

ANSWER_TIMES = (*SEARCH_TIMES, "answer_ms_p50", "answer_ms_p95")
