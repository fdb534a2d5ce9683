"""What a reading process made of a file, looked at as data from an enemy.

Bounded before it is read, decoded without pickle, part files examined before anybody uses them.
"""

import os
import shutil
import signal
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from casefile.errors import ReadingDataError, StorageError
from casefile.records import IssueCategory
from ingest.confinement import ProcessLimits
from ingest.reading import Reading
from ingest.reading_codec import decode_reading, load_json
from ingest.reading_protocol import (
    FAILURE,
    LONGEST_HEADER,
    MEDIA_TYPE,
    NO_SPACE,
    PICTURE,
    READING,
    Header,
    Outcome,
)

UNKNOWN_MEDIA_TYPE = "application/octet-stream"
LITTLE_SPACE_BYTES = 256 * 1024 * 1024
"""Free space below which a reader that found the disk full is believed."""


@dataclass(frozen=True, slots=True)
class ReadFailure:
    """Why a file could not be read. The message never holds the file's text, unless its reader put it there."""

    category: IssueCategory
    message: str


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What came of one file: a reading, or a failure."""

    media_type: str
    reading: Reading | None
    failure: ReadFailure | None
    reader: str
    reader_version: str


def failed(category: IssueCategory, message: str, header: Header | None = None) -> ReadResult:
    """A result without a reading."""
    header = header or Header(UNKNOWN_MEDIA_TYPE, "", "")
    failure = ReadFailure(category, message)
    return ReadResult(header.media_type, None, failure, header.reader, header.reader_version)


def judge(outcome: Outcome | None, result: int, limits: ProcessLimits) -> ReadResult:
    """Judge how the child ended and what it wrote.

    Args:
        outcome: as the waiting process told; None when that died or fell silent.
        result: descriptor of the result file.
        limits: the bounds that were set.

    Raises:
        StorageError: the child found the disk full.
    """
    written = _written(outcome, result, limits)
    return written if isinstance(written, ReadResult) else _body(*written)


def judge_picture(outcome: Outcome | None, result: int, limits: ProcessLimits) -> bytes | ReadFailure:
    """The same of a child that was to draw: what it says is a PNG file, not yet looked at, or why there is none.

    Raises:
        StorageError: the child found the disk full.
    """
    written = _written(outcome, result, limits)
    if not isinstance(written, ReadResult):
        body, header = written
        if body[:1] == PICTURE:
            return body[1:]
        written = _body(body, header)
    return written.failure or ReadFailure("corrupt", "The reader handed over something that is not a picture.")


def _written(outcome: Outcome | None, result: int, limits: ProcessLimits) -> tuple[bytes, Header] | ReadResult:
    """What a child wrote after its header, or why there is nothing to look at."""
    header, start = _header(os.pread(result, LONGEST_HEADER, 0))
    if outcome is None:
        return failed("killed", "The process reading this file died or stopped answering.", header)
    if outcome.ending == "timeout":
        return failed("timeout", f"Reading took longer than {limits.wall_seconds:g} seconds.", header)
    if outcome.ending == "scratch":
        return failed("too_large", "What the file holds is larger, or more files, than may be unpacked.", header)
    if outcome.ending == "unloadable":
        return failed(
            "unsupported", f"The reader of this kind of file cannot be loaded: {outcome.untrusted_output}", header
        )
    if outcome.ending == "signal":
        return failed(*_death(outcome, limits), header)
    size = os.fstat(result).st_size - start
    if size > limits.output_bytes:
        return failed("too_large", "What was read is larger than may be kept.", header)
    body = _read_all(result, start, size)
    if outcome.code != 0 or not body or header is None:
        return failed("killed", "The reader ended without a result.", header)
    if body == NO_SPACE:
        return _without_space(result, header)
    return body, header


def _without_space(result: int, header: Header) -> ReadResult:
    """Believe a full disk only when it is full: a hostile file must not be able to stop an ingestion."""
    disk = os.fstatvfs(result)
    if disk.f_bavail * disk.f_frsize < LITTLE_SPACE_BYTES:
        raise StorageError("The disk is full. Free some space and run the same command again.")
    return failed("too_large", "What the file holds does not fit on the disk.", header)


def _death(outcome: Outcome, limits: ProcessLimits) -> tuple[IssueCategory, str]:
    over_time = outcome.cpu_seconds >= limits.cpu_seconds
    if outcome.code == signal.SIGXCPU or (outcome.code == signal.SIGKILL and over_time):
        return "timeout", f"Reading took more than {limits.cpu_seconds} seconds of processor time."
    if outcome.code == signal.SIGKILL:
        return "killed", "The reader was killed, most likely for lack of memory."
    try:
        name = signal.Signals(outcome.code).name
    except ValueError:
        name = f"signal {outcome.code}"
    return "killed", f"The reader crashed ({name})."


def _header(beginning: bytes) -> tuple[Header | None, int]:
    """The result's first line, and where the rest begins."""
    line, newline, _ = beginning.partition(b"\n")
    try:
        values = load_json(line)
        header = Header(**values)
    except (ReadingDataError, TypeError):
        return None, 0
    strings = (header.media_type, header.reader, header.reader_version)
    plain = newline and all(isinstance(value, str) and value.isprintable() for value in strings)
    if not plain or not MEDIA_TYPE.fullmatch(header.media_type):
        return None, 0
    return header, len(line) + 1


def _read_all(descriptor: int, start: int, size: int) -> bytes:
    chunks: list[bytes] = []
    end = start + size
    while start < end and (chunk := os.pread(descriptor, min(end - start, 1 << 26), start)):
        chunks.append(chunk)
        start += len(chunk)
    return b"".join(chunks)


def _body(body: bytes, header: Header) -> ReadResult:
    kind, data = body[:1], body[1:]
    try:
        if kind == READING:
            return ReadResult(header.media_type, decode_reading(data), None, header.reader, header.reader_version)
        if kind == FAILURE:
            return failed(*_stated_failure(data), header)
    except ReadingDataError as error:
        return failed("corrupt", f"The reader handed over something that is not a reading. {error}", header)
    return failed("corrupt", "The reader handed over something that is not a reading.", header)


def _stated_failure(data: bytes) -> tuple[IssueCategory, str]:
    values = load_json(data)
    if not isinstance(values, dict) or values.keys() != {"category", "message"}:
        raise ReadingDataError("Its failure is malformed.")
    category, message = values["category"], values["message"]
    if category not in get_args(IssueCategory) or not isinstance(message, str):
        raise ReadingDataError("Its failure is malformed.")
    return category, "".join(character if character.isprintable() else " " for character in message[:1000])


def with_checked_parts(answer: ReadResult, scratch: Path, limits: ProcessLimits) -> ReadResult:
    """Leave in the scratch folder what the reading names and nothing else; a bad part fails the file."""
    named = {part.file for part in answer.reading.parts if part.file} if answer.reading else set()
    problem = _problem_of_parts(scratch, named, limits)
    if problem is not None:
        answer = replace(answer, reading=None, failure=problem)
        named = set()
    for path in scratch.iterdir():
        if path.name not in named:
            _remove(path)
    for name in named:
        (scratch / name).chmod(0o600)
    return answer


def _problem_of_parts(scratch: Path, named: set[str], limits: ProcessLimits) -> ReadFailure | None:
    """What forbids the use of the part files. A link could name another case's file: only sole, regular files pass."""
    total = 0
    for name in named:
        try:
            status = (scratch / name).lstat()
        except OSError:
            return ReadFailure("corrupt", "The reader named a part that it did not write.")
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            return ReadFailure("corrupt", "The reader left something other than a plain file as a part.")
        total += status.st_size
        if status.st_size > limits.file_bytes or total > limits.scratch_bytes:
            return ReadFailure("too_large", "What the file holds is larger than may be unpacked.")
    return None


def _remove(path: Path) -> None:
    """Remove what a reader left behind; follows no link."""
    if path.is_dir() and not path.is_symlink():
        path.chmod(0o700)
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
