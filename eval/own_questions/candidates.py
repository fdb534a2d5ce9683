"""What could be asked about one exhibit, with the answer: from identifiers, times, amounts, names and rows in its text.

Nothing is understood here: a candidate is a question pattern filled from what code found. A person corrects it.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from zoneinfo import ZoneInfo

from assistant.lexicon import Language, language_of
from assistant.names import name_runs
from assistant.places import describe
from casefile.case import Case
from casefile.errors import ExhibitNotFoundError
from casefile.fulltext import quoted
from casefile.locators import CellsLocator
from casefile.records import Cell, Exhibit, Identifier, Passage
from eval.own_questions.cells import number_forms
from eval.own_questions.patterns import THINGS, day_forms, day_in_words, put
from ingest.dates import find_dates
from ingest.sentences import sentences

LONGEST_QUOTE = 300
"""Characters of a drafted quote."""
MOST_EXHIBITS = 3
"""What stands in more exhibits is no question with a short answer."""
_READ = 30_000
"""Characters of an exhibit's text in which names and labels are looked for."""
_MOST_OF_A_KIND = 6
"""Candidates of one kind from one exhibit."""
_WORDS_OF_AN_EVENT = 6
"""A date among fewer words is a field, not something that happened."""
_MOST_PASSAGES = 200
"""What stands in more is talked of everywhere."""
_LABEL = re.compile(r"^(?P<label>[^\W\d_][^:;\n\t\d]{1,40}):[ \t]{0,8}(?P<value>\S[^\n]{0,120})", re.MULTILINE)
_NAME = re.compile(
    r"[^\W\d_a-z][^\W\d_A-Z]+(?:(?: (?:van|von|de|du|ten|ter)(?: der| den| la)?)? [^\W\d_a-z][^\W\d_A-Z]+){1,2}"
)
"""Two or three words with a capital, such as of a person."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question with its answer.

    Attributes:
        kind: the pattern that it was made by.
        question: its text.
        exhibits: ids of those that hold the answer.
        values: forms of each value that must be in the answer.
        quote: what answers; empty where nothing short does.
        note: where that stands, for the person who checks.
    """

    kind: str
    question: str
    exhibits: tuple[str, ...] = ()
    values: tuple[tuple[str, ...], ...] = ()
    quote: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """What one exhibit gives to ask about.

    Attributes:
        exhibit_id: which.
        language: of its text, as far as it is one of the case.
        names: of two or three words, each once.
        columns: names of columns that hold words; not times or numbers, which any table may have by other names.
        keys: texts by which single rows can be found, each with the name of its column before it.
        candidates: questions by kind, the first few of each.
    """

    exhibit_id: str
    language: Language
    names: tuple[str, ...]
    columns: frozenset[str]
    keys: tuple[tuple[str, str], ...]
    candidates: Mapping[str, tuple[Candidate, ...]]


def findings_of(case: Case, exhibit: Exhibit, called: str) -> Findings:
    """What an exhibit with a text gives to ask about; `called` is how questions and tables name it."""
    source = _Source(case, exhibit, called)
    names = tuple(name for name, _start, _end in source.names)
    return Findings(exhibit.id, source.language, names, source.columns, source.keys, source.candidates())


@dataclass(frozen=True)
class _Source:
    """One exhibit while it is looked through."""

    case: Case
    exhibit: Exhibit
    called: str

    @cached_property
    def text(self) -> str:
        """Its text."""
        return self.case.catalogue.text(self.exhibit.id)

    @cached_property
    def language(self) -> Language:
        """The language of its text, as far as it is one of the case."""
        languages = self.case.description.languages
        found = language_of(self.text[:_READ], languages)
        return found if found in languages else language_of("", languages)

    @cached_property
    def identifiers(self) -> tuple[Identifier, ...]:
        """What stands in its text, candidates that nothing confirms left out."""
        placed = self.case.catalogue.identifiers(exhibit_id=self.exhibit.id)
        return tuple(found.identifier for found in placed if found.identifier.tier < 3)

    @cached_property
    def stretches(self) -> tuple[tuple[int, int], ...]:
        """Its sentences, the first of them where it is long."""
        return sentences(self.text[:_READ])

    @cached_property
    def names(self) -> tuple[tuple[str, int, int], ...]:
        """Names of two or three words within sentences, with their places, each name once."""
        found: dict[str, tuple[str, int, int]] = {}
        opening = {start for start, _end in self.stretches}  # there any word has a capital
        text = self.text[:_READ]
        for start, end in name_runs(text, self.language):
            name = text[start:end]
            if _NAME.fullmatch(name) and len(name) <= 50 and start not in opening:
                found.setdefault(name, (name, start, end))
        return tuple(found.values())

    @cached_property
    def table(self) -> tuple[tuple[Passage, tuple[Cell, ...]], ...]:
        """Its rows with their cells; empty where it is no table."""
        return self.case.catalogue.rows_of(self.exhibit.id)

    @cached_property
    def _often(self) -> Counter[tuple[int, str]]:
        return Counter((cell.column, cell.value) for _passage, cells in self.table for cell in cells)

    @cached_property
    def columns(self) -> frozenset[str]:
        words: Counter[str] = Counter()
        for passage, cells in self.table:
            header = _header(passage)
            for cell in cells:
                if cell.column < len(header) and cell.type != "empty":
                    words[header[cell.column].strip()] += 1 if cell.type == "text" else -1
        return frozenset(name for name, balance in words.items() if name and balance > 0)

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        found = ((_header(passage), self._key(passage, cells)) for passage, cells in self.table)
        shown = ((header[key.column], self._shown(key)) for header, key in found if key is not None)
        return tuple(islice(shown, _MOST_OF_A_KIND))

    def candidates(self) -> dict[str, tuple[Candidate, ...]]:
        makers = {
            "row": self._rows,
            "labelled": self._labelled,
            "mention": self._mentions,
            "amount": self._amounts,
            "event": self._events,
            "sent": self._sent,
            "name": self._named,
        }
        return {kind: found for kind, make in makers.items() if (found := tuple(islice(make(), _MOST_OF_A_KIND)))}

    # --- one maker for each kind --------------------------------------------------------------------------------

    def _mentions(self) -> Iterator[Candidate]:
        things = THINGS[self.language]
        for found in _each_once(self.identifiers):
            if found.kind not in things:
                continue
            places = self.case.catalogue.identifiers(found.kind, found.normal)
            exhibits = tuple(dict.fromkeys(place.exhibit_id for place in places))
            if len(exhibits) <= MOST_EXHIBITS:
                forms = tuple(dict.fromkeys(_one_line(place.identifier.raw) for place in places))
                words = {"thing": things[found.kind], "value": _one_line(found.raw)}
                yield self._candidate("mention", words, found.start, exhibits, (forms,), with_quote=len(exhibits) == 1)

    def _labelled(self) -> Iterator[Candidate]:
        """`Label: value` on a line of its own, where the value holds a digit."""
        if self.exhibit.media_type.startswith("message/"):
            return  # the headers of a mail are labels of its own
        seen: set[str] = set()
        for match in _LABEL.finditer(self.text[:_READ]):
            label, value = match["label"].strip(), match["value"]
            begin, end = sentences(value)[0]
            value = value[begin:end]
            fits = len(label.split()) <= 4 and len(value) <= 60 and any(map(str.isdecimal, value))
            if fits and label not in seen:
                seen.add(label)
                words = {"label": label, "exhibit": self.called}
                yield self._candidate("labelled", words, match.start(), (self.exhibit.id,), ((value,),))

    def _amounts(self) -> Iterator[Candidate]:
        amounts = [found for found in self.identifiers if found.kind == "amount"]
        for name, start, _end in self.names:
            stretch = self._around(start)
            inside = [found for found in amounts if stretch[0] <= found.start < stretch[1]]
            if len(inside) == 1 and exhibits_with(self.case, name) == frozenset({self.exhibit.id}):
                values = ((_one_line(inside[0].raw),),)
                yield self._candidate("amount", {"name": name}, start, (self.exhibit.id,), values)

    def _events(self) -> Iterator[Candidate]:
        dates = {found.start: found.normal for found in self.identifiers if found.kind == "date"}
        days: dict[str, int] = {}
        for placed in self.case.catalogue.moments(self.exhibit.id, "mentioned"):
            start = placed.moment.start
            if start is not None and placed.moment.precision == "day" and _DAY.fullmatch(dates.get(start, "")):
                days.setdefault(dates[start], start)
        for day, start in days.items():
            exhibits = {place.exhibit_id for place in self.case.catalogue.identifiers("date", day)}
            if exhibits == {self.exhibit.id}:
                words = {"date": day_in_words(dt.date.fromisoformat(day), self.language)}
                candidate = self._candidate("event", words, start, (self.exhibit.id,), ())
                if len(candidate.quote.split()) >= _WORDS_OF_AN_EVENT:
                    yield candidate

    def _sent(self) -> Iterator[Candidate]:
        if self.exhibit.sent_at is None or not self.exhibit.title or not self.exhibit.media_type.startswith("message/"):
            return
        sent = [m for m in self.case.catalogue.stated_moments(self.exhibit.id) if m.meaning == "sent" and m.utc]
        if len(sent) == 1 and sent[0].utc:
            words = {"title": _one_line(self.exhibit.title)}
            day = sent[0].utc.astimezone(ZoneInfo(self.case.description.time_zone)).date()
            written = (reading.iso()[:10] for found in find_dates(sent[0].raw) for reading in found.readings)
            days = [day, *(dt.date.fromisoformat(iso) for iso in written if _DAY.fullmatch(iso))]
            forms = tuple(dict.fromkeys((_one_line(sent[0].raw), *(form for day in days for form in day_forms(day)))))
            yield Candidate(
                "sent", put("sent", self.language, **words), (self.exhibit.id,), (forms,), note=self._note(0)
            )

    def _named(self) -> Iterator[Candidate]:
        for name, start, _end in self.names:
            exhibits = exhibits_with(self.case, name)
            if exhibits and self.exhibit.id in exhibits and len(exhibits) <= MOST_EXHIBITS:
                alone = len(exhibits) == 1
                yield self._candidate("name", {"name": name}, start, tuple(sorted(exhibits)), (), with_quote=alone)

    def _rows(self) -> Iterator[Candidate]:
        for passage, cells in self.table:
            header = _header(passage)
            filled = [cell for cell in cells if self._shown(cell)]
            key = self._key(passage, cells)
            if key is not None:
                others = [c for c in filled if c is not key and c.column < len(header) and header[c.column].strip()]
                if others:
                    asked = others[passage.ordinal % len(others)]
                    words = {"column": header[asked.column], "key_column": header[key.column], "key": self._shown(key)}
                    yield self._candidate(
                        "row", words, passage.locator.start, (self.exhibit.id,), (self._forms(asked),)
                    )
            elif not header and len(filled) == 2:
                label, value = (self._shown(cell) for cell in filled)
                if len(label) <= 40 and len(value) <= 60:
                    words = {"label": label.rstrip(": "), "exhibit": self.called}
                    yield self._candidate("labelled", words, filled[0].start, (self.exhibit.id,), ((value,),))

    def _key(self, passage: Passage, cells: Sequence[Cell]) -> Cell | None:
        """The first text of a row that no other row has in its column."""
        header = _header(passage)
        named = (c for c in cells if c.type == "text" and c.column < len(header) and header[c.column].strip())
        return next((c for c in named if len(c.value) >= 4 and self._often[c.column, c.value] == 1), None)

    # --- what they share ----------------------------------------------------------------------------------------

    def _candidate(
        self,
        kind: str,
        words: dict[str, str],
        start: int,
        exhibits: tuple[str, ...],
        values: tuple[tuple[str, ...], ...],
        *,
        with_quote: bool = True,
    ) -> Candidate:
        begin, end = self._around(start)
        quote = _one_line(self.text[begin:end]) if with_quote and end - begin <= LONGEST_QUOTE else ""
        return Candidate(kind, put(kind, self.language, **words), exhibits, values, quote, self._note(start))

    def _around(self, offset: int) -> tuple[int, int]:
        """The sentence that holds an offset; the line, where the sentence is long or layout rather than language."""
        for start, end in self.stretches:
            if start <= offset < end and end - start <= LONGEST_QUOTE and self.text.count("\n", start, end) <= 2:
                return start, end
        start = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        return start, len(self.text) if end < 0 else end

    def _note(self, offset: int) -> str:
        text_sha256 = self.exhibit.text_sha256
        assert text_sha256 is not None
        try:
            passage = self.case.catalogue.passage_at(self.exhibit.id, text_sha256, offset)
        except ExhibitNotFoundError:  # before its first passage
            return self.called
        return f"{self.called}, {describe(passage.locator)}"

    def _shown(self, cell: Cell) -> str:
        return _one_line(self.text[cell.start : cell.end])

    def _forms(self, cell: Cell) -> tuple[str, ...]:
        shown = self._shown(cell)
        if cell.type != "number":
            return (shown,)
        try:
            return tuple(dict.fromkeys((shown, *number_forms(float(cell.value)))))
        except (ValueError, OverflowError):
            return (shown,)


def _header(passage: Passage) -> tuple[str, ...]:
    return passage.locator.header if isinstance(passage.locator, CellsLocator) else ()


def exhibits_with(case: Case, phrase: str) -> frozenset[str] | None:
    """Ids of the exhibits of a case in which these words stand one after the other, whatever their case.

    None where they stand in too many passages for a question about them.
    """
    ids = case.fulltext.all_passages(quoted(phrase))
    if len(ids) > _MOST_PASSAGES:
        return None
    return frozenset(passage.exhibit_id for passage in case.catalogue.passages(ids).values())


def _each_once(identifiers: Sequence[Identifier]) -> tuple[Identifier, ...]:
    return tuple({(found.kind, found.normal): found for found in reversed(identifiers)}.values())[::-1]


def _one_line(text: str) -> str:
    return " ".join(text.split())
