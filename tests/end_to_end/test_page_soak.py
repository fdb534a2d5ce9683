"""Twenty people at the page for ten minutes while 500 files are read: `make prove`.

Each asks every 30 seconds and asks for the page's live fragments in between; one leaves in the middle of an answer.
Every latency goes into `build/soak/latencies.csv`, the server's memory into `build/soak/memory.csv`. `SOAK_SECONDS`
makes it shorter while somebody works on it.
"""

import asyncio
import csv
import os
import random
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from data.demo_case.build import build
from tests.end_to_end.chat_protocol import Asked, ChatClient
from tests.end_to_end.command_line import ROOT, Clerk
from tests.end_to_end.page_session import PageServer, serving

CLIENTS = 20
EVERY_S = 30.0
LASTS_S = float(os.environ.get("SOAK_SECONDS", "600"))
FRAGMENT_EVERY_S = 5.0
FILES = 500
EVIDENCE_P95_S = 1.5
MIB_PER_MINUTE = 1.0
"""What memory may grow by, once everything is read, and still count as flat."""
OUT = ROOT / "build" / "soak"

QUESTIONS = (
    "How much diesel was in the mini excavator when it disappeared?",
    "How wide was the hole that the thieves made in the fence at Lindenhof?",
    "Where does the telephone number 0171 3920007 turn up, and who used it?",
    "What reward had Ute Rademacher been promised for handing over account and card?",
    "Weshalb hat die Firma Holger Ohlsen entlassen?",
    "Which laboratory findings tie the low loader to the scenes?",
    "Who won the football match in Hamburg?",
    "What does the site manager estimate the fence damage at Lindenhof to be?",
)


def make_files(folder: Path) -> int:
    """Demo cases of several seeds side by side, until there are 500 files; returns how many there are."""
    made, seed = 0, 1000
    while made < FILES:
        build(folder / f"seed{seed}", seed)
        made += sum(path.is_file() for path in (folder / f"seed{seed}" / "files").rglob("*"))
        seed += 1
    return made


class Soak:
    """The people, the ingestion, the measuring."""

    def __init__(self, server: PageServer, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._end = 0.0
        self.began = 0.0
        self.asked: list[Asked] = []
        self.refused_fragments: list[int] = []
        self.memory: list[tuple[float, float]] = []
        self.read_after = 0.0

    async def run(self) -> None:
        """All of it at once."""
        people = [ChatClient(number, self._server.origin, "demo") for number in range(CLIENTS)]
        for person in people:
            await person.enter(self._server.link(f"Person {person.number}"))
        self.began = time.monotonic()
        self._end = self.began + LASTS_S
        await people[0].send("POST", "/case/demo/ingest", data={"path": str(self._folder)})
        watching = [self._measure(), self._await_reading(people[0])]
        await asyncio.gather(*(self._ask(person) for person in people), *map(self._look, people), *watching)
        for person in people:
            await person.close()

    async def _ask(self, person: ChatClient) -> None:
        chance = random.Random(person.number)
        await asyncio.sleep(EVERY_S * person.number / CLIENTS)
        first = True
        while time.monotonic() < self._end:
            due = time.monotonic() + EVERY_S
            leaves = person.number == 7 and first and time.monotonic() - self.began > EVERY_S
            first = first and not leaves
            self.asked.append(await person.ask(chance.choice(QUESTIONS), leave_half_way=leaves))
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _look(self, person: ChatClient) -> None:
        """What an open page asks for while nobody types."""
        place = f"/case/demo/conversations/{person.conversation}"
        uploads = f"/case/demo/uploads/list?conversation={person.conversation}"
        while time.monotonic() < self._end:
            for path in (f"{place}/transcript", f"{place}/scope", uploads):
                status = await person.fragment(path)
                if status not in {200, 304}:
                    self.refused_fragments.append(status)
            await asyncio.sleep(FRAGMENT_EVERY_S)

    async def _measure(self) -> None:
        while time.monotonic() < self._end:
            self.memory.append((time.monotonic() - self.began, resident_mib(self._server.process.pid)))
            await asyncio.sleep(5)

    async def _await_reading(self, person: ChatClient) -> None:
        """When the ingestion has ended: nothing in the list moves any more."""
        while time.monotonic() < self._end:
            answer = await person.send("GET", "/case/demo/uploads/list")
            if 'data-live="no"' in answer.text:
                self.read_after = time.monotonic() - self.began
                return
            await asyncio.sleep(2)


def resident_mib(process: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the server is gone")


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """MiB per minute, by least squares."""
    return statistics.linear_regression([at / 60 for at, _ in points], [mib for _, mib in points]).slope


@pytest.mark.prove
@pytest.mark.timeout(3600)
def test_twenty_people_ask_while_500_files_are_read(make_clerk: Callable[[], Clerk], tmp_path: Path) -> None:
    build(tmp_path / "demo", 482)
    clerk = make_clerk()
    clerk.ingest("demo", tmp_path / "demo" / "files", code=None)
    files = make_files(tmp_path / "more")
    with serving(clerk) as server:
        soak = Soak(server, tmp_path / "more")
        asyncio.run(soak.run())
    OUT.mkdir(parents=True, exist_ok=True)
    with (OUT / "latencies.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["client", "at_s", "evidence_s", "answer_s", "status", "error"])
        for row in soak.asked:
            writer.writerow([row.client, row.at - soak.began, row.evidence_s, row.answer_s, row.status, row.error])
    with (OUT / "memory.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("at_s", "resident_mib"), *soak.memory])

    evidence = [row.evidence_s for row in soak.asked if row.evidence_s is not None]
    answers = [row.answer_s for row in soak.asked if row.answer_s is not None]
    after = [point for point in soak.memory if point[0] > max(soak.read_after, LASTS_S / 2)]
    growth = slope(after) if len(after) > 2 else 0.0
    print(
        f"\n{CLIENTS} people, {LASTS_S:.0f} s, {files} files read after {soak.read_after:.0f} s; {len(soak.asked)} "
        f"questions\nevidence p50 {percentile(evidence, 0.5):.2f} s, p95 {percentile(evidence, 0.95):.2f} s, "
        f"most {max(evidence):.2f} s; answer p95 {percentile(answers, 0.95):.2f} s\nmemory {soak.memory[0][1]:.0f} to "
        f"{soak.memory[-1][1]:.0f} MiB, most {max(mib for _, mib in soak.memory):.0f}, slope after reading "
        f"{growth:+.2f} MiB a minute"
    )
    assert [row.error for row in soak.asked if row.error] == []
    assert soak.refused_fragments == []
    assert sum(row.status == "left" for row in soak.asked) == 1
    assert soak.read_after > 0, "the files were not read in time"
    assert percentile(evidence, 0.95) <= EVIDENCE_P95_S
    assert growth <= MIB_PER_MINUTE
