"""Headers of GGUF files: what they say, and what no file may make the reader do."""

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.models import gguf_header
from assistant.models.gguf_header import NotGgufError, is_gguf, read_gguf_header
from tests.assistant.models.gguf_bytes import ARRAY, F32, TEXT, chat_gguf, entry, gguf, tensor, text, write


def test_a_header_says_what_a_model_is_and_needs(tmp_path: Path) -> None:
    header = read_gguf_header(write(tmp_path / "m.gguf", chat_gguf()))
    assert (header.architecture, header.quantisation, header.tensors) == ("mistral3", "Q4_K_M", 1)
    assert header.kv_bytes_per_token == 104 * 1024
    assert "[INST]" in header.control_tokens
    assert "word" not in header.control_tokens
    assert header.needed_bytes == (tmp_path / "m.gguf").stat().st_size


@pytest.mark.parametrize(("layers", "kibibytes"), [(26, 104), (34, 136), (40, 160)])
def test_the_memory_of_a_token_is_that_of_the_three_sizes(tmp_path: Path, layers: int, kibibytes: int) -> None:
    path = write(tmp_path / "m.gguf", chat_gguf(**{"mistral3.block_count": layers}))
    assert read_gguf_header(path).kv_bytes_per_token == kibibytes * 1024


def test_memory_is_known_from_widths_too_and_from_layers_of_their_own(tmp_path: Path) -> None:
    sizes = {"block_count": 2, "attention.head_count": 4, "embedding_length": 64}
    base = [entry("general.architecture", "x"), *(entry(f"x.{name}", value) for name, value in sizes.items())]
    assert read_gguf_header(write(tmp_path / "a", gguf(base))).kv_bytes_per_token == 2 * 4 * 16 * 2 * 2
    own = [*base, entry("x.attention.head_count_kv", [1, 3])]
    assert read_gguf_header(write(tmp_path / "b", gguf(own))).kv_bytes_per_token == 4 * 16 * 2 * 2
    assert read_gguf_header(write(tmp_path / "c", gguf(base[:1]))).kv_bytes_per_token == 0


def test_it_agrees_with_the_library_that_writes_such_files(tmp_path: Path) -> None:
    import numpy as np
    from gguf import GGMLQuantizationType, GGUFWriter

    path = tmp_path / "library.gguf"
    writer = GGUFWriter(path, "mistral3")
    writer.add_file_type(15)
    writer.add_block_count(2)
    writer.add_head_count(4)
    writer.add_head_count_kv([2, 2])
    writer.add_key_length(16)
    writer.add_value_length(16)
    writer.add_token_list(["[INST]", "x" * 50, "plain"])
    writer.add_token_scores([0.5] * 5000)
    writer.add_chat_template("{{ x }}" * 2000)
    writer.add_bool("general.flag", True)
    writer.add_tensor("a", np.ones((3, 32), dtype=np.float32))
    writer.add_tensor("b", np.zeros((2, 144), dtype=np.uint8), raw_dtype=GGMLQuantizationType.Q4_K)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    header = read_gguf_header(path)
    assert (header.architecture, header.quantisation, header.tensors) == ("mistral3", "Q4_K_M", 2)
    assert header.control_tokens == {"[INST]"}
    assert header.kv_bytes_per_token == 4 * 32 * 2
    assert path.stat().st_size - 32 < header.needed_bytes <= path.stat().st_size
    assert "tokenizer.chat_template" not in header.values


def test_sizes_of_tensor_types_are_those_of_the_library() -> None:
    from gguf import GGML_QUANT_SIZES

    ours = gguf_header._TENSOR_SIZES
    assert {kind: sizes for kind, sizes in ours.items() if kind in set(GGML_QUANT_SIZES)} == {
        int(kind): tuple(sizes) for kind, sizes in GGML_QUANT_SIZES.items()
    }


def test_quantisations_are_those_of_the_library() -> None:
    from gguf import LlamaFileType

    names = {int(kind): kind.name.removeprefix("MOSTLY_").removeprefix("ALL_") for kind in LlamaFileType}
    ours = gguf_header._QUANTISATIONS
    assert ours == {kind: names[kind] for kind in ours}


HUGE = 1 << 62
KEY = text("k")
HOSTILE = {
    "empty": (b"", "after the end"),
    "another file": (b"PK\3\4" + b"\0" * 100, "begin"),
    "magic only": (b"GGUF", "after the end"),
    "version 1": (gguf([], version=1), "version is 1"),
    "big endian": (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "version is"),
    "absurd tensor count": (b"GGUF" + struct.pack("<IQQ", 3, HUGE, 0), "tensors, more than"),
    "absurd entry count": (b"GGUF" + struct.pack("<IQQ", 3, 0, HUGE), "metadata entries, more than"),
    "absurd name": (gguf([struct.pack("<Q", HUGE)]), "bytes of text"),
    "no name": (gguf([entry("", 1)]), "no name"),
    "twice": (gguf([entry("a", 1), entry("a", 2)]), "twice"),
    "absurd text": (gguf([KEY + struct.pack("<IQ", TEXT, HUGE)]), "bytes of text"),
    "text past the end": (gguf([KEY + struct.pack("<IQ", TEXT, 1 << 20)]), "after the end"),
    "unknown type": (gguf([KEY + struct.pack("<I", 99)]), "unknown type 99"),
    "list of lists": (gguf([KEY + struct.pack("<IIQ", ARRAY, ARRAY, 1)]), "unknown type 9"),
    "absurd list": (gguf([KEY + struct.pack("<IIQ", ARRAY, F32, HUGE)]), "numbers in a list"),
    "list past the end": (gguf([KEY + struct.pack("<IIQ", ARRAY, F32, 10)]), "after the end"),
    "absurd list of texts": (gguf([KEY + struct.pack("<IIQ", ARRAY, TEXT, HUGE)]), "texts in a list"),
    "name that is no text": (gguf([text(b"\xff\xfe") + struct.pack("<II", 4, 1)]), "cannot be read"),
    "alignment": (gguf([entry("general.alignment", 3)]), "power of two"),
    "alignment 0": (gguf([entry("general.alignment", 0)]), "power of two"),
    "no dimensions": (gguf([], [tensor("a", ())]), "0 dimensions"),
    "many dimensions": (gguf([], [tensor("a", (1,) * 5)]), "5 dimensions"),
    "unknown tensor type": (gguf([], [tensor("a", (1,), kind=77)]), "unknown type 77"),
    "broken row": (gguf([], [tensor("a", (100,), kind=12)]), "whole number of blocks"),
    "absurd tensor": (gguf([], [tensor("a", (HUGE, 2))]), "absurdly large"),
    "absurd product": (gguf([], [tensor("a", (1 << 30, 1 << 30, 1 << 30))]), "absurdly large"),
    "offset past the end": (gguf([], [tensor("a", (1,), offset=HUGE)]), "the end is missing"),
    "cut off": (chat_gguf()[:-1], "the end is missing"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_reason(tmp_path: Path, name: str) -> None:
    content, reason = HOSTILE[name]
    with pytest.raises(NotGgufError, match=reason) as refused:
        read_gguf_header(write(tmp_path / "evil.gguf", content))
    assert "evil.gguf" in str(refused.value)
    assert "SHA-256" in str(refused.value)


def test_what_is_claimed_is_never_allocated(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "sparse.gguf"
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, 2)
    head += text("a") + struct.pack("<IIQ", ARRAY, F32, 1 << 28)  # a gibibyte of numbers, a hole on the disk
    with path.open("wb") as stream:
        stream.write(head)
        stream.seek((1 << 30) + len(head))
        stream.write(entry("general.architecture", "x"))
    tracemalloc.start()
    try:
        assert read_gguf_header(path).architecture == "x"
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_all_lists_together_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gguf_header, "MOST_STRINGS", 10)
    path = write(tmp_path / "m.gguf", gguf([entry("a", ["x"] * 6), entry("b", ["x"] * 6)]))
    with pytest.raises(NotGgufError, match="texts in lists"):
        read_gguf_header(path)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 2000), value=st.integers(0, 255), cut=st.integers(0, 2000))
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, place: int, value: int, cut: int) -> None:
    content = bytearray(chat_gguf())
    content[place % len(content)] = value
    path = write(tmp_path / "m.gguf", bytes(content[: len(content) - cut % 40]))
    try:
        header = read_gguf_header(path)
    except NotGgufError:
        return
    assert header.needed_bytes <= path.stat().st_size


@given(st.binary(max_size=200))
def test_any_bytes_after_the_magic_are_read_or_refused(raw: bytes) -> None:
    import io

    try:
        header = gguf_header._Reader(io.BytesIO(b"GGUF\3\0\0\0" + raw), len(raw) + 8).header()
    except ValueError:
        return
    assert len(header.values) <= len(raw) // 12


def test_a_file_that_is_not_there_or_a_folder_is_no_gguf(tmp_path: Path) -> None:
    assert not is_gguf(tmp_path)
    assert not is_gguf(tmp_path / "nothing")
    with pytest.raises(NotGgufError, match="cannot be read"):
        read_gguf_header(tmp_path / "nothing")
