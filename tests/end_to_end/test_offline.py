"""Promise 3: nothing leaves the machine. The whole demo with no network, an empty HOME and packages that cannot change.

The demo case is taken in, searched, asked and deleted through the real command line behind walls (see `enclosure`), as
root and as an ordinary user, with strace over the whole process tree. A planted connection must make the check fail.
"""

import json
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from data.demo_case.build import build
from tests.capabilities import needs_namespaces, needs_program
from tests.end_to_end.command_line import CASECLERK, ROOT, require_no_bug
from tests.end_to_end.enclosed_session import NOBODY, environment, run_session
from tests.end_to_end.enclosure import enclosed, interpreter_places
from tests.end_to_end.traffic import TRACED, strangers

DATA_FOLDER = "HOME/.local/share/caseclerk/"
PROBED = '"192.0.2.1"'
"""Where `tests.end_to_end.session` knocks to see whether the wall stands (TEST-NET-1, RFC 5737)."""
ASKED = ("q01", "q09", "q17", "q25", "q33", "q41", "q49", "q57", "q65", "q73")


@dataclass(frozen=True, slots=True)
class Session:
    """What a run of the whole demo behind the walls left."""

    walls: dict[str, Any]
    steps: dict[str, dict[str, Any]]
    left: list[str]
    trace: str


@pytest.fixture(scope="module")
def place(open_place: Path) -> Path:
    """Where the runs have their folders."""
    needs_namespaces()
    needs_program("strace", "strace")
    return open_place


@pytest.fixture(scope="module")
def sessions(place: Path) -> dict[str, Session]:
    """The demo as root and as an ordinary user, side by side."""
    truth = build(place / "demo")
    questions = "".join(
        json.dumps({"id": q.id, "question": q.question, "history": [[t.question, t.answer] for t in q.history]}) + "\n"
        for q in truth.questions
        if q.id in ASKED
    )
    (place / "questions.jsonl").write_text(questions, encoding="utf-8")
    subprocess.run(["chmod", "-R", "a+rX", str(place)], check=True)
    with ThreadPoolExecutor(2) as both:
        runs = {"root": both.submit(_session, place, 0), "ordinary": both.submit(_session, place, NOBODY)}
        return {name: run.result() for name, run in runs.items()}


def _session(place: Path, user: int) -> Session:
    trace = place / f"trace-{user}.txt"
    steps: dict[str, list[str | Path]] = {
        "create": ["case", "create", "demo", "--json", "--region", "DE", "--languages", "en,de,nl"],
        "ingest": ["ingest", "demo/files", "--case", "demo", "--json"],
        "search": ["search", "--batch", "questions.jsonl", "--case", "demo", "-k", "5", "--json"],
        "ask": ["ask", "--batch", "questions.jsonl", "--case", "demo", "--json"],
        "chat": ["chat", "--case", "demo"],
        "identifiers": ["identifiers", "--case", "demo", "--json"],
        "doctor": ["doctor"],
        "verify": ["case", "verify", "demo", "--json"],
        "custody": ["custody", "verify", "--case", "demo"],
        "delete": ["case", "delete", "demo", "--yes"],
    }
    traced = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", TRACED, "-o", str(trace)]
    report = run_session(place, list(steps.values()), user=user or None, traced=traced)
    named = dict(zip(steps, report.steps, strict=True))
    return Session(report.walls, named, report.left, trace.read_text(encoding="utf-8", errors="replace"))


@pytest.mark.parametrize("who", ["root", "ordinary"])
class TestTheWholeDemo:
    def test_the_walls_stood(self, sessions: dict[str, Session], who: str) -> None:
        assert sessions[who].walls == {
            "user": 0 if who == "root" else NOBODY,
            "interfaces": ["lo"],
            "packages": "EROFS",
            "outside": "ENETUNREACH",
            "home": [],
        }

    def test_every_step_did_its_work(self, sessions: dict[str, Session], who: str) -> None:
        steps = sessions[who].steps
        for name, step in steps.items():
            require_no_bug(step["err"])
            assert step["code"] in {"ingest": {1}, "doctor": {0, 1}}.get(name, {0}), (
                name,
                step["err"],
                step["out"][-500:],
            )
        totals = json.loads(steps["ingest"]["out"])["totals"]
        assert totals["complete"] >= 60
        assert totals["failed"] >= 3  # the damaged files of the demo case
        answers = [json.loads(line) for line in steps["ask"]["out"].splitlines()]
        assert [answer["id"] for answer in answers] == list(ASKED)
        assert any(answer["status"] == "answered" for answer in answers)  # how many is measured elsewhere
        assert all(c["verified"] for answer in answers for c in answer["citations"])
        assert json.loads(steps["verify"]["out"])["sound"] is True

    def test_no_call_reached_beyond_loopback(self, sessions: dict[str, Session], who: str) -> None:
        trace = sessions[who].trace
        found = strangers(trace)
        assert [line for line in found if PROBED not in line] == []
        assert len(found) == 1, "the session's own try at the wall is not in the trace"
        processes = {line.split()[0] for line in trace.splitlines()}
        assert len(processes) >= len(sessions[who].steps), "strace has not seen the process tree"
        assert "recvmsg(" in trace, "strace has not seen the reading processes"

    def test_nothing_is_left_outside_the_data_folder(self, sessions: dict[str, Session], who: str) -> None:
        left = sessions[who].left
        assert [name for name in left if not name.startswith(DATA_FOLDER)] == []
        assert f"{DATA_FOLDER}erasures.log" in left
        assert not [name for name in left if name.startswith(f"{DATA_FOLDER}cases/")]


def test_an_ordinary_user_gets_the_same_result_as_root(sessions: dict[str, Session]) -> None:
    for name in ("create", "ingest", "search", "ask"):
        root, ordinary = (_comparable(sessions[who].steps[name]["out"]) for who in ("root", "ordinary"))
        assert ordinary == root, name


def _comparable(out: str) -> list[Any]:
    """The JSON documents without what may differ between two runs: timings; scores to four places."""

    def cleaned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: cleaned(inner) for key, inner in value.items() if key != "timings_ms"}
        if isinstance(value, list):
            return [cleaned(inner) for inner in value]
        return round(value, 4) if isinstance(value, float) else value

    return [cleaned(json.loads(line)) for line in out.splitlines()]


# ---- the check must be able to fail -----------------------------------------------------------------------------------

PLANTS = {
    "connect": "import socket; socket.socket().connect_ex(('192.0.2.1', 443))",
    "datagram": "import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b'x', ('2001:db8::1', 9))",
    "name look-up": "import socket; socket.getaddrinfo('caseclerk.example', 443)",
    "in a child": (
        "import os, sys\n"
        "if not os.environ.get('PLANTED'):\n"
        "    os.environ['PLANTED'] = '1'\n"
        "    os.spawnv(os.P_WAIT, sys.executable, [sys.executable, '-c', "
        "\"import socket; socket.socket().connect_ex(('192.0.2.1', 443))\"])\n"
    ),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_connection_is_found(place: Path, plant: str) -> None:
    found, trace = _planted(place, f"try:\n    exec({PLANTS[plant]!r})\nexcept OSError:\n    pass\n")
    assert found, trace
    assert all("192.0.2.1" in line or "2001:db8::1" in line or "htons(53)" in line for line in found)


def test_without_the_plant_the_same_run_is_clean(place: Path) -> None:
    found, trace = _planted(place, "import socket; socket.socketpair()\n")
    assert found == []
    assert "socketpair(" in trace, "the planted module was not run"


def _planted(place: Path, program: str) -> tuple[list[str], str]:
    folder = Path(tempfile.mkdtemp(dir=place))
    (folder / "sitecustomize.py").write_text(program, encoding="utf-8")
    trace = folder / "trace.txt"
    command = [
        *("strace", "-f", "--seccomp-bpf", "-qq", "-e", TRACED, "-o", str(trace)),
        *enclosed(["env", f"PYTHONPATH={folder}", CASECLERK, "case", "list"], read_only=interpreter_places()),
    ]
    subprocess.run(command, cwd=ROOT, env=environment(folder, folder), capture_output=True, check=True, timeout=120)
    text = trace.read_text(encoding="utf-8", errors="replace")
    shutil.rmtree(folder)
    return strangers(text), text


@pytest.mark.parametrize(
    "line",
    [
        '7 connect(3, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.1")}, 16) = 0',
        '7 connect(3, {sa_family=AF_INET6, sin6_port=htons(9), inet_pton(AF_INET6, "2001:db8::1", &x)}, 28 <unfinished',
        '7 sendto(3, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("10.0.0.1")}, 16) = 1',
        '7 sendmsg(3, {msg_name={sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("10.0.0.1")}}, 0) = 1',
        '7 sendmmsg(3, [{msg_hdr={msg_name={sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("9.9.9.9")}}}]',
        '7 bind(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("0.0.0.0")}, 16) = 0',
        '7 connect(3, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.53")}, 16) = 0',
        '7 connect(3, {sa_family=AF_UNIX, sun_path="/run/systemd/resolve/io.systemd.Resolve"}, 42) = 0',
        "7 connect(3, {sa_family=AF_VSOCK, svm_cid=2, svm_port=1}, 16) = 0",
        "7 connect(3, 0x7ffd2f1c, 16) = 0",
        "7 socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)) = 3",
        "7 socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) = 3",
        "7 io_uring_setup(8, {flags=0}) = 5",
    ],
)
def test_each_way_out_is_known(line: str) -> None:
    assert strangers(line) == [line]


@pytest.mark.parametrize(
    "line",
    [
        "7 socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP) = 3",
        "7 socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE) = 3",
        '7 connect(3, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = -1 ENOENT',
        '7 connect(3, {sa_family=AF_INET, sin_port=htons(7860), sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
        '7 connect(3, {sa_family=AF_INET6, sin6_port=htons(1), inet_pton(AF_INET6, "::1", &sin6_addr)}, 28) = 0',
        "7 bind(3, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 0",
        '7 sendto(3, "x", 1, MSG_NOSIGNAL, NULL, 0) = 1',
        '7 sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="{}", iov_len=2}]}, 0) = 2',
        '7 sendmsg(3, {msg_iov=[{iov_base="connect me to sa_family", iov_len=9}]}, 0) = 9',
    ],
)
def test_what_stays_on_the_machine_is_left_alone(line: str) -> None:
    assert strangers(line) == []
