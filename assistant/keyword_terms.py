"""The language of keyword lists: one term a line, parsed.

crane                a word; case and diacritics do not count
red crane            neighbouring words: a phrase; the same as "red crane"
VKT-482-B            a code: its parts as a phrase
crane*  *kran  c?ne  `*` stands for any letters or none, `?` for exactly one
meyer~1  meyer~      a word in which so many letters may differ (1 unless said, at most 3)
a AND (b OR c) NOT d capitals; an exhibit must meet it as a whole
# remark             a line that begins with `#`
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import assert_never

from assistant.retrieval.query import folded
from casefile.errors import UsageError

LONGEST_LINE = 2_000
"""Characters of one term."""
MOST_TERMS = 20_000
DEEPEST = 40
"""Brackets and NOTs inside one another."""
MOST_DIFFERENCES = 3

WordTest = Callable[[str], bool]
"""Tells whether a folded word fits."""

_TOKEN = re.compile(r'\s*(?:(?P<bracket>[()])|"(?P<phrase>[^"]*)"(?P<near>~\S*)?|(?P<open>")|(?P<bare>[^\s()"]+))')
_PIECE = re.compile(r"(?:[^\W_][\u0300-\u036f]*|[*?])+")
_FUZZY = re.compile(r"(?P<word>[^~]+)~(?P<differences>\d*)")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand next to one another; each is folded and may hold `*` and `?`."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """A folded word in which `differences` letters may be changed, added, left out, or swapped with a neighbour."""

    word: str
    differences: int


@dataclass(frozen=True, slots=True)
class Both:
    """Every part must stand in the exhibit."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part must stand in the exhibit."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Without:
    """The part must not stand in the exhibit."""

    part: "Expression"


Atom = Phrase | Fuzzy
Expression = Phrase | Fuzzy | Both | Either | Without


@dataclass(frozen=True, slots=True)
class Term:
    """A line of a keyword list: its number from 1, as written, and what it means."""

    line: int
    written: str
    expression: Expression


def parse_terms(listing: str) -> tuple[Term, ...]:
    """Read a keyword list.

    Raises:
        UsageError: a line cannot be read, with its number; or there is no term, or too many.
    """
    terms: list[Term] = []
    for number, line in enumerate(listing.removeprefix("\ufeff").splitlines(), start=1):
        written = line.strip()
        if not written or written.startswith("#"):
            continue
        if len(terms) >= MOST_TERMS:
            raise UsageError(f"The keyword list has more than {MOST_TERMS:,} terms. Split it.")
        terms.append(Term(number, written, parse_term(written, number)))
    if not terms:
        raise UsageError("The keyword list holds no term: write one a line; lines that begin with # are remarks.")
    return tuple(terms)


def parse_term(written: str, line: int = 1) -> Expression:
    """Read one term.

    Raises:
        UsageError: it cannot be read; the message names the line and what is wrong.
    """
    if len(written) > LONGEST_LINE:
        raise UsageError(f"Line {line} of the keyword list: longer than {LONGEST_LINE:,} characters.")
    expression = _Parser(written, line).parsed()
    if not _finds(expression):
        raise UsageError(
            f"Line {line} of the keyword list: NOT only takes away; say what to look for, such as: crane NOT toy."
        )
    return expression


def atoms(expression: Expression, *, sought_only: bool = False) -> Iterator[Atom]:
    """The words and phrases of an expression; `sought_only` leaves out those under NOT."""
    if isinstance(expression, Phrase | Fuzzy):
        yield expression
    elif isinstance(expression, Both | Either):
        for part in expression.parts:
            yield from atoms(part, sought_only=sought_only)
    elif isinstance(expression, Without):
        if not sought_only:
            yield from atoms(expression.part)
    else:
        assert_never(expression)


def holds(expression: Expression, stands: Callable[[Atom], bool]) -> bool:
    """Whether an exhibit meets an expression, given which of its words and phrases stand in it."""
    if isinstance(expression, Phrase | Fuzzy):
        return stands(expression)
    if isinstance(expression, Both):
        return all(holds(part, stands) for part in expression.parts)
    if isinstance(expression, Either):
        return any(holds(part, stands) for part in expression.parts)
    if isinstance(expression, Without):
        return not holds(expression.part, stands)
    assert_never(expression)


def word_tests(atom: Atom) -> tuple[str | WordTest, ...]:
    """For each neighbouring word that an atom asks for the word itself, or a test where several words fit."""
    if isinstance(atom, Fuzzy):
        return (_fuzzy_test(atom),)
    return tuple(_wildcard_test(word) if set(word) & {"*", "?"} else word for word in atom.words)


def _wildcard_test(pattern: str) -> WordTest:
    first, *others = [re.escape(part).replace(r"\?", ".") for part in re.split(r"\*+", pattern)]
    if others:
        # Each middle part is taken at its first place for good: linear, however many stars there are.
        middle = "".join(f"(?>.*?{part})" for part in others[:-1])
        first = f"{first}{middle}.*{others[-1]}"
    compiled = re.compile(first, re.DOTALL)
    return lambda word: compiled.fullmatch(word) is not None


def _fuzzy_test(atom: Fuzzy) -> WordTest:
    from rapidfuzz.distance import OSA

    def close(word: str) -> bool:
        if abs(len(word) - len(atom.word)) > atom.differences:
            return False
        return OSA.distance(atom.word, word, score_cutoff=atom.differences) <= atom.differences

    return close


def _finds(expression: Expression) -> bool:
    if isinstance(expression, Both):
        return any(_finds(part) for part in expression.parts)
    if isinstance(expression, Either):
        return all(_finds(part) for part in expression.parts)
    return not isinstance(expression, Without)


class _Parser:
    """Recursive descent: either > both > not > bracket or atom."""

    def __init__(self, written: str, line: int) -> None:
        self._line = line
        self._tokens = list(self._split(written))
        self._place = 0

    def parsed(self) -> Expression:
        expression = self._either(0)
        if self._peek() == ")":
            raise self._wrong("a bracket is closed that was not opened")
        return expression

    def _split(self, written: str) -> Iterator["str | Atom"]:
        """Brackets and operators as text, words and phrases as atoms; neighbouring bare words become one phrase."""
        bare: list[str] = []
        for match in _TOKEN.finditer(written):
            word = match["bare"]
            if word is not None and word not in ("AND", "OR", "NOT") and "~" not in word:
                bare.append(word)
                continue
            if bare:
                yield self._phrase(" ".join(bare))
                bare = []
            yield self._token(match)
        if bare:
            yield self._phrase(" ".join(bare))

    def _token(self, match: re.Match[str]) -> "str | Atom":
        if match["open"] is not None:
            raise self._wrong('a quotation mark " is not closed')
        if match["near"] is not None:
            raise self._wrong("~ goes with one word, not with a phrase")
        if match["phrase"] is not None:
            return self._phrase(match["phrase"])
        if match["bracket"] is not None:
            return match["bracket"]
        return match["bare"] if match["bare"] in ("AND", "OR", "NOT") else self._fuzzy(match["bare"])

    def _phrase(self, written: str) -> Phrase:
        words = tuple(folded(piece) for piece in _PIECE.findall(written))
        if not any(character not in "*?" for word in words for character in word):
            raise self._wrong(f"{written!r} holds no letter or digit to look for")
        return Phrase(words)

    def _fuzzy(self, written: str) -> Fuzzy:
        match = _FUZZY.fullmatch(written)
        pieces = _PIECE.findall(match["word"]) if match else []
        if match is None or len(pieces) != 1 or set(pieces[0]) & {"*", "?"}:
            raise self._wrong(f"{written!r}: ~ goes after one plain word, as in meyer~1")
        differences = int(match["differences"][:3] or 1)
        word = folded(pieces[0])
        if not 1 <= differences <= MOST_DIFFERENCES:
            raise self._wrong(f"{written!r}: from 1 to {MOST_DIFFERENCES} letters may differ")
        if len(word) <= 2 * differences:
            raise self._wrong(f"{written!r} is too short: with {differences} differing it would fit nearly any word")
        return Fuzzy(word, differences)

    def _either(self, depth: int) -> Expression:
        parts = [self._both(depth)]
        while self._peek() == "OR":
            self._place += 1
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self, depth: int) -> Expression:
        parts = [self._single(depth)]
        while (token := self._peek()) is not None and token not in ("OR", ")"):
            if token == "AND":  # noqa: S105 - an operator
                self._place += 1
            parts.append(self._single(depth))
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _single(self, depth: int) -> Expression:
        token = self._peek()
        self._place += 1
        if depth > DEEPEST:
            raise self._wrong(f"more than {DEEPEST} brackets inside one another")
        if isinstance(token, Phrase | Fuzzy):
            return token
        if token == "NOT":  # noqa: S105 - an operator
            return Without(self._single(depth + 1))
        if token == "(":  # noqa: S105 - a bracket
            inside = self._either(depth + 1)
            if self._peek() != ")":
                raise self._wrong("a bracket is not closed")
            self._place += 1
            return inside
        where = "at the end" if token is None else f"before {token}"
        raise self._wrong(f"a word or phrase is missing {where}")

    def _peek(self) -> "str | Atom | None":
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _wrong(self, what: str) -> UsageError:
        return UsageError(f"Line {self._line} of the keyword list: {what}.")
