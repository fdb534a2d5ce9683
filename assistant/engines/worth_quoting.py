"""What of a ranked list is worth quoting: no bare labels and headers, and a question never without its answer.

A heading, the `Name:` line of a form, the `From:` line of a mail and the running title of a page have all the words
of a question about that person, and answer nothing. An interview's question is like the investigator's; what follows
it is the answer.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.lexicon import ALL_FUNCTION_WORDS
from assistant.questions import QuestionAnalysis, content_terms
from assistant.sentence_ranking import Candidate, has_expected

_LABELS = re.compile(
    r"^\W*(?:from|to|cc|bcc|reply-to|subject|date|von|an|betreff|datum|de|a|\u00e0|objet|van|aan|onderwerp|name|naam|nom"
    r"|address|adresse|anschrift|adres|born|geboren|signed|unterschrift|page|seite|pagina)\b\s*[:|\t ]",
    re.IGNORECASE,
)
_RUNNING_TITLE = re.compile(
    r"(?:\||\b(?:page|seite|pagina|blad|p\.|s\.))\s*\d{1,4}(?:\s*(?:/|of|von|van|sur)\s*\d{1,4})?\s*$", re.IGNORECASE
)
_STEM = 6
_FEW = 4
"""A sentence with fewer words of its own than this, and without a value of the asked type, may be a label only."""
_LONGEST_ANSWER = 300
_LONGEST_TITLE = 120


def worth_quoting(
    analysis: QuestionAnalysis, candidates: Sequence[Candidate], demotion: float
) -> tuple[Candidate, ...]:
    """Return the candidates with labels lowered by `demotion` and questions joined with the sentence after them.

    Ordered by the new scores; equal ones keep their order.
    """
    following = {(c.source.passage.id, c.start): c for c in candidates}
    starts: dict[int, list[int]] = {}
    for c in candidates:
        starts.setdefault(c.source.passage.id, []).append(c.start)
    ordered = {passage: sorted(places) for passage, places in starts.items()}
    found: list[Candidate] = []
    for candidate in candidates:
        after = next((s for s in ordered[candidate.source.passage.id] if s >= candidate.end), None)
        answer = following[candidate.source.passage.id, after] if after is not None else None
        if candidate.text.rstrip().endswith("?") and not candidate.row:
            joined = _joined(candidate, answer)
            found.append(joined if joined is not None else replace(candidate, score=candidate.score - demotion))
        elif is_label(analysis, candidate):
            found.append(replace(candidate, score=candidate.score - demotion))
        else:
            found.append(candidate)
    return tuple(sorted(_with_value(analysis, found), key=lambda c: -c.score))


_BESIDE = 0.25


def _with_value(analysis: QuestionAnalysis, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Bring up the value asked for, where the best sentence has none: `He rents a hall. The rent is 5.`.

    Only the best sentence of the same passage that has a value of the asked type is brought up, right after it.
    """
    if not candidates or not analysis.expects or "name" in analysis.expects:
        return candidates
    best = max(candidates, key=lambda c: c.score)
    if best.values or best.row:
        return candidates
    beside = [c for c in candidates if c.source.passage.id == best.source.passage.id and c.values and not c.row]
    if not beside:
        return candidates
    chosen = max(beside, key=lambda c: c.score)
    lifted = replace(chosen, score=max(chosen.score, best.score - _BESIDE))
    return [lifted if c is chosen else c for c in candidates]


def _joined(question: Candidate, answer: Candidate | None) -> Candidate | None:
    if answer is None or answer.end - question.start > _LONGEST_ANSWER:
        return None
    passage = question.source.passage
    text = passage.text[question.start - passage.locator.start : answer.end - passage.locator.start]
    return replace(question, end=answer.end, text=text, values=question.values or answer.values)


def is_label(analysis: QuestionAnalysis, candidate: Candidate) -> bool:
    """Whether a candidate only names what the question names: nothing of the asked type, hardly a word of its own."""
    if candidate.row:
        return not any(character.isdigit() for character in candidate.text) and _is_header(candidate)
    if _RUNNING_TITLE.search(candidate.text) and len(candidate.text) < _LONGEST_TITLE:
        return True
    if analysis.expects and has_expected(analysis, candidate.text):
        return False
    asked = {term[:_STEM] for term in analysis.terms}
    own = [term for term in content_terms(candidate.text) if term not in ALL_FUNCTION_WORDS]
    new = [term for term in own if term[:_STEM] not in asked]
    few = len(new) < _FEW and not re.search(r"[.!][\"\u201d]?\s*$", candidate.text)
    return few or (_LABELS.match(candidate.text) is not None and len(new) < 2 * _FEW)


def _is_header(candidate: Candidate) -> bool:
    """Whether a row is a sheet's header, or stands over one: it has no names of columns beside its cells."""
    locator = candidate.source.passage.locator
    return locator.kind == "cells" and (not locator.header or tuple(candidate.text.split("\t")) == locator.header)
