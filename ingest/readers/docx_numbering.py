"""Numbers of numbered paragraphs as Word shows them: `1.`, `2.3`, `(b)`, `iv.` (ECMA-376 part 1, 17.9)."""

import re
from dataclasses import dataclass

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LEVELS = 9
_PLACEHOLDER = re.compile(r"%([1-9])")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_MOST = 30_000


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    form: str
    text: str
    decimal_only: bool


class Numbering:
    """Counts the numbered paragraphs of one document, in document order.

    Args:
        root: `numbering.xml`, or None where the document has none.
    """

    def __init__(self, root: etree._Element | None) -> None:
        self._abstract_of: dict[str, str] = {}
        self._levels: dict[str, dict[int, _Level]] = {}
        self._overrides: dict[str, dict[int, _Level]] = {}
        self._restarts: dict[str, dict[int, int]] = {}
        self._counters: dict[str, list[int | None]] = {}
        self._begun: set[tuple[str, int]] = set()
        if root is not None:
            self._load(root)

    def label(self, number_id: str, level: int) -> str | None:
        """Count one paragraph and return what stands in front of it; None where the list is unknown.

        A bullet gives the empty string.
        """
        abstract = self._abstract_of.get(number_id)
        if abstract is None or not 0 <= level < LEVELS:
            return None
        definition = self._level(number_id, abstract, level)
        if definition is None:
            return None
        counters = self._counters.setdefault(abstract, [None] * LEVELS)
        self._count(counters, number_id, abstract, level)
        if definition.form in {"bullet", "none"}:
            return ""
        return _PLACEHOLDER.sub(
            lambda match: self._shown(counters, number_id, abstract, int(match[1]) - 1, definition), definition.text
        ).strip()

    def _count(self, counters: list[int | None], number_id: str, abstract: str, level: int) -> None:
        restart = self._restarts.get(number_id, {}).get(level)
        if restart is not None and (number_id, level) not in self._begun:
            counters[level] = restart
        else:
            now = counters[level]
            counters[level] = self._start(number_id, abstract, level) if now is None else min(now + 1, _MOST)
        self._begun.add((number_id, level))
        counters[level + 1 :] = [None] * (LEVELS - level - 1)

    def _shown(self, counters: list[int | None], number_id: str, abstract: str, level: int, shown_in: _Level) -> str:
        value = counters[level]
        if value is None:
            value = self._start(number_id, abstract, level)
        definition = self._level(number_id, abstract, level)
        form = "decimal" if shown_in.decimal_only or definition is None else definition.form
        return number_in_form(value, form)

    def _start(self, number_id: str, abstract: str, level: int) -> int:
        definition = self._level(number_id, abstract, level)
        return 1 if definition is None else definition.start

    def _level(self, number_id: str, abstract: str, level: int) -> _Level | None:
        return self._overrides.get(number_id, {}).get(level) or self._levels.get(abstract, {}).get(level)

    def _load(self, root: etree._Element) -> None:
        styled: dict[str, str] = {}
        links: dict[str, str] = {}
        for node in root.iterchildren(f"{W}abstractNum"):
            abstract = node.get(f"{W}abstractNumId") or ""
            self._levels[abstract] = dict(_read_level(level) for level in node.iterchildren(f"{W}lvl"))
            if style := value_of(node, "styleLink"):
                styled[style] = abstract
            if link := value_of(node, "numStyleLink"):
                links[abstract] = link
        for node in root.iterchildren(f"{W}num"):
            number_id = node.get(f"{W}numId") or ""
            abstract = value_of(node, "abstractNumId") or ""
            # a list may be defined in a list style, which names another abstract definition (17.9.21)
            self._abstract_of[number_id] = styled.get(links.get(abstract, ""), abstract)
            for override in node.iterchildren(f"{W}lvlOverride"):
                self._load_override(number_id, override)

    def _load_override(self, number_id: str, override: etree._Element) -> None:
        level = whole(override.get(f"{W}ilvl"), 0)
        start = value_of(override, "startOverride")
        if start is not None:
            self._restarts.setdefault(number_id, {})[level] = whole(start, 1)
        definition = override.find(f"{W}lvl")
        if definition is not None:
            self._overrides.setdefault(number_id, {})[level] = _read_level(definition)[1]


def number_in_form(value: int, form: str) -> str:
    """`value` as a list shows it; forms that are not known come out as decimals."""
    if form in {"lowerRoman", "upperRoman"} and 0 < value < 5000:
        roman = _roman(value)
        return roman if form == "lowerRoman" else roman.upper()
    if form in {"lowerLetter", "upperLetter"} and value > 0:
        # after z comes aa, then bb (17.18.59)
        letters = chr(ord("a") + (value - 1) % 26) * min((value - 1) // 26 + 1, 30)
        return letters if form == "lowerLetter" else letters.upper()
    if form == "decimalZero":
        return f"{value:02d}"
    return "" if form in {"none", "bullet"} else str(value)


def _roman(value: int) -> str:
    pieces: list[str] = []
    for worth, numeral in _ROMAN:
        count, value = divmod(value, worth)
        pieces.append(numeral * count)
    return "".join(pieces)


def _read_level(node: etree._Element) -> tuple[int, _Level]:
    return whole(node.get(f"{W}ilvl"), 0), _Level(
        start=whole(value_of(node, "start"), 1),
        form=value_of(node, "numFmt") or "decimal",
        text=value_of(node, "lvlText") or "",
        decimal_only=node.find(f"{W}isLgl") is not None,
    )


def value_of(node: etree._Element, name: str) -> str | None:
    """The `w:val` of a child, None where there is no such child."""
    child = node.find(f"{W}{name}")
    return None if child is None else child.get(f"{W}val")


def whole(text: str | None, otherwise: int) -> int:
    """An untrusted attribute as an integer of at most nine digits."""
    if text is None or len(text) > 9:
        return otherwise
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        return otherwise
    return int(text)
