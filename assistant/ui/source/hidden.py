"""Characters that would act without being seen: shown, never obeyed.

A text may hold direction overrides that turn an account number round, zero-width characters that split a word, or tag
letters that only a program reads. `runs` cuts a text so that a template can show each of them as a small label.
"""

import re
import unicodedata
from dataclasses import dataclass

_ALWAYS_HIDDEN = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and line feed
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks, embeddings, overrides, isolates
    r"\u200b\u2060-\u2064\u206a-\u206f\ufeff\u180e\u034f\u115f\u1160\u3164\uffa0"  # no width, or no ink
    r"\ufff9-\ufffb\U000e0000-\U000e007f"  # interlinear marks, tag letters
    r"\ud800-\udfff"
)
_JOINERS = r"\u200c\u200d"
_HIDDEN = re.compile(f"[{_ALWAYS_HIDDEN}{_JOINERS}]+")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text to be shown. `codes` names the hidden characters that stand here, as `U+202E`; else empty."""

    text: str
    codes: tuple[str, ...] = ()
    names: str = ""


def runs(text: str) -> tuple[Run, ...]:
    """The text cut into what is seen and what is not. Line ends CR LF become LF; nothing else is changed."""
    text = text.replace("\r\n", "\n")
    found: list[Run] = []
    position = 0
    for match in _HIDDEN.finditer(text):
        hidden = match[0]
        if len(hidden) == 1 and hidden in "\u200c\u200d" and _joins(text, match.start()):
            continue
        if match.start() > position:
            found.append(Run(text[position : match.start()]))
        found.append(Run("", tuple(code(character) for character in hidden[:MOST_NAMED]), _names(hidden)))
        position = match.end()
    if position < len(text):
        found.append(Run(text[position:]))
    return tuple(found)


MOST_NAMED = 40
"""Of a long row of hidden characters so many are named; what a name says stands for the rest."""


def in_a_line(text: str) -> str:
    """The text on one line, for an attribute or a name: what is not seen as `[U+202E]`."""
    line = " ".join(text.split()) if not _HIDDEN.search(text) else text
    pieces = [run.text or "".join(f"[{shown}]" for shown in run.codes) for run in runs(line)]
    return " ".join("".join(pieces).split())


def code(character: str) -> str:
    """A character's number, as the Unicode Standard writes it."""
    return f"U+{ord(character):04X}"


def _names(hidden: str) -> str:
    named = dict.fromkeys(unicodedata.name(character, code(character)) for character in hidden[:MOST_NAMED])
    more = f" (+{len(hidden) - MOST_NAMED})" if len(hidden) > MOST_NAMED else ""
    return ", ".join(named) + more


def _joins(text: str, at: int) -> bool:
    """Whether a joiner does its work: within an emoji, or between letters of a script that writes with joiners."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if not before or not after:
        return False
    if text[at] == "\u200d" and unicodedata.category(after) == "So":
        return unicodedata.category(before) in {"So", "Sk", "Mn"}
    # category Lo without case: Arabic, Indic and others; joiners in Latin, Greek or Cyrillic words have no use
    return all(unicodedata.category(character) in {"Lo", "Mn", "Mc"} for character in (before, after))
