"""The loader of `contracts` over made-up contracts, and counts over the real ones."""

from pathlib import Path
from typing import Any

import pytest

from casefile.case import create_case
from casefile.errors import UsageError
from casefile.home import Home
from casefile.records import CaseDescription
from casefile.serial import now
from casefile.settings import load_settings
from eval.records import Batch, FileCorpus, Span, TextCorpus
from eval.suites import contracts
from eval.suites.clause_questions import CLAUSE_QUESTIONS
from eval.suites.contracts import Contracts
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.pipeline import Pipeline
from tests.eval.suite_data import check_batch, named, options, public_options, write_rows
from tests.ingest.pdf_files import line, pages_of


def question(key: str, file: str, text: str, *spans: str, category: str = "Insurance") -> dict[str, Any]:
    gold = [{"file": file, "start": text.index(s), "end": text.index(s) + len(s), "text": s} for s in spans]
    ask = f"Is there {category.lower()}?"
    return {"id": key, "question": f"Consider {key}; what?", "ask": ask, "category": category, "gold": gold}


CLAUSE = "No party may assign this contract without consent."


def cell(
    contract: str, category: str, *places: tuple[int, int], absent: bool = False, answer: str = ""
) -> dict[str, Any]:
    spans = [[list(place)] for place in places]
    return {
        "contract": contract,
        "category": category,
        "clauses": [],
        "answer": answer,
        "absent": absent,
        "spans": spans,
    }


def write(folder: Path) -> dict[str, str]:
    """Four contracts, the second a twin of the first; a question on the first, one of the other half."""
    first, twin, third = sorted(named("dev", 3, "contract {}.txt"))
    held, other = named("test", 2, "contract {}.txt")
    text = "Größe: ten.\r\nAda pays. Bo pays."
    texts = {first: text, twin: text, held: "Nobody pays.", other: "Nobody asks.", third: f"{CLAUSE} {CLAUSE}"}
    root = folder / "contracts"
    (root / "txt").mkdir(parents=True)
    for name, content in texts.items():
        (root / "txt" / name).write_bytes(content.encode())
    rows = [
        question("cuad-2807", first, texts[first], "Ada pays.", "Bo pays."),
        question("cuad-0205", held, texts[held], "Nobody"),
    ]
    write_rows(root / "spans.jsonl", rows)
    pdf = pages_of(
        line(20, 250, "Ada") + line(60, 200, "pays. Bo-") + line(20, 150, "pays."), line(20, 250, "Bo pays.")
    )
    (root / "pdf").mkdir()
    listed = []
    for name in texts:
        asked = name in {first, held}
        listed.append({"contract": name, "pdf": f"pdf/{name[:-4]}.pdf" if asked else None})
        if asked:
            (root / "pdf" / f"{name[:-4]}.pdf").write_bytes(pdf)
    write_rows(root / "contracts.jsonl", listed)
    long = (0, len(CLAUSE))
    cells = [
        cell(first, "Insurance", absent=True, answer="No"),  # its text has a twin
        cell(first, "Governing Law", (13, 22)),
        cell(third, "Insurance", absent=True, answer="No"),
        cell(third, "Audit Rights", absent=True, answer=""),
        cell(third, "Exclusivity", absent=True, answer="Yes"),  # a known defect
        cell(third, "Anti-Assignment", long, (len(CLAUSE) + 1, 2 * len(CLAUSE) + 1)),
        cell(third, "Parties", (0, 8)),  # too short
        cell(third, "Renewal Term", long, (0, 8)),  # one part too short
        {**cell(third, "License Grant", long), "spans": [[list(long)], None]},  # one without a place
        cell(held, "Insurance", absent=True),
    ]
    write_rows(root / "clauses.jsonl", cells)
    return {"first": first, "twin": twin, "third": third, "held": held, "other": other}


def batch_of(folder: Path, name: str, **more: Any) -> Batch:
    return next(b for b in Contracts().batches(options(folder, folder / "s", **more)) if b.name == name)


def test_questions_with_spans_in_small_and_large_corpora(tmp_path: Path) -> None:
    names = write(tmp_path)
    few, many, natural, _pdf, _clauses, _others = Contracts().batches(options(tmp_path, tmp_path / "s"))
    for batch in (few, many, natural):
        check_batch(batch, "dev")
        (sample,) = batch.samples
        assert sample.gold.spans == (Span(names["first"], 13, 22), Span(names["first"], 23, 31))
        assert batch.passages == 160
    assert few.samples[0].gold.documents == ((names["first"],),)
    assert many.samples[0].gold.documents == ((names["first"], names["twin"]),)
    assert isinstance(few.corpus, TextCorpus)
    assert isinstance(many.corpus, TextCorpus)
    assert sorted(document.key for document in few.corpus.documents) == sorted([names["first"], names["held"]])
    assert sorted(document.key for document in many.corpus.documents) == sorted(names.values())
    assert many.samples[0].question == "Consider cuad-2807; what?"
    assert natural.samples[0].question.startswith("When does the Fox Mobile")


def test_a_short_run_leaves_the_large_corpus_out(tmp_path: Path) -> None:
    names = write(tmp_path)
    few, pdf, clauses, others = Contracts().batches(options(tmp_path, tmp_path / "s", "test", full=False))
    check_batch(few, "test")
    assert [sample.id for sample in few.samples] == ["cuad-0205"] == [sample.id for sample in pdf.samples]
    assert clauses.name == "clause absent, 29 documents"
    assert others.name == "clause absent, other words, 29 documents"
    assert isinstance(clauses.corpus, TextCorpus)
    assert names["third"] not in {document.key for document in clauses.corpus.documents}


def test_gold_of_a_pdf_is_where_the_reader_puts_its_words(tmp_path: Path) -> None:
    names = write(tmp_path)
    batch = batch_of(tmp_path, "29 documents, PDF")
    assert isinstance(batch.corpus, FileCorpus)
    key = names["first"][:-4] + ".pdf"
    assert sorted(path.name for path in batch.corpus.root.iterdir()) == sorted([key, names["held"][:-4] + ".pdf"])
    (sample,) = batch.samples
    assert sample.gold.documents == ((key,),)
    assert sample.tags["format"] == "pdf"
    description = CaseDescription("c", "C", "test", "", "US", "Europe/Berlin", ("en",), now())
    case = create_case(Home(tmp_path / "home"), description, "tester")
    with case, case.locked():
        taken = Pipeline(case, load_settings(case.home.root).settings, HashedWordsEmbedder(allow=True)).ingest(
            [batch.corpus.root]
        )
        (exhibit,) = (case.catalogue.exhibit(i) for i in {line.exhibit_id for line in taken.occurrences} if i)
        assert exhibit.text_sha256 is not None
        text = case.catalogue.text(exhibit.id, exhibit.text_sha256)
    ada, bo = sample.gold.spans
    assert ada.document == bo.document == key
    assert "".join(text[ada.start : ada.end].split()) == "Adapays"
    # it stands twice: across lines, and on the second page, whose place is nearer to that in the TXT
    assert text[bo.start : bo.end] == "Bo pays"
    assert text.index("Bo-") < bo.start


def test_words_that_the_reader_lost_count_as_never_found(tmp_path: Path) -> None:
    names = write(tmp_path)
    (tmp_path / "contracts" / "pdf" / f"{names['first'][:-4]}.pdf").write_bytes(pages_of(line(20, 250, "Ada pays.")))
    ada, bo = batch_of(tmp_path, "29 documents, PDF").samples[0].gold.spans
    assert ada.start == 0
    assert bo.start > len("Ada pays.")
    assert bo.end - bo.start == len("Bo pays.")


def test_a_pdf_that_cannot_be_read_loses_everything(tmp_path: Path) -> None:
    names = write(tmp_path)
    (tmp_path / "contracts" / "pdf" / f"{names['first'][:-4]}.pdf").write_bytes(b"%PDF-1.7 no more")
    spans = batch_of(tmp_path, "29 documents, PDF").samples[0].gold.spans
    assert [span.start for span in spans] == [1, 1]


def test_a_contract_without_its_pdf_is_an_error(tmp_path: Path) -> None:
    names = write(tmp_path)
    (tmp_path / "contracts" / "pdf" / f"{names['held'][:-4]}.pdf").unlink()
    with pytest.raises(UsageError, match="has questions but no PDF file"):
        Contracts().batches(options(tmp_path, tmp_path / "s"))


def test_clauses_are_drawn_in_pairs_without_the_known_defects(tmp_path: Path) -> None:
    third = write(tmp_path)["third"]
    batch = batch_of(tmp_path, "clause absent, other words")
    check_batch(batch, "dev")
    present, absent = batch.samples
    assert present.id == f"{third} / Anti-Assignment"
    assert present.question == CLAUSE_QUESTIONS["Anti-Assignment"]
    assert present.within == (third,)
    assert [(span.start, span.end) for span in present.gold.spans] == [(0, 50), (51, 101)]
    assert (present.answerable, absent.answerable) == (True, False)
    assert absent.id in {f"{third} / Insurance", f"{third} / Audit Rights"}
    assert absent.gold.spans == ()


def test_clauses_are_drawn_as_they_lie_in_the_words_of_the_data(tmp_path: Path) -> None:
    third = write(tmp_path)["third"]
    batch = batch_of(tmp_path, "clause absent")
    check_batch(batch, "dev")
    (sample,) = batch.samples  # the only category that `spans.jsonl` asks about
    assert (sample.id, sample.question, sample.answerable) == (f"{third} / Insurance", "Is there insurance?", False)


def test_the_same_seed_draws_the_same_clauses_from_many_contracts(tmp_path: Path) -> None:
    write(tmp_path)
    root = tmp_path / "contracts"
    contracts_ = named("dev", 400, "many {}.txt")
    categories = [name for name in CLAUSE_QUESTIONS if name != "Parties"]
    for name in contracts_:
        (root / "txt" / name).write_bytes(f"{name} {CLAUSE}".encode())
    half = len(categories) // 2
    cells = [cell(name, category, absent=True) for name in contracts_ for category in categories[:half]]
    cells += [cell(name, category, (0, len(CLAUSE))) for name in contracts_ for category in categories[half:]]
    write_rows(root / "clauses.jsonl", cells)
    one, again, other = (batch_of(tmp_path, "clause absent, other words", seed=seed).samples for seed in (1, 1, 2))
    assert one == again
    assert {sample.id for sample in one} != {sample.id for sample in other}
    assert len(one) == 600
    assert sum(sample.answerable is True for sample in one) == 300
    assert len({sample.cluster for sample in one}) == 300


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"category": "Colour"}, "is none of CUAD's"),
        ({"spans": [[[0, 5000]]], "absent": False}, "lies outside"),
    ],
)
def test_labels_that_cannot_be_are_errors(tmp_path: Path, wrong: dict[str, Any], says: str) -> None:
    third = write(tmp_path)["third"]
    pair = [cell(third, "Insurance", absent=True), cell(third, "Anti-Assignment", (0, len(CLAUSE)))]
    place = 1 if "spans" in wrong else 0
    pair[place] = {**pair[place], **wrong}
    write_rows(tmp_path / "contracts" / "clauses.jsonl", pair)
    with pytest.raises(UsageError, match=says):
        Contracts().batches(options(tmp_path, tmp_path / "s"))


def test_a_span_at_another_place_is_an_error(tmp_path: Path) -> None:
    names = write(tmp_path)
    (tmp_path / "contracts" / "txt" / names["first"]).write_bytes("Größe: ten.\nAda pays. Bo pays.".encode())
    with pytest.raises(UsageError, match="cuad-2807: a gold span does not stand at its place"):
        Contracts().batches(options(tmp_path, tmp_path / "s"))


def test_a_question_without_natural_words_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    monkeypatch.setattr(contracts, "_natural_words", dict)
    with pytest.raises(UsageError, match="no wording of the question cuad-2807"):
        Contracts().batches(options(tmp_path, tmp_path / "s"))


def test_the_public_rows(tmp_path: Path) -> None:
    chosen = public_options("contracts", tmp_path)
    assert Contracts().unavailable(chosen) == ""
    few, many, natural, pdf, asked, clauses = Contracts().batches(chosen)
    for batch, documents in ((few, 29), (many, 510), (natural, 510)):
        check_batch(batch, "dev")
        assert isinstance(batch.corpus, TextCorpus)
        assert len(batch.corpus.documents) == documents
        assert len(batch.samples) == 97
        assert sum(len(sample.gold.spans) for sample in batch.samples) == 133
    for text, file in zip(few.samples, pdf.samples, strict=True):
        for there, here in zip(text.gold.spans, file.gold.spans, strict=True):
            assert here.end - here.start > 0.6 * (there.end - there.start)
            assert here.start < 500_000
    check_batch(asked, "dev")
    assert len(asked.samples) == 600
    assert 0.6 < sum(sample.answerable is False for sample in asked.samples) / 600 < 0.9
    check_batch(clauses, "dev")
    assert len(clauses.samples) == 600
    assert sum(sample.answerable is True for sample in clauses.samples) == 300
    assert len({sample.cluster for sample in clauses.samples}) == 225
    assert {sample.tags["question_type"] for sample in clauses.samples} <= CLAUSE_QUESTIONS.keys()
