"""The report as a file: what stands in it, and what hostile evidence cannot put there."""

import base64
import hashlib
import re
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jinja2 import nodes
from lxml import html

from eval.failures import EXPLANATIONS
from eval.metrics.metric import Figure
from eval.records import Called, Cited, Claimed, Exchange, Gold, Response, Retrieved, Row, Sample, Span
from eval.report import questions
from eval.report.page import FOLDER, environment, report_html, write_report
from eval.report.records import ReportBatch
from tests.eval.report_sample import ABOUT, FAILURES, RIGHT, question, sample_batch, sample_report, sample_rows

UNSUPPORTED = EXPLANATIONS["unsupported"]


def parsed(page: str) -> Any:
    return html.document_fromstring(page)


def text_of(element: Any) -> str:
    return " ".join(element.text_content().split())


def section(page: Any, heading: str) -> Any:
    return page.xpath(f"//section[@aria-labelledby='{heading}']")[0]


@pytest.fixture(scope="module")
def page() -> Any:
    return parsed(report_html(sample_report()))


# --- what stands in it ---------------------------------------------------------------------------------------------


def test_the_head_says_what_was_measured_with_what(page: Any) -> None:
    head = text_of(page.xpath("//header")[0])
    for words in (
        "Evaluation of Caseclerk",
        ABOUT.started,
        "development rows",
        ABOUT.engine,
        ABOUT.revision,
        ABOUT.machine,
    ):
        assert words in head


def test_the_summary_is_counted_from_the_run(page: Any) -> None:
    assert [text_of(item) for item in page.xpath("//ul[@class='short']/li")] == [
        "43 questions from 2 data sets, asked of 29 documents.",
        "These are development questions, such as the program was tuned on. Test questions decide.",
        "4 goals: aim reached 2, reach met 1, missed 1.",
        "Furthest from its goal: files, one, wrong refusals: above reach by 6.1 points.",
        "All 23 quotes stand word for word in the document that they cite.",
        "Of 27 questions that the documents answer, 3 got no answer.",
        "Of 6 questions that the documents do not answer, 6 got no answer.",
        f"9 of 43 questions that can be judged went wrong, most often at “unsupported” (2): t{UNSUPPORTED[1:]}",
        "Half of the answers took less than 0.24 seconds, 19 of 20 less than 0.24.",
        "Against the run 2026-11-20 dev: 1 figure better, 1 worse, 1 without a clear change.",
    ]


def test_the_scorecard_reads_as_a_table(page: Any) -> None:
    rows = [[text_of(cell) for cell in row] for row in section(page, "scorecard").xpath(".//tbody/tr")]
    assert rows[0] == [
        "A right document is among the first 1files, one · hit at 1",
        "84.6 %[79.6, 89.6]",
        "",
        "26 of 33",
        "60.0 %",
        "70.0 %",
        "80.0 %",
        "aim reached",
        "better+3.0 points [+1.0, +5.0]",
    ]
    assert rows[2][7] == "above reach by 6.1 points"
    assert "Goals not measured in this run: 1 elsewhere, all: hit at 1" in text_of(section(page, "scorecard"))


def test_without_a_previous_run_nothing_is_compared() -> None:
    alone = parsed(report_html(sample_report(about=replace(ABOUT, previous="", split="test"))))
    assert "previous run" not in text_of(section(alone, "scorecard"))
    assert "Against the run" not in text_of(section(alone, "short"))
    assert "These are test questions" in text_of(section(alone, "short"))


def test_hard_invariants_name_the_questions_that_break_them() -> None:
    broken = replace(RIGHT, citations=(replace(RIGHT.citations[0], stands=False),))
    rows = [Row("files", "one", question(1), RIGHT), Row("files", "one", question(2), broken)]
    batch = sample_batch(rows)
    found = parsed(report_html(sample_report(batches=[batch])))
    lines = [[text_of(cell) for cell in row] for row in section(found, "invariants").xpath(".//tbody/tr")]
    assert lines[0] == ["Quote fidelity", "files, one", "50.0 %", "2 of 2", "broken in 1 question", "frage-002"]
    assert lines[2][4:] == ["holds", ""]
    assert "1 of 2 quotes stand word for word" in text_of(section(found, "short"))


def test_a_run_without_figures_makes_a_page() -> None:
    empty = parsed(report_html(sample_report(batches=[ReportBatch("s", "b", "ask", [], [])], goals=[], manifest={})))
    assert "No such rule was checked" in text_of(section(empty, "invariants"))
    assert "There are no goals" in text_of(section(empty, "short"))
    assert text_of(section(empty, "failures")).startswith("What went wrong")


def test_figures_that_cannot_be_counted_are_dashes() -> None:
    nothing = Figure("hit_at_1", float("nan"), float("nan"), float("nan"), 0, 5)
    batch = ReportBatch("files", "one", "ask", [nothing], [], by_tag={"format": {"pdf": [nothing], "mail": [nothing]}})
    line = section(parsed(report_html(sample_report(batches=[batch]))), "scorecard").xpath(".//tbody/tr")[0]
    assert [text_of(cell) for cell in line][1:4] == ["—", "", "0 of 5"]
    assert text_of(line[7]) == "not scored"


def test_every_chart_has_a_title_a_description_and_its_table(page: Any) -> None:
    charts = page.xpath("//figure[@class='chart']")
    assert len(charts) == 4 * 4 + 1 + 2
    for chart in charts:
        (svg,) = chart.xpath(".//svg[@role='img']")
        title, description = svg.get("aria-labelledby").split()
        assert chart.xpath(f".//title[@id='{title}']")[0].text
        assert "table" in chart.xpath(f".//desc[@id='{description}']")[0].text
        assert chart.xpath(".//table/tbody/tr")
    heads = [text_of(head) for head in page.xpath("//section[contains(@class, 'suite')]//h4")]
    assert heads == [
        "Format of the documents",
        "Language",
        "Type of question",
        "Number of documents needed",
        "Whether the documents answer",
        "Answering and refusing",
    ]


def test_the_failed_questions_lead_to_their_pages(page: Any) -> None:
    for cause in FAILURES:
        for link in page.xpath(f"//ul[@id='cause-{cause}']//a"):
            target = page.xpath(f"//div[@id='{link.get('href').removeprefix('#')}']")[0]
            assert f"Broke at {cause}. {EXPLANATIONS[cause]}" in text_of(target)  # type: ignore[index]
    rows = [[text_of(cell) for cell in row] for row in section(page, "failures").xpath(".//tbody/tr")]
    assert [row[:3] for row in rows] == [
        [cause.capitalize(), "2" if cause == "unsupported" else "1", "22.2 %" if cause == "unsupported" else "11.1 %"]
        for cause in FAILURES
    ]


def test_the_page_of_a_question(page: Any) -> None:
    anchor = page.xpath("//details[contains(@class, 'question')][.//summary[contains(., 'frage-900')]]//div[@id]")[0]
    shown = text_of(anchor)
    for words in (
        "Wer fuhr das Fahrzeug?",
        "Searched asWann sah er es?",
        "What came back: answered",
        "[1] supported",
        "Places akten/vernehmung.pdf, characters 23 to 104",
        "stands there word for word · marked verified · right place",
        "The first passage that answers stands at rank 1 of 1.",
        "evidence61.0",
    ):
        assert words.replace(" ", "") in shown.replace(" ", ""), words
    (quote,) = anchor.xpath(".//span[@class='quote']")
    assert [mark.text for mark in quote.xpath("./mark")] == [quote.text_content()]
    assert anchor.xpath(".//tr[@class='gold-row']//mark[@class='gold']")


def test_a_passage_that_answers_far_down_is_shown_at_its_rank(page: Any) -> None:
    found = page.xpath("//details[contains(@class, 'question')][.//summary[contains(., 'frage-904')]]")[0]
    ranks = [text_of(row[0]) for row in found.xpath(".//table[contains(@class, 'passages')]/tbody/tr")]
    assert ranks == [*map(str, range(1, 11)), "31"]


def test_the_words_and_the_manifest_are_explained(page: Any) -> None:
    words = text_of(section(page, "glossary"))
    assert "Questions with an answer that got none. Less is better." in words
    assert "Must always hold." in words
    rows = [[text_of(cell) for cell in row] for row in section(page, "manifest").xpath(".//tbody/tr")]
    assert ["revision.commit", "19acc47"] in rows
    assert ["batches.1.suite", "files"] in rows


def test_links_and_ids_meet(page: Any) -> None:
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in page.xpath("//a/@href")} <= set(ids)


# --- its size ------------------------------------------------------------------------------------------------------


def test_above_a_number_of_questions_only_the_failed_and_a_sample_have_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MOST_PAGES", 20)
    monkeypatch.setattr(questions, "SAMPLE_OF_RIGHT", 6)
    rows = sample_rows(100)
    found = parsed(report_html(sample_report(batches=[sample_batch(rows)])))
    summaries = [text_of(summary) for summary in found.xpath("//details[contains(@class, 'question')]/summary")]
    assert len(summaries) == len(FAILURES) + 6
    assert sum(summary.startswith("wrong") for summary in summaries) == len(FAILURES)
    assert f"{len(rows)} questions were asked" in text_of(section(found, "questions"))
    assert len(found.xpath("//ul[@class='failures']/li")) == len(FAILURES)


def test_failed_questions_beyond_the_room_are_listed_without_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MOST_PAGES", 8)
    monkeypatch.setattr(questions, "SAMPLE_OF_RIGHT", 5)
    found = parsed(report_html(sample_report(batches=[sample_batch(sample_rows())])))
    assert len(found.xpath("//details[contains(@class, 'question')]")) == 8
    assert len(found.xpath("//ul[@class='failures']/li")) == len(FAILURES)
    assert len(found.xpath("//ul[@class='failures']/li/a")) == 3


def test_thousands_of_questions_make_a_file_of_sane_size() -> None:
    rows = [Row("files", "one", question(n), RIGHT) for n in range(2900)]
    batch = ReportBatch("files", "one", "ask", [], rows)
    assert len(report_html(sample_report(batches=[batch]))) < 16_000_000


# --- hostile evidence ----------------------------------------------------------------------------------------------

NASTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)' style='background:url(https://evil.example/x)'",
    "</style><style>@import 'https://evil.example/x.css'</style>",
    "</title></svg><iframe src=javascript:alert(1)>",
    "{{ 7 * 7 }}{% include 'x' %}",
    "-->]]></textarea><!--",
    "\u202egnp.exe\u2066\u061c\u200f",
    "NUL\x00 BELL\x07 ESC\x1b[2J DEL\x7f C1\x9b LONE\ud800",
    "javascript:alert(1)",
    "\u2028line\u2029line\r\nline\rline",
)
ALL = " ".join(NASTY)


def hostile_row(number: int, text: str) -> Row:
    """A row that holds the text in every place of every record."""
    spans = (Span(text, 0, 5),)
    gold = Gold(
        spans, ((text, text),), (text,), ((text,),), (text, "answered"), (text,), ({text: {text: [text]}},), (text,)
    )
    sample = Sample(
        f"{number} {text}",
        text,
        gold,
        text,
        answerable=True,
        history=(Exchange(text, text),),
        within=(text,),
        quote=text,
        tags={text: text, "language": text},
    )
    response = Response(
        text,
        text,
        text,
        f"{text}!",
        (Claimed(text, (1, 2), supported=False),),
        (Cited(1, text, 0, 5, text, True, False, text, text),),
        (Retrieved(text, 0, 5, 0.5, text),),
        0.5,
        (Called(text, {text: [text]}),),
        timings_ms={text: 1.0, "total": 2.0},
        error=text,
    )
    return Row(text, text, sample, response)


def hostile_report(rows: list[Row], text: str) -> str:
    values = {value: sample_batch(rows).figures for value in (text, f"{text} ")}
    batch = sample_batch(rows, by_tag={text: values, "language": values}, suite=text, batch=text)
    about = replace(ABOUT, title=text, started=text, engine=text, revision=text, machine=text, previous=text)
    return report_html(
        sample_report(batches=[batch], about=about, manifest={text: {text: [text]}}, not_available={text: text})
    )


@pytest.mark.parametrize("status", ["answered", "error", "from the text"])
def test_nothing_of_the_evidence_becomes_markup(status: str) -> None:
    rows = [hostile_row(n, text) for n, text in enumerate((*NASTY, ALL))]
    if status != "from the text":
        rows = [replace(row, response=replace(row.response, status=status)) for row in rows]
    made = hostile_report(rows, ALL)
    page = parsed(made)
    plain = parsed(report_html(sample_report()))
    assert {element.tag for element in page.iter() if isinstance(element.tag, str)} <= {
        element.tag for element in plain.iter() if isinstance(element.tag, str)
    }
    assert {name for element in page.iter() for name in element.attrib} <= {
        name for element in plain.iter() for name in element.attrib
    } | {"selected"}
    assert (
        len(page.xpath("//script")) == len(page.xpath("//style")) == len(page.xpath("//title[not(ancestor::svg)]")) == 1
    )
    assert not page.xpath("//comment()")
    assert all(link.startswith("#") for link in page.xpath("//a/@href"))
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z0-9_-]+", one) for one in ids)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", made)
    assert "\\u202egnp.exe" in made
    assert "7 * 7" in made


def test_a_gigantic_answer_is_cut_and_said_to_be() -> None:
    big = "word " * 200_000
    response = replace(
        RIGHT,
        answer=big,
        claims=(),
        reason=big,
        citations=tuple(replace(RIGHT.citations[0], quote=big, before=big, after=big) for _ in range(500)),
        retrieved=(Retrieved("akten/vernehmung.pdf", 0, len(big), 0.5, big),) * 500,
        timings_ms={str(n): float(n) for n in range(500)},
    )
    many = tuple(Span("akten/vernehmung.pdf", n, n + 40) for n in range(0, 40_000, 20))
    sample = question(1, gold=Gold(many, answers=(big,) * 500), question=big, tags={str(n): big for n in range(500)})
    made = report_html(
        sample_report(batches=[ReportBatch("files", "one", "ask", [], [Row("files", "one", sample, response)])])
    )
    assert len(made) < 200_000
    assert "996,000 further characters are not shown here." in made
    assert "and 488 more" in made


# --- one file, nothing from elsewhere ------------------------------------------------------------------------------


def test_the_file_names_no_other_place() -> None:
    made = report_html(sample_report())
    assert not re.search(r"(?:https?|ftp|file|data|javascript):|//[a-z]", made.replace("img-src data:;", ""))
    page = parsed(made)
    assert not page.xpath("//link | //img | //iframe | //object | //embed | //base | //form | //*[@src] | //*[@style]")
    assert "url(" not in made
    assert "@import" not in made


def test_style_and_script_are_allowed_by_their_hash_and_nothing_else() -> None:
    made = report_html(sample_report())
    (policy,) = parsed(made).xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    for element, rule in (("style", "style-src"), ("script", "script-src")):
        (text,) = re.findall(rf"<{element}>(.*?)</{element}>", made, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
        assert len(text) > 1000
    assert made.index("Content-Security-Policy") < made.index("<style>")


def test_no_template_switches_escaping_off() -> None:
    forbidden = {"safe", "xmlattr", "tojson", "forceescape", "urlize", "striptags", "indent", "wordwrap"}
    for path in sorted(FOLDER.iterdir()):
        tree = environment().parse(path.read_text(encoding="utf-8"))
        assert not {used.name for used in tree.find_all(nodes.Filter)} & forbidden, path.name
        assert not {used.name for used in tree.find_all(nodes.Name)} & {"Markup", "safe", "autoescape"}, path.name
        assert not list(tree.find_all((nodes.ScopedEvalContextModifier, nodes.EvalContextModifier))), path.name
        without = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", path.read_text(encoding="utf-8"))
        if path.suffix == ".html":
            assert not re.search(r"\son[a-z]+\s*=|\sstyle\s*=", without), path.name
            assert not re.search(r"""=\{\{|=(?!["'])\s*\{\{""", path.read_text(encoding="utf-8")), path.name


def test_the_file_is_written_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("before")
    write_report(sample_report(), path)
    assert path.read_text(encoding="utf-8") == report_html(sample_report())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in tmp_path.iterdir()] == ["report.html"]


def test_own_questions_are_not_called_development_rows() -> None:
    page = report_html(sample_report(about=replace(ABOUT, split="own")))
    assert "questions of your own" in page
    assert "tuned on" not in page
