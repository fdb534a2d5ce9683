"""Context and memory: what fits, what does not, and what a machine or its control groups allow."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat_models.llama.sizing import (
    CONTEXT_STEP,
    LEAST_CONTEXT_TOKENS,
    MOST_CONTEXT_TOKENS,
    WORKING_BYTES,
    available_memory,
    size_model,
)
from casefile.errors import ModelUnavailableError
from casefile.settings import ModelSettings
from tests.assistant.llama.small_gguf import KV_BYTES_PER_TOKEN, write_small_gguf

KIB, MIB, GIB = 1024, 1024**2, 1024**3


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sizing") / "model.gguf"
    write_small_gguf(path)
    return path


def with_context(tokens: int, file: Path) -> int:
    """Memory in which that context just fits."""
    return file.stat().st_size + WORKING_BYTES + tokens * KV_BYTES_PER_TOKEN


def test_the_context_shrinks_to_what_fits(file: Path) -> None:
    for tokens, expected in ((100_000, 8192), (8192, 8192), (8191, 7168), (4096, 4096), (3000, 2048), (2048, 2048)):
        sizing = size_model(file, ModelSettings(), available=with_context(tokens, file))  # type: ignore[call-arg]
        assert sizing.context_tokens == expected
        assert sizing.needed_bytes == with_context(expected, file)


def test_too_little_memory_is_refused_with_figures_and_a_way_out(file: Path) -> None:
    with pytest.raises(ModelUnavailableError, match=r"needs 0\.5 GiB .* 2048 tokens, and 0\.2 GiB.*extractive"):
        size_model(file, ModelSettings(), available=200 * MIB)  # type: ignore[call-arg]


def test_a_context_in_the_settings_is_taken_or_refused_never_changed(file: Path) -> None:
    settings = ModelSettings(context_tokens=16_384)  # type: ignore[call-arg]
    assert size_model(file, settings, available=with_context(16_384, file)).context_tokens == 16_384
    with pytest.raises(ModelUnavailableError, match="16384 tokens"):
        size_model(file, settings, available=with_context(16_383, file))


def test_no_context_is_longer_than_the_model_was_made_for(tmp_path: Path) -> None:
    write_small_gguf(path := tmp_path / "short.gguf", context_length=4096)
    for settings in (ModelSettings(), ModelSettings(context_tokens=100_000)):  # type: ignore[call-arg]
        assert size_model(path, settings, available=4 * GIB).context_tokens == 4096


def test_layers_on_a_graphics_card_take_no_memory_here(file: Path) -> None:
    whole, half, none = (
        size_model(file, ModelSettings(gpu_layers=layers), available=4 * GIB).needed_bytes  # type: ignore[call-arg]
        for layers in (0, 1, -1)
    )
    assert none == WORKING_BYTES
    assert 0 <= (whole - none) - 2 * (half - none) <= 2


def test_a_projector_needs_memory_too(file: Path, tmp_path: Path) -> None:
    (projector := tmp_path / "projector.gguf").write_bytes(b"\0" * MIB)
    alone, both = (
        size_model(file, ModelSettings(), given, available=4 * GIB)  # type: ignore[call-arg]
        for given in (None, projector)
    )
    assert both.needed_bytes - alone.needed_bytes == MIB


def test_threads_are_those_of_the_settings_or_all_that_we_have(file: Path) -> None:
    assert size_model(file, ModelSettings(threads=5), available=4 * GIB).threads == 5  # type: ignore[call-arg]
    assert size_model(file, ModelSettings(), available=4 * GIB).threads >= 1  # type: ignore[call-arg]


@given(available=st.integers(0, 8 * GIB))
def test_whatever_there_is_it_fits_or_is_refused(file: Path, available: int) -> None:
    try:
        sizing = size_model(file, ModelSettings(), available=available)  # type: ignore[call-arg]
    except ModelUnavailableError:
        assert available < with_context(LEAST_CONTEXT_TOKENS, file)
        return
    assert sizing.needed_bytes <= available
    assert LEAST_CONTEXT_TOKENS <= sizing.context_tokens <= MOST_CONTEXT_TOKENS
    assert sizing.context_tokens % CONTEXT_STEP == 0


@pytest.mark.parametrize("content", [b"", b"GGUF", b"MZ no model", b"GGUF" + b"\xff" * 100])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    (path := tmp_path / "x.gguf").write_bytes(content)
    with pytest.raises(ModelUnavailableError, match="models verify"):
        size_model(path, ModelSettings(), available=4 * GIB)  # type: ignore[call-arg]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match="gone"):
        size_model(tmp_path / "gone.gguf", ModelSettings(), available=4 * GIB)  # type: ignore[call-arg]


def machine(root: Path, cgroup: str, **files: str) -> Path:
    """A machine with 8 GiB to be had, in the control group given."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/meminfo").write_text("MemTotal:  16777216 kB\nMemFree: 1 kB\nMemAvailable: 8388608 kB\n")
    (root / "proc/self/cgroup").write_text(cgroup)
    for name, content in files.items():
        path = root / "sys/fs/cgroup" / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def test_the_machine_alone(tmp_path: Path) -> None:
    assert available_memory(machine(tmp_path, "0::/\n")) == 8 * GIB


def test_the_narrowest_control_group_counts(tmp_path: Path) -> None:
    root = machine(
        tmp_path,
        "0::/a/b\n",
        a__memory_dot_max=f"{3 * GIB}",
        a__memory_dot_current=f"{2 * GIB}",
        a__memory_dot_stat=f"anon 5\ninactive_file {512 * MIB}\n",
        a__b__memory_dot_max="max\n",
        a__b__memory_dot_current="1\n",
        a__b__memory_dot_stat="inactive_file 0\n",
    )
    assert available_memory(root) == 1 * GIB + 512 * MIB


def test_control_groups_of_version_1(tmp_path: Path) -> None:
    root = machine(
        tmp_path,
        "8:cpu:/c\n4:memory:/c\n0::/\n",
        memory__c__memory_dot_limit_in_bytes=f"{2 * GIB}",
        memory__c__memory_dot_usage_in_bytes=f"{GIB}",
        memory__c__memory_dot_stat="total_inactive_file 0\n",
        memory__memory_dot_limit_in_bytes="9223372036854771712",
        memory__memory_dot_usage_in_bytes=f"{GIB}",
        memory__memory_dot_stat="total_inactive_file 0\n",
    )
    assert available_memory(root) == GIB


def test_more_used_than_allowed_is_nothing_left(tmp_path: Path) -> None:
    root = machine(
        tmp_path, "0::/a\n", a__memory_dot_max="5", a__memory_dot_current="9", a__memory_dot_stat="inactive_file 0\n"
    )
    assert available_memory(root) == 0


def test_this_machine_has_memory() -> None:
    assert available_memory() > 0
