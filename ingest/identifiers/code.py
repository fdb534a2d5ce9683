"""Alphanumeric codes: exhibit labels, plates, case and invoice numbers, serial numbers, hashes.

A code has at least one letter and one digit. The normal form is in capitals without separators, so that `VKT-482-B`,
`vkt 482 b` after a label, and `VKT482B` are one value.
"""

import re
from collections.abc import Iterator

from casefile.records import Identifier, IdentifierKind, Tier
from ingest.identifiers.port import VALUE_START, FindingContext, has_label

_TOKEN = re.compile(rf"{VALUE_START}[^\W_]{{1,64}}(?:[-/._][^\W_]{{1,64}}){{0,8}}(?![^\W_])")
_SPACED = re.compile(
    r"(?<![\w-])(?:"
    r"(?P<file>\d{1,4} (?:[A-Z][A-Za-z]{0,3}|[A-Z][a-z]?[A-Z]) \d{1,7}/\d{2,4})(?![\w/])"
    r"|(?P<german>[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2}[ -]?[1-9]\d{0,3}[EH]?)(?![\w-])"
    r"|(?P<french>[A-Z]{2} \d{3} [A-Z]{2})(?![\w-])"
    r"|(?P<british>[A-Z]{2}\d{2} [A-Z]{3})(?![\w-])"
    r"|(?P<spanish>\d{4} [B-DF-HJ-NP-TV-Z]{3})(?![\w-])"
    r"|(?P<parts>[A-Z]{2,5} \d{2,6}(?: [A-Z0-9]{1,4}){0,2})(?![\w:-])"
    r")"
)
_LABELS = re.compile(
    r"\b(?:code|ref(?:erence|erenz|\.)?|r[ée]f[ée]rence|referentie|referencia|az|aktenzeichen|gesch(?:\.|äfts)?-?z\w{0,7}"
    r"|case|file|dossier|zaak\w{0,8}|expediente|vorgang\w{0,8}|serial|serien\w{0,8}|s/n|sn|model|modell"
    r"|invoice|rechnung\w{0,8}|facture|factuur\w{0,8}|factura|exhibit|asservat\w{0,8}|beweis\w{0,8}|pi[èe]ce|stuk"
    r"|kennzeichen|kfz|plate|registration|reg|immatricul\w{0,8}|plaque|kenteken|matr[íi]cula|vin|fin|fahrgestell\w{0,8}"
    r"|id|no|nr|num\w{0,4}|n[°º]|number|ticket|container|tracking|sendung\w{0,8}|batch|charge|lot|pass\w{0,8}|ausweis\w{0,8}"
    r"|locker|room|konto|account|kundenn\w{0,8}|customer)\b",
    re.IGNORECASE,
)
_PLATE_LABELS = re.compile(
    r"\b(?:kennzeichen|kfz|pkw|lkw|plates?|registration|reg|immatricul\w{0,8}|plaque|kenteken|matr[íi]cula|auto|car|van|wagen"
    r"|voiture|fahrzeug|vehicle|voertuig|coche|golf|bmw|audi|mercedes|transporter|vin)\b",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[-/._ ]")
_MEASURE = re.compile(
    r"\d{1,4}(?:st|nd|rd|th|er|re|e|ème|km|kg|mg|cm|mm|ml|gb|mb|kb|tb|kw|kwh|hz|mhz|ghz|am|pm|h|hrs?|min|sec|x|ct|cl|dl|m[23²³]?|g|l|s|d|w)"
    r"|\d{1,2}h\d{2}|[a-z]\d|\d[a-z]",
    re.IGNORECASE,
)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_HEX_HASH = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9A-F]{32}|[0-9A-F]{40}|[0-9A-F]{64})")
_FEWEST = 4
"""Letters and digits that a code must have without a label; `A4` and `3D` are words."""


class CodeFinder:
    """Finds alphanumeric codes; the normal form has capitals and digits only."""

    kind: IdentifierKind = "code"

    def find(self, text: str, context: FindingContext) -> Iterator[Identifier]:  # noqa: ARG002 the same everywhere
        """Yield codes: grouped in capitals, hashes and file numbers tier 1, one run or a label 2, the rest 3."""
        end = 0
        spaced = _spaced(text)
        waiting = next(spaced, None)
        for match in _TOKEN.finditer(text):
            token = match[0]
            while waiting and waiting.start <= match.start():
                if waiting.start >= end:
                    end = waiting.end
                    yield waiting
                waiting = next(spaced, None)
            if match.start() < end or token.isalpha() or not _has_both(token):
                continue
            found = _judge(text, match)
            if found:
                end = found.end
                yield found


def _has_both(token: str) -> bool:
    return any(map(str.isdecimal, token)) and any(map(str.isalpha, token))


def _judge(text: str, match: re.Match[str]) -> Identifier | None:
    raw, start, end = match[0], match.start(), match.end()
    normal = _SEPARATORS.sub("", raw).upper()
    if _MEASURE.fullmatch(raw):
        return None
    digits = sum(map(str.isdecimal, normal))
    grouped = len(normal) < len(_SEPARATORS.sub("-", raw).upper())
    if _UUID.fullmatch(raw) or _HEX_HASH.fullmatch(raw):
        tier, rule = _tiered(1, "code:hash")
    elif grouped and raw == raw.upper() and digits >= 2 and len(normal) >= 5:
        tier, rule = _tiered(1, "code:grouped")
    elif raw == raw.upper() and digits >= 2 and len(normal) - digits >= 2 and len(normal) >= 6:
        tier, rule = _tiered(2, "code:capitals")
    elif has_label(_LABELS, text, start):
        tier, rule = _tiered(2, "code:labelled")
    elif len(normal) >= _FEWEST:
        tier, rule = _tiered(3, "code:form")
    else:
        return None
    return Identifier("code", raw, normal, tier, rule, start, end)


def _tiered(tier: Tier, rule: str) -> tuple[Tier, str]:
    return tier, rule


def _spaced(text: str) -> Iterator[Identifier]:
    """Codes written with blanks: file numbers by their form, plates and others only behind a label."""
    for match in _SPACED.finditer(text):
        raw, start = match[0], match.start()
        normal = _SEPARATORS.sub("", raw).upper()
        if match.lastgroup == "file":
            yield Identifier("code", raw, normal, 1, "code:file_number", start, match.end())
        elif match.lastgroup == "parts":
            if has_label(_LABELS, text, start):
                yield Identifier("code", raw, normal, 2, "code:labelled", start, match.end())
        elif has_label(_PLATE_LABELS, text, start):
            yield Identifier("code", raw, normal, 2, "code:plate_labelled", start, match.end())
        elif match.lastgroup in ("german", "french", "british"):
            yield Identifier("code", raw, normal, 3, "code:plate_form", start, match.end())
