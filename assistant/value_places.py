"""Whether each value and name of a claim stands where the quote has it, and not in the place of another.

A quote of several sentences holds many values, so that a value is in it proves little: "the fee is 500" where the quote
says "the fee is 300, the deposit 500". Each value or name of a claim is a *slot* with words before and after it. The
words around it are compared with those around every slot of the quotes. When they fit the slot of another value clearly
better than any place where its own value stands, the claim has put it there.

What may be left out of a sentence (between commas, in brackets, a relative clause) may be left out of the words around.
Work is bounded: at most `_MOST_STATED` slots of a claim against `_MOST_SLOTS` of the quotes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from assistant.lexicon import ALL_FUNCTION_WORDS, FUNCTION_WORDS, TextLanguage, fold, text_language_of
from assistant.names import acronyms, initials, name_runs, spellings
from assistant.same_values import same_value
from assistant.values import Value, find_values

_WINDOW = 6
"""Words looked at on either side."""
_CLOSE = 0.55
"""The least share of a claim's context that must fit another value's slot."""
_VERY_CLOSE = 0.75
"""The same where the quotes have the words of a name, but never together."""
_MARGIN = 0.25
"""How much better than the value's own place that slot must fit."""
_EVIDENCE = 1.2
"""The least weight of fitting words, about two words next to the value."""
_MOST_STATED = 40
_MOST_SLOTS = 500
_MOST_OWN = 60
"""A value that stands in the quotes more often is not judged."""
_MOST_NAME_WORDS = 12
_LONGEST_INSERTION = 30
"""Words that may be left out beside a value."""
_RESUMES = 4
"""Places after an insertion where a sentence may go on."""

_WORD = re.compile(r"\w+(?:[.,:'\u2019-]\w+)*|[%$\u20ac\u00a3]")
_SENTENCE_END = re.compile(r"[.!?;](?:\s|$)")
_BREAK = re.compile(r"[,()\[\]:\u2013\u2014]|\s-\s|--")
_RELATIVE = frozenset(
    {"who", "which", "that", "whose", "where", "der", "die", "das", "welche", "que", "quien", "qui", "dont", "dat"}
)


@dataclass(frozen=True, slots=True)
class _Text:
    """The folded words of a text with their weights.

    `sentences` numbers each word's sentence; `breaks` says whether a comma, bracket or dash stands before a word.
    """

    words: tuple[str, ...]
    weights: tuple[float, ...]
    sentences: tuple[int, ...]
    breaks: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class _Slot:
    """A value, or the words of a name in every spelling, at the words `first` to `last` (exclusive) of a text."""

    raw: str
    value: Value | None
    name: tuple[frozenset[str], ...]
    initials: frozenset[str]
    acronyms: frozenset[str]
    text: _Text
    first: int
    last: int


def check_places(claim: str, quotes: Sequence[str], language: TextLanguage) -> str | None:
    """Whether a value or a name of the claim stands in the place of another one.

    Returns:
        A reason, or None when nothing is found out of place.
    """
    stated = _slots(claim, language)[:_MOST_STATED]
    if not stated:
        return None
    there = [slot for quote in quotes for slot in _slots(quote, text_language_of(quote, (language,)))][:_MOST_SLOTS]
    for slot in stated:
        other = _taken_from(slot, [known for known in there if (known.value is None) == (slot.value is None)])
        if other is not None:
            return f"\u201c{slot.raw}\u201d stands where the cited text has \u201c{other.raw}\u201d"
    return None


def _taken_from(slot: _Slot, there: Sequence[_Slot]) -> _Slot | None:
    """The slot of another value whose surroundings are the claim's."""
    own = [known for known in there if _alike(slot, known)]
    if len(own) > _MOST_OWN or (not own and slot.value is not None):
        return None
    around = _around(slot)
    same = {id(known) for known in own}
    best, place = (_CLOSE if own else _VERY_CLOSE), None
    for known in there:
        if id(known) not in same:
            fit, evidence = _fit(around, known, leaving_out=False)
            if fit > best and evidence >= _EVIDENCE:
                best, place = fit, known
    if place is None or any(_fit(around, known, leaving_out=True)[0] > best - _MARGIN for known in own):
        return None
    return place


def _alike(one: _Slot, other: _Slot) -> bool:
    """Whether two slots hold the same value, or names one of which may stand for the other."""
    if one.value is not None and other.value is not None:
        return same_value(one.value, other.value)
    if one.initials & other.acronyms or other.initials & one.acronyms:
        return True
    short, long = sorted((one.name, other.name), key=len)
    return all(any(_same_word(word, candidate) for candidate in long) for word in short)


def _same_word(one: frozenset[str], other: frozenset[str]) -> bool:
    if one & other:
        return True
    short = min((*one, *other), key=len)
    return len(short) == 1 and any(form.startswith(short) for form in one) and any(f.startswith(short) for f in other)


# --- how well surroundings fit -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Around:
    """The words before and after a claim's slot, nearest first, with what each is worth there."""

    sides: tuple[tuple[tuple[str, float], ...], tuple[tuple[str, float], ...]]
    words: frozenset[str]
    total: float


def _around(slot: _Slot) -> _Around:
    text = slot.text
    before, after = (
        tuple((text.words[at], text.weights[at] / distance) for distance, at in enumerate(_side(slot, step), start=1))
        for step in (-1, 1)
    )
    both = (*before, *after)
    return _Around((before, after), frozenset(word for word, _ in both), sum(weight for _, weight in both))


def _fit(around: _Around, known: _Slot, *, leaving_out: bool) -> tuple[float, float]:
    """The share of the weight of a claim's words around a slot that stands around the other, and that weight itself.

    A word counts less the farther it is from the value, and less the farther its distance differs.
    """
    found = 0.0
    for step, wanted in zip((-1, 1), around.sides, strict=True):
        sides = _sides(known, step) if leaving_out else (_side(known, step),)
        found += max(_matched(wanted, [known.text.words[place] for place in side], around.words) for side in sides)
    return (found / around.total if around.total else 0.0), found


def _matched(wanted: Sequence[tuple[str, float]], there: Sequence[str], words: frozenset[str]) -> float:
    if words.isdisjoint(there):
        return 0.0
    found = 0.0
    for place, (word, weight) in enumerate(wanted):
        if word in there:
            nearest = min(abs(place - other) for other, candidate in enumerate(there) if candidate == word)
            found += weight / (1 + nearest)
    return found


def _side(slot: _Slot, step: int, skipped: int = 0) -> range:
    """The places of the words before (-1) or after (1) a slot, nearest first, in its sentence."""
    text = slot.text
    start = (slot.last if step == 1 else slot.first - 1) + step * skipped
    sentence = text.sentences[slot.first]
    end = start
    while 0 <= end < len(text.words) and abs(end - start) < _WINDOW and text.sentences[end] == sentence:
        end += step
    return range(start, end, step)


def _sides(slot: _Slot, step: int) -> Iterator[range]:
    """The words on one side, and those left when an insertion beside the value goes."""
    yield _side(slot, step)
    text, resumes = slot.text, 0
    at = slot.last if step == 1 else slot.first
    if not 0 <= at < len(text.words):
        return
    relative = step == 1 and text.words[at] in _RELATIVE
    if not (text.breaks[at] or relative):
        return
    for skipped in range(1, _LONGEST_INSERTION):
        place = at + step * skipped
        if not 0 <= place < len(text.words) or text.sentences[min(place, at)] != text.sentences[max(place, at) - 1]:
            return
        if text.breaks[place] or relative:
            yield _side(slot, step, skipped)
            resumes += not relative
        if resumes == _RESUMES:
            return


# --- reading a text ------------------------------------------------------------------------------------------------


def _slots(text: str, language: TextLanguage) -> list[_Slot]:
    """The values and names of a text, in order."""
    values = find_values(text, language)
    inside = bytearray(len(text))
    for value in values:
        inside[value.start : value.end] = b"\x01" * (value.end - value.start)
    found: list[tuple[int, int, Value | None]] = [(value.start, value.end, value) for value in values]
    found += [(start, end, None) for start, end in _names(text, language) if not any(inside[start:end])]
    found.sort(key=lambda one: one[0])
    read, places = _read(text, [(start, end) for start, end, _ in found], language)
    return [
        _slot(text[start:end], value, read, place) for (start, end, value), place in zip(found, places, strict=True)
    ]


def _slot(raw: str, value: Value | None, text: _Text, place: tuple[int, int]) -> _Slot:
    if value is not None:
        return _Slot(raw, value, (), frozenset(), frozenset(), text, *place)
    return _Slot(raw, None, _name_words(raw), initials(raw), acronyms(raw), text, *place)


_CAPITALISED = re.compile(r"(?<=[^\W\d_] )[A-Z\u00c4\u00d6\u00dc][^\W\d_]+(?:[ -][A-Z\u00c4\u00d6\u00dc][^\W\d_]+)*")


def _names(text: str, language: TextLanguage) -> Sequence[tuple[int, int]]:
    """Names; in German every noun, since there a name after an article looks like one."""
    if language != "de":
        return name_runs(text, language)
    return [match.span() for match in _CAPITALISED.finditer(text)]


_NAME_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")


def _name_words(raw: str) -> tuple[frozenset[str], ...]:
    found = _NAME_WORD.finditer(raw)
    return tuple(spellings(fold(match.group())) for match in islice(found, _MOST_NAME_WORDS))


def _read(text: str, spans: Sequence[tuple[int, int]], language: TextLanguage) -> tuple[_Text, list[tuple[int, int]]]:
    """The words of a text, and for each span the words it covers (at least one is put in for it)."""
    words: list[str] = []
    sentences: list[int] = []
    breaks: list[bool] = []
    places: list[tuple[int, int]] = []
    sentence = at = 0
    matches = list(_WORD.finditer(text))
    number = 0
    for start, end in (*spans, (len(text), len(text))):
        while number < len(matches) and matches[number].start() < start:
            match = matches[number]
            sentence, broken = _gap(text[at : match.start()], sentence)
            _add(words, sentences, breaks, fold(match.group()), sentence, broken=broken)
            at, number = match.end(), number + 1
        if start == len(text):
            break
        sentence, broken = _gap(text[at:start], sentence)
        first = len(words)
        _add(words, sentences, breaks, fold(" ".join(text[start:end].split())), sentence, broken=broken)
        places.append((first, len(words)))
        while number < len(matches) and matches[number].start() < end:
            number += 1
        at = end
    ordinary = FUNCTION_WORDS[language] | ALL_FUNCTION_WORDS
    weights = tuple(0.5 if word in ordinary else 1.0 for word in words)
    return _Text(tuple(words), weights, tuple(sentences), tuple(breaks)), places


def _gap(between: str, sentence: int) -> tuple[int, bool]:
    """What stands between two words: whether a sentence ends, and whether a part of one does."""
    return sentence + bool(_SENTENCE_END.search(between)), bool(_BREAK.search(between))


def _add(words: list[str], sentences: list[int], breaks: list[bool], word: str, sentence: int, *, broken: bool) -> None:
    words.append(word)
    sentences.append(sentence)
    breaks.append(broken)
