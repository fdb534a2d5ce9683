"""What a model is by its own metadata, and what is refused."""

import json
import os
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.models.identifying import identify
from assistant.models.safetensors_header import NotSafetensorsError, check_safetensors
from casefile.errors import UsageError
from tests.assistant.models.folder_models import cross_encoder, embedder, safetensors, whisper
from tests.assistant.models.gguf_bytes import chat_gguf, entry, gguf, projector_gguf, write


def test_files_and_folders_say_their_role(tmp_path: Path) -> None:
    chat = identify(write(tmp_path / "chat.gguf", chat_gguf()))
    assert (chat.role, chat.files, chat.folder, chat.quantisation) == ("chat", ("chat.gguf",), False, "Q4_K_M")
    assert chat.kv_bytes_per_token == 106_496
    eyes = identify(write(tmp_path / "mmproj.gguf", projector_gguf()))
    assert (eyes.role, eyes.architecture, eyes.quantisation) == ("vision", "clip", "BF16")
    meaning = identify(embedder(tmp_path / "e"))
    assert (meaning.role, meaning.weights, meaning.folder) == ("embedding", "model.safetensors", True)
    assert identify(cross_encoder(tmp_path / "c")).role == "reranker"
    speech = identify(whisper(tmp_path / "w"))
    assert (speech.role, speech.weights, speech.files[-1]) == ("speech", "model.bin", "model.bin")


def test_code_pickles_and_hidden_files_do_not_belong_to_a_model(tmp_path: Path) -> None:
    assert identify(embedder(tmp_path / "e")).files == (
        "1_Pooling/config.json",
        "config.json",
        "model.safetensors",
        "modules.json",
        "tokenizer.json",
    )


def test_another_architecture_has_to_be_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "other.gguf", chat_gguf("llama"))
    with pytest.raises(UsageError, match=r"'llama'.*--role chat.*measure"):
        identify(path)
    assert identify(path, "chat").architecture == "llama"


def test_a_chat_model_without_our_control_tokens_cannot_be_used(tmp_path: Path) -> None:
    path = write(tmp_path / "q.gguf", gguf([entry("general.architecture", "qwen3")]))
    with pytest.raises(UsageError, match="vocabulary lacks"):
        identify(path, "chat")


@pytest.mark.parametrize("role", ["embedding", "reranker", "vision", "speech"])
def test_metadata_decide_over_what_was_said(tmp_path: Path, role: object) -> None:
    with pytest.raises(UsageError, match=r"model for chat by its own metadata"):
        identify(write(tmp_path / "chat.gguf", chat_gguf()), role)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"for vision by its own metadata, not for chat"):
        identify(write(tmp_path / "eyes.gguf", projector_gguf()), "chat")


def test_what_is_no_model_is_refused_with_what_to_do(tmp_path: Path) -> None:
    for content in (b"PK\3\4", b"", b"\x80\x04pickle"):
        with pytest.raises(UsageError, match="is no GGUF file"):
            identify(write(tmp_path / "x.gguf", content))
    with pytest.raises(UsageError, match="Name the folder"):
        identify(write(tmp_path / "model.safetensors", safetensors()))
    with pytest.raises(UsageError, match="no file or folder"):
        identify(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="Pickled weights"):
        identify(tmp_path / "empty")
    with pytest.raises(UsageError, match=r"one by one: a\.gguf"):
        identify(write(tmp_path / "two" / "a.gguf", chat_gguf()).parent)
    with pytest.raises(UsageError, match="no cross-encoder"):
        identify(cross_encoder(tmp_path / "c", labels=3))
    (cross_encoder(tmp_path / "d") / "config.json").write_text("[" * 50_000)
    with pytest.raises(UsageError, match="nested too deeply"):
        identify(tmp_path / "d")


def test_a_pipe_a_link_and_too_many_files_do_no_harm(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    with pytest.raises(UsageError, match="no file or folder"):
        identify(tmp_path / "pipe.gguf")
    folder = embedder(tmp_path / "e")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    os.mkfifo(folder / "pipe.json")
    assert "pipe.json" not in identify(folder).files
    for number in range(201):
        (folder / f"{number}.json").write_text("{}")
    with pytest.raises(UsageError, match="more than 200 files"):
        identify(folder)


SAFETENSORS = {
    "empty": (b"", "possible length"),
    "short": (b"\1\0", "possible length"),
    "longer than the file": (struct.pack("<Q", 1 << 60), "possible length"),
    "no JSON": (struct.pack("<Q", 4) + b"nope", "no JSON"),
    "deep": (struct.pack("<Q", 200_000) + b"[" * 200_000, "no JSON"),
    "a list": (struct.pack("<Q", 2) + b"[]", "no JSON object"),
    "no tensor": (struct.pack("<Q", 2) + b"{}", "no tensor"),
    "cut off": (safetensors(3)[:-1], "tensors need"),
    "too long": (safetensors() + b"more", "tensors need"),
}


@pytest.mark.parametrize("name", SAFETENSORS)
def test_a_hostile_safetensors_file_is_refused(tmp_path: Path, name: str) -> None:
    content, reason = SAFETENSORS[name]
    with pytest.raises(NotSafetensorsError, match=reason):
        check_safetensors(write(tmp_path / "model.safetensors", content))


@pytest.mark.parametrize("place", [None, [], [0], [4, 0], [-1, 4], [0, "4"], [False, True], [0.0, 4.0], {"a": 1}])
def test_a_tensor_without_a_place_is_refused(tmp_path: Path, place: object) -> None:
    raw = json.dumps({"t": {"data_offsets": place}}).encode()
    with pytest.raises(NotSafetensorsError, match="no place"):
        check_safetensors(write(tmp_path / "m", struct.pack("<Q", len(raw)) + raw + b"\0" * 4))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 500), value=st.integers(0, 255))
def test_a_damaged_safetensors_file_is_read_or_refused(tmp_path: Path, place: int, value: int) -> None:
    content = bytearray(safetensors(2))
    content[place % len(content)] = value
    path = write(tmp_path / "model.safetensors", bytes(content))
    try:
        check_safetensors(path)
    except NotSafetensorsError:
        return
    assert struct.unpack("<Q", content[:8])[0] == len(content) - 16


def test_the_library_reads_what_is_taken_for_whole(tmp_path: Path) -> None:
    from safetensors import safe_open

    path = write(tmp_path / "model.safetensors", safetensors(3))
    check_safetensors(path)
    with safe_open(path, "np") as opened:
        assert sorted(opened.keys()) == ["t0", "t1", "t2"]
