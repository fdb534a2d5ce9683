"""Promise 8: cases are walls, and a deleted case leaves nothing behind."""

import json
import os
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import numpy as np
import pytest

from casefile.case import open_case
from casefile.home import Home
from tests.end_to_end.command_line import Clerk
from tests.end_to_end.odd_files import docx, pdf

CANARY = "Quillfeather"
SECRET = f"{CANARY} hid the emerald lorry behind pumping station forty-one on 17 February 2021."
PHONE = "+49 1590 7654321"


@dataclass(frozen=True, slots=True)
class TwoCases:
    """One HOME with a case that holds the canary and one that does not."""

    clerk: Clerk
    temporary: Path
    secret_exhibits: tuple[str, ...]


@pytest.fixture(scope="module")
def two(make_clerk: Callable[[], Clerk], tmp_path_factory: pytest.TempPathFactory) -> TwoCases:
    """The canary stands in texts, a mail's attachment, an archive, a PDF, a Word file, a name and a question."""
    top = tmp_path_factory.mktemp("walls")
    secret, other = top / "secret", top / "other"
    for folder in (secret, other, top / "tmp"):
        folder.mkdir()
    (secret / "note.txt").write_text(f"{SECRET}\n\nCall {PHONE}.\n")
    (secret / f"{CANARY}.md").write_text(f"# About {CANARY}\n\nNothing but the name.\n")
    pdf(secret / "report.pdf", SECRET)
    docx(secret / "letter.docx", SECRET)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", f"On {CANARY}"
    mail.set_content("See the attachment.\n")
    mail.add_attachment(SECRET.encode(), "text", "plain", filename="attached.txt")
    (secret / "mail.eml").write_bytes(mail.as_bytes())
    with zipfile.ZipFile(secret / "box.zip", "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("inside.txt", f"Inside the box: {SECRET}\n")
    (other / "note.txt").write_text("The emerald lorry stood in front of the pumping station in February 2021.\n")
    clerk = Clerk(make_clerk().home, top, {"TMPDIR": str(top / "tmp")})
    document = clerk.ingest("secret", "secret")
    clerk.ingest("other", "other")
    clerk("ask", f"What did {CANARY} hide?", "--case", "secret")
    clerk("search", CANARY, "--case", "secret")
    _chat(clerk, "secret", f"What did {CANARY} hide?\n/source 1\nAnd when?\n")
    return TwoCases(clerk, top / "tmp", tuple(row["id"] for row in document["exhibits"]))


def _chat(clerk: Clerk, case_id: str, typed: str) -> str:
    done = subprocess.run(
        clerk.command("chat", "--case", case_id),
        cwd=clerk.folder,
        env=clerk.variables(),
        input=typed.encode(),
        capture_output=True,
        check=True,
        timeout=120,
    )
    return done.stdout.decode("utf-8")


def test_no_output_of_the_other_case_holds_the_canary(two: TwoCases, tmp_path: Path) -> None:
    clerk = two.clerk
    terms = tmp_path / "terms.txt"
    terms.write_text("Quill*\nemerald\n")
    batch = tmp_path / "batch.jsonl"
    batch.write_text(json.dumps({"id": "1", "question": "What was hidden behind pumping station forty-one?"}) + "\n")
    calls: list[list[str | Path]] = [
        ["search", "emerald lorry pumping station", "-k", "50", "--json"],
        ["search", "--terms", terms, "--json"],
        ["search", "--batch", batch, "-k", "50"],
        ["ask", "Who hid the emerald lorry?", "--json"],
        ["ask", "Who hid the emerald lorry?"],
        ["ask", "--batch", batch],
        ["mentions", "emerald", "--json"],
        ["ledger", "--json"],
        ["ledger", "--csv"],
        ["identifiers", "--candidates", "--json"],
        ["exhibit", "list", "--json"],
        ["custody", "log", "--json"],
    ]
    for arguments in calls:
        result = clerk(*arguments, "--case", "other")
        said = result.out.decode("utf-8") + result.err
        assert CANARY[5:].lower() not in said.lower(), arguments
        assert "7654321" not in said, arguments
        assert "station forty-one on" not in said, arguments
        assert not [exhibit for exhibit in two.secret_exhibits if exhibit[7:19] in said], arguments
    assert CANARY not in _chat(clerk, "other", "Who hid the emerald lorry?\n/source 1\n")


def test_an_exhibit_of_one_case_cannot_be_named_in_the_other(two: TwoCases) -> None:
    exhibit = two.secret_exhibits[0]
    for arguments in (["text", exhibit], ["exhibit", "show", exhibit], ["search", "x", "--exhibit", exhibit]):
        result = two.clerk(*arguments, "--case", "other", code=2)
        assert result.out == b""


def test_nothing_under_home_is_taken_into_a_case(two: TwoCases, tmp_path: Path) -> None:
    """Not by its own path, and not by a link that lies in a folder of evidence."""
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    below = ("", "cases", "cases/secret", "cases/secret/originals", "cases/secret/case.db")
    for number, name in enumerate(below):
        (evidence / f"innocent-{number}.txt").symlink_to(two.clerk.home / name)
    document = two.clerk.ingest("other", *(two.clerk.home / name for name in below), evidence)
    assert [row["status"] for row in document["exhibits"]] == ["skipped"] * 2 * len(below)
    assert all(row["id"] is None for row in document["exhibits"])


def test_a_deleted_case_leaves_no_text_and_no_vector(two: TwoCases) -> None:
    vectors = _vector_bytes(two.clerk.home, "secret")
    needles = {f"text {form}": value for form, value in _text_forms().items()} | vectors
    before = _found(needles, two.clerk.home)
    assert {"text utf-8", "vector float16", "vector float32"} <= before, "the search itself is blind"
    two.clerk("case", "delete", "secret", "--yes")
    for place in (two.clerk.home, two.temporary):
        assert _found(needles, place) == set()
    names = [name for folder, _, files in os.walk(two.clerk.home) for name in [folder, *files]]
    assert not [name for name in names if CANARY in name or any(e[7:] in name for e in two.secret_exhibits)]
    _require_content_free_trace(two)


def _require_content_free_trace(two: TwoCases) -> None:
    """Who erased what is kept, and nothing of what it was; the other case stands."""
    entry = json.loads((two.clerk.home / "erasures.log").read_text().splitlines()[-1])
    assert set(entry) == {"at", "actor", "case", "exhibits", "custody_events", "custody_head"}
    assert entry["case"] == "secret"
    assert entry["exhibits"] == len(set(two.secret_exhibits))
    assert two.clerk("case", "show", "secret", code=2).out == b""
    assert [row["id"] for row in two.clerk("case", "list", "--json").document()["cases"]] == ["other"]
    assert two.clerk("case", "verify", "other", "--json").document()["problems"] == []


def _text_forms() -> dict[str, bytes]:
    """The canary as it may lie on a disk; a part of it, since a word may be split."""
    return {"utf-8": CANARY.encode(), "lower": CANARY.lower().encode(), "utf-16": CANARY.encode("utf-16-le")}


def _vector_bytes(home: Path, case_id: str) -> dict[str, bytes]:
    """Sixteen numbers of the canary passage's vector, as the catalogue (float16) and Chroma (float32) store them."""
    with open_case(Home(home), case_id, "tester") as case:
        ids, vectors = case.catalogue.embeddings()
        passages = case.catalogue.passages(ids.tolist())
        row = next(row for row, i in enumerate(ids.tolist()) if SECRET in passages[i].text)
    stretch = vectors[row][100:116]
    return {"vector float16": stretch.tobytes(), "vector float32": stretch.astype(np.float32).tobytes()}


def _found(needles: dict[str, bytes], place: Path) -> set[str]:
    """Which needles stand in the bytes of any file under a folder (links are not followed)."""
    found = set()
    for folder, _, files in os.walk(place):
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                content = path.read_bytes()
                found |= {needle for needle, value in needles.items() if value in content}
    return found
