import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.keyword_terms import Both, Either, Fuzzy, Phrase, Without, parse_term, parse_terms, word_tests
from assistant.keywords import neutralised, search_terms, write_csv
from casefile.errors import UsageError
from tests.assistant.retrieval_case import make_case

DOCUMENTS = {
    "a.txt": "The red crane stood in Müllers yard.\n\nThe CRANES were sold. File VKT-482-B.",
    "b.txt": "Ein Baukran und ein Autokran.\n\nMeier called Meyer; the red\n\ncrane was a toy.",
    "=cmd.txt": "=HYPERLINK is a word.\n\nMu\u0308ller paid 500 EUR.",
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    with make_case(tmp_path_factory.mktemp("home"), DOCUMENTS).case as case:
        yield case


def hits(case, line):
    """Quotes by exhibit name for one term."""
    (result,) = search_terms(case.catalogue, parse_terms(line)).results
    return {found.exhibit.name: [place.quote for place in found.places] for found in result.exhibits}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("crane", {"a.txt": ["crane"], "b.txt": ["crane"]}),
        ("crane*", {"a.txt": ["crane", "CRANES"], "b.txt": ["crane"]}),
        ("*kran", {"b.txt": ["Baukran", "Autokran"]}),
        ("?aukran", {"b.txt": ["Baukran"]}),
        ("b*k*n", {"b.txt": ["Baukran"]}),
        ("red crane", {"a.txt": ["red crane"], "b.txt": ["red\n\ncrane"]}),
        ('"red cran*"', {"a.txt": ["red crane"], "b.txt": ["red\n\ncrane"]}),
        ("vkt-482-b", {"a.txt": ["VKT-482-B"]}),
        ("VKT-*", {"a.txt": ["VKT-482"]}),
        ("meyer~1", {"b.txt": ["Meier", "Meyer"]}),
        ("meyer~", {"b.txt": ["Meier", "Meyer"]}),
        ("Muller", {"=cmd.txt": ["Mu\u0308ller"]}),
        ("müllers", {"a.txt": ["Müllers"]}),
        ("crane AND toy", {"b.txt": ["crane", "toy"]}),
        ("crane NOT toy", {"a.txt": ["crane"]}),
        ("crane AND NOT (toy OR boat)", {"a.txt": ["crane"]}),
        ("toy OR hyperlink", {"b.txt": ["toy"], "=cmd.txt": ["HYPERLINK"]}),
        (
            '(meier OR müller) AND (500 OR "red crane")',
            {"b.txt": ["Meier", "red\n\ncrane"], "=cmd.txt": ["Mu\u0308ller", "500"]},
        ),
        ("submarine", {}),
    ],
)
def test_hits(corpus, line, expected):
    assert hits(corpus, line) == expected


def test_quotes_stand_where_the_locators_say(corpus):
    for result in search_terms(corpus.catalogue, parse_terms("crane*\n*kran\nmeyer~1\nred crane")).results:
        for found in result.exhibits:
            text = corpus.catalogue.text(found.exhibit.id)
            for place in found.places:
                assert text[place.locator.start : place.locator.end] == place.quote
                passage = corpus.catalogue.passages([place.passage_id])[place.passage_id]
                assert passage.locator.start <= place.locator.start < passage.locator.end


def test_the_list_keeps_its_order_its_line_numbers_and_terms_without_a_hit(corpus):
    report = search_terms(corpus.catalogue, parse_terms("\ufeff# remark\r\n\r\nsubmarine\r\ncrane\r\n"))
    assert [(r.line, r.term, r.hits, len(r.exhibits)) for r in report.results] == [
        (3, "submarine", 0, 0),
        (4, "crane", 2, 2),
    ]
    assert report.coverage.searched == 3


def test_exhibits_can_be_chosen(corpus):
    chosen = [exhibit.id for exhibit in corpus.catalogue.exhibits() if exhibit.name == "b.txt"]
    (result,) = search_terms(corpus.catalogue, parse_terms("crane"), chosen).results
    assert [found.exhibit.name for found in result.exhibits] == ["b.txt"]


def test_csv_has_a_row_for_each_term_and_exhibit_and_no_formula(corpus):
    stream = io.StringIO()
    write_csv(search_terms(corpus.catalogue, parse_terms("hyperlink\nsubmarine\n-crane")).results, stream)
    header, *rows = csv.reader(io.StringIO(stream.getvalue()))
    assert header[:4] == ["line", "term", "hits", "exhibits"]
    assert rows[0][1:4] == ["hyperlink", "1", "1"]
    assert rows[0][5] == "'=cmd.txt"
    assert rows[1] == ["2", "submarine", "0", "0", "", "", "0", "", ""]
    assert rows[2][1] == "'-crane"
    assert len(rows) == 4


@given(st.text())
def test_no_cell_begins_like_a_formula(cell):
    assert neutralised(cell).lstrip()[:1] not in set("=+-@")
    assert neutralised(cell).removeprefix("'") == cell.removeprefix("'")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('"open', "not closed"),
        ("(crane", "not closed"),
        ("crane)", "not opened"),
        ("crane AND", "missing at the end"),
        ("OR crane", "missing before OR"),
        ("crane AND OR boat", "missing before OR"),
        ("()", "missing before )"),
        ("NOT crane", "NOT only takes away"),
        ("a OR NOT b", "NOT only takes away"),
        ("*", "no letter or digit"),
        ('""', "no letter or digit"),
        ("...", "no letter or digit"),
        ("ab~1", "too short"),
        ("meyer~9", "may differ"),
        ('"red crane"~5', "not with a phrase"),
        ("me*er~1", "plain word"),
        ("(" * 100 + "a" + ")" * 100, "inside one another"),
        ("NOT " * 100 + "a", "inside one another"),
        ("x" * 3000, "longer than"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line, complaint):
    with pytest.raises(UsageError, match=f"Line 2 of the keyword list: .*{re.escape(complaint)}"):
        parse_terms(f"fine\n{line}\n")


def test_a_list_without_terms_is_refused():
    with pytest.raises(UsageError, match="holds no term"):
        parse_terms("# nothing\n\n")


def test_how_lines_are_read():
    assert parse_term("red crane") == Phrase(("red", "crane"))
    assert parse_term("red meyer~1") == Both((Phrase(("red",)), Fuzzy("meyer", 1)))
    assert parse_term("a OR b AND c") == Either((Phrase(("a",)), Both((Phrase(("b",)), Phrase(("c",))))))
    assert parse_term("a NOT b") == Both((Phrase(("a",)), Without(Phrase(("b",)))))


@given(st.text(max_size=60))
def test_any_line_is_read_or_refused(line):
    try:
        terms = parse_terms(line)
    except UsageError:
        return
    assert all(term.written == term.written.strip() for term in terms)


@given(
    st.text("ab?*", min_size=1, max_size=8).filter(lambda p: set(p) & {"?", "*"} and set(p) & {"a", "b"}),
    st.text("ab", min_size=1, max_size=10),
)
def test_wildcards_agree_with_a_plain_definition(pattern, word):
    (test,) = word_tests(Phrase((pattern,)))
    plain = re.fullmatch(pattern.replace("*", ".*").replace("?", "."), word) is not None
    assert test(word) == plain


def test_many_stars_on_a_long_word_take_linear_time():
    (test,) = word_tests(Phrase(("a*" * 300 + "b",)))
    assert not test("a" * 20_000)
