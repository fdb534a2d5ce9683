"""Slash commands and plain words that mean a tool, in English, German, French and Dutch.

`/mentions Anna Berger`, `/events 2024-03-01 2024-03-31`, `What happened between 1 and 5 May 2024?`, `Open report.pdf`.
Nothing here looks at the case: `assistant.tools.answering_plainly` carries out what was understood. A question that
begins with a path such as `/home/anna/notes.txt` is a question.
"""

import calendar
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.lexicon import Language, language_of
from assistant.values import Value, find_values
from assistant.written_dates import CalendarDate

LONGEST = 600
"""Characters beyond which a line is no command and no plain order."""

_FOLDERS = frozenset(
    "bin boot dev etc home lib media mnt opt proc root run sbin srv sys tmp usr var users volumes".split()  # noqa: SIM905
)
_COMMAND = re.compile(r"/([A-Za-z][A-Za-z-]{0,40})(?:\s+(\S.*))?", re.DOTALL)
_QUOTES = "\"'\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019"
_PAGE = re.compile(
    r"^(?P<name>.+?)[,\s]+(?:page|slide|p\.|seite|folie|diapositive|pagina|dia)\s+(?P<page>\d{1,6})$", re.IGNORECASE
)

Arguments = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PlainCall:
    """A tool, and its arguments as they were understood; they are checked like a model's.

    `typed` tells a slash command: it is answered whatever comes of it, while plain words whose tool has nothing to give
    are a question like any other.
    """

    tool: str
    arguments: Arguments
    language: Language
    typed: bool


@dataclass(frozen=True, slots=True)
class PlainHelp:
    """What there is, or what a command lacks; `unknown` is the command that does not exist, if any."""

    says: str
    unknown: bool


class _NotUnderstoodError(ValueError):
    """What follows a command cannot be used; the message shows how it is written."""


# --- slash commands -------------------------------------------------------------------------------------------------


def typed_command(line: str, languages: Sequence[str] = ()) -> PlainCall | PlainHelp | None:
    """What a line that begins with a slash means; None where it is no command but a question, or a path.

    Args:
        line: as typed.
        languages: of the case (ISO 639-1); the first that is known is that of the answer.
    """
    match = _COMMAND.fullmatch(line.strip()) if len(line) <= LONGEST else None
    if match is None:
        return None
    name, rest = match[1].lower(), (match[2] or "").strip()
    if name == "tools":
        return PlainHelp(commands_told(), unknown=False)
    if name not in _COMMANDS:
        return None if name in _FOLDERS else PlainHelp(f"There is no command /{name}. {commands_told()}", unknown=True)
    command = _COMMANDS[name]
    try:
        if not rest and not command.bare:
            raise _NotUnderstoodError  # noqa: TRY301
        arguments = command.arguments(rest)
    except _NotUnderstoodError:
        return PlainHelp(f"Write it like this: {command.example}", unknown=False)
    # A name or a few words tell no language: the case's first one is the answer's.
    return PlainCall(command.tool, arguments, language_of("", languages), typed=True)


def commands_told() -> str:
    """All commands, in one line."""
    return f"Commands: {'; '.join(command.example for command in _COMMANDS.values())}; /tools."


def command_names() -> tuple[str, ...]:
    """Names of all commands, with their slash."""
    return (*(f"/{name}" for name in _COMMANDS), "/tools")


@dataclass(frozen=True, slots=True)
class _Command:
    tool: str
    example: str
    arguments: Callable[[str], Arguments]
    bare: bool = False
    """Whether it can stand alone."""


def _bare(text: str) -> str:
    return text.strip().strip(_QUOTES).strip()


def _opened(text: str) -> Arguments:
    match = _PAGE.match(_bare(text))
    return {"exhibit": _bare(match["name"]), "page": int(match["page"])} if match else {"exhibit": _bare(text)}


def _dated(text: str) -> Arguments:
    """One or two dates, and any words after them."""
    dates = [value for value in find_values(text) if value.dates][:2]
    if not dates:
        raise _NotUnderstoodError
    about = _bare(text[dates[-1].end :])
    return {**_between(dates[0], dates[-1]), **({"about": about} if about else {})}


def _translated(text: str) -> Arguments:
    """A name, a page if any, and the language last."""
    name, _, language = text.strip().rpartition(" ")
    if not _bare(name):
        raise _NotUnderstoodError
    opened = _opened(name)
    return {**opened, "language": _bare(language)}


_PAIR = re.compile(
    r"[\"\u201c\u201e](?P<first>[^\"\u201c\u201d]{1,300})[\"\u201d\u201c]\s*(?:,|and|und|et|en|with|mit|avec|met)?\s*"
    r"[\"\u201c\u201e](?P<second>[^\"\u201c\u201d]{1,300})[\"\u201d\u201c]"
)
_BETWEEN_TWO = re.compile(r"\s(?:and|und|et|en|with|mit|avec|met|vs\.?)\s|[|,;]", re.IGNORECASE)


def _two(text: str) -> Arguments:
    """Two names: in quotation marks, with a word or a comma between them, or of one word each."""
    pair = _PAIR.fullmatch(text.strip())
    parts = list(pair.group("first", "second")) if pair else _BETWEEN_TWO.split(text)
    if len(parts) != 2:
        parts = text.split()
    names = [_bare(part) for part in parts]
    if len(names) != 2 or not all(names):
        raise _NotUnderstoodError
    return {"first": names[0], "second": names[1]}


_COMMANDS: dict[str, _Command] = {
    "search": _Command("search", "/search white van", lambda rest: {"words": rest}),
    "open": _Command("open_exhibit", "/open report.pdf page 3", _opened),
    "mentions": _Command("list_mentions", "/mentions Anna Berger", lambda rest: {"name": _bare(rest)}),
    "count": _Command("count", "/count payments to Karl Voss", lambda rest: {"rows": rest}),
    "events": _Command("events", "/events 2024-03-01 2024-03-31", _dated),
    "summary": _Command("summary", "/summary report.pdf", lambda rest: {"exhibit": _bare(rest)}, bare=True),
    "section": _Command("section", "/section the handover at the depot", lambda rest: {"heading": rest}),
    "compare": _Command("compare", "/compare berger.txt voss.txt", _two),
    "translate": _Command("translate", "/translate report.pdf de", _translated),
    "describe": _Command("describe_picture", "/describe IMG_0231.jpg", _opened),
    "export-mentions": _Command("export_mentions", "/export-mentions Anna Berger", lambda rest: {"name": _bare(rest)}),
}


# --- dates ----------------------------------------------------------------------------------------------------------


def _between(first: Value, last: Value) -> Arguments:
    """From the first day of one date to the last day of another; `May 2024` has 31.

    Raises:
        _NotUnderstoodError: a date has no year, can be read in two ways, or is none of the calendar.
    """
    if len(first.dates) != 1 or len(last.dates) != 1:
        raise _NotUnderstoodError
    since, until = _days(first.dates[0])[0], _days(last.dates[0])[1]
    return {"since": since.isoformat(), "until": until.isoformat()}


def _days(written: CalendarDate) -> tuple[date, date]:
    if written.year is None:
        raise _NotUnderstoodError
    try:
        first = date(written.year, written.month or 1, written.day or 1)
        if written.day is not None:
            return first, first
        month = written.month or 12
        return first, date(written.year, month, calendar.monthrange(written.year, month)[1])
    except ValueError as error:
        raise _NotUnderstoodError from error


# --- plain words ----------------------------------------------------------------------------------------------------


def plain_call(question: str, languages: Sequence[str] = ()) -> PlainCall | None:
    """The tool that a question or an order in plain words means; None for every other question.

    What is asked in words that the engines answer themselves (how many, list every mention) is theirs.
    """
    line = " ".join(question.split()).rstrip("?!. ")
    if not line or len(line) > LONGEST or line.startswith("/"):
        return None
    for pattern, tool, arguments in _PLAIN:
        match = pattern.fullmatch(line)
        if match is not None:
            try:
                return PlainCall(tool, arguments(match), language_of(line, languages), typed=False)
            except _NotUnderstoodError:
                return None
    return None


def _what(match: re.Match[str]) -> Arguments:
    return {"name": _bare(match["what"])}


def _span(match: re.Match[str]) -> Arguments:
    """Both ends must be dates and nothing else: what happened between two people is another question."""
    ends = []
    shared = _ARTICLE.sub("", match["last"])
    for words in (_ARTICLE.sub("", match["first"]), shared):
        values = [value for value in find_values(words) if value.dates]
        if not values and words != shared:  # `between 1 and 5 May 2024`
            values = [value for value in find_values(f"{words}{_DAY.sub('', shared, count=1)}") if value.dates]
            words = ""  # noqa: PLW2901
        if len(values) != 1 or (words and values[0].raw.strip() != words.strip()):
            raise _NotUnderstoodError
        ends.append(values[0])
    return _between(ends[0], ends[1])


_ARTICLE = re.compile(r"^(?:the|dem|den|le|la|de|het)\s+", re.IGNORECASE)
_DAY = re.compile(r"^\d{1,2}(?:\.|st|nd|rd|th|er|e)?")


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE)


_WHAT = r"(?P<what>\S.{0,299})"
_ENDS = r"(?P<first>[^?]{1,60}?) (?:and|und|et|en|to|bis|tot) (?P<last>[^?]{1,60}?)"
_PICTURE = r"(?P<what>\S.{0,299}?)"
_PLAIN: tuple[tuple[re.Pattern[str], str, Callable[[re.Match[str]], Arguments]], ...] = (
    (_pattern(rf"(?:please )?export (?:all |every )?(?:the )?mentions? of {_WHAT}"), "export_mentions", _what),
    (
        _pattern(rf"(?:bitte )?exportier(?:e|en sie) (?:bitte )?(?:alle )?(?:erw\u00e4hnungen|nennungen) von {_WHAT}"),
        "export_mentions",
        _what,
    ),
    (_pattern(rf"export(?:e|ez|er) (?:toutes )?(?:les )?mentions (?:de |d['\u2019]){_WHAT}"), "export_mentions", _what),
    (_pattern(rf"exporteer (?:alle )?vermeldingen van {_WHAT}"), "export_mentions", _what),
    (_pattern(rf"(?:please )?show (?:me )?(?:all|every) mentions? of {_WHAT}"), "list_mentions", _what),
    (_pattern(rf"zeig(?:e|en sie)? (?:mir )?alle (?:erw\u00e4hnungen|nennungen) von {_WHAT}"), "list_mentions", _what),
    (_pattern(rf"montre(?:z|r)?(?:-moi)? toutes les mentions (?:de |d['\u2019]){_WHAT}"), "list_mentions", _what),
    (_pattern(rf"toon (?:me )?alle vermeldingen van {_WHAT}"), "list_mentions", _what),
    (
        _pattern(rf"(?:what (?:has )?happened|(?:show |list )?(?:all )?events) (?:between|from) {_ENDS}"),
        "events",
        _span,
    ),
    (
        _pattern(rf"was (?:geschah|passierte|ist) (?:zwischen|vom|von) (?:dem )?{_ENDS}(?: (?:passiert|geschehen))?"),
        "events",
        _span,
    ),
    (
        _pattern(rf"(?:que s['\u2019]est-il|qu['\u2019]est-ce qui s['\u2019]est) pass\u00e9 entre (?:le )?{_ENDS}"),
        "events",
        _span,
    ),
    (_pattern(rf"wat (?:gebeurde|is) (?:er )?(?:gebeurd )?tussen {_ENDS}(?: gebeurd)?"), "events", _span),
    *(
        (_pattern(words.format(_PICTURE)), "describe_picture", lambda match: _opened(match["what"]))
        for words in (
            r"what (?:is|can be seen|do you see) (?:shown )?(?:on|in) (?:the )?(?:picture |photo |image )?{}",
            r"(?:please )?describe (?:the )?(?:picture|photo|image) {}",
            r"was (?:ist|sieht man) (?:auf|in) (?:dem |der )?(?:bild |foto |aufnahme )?{} ?(?:zu sehen|abgebildet)?",
            r"(?:bitte )?beschreib(?:e|en sie)? (?:das |die )?(?:bild|foto|aufnahme) {}",
            r"(?:que voit-on|qu['\u2019]y a-t-il) (?:sur|dans) (?:la |l['\u2019])?(?:photo |image )?{}",
            r"wat (?:is|staat) er (?:te zien )?op (?:de )?(?:foto |afbeelding )?{} ?(?:te zien)?",
        )
    ),
    (
        _pattern(
            r"(?:please |bitte )?(?:open|\u00f6ffnen sie|\u00f6ffne|ouvrez|ouvre) "
            r"(?:(?:the )?(?:file|exhibit|document) |die datei |le fichier |het bestand )?(?P<what>\S.{0,299})"
        ),
        "open_exhibit",
        lambda match: _opened(match["what"]),
    ),
)
