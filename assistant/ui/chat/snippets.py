"""The stretch of a passage that a person looks at first: the one that holds most of what was asked."""

from bisect import bisect_left

from assistant.retrieval.query import word_set, word_spans

_SHORT_WORD = 3
"""Shorter words stand everywhere and say nothing about the place."""


def snippet(text: str, asked: str, longest: int) -> str:
    """At most so many characters of a text, white space as one blank, with an ellipsis where something is left out.

    The stretch begins at a word; of several that hold as many different words of what was asked, the first is taken.
    Linear in the text.
    """
    plain = " ".join(text.split())
    if len(plain) <= longest:
        return plain
    begin = _best_begin(plain, asked, longest)
    end = begin + longest
    if end < len(plain):
        end = plain.rfind(" ", begin + 1, end + 1)
        end = begin + longest if end <= begin else end
    before = "… " if begin else ""
    after = " …" if end < len(plain) else ""
    return f"{before}{plain[begin:end]}{after}"


def _best_begin(plain: str, asked: str, longest: int) -> int:
    wanted = {word for word in word_set(asked) if len(word) > _SHORT_WORD or any(letter.isdigit() for letter in word)}
    hits = [(start, end, word) for start, end, word in word_spans(plain) if word in wanted]
    lead = longest // 4
    best, most = 0, 0
    inside: dict[str, int] = {}
    first = 0
    for start, end, word in hits:
        inside[word] = inside.get(word, 0) + 1
        while end - hits[first][0] > longest - lead and hits[first][0] < start:
            left = hits[first][2]
            inside[left] -= 1
            if not inside[left]:
                del inside[left]
            first += 1
        if len(inside) > most:
            best, most = hits[first][0], len(inside)
    return _beginning_of_words(plain, best, lead)


def _beginning_of_words(plain: str, at: int, lead: int) -> int:
    """Some words before a place, so that a sentence can be understood."""
    blanks = [place for place, letter in enumerate(plain[:at]) if letter == " "]
    place = bisect_left(blanks, at - lead)
    return blanks[place] + 1 if at > lead and place < len(blanks) else (0 if at <= lead else at)
