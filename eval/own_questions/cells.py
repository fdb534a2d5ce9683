"""From a cell to what it says: text, yes or no, lists; and what Excel has made of what was typed."""

import datetime as dt
import re
from collections.abc import Sequence

from assistant.keywords import FORMULA_BEGINNINGS
from eval.own_questions.records import ALTERNATIVE, SEPARATOR

EXACT_BELOW = 10**15
"""Excel keeps 15 digits of a number; of a longer one the last are lost."""
_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?E[+-]\d{2,3}")
_TOO_NARROW = re.compile(r"#{3,}")
_EXCEL_ERROR = re.compile(
    r"#(?:NAME\?|N/A|REF!|VALUE!|DIV/0!|NUM!|NULL!|NV|WERT!|BEZUG!|ZAHL!|NOM\s?\?|VALEUR!|NAAM\?|WAARDE!)"
)
_NUMBER_MARKS = (
    *((",", "."), (".", ","), (" ", ","), ("\N{NO-BREAK SPACE}", ","), ("\N{NARROW NO-BREAK SPACE}", ",")),
    *(("'", "."), ("\N{RIGHT SINGLE QUOTATION MARK}", "."), ("", ","), ("", ".")),
)
"""What stands between thousands, and before the cents."""
_YES = frozenset(["yes", "y", "ja", "j", "oui", "o", "true", "wahr", "vrai", "waar", "1", "x"])
_NO = frozenset(["no", "n", "nein", "nee", "non", "false", "falsch", "faux", "onwaar", "0"])
_SURROGATE = re.compile("[\ud800-\udfff]")


class CellError(ValueError):
    """A cell that cannot be used; the message says why and what to do."""


def text_of(cell: object) -> str:
    """The text of a cell, without outer blanks; empty for nothing.

    Raises:
        CellError: Excel has changed what was typed, or there is a list where one text belongs.
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | float):
        return _number_text(cell)
    if isinstance(cell, dt.date | dt.time | dt.timedelta):
        raise CellError(
            f"Excel has made a date of this cell ({cell}). Format the column as text and write it as it stands in the "
            "exhibit."
        )
    if not isinstance(cell, str):
        raise CellError("this is no text.")
    text = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", cell).strip()
    if text[:1] == "'" and text[1:].lstrip()[:1] in FORMULA_BEGINNINGS and len(text) > 1:
        text = text[1:]  # the apostrophe that keeps spreadsheet programs from taking text for a formula
    _refuse_remains(text)
    return text


def _number_text(number: float) -> str:
    if abs(number) >= EXACT_BELOW or number != number:
        raise CellError(
            f"Excel has made the number {number:.15G} of this cell, and digits are lost. Format the column as text and "
            "type the value again."
        )
    return str(int(number)) if number == int(number) else repr(number)


def _refuse_remains(text: str) -> None:
    if _SCIENTIFIC.fullmatch(text):
        raise CellError(
            f"Excel has shortened a long number to {text}, and digits are lost. Format the column as text and type the "
            "value again."
        )
    if _TOO_NARROW.fullmatch(text):
        raise CellError("there is only ###: the column was too narrow when the file was saved. Type the value again.")
    if _EXCEL_ERROR.fullmatch(text):
        raise CellError(f"there is Excel's error {text}: text that begins with = + or - needs a ' in front of it.")


def yes_or_no(cell: object) -> bool | None:
    """Whether a cell says yes or no, in English, German, French or Dutch; None where it is empty.

    Raises:
        CellError: it says something else.
    """
    text = text_of(cell)
    if not text:
        return None
    if text.casefold() in _YES:
        return True
    if text.casefold() in _NO:
        return False
    raise CellError(f"“{text[:40]}” is neither yes nor no.")


def groups_of(cell: object, *, numbers: bool = False) -> tuple[tuple[str, ...], ...]:
    """The entries of a cell, each with the forms that count the same.

    Entries are divided by `;` or a line end, their forms by `|`. In JSON a list holds the entries; one that is a list
    holds its forms. With `numbers`, a cell that is a number stands for the usual ways of writing it.

    Raises:
        CellError: Excel has changed what was typed, or the list is not one of texts.
    """
    if numbers and isinstance(cell, int | float) and not isinstance(cell, bool):
        text_of(cell)
        return (number_forms(cell),)
    if isinstance(cell, list):
        entries = [entry if isinstance(entry, list) else [entry] for entry in cell]
        return _filled([[text_of(form) for form in entry] for entry in entries])
    pieces = text_of(cell).replace("\n", SEPARATOR).split(SEPARATOR)
    return _filled([[text_of(form) for form in piece.split(ALTERNATIVE)] for piece in pieces])


def _filled(entries: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    found = (tuple(dict.fromkeys(form for form in entry if form)) for entry in entries)
    return tuple(entry for entry in found if entry)


def tags_of(cell: object) -> dict[str, str]:
    """Tags by name: `topic=money` names its value, a bare word has the value `yes`. In JSON an object may stand.

    Raises:
        CellError: Excel has changed what was typed, or it is no text.
    """
    if isinstance(cell, dict):
        return {str(name): text_of(value) for name, value in cell.items() if text_of(value)}
    found = {}
    for entry, *_others in groups_of(cell):
        name, equals, value = entry.partition("=")
        if name.strip():
            found[name.strip()] = value.strip() if equals else "yes"
    return found


def number_forms(number: float) -> tuple[str, ...]:
    """How a number is written in English, German, French, Dutch and Swiss: `4750.5`, `4.750,50`, `4 750,50`, ..."""
    whole = number == int(number)
    plain = str(int(number)) if whole else repr(float(number))
    grouped = f"{number:,.2f}"
    forms = [plain, plain.replace(".", ",")]
    for written in (grouped, grouped[:-3]) if whole else (grouped,):
        for thousands, point in _NUMBER_MARKS:
            forms.append(written.translate({ord(","): thousands, ord("."): point}))
    return tuple(dict.fromkeys(forms))
