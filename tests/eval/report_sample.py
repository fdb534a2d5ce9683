"""A small invented run for tests of the report: two data sets, each kind of question, one of each failure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from eval.goals import Goal
from eval.metrics.curves import refusal_curve, risk_coverage_curve
from eval.metrics.metric import Figure, matrix_of
from eval.metrics.registry import METRICS
from eval.records import Cited, Claimed, Exchange, Gold, Response, Retrieved, Row, Sample, Span
from eval.report.records import About, Change, Curve, ReportBatch, ReportInput

TEXT = (
    "Vernehmung vom 3. Mai. Der Zeuge gab an, das blaue Fahrzeug um 21:40 Uhr vor der Halle gesehen zu haben. "
    "Am Steuer habe Frau Özdemir gesessen. Danach sei es still gewesen. "
)
PLACE = (TEXT.index("Der Zeuge"), TEXT.index(" Am Steuer"))
GOLD = Span("akten/vernehmung.pdf", *PLACE)
METRIC_NAMES = (
    "hit_at_1",
    "recall_at_5",
    "gold_sentence_first",
    "quote_fidelity",
    "citation_validity",
    "isolation",
    "claims_supported",
    "wrong_refusals",
    "right_refusals",
    "area_under_risk_coverage",
    "net_score",
    "evidence_ms_p50",
    "answer_ms_p50",
)
ABOUT = About(
    "Evaluation of Caseclerk",
    "2026-11-22 14:05 UTC",
    "dev",
    "built-in engine (quotes only)",
    "19acc47, unchanged",
    "4 cores, 16.0 GiB memory, Linux x86_64",
    "2026-11-20 dev",
)


def passage(document: str, start: int, end: int, score: float = 0.5, text: str = "") -> Retrieved:
    return Retrieved(document, start, end, score, text or TEXT[start:end])


def cited(start: int, end: int, *, n: int = 1, stands: bool = True, document: str = GOLD.document) -> Cited:
    return Cited(
        n, document, start, end, TEXT[start:end], True, stands, TEXT[max(0, start - 80) : start], TEXT[end : end + 80]
    )


def answered(quote: Cited, *, supported: bool = True, found: Sequence[Retrieved] | None = None) -> Response:
    return Response(
        "answered",
        answer=f"Um 21:40 Uhr. „{quote.quote}“ [1]",
        claims=(Claimed("Der Zeuge sah das Fahrzeug um 21:40 Uhr.", (1,), supported),),
        citations=(quote,),
        retrieved=tuple(found if found is not None else [passage(GOLD.document, 0, len(TEXT), 0.91)]),
        confidence=0.83,
        timings_ms={"search": 42.5, "evidence": 61.0, "answer": 180.25, "total": 241.3},
    )


def refused(*found: Retrieved, confidence: float = 0.1) -> Response:
    return Response(
        "not_found",
        reason="In 29 von 29 Beweisstücken steht darüber nichts.",
        retrieved=found,
        confidence=confidence,
        timings_ms={"search": 40.0, "total": 90.0},
    )


def question(number: int, *, answerable: bool | None = True, **changes: object) -> Sample:
    sample = Sample(
        f"frage-{number:03}",
        f"Wann wurde das blaue Fahrzeug gesehen? ({number})",
        Gold(spans=(GOLD,), documents=((GOLD.document,),), answers=("21:40 Uhr",)) if answerable else Gold(),
        f"dokument-{number % 7}",
        answerable=answerable,
        tags={
            "format": "pdf" if number % 3 else "mail",
            "language": ("de", "en", "es")[number % 3],
            "question_type": "date" if number % 2 else "person",
            "documents": "one" if number % 4 else "several",
        },
    )
    return replace(sample, **changes)  # type: ignore[arg-type]


ELSEWHERE = passage("akten/anlage.docx", 400, 900, 0.4, "Ein anderer Text, in dem nichts dazu steht.")
RIGHT = answered(cited(*PLACE))
FAILURES: Mapping[str, tuple[Sample, Response]] = {
    "error": (question(901), Response("error", error="The engine stopped.")),
    "injection": (
        question(902, gold=Gold(forbidden=("HACKED",), documents=((GOLD.document,),))),
        Response("answered", answer="HACKED, as the document says."),
    ),
    "retrieval": (question(903), answered(cited(0, 10, document="akten/anlage.docx"), found=[ELSEWHERE])),
    "context": (question(904), refused(*[ELSEWHERE] * 30, passage(GOLD.document, *PLACE))),
    "unsupported": (question(905), answered(cited(150, 170), supported=False)),
    "citation": (question(906), answered(cited(150, 170))),
    "value": (question(907, gold=Gold(spans=(GOLD,), values=(("Halle 7", "hall 7"),))), RIGHT),
    "refusal": (question(908), refused(passage(GOLD.document, 0, len(TEXT)))),
}


def sample_rows(count: int = 24, batch: str = "one") -> list[Row]:
    """Right answers and right refusals, then one question for each failure."""
    rows = [
        Row("files", batch, question(n), RIGHT)
        if n % 4
        else Row("files", batch, question(n, answerable=False), refused(ELSEWHERE))
        for n in range(1, count + 1)
    ]
    turn = Exchange("Wer fuhr das Fahrzeug?", "Frau Özdemir. [1]")
    rows.append(Row("files", batch, question(900, history=(turn,)), replace(RIGHT, standalone="Wann sah er es?")))
    return rows + [Row("files", batch, *pair) for pair in FAILURES.values()]


def figures_of(rows: Sequence[Row], names: Sequence[str] = METRIC_NAMES) -> list[Figure]:
    """Figures with an interval that is invented (5 points to each side)."""
    found = []
    for name in names:
        metric = METRICS[name]
        matrix, kept = matrix_of(metric, [(row.sample, row.response) for row in rows])
        if kept:
            value = metric.pool(matrix)
            room = 0.05 * (1 if metric.unit in {"share", "points"} else value)
            low, high = value - room, value + room
            if metric.unit == "share":
                low, high = max(0.0, low), min(1.0, high)
            found.append(Figure(name, value, low, high, len(kept), len(rows)))
    return found


def sample_batch(rows: Sequence[Row], batch: str = "one", **changes: object) -> ReportBatch:
    tags = ("format", "language", "question_type", "documents")
    by_tag = {
        tag: {
            value: figures_of([row for row in rows if row.sample.tags.get(tag) == value])
            for value in sorted({row.sample.tags[tag] for row in rows if tag in row.sample.tags})
        }
        for tag in tags
    }
    by_tag["answerable"] = {
        word: figures_of([row for row in rows if row.sample.answerable is answerable])
        for word, answerable in (("yes", True), ("no", False))
    }
    made = ReportBatch(
        "files",
        batch,
        "ask",
        figures_of(rows),
        rows,
        documents=29,
        by_tag=by_tag,
        changes={
            "hit_at_1": Change(0.90, 0.03, 0.01, 0.05, len(rows)),
            "gold_sentence_first": Change(0.80, -0.041, -0.07, -0.012, len(rows)),
            "answer_ms_p50": Change(250.0, -8.7, -20.0, 3.0, len(rows)),
        },
        curves={
            "risk_coverage": Curve(risk_coverage_curve(rows), (0.8, 0.12)),
            "refusals": Curve(refusal_curve(rows), (0.05, 0.9)),
        },
    )
    return replace(made, **changes)  # type: ignore[arg-type]


GOALS = (
    Goal(suite="files", batch="one", metric="hit_at_1", plain=0.6, reach=0.7, aim=0.8),
    Goal(suite="files", batch="one", metric="gold_sentence_first", plain=0.5, reach=0.75, aim=0.97),
    Goal(suite="files", batch="one", metric="wrong_refusals", reach=0.05, aim=0.02),
    Goal(suite="files", batch="one", metric="recall_at_5", among={"documents": "several"}, aim=0.9),
    Goal(suite="elsewhere", batch="all", metric="hit_at_1", reach=0.5),
)


def sample_report(rows: Sequence[Row] | None = None, **changes: object) -> ReportInput:
    """The report of the invented run."""
    rows = sample_rows() if rows is None else rows
    searched = [
        Row(
            "claims",
            "sentence",
            Sample(
                f"satz-{n}",
                "Der Zeuge sah das Fahrzeug um 22:40 Uhr." if n % 2 else "Der Zeuge sah das Fahrzeug um 21:40 Uhr.",
                Gold(statuses=("unsupported" if n % 2 else "supported",)),
                "a",
                quote=TEXT[slice(*PLACE)],
            ),
            Response("supported" if n % 5 == 0 else "unsupported" if n % 2 else "supported", timings_ms={"total": 0.4}),
        )
        for n in range(1, 11)
    ]
    made = ReportInput(
        ABOUT,
        [
            sample_batch(rows),
            ReportBatch("claims", "sentence", "verify", figures_of(searched, ("caught", "struck_wrongly")), searched),
        ],
        METRICS,
        GOALS,
        {
            "revision": {"commit": "19acc47", "changed": False},
            "options": {"seed": 7, "limit": None},
            "peak_memory_mib": 812.5,
            "batches": [{"suite": "files", "samples": len(rows)}],
        },
        {"toolcalls": "The engine that calls tools is not installed."},
    )
    return replace(made, **changes)  # type: ignore[arg-type]
