"""Messages to token ids, segment by segment: text is text, and control tokens are put between the texts by code.

The order is that of mistral-common's tokenizer of version 13, which Ministral 3 was taught with:
`<s>[SYSTEM_PROMPT]…[/SYSTEM_PROMPT][AVAILABLE_TOOLS]<json>[/AVAILABLE_TOOLS][INST]…[/INST]…</s>`, a call
`[TOOL_CALLS]name[ARGS]{json}`, a result `[TOOL_RESULTS]…[/TOOL_RESULTS]`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from assistant.chat_models.llama.vocabulary import Vocabulary
from assistant.chat_models.port import (
    AssistantMessage,
    Message,
    Picture,
    SystemMessage,
    ToolCall,
    ToolMessage,
    ToolSpec,
    UserMessage,
)
from casefile.errors import ModelRequestError

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_BETWEEN = "\n\n"
"""Between the texts of messages of one role that follow each other."""


@dataclass(frozen=True, slots=True)
class PicturePlace:
    """A picture that stands before the token at `position`."""

    position: int
    picture: Picture


@dataclass(frozen=True, slots=True)
class EncodedPrompt:
    """A prompt as the model reads it.

    Attributes:
        ids: all tokens, from `<s>`.
        stable_tokens: how many of them are system prompt and tools, the same for each question.
        pictures: by position, ascending; their tokens are not among `ids`.
    """

    ids: tuple[int, ...]
    stable_tokens: int
    pictures: tuple[PicturePlace, ...] = ()


def encode(vocabulary: Vocabulary, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> EncodedPrompt:
    """The ids of a conversation, at whose end the model writes.

    Raises:
        ModelRequestError: messages that the model was never taught to read in this order, results without a call, a
            name that cannot be a tool's, or a tool that is no JSON.
    """
    check_order(messages)
    control = vocabulary.control
    system = messages[0]
    assert isinstance(system, SystemMessage)
    ids = [control.begin, control.begin_system, *vocabulary.encode(system.text), control.end_system]
    if tools:
        ids += [control.begin_tools, *vocabulary.encode(tools_text(tools)), control.end_tools]
    stable = len(ids)
    pictures: list[PicturePlace] = []
    calls: tuple[ToolCall, ...] = ()
    for kind, group in groupby(messages[1:], key=type):
        together = tuple(group)
        if kind is UserMessage:
            _add_user(vocabulary, together, ids, pictures)
        elif kind is AssistantMessage:
            answers = tuple(message for message in together if isinstance(message, AssistantMessage))
            calls = tuple(call for answer in answers for call in answer.calls)
            ids += _assistant_ids(vocabulary, answers, calls)
        else:
            ids += _result_ids(vocabulary, together, calls)
    return EncodedPrompt(tuple(ids), stable, tuple(pictures))


def tools_text(tools: Sequence[ToolSpec]) -> str:
    """What the model is told of the tools, as JSON."""
    for tool in tools:
        _check_name(tool.name)
    try:
        return json.dumps([_described(tool) for tool in tools], ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelRequestError(f"The parameters of a tool are no JSON Schema: {error}.") from error


def check_order(messages: Sequence[Message]) -> None:
    """Refuse what mistral-common refuses: another order of roles, results without calls, calls without results.

    Raises:
        ModelRequestError: says which.
    """
    if not messages or not isinstance(messages[0], SystemMessage):
        raise ModelRequestError("A conversation begins with a system message.")
    if not isinstance(messages[-1], UserMessage | ToolMessage):
        raise ModelRequestError("A conversation ends with a user message or the result of a tool.")
    waiting: set[str] = set()
    before: Message = messages[0]
    for message in messages[1:]:
        match message:
            case SystemMessage():
                raise ModelRequestError("There is one system message, at the beginning.")
            case AssistantMessage():
                if waiting:
                    raise ModelRequestError("A tool call was not answered before the model goes on.")
                waiting = _call_ids(message.calls)
            case ToolMessage():
                if not isinstance(before, AssistantMessage | ToolMessage) or message.call_id not in waiting:
                    raise ModelRequestError("The result of a tool answers no call that is open.")
                _check_name(message.name)
                waiting.remove(message.call_id)
            case UserMessage():
                pass
        before = message


def _call_ids(calls: tuple[ToolCall, ...]) -> set[str]:
    for call in calls:
        _check_name(call.name)
    ids = {call.id for call in calls}
    if len(ids) != len(calls) or "" in ids:
        raise ModelRequestError("Tool calls have an id each, all different.")
    return ids


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ModelRequestError("Names of tools are made of up to 64 letters, digits, dashes and underscores.")


def _described(tool: ToolSpec) -> Mapping[str, Any]:
    function = {"name": tool.name, "description": tool.summary, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}


def _add_user(
    vocabulary: Vocabulary, messages: tuple[Message, ...], ids: list[int], pictures: list[PicturePlace]
) -> None:
    ids.append(vocabulary.control.begin_instruction)
    for part in _user_parts(messages):
        if isinstance(part, str):
            ids += vocabulary.encode(part)
        else:
            pictures.append(PicturePlace(len(ids), part))
    ids.append(vocabulary.control.end_instruction)


def _user_parts(messages: tuple[Message, ...]) -> Iterator[str | Picture]:
    """Pictures and texts in their order; texts that follow each other become one."""
    text = ""
    for message in messages:
        assert isinstance(message, UserMessage)
        if message.pictures and text:
            yield text
            text = ""
        yield from message.pictures
        if message.text:
            text = f"{text}{_BETWEEN}{message.text}" if text else message.text
    if text:
        yield text


def _assistant_ids(
    vocabulary: Vocabulary, answers: tuple[AssistantMessage, ...], calls: tuple[ToolCall, ...]
) -> list[int]:
    control = vocabulary.control
    texts = [answer.text for answer in answers if answer.text]
    ids = vocabulary.encode(_BETWEEN.join(texts).rstrip(" "))
    for call in calls:
        ids += [control.call, *vocabulary.encode(call.name), control.arguments]
        ids += vocabulary.encode(_arguments_text(call.arguments))
    return [*ids, control.end]


def _arguments_text(arguments: str) -> str:
    """JSON in the spacing that the model was taught; what is no JSON becomes a JSON string."""
    if not arguments:
        return "{}"
    try:
        return json.dumps(json.loads(arguments), ensure_ascii=False)
    except (ValueError, RecursionError):
        return json.dumps(arguments, ensure_ascii=False)


def _result_ids(vocabulary: Vocabulary, messages: tuple[Message, ...], calls: tuple[ToolCall, ...]) -> list[int]:
    """In the order of the calls, whatever came back first."""
    places = {call.id: place for place, call in enumerate(calls)}
    results = [message for message in messages if isinstance(message, ToolMessage)]
    ids = []
    for result in sorted(results, key=lambda result: places[result.call_id]):
        ids += [vocabulary.control.begin_result, *vocabulary.encode(result.text), vocabulary.control.end_result]
    return ids
