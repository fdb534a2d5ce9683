"""What every reader must keep to, as one test class that each reader's tests inherit.

Use:

    class TestPlainText(ReaderContract):
        def make_reader(self) -> Reader: ...
        def samples(self) -> dict[str, Sample]: ...

`check_reading` is the same check as a function, for tests of single files.
"""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casefile.errors import UntrustedInputError
from casefile.locators import PageLocator
from casefile.records import IssueCategory
from ingest.reading import Reader, Reading, ReadLimits, Source

CATEGORIES = frozenset(get_args(IssueCategory))
HOSTILE = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A good file: its bytes, its media type, a name, and strings that its text must hold."""

    data: bytes
    media_type: str
    name: str = "sample"
    contains: tuple[str, ...] = ()


@contextmanager
def source_of(data: bytes, media_type: str, name: str = "sample", limits: ReadLimits | None = None) -> Iterator[Source]:
    """A `Source` over `data` with a scratch folder that is removed afterwards."""
    with tempfile.TemporaryDirectory() as scratch:
        yield Source(io.BytesIO(data), len(data), media_type, name, Path(scratch), limits or ReadLimits())


def read_bytes(
    reader: Reader, data: bytes, media_type: str, name: str = "sample", limits: ReadLimits | None = None
) -> Reading:
    """Read `data`, check the reading, and return it. `UntrustedInputError` passes through."""
    with source_of(data, media_type, name, limits) as source:
        reading = reader.read(source)
        check_reading(reading, source)
        return reading


def check_reading(reading: Reading, source: Source) -> None:
    """Everything that the port promises about a `Reading`."""
    text = reading.text
    text.encode("utf-8")  # a lone surrogate cannot be stored
    assert len(text) <= source.limits.text_characters
    _check_blocks(reading)
    _check_words(reading)
    _check_issues(reading)
    _check_parts(reading, source)


def _check_blocks(reading: Reading) -> None:
    text = reading.text
    end_before = 0
    uncovered: list[str] = []
    for block in reading.blocks:
        start, end = block.locator.start, block.locator.end
        assert end_before <= start < end <= len(text), f"block {start}:{end} after {end_before} in {len(text)}"
        assert text[start:end].strip(), f"blank block {start}:{end}"
        uncovered.append(text[end_before:start])
        for cell in block.cells:
            assert start <= cell.start <= cell.end <= end
        end_before = end
    uncovered.append(text[end_before:])
    left_over = "".join(uncovered).strip()
    assert not left_over, f"text outside every block: {left_over[:80]!r}"


def _check_words(reading: Reading) -> None:
    sizes = {size.page: size for size in reading.pages}
    assert len(sizes) == len(reading.pages)
    for word in reading.words:
        assert 0 <= word.start < word.end <= len(reading.text)
        assert reading.text[word.start : word.end].strip()
        assert word.page in sizes
        assert word.box.left <= word.box.right
        assert word.box.top <= word.box.bottom
    for before, after in pairwise(reading.words):
        assert before.end <= after.start
        assert before.page <= after.page


def _check_issues(reading: Reading) -> None:
    for issue in reading.issues + tuple(part.issue for part in reading.parts if part.issue):
        assert issue.category in CATEGORIES
        assert issue.message.strip()
        if issue.locator is not None:
            assert 0 <= issue.locator.start <= issue.locator.end <= len(reading.text)
            if isinstance(issue.locator, PageLocator):
                assert issue.locator.page >= 1


def _check_parts(reading: Reading, source: Source) -> None:
    left = {path.name for path in source.scratch.iterdir()}
    named = [part.file for part in reading.parts if part.file]
    assert len(named) == len(set(named))
    assert set(named) <= left
    assert len(reading.parts) <= source.limits.parts
    for part in reading.parts:
        assert part.file or part.issue, "a part that was not taken out says why"
        if part.file:
            assert part.file == Path(part.file).name, "a part lies directly in scratch"
            assert (source.scratch / part.file).is_file()
            assert not (source.scratch / part.file).is_symlink()


class ReaderContract:
    """Inherit this, and give `make_reader` and `samples`."""

    def make_reader(self) -> Reader:
        raise NotImplementedError

    def samples(self) -> dict[str, Sample]:
        """At least one good file for each media type of the reader."""
        raise NotImplementedError

    def test_names_itself_and_its_media_types(self) -> None:
        reader = self.make_reader()
        assert reader.name
        assert reader.version
        assert reader.media_types
        assert {sample.media_type for sample in self.samples().values()} <= reader.media_types

    def test_reads_each_sample(self) -> None:
        for label, sample in self.samples().items():
            reading = read_bytes(self.make_reader(), sample.data, sample.media_type, sample.name)
            for expected in sample.contains:
                assert expected in reading.text, f"{label}: {expected!r} is not in the text"

    def test_reads_the_same_twice(self) -> None:
        for sample in self.samples().values():
            first = read_bytes(self.make_reader(), sample.data, sample.media_type, sample.name)
            second = read_bytes(self.make_reader(), sample.data, sample.media_type, sample.name)
            assert first == second

    def test_cuts_a_text_that_is_too_long_and_says_so(self) -> None:
        for label, sample in self.samples().items():
            whole = read_bytes(self.make_reader(), sample.data, sample.media_type, sample.name)
            if len(whole.text) < 20:
                continue
            limits = ReadLimits(text_characters=len(whole.text) // 2)
            cut = read_bytes(self.make_reader(), sample.data, sample.media_type, sample.name, limits)
            assert "too_large" in {issue.category for issue in cut.issues}, label

    def test_an_empty_file_is_an_error_or_an_empty_text(self) -> None:
        for sample in self.samples().values():
            reading = self._read_or_refuse(b"", sample)
            assert reading is None or not reading.text.strip()

    @HOSTILE
    @given(data=st.data())
    def test_survives_truncated_files(self, data: st.DataObject) -> None:
        sample = data.draw(st.sampled_from(sorted(self.samples().values(), key=lambda s: s.data)))
        length = data.draw(st.integers(0, len(sample.data)))
        self._read_or_refuse(sample.data[:length], sample)

    @HOSTILE
    @given(data=st.data())
    def test_survives_mutated_files(self, data: st.DataObject) -> None:
        sample = data.draw(st.sampled_from(sorted(self.samples().values(), key=lambda s: s.data)))
        changed = bytearray(sample.data)
        for _ in range(data.draw(st.integers(1, 12))):
            at = data.draw(st.integers(0, len(changed) - 1))
            patch = data.draw(st.binary(min_size=1, max_size=6))
            changed[at : at + data.draw(st.integers(0, 6))] = patch
        self._read_or_refuse(bytes(changed), sample)

    @HOSTILE
    @given(junk=st.binary(max_size=400))
    def test_survives_random_bytes(self, junk: bytes) -> None:
        for sample in self.samples().values():
            self._read_or_refuse(junk, sample)

    def _read_or_refuse(self, data: bytes, sample: Sample) -> Reading | None:
        try:
            return read_bytes(self.make_reader(), data, sample.media_type, sample.name)
        except UntrustedInputError as error:
            refused = error
        assert refused.category in CATEGORIES
        assert refused.message
        return None
