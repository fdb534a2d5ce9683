"""One file's reader attacks; the next file is read as if nothing had been."""

import dataclasses
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from casefile.errors import ReaderProcessError, StorageError
from ingest.isolation import ProcessLimits, ReadFailure, ReadingPool, ReadingProcess, ReadResult

HERE = Path(__file__).parent
SECRET = "the text of the document"
MEBIBYTE = 1024 * 1024
LIMITS = ProcessLimits(
    address_space_bytes=512 * MEBIBYTE,
    cpu_seconds=20,
    wall_seconds=30.0,
    output_bytes=8 * MEBIBYTE,
    file_bytes=16 * MEBIBYTE,
    scratch_bytes=32 * MEBIBYTE,
)
DEGRADED = frozenset({"network", "processes", "files", "system_calls"})


def evil_process(**options: object) -> ReadingProcess:
    return ReadingProcess(
        registry="evil_readers:registry", detect="evil_readers:detect", import_from=(HERE,), **options
    )


@pytest.fixture(scope="module")
def process() -> Iterator[ReadingProcess]:
    with evil_process() as one:
        yield one


@pytest.fixture(scope="module")
def degraded() -> Iterator[ReadingProcess]:
    """As on a machine that allows no namespace, no Landlock and no filter."""
    with evil_process(without=DEGRADED) as one:
        yield one


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def attack(process: ReadingProcess, scratch: Path, deed: str, name: str = "file", **bounds: object) -> ReadResult:
    """Read a file that makes its reader do `deed`, then see that the next file is read."""
    file = scratch.parent / "evidence"
    file.write_bytes(deed.encode("utf-8", "surrogatepass"))
    result = process.detect_and_read(file, name, scratch, dataclasses.replace(LIMITS, **bounds))
    file.write_bytes(b"an ordinary file")
    after = scratch.parent / "after"
    after.mkdir()
    following = process.detect_and_read(file, "ordinary", after, LIMITS)
    assert following.failure is None
    assert following.reading is not None
    assert following.reading.text == "an ordinary file"
    assert list(after.iterdir()) == []
    return result


def failure(result: ReadResult) -> ReadFailure:
    assert result.reading is None
    assert result.failure is not None
    assert SECRET not in result.failure.message
    return result.failure


def processes_named(name: str) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*/comm"):
        try:
            found += [process.parent.name] if process.read_text().strip() == name else []
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


# ---- ordinary use


def test_reads_a_file_and_says_what_read_it(process: ReadingProcess, scratch: Path) -> None:
    result = attack(process, scratch, "some text \ud83d\ude00", name="a\udcff/../b")
    assert result.reading is not None
    assert result.reading.text == "some text \ud83d\ude00"
    assert result.reading.title == "a\udcff/../b"
    assert (result.media_type, result.reader, result.reader_version) == ("text/x-evil", "evil", "1")


def test_every_wall_stands_here(process: ReadingProcess) -> None:
    assert dataclasses.astuple(process.confinement) == (True, True, True, True)
    assert process.confinement.warnings() == ()


def test_a_machine_without_walls_is_warned_of(degraded: ReadingProcess) -> None:
    assert dataclasses.astuple(degraded.confinement) == (False, False, False, False)
    assert len(degraded.confinement.warnings()) == 4
    assert "network" in degraded.confinement.warnings()[0]


def test_an_unknown_media_type_is_unsupported(process: ReadingProcess, scratch: Path) -> None:
    result = attack(process, scratch, "x", name="x.unknown")
    assert failure(result).category == "unsupported"
    assert result.media_type == "application/x-unknown"


def test_a_reader_that_cannot_be_loaded_says_so_and_harms_no_other(process: ReadingProcess, scratch: Path) -> None:
    result = attack(process, scratch, "x", name="x.unloadable")
    assert failure(result).category == "unsupported"
    assert "No module named 'missing'" in failure(result).message
    assert result.media_type == "application/x-unloadable"


def test_an_empty_file_is_empty(process: ReadingProcess, scratch: Path) -> None:
    assert failure(attack(process, scratch, "")).category == "empty"


def test_a_descriptor_is_read_from_its_beginning(process: ReadingProcess, scratch: Path) -> None:
    file = scratch.parent / "file"
    file.write_text("from a descriptor")
    with file.open("rb") as stream:
        stream.seek(5)
        result = process.detect_and_read(stream.fileno(), "file", scratch, LIMITS)
    assert result.reading is not None
    assert result.reading.text == "from a descriptor"


def test_a_descriptor_that_can_write_is_refused(process: ReadingProcess, scratch: Path) -> None:
    with (scratch.parent / "file").open("w+b") as stream, pytest.raises(ValueError, match="reading only"):
        process.detect_and_read(stream.fileno(), "file", scratch, LIMITS)


@pytest.mark.parametrize(
    ("kind", "category"),
    [("missing", "changed"), ("fifo", "unsupported"), ("folder", "unsupported"), ("link", "corrupt")],
)
def test_what_is_no_regular_file_is_not_read(process: ReadingProcess, scratch: Path, kind: str, category: str) -> None:
    path = scratch.parent / "thing"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to("/etc/passwd")
    assert failure(process.detect_and_read(path, "thing", scratch, LIMITS)).category == category


# ---- crashes, time, memory


def test_a_segfault_is_a_failure_of_its_file(process: ReadingProcess, scratch: Path) -> None:
    result = attack(process, scratch, "segfault")
    assert failure(result) == ReadFailure("killed", "The reader crashed (SIGSEGV).")
    assert result.media_type == "text/x-evil"


def test_a_crash_of_the_detection_is_a_failure_too(process: ReadingProcess, scratch: Path) -> None:
    result = attack(process, scratch, "evil detect")
    assert failure(result).category == "killed"
    assert result.media_type == "application/octet-stream"


def test_endless_work_is_stopped_by_the_processor_limit(process: ReadingProcess, scratch: Path) -> None:
    assert failure(attack(process, scratch, "loop", cpu_seconds=1)) == ReadFailure(
        "timeout", "Reading took more than 1 seconds of processor time."
    )


def test_endless_waiting_is_stopped_by_the_clock(process: ReadingProcess, scratch: Path) -> None:
    assert failure(attack(process, scratch, "block_for_ever", wall_seconds=0.3)).category == "timeout"


def test_a_waiting_process_that_stays_silent_is_killed(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with evil_process() as process:
        with monkeypatch.context() as impatient:
            impatient.setattr("ingest.isolation.GRACE_SECONDS", 0.5 - LIMITS.wall_seconds)
            result = process.detect_and_read(_file(scratch, "block_for_ever"), "file", scratch, LIMITS)
        assert "stopped answering" in failure(result).message
        assert process._process is None
        assert attack(process, scratch, "an ordinary file").failure is None


def test_memory_is_bounded(process: ReadingProcess, scratch: Path) -> None:
    assert failure(attack(process, scratch, "allocate")) == ReadFailure(
        "killed", "Reading the file needs more memory than the limit."
    )


def test_deep_recursion_is_too_deep(process: ReadingProcess, scratch: Path) -> None:
    assert failure(attack(process, scratch, "deep")).category == "too_deep"


# ---- processes


@pytest.mark.parametrize("deed", ["sleepers", "sleepers_then_done", "generations"])
@pytest.mark.parametrize("which", ["process", "degraded"])
def test_no_descendant_outlives_its_file(request: pytest.FixtureRequest, scratch: Path, which: str, deed: str) -> None:
    name = f"evil{os.getpid() % 1000}{which[0]}{len(deed)}"
    result = attack(request.getfixturevalue(which), scratch, f"{deed} {name}", processes=100, wall_seconds=1.0)
    assert (failure(result).category == "timeout") if deed == "sleepers" else result.failure is None
    assert processes_named(name) == []


def test_no_process_can_be_started_where_none_is_allowed(process: ReadingProcess, scratch: Path) -> None:
    result = attack(process, scratch, "fork_refused")
    assert result.reading is not None
    assert result.reading.text == "PermissionError PermissionError"


@pytest.mark.parametrize(
    "without", [frozenset(), frozenset({"files"}), frozenset({"processes"}), frozenset({"files", "system_calls"})]
)
def test_the_waiting_process_cannot_be_killed(scratch: Path, without: frozenset[str]) -> None:
    with evil_process(without=without) as process:
        confined = "" if "processes" in without else " confined"
        result = attack(process, scratch, f"kill_parents{confined}")
        assert result.failure is None


def test_without_walls_the_waiting_process_can_be_killed_and_comes_back(
    degraded: ReadingProcess, scratch: Path
) -> None:
    assert failure(attack(degraded, scratch, "kill_parents")).category == "killed"


# ---- disk and output


@pytest.mark.parametrize("how", ["sparse", "real"])
def test_a_file_larger_than_allowed_is_too_large(process: ReadingProcess, scratch: Path, how: str) -> None:
    assert failure(attack(process, scratch, f"ten_gigabytes {how}")).category == "too_large"
    assert list(scratch.iterdir()) == []


def test_many_files_are_stopped_before_they_fill_the_disk(process: ReadingProcess, scratch: Path) -> None:
    assert failure(attack(process, scratch, "many_files")).category == "too_large"
    assert list(scratch.iterdir()) == []


def test_a_flood_of_output_is_cut_and_kept_apart(
    process: ReadingProcess, scratch: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = scratch.parent / "evidence"
    file.write_text("flood")
    result = process.detect_and_read(file, "file", scratch, LIMITS)
    assert result.failure is None
    assert process.untrusted_output.startswith("flood flood")
    assert len(process.untrusted_output) == 8 * 1024
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("deed", ["huge_result", "huge_result_by_hand"])
def test_a_result_larger_than_allowed_is_too_large(process: ReadingProcess, scratch: Path, deed: str) -> None:
    bounds = {"address_space_bytes": 2048 * MEBIBYTE}
    assert failure(attack(process, scratch, deed, **bounds)).category == "too_large"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "R",
        "R[]",
        "R{",
        "Rnull",
        'R{"format":1}',
        "F{}",
        'F{"category":"complete","message":"x"}',
        "F[1]",
        "Q",
        "RNaN",
        "R" + "[" * 100_000,
        'F{"category":["x"],"message":"x"}',
        "R" + "9" * 5000,
    ],
)
def test_a_forged_result_is_not_believed(process: ReadingProcess, scratch: Path, body: str) -> None:
    file = scratch.parent / "evidence"
    file.write_text(f"result_that_is_no_reading {body}")
    result = process.detect_and_read(file, "file", scratch, LIMITS)
    assert failure(result).category in {"corrupt", "killed"}


# ---- network and files


@pytest.mark.parametrize(
    "without",
    [frozenset({"system_calls", "files"}), frozenset({"network", "files"}), frozenset({"network", "system_calls"})],
)
def test_each_wall_alone_keeps_the_network_out(scratch: Path, without: frozenset[str]) -> None:
    with evil_process(without=without) as process, socket.create_server(("127.0.0.1", 0)) as server:
        message = failure(attack(process, scratch, f"connect {server.getsockname()[1]}")).message
    assert "OSError" in message or "PermissionError" in message


def _file(scratch: Path, content: str) -> Path:
    path = scratch.parent / "evidence"
    path.write_text(content)
    return path


def test_without_walls_the_network_is_there(degraded: ReadingProcess, scratch: Path) -> None:
    """The tests above would pass on a machine without network, too: this shows that they prove something."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert attack(degraded, scratch, f"connect {server.getsockname()[1]}").failure is None


def test_other_files_cannot_be_opened(process: ReadingProcess, scratch: Path) -> None:
    other = scratch.parent / "another-case.db"
    other.write_text("secret")
    result = attack(process, scratch, f"open_elsewhere {other}")
    assert result.reading is not None
    assert result.reading.title == "refused refused refused opened"


def test_the_child_has_no_secret_no_socket_and_no_privilege(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    monkeypatch.setenv("MY_PASSWORD", "secret")
    with evil_process(without=frozenset({"files"})) as process:
        result = attack(process, scratch, "what_it_has and show it")
    assert result.reading is not None
    names, held, capabilities, leads = eval(result.reading.title)
    assert not {"HF_TOKEN", "MY_PASSWORD"} & set(names)
    assert "HF_HUB_OFFLINE" in names
    assert held[:5] == [0, 1, 2, 3, 4]
    assert len(held) == 6  # and the one that lists them
    assert int(capabilities[0], 16) == 0
    assert leads


# ---- failures that readers state


def test_what_a_reader_says_of_a_bad_file_is_kept(process: ReadingProcess, scratch: Path) -> None:
    result = attack(process, scratch, "untrusted")
    assert failure(result) == ReadFailure("encrypted", "The file needs a password.")
    assert result.reader == "evil"


@pytest.mark.parametrize(("deed", "name"), [("any_exception", "ZeroDivisionError"), ("system_exit", "SystemExit")])
def test_an_unforeseen_exception_is_named_without_its_words(
    process: ReadingProcess, scratch: Path, deed: str, name: str
) -> None:
    result = failure(attack(process, scratch, deed))
    assert result.category == "corrupt"
    assert name in result.message


def test_a_full_disk_ends_the_run_with_a_clear_error(
    process: ReadingProcess, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.reading_result.LITTLE_SPACE_BYTES", 2**80)
    with pytest.raises(StorageError, match="Free some space"):
        process.detect_and_read(_file(scratch, "no_space"), "file", scratch, LIMITS)


def test_a_full_disk_that_is_not_full_is_a_failure_of_the_file(
    process: ReadingProcess, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.reading_result.LITTLE_SPACE_BYTES", 0)
    assert failure(attack(process, scratch, "no_space")).category == "too_large"


@pytest.mark.parametrize("deed", ["exit_without_result", "claim_to_be_cold", "close_descriptors"])
def test_an_end_without_a_result_is_a_failure(process: ReadingProcess, scratch: Path, deed: str) -> None:
    assert failure(attack(process, scratch, deed)) == ReadFailure("killed", "The reader ended without a result.")


def test_a_reader_may_close_its_file(process: ReadingProcess, scratch: Path) -> None:
    result = attack(process, scratch, "close_source")
    assert result.reading is not None
    assert result.reading.text == "closed"


# ---- parts


def test_parts_stay_and_all_else_goes(process: ReadingProcess, scratch: Path) -> None:
    result = attack(process, scratch, "parts")
    assert result.reading is not None
    assert [part.untrusted_name for part in result.reading.parts] == ["../../etc/\ud800\x00passwd", "locked"]
    assert {path.name: path.read_bytes() for path in scratch.iterdir()} == {"first": b"one"}


def test_a_symbolic_link_cannot_be_made(process: ReadingProcess, scratch: Path) -> None:
    assert "PermissionError" in failure(attack(process, scratch, "links")).message


@pytest.mark.parametrize("named", ["link", "folder", "absent"])
def test_a_link_or_folder_is_no_part(degraded: ReadingProcess, scratch: Path, named: str) -> None:
    assert failure(attack(degraded, scratch, f"links {named}")).category == "corrupt"
    assert list(scratch.iterdir()) == []


def test_a_link_that_is_no_part_is_removed_and_not_followed(degraded: ReadingProcess, scratch: Path) -> None:
    assert attack(degraded, scratch, "links").failure is None
    assert list(scratch.iterdir()) == []
    assert Path("/etc/passwd").exists()


def test_a_hard_link_to_another_file_is_no_part(degraded: ReadingProcess, scratch: Path) -> None:
    other = scratch.parent / "case.db"
    other.write_text("another case")
    assert failure(attack(degraded, scratch, f"hard_link {other}")).category == "corrupt"
    assert other.read_text() == "another case"


@pytest.mark.parametrize("name", ["../evidence", "/etc/passwd", "..", ".", "a/b", "\x00", "x" * 300])
def test_a_part_is_only_ever_a_plain_name(process: ReadingProcess, scratch: Path, name: str) -> None:
    assert failure(attack(process, scratch, f"part_elsewhere {name}")).category in {"corrupt", "killed"}


# ---- the worker


def test_descriptors_and_processes_do_not_grow(scratch: Path) -> None:
    file = scratch.parent / "file"
    with evil_process(files_per_process=20) as process:
        counts = []
        for number in range(200):
            file.write_text("untrusted" if number % 7 == 0 else "segfault" if number % 67 == 0 else f"file {number}")
            if process.detect_and_read(file, "file", scratch, LIMITS).failure is None:  # else it may be gone just now
                counts.append(len(os.listdir("/proc/self/fd")))  # noqa: PTH208
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        assert len(set(counts)) == 1
        assert len(counts) > 150
    left = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    assert len(left) == len(children) - 1


def test_a_process_that_cannot_start_says_why(scratch: Path) -> None:
    with (
        ReadingProcess(registry="no_such_module:registry") as process,
        pytest.raises(ReaderProcessError, match="no_such_module"),
    ):
        process.detect_and_read(_file(scratch, "x"), "x", scratch, LIMITS)


def test_an_idle_process_that_was_killed_is_replaced(scratch: Path) -> None:
    with evil_process() as process:
        attack(process, scratch, "an ordinary file")
        assert process._process is not None
        os.killpg(process._process.pid, 9)
        process._process.wait()
        scratch.parent.joinpath("after").rmdir()
        assert attack(process, scratch, "an ordinary file").failure is None


@pytest.mark.parametrize("without", ["", "network,processes,files,system_calls"])
def test_nothing_outlives_the_program_that_reads(scratch: Path, without: str) -> None:
    name = f"evil{os.getpid() % 1000}p{len(without)}"
    file = _file(scratch, f"name_and_wait {name}")
    program = f"""
from pathlib import Path
from ingest.isolation import ProcessLimits, ReadingProcess
process = ReadingProcess(registry="evil_readers:registry", detect="evil_readers:detect",
    import_from=(Path({str(HERE)!r}),), without=frozenset({without!r}.split(",")))
process.detect_and_read(Path({str(file)!r}), "file", Path({str(scratch)!r}), ProcessLimits())
"""
    with subprocess.Popen([sys.executable, "-c", program], cwd=HERE.parent.parent) as reading:
        wait_until(lambda: processes_named(name) != [])
        reading.kill()
    wait_until(lambda: processes_named(name) == [])


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        select.select([], [], [], 0.02)


def test_a_pool_reads_from_several_threads(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def read(number: int) -> str:
        file, scratch = tmp_path / f"{number}", tmp_path / f"scratch{number}"
        scratch.mkdir()
        file.write_text("segfault" if number % 5 == 0 else f"file {number}")
        result = pool.read(file, "file", scratch)
        return result.reading.text if result.reading else str(result.failure and result.failure.category)

    with ReadingPool(2, LIMITS, make=evil_process) as pool, ThreadPoolExecutor(4) as threads:
        texts = list(threads.map(read, range(20)))
    assert texts == ["killed" if number % 5 == 0 else f"file {number}" for number in range(20)]


@pytest.mark.bench
def test_bench_small_files(scratch: Path) -> None:
    """Prints the cost of a small text file with the readers that ship."""
    file = scratch.parent / "file"
    file.write_text("A small text.\n\nWith two paragraphs.\n")
    begun = time.perf_counter()
    with ReadingProcess() as process:
        assert process.confinement.network_isolated
        started = time.perf_counter()
        assert process.detect_and_read(file, "file.txt", scratch, LIMITS).failure is None
        warm = time.perf_counter()
        for _ in range(200):
            process.detect_and_read(file, "file.txt", scratch, LIMITS)
        each = (time.perf_counter() - warm) / 200
    print(
        f"\nstart {started - begun:.3f} s, first file {warm - started:.3f} s, then {each * 1000:.1f} ms a file, {1 / each:.0f} files/s"
    )


def test_a_closed_pool_has_waited_for_a_thread_that_nobody_knows(tmp_path: Path) -> None:
    """An interrupt that strikes while an executor starts a thread leaves such a thread behind."""
    (tmp_path / "a.txt").write_text("text")
    (tmp_path / "scratch").mkdir()
    pool = ReadingPool(1, ProcessLimits())
    ended: list[str] = []

    def read() -> None:
        with suppress(ReaderProcessError):
            pool.read(tmp_path / "a.txt", "a.txt", tmp_path / "scratch")
        ended.append("read")

    thread = threading.Thread(target=read)
    thread.start()
    while pool._idle.qsize() and not ended:
        pass
    pool.close()
    thread.join(30)
    assert ended == ["read"]
    assert all(process._process is None for process in pool._all)
    with pytest.raises(ReaderProcessError, match="have been ended"):
        pool.read(tmp_path / "a.txt", "a.txt", tmp_path / "scratch")
