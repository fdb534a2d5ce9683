"""`caseclerk models`: words, JSON, exit codes, and what it says to do next."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.cli import invocation
from assistant.cli import models as cli
from assistant.cli.root import main
from assistant.models.store import ModelStore
from tests.assistant.cli_reply import Call, Reply
from tests.assistant.models.file_server import Behaviour, FileServer, serving
from tests.assistant.models.folder_models import embedder
from tests.assistant.models.gguf_bytes import chat_gguf, projector_gguf, write
from tests.assistant.models.model_folder import install


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def call(home: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    def one(*arguments: str) -> Reply:
        capsys.readouterr()
        code = main(["--home", str(home), "models", *arguments])
        said = capsys.readouterr()
        return Reply(code, said.out, said.err)

    return one


@pytest.fixture
def server(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """A catalogue of one's own whose files lie on loopback."""
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    content = chat_gguf()
    with serving() as one:
        one.files["/m.gguf"] = content
        (home / "models").mkdir(parents=True)
        (home / "models" / "catalogue.toml").write_text(
            f'version = 1\n[[model]]\nid = "near"\nrole = "chat"\ntitle = "Near"\nlicence = "MIT"\nurl = "{one.url}"\n'
            f'weights = "m.gguf"\nfiles = [{{ name = "m.gguf", bytes = {len(content)}, '
            f'sha256 = "{hashlib.sha256(content).hexdigest()}" }}]\n'
        )
        yield one


def store(home: Path) -> ModelStore:
    return ModelStore(home / "models")


def test_the_list_says_what_is_here_in_use_and_to_be_had(call: Call, home: Path) -> None:
    install(store(home), "ours", quantisation="Q4_K_M")
    (install(store(home), "hurt") / "model.json").write_text("{")
    store(home).coming("ministral-3-8b").mkdir()
    assert call("use", "ours").code == 0
    document = call("list", "--json").json
    rows = {row["id"]: row for row in document["models"]}
    assert document["in_use"] == {"chat": "ours"}
    assert document["folder"] == str(home / "models")
    assert (rows["ours"]["state"], rows["ours"]["bytes"], rows["ours"]["role"]) == ("in use", 7, "chat")
    assert (rows["hurt"]["state"], "models remove hurt" in rows["hurt"]["reason"]) == ("broken", True)
    assert (rows["ministral-3-3b"]["state"], rows["ministral-3-3b"]["licence"]) == ("to be had", "Apache-2.0")
    assert rows["ministral-3-8b"]["state"] == "begun"
    assert rows["ministral-3-3b-vision"]["state"] == "by file only"
    reply = call("list")
    assert reply.code == 0
    assert "ours                     in use        chat" in reply.out
    assert "models pull ID" in reply.out
    assert "\x1b" not in reply.out


def test_a_model_from_a_stick_is_added_used_verified_and_removed(call: Call, home: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "stick" / "My.gguf", chat_gguf())
    reply = call("add", str(path))
    assert reply.code == 0
    assert "my is here" in reply.out
    assert hashlib.sha256(path.read_bytes()).hexdigest() in reply.out
    assert "caseclerk models use my" in reply.out
    assert "My.gguf: 100 %" in reply.err
    assert call("where", "my").out.strip() == str(home / "models" / "my" / "My.gguf")
    used = call("use", "my", "--json")
    assert used.json == {"role": "chat", "in_use": "my"}
    assert "writes the answers" in call("use", "my").out
    sound = call("verify")
    assert (sound.code, "as it came" in sound.out) == (0, True)
    (home / "models" / "my" / "My.gguf").write_bytes(chat_gguf(seed=b"changed"))
    changed = call("verify", "my", "--json")
    assert changed.code == 1
    assert changed.json["models"][0]["sound"] is False
    assert "SHA-256" in changed.json["models"][0]["problems"][0]
    assert changed.err == ""
    said = call("verify")
    assert (said.code, "CHANGED" in said.out, "models remove ID" in said.out) == (1, True, True)
    refused = call("remove", "my")
    assert (refused.code, "Nothing was removed" in refused.err) == (2, True)
    gone = call("remove", "my", "--yes", "--json")
    assert gone.json == {"removed": "my", "was_in_use": ["chat"]}
    assert store(home).in_use("chat") is None
    assert call("remove", "my", "--yes").code == 2


def test_a_broken_model_is_found_by_verify(call: Call, home: Path) -> None:
    (install(store(home), "hurt") / "model.gguf").unlink()
    reply = call("verify", "--json")
    assert (reply.code, reply.json["models"][0]["sound"]) == (1, False)
    assert call("verify", "nothing").code == 2
    assert call("remove", "hurt", "--yes").code == 0
    assert call("verify").out == "No models yet.\n"


def test_an_embedding_model_is_added_with_its_prefixes(call: Call, tmp_path: Path) -> None:
    folder = embedder(tmp_path / "e5")
    reply = call(
        "add", str(folder), "--id", "e5", "--query-prefix", "query: ", "--passage-prefix", "passage: ", "--json"
    )
    assert (reply.code, reply.err) == (0, "")
    assert reply.json["settings"] == {"query_prefix": "query: ", "passage_prefix": "passage: "}
    assert reply.json["catalogue"] == "own"
    assert "--reembed" in call("use", "e5").out
    back = call("use", "--built-in", "embedding")
    assert "built-in embedding model" in back.out
    assert "--reembed" in back.out


def test_a_projector_is_said_to_go_with_its_chat_model(call: Call, tmp_path: Path) -> None:
    path = write(tmp_path / "mmproj.gguf", projector_gguf())
    added = call("add", str(path), "--id", "eyes", "--partner", "chat-a").out
    assert "used with chat-a" in added
    assert "no chat model chat-a here yet" in added
    assert "looks at pictures for chat-a" in call("use", "eyes").out
    call("add", str(write(tmp_path / "chat.gguf", chat_gguf())), "--id", "chat-a")
    assert "eyes looks at pictures" in call("use", "chat-a").out


def test_wrong_use_says_what_is_right(call: Call, tmp_path: Path) -> None:
    for arguments, says in (
        (("use",), "models list"),
        (("use", "a", "--built-in", "chat"), "Name one model"),
        (("use", "--built-in", "cook"), "chat, vision, embedding, reranker, speech"),
        (("use", "nothing"), "models pull ID"),
        (("use", "../x"), "no model '../x'"),
        (("add", str(tmp_path / "nothing")), "no file or folder"),
        (("add", str(tmp_path), "--role", "cook"), "no role"),
        (("add", str(write(tmp_path / "a.gguf", chat_gguf())), "--id", "A B"), "small letters"),
        (("pull", "nothing"), "The catalogue has no model"),
        (("pull", "ministral-3-3b"), "Nothing was downloaded"),
        (("pull", "ministral-3-3b-vision", "--yes"), "models add PATH --id ministral-3-3b-vision"),
        (("where", "nothing"), "models list"),
        (("remove", "nothing", "--yes"), "models list"),
    ):
        reply = call(*arguments)
        assert reply.code == 2, arguments
        assert says in reply.err, arguments
        assert reply.out == "", arguments


def test_pull_asks_first_and_says_what_it_would_do(
    call: Call, home: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [False, True]
    monkeypatch.setattr(cli, "interactive", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda _text: answers.pop(0))
    refused = call("pull", "near")
    assert (refused.code, "Nothing was downloaded" in refused.err) == (2, True)
    assert "Near: 0.00 GB, licence MIT, from 127.0.0.1" in refused.out
    assert str(home / "models" / "near") in refused.out
    assert server.seen == []
    reply = call("pull", "near")
    assert reply.code == 0
    assert "near is here, with the SHA-256 of the catalogue." in reply.out
    assert "m.gguf: 100 %" in reply.err
    again = call("pull", "near", "--yes")
    assert (again.code, "models verify near" in again.err) == (2, True)


def test_pull_for_scripts(call: Call, server: FileServer) -> None:
    assert call("pull", "near", "--json").code == 2, "nobody is asked in JSON"
    assert server.seen == []
    server.plan = [Behaviour(status=404, content=b"")]
    failed = call("pull", "near", "--yes", "--json")
    assert (failed.code, failed.out, "models add PATH" in failed.err) == (1, "", True)
    reply = call("pull", "near", "--yes", "--json")
    assert (reply.code, reply.err) == (0, "")
    assert (reply.json["id"], reply.json["state"]) == ("near", "installed")


def test_a_person_types_the_id_of_what_goes(call: Call, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(store(home), "ours")
    call("use", "ours")
    typed = ["no", "ours"]
    monkeypatch.setattr(invocation, "interactive", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda _text: typed.pop(0))
    refused = call("remove", "ours")
    assert refused.code == 2
    assert "It is in use for chat" in refused.out
    assert store(home).holds("ours")
    reply = call("remove", "ours")
    assert "ours is removed. Answers come from the built-in engine now" in reply.out


def test_a_choice_that_cannot_be_read_is_told_not_overwritten(call: Call, home: Path) -> None:
    install(store(home), "ours")
    (home / "models" / "in-use.json").write_text("{")
    for arguments in (("list",), ("use", "ours"), ("use", "--built-in", "chat")):
        reply = call(*arguments)
        assert (reply.code, "Remove" in reply.err) == (1, True)
    assert (home / "models" / "in-use.json").read_text() == "{"
