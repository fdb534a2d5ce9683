"""The demo case says what its truth says, the same each time, and nothing that it must not say."""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import docx
import phonenumbers
import pypdf
import pytest
import schwifty
from PIL import Image

from data.demo_case import DEFAULT_SEED
from data.demo_case.build import build, main
from data.demo_case.truth import Truth
from tests.data import demo_case_reading as reading

SEEDS = (DEFAULT_SEED, 7, 20260101)


@dataclass
class Built:
    folder: Path
    truth: Truth
    files: dict[str, bytes]
    texts: dict[str, str]


@pytest.fixture(scope="module", params=SEEDS)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp(f"case{request.param}")
    truth = build(folder, request.param)
    files = reading.everything(folder)
    types = {file.path: file.media_type for file in truth.files if file.status in {"complete", "partial"}}
    return Built(
        folder, truth, files, {path: reading.fold(reading.text_of(files[path], kind)) for path, kind in types.items()}
    )


def _digest(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    build(tmp_path / "a", 99)
    told: list[str] = []
    build(tmp_path / "b", 99, told.append)
    assert _digest(tmp_path / "a") == _digest(tmp_path / "b")
    assert sorted(told) == sorted(path for path in _digest(tmp_path / "b") if path != "truth.json")


def test_seeds_change_names_numbers_dates_and_wording(tmp_path: Path) -> None:
    truths = [build(tmp_path / str(seed), seed) for seed in (1, 2, 3)]
    identifiers = [{(link.kind, link.normal) for link in truth.links} for truth in truths]
    assert not identifiers[0] & identifiers[1] & identifiers[2]
    values = [
        {value for question in truth.questions for value in question.values if any(c.isdigit() for c in value)}
        for truth in truths
    ]
    assert len(values[0] & values[1] & values[2]) < len(values[0]) / 3
    assert len({truth.questions[0].question for truth in truths}) > 1
    assert len({truth.case_number for truth in truths}) == 3


def test_about_sixty_files_under_five_megabytes(case: Built) -> None:
    on_disk = [file for file in (case.folder / "files").rglob("*") if file.is_file()]
    assert 55 <= len(on_disk) <= 80
    assert sum(file.stat().st_size for file in on_disk) < 5_000_000


def test_the_ledger_names_every_file_and_part_once(case: Built) -> None:
    assert {file.path for file in case.truth.files} == set(case.files)
    assert len(case.truth.files) == len(case.files)
    assert case.truth.ledger == {
        status: sum(1 for file in case.truth.files if file.status == status)
        for status in ("complete", "partial", "failed", "skipped")
    }
    assert min(case.truth.ledger.values()) >= 1
    assert all(file.issues for file in case.truth.files if file.status != "complete")


def test_truth_on_disk_is_the_truth_returned(case: Built) -> None:
    stored = json.loads((case.folder / "truth.json").read_text(encoding="utf-8"))
    assert stored == json.loads(case.truth.to_json())


def test_every_phrase_stands_in_its_file(case: Built) -> None:
    missing = [
        (file.path, phrase)
        for file in case.truth.files
        for phrase in file.phrases
        if reading.fold(phrase) not in case.texts[file.path]
    ]
    assert missing == []
    assert all(file.phrases for file in case.truth.files if file.status in {"complete", "partial"})


def test_every_gold_quote_stands_in_its_exhibit(case: Built) -> None:
    quotes = [quote for question in case.truth.questions for quote in question.quotes] + [
        quote for pair in case.truth.contradictions for quote in (pair.a, pair.b)
    ]
    assert [quote for quote in quotes if reading.fold(quote.text) not in case.texts[quote.path]] == []
    for question in case.truth.questions:
        assert {quote.path for quote in question.quotes} == set(question.exhibits)
        assert set(question.alternatives) <= set(question.exhibits)
        assert all(path in case.texts for others in question.alternatives.values() for path in others)


def test_eighty_questions_of_the_promised_kinds(case: Built) -> None:
    kinds = Counter(question.kind for question in case.truth.questions)
    assert len(case.truth.questions) == 80
    assert len({question.question for question in case.truth.questions if not question.history}) == 76
    assert kinds["unanswerable"] == 20
    assert kinds["false_premise"] == 5
    assert kinds["count"] == 6
    assert (kinds["sum"], kinds["comparison"], kinds["time"]) == (4, 4, 8)
    assert sum(1 for question in case.truth.questions if len(question.exhibits) > 1) >= 12
    assert kinds["multi"] >= 12
    assert {question.language for question in case.truth.questions} == {"en", "de", "nl"}
    assert all(question.answerable == (question.kind != "unanswerable") for question in case.truth.questions)
    assert all(question.exhibits for question in case.truth.questions if question.answerable)
    assert all(bool(question.history) == (question.kind == "follow_up") for question in case.truth.questions)


def test_unanswerable_questions_have_no_answer_in_any_text(case: Built) -> None:
    everything = "\n".join(case.texts.values()).lower()
    for question in case.truth.questions:
        if not question.answerable:
            assert question.absent
            assert [word for word in question.absent if word.lower() in everything] == [], question.question
            assert not (question.quotes)
            assert not (question.exhibits)
            assert not (question.values)


def test_single_values_stand_in_the_gold_exhibits(case: Built) -> None:
    for question in case.truth.questions:
        if question.kind in {"single", "follow_up", "multi"}:
            text = " ".join(case.texts[path] for path in question.exhibits)
            for accepted in question.accepted:
                number_word = all(form.isdigit() or form.isalpha() for form in accepted) and accepted[0].isdigit()
                assert number_word or any(form in text for form in accepted), (question.question, accepted)


def test_no_question_copies_its_source(case: Built) -> None:
    for question in case.truth.questions:
        asked = question.question.lower()
        for quote in question.quotes:
            words = quote.text.lower().split()
            runs = {" ".join(words[at : at + 6]) for at in range(len(words) - 5)}
            assert not [run for run in runs if run in asked], question.question


def test_sums_and_counts_agree_with_the_sheets(case: Built) -> None:
    by_kind = {question.question: question for question in case.truth.questions}
    rows = list(
        csv.DictReader(
            io.StringIO(case.files["files/04_finance/Kontoauszug_Firma.csv"].decode("cp1252")), delimiter=";"
        )
    )
    diverted = [row for row in rows if row["Verwendungszweck"].startswith("Rechnung RB-")]
    total = -sum(float(row["Betrag"].replace(".", "").replace(",", ".")) for row in diverted)
    asked = next(q for text, q in by_kind.items() if text.startswith("What is the total that"))
    assert asked.values == (f"EUR {total:,.2f}",)
    calls = list(csv.DictReader(io.StringIO(case.files["files/05_telecom/call_records_haulier.csv"].decode())))
    asked = next(q for text, q in by_kind.items() if "ring the number" in text)
    called = re.sub(r"\s", "", asked.question.split("the number ")[1].split(" in the")[0])
    assert asked.values == (str(sum(1 for call in calls if call["called"] == called)),)
    book = reading.openpyxl.load_workbook(io.BytesIO(case.files["files/07_machines/list_of_stolen_machines.xlsx"]))[
        "Series"
    ]
    values = [row[6] for row in book.iter_rows(min_row=2, values_only=True)]
    asked = next(q for text, q in by_kind.items() if "worth together" in text)
    assert asked.values == (f"EUR {sum(values):,.2f}",)
    plate = next(q for text, q in by_kind.items() if "read on the federal road" in text)
    readings = case.texts["files/06_vehicles/plate_readings_federal_road.csv"]
    assert plate.values == (str(readings.count(plate.question.split("the plate ")[1].split(" read")[0])),)


def test_links_hold_and_nothing_else_holds_the_identifier(case: Built) -> None:
    copies = {file.path for file in case.truth.files if "duplicate" in file.issues}
    for link in case.truth.links:
        found = {
            path for path, text in case.texts.items() if any(spelling in text for spelling in link.spellings)
        } - copies
        assert found == set(link.paths), link


def test_the_rare_number_is_spelled_four_ways_in_four_formats(case: Built) -> None:
    link = next(link for link in case.truth.links if "rare number" in link.note)
    assert len(link.paths) == 4
    assert len({Path(path).suffix for path in link.paths}) == 4
    pattern = re.compile(r"(?:\+49|0049|\(0|0)[\d ()/]{8,16}\d")
    spelled = set()
    for path in link.paths:
        for raw in pattern.findall(case.texts[path]):
            parsed = phonenumbers.parse(raw, "DE")
            if phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == link.normal:
                spelled.add(raw)
    assert len(spelled) == 4


def test_accounts_have_right_checksums_but_for_the_damaged_one(case: Built) -> None:
    ibans = [link for link in case.truth.links if link.kind == "iban"]
    damaged = [link for link in ibans if "checksum fails" in link.note]
    assert len(damaged) == 1
    assert not schwifty.IBAN(damaged[0].normal, allow_invalid=True).is_valid
    right = [link.normal for link in ibans if link is not damaged[0]]
    assert all(schwifty.IBAN(iban, allow_invalid=True).is_valid for iban in right)
    assert min(sum(a != b for a, b in zip(iban, damaged[0].normal, strict=False)) for iban in right) == 1


def test_numbers_and_addresses_belong_to_nobody(case: Built) -> None:
    for link in case.truth.links:
        if link.kind == "email":
            assert link.normal.endswith(".example")
        if link.kind == "phone":
            assert phonenumbers.is_valid_number(phonenumbers.parse(link.normal))


def test_keywords_hit_as_often_as_said(case: Built) -> None:
    copies = {file.path for file in case.truth.files if "duplicate" in file.issues}
    assert [keyword.term for keyword in case.truth.keywords if not keyword.total]
    for keyword in case.truth.keywords:
        tail = r"\w*" if keyword.kind == "wildcard" else r"(?!\w)"
        pattern = re.compile(rf"(?<!\w){re.escape(keyword.term.rstrip('*'))}{tail}", re.IGNORECASE)
        found = {path: len(pattern.findall(text)) for path, text in case.texts.items() if path not in copies}
        assert {path: n for path, n in found.items() if n} == keyword.hits, keyword.term


def test_broken_files_are_broken_in_the_way_the_ledger_says(case: Built) -> None:
    expected = {file.path: file for file in case.truth.files}
    by_issue = {
        issue: [path for path, file in expected.items() if issue in file.issues]
        for issue in ("empty", "encrypted", "corrupt", "duplicate", "needs_ocr", "unsupported")
    }
    assert [case.files[path] for path in by_issue["empty"]] == [b""]
    member, archive, pdf = sorted(
        by_issue["encrypted"], key=lambda path: (path.endswith(".pdf"), path.endswith(".zip"))
    )
    assert {expected[path].status for path in (member, archive, pdf)} == {"failed"}
    assert pypdf.PdfReader(io.BytesIO(case.files[pdf])).is_encrypted
    with (
        zipfile.ZipFile(io.BytesIO(case.files[archive])) as members,
        pytest.raises(RuntimeError, match="password required"),
    ):
        members.read(members.namelist()[0])
    with pytest.raises(zipfile.BadZipFile):
        docx.Document(io.BytesIO(case.files[by_issue["corrupt"][0]]))
    for path in by_issue["duplicate"]:
        original = expected[path].note.removeprefix("same bytes as ")
        assert case.files[path] == case.files[original]
        assert expected[original].status == "complete"
    pages = pypdf.PdfReader(io.BytesIO(case.files[by_issue["needs_ocr"][0]])).pages
    assert pages[0].extract_text().strip()
    assert not pages[-1].extract_text().strip()
    assert len(by_issue["unsupported"]) >= 5


def test_no_two_exhibits_have_the_same_bytes_by_accident(case: Built) -> None:
    copies = {file.path for file in case.truth.files if "duplicate" in file.issues}
    digests = Counter(hashlib.sha256(data).hexdigest() for path, data in case.files.items() if path not in copies)
    assert max(digests.values()) == 1


def test_wrongly_named_files_are_what_the_truth_says(case: Built) -> None:
    types = {file.path: file.media_type for file in case.truth.files}
    assert types["files/09_seized/IMG_0412.jpg"] == "application/pdf"
    assert case.files["files/09_seized/IMG_0412.jpg"].startswith(b"%PDF")
    assert types["files/09_seized/hall_plan.docx"] == "image/png"
    assert case.files["files/09_seized/hall_plan.docx"].startswith(b"\x89PNG")


def test_the_photo_knows_when_and_where(case: Built) -> None:
    exif = Image.open(io.BytesIO(case.files["files/08_media/IMG_2207.jpg"])).getexif()
    assert exif.get_ifd(0x8825)[2][0] == 51.0
    assert exif.get_ifd(0x8769)[0x9011] == "+02:00"


def test_one_document_gives_orders_beside_real_evidence(case: Built) -> None:
    giving = [path for path, text in case.texts.items() if "ignore all previous instructions" in text]
    assert giving == ["files/07_machines/saved_advert.html"]
    assert any(giving[0] in question.exhibits for question in case.truth.questions)


def test_times_come_in_three_zones_and_an_ambiguous_date(case: Built) -> None:
    assert " -0500" in case.texts["files/03_mail/6_tracker_positions.eml"]
    assert "TIMES IN UTC" in case.texts["files/06_vehicles/fuel_station_camera.log"]
    date = re.search(r"handover: (\d\d)/(\d\d)/", case.texts["files/07_machines/purchase_contract_excavator.docx"])
    assert date
    assert date[1] != date[2]
    assert int(date[1]) <= 12


def test_formats_and_showcase(case: Built) -> None:
    suffixes = {Path(path).suffix for path in case.files}
    assert suffixes >= {
        ".txt",
        ".md",
        ".html",
        ".pdf",
        ".docx",
        ".pptx",
        ".odt",
        ".rtf",
        ".epub",
        ".xlsx",
        ".xls",
        ".ods",
        ".csv",
        ".tsv",
        ".json",
        ".xml",
        ".eml",
        ".zip",
        ".tif",
        ".png",
        ".jpg",
        ".wav",
        ".sta",
    }
    assert any(path.count("!/") == 2 and path.endswith(".csv") for path in case.files)
    shown = [
        next(question for question in case.truth.questions if question.id == wanted)
        for wanted in case.truth.demo_questions
    ]
    assert [question.kind for question in shown] == ["single", "multi", "unanswerable"]
    assert len(shown[1].exhibits) == 4


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "out"), "--seed", "5"]) == 0
    said = capsys.readouterr()
    assert "80 questions, seed 5" in said.out
    assert "files/09_seized/usb_stick.zip" in said.err
    assert (tmp_path / "out" / "truth.json").is_file()


def test_another_seed_leaves_nothing_of_the_first_behind(tmp_path: Path) -> None:
    build(tmp_path, 1)
    (tmp_path / "files" / "mine.txt").write_text("kept")
    truth = build(tmp_path, 2)
    assert set(reading.everything(tmp_path)) == {file.path for file in truth.files} | {"files/mine.txt"}
