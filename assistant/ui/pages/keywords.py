"""`/case/ID/keywords`: lists of keywords kept with the case, and what they find."""

import io
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from assistant.keyword_terms import Term, parse_term, parse_terms
from assistant.keywords import KeywordReport, search_terms, write_csv
from assistant.ui.pages.parts import download, line_of, paged, see_other, text_of, told, whole
from assistant.ui.pages.places import Places
from assistant.ui.visit import Visit, Visiting
from casefile.case import Case
from casefile.errors import UsageError
from casefile.keyword_lists import LONGEST_NAME, KeywordList, list_name

router = APIRouter()

MOST_PROBLEMS = 20
"""Lines of a list that are told to be wrong at once."""
LONGEST_TERMS = 1_000_000

_Text = Annotated[str, Query()]
_Field = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class ListForm:
    """A list as typed. `errors` maps a field to what is wrong with it, `lines` tells it for each line of the terms."""

    name: str = ""
    terms: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()


def term_problems(terms: str) -> tuple[str, ...]:
    """What is wrong with each line of a list that cannot be read, with its number; at most some of them."""
    problems = []
    for number, line in enumerate(terms.splitlines(), start=1):
        written = line.strip()
        if written and not written.startswith("#"):
            try:
                parse_term(written, number)
            except UsageError as error:
                problems.append(str(error))
        if len(problems) == MOST_PROBLEMS:
            break
    if not problems:
        try:
            parse_terms(terms)
        except UsageError as error:  # no term, or too many
            problems.append(str(error))
    return tuple(problems)


def checked(visit: Visit, case: Case, name: str, terms: str, old: str = "") -> ListForm:
    """A list as typed with its errors; `old` is the name that it has, empty for a new one."""
    terms = text_of(terms, LONGEST_TERMS)
    errors = {}
    try:
        kept = list_name(name)
        if kept != old and kept in {one.name for one in case.keyword_lists.all()}:
            errors["name"] = visit.say("pages.keywords.name_taken")
    except UsageError:
        errors["name"] = visit.say("pages.keywords.name_wrong", most=LONGEST_NAME)
    return ListForm(line_of(name), terms, errors, term_problems(terms))


@router.get("/case/{case_id}/keywords")
def show_lists(visit: Visiting, case_id: str, done: _Text = "") -> Response:
    """The lists, and the form for another."""
    case = visit.assistant(case_id).case
    return _lists_page(visit, case, ListForm(), done)


@router.post("/case/{case_id}/keywords")
def make_list(visit: Visiting, case_id: str, name: _Field = "", terms: _Field = "") -> Response:
    """Keep a new list."""
    case = visit.assistant(case_id).case
    form = checked(visit, case, name, terms)
    if form.errors or form.lines:
        return _lists_page(visit, case, form, status=400)
    kept = case.keyword_lists.save(form.name, form.terms)
    return see_other(f"/case/{case_id}/keywords/run", {"list": kept.name, "done": "list_saved"})


def _lists_page(visit: Visit, case: Case, form: ListForm, done: str = "", status: int = 200) -> Response:
    lists = tuple((one, _term_count(one)) for one in case.keyword_lists.all())
    model = {"case": case.description, "lists": lists, "form": form, "flash": told(visit, done)}
    return visit.page("pages/keywords.html", model, status)


def _term_count(one: KeywordList) -> int:
    lines = (line.strip() for line in one.terms.splitlines())
    return sum(bool(line) and not line.startswith("#") for line in lines)


@router.get("/case/{case_id}/keywords/edit")
def show_form(visit: Visiting, case_id: str, name: Annotated[str, Query(alias="list")] = "") -> Response:
    """The form to change or rename a list."""
    case = visit.assistant(case_id).case
    one = case.keyword_lists.get(name)
    return _edit_page(visit, case, one, ListForm(one.name, one.terms))


@router.post("/case/{case_id}/keywords/edit")
def change_list(
    visit: Visiting,
    case_id: str,
    old: Annotated[str, Query(alias="list")] = "",
    name: _Field = "",
    terms: _Field = "",
) -> Response:
    """Change a list, its name too."""
    case = visit.assistant(case_id).case
    one = case.keyword_lists.get(old)
    form = checked(visit, case, name, terms, one.name)
    if form.errors or form.lines:
        return _edit_page(visit, case, one, form, 400)
    new = list_name(form.name)
    if new != one.name:
        case.keyword_lists.rename(one.name, new)
    if form.terms != one.terms:
        case.keyword_lists.save(new, form.terms)
    return see_other(f"/case/{case_id}/keywords/run", {"list": new, "done": "list_saved"})


def _edit_page(visit: Visit, case: Case, one: KeywordList, form: ListForm, status: int = 200) -> Response:
    return visit.page("pages/keyword_list.html", {"case": case.description, "one": one, "form": form}, status)


@router.get("/case/{case_id}/keywords/remove")
def ask_before_removing(visit: Visiting, case_id: str, name: Annotated[str, Query(alias="list")] = "") -> Response:
    """Which list would go."""
    case = visit.assistant(case_id).case
    one = case.keyword_lists.get(name)
    model = {"case": case.description, "one": one, "terms": _term_count(one)}
    return visit.page("pages/keyword_remove.html", model)


@router.post("/case/{case_id}/keywords/remove")
def remove_list(visit: Visiting, case_id: str, name: Annotated[str, Query(alias="list")] = "") -> Response:
    """Take a list away."""
    case = visit.assistant(case_id).case
    case.keyword_lists.remove(name)
    return see_other(f"/case/{case_id}/keywords", {"done": "list_removed"})


# --- running ------------------------------------------------------------------------------------------------------


@router.get("/case/{case_id}/keywords/run")
def run_list(
    visit: Visiting,
    case_id: str,
    name: Annotated[str, Query(alias="list")] = "",
    line: _Text = "",
    exhibit: _Text = "",
    page: _Text = "",
    done: _Text = "",
) -> Response:
    """What every term of a list finds; with `line`, every place of the term in that line."""
    case = visit.assistant(case_id).case
    one = case.keyword_lists.get(name)
    try:
        terms = parse_terms(one.terms)
    except UsageError:  # kept by a command that did not check it
        return _edit_page(visit, case, one, ListForm(one.name, one.terms, lines=term_problems(one.terms)), 400)
    model: dict[str, object] = {"case": case.description, "one": one, "flash": told(visit, done)}
    chosen = tuple(term for term in terms if term.line == whole(line, 0)) if line else ()
    report = logged_search(case, one.name, chosen or terms)
    if not chosen:
        return visit.page("pages/keyword_run.html", model | {"report": report})
    result = report.results[0]
    found = [
        (there.exhibit, place)
        for there in result.exhibits
        if not exhibit or there.exhibit.id == f"sha256:{exhibit}"
        for place in there.places
    ]
    query = {"list": one.name, "line": result.line, "exhibit": exhibit}
    listed = paged(found, page, f"/case/{case_id}/keywords/run", query)
    places = Places(case, visit.say)
    places.know({ref.id for ref, _ in listed.rows})
    model |= {
        "result": result,
        "exhibit": exhibit,
        "rows": tuple((ref, places.view(ref.id, place.locator)) for ref, place in listed.rows),
        "pager": listed.pager,
    }
    return visit.page("pages/keyword_term.html", model)


@router.get("/case/{case_id}/keywords.csv")
def run_as_csv(visit: Visiting, case_id: str, name: Annotated[str, Query(alias="list")] = "") -> Response:
    """What a list finds, as `search --terms --csv` prints it."""
    case = visit.assistant(case_id).case
    one = case.keyword_lists.get(name)
    report = logged_search(case, one.name, parse_terms(one.terms))
    stream = io.StringIO()
    write_csv(report.results, stream)
    return download(f"{case_id}-keywords.csv", stream.getvalue(), "text/csv")


def logged_search(case: Case, name: str, terms: tuple[Term, ...]) -> KeywordReport:
    """What `search --terms` finds, entered into the custody log as it does."""
    report = search_terms(case.catalogue, terms)
    case.log("consultation", "keyword list searched", {"terms": len(terms), "list": name})
    return report
