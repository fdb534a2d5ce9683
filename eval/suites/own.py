"""The user's own questions about one of their cases; see `eval.own_questions`."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from assistant.lexicon import language_of
from casefile.case import Case, open_case
from casefile.errors import UsageError
from casefile.home import find_home
from eval.own_questions.exhibit_names import ExhibitNameError, ExhibitNames
from eval.own_questions.quotes import QuotedText
from eval.own_questions.reading import read_questions
from eval.own_questions.records import OwnQuestion, Problems
from eval.records import Batch, CaseCorpus, Gold, Sample, Span, SuiteOptions

METRICS = (
    "expected_document_cited",
    "all_documents_cited",
    "values_shown",
    "fact_recall",
    "gold_sentence_cited",
    "citation_precision",
    "citation_recall",
    "recall_at_1",
    "recall_at_5",
    "recall_at_10",
    "reciprocal_rank_at_10",
    "quote_fidelity",
    "citation_validity",
    "isolation",
    "claim_coverage",
    "claims_supported",
    "wrong_refusals",
    "right_refusals",
    "right_refusals_at_10_percent_false",
    "area_under_risk_coverage",
    "net_score",
    "evidence_ms_p50",
    "evidence_ms_p95",
    "answer_ms_p50",
    "answer_ms_p95",
)
_DEEPEST = 32
"""How many containers deep the parts of an expected exhibit are looked into for its quote."""


class OwnSuite:
    """Questions of the user's own, over a case that is there already."""

    name = "own"
    summary = "your own questions about one of your cases (--questions FILE --case ID)"

    def unavailable(self, options: SuiteOptions) -> str:
        """Why it cannot run now; empty when it can."""
        if options.questions is None:
            return "give your questions with --questions FILE; `caseclerk eval template FILE` writes an empty table"
        if not options.case_id:
            return "name the case that the questions are about with --case ID"
        return ""

    def batches(self, options: SuiteOptions) -> Sequence[Batch]:
        """One batch with all questions; they have no split, so they are all dev rows.

        Raises:
            UsageError: the table or what it names in the case is wrong; says all of it at once, by row.
            CaseNotFoundError: there is no such case.
        """
        why_not = self.unavailable(options)
        if why_not or options.questions is None:
            raise UsageError(f"The suite “{self.name}” cannot run: {why_not}.")
        if options.split != "dev":
            return ()
        problems = Problems(options.questions)
        questions = read_questions(options.questions, problems)
        home = find_home(options.home, os.environ)
        with open_case(home, options.case_id, options.actor) as case:
            gold = _CaseGold(case, problems)
            samples = tuple(gold.sample(question) for question in questions)
            case.log("consultation", "questions prepared", {"questions": len(samples)})
        problems.settle()
        return (Batch(options.case_id, "ask", samples, METRICS, CaseCorpus(options.case_id, options.case_id)),)


@dataclass(slots=True)
class _CaseGold:
    """Finds in the case what the questions name; what is not there is noted as a problem."""

    case: Case
    problems: Problems
    names: ExhibitNames = field(init=False)
    _texts: dict[str, QuotedText] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = ExhibitNames(self.case.catalogue)

    def sample(self, question: OwnQuestion) -> Sample:
        documents = tuple(group for names in question.exhibits if (group := tuple(self._exhibits(names, question.row))))
        spans = tuple(self._spans(question, documents)) if question.quote and documents else ()
        languages = self.case.description.languages
        tags = {
            "language": language_of(question.question, languages),
            "documents": {0: "none", 1: "one"}.get(len(documents), "several"),
            "format": self._format(documents),
            **question.tags,
        }
        return Sample(
            question.id,
            question.question,
            Gold(spans=spans, documents=documents, values=question.values),
            cluster=documents[0][0] if documents else question.id,
            answerable=question.answerable,
            tags=tags,
        )

    def _exhibits(self, names: Sequence[str], row: int) -> Iterator[str]:
        found = []
        for name in names:
            try:
                found.append(self.names.find(name))
            except ExhibitNameError as error:
                self.problems.add(row, f"“expected_exhibits”: {error}")
        for exhibit_id in dict.fromkeys(found):
            if self.case.catalogue.seal_of(exhibit_id):
                self.problems.add(row, f"“expected_exhibits”: {exhibit_id[7:19]} is sealed; nothing of it is shown.")
            else:
                yield exhibit_id

    def _spans(self, question: OwnQuestion, documents: Sequence[Sequence[str]]) -> Iterator[Span]:
        """Every place of the quote in the expected exhibits, or in what they contain."""
        expected = tuple(dict.fromkeys(exhibit for group in documents for exhibit in group))
        found = False
        for exhibit in (*expected, *self._parts(expected)):
            for start, end in self._text(exhibit).places(question.quote):
                found = True
                yield Span(exhibit, start, end)
        if not found:
            near = max((self._text(exhibit).nearest(question.quote) for exhibit in expected), key=len)
            hint = f" What stands there is “{near}”." if near else ""
            self.problems.add(question.row, f"“expected_quote” does not stand in the expected exhibits.{hint}")

    def _parts(self, exhibits: Sequence[str]) -> tuple[str, ...]:
        """What these exhibits contain, at any depth, each once."""
        found: dict[str, None] = {}
        layer = exhibits
        for _depth in range(_DEEPEST):
            parts = (line.exhibit_id for exhibit in layer for line in self.case.catalogue.parts_of(exhibit))
            layer = [part for part in dict.fromkeys(parts) if part and part not in found and part not in exhibits]
            if not layer:
                break
            found.update(dict.fromkeys(layer))
        return tuple(found)

    def _text(self, exhibit_id: str) -> QuotedText:
        if exhibit_id not in self._texts:
            self._texts[exhibit_id] = QuotedText(self.case.catalogue.text(exhibit_id))
        return self._texts[exhibit_id]

    def _format(self, documents: Sequence[Sequence[str]]) -> str:
        """The extension of the exhibits that are needed, `several` where they differ."""
        exhibits = (self.case.catalogue.exhibit(group[0]) for group in documents)
        found = {
            PurePosixPath(exhibit.name).suffix.lstrip(".").casefold() or exhibit.media_type.rpartition("/")[2]
            for exhibit in exhibits
        }
        return found.pop() if len(found) == 1 else "several" if found else "none"
