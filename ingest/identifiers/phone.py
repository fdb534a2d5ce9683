"""Telephone numbers, in any spelling, normalised to E.164 (ITU-T).

Candidates are cut out by bounded patterns of our own; whether one is a number of its country is asked of
`phonenumbers`. A number in national form made of digits only proves nothing by its form: it needs a label.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from casefile.records import Identifier, IdentifierKind
from ingest.identifiers.port import FindingContext, has_label

_GAP = r"[ \u00a0\u202f]?[-./\u2010-\u2015]?[ \u00a0\u202f]?"
_INTERNATIONAL = re.compile(
    r"(?<![\w+.])(?:tel:)?(?:\+|\uff0b|\(\+\)|\(\+(?=\d{1,3}\)))[ \u00a0]?\d"
    rf"(?:{_GAP}(?:\(0?\d{{0,5}}\){_GAP})?\d|\){_GAP}(?:\(0\){_GAP})?\d){{6,16}}(?![\d@])"
)
_BODY = rf"(?:\(\d{{2,6}}\){_GAP}\d|\d)(?:{_GAP}(?:\(0\){_GAP})?\d){{5,16}}(?![\w@])(?![.,/:-]\d)"
_NATIONAL = re.compile(rf"(?<![\w+,])(?<!\d[-./: ])(?<![^\W_][-_/])(?:tel:)?{_BODY}")
_NATIONAL_INSIDE = re.compile(_BODY)
_GROUP_INSIDE = re.compile(r"(?<=\s)(?:0|\(0)")
_LABELS = re.compile(
    r"\b(?:tel|phone|(?:tele|cell|i)phone|tlf|t[ée]l|ph|fon|fax|telefax|mobile?s?|mob|cell|handy|gsm|portable|m[óo]vil"
    r"|mobiel|rufnummer|rufnr|nummer|anschluss|whats\s?app|signal|telegram|viber|sms|imessage|threema"
    r"|num[ée]ro|n[úu]mero|telefon\w{0,8}|t[ée]l[ée]phon\w{0,4}|tel[ée]fono\w?|telefoon\w{0,7}|handynummer|mobil\w{0,8}"
    r"|call(?:ed|s|ing)?|dial(?:l?ed)?|rang|ringing|texted|reach(?:ed|able)?|contact|hotline|ruf\w{0,3}|angerufen|anrufen?"
    r"|anruf\w{0,2}|erreichbar|erreicht\w?|appel\w{0,4}|joindre|joignable|bel(?:t|de|len)?|gebeld|bereikbaar|llam\w{1,6}"
    r"|sim|msisdn|caller|anrufer|unter der)\b",
    re.IGNORECASE,
)
_LETTER_LABEL = re.compile(r"\b[tmfhp]\s?[:.]\s?", re.IGNORECASE)
_DIGITS = re.compile(r"\d")
_SEPARATED = re.compile(r"\d\D+\d")
_DATE_LIKE = re.compile(r"(?:\d{1,2}[./-]){2}\d{2,4}\b|(?:19|20)\d{2}[-./]\d{1,2}[-./]\d{1,2}")
_MOST_DIGITS = 15
"""E.164: no number has more, country code included."""
_MOST_NATIONAL_DIGITS = 14
_FEWEST_DIGITS = 7
_TRIES = 2
"""How many shorter readings of one candidate are tried: what follows or precedes it is rarely more."""


class PhoneFinder:
    """Finds telephone numbers; the normal form is E.164, with extensions left out."""

    kind: IdentifierKind = "phone"

    def find(self, text: str, context: FindingContext) -> Iterator[Identifier]:
        """Yield international forms (tier 1; `00` without a plus tier 2), labelled national ones (2), others (3)."""
        prefix = _trunk_prefix(context.region)
        free_from = position = 0
        while match := _INTERNATIONAL.search(text, position):
            found = _international(match)
            position = found.end if found else match.end()
            if found:
                yield from _nationals(text, free_from, found.start, context.region, prefix)
                free_from = found.end
                yield found
        yield from _nationals(text, free_from, len(text), context.region, prefix)


def _nationals(text: str, start: int, end: int, region: str, prefix: str) -> Iterator[Identifier]:
    """National numbers between two international ones; the one after another number needs only a blank before it."""
    position = start
    while position < end:
        beside = position > 0 and text[position].isspace()
        match = _NATIONAL_INSIDE.match(text, position + 1, end) if beside else None
        match = match or _NATIONAL.search(text, position, end)
        if match is None:
            return
        found = _national(text, match, region, prefix)
        for inner in _starts_inside(text, match) if found is None else ():
            inside = _NATIONAL_INSIDE.match(text, inner, end)
            found = _national(text, inside, region, prefix) if inside else None
            if found:
                break
        position = found.end if found else match.end()
        if found:
            yield found


def _starts_inside(text: str, match: re.Match[str]) -> tuple[int, ...]:
    """Where a number may begin that another number stands before ("Nr. 12 0171 2345678")."""
    groups = _GROUP_INSIDE.finditer(text, match.start() + 1, match.end())
    return tuple(group.start() for group in islice(groups, _TRIES))


def _shorter(raw: str) -> Iterator[str]:
    """Give `raw`, then `raw` without its last groups: another number may follow after a blank."""
    yield raw
    for _ in range(_TRIES):
        raw = raw.rpartition(" ")[0].rstrip(" -/.\u2013")
        if len(_DIGITS.findall(raw)) < _FEWEST_DIGITS:
            return
        yield raw


def _international(match: re.Match[str]) -> Identifier | None:
    for raw in _shorter(match[0]):
        plain = raw.replace("(0)", "")
        normal = _e164("+" + "".join(_DIGITS.findall(plain)), None)
        if normal:
            return Identifier("phone", raw, normal, 1, "phone:international", match.start(), match.start() + len(raw))
    return None


def _national(text: str, match: re.Match[str], region: str, prefix: str) -> Identifier | None:
    start = match.start()
    readings = [(raw, digits) for raw in _shorter(match[0]) if len(digits := _national_digits(raw)) <= _MOST_DIGITS + 2]
    if not readings or _DATE_LIKE.match(match[0]):
        return None
    labelled = match[0].startswith("tel:") or has_label(_LABELS, text, start)
    labelled = labelled or _LETTER_LABEL.search(text, max(0, start - 5), start) is not None
    for raw, digits in readings:
        found = _judge(raw, digits, start, region if labelled or digits.startswith(prefix) else None, labelled=labelled)
        if found:
            return found
    return None


def _national_digits(raw: str) -> str:
    return "".join(_DIGITS.findall(raw if raw.startswith("(0)") else raw.replace("(0)", "")))


def _judge(raw: str, digits: str, start: int, region: str | None, *, labelled: bool) -> Identifier | None:
    """Ask whether the digits are a number of `region`, None: not to be read in national form."""
    end = start + len(raw)
    if digits.startswith("000"):
        return None
    if digits.startswith("00"):
        normal = _e164("+" + digits[2:], None)
        return Identifier("phone", raw, normal, 2, "phone:international_00", start, end) if normal else None
    if region is None or not _FEWEST_DIGITS - 1 <= len(digits) <= _MOST_NATIONAL_DIGITS:
        return None
    normal = _e164(digits, region)
    if normal is None:
        return None
    if labelled:
        return Identifier("phone", raw, normal, 2, "phone:national_labelled", start, end)
    rule = "phone:national_unlabelled" if _SEPARATED.search(raw) else "phone:digits_only"
    return Identifier("phone", raw, normal, 3, rule, start, end)


@lru_cache(maxsize=16_384)
def _e164(number: str, region: str | None) -> str | None:
    """Give E.164 where `phonenumbers` knows such a number, else None."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=64)
def _trunk_prefix(region: str) -> str:
    """Give what national numbers of the region begin with: `0` in most of Europe, nothing in Spain."""
    import phonenumbers

    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region.upper(), None)
    prefix = getattr(metadata, "national_prefix", None)
    return prefix if prefix == "0" else ""
