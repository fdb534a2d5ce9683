"""Amounts of money: a number with a currency beside it, normalised to `EUR 1234.56`.

Numbers are found first and then looked at from both sides, so that a text without currencies costs one scan.
What a separator means follows from the number itself; where it can mean two things the rule that decided is kept.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from casefile.records import Identifier, IdentifierKind, Tier
from ingest.identifiers.port import FindingContext

_BLANK = "[ \u00a0\u202f]"
_NUMBER = re.compile(
    r"(?<![\w.,'\u2019])(?:"
    r"\d{1,3}(?:(?P<sep>[.,' \u00a0\u202f\u2019])\d{3}(?!\d))(?:(?P=sep)\d{3}(?!\d)){0,5}(?:[.,]\d{1,2}(?!\d))?"
    r"|\d{1,15}(?:[.,]\d{1,8})?"
    r")(?!\d)(?:[.,](?:[-\u2013\u2014]{1,2})(?![\w-]))?"
)
_ISO_CODES = (
    "EUR|USD|GBP|CHF|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|TRY|RUB|UAH|RSD|BAM|ALL|MKD|GEL|MAD|TND|EGP|AED|SAR|ILS|INR"
    "|CNY|JPY|KRW|HKD|SGD|AUD|NZD|CAD|BRL|MXN|ARS|CLP|COP|ZAR|NGN|DEM|FRF|NLG|ESP|ATS|ITL|BEF|BTC|ETH|LTC|XMR|USDT"
)
_SYMBOLS = r"(?:US|CA|AU|NZ|HK|[AC])\$|\$|€|£|¥|₽|₺|₴|₹|₿|zł|Kč|kr\.?|SFr\.|Fr\.|Ft|lei|DM"
_WORDS = (
    r"euros?|dollars?|pounds sterling|pounds?|livres sterling|francs?|franken|franke|kronen|kroner|kronor|couronnes"
    r"|d[óo]lares|rubel|roubles?|zloty|złoty|z[łl]otych|bitcoins?|d-mark"
)
_BEFORE = re.compile(
    r"(?P<sign>[-\u2212+])?(?:(?<![^\W_])(?P<scale>[Tk])(?:EUR|€)"
    rf"|(?<![^\W\d_])(?:{_ISO_CODES})|(?<![^\W_])(?:{_SYMBOLS})|[€$£¥₽₺₴₹₿]){_BLANK}{{0,2}}(?P<inner>[-\u2212+])?\Z"
)
_LARGE = (
    r"mn|mln|Mln|bn|[Mm]io|[Mm]rd|[Tt]sd|[Mm]illion(?:en|s|es)?|miljoen|miljard|Milliarden?|milliards?|billions?"
    r"|mill[óo]n(?:es)?|thousand|[Tt]ausend|duizend"
)
_AFTER = re.compile(
    rf"{_BLANK}?(?:(?P<scale>{_LARGE}|Md|mil|mille|[kKTmM])\.?(?:{_BLANK}(?:d'|de |of )?|d'|(?=[€$£]|EUR)))?{_BLANK}?"
    rf"(?P<currency>(?:{_ISO_CODES}|DM|lei|Ft|zł|Kč|kr|(?i:{_WORDS}))(?![^\W_])|[€$£¥₽₺₴₹₿])"
)
_SCALE_ONLY = re.compile(rf"(?:{_BLANK}(?P<word>{_LARGE})\.?|(?P<letter>k|K|m|M|bn))(?![^\W_])")
_SIGNS = frozenset("€$£¥₽₺₴₹₿")
_SCALES: dict[str, int] = {
    "k": 3, "t": 3, "tsd": 3, "thousand": 3, "tausend": 3, "duizend": 3, "mil": 3, "mille": 3, "m": 6, "mn": 6,
    "mln": 6, "mio": 6, "million": 6, "millionen": 6, "millions": 6, "milliones": 6, "miljoen": 6, "millón": 6,
    "millon": 6, "millones": 6, "bn": 9, "mrd": 9, "md": 9, "miljard": 9, "milliarde": 9, "milliarden": 9,
    "milliard": 9, "milliards": 9, "billion": 9, "billions": 9,
}  # fmt: skip
"""Powers of ten. `billion` is the English one: German `Billion` and Spanish `billón` are not read."""
_CURRENCIES: dict[str, str] = {
    "€": "EUR", "euro": "EUR", "euros": "EUR", "us$": "USD", "ca$": "CAD", "c$": "CAD", "au$": "AUD", "a$": "AUD",
    "nz$": "NZD", "hk$": "HKD", "£": "GBP", "pounds sterling": "GBP", "livres sterling": "GBP", "¥": "JPY",
    "₽": "RUB", "rubel": "RUB", "rouble": "RUB", "roubles": "RUB", "₺": "TRY", "₴": "UAH", "₹": "INR", "₿": "BTC",
    "bitcoin": "BTC", "bitcoins": "BTC", "zł": "PLN", "zloty": "PLN", "złoty": "PLN", "zlotych": "PLN",
    "złotych": "PLN", "kč": "CZK", "sfr.": "CHF", "fr.": "CHF", "franken": "CHF", "franke": "CHF", "ft": "HUF",
    "lei": "RON", "dm": "DEM", "d-mark": "DEM",
}  # fmt: skip
_BY_REGION: dict[str, tuple[str, dict[str, str], tuple[str, ...]]] = {
    "dollar": (
        "dollar",
        {"CA": "CAD", "AU": "AUD", "NZ": "NZD", "SG": "SGD", "HK": "HKD", "MX": "MXN"},
        ("USD",),
    ),
    "krone": (
        "krone",
        {"SE": "SEK", "NO": "NOK", "DK": "DKK", "IS": "ISK", "FO": "DKK", "GL": "DKK"},
        ("DKK", "NOK", "SEK"),
    ),
    "franc": ("franc", {"CH": "CHF", "LI": "CHF", "FR": "FRF", "BE": "BEF"}, ("CHF",)),
    "pound": ("pound", {"GB": "GBP", "EG": "EGP"}, ("GBP",)),
}
"""What a name shared by several countries means: in these regions, and elsewhere (several: ambiguous)."""
_SHARED = {
    "$": "dollar", "dollar": "dollar", "dollars": "dollar", "dolares": "dollar", "dólares": "dollar", "kr": "krone",
    "kr.": "krone", "kronen": "krone", "kroner": "krone", "kronor": "krone", "couronnes": "krone", "franc": "franc",
    "francs": "franc", "pound": "pound", "pounds": "pound",
}  # fmt: skip
_WEIGHTS = frozenset({"pound", "pounds"})
_BEFORE_CHARACTERS = 10


@dataclass(frozen=True, slots=True)
class ReadNumber:
    """A number as written, read: `rule` says what decided on the meaning of its separators."""

    value: Decimal
    rule: str


def read_number(written: str) -> ReadNumber:
    """Read a number with separators of any country.

    Args:
        written: digits with `.`, `,`, `'` or blanks between them, beginning and ending with a digit.

    Returns:
        The value. `1.234` and `1,234` are read as thousands, and the rule says so: money has two decimals.
    """
    compact = re.sub(r"[' \u00a0\u202f\u2019]", "", written)
    last = max(compact.rfind("."), compact.rfind(","))
    if last == -1:
        return ReadNumber(Decimal(compact), "whole")
    mark, tail = compact[last], compact[last + 1 :]
    other = "," if mark == "." else "."
    if other in compact:
        return ReadNumber(Decimal(compact[:last].replace(other, "").replace(mark, "") + "." + tail), "decimal")
    if compact.count(mark) > 1:
        return ReadNumber(Decimal(compact.replace(mark, "")), "thousands")
    if len(tail) == 3 and compact[:last] != "0" and len(compact[:last]) <= 3 and len(compact) == len(written):
        return ReadNumber(Decimal(compact.replace(mark, "")), "three_digits_are_thousands")
    return ReadNumber(Decimal(compact[:last] + "." + tail), "decimal")


class AmountFinder:
    """Finds amounts with a currency; the normal form is the ISO 4217 code, a blank and at least two decimals."""

    kind: IdentifierKind = "amount"

    def find(self, text: str, context: FindingContext) -> Iterator[Identifier]:
        """Yield amounts (tier 1), and amounts whose currency's name means several things (tier 3)."""
        end = 0
        for match in _NUMBER.finditer(text):
            found = _amount(text, match, end, context.region.upper())
            if found:
                end = found.end
                yield found


def _amount(text: str, match: re.Match[str], free_from: int, region: str) -> Identifier | None:
    start, end = match.span()
    if not _currency_may_be_beside(text, start, end):
        return None
    window = max(free_from, start - _BEFORE_CHARACTERS)
    before = _BEFORE.search(text[window:start]) if window < start else None
    number = read_number(match[0].rstrip(".,-\u2013\u2014"))
    scale = ""
    if before:
        start = window + before.start()
        currency = before[0].strip(" \u00a0\u202f-\u2212+")
        negative = (before["sign"] or before["inner"]) in ("-", "\u2212") and not text[
            max(0, start - 1) : start
        ].isalnum()
        if before["sign"] and not negative:
            start += 1
        if before["scale"]:
            scale, currency = before["scale"], currency[1:]
        after = _SCALE_ONLY.match(text, end)
        if after:
            scale, end = after["word"] or after["letter"], after.end()
    else:
        after = _AFTER.match(text, end)
        if after is None:
            return None
        currency, scale, end = after["currency"], after["scale"] or "", after.end()
        sign = text[start - 1 : start]
        negative = sign in ("-", "\u2212") and start > free_from and not text[max(0, start - 2) : start - 1].isalnum()
        start -= negative
    power = _SCALES[scale.lower()] if scale else 0
    if power and number.rule == "three_digits_are_thousands":
        number = ReadNumber(Decimal(match[0].replace(",", ".")), "decimal")
    value = number.value.scaleb(power) * (-1 if negative else 1)
    codes, currency_rule = _currency_codes(currency, region)
    normal = "|".join(f"{code} {_plain(value)}" for code in codes)
    tier: Tier = 3 if len(codes) > 1 or currency.lower() in _WEIGHTS else 1
    parts = (number.rule if number.rule == "three_digits_are_thousands" else "", currency_rule)
    rule = "amount:" + ("+".join(part for part in parts if part) or "currency")
    return Identifier("amount", text[start:end], normal, tier, rule, start, end)


def _currency_may_be_beside(text: str, start: int, end: int) -> bool:
    """Look at the nearest characters only: most numbers have no letter or currency sign beside them."""
    before = text[max(0, start - 3) : start].rstrip(" \u00a0\u202f-\u2212+")
    after = text[end : end + 3].lstrip(" \u00a0\u202f")
    return any(near.isalpha() or near == "." or near in _SIGNS for near in (before[-1:], after[:1]) if near)


def _currency_codes(currency: str, region: str) -> tuple[tuple[str, ...], str]:
    """Give the ISO 4217 codes that a currency's name may mean here, and the rule where it is a shared name."""
    name = currency.lower()
    if name in _SHARED:
        shared, by_region, elsewhere = _BY_REGION[_SHARED[name]]
        if region in by_region:
            return (by_region[region],), f"{shared}_of_region"
        return elsewhere, f"{shared}_ambiguous" if len(elsewhere) > 1 else f"{shared}_usual"
    return (_CURRENCIES.get(name, currency.upper()),), ""


def _plain(value: Decimal) -> str:
    """Write without exponent, with two decimals or as many as are given."""
    digits = -int(value.as_tuple().exponent)
    return f"{value:.{max(2, digits)}f}"
