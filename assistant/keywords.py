"""Keyword lists over a whole case: every hit of every term, exhaustively; terms without a hit are kept."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TextIO

from assistant.keyword_terms import Atom, Term, WordTest, atoms, holds, word_tests
from assistant.records import ExhibitRef
from assistant.retrieval.case_reader import CatalogueReader
from assistant.word_scan import PassagePlaces, Span, WordScan, located, without_overlaps
from casefile.locators import Locator
from casefile.records import Coverage, Exhibit, Passage

FORMULA_BEGINNINGS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""Characters with which spreadsheet programs begin a formula, full-width forms included."""


class TextReader(CatalogueReader, Protocol):
    """The catalogue, with an exhibit's passages."""

    def passages_of(self, exhibit_id: str) -> tuple[Passage, ...]:
        """The passages of an exhibit's current text, in text order."""
        ...


@dataclass(frozen=True, slots=True)
class KeywordPlace:
    """One hit: `quote` is `text_of_exhibit[locator.start:locator.end]`; it begins in the passage."""

    passage_id: int
    locator: Locator
    quote: str


@dataclass(frozen=True, slots=True)
class KeywordExhibit:
    """The hits of one term in one exhibit, in text order."""

    exhibit: ExhibitRef
    places: tuple[KeywordPlace, ...]


@dataclass(frozen=True, slots=True)
class KeywordResult:
    """What became of one term."""

    line: int
    term: str
    exhibits: tuple[KeywordExhibit, ...]

    @property
    def hits(self) -> int:
        """How many places over all exhibits."""
        return sum(len(exhibit.places) for exhibit in self.exhibits)


@dataclass(frozen=True, slots=True)
class KeywordReport:
    """All terms in the order of the list, those without a hit too, and what was searched."""

    results: tuple[KeywordResult, ...]
    coverage: Coverage


def search_terms(
    catalogue: TextReader, terms: Sequence[Term], exhibit_ids: Sequence[str] | None = None
) -> KeywordReport:
    """Look for every term in the whole text of every exhibit, or of these.

    AND, OR and NOT are decided over a whole exhibit; its hits are then the places of the words and phrases that are
    sought. Each text is read once for all terms: the time is linear in the case's text.
    """
    lexicon = _Lexicon(terms)
    found: list[list[KeywordExhibit]] = [[] for _ in terms]
    chosen = None if exhibit_ids is None else frozenset(exhibit_ids)
    for exhibit in catalogue.exhibits():
        if exhibit.text_sha256 is None or (chosen is not None and exhibit.id not in chosen):
            continue
        text = catalogue.text(exhibit.id)
        for number, spans in _hits(text, terms, lexicon):
            found[number].append(_placed(catalogue, exhibit, text, spans))
    results = tuple(
        KeywordResult(term.line, term.written, tuple(exhibits)) for term, exhibits in zip(terms, found, strict=True)
    )
    return KeywordReport(results, catalogue.coverage(exhibit_ids))


def write_csv(results: Iterable[KeywordResult], stream: TextIO) -> None:
    """One row for each term and exhibit, and one for each term without a hit."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["line", "term", "hits", "exhibits", "exhibit", "path", "hits in exhibit", "first quote", "start"])
    for result in results:
        about = [str(result.line), neutralised(result.term), str(result.hits), str(len(result.exhibits))]
        for found in result.exhibits:
            first = found.places[0]
            quote = neutralised(" ".join(first.quote.split()))
            path = neutralised(found.exhibit.path)
            writer.writerow([*about, found.exhibit.id, path, len(found.places), quote, first.locator.start])
        if not result.exhibits:
            writer.writerow([*about, "", "", 0, "", ""])


def neutralised(cell: str) -> str:
    """A cell that no spreadsheet program takes for a formula: an apostrophe is put in front of one that it would.

    See OWASP, "CSV injection".
    """
    begins = cell[:1] in FORMULA_BEGINNINGS or cell.lstrip()[:1] in FORMULA_BEGINNINGS
    return f"'{cell}" if cell and begins else cell


class _Lexicon:
    """Which words of the case fit each word of the terms. A word is tested once, at the first text that holds it."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._phrases: dict[Atom, list[set[str]]] = {}
        self._open: list[tuple[WordTest, set[str]]] = []
        self._seen: set[str] = set()
        for atom in (atom for term in terms for atom in atoms(term.expression)):
            if atom not in self._phrases:
                self._phrases[atom] = [self._fitting(test) for test in word_tests(atom)]

    def _fitting(self, test: str | WordTest) -> set[str]:
        if isinstance(test, str):
            return {test}
        fitting: set[str] = set()
        self._open.append((test, fitting))
        return fitting

    def learn(self, words: frozenset[str]) -> None:
        """Test the words that were not seen before."""
        if self._open:
            for word in words - self._seen:
                for test, fitting in self._open:
                    if test(word):
                        fitting.add(word)
            self._seen |= words

    def phrase(self, atom: Atom) -> list[set[str]]:
        """For each neighbouring word of an atom the words that fit it."""
        return self._phrases[atom]


def _hits(text: str, terms: Sequence[Term], lexicon: _Lexicon) -> Iterable[tuple[int, tuple[Span, ...]]]:
    scan = WordScan(text)
    lexicon.learn(scan.words)
    known: dict[Atom, tuple[Span, ...]] = {}

    def spans_of(atom: Atom) -> tuple[Span, ...]:
        if atom not in known:
            known[atom] = tuple(scan.find(lexicon.phrase(atom)))
        return known[atom]

    for number, term in enumerate(terms):
        if holds(term.expression, lambda atom: bool(spans_of(atom))):
            spans = [span for atom in atoms(term.expression, sought_only=True) for span in spans_of(atom)]
            yield number, without_overlaps(spans)


def _placed(catalogue: TextReader, exhibit: Exhibit, text: str, spans: Sequence[Span]) -> KeywordExhibit:
    places = PassagePlaces(catalogue.passages_of(exhibit.id))
    hits = [
        KeywordPlace(passage.id, located(passage, span), text[span.start : span.end])
        for span in spans
        if (passage := places.passage_at(span.start)) is not None
    ]
    return KeywordExhibit(ExhibitRef(exhibit.id, exhibit.name, exhibit.path), tuple(hits))
