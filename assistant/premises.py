"""Two ways in which a question can be wrong for a case: it takes something for granted, or its name fits two people.

Both are told from the best sentences only, and only on strong signs: a wrong objection costs more trust than none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.claim_checks import check_values
from assistant.lexicon import Language, fold, language_of, negations, word_set
from assistant.names import known_spellings, name_runs, spellings
from assistant.questions import QuestionAnalysis, content_terms
from assistant.records import RankedPassage
from assistant.sentence_ranking import Candidate
from assistant.values import Value, find_values

_LOOKED_AT = 8
_ALIKE = 0.6
"""Share of the question's other content words that a sentence must have to speak of the same thing."""
_OPPOSITES: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (
        word_set("deny denied denies denying refuse refused refuses"),
        word_set("admit admitted admits confess confessed confirm confirmed accept accepted agreed"),
    ),
    (
        word_set("bestritt bestreitet bestritten leugnete geleugnet leugnet"),
        word_set("gestand gesteht gestanden bestatigte zugegeben"),
    ),
    (
        word_set("nie niait nier conteste contestait refuse"),
        word_set("avoue avouait admet admis reconnu reconnait confirme"),
    ),
    (word_set("ontkende ontkent ontkend weigerde"), word_set("bekende bekent bekend toegegeven bevestigde erkende")),
    (word_set("arrived arrive arrives came"), word_set("left departed leave leaves")),
    (
        word_set("bought buy buys gekauft kaufte achete kocht gekocht"),
        word_set("sold sell sells verkauft verkaufte vendu verkocht"),
    ),
    (
        word_set("sent send sends gesendet schickte envoye stuurde"),
        word_set("received receive erhielt erhalten recu ontving"),
    ),
)


def unknown_subject(
    analysis: QuestionAnalysis, evidence: Sequence[RankedPassage], region: str | None = None
) -> str | None:
    """Return an identifier or a name of the question that is nowhere in the evidence; None when all are there.

    A name of which one word is there in any spelling counts as known.
    """
    texts = [f"{found.passage.text}\n{found.passage.context}\n{found.exhibit.name}" for found in evidence]
    for identifier in analysis.identifiers:
        if check_values(identifier.raw, texts, analysis.language, region) is not None:
            return identifier.raw.strip()
    known = known_spellings("\n".join(texts))
    for name in analysis.names:
        if not _known(name, known) and not _may_be_no_name(name, analysis):
            return name
    return None


def _may_be_no_name(name: str, analysis: QuestionAnalysis) -> bool:
    """A single word that is a German noun, or a country or nation as in `the Polish border` or `in Germany`."""
    if " " in name.strip():
        return False
    before = re.search(rf"\b(?:the|a|an|in|le|la|les|en|au|de|het|een)\s+{re.escape(name)}\b", analysis.question)
    return analysis.language == "de" or before is not None


@dataclass(frozen=True, slots=True)
class TwoPeople:
    """A name of the question that belongs to two people, and a sentence for each."""

    name: str
    mentions: tuple[Candidate, Candidate]


def contradiction(analysis: QuestionAnalysis, candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the best sentence that speaks of the same thing and says otherwise, if the question takes it for granted.

    Otherwise means: another amount, date, time or number where the question's is nowhere in the evidence; another
    name in place of one that is nowhere in the evidence; the opposite verb; or a denial of what is asked about.
    """
    best = candidates[:_LOOKED_AT]
    everything = "\n".join(candidate.text for candidate in candidates)
    missing = [value for value in analysis.presupposed if _is_specific(value) and not _stated(value, everything)]
    if missing:
        return next((c for c in best if _other_value(analysis, c, missing)), None)
    known = known_spellings(everything)
    strangers = tuple(name for name in analysis.names if not _known(name, known))
    if len(strangers) == 1:
        return next((c for c in best if _other_name(analysis, c, strangers[0])), None)
    if strangers:
        return None
    return next((c for c in best[:3] if _opposite(analysis, c) or _denied(analysis, c)), None)


def _is_specific(value: Value) -> bool:
    """Numbers such as `two` are too common to object to; years, amounts, dates, times and long numbers are not."""
    return value.kind in {"amount", "date", "time", "percent"} or (value.kind == "number" and len(value.raw) >= 4)


def _stated(value: Value, text: str) -> bool:
    for other in find_values(text):
        if value.kind == "date" and any(
            date.covers(value.dates[0]) or value.dates[0].covers(date) for date in other.dates
        ):
            return True
        if set(value.numbers) & set(other.numbers) or (
            value.kind == other.kind == "time" and value.normal == other.normal
        ):
            return True
        if value.kind == "number" and any(date.year in {int(n) for n in value.numbers} for date in other.dates):
            return True
    return False


def _alike(analysis: QuestionAnalysis, text: str, without: str) -> float:
    """Share of the question's content words, less those of the doubtful part, that a sentence has."""
    doubtful = set(content_terms(without))
    wanted = [term[:6] for term in analysis.terms if term not in doubtful]
    have = {term[:6] for term in content_terms(text)}
    return sum(term in have for term in wanted) / len(wanted) if len(wanted) >= 2 else 0.0


def _other_value(analysis: QuestionAnalysis, candidate: Candidate, missing: Sequence[Value]) -> bool:
    without = " ".join(value.raw for value in missing)
    if _alike(analysis, candidate.text, without) < _ALIKE:
        return False
    kinds = {"date" if value.kind == "number" and _year(value) else value.kind for value in missing}
    return any(value.kind in kinds or (_year(value) and "date" in kinds) for value in find_values(candidate.text))


def _year(value: Value) -> bool:
    return value.kind == "number" and re.fullmatch(r"[12]\d{3}", value.raw) is not None


def _known(name: str, known: frozenset[str]) -> bool:
    return any(spellings(term) & known for term in content_terms(name))


def _other_name(analysis: QuestionAnalysis, candidate: Candidate, stranger: str) -> bool:
    if _alike(analysis, candidate.text, stranger) < 0.75:
        return False
    asked = known_spellings(analysis.question)
    runs = name_runs(candidate.text, _language(candidate, analysis))
    return any(
        not any(spellings(word) & asked for word in content_terms(candidate.text[start:end])) for start, end in runs
    )


def _opposite(analysis: QuestionAnalysis, candidate: Candidate) -> bool:
    asked, said = set(analysis.terms), set(content_terms(candidate.text))
    for one, other in _OPPOSITES:
        for first, second in ((one, other), (other, one)):
            turned = asked & first and said & second and not said & first
            if turned and not analysis.negated and _alike(analysis, candidate.text, " ".join(asked & first)) >= 0.75:
                return negations(candidate.text, _language(candidate, analysis)) == 0
    return False


def _denied(analysis: QuestionAnalysis, candidate: Candidate) -> bool:
    """A sentence with all that is asked about, and a denial, where the question takes the thing for granted."""
    takes_for_granted = analysis.kind in {"when", "where", "why", "how_much", "how"}
    if analysis.negated or not takes_for_granted or not analysis.names:
        return False
    short = len(candidate.text) <= 160
    denied = negations(candidate.text, _language(candidate, analysis)) > 0
    return short and denied and not candidate.values and _alike(analysis, candidate.text, "") >= 0.9


def _language(candidate: Candidate, analysis: QuestionAnalysis) -> Language:
    return language_of(candidate.text, (analysis.language,))


_BORN = re.compile(
    r"(?:\b(?:born|birth|dob|d\.o\.b\.|geb\.?|geboren|geburtsdatum|n\u00e9e?|naissance|geboortedatum)\b|\*)[^.;\n]{0,30}$",
    re.IGNORECASE,
)


def same_name_twice(analysis: QuestionAnalysis, candidates: Sequence[Candidate]) -> TwoPeople | None:
    """Return a name of the question that the best sentences give to two people, with a sentence for each.

    Two people: the surname with two different first names, where the question gives none; or the same full name with
    two different dates of birth.
    """
    for name in analysis.names:
        mentions: dict[str, Candidate] = {}
        for candidate in candidates[:_LOOKED_AT]:
            for key in _people(name, candidate, analysis):
                mentions.setdefault(key, candidate)
        distinct = list(mentions.values())
        if len(mentions) >= 2 and distinct[0] is not distinct[1] and not _told_apart(analysis, mentions):
            return TwoPeople(name, (distinct[0], distinct[1]))
    return None


def _people(name: str, candidate: Candidate, analysis: QuestionAnalysis) -> list[str]:
    text = candidate.text
    words = [fold(word) for word in name.split()]
    found = []
    for start, end in name_runs(text, _language(candidate, analysis)):
        run = [fold(word) for word in re.split(r"[\s.]+", text[start:end]) if word]
        if len(words) == 1 and len(run) >= 2 and _is(run[-1], words[0]) and len(run[0]) > 1:
            found.append(" ".join(run[:-1]))
        if (
            len(words) >= 2
            and len(run) >= len(words)
            and all(_is(a, b) for a, b in zip(run[-len(words) :], words, strict=True))
        ):
            found += _births(text)
    return found


def _is(word: str, wanted: str) -> bool:
    return bool(spellings(word) & spellings(wanted))


def _births(text: str) -> list[str]:
    return [
        value.dates[0].iso()
        for value in find_values(text)
        if value.kind == "date" and value.dates[0].year and _BORN.search(text[: value.start])
    ]


def _told_apart(analysis: QuestionAnalysis, mentions: dict[str, Candidate]) -> bool:
    """Whether the question itself says which of them it means: a first name, or a date of birth."""
    asked = known_spellings(analysis.question)
    stated = {date.iso() for value in analysis.presupposed for date in value.dates}
    return any(key in stated or spellings(key.split(" ")[0]) & asked for key in mentions)
