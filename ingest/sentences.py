"""Where sentences begin and end, in any of the languages of a case, without a model.

A sentence ends at a terminator that is followed by blank space and something that can begin a sentence, at a
paragraph break, and before a list item or a `Key: value` line. When in doubt it does not end: a quote that is too
long can be read, one that is torn apart cannot. Abbreviations: English, German, French, Dutch, Spanish.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.dates import MONTHS

_TERMINATOR = re.compile(
    r"(?:[.!?\u2026\u203d]++|[\u3002\uff01\uff1f\uff61]++|\u061f|\u06d4|\u0964)"
    r"[\"'\u00bb\u00ab\u201c\u201d\u2019\u203a\u300d\u300f)\]]{0,4}"
    r"(?:[ \u00a0\u202f]\u00bb(?=[\s,.;]))?(?:\[\d{1,3}\]){0,4}"
)
_LINE_BREAK = re.compile(r"\r\n|[\n\r\u2028\u2029\x85]")
_BLANK = re.compile(r"\s*+")
_LIST_ITEM = re.compile(
    r"(?:[-\u2013\u2014*+\u2022\u2023\u25aa\u25cf\u25e6\u00b7\u25a0\u2043>]\s"
    r"|\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[A-Za-z]|[ivxlIVXL]{2,5})\)\s|(?:\d{1,3}(?:\.\d{1,3}){0,4}|[ivxIVX]{2,5})\.?\s(?<=\.\s)"
    r"|§+\s?\d|#{1,6}\s"
    r"|\[\d|\d{1,4}[./-]\d{1,2}[./-]\d{1,4},?\s\d{1,2}:\d{2})"
)
_KEY_VALUE = re.compile(r"[A-ZÀ-Þ][\w'/()-]{0,24}(?: [\w'/().-]{1,20}){0,3}:(?:\s|$)")
_WORD_BEFORE_CHARACTERS = 24
"""Longest abbreviation that is looked at, dots included."""

# A name or a number follows these: titles, references, parts of addresses, months.
_ABBREVIATIONS = """
    mr mrs ms messrs dr drs prof rev sgt cpl lt capt insp supt cst det st mt ft approx dept viz fig figs sect pp pg
    hr fr frl dipl jur phil rer priv doz polhk phk phm pok kok khk nr nrn núm tel telef str hs hsnr ggf bzw vgl ca
    inkl incl exkl excl zzgl abzgl abs artt lit ziff kap abb tab anl bl fol aufl hrsg verf verh gesch wohnh aktz az
    betr bez bspw evtl gem sog vorm nachm tgl mtl jährl allg insb usf od cf vs
    mme mmes mlle mlles mgr av boul rte chem env réf n° tél éd vol chap
    dhr mevr mw mej bc blz bijv zgn t.a.v i.v.m o.a
    sra srta sres dña dra lcdo avda ctra pág págs uds vds tfno aprox p.ej
    jan feb apr jun jul aug sept okt oct nov dez janv févr avr juil déc ene abr ago mrt
"""
# These end sentences too, or are words besides: only a following word that begins sentences settles it.
_DOUBTFUL_ABBREVIATIONS = """
    inc ltd co corp llc plc gmbh bros sa sas sarl nv bv etc usw esq jr sr am pm ff f ebd ibid al ph.d m.d n.chr v.chr
    min max sec std stdn uhr kg km cm mm no nos me art col gen em par est mag imp hon re ex ed eds cl pl ir ing div ext
    med nat geb gest maj sen gov rep pol fax mob sep dec mar dic verw para ch pt pr bd ud vd resp evt jl nl
"""
_SENTENCE_STARTERS = """
    the a an he she it they we you i this that these those there then when while after before in on at as if but and
    however his her its their our my your no what who where why how later meanwhile all some both one
    der die das er sie es wir ihr ich ein eine einen einem einer dies diese dieser dieses da dann danach daraufhin als
    wenn während nach vor im am auf bei mit aber und doch jedoch sein seine ihre unser mein dort hier später
    alle beide man was wer wo warum wie nun zudem außerdem auch anschließend laut gegen seit zwischen
    le la les l il elle ils elles on nous vous je tu un une ce cet cette ces puis ensuite alors quand lorsque après
    avant en au aux dans sur mais et cependant son sa ses leur notre mon ma pour par selon
    de het hij zij ze wij ik jij u een dit deze dat toen daarna vervolgens terwijl na voor op aan
    met maar echter zijn haar hun ons mijn daar volgens
    el los las él ella ellos ellas nosotros yo usted ustedes una unos este esta estos estas ese esa entonces luego
    después cuando mientras antes del con pero y sin su sus nuestro mi para por según se
"""
_OPENING = " \t([\u201e\"'\u00ab"
_NEVER_END = frozenset(_ABBREVIATIONS.split())
_MAY_END = frozenset(_DOUBTFUL_ABBREVIATIONS.split())
_STARTERS = frozenset(_SENTENCE_STARTERS.split())
_LIST_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3}){0,4}")


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands on both sides of a possible sentence end."""

    word: str
    following: str
    next_word: str
    starts_line: bool


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Give (start, end) of every sentence, in order, without outer blank space.

    Every non-blank character is in exactly one sentence. Runs in time linear in the text.
    """
    found: list[tuple[int, int]] = []
    start = 0
    for end in _ends(text):
        if end > start:
            _append(found, text, start, end)
            start = end
    _append(found, text, start, len(text))
    return tuple(found)


def _append(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    first = _BLANK.match(text, start, end)
    start = first.end() if first else start
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        found.append((start, end))


def _ends(text: str) -> Iterator[int]:
    """Merge the ends by terminator and by layout, in text order (an end may come twice)."""
    by_mark, by_line = _terminated(text), _line_ends(text)
    mark, line = next(by_mark, None), next(by_line, None)
    while mark is not None or line is not None:
        if line is None or (mark is not None and mark <= line):
            assert mark is not None
            yield mark
            mark = next(by_mark, None)
        else:
            yield line
            line = next(by_line, None)


def _terminated(text: str) -> Iterator[int]:
    for match in _TERMINATOR.finditer(text):
        end = match.end()
        mark = match[0][0]
        spaced = end < len(text) and text[end].isspace()
        if mark in "\u3002\uff01\uff1f\uff61\u061f\u06d4\u0964" or (spaced and _is_end(text, match)):
            yield end


def _is_end(text: str, match: re.Match[str]) -> bool:
    blank = _BLANK.match(text, match.end(), match.end() + 200)
    at = blank.end() if blank else match.end()
    following = text[at : at + 1]
    if not following:
        return False
    word, starts_line, attached = _word_before(text, match.start())
    around = _Around("" if attached else word, following, _word_after(text, at), starts_line)
    if _opens_lower_case(text, at, following):
        return match[0] in ("?", "!", "?!", "!?", "??", "!!")
    if match[0].startswith(".") and not match[0].startswith(".."):
        return _is_full_stop(around)
    return True


def _opens_lower_case(text: str, at: int, following: str) -> bool:
    """Tell whether what follows goes on in small letters, also behind an opening quote or bracket."""
    if following.islower():
        return True
    return following in "\"'(\u201e\u201c\u00ab\u2018[" and text[at + 1 : at + 2].islower()


def _word_before(text: str, end: int) -> tuple[str, bool, bool]:
    """Give the word before `end` with its dots, whether a line begins with it, whether it is an address's tail."""
    start = end
    lowest = max(0, end - _WORD_BEFORE_CHARACTERS)
    while start > lowest and (text[start - 1].isalnum() or text[start - 1] in ".\u00b0"):
        start -= 1
    before = start
    while before > max(0, start - 8) and text[before - 1] in _OPENING:
        before -= 1
    previous = text[before - 1 : before]
    starts_line = previous in "\n\r\u2028\u2029!?:;" or (previous == "." and not _abbreviated(text, before - 1))
    attached = start > 0 and not text[start - 1].isspace() and text[start - 1] not in _OPENING + "-'\u2019"
    return text[start:end], starts_line, attached


def _abbreviated(text: str, dot: int) -> bool:
    start = dot
    while start > max(0, dot - _WORD_BEFORE_CHARACTERS) and (text[start - 1].isalnum() or text[start - 1] == "."):
        start -= 1
    word = text[start:dot].lower()
    return len(word) == 1 or word in _NEVER_END or word in _MAY_END


def _word_after(text: str, at: int) -> str:
    end = at
    highest = min(len(text), at + _WORD_BEFORE_CHARACTERS)
    while end < highest and text[end].isalpha():
        end += 1
    return text[at:end].lower()


def _is_full_stop(around: _Around) -> bool:
    """Tell a full stop from the dot of an abbreviation, an initial, an ordinal or a list number."""
    word = around.word
    if not word:
        return True
    if word[0].isdecimal():
        return _number_ends(around)
    starts_sentence = around.next_word in _STARTERS
    lower = word.lower().strip(".")
    if len(lower) == 1 and lower.isalpha():
        return starts_sentence and not around.starts_line and word not in ("M", "z", "s", "p", "S", "v", "n")
    if lower in _NEVER_END or (lower.endswith("str") and len(lower) > 3 and around.following.isdecimal()):
        return False
    dotted = "." in lower and all(len(part) <= 3 for part in lower.split("."))
    if lower in _MAY_END or dotted:
        return starts_sentence
    return True


def _number_ends(around: _Around) -> bool:
    """`3. Mai`, `2. Stock`, `1. Punkt`, `3.5. 2024` go on; `im Jahr 2024. Der` ends."""
    word = around.word
    if around.starts_line and _LIST_NUMBER.fullmatch(word):
        return False
    if around.next_word in MONTHS:
        return False
    if word.isdecimal() and len(word) <= 2 and int(word) <= 31:
        return around.next_word in _STARTERS
    return not (re.fullmatch(r"\d{1,2}\.\d{1,2}", word) and around.following.isdecimal())


def _line_ends(text: str) -> Iterator[int]:
    """Ends by layout: blank lines, list items, `Key: value` lines, and lines that stop short of the others."""
    line_start = 0
    widest = 0
    for match in _LINE_BREAK.finditer(text):
        line_end = line_start + len(text[line_start : match.start()].rstrip())
        length = line_end - line_start
        line_start = match.end()
        if length == 0:
            widest = 0
            yield match.start()
            continue
        widest = max(widest, length)
        if _begins_item(text, line_start) or _stops_short(text, line_end, line_start, length, widest):
            yield match.start()


def _begins_item(text: str, line_start: int) -> bool:
    item = _LIST_ITEM.match(text, line_start)
    if item is None:
        return _KEY_VALUE.match(text, line_start) is not None
    return _word_after(text, item.end()) not in MONTHS  # "am / 3. Mai" is a date that was wrapped


def _stops_short(text: str, line_end: int, next_start: int, length: int, widest: int) -> bool:
    """Tell whether a line ends where no wrapping would: well before the paragraph's width, the next one anew."""
    if widest < 50 or length > widest * 0.6:
        return False
    following = text[next_start : next_start + 1]
    return text[line_end - 1] not in ",-\u2013\u00ad" and (following.isupper() or following.isdecimal())
