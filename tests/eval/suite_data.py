"""Made-up data in the form of the public sets, for tests of the loaders."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from eval.records import Batch, Split, SuiteOptions
from eval.suites.reading import split_of
from tests.capabilities import needs_public_data


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def options(
    data: Path | None, scratch: Path, split: Split = "dev", *, full: bool = True, seed: int = 0
) -> SuiteOptions:
    scratch.mkdir(parents=True, exist_ok=True)
    return SuiteOptions(data, seed, split, scratch, full=full)


def named(split: Split, count: int, pattern: str = "row-{}") -> list[str]:
    """The first names of a pattern that the split rule puts there."""
    names = (pattern.format(number) for number in range(1000))
    found = [name for name in names if split_of(name) == split]
    return found[:count]


def public_options(name: str, scratch: Path, *, full: bool = True) -> SuiteOptions:
    """Options over the real data; skips where they are not."""
    needs_public_data(name)
    return options(Path(os.environ["CASECLERK_EVAL_DATA"]), scratch, full=full)


def check_batch(batch: Batch, split: Split) -> None:
    """What holds for every batch of text documents."""
    keys = {document.key: document.text for document in getattr(batch.corpus, "documents", ())}
    assert len({sample.id for sample in batch.samples}) == len(batch.samples)
    for sample in batch.samples:
        assert sample.split == split
        assert sample.question.strip()
        assert set(sample.within) <= keys.keys()
        for span in sample.gold.spans:
            assert 0 <= span.start < span.end <= len(keys[span.document])
        for group in sample.gold.documents:
            assert set(group) <= keys.keys()
            assert len({keys[key] for key in group}) == 1
