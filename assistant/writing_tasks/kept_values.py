"""Whether a translation keeps what must stay byte for byte: identifiers, numbers, the figures of dates, addresses.

Whatever has a digit, and every mail and web address, must stand in the translation as it stands in the original, as
often; and nothing of the kind may be added. `5. Mai 2023` may become `5 May 2023`: its figures stay. Names are judged
by the verifier of all sentences (`assistant.citations`), which cannot see across languages whether something is
denied: that is counted here.
"""

import re
from collections import Counter

from assistant.lexicon import TextLanguage, negations, text_language_of

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,500}|[\w.+-]{1,100}@[\w.-]{1,200}", re.IGNORECASE)
_WITH_DIGITS = re.compile(r"[^\s\"'\u2019\u201c\u201d\u201e\u00ab\u00bb()\[\]<>{}|;]{1,200}")
_DIGIT = re.compile(r"\d")
_EDGES = ".,:!?\u2026*_"
_ORDINAL = re.compile(r"(?P<figures>\d{1,4})(?:\.|st|nd|rd|th|er|re|e|\u00e8me|eme|de|ste|\u00ba|\u00aa)")


def not_kept(original: str, translation: str) -> str:
    """Why a translation cannot stand for its original; empty where code finds nothing against it."""
    before, after = _fixed(original), _fixed(translation)
    lost = [value for value, times in before.items() if after[value] < times]
    if lost:
        return f"{_told(lost)} of the original is missing"
    added = [value for value in after if value not in before]
    if added:
        return f"{_told(added)} is not in the original"
    one, other = text_language_of(original), text_language_of(translation)
    if one != other and _denies(original, one) != _denies(translation, other):
        return "one of them denies something and the other does not"
    return ""


def _fixed(text: str) -> Counter[str]:
    """What must stay, and how often it stands there; the mark of an ordinal may change (`3.`, `3rd`, `3e`)."""
    found: Counter[str] = Counter()
    rest = []
    at = 0
    for match in _ADDRESS.finditer(text):
        found[match.group().rstrip(_EDGES)] += 1
        rest.append(text[at : match.start()])
        at = match.end()
    rest.append(text[at:])
    for match in _WITH_DIGITS.finditer(" ".join(rest)):
        value = match.group()
        if _DIGIT.search(value):
            ordinal = _ORDINAL.fullmatch(value.rstrip(","))
            found[ordinal["figures"] if ordinal else value.strip(_EDGES)] += 1
    return found


def _denies(text: str, language: TextLanguage) -> bool:
    return negations(text, language) > 0


def _told(values: list[str]) -> str:
    return ", ".join(f"\u201c{value[:60]}\u201d" for value in values[:3])
