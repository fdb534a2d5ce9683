"""What becomes of the sentences of an answer: proposed with quotes, as unsupported, or not at all."""

import re
from collections.abc import Iterator, Sequence

from assistant.accusations import accusations_in
from assistant.citations import verify_claim
from assistant.engines.phrases import phrase
from assistant.engines.writing.context import Given
from assistant.engines.writing.marks import MarkedSentence
from assistant.engines.writing.quoting import Quoter, Source
from assistant.engines.writing.untold import Telling, is_question, telling
from assistant.lexicon import fold
from assistant.questions import QuestionAnalysis
from assistant.records import Outcome, ProposedClaim
from assistant.refusals import judgement_asked_for, judgement_stated
from assistant.tools.results import NumberedClaim, NumberedPassage

_LONGEST_QUESTION = 300
_TELLS = re.compile(
    r"\b(?:did you know|are you aware|do you realise|wussten sie|wusstest du|saviez-vous|wist u|wist je"
    r"|(?:is|was|did|does|do|has|have|are|were)n't (?:he|she|it|they)|nicht wahr|n'est-ce pas)\b"
)
"""What dresses a statement as a question."""


class Draft:
    """One answer while a model writes it.

    A sentence that cites a number which nobody knows yet waits, and all after it, until it is known what tools gave.

    Args:
        analysis: of the question.
        languages: of the case (ISO 639-1).
        region: of the case (ISO 3166 alpha-2).
    """

    def __init__(self, analysis: QuestionAnalysis, languages: Sequence[str], region: str | None) -> None:
        self._analysis = analysis
        self._quoter = Quoter(tuple(languages), region)
        self._sources: dict[int, Source] = {}
        self._computed: dict[int, ProposedClaim] = {}
        self._waiting: list[MarkedSentence] = []
        self._questions: list[str] = []
        self._others = 0
        self._untold = False
        self.supported = 0
        self.unsupported: list[str] = []
        self.cut_off = False

    def give(self, given: Sequence[Given]) -> None:
        """The passages of the prompt."""
        self._sources.update((one.number, Source(one.source, self._analysis.language)) for one in given)

    def found_by_tools(self, passages: Sequence[NumberedPassage], claims: Sequence[NumberedClaim]) -> None:
        """What tools gave besides."""
        self._sources.update((one.n, Source(one.found, self._analysis.language)) for one in passages)
        self._computed.update((one.n, one.claim) for one in claims)

    @property
    def sources(self) -> tuple[Source, ...]:
        """All passages that may be cited."""
        return tuple(self._sources.values())

    @property
    def numbers(self) -> dict[int, int]:
        """The numbers of the passages by passage id."""
        return {source.found.passage.id: number for number, source in self._sources.items()}

    @property
    def next_number(self) -> int:
        """The first that is free."""
        return max(self._sources, default=0) + 1

    @property
    def passages(self) -> tuple[int, ...]:
        """Ids of the passages that the model was given, in order."""
        return tuple(source.found.passage.id for source in self._sources.values())

    @property
    def silent(self) -> bool:
        """Whether nothing was written at all."""
        return not self._others and not self._questions

    def take(self, sentence: MarkedSentence) -> Iterator[ProposedClaim]:
        """Propose a sentence, unless it must wait."""
        if self._waiting or any(mark not in self._sources for mark in sentence.marks):
            self._waiting.append(sentence)
        else:
            yield from self._judge(sentence)

    def finish(self) -> Iterator[ProposedClaim]:
        """Propose what waits."""
        for sentence in self._waiting:
            yield from self._judge(sentence)
        self._waiting = []

    def repaired(self, claim: ProposedClaim) -> None:
        """A quote has taken the place of an unsupported sentence."""
        self.unsupported.remove(claim.instead_of)
        self.supported += 1

    def outcome(self) -> Outcome:
        """How the answer ends, with one sentence why."""
        language = self._analysis.language
        if self.supported:
            lacks = phrase("not_all", language) if self._untold else ""
            ends = phrase("cut_off", language) if self.cut_off else ""
            return Outcome("answered", f"{ends} {lacks}".strip(), passages=self.passages)
        if len(self._questions) == 1 and not self._others and self._may_be_asked(self._questions[0]):
            return Outcome("unclear", self._questions[0], passages=self.passages)
        why = phrase("not_borne_out" if self.unsupported else "not_found", language)
        return Outcome("not_found", why, passages=self.passages)

    def _judge(self, sentence: MarkedSentence) -> Iterator[ProposedClaim]:
        text = sentence.text
        if is_question(text):
            self._questions.append(text)
            return
        self._others += 1
        tells = telling(text)
        if tells is Telling.NOTHING:
            self._untold = True
        elif judgement_stated(text) is not None:  # whoever wrote it into a file: it is nobody's fact
            yield ProposedClaim(text, ())
        else:
            yield from self._propose(text, sentence.marks, tells)

    def _propose(self, text: str, marks: Sequence[int], tells: Telling) -> Iterator[ProposedClaim]:
        cited = [self._sources[mark] for mark in marks if mark in self._sources]
        claim = self._with_computed(text, marks) or self._quoter.claim(text, cited)
        if claim is not None:
            self.supported += 1
            yield claim
        elif tells is Telling.PERHAPS_NOTHING:
            self._untold = True
        else:
            self.unsupported.append(text)
            yield self._quoter.nearest(text, cited)

    def _with_computed(self, text: str, marks: Sequence[int]) -> ProposedClaim | None:
        """A sentence about what code computed: with its working where that bears it out, else code's own sentence."""
        computed = next((self._computed[mark] for mark in marks if mark in self._computed), None)
        if computed is None:
            return None
        claim = ProposedClaim(text, computed.quotes, computed.computed)
        if self._quoter.supports(claim):
            return claim
        return ProposedClaim(computed.text, computed.quotes, computed.computed, instead_of=text)

    def _may_be_asked(self, question: str) -> bool:
        """Whether a question back names nothing new, and neither accuses nor judges: an insinuation is no question."""
        if any(accusations_in(question)) or judgement_asked_for(question) is not None or _TELLS.search(fold(question)):
            return False
        texts = [self._analysis.question, *(source.found.passage.text for source in self.sources)]
        short = len(question) <= _LONGEST_QUESTION
        return short and verify_claim(ProposedClaim(question, ()), texts).supported
