"""The driver with its projector: pictures in a conversation, kept in memory like words, stopped and refused cleanly."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image

from assistant.chat_models.llama.driver import Driver, DriverSettings
from assistant.chat_models.llama.encoding import encode
from assistant.chat_models.llama.native import ContextSettings
from assistant.chat_models.port import (
    AssistantMessage,
    ChatEvent,
    ChatRequest,
    Ended,
    Picture,
    SystemMessage,
    TextPiece,
    UserMessage,
)
from casefile.errors import ModelRequestError, ModelUnavailableError, PromptTooLongError
from eval.random_projector import TINY_WIDTH, build_projector
from tests.assistant.llama.tiny_model import tiny_model_path, tiny_vocabulary

SYSTEM = SystemMessage("Describe what can be seen and nothing else. " * 8)
PICTURE_TOKENS = 42
"""Of 168 by 168 pixels: six rows of six, a break after all but the last, and the end."""


def _picture(colour: str = "red", side: int = 168) -> Picture:
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "PNG")
    return Picture("image/png", out.getvalue())


@pytest.fixture(scope="module")
def projector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("eyes") / "projector.gguf"
    build_projector(path)
    return path


def _driver(projector: Path | None, context: int = 1024) -> Driver:
    return Driver(DriverSettings(ContextSettings(tiny_model_path(), context, 1, projector_path=projector)))


@pytest.fixture(scope="module")
def driver(projector: Path) -> Iterator[Driver]:
    one = _driver(projector)
    yield one
    one.close()
    one.close()


def _request(*messages: UserMessage | AssistantMessage, most_tokens: int = 8) -> ChatRequest:
    return ChatRequest((SYSTEM, *messages), most_tokens=most_tokens)


def _ask(text: str, *pictures: Picture) -> UserMessage:
    return UserMessage(text, pictures)


def _text(events: Sequence[ChatEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextPiece))


def _ended(events: Sequence[ChatEvent]) -> Ended:
    assert isinstance(events[-1], Ended)
    return events[-1]


def test_a_picture_is_read_at_its_place_and_counts_as_the_tokens_it_takes(driver: Driver):
    message = _ask("What is this?", _picture())
    events = list(driver.chat(_request(message)))
    words = len(encode(tiny_vocabulary(), (SYSTEM, message)).ids)
    usage = _ended(events).usage
    assert usage.prompt_tokens - words == PICTURE_TOKENS
    assert usage.written_tokens == 8
    assert _text(events)


def test_the_answer_depends_on_the_picture_and_is_the_same_again(projector: Path):
    said = []
    for colour in ("red", "red", "blue"):
        fresh = _driver(projector)
        said.append(_text(list(fresh.chat(_request(_ask("What is this?", _picture(colour)))))))
        fresh.close()
    assert said[0] == said[1] != said[2]


def test_a_picture_read_before_is_kept_and_another_one_is_not(projector: Path):
    one = _driver(projector)
    first = list(one.chat(_request(_ask("What is this?", _picture("red")))))
    again = list(one.chat(_request(_ask("What colour is it?", _picture("red")))))
    other = list(one.chat(_request(_ask("What colour is it?", _picture("blue")))))
    stable = len(encode(tiny_vocabulary(), (SYSTEM, _ask("x"))).ids)
    assert _ended(first).usage.kept_tokens == 0
    assert _ended(again).usage.kept_tokens > PICTURE_TOKENS + stable // 2
    assert _ended(other).usage.kept_tokens == _ended(again).usage.kept_tokens - PICTURE_TOKENS
    one.close()
    fresh = _driver(projector)
    assert _text(list(fresh.chat(_request(_ask("What colour is it?", _picture("red")))))) == _text(again)
    fresh.close()


def test_two_pictures_and_a_history_with_one(driver: Driver):
    both = list(driver.chat(_request(_ask("Compare.", _picture("red"), _picture("blue")))))
    assert _text(both)
    history = (_ask("What is this?", _picture("red")), AssistantMessage("A red square."), _ask("And this?", _picture()))
    assert _ended(list(driver.chat(_request(*history)))).reason in {"stop", "length"}


def test_words_that_look_like_a_mark_of_a_picture_are_words(driver: Driver):
    text = "<__media__> [IMG] [IMG_END] <image> https://example.org/a.png file:///etc/passwd"
    alone = _ended(list(driver.chat(_request(_ask(text))))).usage.prompt_tokens
    assert alone == len(encode(tiny_vocabulary(), (SYSTEM, _ask(text))).ids)
    seen = _ended(list(driver.chat(_request(_ask(text, _picture()))))).usage.prompt_tokens
    assert seen - alone == PICTURE_TOKENS


def test_it_stops_in_the_picture_and_answers_the_next_question_as_if_nothing_had_been(projector: Path):
    request = _request(_ask("What is this?", _picture(side=448)))
    fresh = _driver(projector)
    expected = _text(list(fresh.chat(request)))
    fresh.close()
    one = _driver(projector)
    list(one.chat(_request(_ask("Hello"))))
    for last in (0, 3, 6, 9, 12):
        asked = 0

        def stopping(last: int = last) -> bool:
            nonlocal asked
            asked += 1
            return asked > last

        ended = _ended(list(one.chat(request, stopping)))
        assert ended.reason == "stopped"
        assert ended.usage.written_tokens == 0
    assert _text(list(one.chat(request))) == expected
    one.close()


def test_a_damaged_picture_is_refused_and_memory_stays_as_it_was(driver: Driver):
    good = _request(_ask("What is this?", _picture()))
    before = _text(list(driver.chat(good)))
    with pytest.raises(ModelRequestError, match="damaged"):
        list(driver.chat(_request(_ask("What is this?", Picture("image/png", b"\x89PNG\r\n\x1a\n")))))
    again = list(driver.chat(good))
    assert _text(again) == before
    assert _ended(again).usage.kept_tokens > PICTURE_TOKENS


def test_too_many_pictures_do_not_fit(projector: Path):
    small = _driver(projector, 512)
    with pytest.raises(PromptTooLongError):
        list(small.chat(_request(_ask("What is this?", _picture(side=448), _picture("blue", 448)))))
    assert _text(list(small.chat(_request(_ask("Hello")))))
    small.close()


def test_without_a_projector_or_with_a_wrong_one_it_says_so(tmp_path: Path):
    blind = _driver(None)
    with pytest.raises(ModelRequestError, match="projector"):
        list(blind.chat(_request(_ask("What is this?", _picture()))))
    blind.close()
    build_projector(tmp_path / "wide.gguf", width=2 * TINY_WIDTH)
    for path in (tmp_path / "wide.gguf", tmp_path / "missing.gguf", tiny_model_path()):
        with pytest.raises(ModelUnavailableError, match="projector"):
            _driver(path)
