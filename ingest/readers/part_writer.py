"""Writes the files found inside an exhibit into the scratch folder, under names of our own, within bounds."""

from collections.abc import Iterable
from typing import Literal

from casefile.records import Issue, IssueCategory
from ingest.reading import Part, Source

Relation = Literal["attachment", "inline", "member", "embedded"]


class PartWriter:
    """Takes the parts out of one exhibit. Their own names are data and never become paths.

    Args:
        source: gives the scratch folder and the bounds `parts` and `part_bytes`.
    """

    def __init__(self, source: Source) -> None:
        self._scratch = source.scratch
        self._limits = source.limits
        self._parts: list[Part] = []
        self._bytes_left = source.limits.part_bytes
        self.dropped = 0

    @property
    def parts(self) -> tuple[Part, ...]:
        """What was taken out, or refused with a reason, in order."""
        return tuple(self._parts)

    @property
    def full(self) -> bool:
        """Whether the most parts are reached: what comes after is only counted in `dropped`."""
        return len(self._parts) >= self._limits.parts

    def write(self, untrusted_name: str, chunks: Iterable[bytes], relation: Relation, modified: str = "") -> None:
        """Write one part; over the bound on bytes it becomes an issue `too_large` and its file is removed.

        What `chunks` raises passes through, after the file is removed.
        """
        if self.full:
            self.dropped += 1
            return
        file = f"part-{len(self._parts) + 1:06d}"
        path = self._scratch / file
        left = self._bytes_left
        whole = False
        try:
            with path.open("xb") as target:
                for chunk in chunks:
                    left -= len(chunk)
                    if left < 0:
                        break
                    target.write(chunk)
                else:
                    whole = True
        finally:
            if not whole:
                path.unlink(missing_ok=True)
        if not whole:
            self.refuse(
                untrusted_name, relation, "too_large", "The parts together exceed the bound on bytes.", modified
            )
            return
        self._bytes_left = left
        self._parts.append(Part(untrusted_name, file, relation, modified))

    def refuse(
        self, untrusted_name: str, relation: Relation, category: IssueCategory, message: str, modified: str = ""
    ) -> None:
        """Keep a part that cannot be taken out, with the reason."""
        if self.full:
            self.dropped += 1
            return
        issue = Issue("read", category, message)
        self._parts.append(Part(untrusted_name, "", relation, modified, issue))
