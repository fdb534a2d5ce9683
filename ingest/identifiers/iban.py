"""Bank account numbers (ISO 13616), checked by country, structure and modulo 97.

A number of the right shape whose checksum fails is evidence too: it is kept as an unverified candidate.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from casefile.records import Identifier, IdentifierKind, Tier
from ingest.identifiers.port import VALUE_START, FindingContext, has_label

_START = re.compile(rf"{VALUE_START}[A-Za-z]{{2}}[ \u00a0]?(?=[0-9OoQIlSsBb]{{2}})(?:\d[\dOoQIlSsBb]|[OoQIlSsBb]\d)")
_GROUPED = re.compile(r"[A-Z]{2}\d{2}(?:[ \u00a0]\d{4}){3}")
_SEPARATORS = frozenset(" \u00a0\u202f.-\t\n\r")
_LABELS = re.compile(
    r"\biban\b|\bkonto|\bbank|\baccount|\bcompte|\brekening|\bcuenta|\bkto\b|\bbic\b|\brib\b", re.IGNORECASE
)
_LOOKALIKES = str.maketrans("OQILSB", "001158")
"""Letters that OCR and hasty hands put for digits, in capitals."""
_SURPLUS_CHARACTERS = 3
"""How many characters too few or too many a labelled number may have and still be listed as damaged."""


@lru_cache(maxsize=1)
def _specifications() -> dict[str, tuple[int, str]]:
    """Give (length of the whole number, structure of what follows the check digits) per country."""
    from schwifty import registry

    found: dict[str, tuple[int, str]] = {}
    for country in registry.get_countries():
        specification = registry.get_iban_spec(country)
        structure = "".join(
            kind * int(count) for count, kind in re.findall(r"(\d+)!?([nace])", specification.bban_spec)
        )
        found[country] = (len(structure) + 4, structure)
    return found


def check_remainder(number: str) -> int:
    """Give the remainder modulo 97 of a compact IBAN in capitals: 1 where it is right (ISO 7064, MOD 97-10)."""
    return int("".join(str(int(character, 36)) for character in number[4:] + number[:4])) % 97


class IbanFinder:
    """Finds IBANs, also spaced, in small letters, with letters for digits, or damaged."""

    kind: IdentifierKind = "iban"

    def find(self, text: str, context: FindingContext) -> Iterator[Identifier]:  # noqa: ARG002 the same everywhere
        """Yield valid numbers (tier 1), mended ones (tier 2 with a label, else 3), damaged ones (tier 3)."""
        specifications = _specifications()
        position = 0
        while match := _START.search(text, position):
            position = match.end()
            country = match[0][:2].upper()
            if country not in specifications:
                continue
            length, structure = specifications[country]
            end, compact = _collect(text, match.start(), length)
            found = _judge(text, match.start(), end, compact, length, structure)
            if found is not None:
                position = max(position, found.end)
                yield found


def _collect(text: str, start: int, length: int) -> tuple[int, str]:
    """Take `length` letters and digits from `start`, over single separators; give where they end, and them."""
    taken: list[str] = []
    position = end = start
    while len(taken) < length and position < len(text):
        character = text[position]
        if character.isascii() and character.isalnum():
            taken.append(character)
            end = position + 1
        elif character not in _SEPARATORS or text[position - 1] in _SEPARATORS:
            break
        position += 1
    return end, "".join(taken).upper()


def _judge(text: str, start: int, end: int, compact: str, length: int, structure: str) -> Identifier | None:
    raw = text[start:end]
    more = text[end : end + 1]
    labelled = has_label(_LABELS, text, start)
    complete = len(compact) == length and not (more.isascii() and more.isalnum())
    if complete:
        mended = compact[:2] + compact[2:4].translate(_LOOKALIKES) + _mend(compact[4:], structure)
        if not _fits(mended, structure):
            return _wrong_length(text, start, length, structure) if labelled else None
        if check_remainder(mended) == 1:
            if mended == compact:
                return Identifier("iban", raw, mended, 1, "iban:mod97", start, end)
            tier: Tier = 2 if labelled else 3
            return Identifier("iban", raw, mended, tier, "iban:lookalike_letters", start, end)
        return Identifier("iban", raw, mended, 3, "iban:checksum_failed", start, end)
    if not labelled and not _GROUPED.match(text, start):
        return None
    return _wrong_length(text, start, length, structure)


def _wrong_length(text: str, start: int, length: int, structure: str) -> Identifier | None:
    """A labelled number with a few characters too many or too few; letters after it do not belong to it."""
    end, compact = _collect(text, start, length + _SURPLUS_CHARACTERS)
    if set(structure) == {"n"}:  # digits only: the number ends where a word begins
        digits = re.match(r"[A-Z]{2}\d*", compact)
        keep = digits.end() if digits else 0
        if keep < len(compact):
            end, compact = _collect(text, start, keep)
    following = text[end : end + 1]
    too_long_to_tell = following.isascii() and following.isalnum() and len(compact) == length + _SURPLUS_CHARACTERS
    if too_long_to_tell or not 0 < abs(len(compact) - length) <= _SURPLUS_CHARACTERS:
        return None
    if sum(character.isdigit() for character in compact) < len(compact) // 2:
        return None
    return Identifier("iban", text[start:end], compact, 3, "iban:wrong_length", start, end)


def _mend(account: str, structure: str) -> str:
    """Read look-alike letters as digits where the country's structure has digits."""
    return "".join(
        character.translate(_LOOKALIKES) if kind == "n" else character
        for character, kind in zip(account, structure, strict=True)
    )


def _fits(number: str, structure: str) -> bool:
    if not number[2:4].isdigit():
        return False
    return all(
        character.isdigit() if kind == "n" else character.isalpha() if kind == "a" else True
        for character, kind in zip(number[4:], structure, strict=True)
    )
