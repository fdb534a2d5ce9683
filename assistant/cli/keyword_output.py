"""Output of `search --terms` and `keywords run`: a table, JSON or CSV."""

import sys
from pathlib import Path

import typer

from assistant.cli.invocation import print_json
from assistant.cli.printable import printable
from assistant.documents import coverage_document, exhibit_document, locator_document
from assistant.keyword_terms import parse_terms
from assistant.keywords import KeywordReport, search_terms, write_csv
from casefile.case import Case
from casefile.errors import UsageError


def print_keywords(case: Case, terms: Path, *, as_json: bool, as_csv: bool) -> None:
    """Run a keyword list over the whole case and print what became of every term.

    Raises:
        UsageError: the list cannot be read, or a line is not in the language of keyword lists.
    """
    try:
        content = terms.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{terms} cannot be read: {error}. A keyword list is plain text in UTF-8.") from error
    print_found(case, terms.name, content, as_json=as_json, as_csv=as_csv)


def print_found(case: Case, name: str, terms: str, *, as_json: bool, as_csv: bool) -> None:
    """Search for the terms of a list called `name`, and print what became of every one.

    Raises:
        UsageError: a line is not in the language of keyword lists.
    """
    parsed = parse_terms(terms)
    report = search_terms(case.catalogue, parsed)
    case.log("consultation", "keyword list searched", {"terms": len(parsed), "list": name})
    if as_json:
        print_json(keyword_document(report))
    elif as_csv:
        write_csv(report.results, sys.stdout)
    else:
        for result in report.results:
            typer.secho(
                f"{result.hits:>6} hits in {len(result.exhibits):>4} exhibits  {printable(result.term)}", bold=True
            )
            for found in result.exhibits:
                typer.echo(f"       {len(found.places):>5}  {printable(found.exhibit.path)}")


def keyword_document(report: KeywordReport) -> dict[str, object]:
    """What `search --terms FILE --json` prints."""
    return {
        "terms": [
            {
                "line": result.line,
                "term": result.term,
                "hits": result.hits,
                "exhibits": [
                    {
                        "exhibit": exhibit_document(found.exhibit),
                        "hits": len(found.places),
                        "places": [
                            {"locator": locator_document(place.locator), "quote": place.quote} for place in found.places
                        ],
                    }
                    for found in result.exhibits
                ],
            }
            for result in report.results
        ],
        "coverage": coverage_document(report.coverage),
    }
