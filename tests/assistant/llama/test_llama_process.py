"""The model's process from outside: waiting, stopping, crashing, going away."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.chat_models.llama.process import LlamaModel, Patience
from assistant.chat_models.port import (
    ChatEvent,
    ChatRequest,
    Ended,
    Reading,
    SystemMessage,
    TextPiece,
    UserMessage,
    Waiting,
)
from casefile.errors import ModelCrashedError, ModelRequestError, ModelUnavailableError, PromptTooLongError
from casefile.settings import ModelSettings
from tests.assistant.llama.scripted_child import LIES, SPEEDS
from tests.assistant.llama.small_gguf import small_model

CHILD = "tests.assistant.llama.scripted_child"
LONG_ENOUGH = 60.0
ROOT = Path(__file__).resolve().parents[3]
MakeModel = Callable[..., LlamaModel]


def settings(**values: Any) -> ModelSettings:
    return ModelSettings().model_copy(update=values)  # type: ignore[call-arg]


def asked(text: str) -> ChatRequest:
    return ChatRequest((SystemMessage("You answer."), UserMessage(text)))


def written(events: Iterator[ChatEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextPiece))


def child_of(model: LlamaModel) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(written(model.chat(asked("about"))))
    return about


def wait_for_end(pid: int) -> bool:
    """Whether the process ends within a long time."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with os.fdopen(descriptor):
        return bool(select.select([descriptor], [], [], LONG_ENOUGH)[0])


@pytest.fixture
def make_model(tmp_path: Path) -> Iterator[MakeModel]:
    made = []

    def make(patience: Patience | None = None, **values: Any) -> LlamaModel:
        model = LlamaModel(small_model(tmp_path), settings(**values), child_module=CHILD, patience=patience)
        made.append(model)
        return model

    yield make
    for model in made:
        model.close()


@pytest.fixture
def model(make_model: MakeModel) -> LlamaModel:
    return make_model()


def test_what_it_is_is_known_without_a_process(model: LlamaModel) -> None:
    info = model.info
    assert (info.kind, info.name, info.sha256) == ("ministral", "small F16", "ab" * 32)
    assert (info.context_tokens, info.sees, info.seed, info.temperature) == (8192, False, 1, 0.0)
    assert model._thread is None


def test_a_request_is_answered_and_the_process_stays(model: LlamaModel) -> None:
    events = list(model.chat(asked("answer one two")))
    assert [type(event) for event in events] == [Reading, TextPiece, TextPiece, Ended]
    assert child_of(model)["pid"] == child_of(model)["pid"]


def test_the_process_outlives_the_thread_that_asked_first(model: LlamaModel) -> None:
    pids = []
    thread = threading.Thread(target=lambda: pids.append(child_of(model)["pid"]))
    thread.start()
    thread.join()
    assert [child_of(model)["pid"]] == pids


def test_the_process_is_cut_off_and_leaves_the_processor_to_others(model: LlamaModel) -> None:
    about = child_of(model)
    assert about["policy"] == "PASSIVE"
    if os.geteuid() == 0:
        assert about["network"] != Path("/proc/self/ns/net").readlink().name


def test_places_in_line_change_as_others_leave(model: LlamaModel) -> None:
    first, second, third = (model.chat(asked("endless")) for _ in range(3))
    assert isinstance(next(first), Reading)
    assert [next(second), next(third)] == [Waiting(1), Waiting(2)]
    second.close()  # type: ignore[attr-defined]
    assert next(third) == Waiting(1)
    first.close()  # type: ignore[attr-defined]
    assert isinstance(next(third), Reading)


def test_requests_are_served_in_the_order_in_which_they_came(model: LlamaModel) -> None:
    first = model.chat(asked("endless"))
    next(first)
    waiting = [model.chat(asked("number")) for _ in range(5)]
    assert [next(events) for events in waiting] == [Waiting(place) for place in range(1, 6)]
    first.close()  # type: ignore[attr-defined]
    served = {place: written(waiting[place]) for place in (4, 2, 0, 1, 3)}
    assert served == {place: str(place + 2) for place in range(5)}


def test_a_request_is_stopped_while_it_waits(model: LlamaModel) -> None:
    first, stop = model.chat(asked("endless")), threading.Event()
    next(first)
    second = model.chat(asked("answer yes"), stop.is_set)
    assert next(second) == Waiting(1)
    stop.set()
    ended = list(second)
    assert len(ended) == 1
    assert isinstance(ended[0], Ended)
    assert ended[0].reason == "stopped"
    assert isinstance(next(first), TextPiece)


@pytest.mark.parametrize("command", ["read_on", "endless"])
def test_a_request_is_stopped_while_it_is_worked_at(model: LlamaModel, command: str) -> None:
    stop = threading.Event()
    events = model.chat(asked(command), stop.is_set)
    first = next(events)
    stop.set()
    ended = list(events)
    assert isinstance(first, Reading)
    assert [type(event) for event in ended] == [Ended]
    assert ended[0] == Ended("stopped", ended[0].usage)  # type: ignore[union-attr]
    assert ended[0].usage.prompt_tokens == 200  # type: ignore[union-attr]
    assert written(model.chat(asked("answer next"))) == "next"


def test_a_request_left_alone_does_not_hold_up_the_next(model: LlamaModel) -> None:
    left = model.chat(asked("answer " + "word " * 300))
    next(left)
    assert written(model.chat(asked("answer next"))) == "next"
    assert written(left) == "word" * 300


def test_a_stopped_request_that_does_not_end_is_ended(make_model: MakeModel) -> None:
    model = make_model(Patience(stopping=0.2))
    pid = child_of(model)["pid"]
    events = model.chat(asked("hang"))
    assert [type(next(events)), type(next(events))] == [Reading, TextPiece]
    events.close()  # type: ignore[attr-defined]
    assert written(model.chat(asked("answer next"))) == "next"
    assert wait_for_end(pid)


@pytest.mark.parametrize("command", ["crash", "die SIGKILL", "die SIGABRT", "fail oops"])
def test_a_crash_costs_one_answer(model: LlamaModel, command: str, tmp_path: Path) -> None:
    pid = child_of(model)["pid"]
    os.mkfifo(gate := tmp_path / "gate")
    broken, waiting = model.chat(asked(f"at_gate {gate} {command}")), model.chat(asked("answer still here"))
    assert isinstance(next(broken), Reading)
    assert next(waiting) == Waiting(1)
    gate.write_bytes(b"")
    with pytest.raises(ModelCrashedError, match="Ask again") as error:
        list(broken)
    assert ("SIGSEGV" in str(error.value)) == (command == "crash")
    assert ("memory" in str(error.value)) == (command == "die SIGKILL")
    assert written(waiting) == "stillhere"
    assert child_of(model)["pid"] != pid
    assert wait_for_end(pid)


def test_the_pieces_before_a_crash_arrive(model: LlamaModel) -> None:
    events, pieces = model.chat(asked("crash")), []
    with pytest.raises(ModelCrashedError):
        pieces.extend(event.text for event in events if isinstance(event, TextPiece))
    broken = model.chat(asked("crash"))
    assert [type(next(broken)) for _ in range(3)] == [Reading, TextPiece, TextPiece]


def test_a_process_killed_from_outside_is_replaced(model: LlamaModel) -> None:
    events = model.chat(asked("endless"))
    next(events)
    assert model.pid is not None
    os.kill(pid := model.pid, signal.SIGKILL)
    with pytest.raises(ModelCrashedError):
        list(events)
    assert child_of(model)["pid"] != pid


def test_a_process_that_hangs_is_ended(make_model: MakeModel) -> None:
    model = make_model(Patience(working=3.0))
    with pytest.raises(ModelCrashedError, match="did not answer"):
        list(model.chat(asked("hang")))
    assert written(model.chat(asked("answer next"))) == "next"


@pytest.mark.parametrize("lie", LIES)
def test_a_process_that_lies_is_ended(model: LlamaModel, lie: str) -> None:
    pid = child_of(model)["pid"]
    with pytest.raises(ModelCrashedError):
        list(model.chat(asked(f"lie {lie}")))
    assert wait_for_end(pid)
    assert written(model.chat(asked("answer next"))) == "next"


def test_what_native_code_prints_is_no_answer(model: LlamaModel) -> None:
    assert written(model.chat(asked("print"))) == "Yes"


@pytest.mark.parametrize(
    ("kind", "error"),
    [("request", ModelRequestError), ("too_long", PromptTooLongError), ("unavailable", ModelUnavailableError)],
)
def test_what_the_model_refuses_is_an_error_of_its_own(model: LlamaModel, kind: str, error: type[Exception]) -> None:
    pid = child_of(model)["pid"]
    with pytest.raises(error, match="Do something else"):
        list(model.chat(asked(f"refuse {kind}")))
    assert child_of(model)["pid"] == pid


def test_a_schema_that_is_no_json_is_refused(model: LlamaModel) -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"items": deep}
    for schema in ({"enum": {1, 2}}, {"maximum": float("nan")}, deep):
        with pytest.raises(ModelRequestError):
            list(model.chat(replace(asked("answer yes"), schema=schema)))


def test_tokens_are_counted_while_an_answer_is_written(model: LlamaModel) -> None:
    events = model.chat(asked("endless"))
    next(events)
    assert model.count_tokens(["one two", "", "three"]) == (2, 0, 1)
    assert isinstance(next(events), TextPiece)


def test_counting_alone_starts_the_process(model: LlamaModel) -> None:
    assert model.count_tokens(["one two"]) == (2,)


@pytest.mark.parametrize("how", ["refuse", "crash", "hang"])
def test_a_model_that_cannot_be_loaded_says_why(make_model: MakeModel, tmp_path: Path, how: str) -> None:
    model = make_model(Patience(loading=3.0 if how == "hang" else 600.0))
    (tmp_path / "script").write_text(how)
    said = {"refuse": "not installed here. Install it", "crash": "no such tensor", "hang": "did not answer"}[how]
    with pytest.raises(ModelUnavailableError, match=said) as error:
        list(model.chat(asked("answer yes")))
    assert "\x1b" not in str(error.value)
    if how != "hang":
        with pytest.raises(ModelUnavailableError, match=said):
            model.count_tokens(["one"])
    (tmp_path / "script").unlink()
    assert written(model.chat(asked("answer yes"))) == "yes"


def test_a_file_that_is_gone_or_no_model_is_named(model: LlamaModel, tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"MZ\x90\x00 no model")
    with pytest.raises(ModelUnavailableError, match="models verify"):
        list(model.chat(asked("answer yes")))
    (tmp_path / "model.gguf").unlink()
    with pytest.raises(ModelUnavailableError, match=r"model\.gguf"):
        list(model.chat(asked("answer yes")))
    with pytest.raises(ModelUnavailableError):
        _ = model.info


def test_its_memory_is_given_back_when_nobody_needs_it(make_model: MakeModel) -> None:
    model = make_model(idle_minutes=0.0005)
    pid = child_of(model)["pid"]
    assert wait_for_end(pid)
    assert child_of(model)["pid"] != pid


def test_speed_is_measured_kept_and_found_again(make_model: MakeModel, tmp_path: Path) -> None:
    assert make_model().reading_speed() == SPEEDS[0]
    again = make_model()
    assert again.reading_speed() == SPEEDS[0]
    assert again._thread is None
    assert written(again.chat(asked("answer " + "word " * 20))) != ""
    assert again.reading_speed() == 200.0  # 200 tokens in a second, as the turn says: the first figure was wrong
    assert json.loads((tmp_path / "speed.json").read_text())["read_tokens_per_second"] == 200.0
    assert make_model(threads=7).reading_speed() == SPEEDS[0]


def test_a_stopped_request_tells_nothing_of_speed(model: LlamaModel) -> None:
    assert model.reading_speed() == SPEEDS[0]
    stop = threading.Event()
    events = model.chat(asked("read_on"), stop.is_set)
    next(events)
    stop.set()
    assert isinstance(ended := list(events)[-1], Ended)
    assert ended.usage.prompt_tokens / ended.usage.read_ms * 1000 > 2 * SPEEDS[0]
    assert model.reading_speed() == SPEEDS[0]


def test_closing_ends_the_process_and_what_is_under_way(model: LlamaModel) -> None:
    pid = child_of(model)["pid"]
    running, waiting = model.chat(asked("endless")), model.chat(asked("answer yes"))
    next(running), next(waiting)
    model.close()
    for events in (running, waiting):
        with pytest.raises(ModelUnavailableError):
            list(events)
    with pytest.raises(ModelUnavailableError):
        list(model.chat(asked("answer yes")))
    assert wait_for_end(pid)


def test_nothing_is_left_of_it(make_model: MakeModel) -> None:
    def state() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), threading.active_count()  # noqa: PTH208

    before = state()
    pids = []
    for command in ("answer yes", "crash", "hang"):
        model = make_model()
        pids.append(child_of(model)["pid"])
        events = model.chat(asked(command))
        next(events)
        events.close()  # type: ignore[attr-defined]
        model.close()
    assert state() == before
    for pid in pids:
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


PARENT = """
import sys, threading
from pathlib import Path
from tests.assistant.llama.test_llama_process import CHILD, asked, child_of, settings
from tests.assistant.llama.small_gguf import small_model
from assistant.chat_models.llama.process import LlamaModel
model = LlamaModel(small_model(Path(sys.argv[1])), settings(), child_module=CHILD)
print(child_of(model)["pid"], flush=True)
list(model.chat(asked("hang")))
"""


def test_the_process_goes_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    descriptor = os.pidfd_open(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    with os.fdopen(descriptor):
        assert select.select([descriptor], [], [], LONG_ENOUGH)[0]
