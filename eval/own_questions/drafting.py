"""Candidate questions from a case, for a person to correct: spread over its exhibits, the same for the same seed.

Some ask for what the case does not hold: what was found of one thing is asked of another. A person must check these
above all, as code knows only what it found.
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import TypeVar

from casefile.case import Case
from casefile.errors import UsageError
from casefile.records import Exhibit, IdentifierKind
from eval.own_questions.candidates import Candidate, Findings, exhibits_with, findings_of
from eval.own_questions.exhibit_names import ExhibitNames
from eval.own_questions.patterns import THINGS, day_in_words, put
from eval.own_questions.records import ALTERNATIVE, DRAFT, SEPARATOR, OwnQuestion
from eval.own_questions.writing import check_new, write_questions

DRAFTS = 20
"""How many candidates are drafted unless another number is asked for."""
MOST_DRAFTS = 1_000
_READ = 100
"""Exhibits that are looked through, at least; more where more drafts are asked for."""
_ABSENT_SHARE = 5
"""One candidate in so many asks for what is not there."""
_DAYS = 1_000
"""Days, from the first that the case mentions on, among which those that it does not mention are looked for."""

_LACKING: dict[IdentifierKind, str] = {"phone": "phone number", "email": "e-mail address", "iban": "IBAN"}
"""What a person has of their own."""

_T = TypeVar("_T")


def write_drafts(case: Case, path: Path, count: int = DRAFTS, seed: int = 1) -> int:
    """Draft questions about a case into a new table; returns how many they are.

    They hold words of the evidence: that they were handed out stands in the custody log.

    Args:
        case: to ask about.
        path: a new file that ends in .xlsx, .csv or .jsonl.
        count: how many at most.
        seed: of what is drawn.

    Raises:
        UsageError: as `draft_questions` and `write_questions`.
        StorageError: the file cannot be written.
    """
    check_new(path)
    drafts = draft_questions(case, count, seed)
    case.log("disclosure", "questions drafted", {"questions": len(drafts), "seed": seed, "file": path.name})
    write_questions(path, drafts, case.description.languages[0])
    return len(drafts)


def draft_questions(case: Case, count: int = DRAFTS, seed: int = 1) -> tuple[OwnQuestion, ...]:
    """Candidate questions about a case, each with `status` draft; fewer where the case does not give as many.

    Exhibits and media types come in turn, and so do the kinds of question.

    Raises:
        UsageError: `count` is not 1 to 1,000, or nothing in the case can be asked about.
    """
    if not 1 <= count <= MOST_DRAFTS:
        raise UsageError(f"{count} questions cannot be drafted: give a number from 1 to {MOST_DRAFTS}.")
    names = ExhibitNames(case.catalogue)
    sources = [
        findings_of(case, exhibit, names.name_of(exhibit.id, exhibit.path))
        for exhibit in _in_turn(case, seed, max(_READ, 2 * count))
    ]
    absent = _absent(case, sources, seed, count // _ABSENT_SHARE)
    present = _spread(sources, count - len(absent), seed)
    if not present:
        raise UsageError(
            f"Nothing was found in case {case.description.id} that a question could be made of. Take exhibits with "
            "text in first; `caseclerk ledger` shows what was read."
        )
    numbered = enumerate([*present, *absent], start=1)
    return tuple(_as_question(f"draft-{number:03}", candidate, case, names) for number, candidate in numbered)


def _as_question(name: str, candidate: Candidate, case: Case, names: ExhibitNames) -> OwnQuestion:
    paths = ((exhibit, case.catalogue.exhibit(exhibit).path) for exhibit in candidate.exhibits)
    return OwnQuestion(
        name,
        candidate.question,
        answerable=bool(candidate.exhibits),
        exhibits=tuple((names.name_of(exhibit, path),) for exhibit, path in paths),
        values=tuple(fitting for forms in candidate.values if (fitting := tuple(filter(_tabular, forms)))),
        quote=candidate.quote,
        notes=candidate.note,
        tags={"question_type": candidate.kind},
        status=DRAFT,
    )


def _in_turn(case: Case, seed: int, most: int) -> list[Exhibit]:
    """Exhibits with a text: one of each media type, then the next of each, in an order drawn by the seed."""
    by_type: dict[str, list[Exhibit]] = {}
    for exhibit in case.catalogue.exhibits():
        if exhibit.text_sha256:
            by_type.setdefault(exhibit.media_type, []).append(exhibit)
    drawn = [_drawn(exhibits, seed, lambda exhibit: exhibit.id) for _type, exhibits in sorted(by_type.items())]
    return [exhibit for exhibit in chain.from_iterable(zip_longest(*drawn)) if exhibit is not None][:most]


def _drawn(things: Iterable[_T], seed: int, key: Callable[[_T], str]) -> list[_T]:
    """Things in an order that depends on the seed and on nothing else."""
    return sorted(things, key=lambda thing: hashlib.sha256(f"{seed} {key(thing)}".encode("utf-8", "replace")).digest())


def _tabular(form: str) -> bool:
    """Whether a value can stand in a cell that is divided at these marks."""
    return not set(form) & {SEPARATOR, ALTERNATIVE}


def _spread(sources: Sequence[Findings], count: int, seed: int) -> list[Candidate]:
    """One candidate of each source, then the next of each, always of the kind that was used least."""
    left = [
        {kind: _drawn(found, seed, lambda c: c.question) for kind, found in source.candidates.items()}
        for source in sources
    ]
    chosen: list[Candidate] = []
    seen: set[object] = set()
    used: Counter[str] = Counter()
    while any(left) and len(chosen) < count:
        for kinds in left:
            if not kinds or len(chosen) >= count:
                continue
            kind = min(kinds, key=lambda name: used[name])
            candidate = kinds[kind].pop()
            if not kinds[kind]:
                del kinds[kind]
            # of two exhibits with the same value, and perhaps in two languages, one question is enough
            alike = {candidate.question, (kind, candidate.exhibits, candidate.values or candidate.question)}
            if not seen & alike:
                seen |= alike
                chosen.append(candidate)
                used[kind] += 1
    return chosen


# --- what is not there ----------------------------------------------------------------------------------------------


def _absent(case: Case, sources: Sequence[Findings], seed: int, count: int) -> list[Candidate]:
    """Questions without an answer, of each way in turn, each text once."""
    ways = (_lacking(case, sources, seed), _silent_days(case, sources, seed), _other_tables(case, sources, seed))
    chosen: dict[str, Candidate] = {}
    for candidate in chain.from_iterable(zip_longest(*ways)):
        if len(chosen) >= count:
            break
        if candidate is not None:
            chosen.setdefault(candidate.question, candidate)
    return list(chosen.values())


def _lacking(case: Case, sources: Sequence[Findings], seed: int) -> Iterator[Candidate]:
    """A name, and a kind of identifier of which no exhibit with that surname holds any."""
    holders = {kind: {place.exhibit_id for place in case.catalogue.identifiers(kind)} for kind in _LACKING}
    asked: set[str] = set()
    for source in sources:
        for name in _drawn(source.names, seed, str)[:1]:
            surname = name.split()[-1]
            if surname in asked:
                continue
            asked.add(surname)
            named = exhibits_with(case, surname)
            if named is None:
                continue
            free = [kind for kind in _LACKING if holders[kind] and not holders[kind] & named]
            for kind in _drawn(free, seed, str)[:1]:
                thing = THINGS[source.language][kind]
                words = {"name": name, "thing": thing, "bare": thing.removeprefix("the ")}
                yield Candidate(
                    "absent",
                    put("lacking", source.language, **words),
                    note=f"In no exhibit with {surname} was any {_LACKING[kind]} found.",
                )


def _silent_days(case: Case, sources: Sequence[Findings], seed: int) -> Iterator[Candidate]:
    """A day within the middle half of the dates of the case, but which no exhibit mentions."""
    found = "|".join(place.identifier.normal for place in case.catalogue.identifiers("date")).split("|")
    stated = (placed.moment.utc for placed in case.catalogue.moments())
    days = {day[:10] for day in found if len(day) >= 10} | {f"{time:%Y-%m-%d}" for time in stated if time}
    dated = sorted(day[:10] for day in found if len(day) >= 10)
    if not dated or not sources:
        return
    first = dt.date.fromisoformat(dated[len(dated) // 4])
    last = dt.date.fromisoformat(dated[-1 - len(dated) // 4])
    between = (first + dt.timedelta(days=n) for n in range(min((last - first).days, _DAYS)))
    silent = [day for day in between if day.isoformat() not in days]
    for number, day in enumerate(_drawn(silent, seed, str)):
        language = sources[number % len(sources)].language
        yield Candidate(
            "absent", put("event", language, date=day_in_words(day, language)), note=f"No exhibit mentions {day}."
        )


def _other_tables(case: Case, sources: Sequence[Findings], seed: int) -> Iterator[Candidate]:
    """What one table says by a key, asked for a column of another table that does not know the key."""
    columns: dict[str, set[str]] = {}
    for source in sources:
        for column in source.columns:
            columns.setdefault(column, set()).add(source.exhibit_id)
    for source in sources:
        for key_column, key in _drawn(source.keys, seed, lambda found: found[1])[:1]:
            known = exhibits_with(case, key)
            if known is None:
                continue
            foreign = [c for c, tables in sorted(columns.items()) if c not in source.columns and not tables & known]
            for column in _drawn(foreign, seed, str)[:1]:
                words = {"column": column, "key_column": key_column, "key": key}
                note = f"No table with the column “{column}” has {key} in it."
                yield Candidate("absent", put("row", source.language, **words), note=note)
