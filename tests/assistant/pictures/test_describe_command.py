"""`caseclerk describe`: what it prints, what it skips, what it says where no model sees, and that a kill costs nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.chat_models.fake import FakeChatModel
from assistant.cli.root import main
from assistant.pictures import model as models
from casefile.case import open_case
from casefile.derivations import Derivations
from casefile.home import Home
from casefile.verify import verify_case
from ingest.embedding.fake import HashedWordsEmbedder
from tests.assistant.cli_reply import Call, Reply
from tests.assistant.pictures.picture_case import SAYS, always, id_of, ingest, jpeg, new_picture_case, put


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("assistant.embedding.make_embedder", lambda *_: HashedWordsEmbedder(allow=True))
    with new_picture_case(tmp_path) as case:
        files = {"van.jpg": jpeg("red"), "boat.jpg": jpeg("blue"), "broken.jpg": jpeg()[:300], "note.txt": b"A note.\n"}
        ingest(case, put(tmp_path / "in", files))
    return tmp_path / "home"


@pytest.fixture
def call(home: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    def called(*arguments: str) -> Reply:
        capsys.readouterr()
        code = main(["--home", str(home), "--actor", "M. Vogt", *arguments, "--case", "photos"])
        said = capsys.readouterr()
        return Reply(code, said.out, said.err)

    return called


@pytest.fixture
def seeing(monkeypatch: pytest.MonkeyPatch) -> FakeChatModel:
    model = always()
    monkeypatch.setattr(models, "picture_model", lambda *_: model)
    monkeypatch.setattr(models, "can_describe", lambda *_: True)
    return model


def test_all_that_wait_are_described_and_failures_are_told(home: Path, call: Call, seeing: FakeChatModel):
    reply = call("describe", "--json")
    assert reply.code == 1, "one could not be drawn"
    assert [made["picture"]["name"] for made in reply.json["described"]] == ["boat.jpg", "van.jpg"]
    assert all(made["text"].rstrip().endswith(SAYS) for made in reply.json["described"])
    assert [Path(failed["path"]).name for failed in reply.json["failed"]] == ["broken.jpg"]
    assert (reply.json["waiting"], reply.json["model"]) == (0, "scripted")
    again = call("describe")
    assert again.code == 1
    assert "0 described, 1 failed." in again.out
    with open_case(Home(home), "photos", "tester") as case:
        assert case.catalogue.pending_count() == 0, "what was written is found by meaning too"
        made = Derivations(case.database).of([one.id for one in case.catalogue.exhibits()])
        assert {one.actor for one in made.values()} == {"M. Vogt"}
        assert verify_case(case).problems == ()


def test_named_pictures_only_and_what_is_no_picture_is_refused(home: Path, call: Call, seeing: FakeChatModel):
    with open_case(Home(home), "photos", "tester") as case:
        van, note = id_of(case, "van.jpg"), id_of(case, "note.txt")
    reply = call("describe", van[7:19])
    assert reply.code == 0
    assert "van.jpg" in reply.out
    assert SAYS in reply.out
    assert "1 described, 0 failed." in reply.out
    assert "0 described, 0 failed." in call("describe", van).out
    refused = call("describe", note)
    assert refused.code == 2
    assert "is no picture" in refused.err
    assert call("describe", "sha256:00000000").code == 2


def test_an_ingestion_says_how_many_wait_and_describes_them_where_settings_say_so(
    home: Path, call: Call, seeing: FakeChatModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    more = put(tmp_path / "more", {"tree.jpg": jpeg("green")})
    told = call("ingest", str(more))
    assert "4 pictures and scanned pages have no description yet: `caseclerk describe --case photos`." in told.out
    assert not seeing.requests
    assert "describe" not in call("ingest", "--json", "--resume").out
    monkeypatch.setenv("CASECLERK_MODEL_DESCRIBE_PICTURES", "true")
    told = call("ingest", str(put(tmp_path / "last", {"hill.jpg": jpeg("white")})))
    assert told.code == 0
    assert len(seeing.requests) == 4
    assert "1 pictures and scanned pages" in told.out, "the broken one"


def test_without_a_model_it_says_what_is_needed(call: Call):
    reply = call("describe")
    assert reply.code == 1
    assert "caseclerk models pull" in reply.err
    assert "caseclerk models add" in reply.err
    assert "description" not in call("ingest", "--resume").out


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from assistant.pictures import storing
from assistant.pictures.job import describe_pictures, undescribed
from casefile.case import open_case
from casefile.home import Home
from ingest.rendering import Renderer
from tests.assistant.pictures.picture_case import SAYS, seeing

where, calls = sys.argv[2], 0

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def says(_request):
    global calls
    calls += 1
    if where == "describing" and calls == 2:
        die()
    return SAYS

if where == "storing":
    really = storing.record_derivation
    storing.record_derivation = lambda *given: die() if calls == 2 else really(*given)
if where == "original":
    storing.enter_files = lambda *_: die()
with open_case(Home(Path(sys.argv[1])), "photos", "tester") as case, Renderer(1) as renderer:
    model = seeing(says)
    describe_pictures(case, undescribed(case, model), model, renderer)
"""


@pytest.mark.parametrize("where", ["describing", "storing", "original"])
def test_a_kill_loses_nothing_and_the_same_command_goes_on(home: Path, call: Call, seeing: FakeChatModel, where: str):
    root = Path(__file__).parents[3]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(home), where, str(root)],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    before = 0 if where == "original" else 1
    reply = call("describe", "--json")
    assert len(reply.json["described"]) == 2 - before
    with open_case(Home(home), "photos", "tester") as case:
        made = Derivations(case.database).of([one.id for one in case.catalogue.exhibits()])
        assert len(made) == 2
        assert verify_case(case).problems == ()
