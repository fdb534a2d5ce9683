"""Verification: the one place that decides whether a claim of any engine is supported. Nothing here trusts an engine.

A claim is supported when each of its quotes stands, exactly, at its offsets in that version of that exhibit's text,
and every name, number, date and identifier outside the words it quotes is in its quotes in some spelling, nothing
denied is stated or the other way round, no roles are turned (as far as word order shows) and a computation gives its
value again. That is all that *supported* means (DESIGN, promise 1).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.accusations import check_accusations
from assistant.claim_checks import (
    check_names,
    check_negation,
    check_roles,
    check_values,
    squash,
    stands_in,
    stated_currencies,
)
from assistant.computations import ComputationError, compute
from assistant.lexicon import TextLanguage, text_language_of
from assistant.mixing_checks import check_mixing
from assistant.records import Citation, Claim, Computation, ExhibitRef, ProposedClaim, ProposedQuote
from assistant.strength_checks import check_hedges, check_signs, check_strength
from assistant.value_places import check_places
from assistant.values import find_values
from casefile.locators import Locator

TextOf = Callable[[str, str], str | None]
"""Gives the stored text of (exhibit id, text hash), None when there is no such version."""
Locate = Callable[[ProposedQuote], tuple[ExhibitRef, Locator]]
"""Gives the exhibit and the place (with boxes where there are some) of a quote that was verified or not."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a claim is supported, and if not, why, in words for the investigator."""

    supported: bool
    because: str = ""


@dataclass(frozen=True, slots=True)
class NumberedQuotes:
    """Each distinct quote once, in order of first use, and for each claim the numbers (from 1) of its quotes."""

    quotes: tuple[ProposedQuote, ...]
    numbers: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What is shown: claims with their verdicts, and the citations they refer to."""

    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]


def verify_quote(text: str | None, proposed: ProposedQuote) -> bool:
    """Whether the quote stands in the text at exactly its offsets; an empty quote proves nothing."""
    if text is None or not proposed.quote.strip() or not 0 <= proposed.start < proposed.end <= len(text):
        return False
    return text[proposed.start : proposed.end] == proposed.quote


def verify_claim(
    proposed: ProposedClaim,
    quotes: Sequence[str],
    *,
    languages: Sequence[str] = (),
    region: str | None = None,
    labels: Sequence[str] = (),
) -> Verdict:
    """Compare a claim with its quotes, whose place has been checked already.

    Args:
        proposed: the claim; `[n]` marks in its text are not looked at.
        quotes: the exact quotes that it cites, in the order of `proposed.quotes`.
        languages: of the case (ISO 639-1), to break ties when the claim's own language is not clear.
        region: of the case (ISO 3166 alpha-2); without it a national and an international telephone number differ.
        labels: column names of cited rows; as `Label:` in the claim they say where a value stands and are not checked.
    """
    if not quotes and proposed.computed is None:
        return Verdict(supported=False, because="it cites nothing")
    language = text_language_of(proposed.text, languages)
    cited = [squash(quote) for quote in quotes]
    rest = _without_marks(proposed.text, labels)
    if proposed.computed is not None:
        because, rest = _check_computation(proposed.computed, cited, rest, language, labels)
        if because is not None:
            return Verdict(supported=False, because=because)
    rest = _without_whole_quotes(rest, cited)
    own, stray = _without_quoted_words(rest, cited)
    said = rest.translate(_NO_QUOTATION_MARKS)
    because = (
        stray
        or check_values(own, cited, language, region)
        or check_names(own, cited, language)
        or check_accusations(own, cited)
        or check_places(said, cited, language)
        or check_negation(said, [squash(quote.replace("\t", " ; ")) for quote in quotes], language)
        or check_roles(said, cited, language)
        or check_signs(said, cited)
        or check_strength(said, cited, language)
        or check_hedges(said, cited)
        or check_mixing(said, cited, language)
    )
    return Verdict(supported=because is None, because=because or "")


_MARK = re.compile(r"\s?\[\d{1,5}(?:\s?[,\u2013-]\s?\d{1,5})*\]")


def _without_marks(text: str, labels: Sequence[str]) -> str:
    rest = squash(_MARK.sub(" ", text))
    for label in sorted({squash(label) for label in labels} - {""}, key=len, reverse=True):
        rest = re.sub(rf"(?:(?<=^)|(?<=[;,|\u00b7\u2014\u201c(] )|(?<=[\u201c(])){re.escape(label)}:(?=\s)", " ", rest)
    return rest


_QUOTED = re.compile(
    r"\u201c([^\u201c\u201d]{1,5000})\u201d|\u201e([^\u201c\u201d\u201e]{1,5000})[\u201c\u201d]|\u00ab([^\u00ab\u00bb]{1,5000})\u00bb|\"([^\"]{1,5000})\""
)
_ELLIPSIS = re.compile(r"\s*(?:\[\u2026\]|\u2026|\[?\.\.\.\]?)\s*")


_NO_QUOTATION_MARKS = {ord(mark): None for mark in '\u201c\u201d\u201e\u00ab\u00bb"'}


def _without_whole_quotes(text: str, cited: Sequence[str]) -> str:
    for quote in sorted(cited, key=len, reverse=True):
        text = _blank(text, quote)
    return text


def _without_quoted_words(text: str, cited: Sequence[str]) -> tuple[str, str | None]:
    """Blank out what stands in quotation marks, and report words there that no quote has."""
    for match in list(_QUOTED.finditer(text)):
        words = next(group for group in match.groups() if group is not None)
        for piece in _ELLIPSIS.split(words):
            bare = piece.strip(" ,.;:")
            if bare and not any(
                stands_in(bare, quote) or stands_in(bare.casefold(), quote.casefold()) for quote in cited
            ):
                return text, f"the words \u201c{bare}\u201d in quotation marks are not in the cited text"
    return _QUOTED.sub(" \u2026 ", text), None


def _blank(text: str, quote: str) -> str:
    """Remove whole occurrences of a quote: never inside a longer word or number."""
    parts: list[str] = []
    at = 0
    while quote and (found := text.find(quote, at)) >= 0:
        whole = stands_in(quote, text[max(0, found - 2) : found + len(quote) + 2])
        parts.append(text[at:found] + (" \u2026 " if whole else quote))
        at = found + len(quote)
    return "".join(parts) + text[at:]


def _check_computation(
    computed: Computation, cited: Sequence[str], text: str, language: TextLanguage, labels: Sequence[str]
) -> tuple[str | None, str]:
    """Run a computation again over its terms and take its value out of what is left to check."""
    because = _check_terms(computed, cited)
    if because is not None:
        return because, text
    try:
        value = compute(computed.operation, computed.terms)
    except ComputationError as error:
        return f"it cannot be computed again: {error}", text
    if computed.unit and computed.unit not in stated_currencies((*cited, *labels)):
        return f"its unit {computed.unit} is not in the cited text", text
    if value != computed.value:
        return f"computed again, the {computed.operation} is {value}, not {computed.value}", text
    return None, _without_computed(text, computed, language)


def _check_terms(computed: Computation, cited: Sequence[str]) -> str | None:
    if len(computed.inputs) != len(computed.terms):
        return "its terms and the places they come from do not match"
    used: dict[tuple[int, str], int] = {}
    for number, term in zip(computed.inputs, computed.terms, strict=True):
        if not 1 <= number <= len(cited):
            return "it is computed over something that it does not cite"
        used[number, squash(term)] = used.get((number, squash(term)), 0) + 1
    for (number, term), times in used.items():
        if _occurrences(term, cited[number - 1]) < times:
            return f"\u201c{term}\u201d is not in the cited text as often as it is used"
    return None


def _occurrences(term: str, quote: str) -> int:
    count, at = 0, quote.find(term) if term else -1
    while at >= 0:
        if stands_in(term, quote[max(0, at - 2) : at + len(term) + 2]):
            count += 1
        at = quote.find(term, at + len(term))
    return count


def _without_computed(text: str, computed: Computation, language: TextLanguage) -> str:
    """Blank out the computed value, and how many inputs there were, so that they are not looked for in the quotes."""
    allowed = {computed.value, computed.value.lstrip("-"), str(len(computed.inputs))}
    out, at = [], 0
    for value in find_values(text, language):
        normals = {value.normal, value.normal.removeprefix(value.unit).strip()} | {date.iso() for date in value.dates}
        unit_fits = not value.unit or not computed.unit or value.unit == computed.unit
        if normals & allowed and unit_fits and not value.ambiguous:
            out.append(text[at : value.start] + "\u2026")
            at = value.end
    return "".join(out) + text[at:]


def number_citations(proposed: Sequence[ProposedClaim]) -> NumberedQuotes:
    """Number the quotes of all claims from 1 in order of first use; the same place cited twice has one number."""
    quotes: list[ProposedQuote] = []
    numbers: dict[ProposedQuote, int] = {}
    per_claim: list[tuple[int, ...]] = []
    for claim in proposed:
        for quote in claim.quotes:
            if quote not in numbers:
                quotes.append(quote)
                numbers[quote] = len(quotes)
        per_claim.append(tuple(numbers[quote] for quote in claim.quotes))
    return NumberedQuotes(tuple(quotes), tuple(per_claim))


def citation_marks(numbers: Sequence[int]) -> str:
    """Return marks for the end of a sentence: `[1]`, `[1][3]`; more than three in a row as `[1\u20139]`."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    marks = []
    for first, last in runs:
        long = last - first >= 3
        marks.append(f"[{first}\u2013{last}]" if long else "".join(f"[{n}]" for n in range(first, last + 1)))
    return "".join(marks)


def verify(
    proposed: Sequence[ProposedClaim],
    *,
    text_of: TextOf,
    locate: Locate,
    languages: Sequence[str] = (),
    region: str | None = None,
) -> Checked:
    """Check the claims of an engine and number their citations; what fails is kept, marked, with its reason.

    A computation's `inputs` become citation numbers. Texts are fetched once per version.
    """
    numbered = number_citations(proposed)
    texts: dict[tuple[str, str], str | None] = {}
    citations: list[Citation] = []
    for n, quote in enumerate(numbered.quotes, start=1):
        key = (quote.exhibit_id, quote.text_sha256)
        if key not in texts:
            texts[key] = text_of(*key)
        exhibit, locator = locate(quote)
        citations.append(
            Citation(n, exhibit, quote.text_sha256, locator, quote.quote, verified=verify_quote(texts[key], quote))
        )
    claims = [
        _checked_claim(claim, numbers, citations, languages, region)
        for claim, numbers in zip(proposed, numbered.numbers, strict=True)
    ]
    return Checked(tuple(claims), tuple(citations))


def _checked_claim(
    proposed: ProposedClaim,
    numbers: tuple[int, ...],
    citations: Sequence[Citation],
    languages: Sequence[str],
    region: str | None,
) -> Claim:
    cited = [citations[n - 1] for n in numbers]
    labels = tuple(label for citation in cited for label in _labels(citation.locator))
    if all(citation.verified for citation in cited):
        quotes = [citation.quote for citation in cited]
        verdict = verify_claim(proposed, quotes, languages=languages, region=region, labels=labels)
    else:
        wrong = next(citation for citation in cited if not citation.verified)
        verdict = Verdict(supported=False, because=f"quote [{wrong.n}] is not in the exhibit at that place")
    computed = proposed.computed
    if computed is not None and all(1 <= i <= len(numbers) for i in computed.inputs):
        inputs = tuple(numbers[i - 1] for i in computed.inputs)
        computed = Computation(computed.operation, inputs, computed.terms, computed.value, computed.unit)
    shown = tuple(dict.fromkeys(numbers))
    return Claim(proposed.text, shown, computed, verdict.supported, verdict.because, proposed.instead_of)


def _labels(locator: Locator) -> tuple[str, ...]:
    return locator.header if locator.kind == "cells" else ()
