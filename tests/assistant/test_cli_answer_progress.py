"""Progress of an answer in a terminal: what is shown, what is not, and what Ctrl-C does."""

import io
import signal

import pytest

from assistant.cli.answer_progress import AnswerProgress, says
from assistant.cli.answers import print_answer
from assistant.records import Answer, Claim, EngineInfo, Progress
from casefile.records import Coverage


class Screen(io.StringIO):
    """A terminal that keeps what was written to it."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_the_bar_and_then_the_prose_and_a_file_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for stream in (Screen(), io.StringIO()):
        with AnswerProgress(stream, stops=False) as progress:
            heard = progress.listeners()
            assert heard.progress is not None
            assert heard.delta is not None
            heard.progress(Progress("waiting", 2))
            heard.progress(Progress("reading", 64, 160))
            heard.delta("The van \x1b[2Jwas white.")
            heard.progress(Progress("tool", 0, 0, "search"))
        shown = stream.getvalue()
        if isinstance(stream, Screen):
            for words in ("The model is reading the passages", "40 %", "Looking up: search", "was white."):
                assert words in shown
            assert "\x1b[2Jwas" not in shown  # what the model writes drives no terminal
        else:
            assert shown == ""


def test_each_stage_has_its_words() -> None:
    assert says(Progress("waiting", 0)) == says(Progress("waiting", 1)) == "Number 1 in line for the model"
    assert says(Progress("tool", 0, 0, "a\x1bb")) == "Looking up: a\\x1bb"
    assert says(Progress("writing", 0)) == "The model is writing"


def test_the_first_interrupt_stops_the_answer_and_the_second_the_program() -> None:
    before = signal.getsignal(signal.SIGINT)
    with AnswerProgress(io.StringIO()) as progress:
        stopped = progress.listeners().stopped
        assert stopped is not None
        assert not stopped()
        signal.raise_signal(signal.SIGINT)
        assert stopped()
        assert progress.stopped
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_without_a_person_at_the_terminal_an_interrupt_is_what_it_always_was() -> None:
    before = signal.getsignal(signal.SIGINT)
    with AnswerProgress(io.StringIO(), stops=False):
        assert signal.getsignal(signal.SIGINT) is before


def test_an_unsupported_sentence_is_marked_behind_itself(capsys: pytest.CaptureFixture[str]) -> None:
    claims = (
        Claim("It was red.", (), None, supported=False, unsupported_because="it names no source"),
        Claim("“white”", (1,), None, supported=True, instead_of="It was blue."),
    )
    engine = EngineInfo("ministral", "ministral-3-3b Q4_K_M", "0" * 64, "0" * 64, 1, 0.0)
    print_answer(Answer("q", "q", "answered", "", "", claims, (), engine, Coverage(1, 1, 0, ())))
    shown = capsys.readouterr().out
    assert "It was red. (unsupported: it names no source)\n" in shown
    assert "“white” [1]\n    in place of a sentence of the model (unsupported: It was blue.)" in shown
    assert "ministral engine (ministral-3-3b Q4_K_M)" in shown
