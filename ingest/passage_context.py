"""The context of a passage: what helps to find it and is never quoted, joined and kept short."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ingest.reading import Reading
from ingest.times import resolve

CONTEXT_CHARACTERS = 200
JOIN = " · "
_LONGEST_PIECE = 160
_UNTRUSTED_CHARACTERS = 1_000
"""What is looked at of a title or label: it comes from the file and may be of any length."""
_MOST_HEADINGS = 4
_BLANKS = re.compile(r"\s+")
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_SHORTEST_CUT = 12


@dataclass(frozen=True, slots=True)
class DocumentContext:
    """What all passages of a document share: its title and, of a mail, sender and day."""

    title: str
    sender: str
    day: str


def tidy(untrusted: str) -> str:
    """One line, blanks joined, of bounded length."""
    return _BLANKS.sub(" ", untrusted[:_UNTRUSTED_CHARACTERS]).strip()


def document_context(reading: Reading) -> DocumentContext:
    """Take the title, sender and the day of sending, as stated, from a reading."""
    sent = next((time.raw for time in reading.times if time.meaning == "sent"), "")
    return DocumentContext(tidy(reading.title), tidy(reading.sender), _day(sent))


def _day(raw: str) -> str:
    """The day as its sender's clock showed it, in ISO 8601; what cannot be read is left as it is."""
    moment = resolve(raw, "sent", time_zone="UTC")
    if moment.utc is None:
        return tidy(raw)[:40]
    zone = _OFFSET.fullmatch(moment.zone or "")
    shift = timedelta(hours=int(zone[2]), minutes=int(zone[3])) if zone else timedelta()
    return (moment.utc - shift if zone and zone[1] == "-" else moment.utc + shift).date().isoformat()


def join_context(pieces: Sequence[str], text: str, measure: Callable[[str], int], most: int) -> str:
    """Join what is neither in another piece nor in the passage's own text, within both bounds.

    Args:
        pieces: from the general (title) to the special (columns), tidied; may be empty strings.
        text: the passage's.
        measure: counts tokens.
        most: tokens that the context may have.
    """
    kept: list[str] = []
    own = tidy(text).casefold() if any(pieces) else ""
    for piece in pieces:
        folded = piece.casefold()
        if piece and not _within(folded, own) and not any(_within(folded, other.casefold()) for other in kept):
            kept = [other for other in kept if not _within(other.casefold(), folded)]
            kept.append(piece)
    joined = JOIN.join(_shortened(kept))
    while joined and measure(joined) > most:
        joined = _clip(joined, len(joined) * 3 // 4)
    return joined


def heading_pieces(headings: Sequence[str]) -> tuple[str, ...]:
    """The headings above a passage, the outermost and the nearest where there are many."""
    tidied = [tidy(heading) for heading in headings]
    if len(tidied) > _MOST_HEADINGS:
        tidied = [tidied[0], *tidied[1 - _MOST_HEADINGS :]]
    return tuple(tidied)


def _within(piece: str, text: str) -> bool:
    """Tell whether `text` holds `piece` as whole words."""
    at = text.find(piece)
    while at != -1:
        end = at + len(piece)
        if not (text[at - 1 : at].isalnum() and piece[0].isalnum()) and not text[end : end + 1].isalnum():
            return True
        at = text.find(piece, end)
    return False


def _shortened(pieces: list[str]) -> list[str]:
    """Clip the longest pieces to one common length so that all together keep `CONTEXT_CHARACTERS`."""
    room = CONTEXT_CHARACTERS - len(JOIN) * max(0, len(pieces) - 1)
    longest = min(_LONGEST_PIECE if len(pieces) > 1 else CONTEXT_CHARACTERS, room)
    while longest > 1 and sum(min(len(piece), longest) for piece in pieces) > room:
        longest -= 1
    return [clipped for piece in pieces if (clipped := _clip(piece, longest))]


def _clip(piece: str, length: int) -> str:
    """Cut at a blank where that keeps most of the piece."""
    if len(piece) <= length:
        return piece
    cut = piece.rfind(" ", length // 2, length + 1)
    return piece[: cut if cut >= min(_SHORTEST_CUT, length) else length].rstrip(" |,;:·")
