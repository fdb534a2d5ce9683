"""What is said to an OpenAI-compatible server: a request of ours as the JSON of `POST /chat/completions`.

Servers put messages through a template and read the whole as one text, control tokens included (llama-server and
Ollama do). So that evidence cannot end its message and begin another one, spellings of control tokens are broken by a
space before they leave: `[/INST]` goes out as `[ /INST]`. People's text does not hold them; attacks do.
"""

import base64
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from assistant.chat_models.port import (
    AssistantMessage,
    ChatRequest,
    Message,
    SystemMessage,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from casefile.errors import ModelRequestError, PromptTooLongError

PICTURE_TYPES = ("image/jpeg", "image/png")
PICTURE_TOKENS = 1100
"""Of a picture of 896 by 896 pixels in patches of 28 by 28, with the ends of its rows (Pixtral)."""
MESSAGE_TOKENS = 8
"""What a template puts around a message."""

_CONTROL = re.compile(
    r"<[|\uff5c][^<>\s]{1,60}[|\uff5c]>"  # <|im_start|> and its kin
    r"|</?(?:s|unk|pad|bos|eos|mask|(?:start|end)_of_[a-z]{1,20}|SPECIAL_\d{1,6}|__media__|think|tool_calls?|tool_response)>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS|TOOL_CONTENT|ARGS|CALL_ID|THINK|IMG|IMG_BREAK"
    r"|IMG_END|PREFIX|MIDDLE|SUFFIX|AUDIO|BEGIN_AUDIO|TRANSCRIBE|STREAMING_PAD|STREAMING_WORD|NEXT_AUDIO_TEXT|REPEAT_AUDIO_TEXT|MODEL_SETTINGS|REF|OUT)\]"
)
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_TOKENS = re.compile(r"(?P<letters>[A-Za-z]+)|(?P<spaces>\s+)|(?P<ascii>[\x00-\x7f])|(?P<other>[^\x00-\x7f]+)")


def harmless(text: str) -> str:
    """The text with spellings of control tokens broken, and without what no JSON reader takes."""
    broken = _CONTROL.sub(lambda match: f"{match.group()[0]} {match.group()[1:]}", text)
    return _NO_TEXT.sub("\ufffd", broken)


def body_of(request: ChatRequest, model: str, *, sees: bool, seed: int, temperature: float) -> dict[str, Any]:
    """The JSON of one request.

    Args:
        request: what is asked.
        model: name on the server.
        sees: whether pictures can be sent.
        seed: where the request names none.
        temperature: where the request names none.

    Raises:
        ModelRequestError: a schema together with tools, a picture that cannot be sent, a result without its call.
    """
    if request.schema is not None and request.tools:
        raise ModelRequestError("A request has a schema or tools, not both.")
    body: dict[str, Any] = {
        "model": model,
        "messages": _messages(request.messages, sees=sees),
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": request.most_tokens,
        "seed": seed if request.seed is None else request.seed,
        "temperature": temperature if request.temperature is None else request.temperature,
    }
    # Ollama takes no notice of `tool_choice`; a server that is told of no tool cannot call one.
    if request.tools and request.tool_choice != "none":
        body["tools"] = [
            {
                "type": "function",
                "function": {"name": tool.name, "description": tool.summary, "parameters": dict(tool.parameters)},
            }
            for tool in request.tools
        ]
        body["tool_choice"] = request.tool_choice
    if request.schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": dict(request.schema)},
        }
    return body


def encoded(body: Mapping[str, Any]) -> bytes:
    """The body as bytes.

    Raises:
        ModelRequestError: a schema or parameters that JSON does not know.
    """
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:  # UnicodeEncodeError is a ValueError
        raise ModelRequestError("The schema or a tool's parameters cannot be written as JSON.") from error


def require_room(request: ChatRequest, context_tokens: int) -> int:
    """Tokens of the prompt, estimated from above.

    A server that gets too long a prompt may cut it without a word (Ollama does), and its answer would rest on less
    than what is shown beside it.

    Raises:
        PromptTooLongError: prompt and answer may not fit the context.
    """
    prompt = prompt_tokens(request)
    if prompt + request.most_tokens > context_tokens:
        raise PromptTooLongError(
            f"The prompt may take {prompt} tokens and the answer {request.most_tokens}; the setting 'server."
            f"context_tokens' says {context_tokens}. Ask with less evidence, or raise it if the server holds more."
        )
    return prompt


def prompt_tokens(request: ChatRequest) -> int:
    """All that a request gives to read, estimated from above."""
    texts = [json.dumps(dict(tool.parameters), default=str) + tool.name + tool.summary for tool in request.tools]
    pictures = 0
    for message in request.messages:
        texts.append(message.text)
        if isinstance(message, AssistantMessage):
            texts.extend(call.name + call.arguments for call in message.calls)
        if isinstance(message, UserMessage):
            pictures += len(message.pictures)
    return sum(estimated_tokens(text) + MESSAGE_TOKENS for text in texts) + pictures * PICTURE_TOKENS


def estimated_tokens(text: str) -> int:
    """Tokens of a text in Mistral's vocabulary (tekken), from above for people's texts.

    There a digit is a token, a sign at most one, a run of white space about one, and words of Latin letters have three
    letters or more a token. Other scripts are counted by letters, signs beyond the Basic Multilingual Plane by bytes.
    """
    total = 0
    for match in _TOKENS.finditer(text):
        kind = match.lastgroup
        if kind == "letters":
            total += -(-len(match.group()) // 3)
        elif kind == "spaces":
            # One space belongs to the word after it.
            total += 0 if match.group() == " " else 1 + len(match.group()) // 16
        elif kind == "ascii":
            total += 1
        else:
            total += sum(1 if ord(sign) < 0x10000 else 4 for sign in match.group())
    return total


def _messages(messages: Sequence[Message], *, sees: bool) -> list[dict[str, Any]]:
    """The messages in the order they came; ids of calls are counted through.

    Mistral's servers take ids of nine letters and digits only, and an id of a server's own making is as untrusted as
    its text: neither goes back.
    """
    wired: list[dict[str, Any]] = []
    ids: dict[str, str] = {}
    numbers = itertools.count()
    for message in messages:
        match message:
            case SystemMessage():
                wired.append({"role": "system", "content": harmless(message.text)})
            case UserMessage():
                wired.append({"role": "user", "content": _user_content(message, sees=sees)})
            case AssistantMessage():
                ids.update((call.id, call_id(next(numbers))) for call in message.calls)
                wired.append(_assistant(message, ids))
            case ToolMessage():
                if message.call_id not in ids:
                    raise ModelRequestError(f"A result of the tool {message.name!r} answers no call.")
                wired.append(
                    {"role": "tool", "tool_call_id": ids[message.call_id], "name": message.name}
                    | {"content": harmless(message.text)}
                )
            case _ as never:
                assert_never(never)
    return wired


def call_id(number: int) -> str:
    """The id of the call with that number, from 0: nine letters and digits, as Mistral's servers want them."""
    return f"call{number % 100_000:05d}"


def calls_before(messages: Sequence[Message]) -> int:
    """How many calls were made in a conversation: the number of the next one."""
    return sum(len(message.calls) for message in messages if isinstance(message, AssistantMessage))


def _assistant(message: AssistantMessage, ids: Mapping[str, str]) -> dict[str, Any]:
    wired: dict[str, Any] = {"role": "assistant", "content": harmless(message.text)}
    if message.calls:
        wired["tool_calls"] = [
            {
                "id": ids[call.id],
                "type": "function",
                "function": {"name": harmless(call.name), "arguments": _object(call)},
            }
            for call in message.calls
        ]
    return wired


def _object(call: ToolCall) -> str:
    """The arguments; `{}` for what is no JSON object, which templates fail on. The result says what was wrong."""
    try:
        parsed = json.loads(call.arguments)
    except (ValueError, RecursionError):
        return "{}"
    return harmless(call.arguments) if isinstance(parsed, dict) else "{}"


def _user_content(message: UserMessage, *, sees: bool) -> str | list[dict[str, Any]]:
    if not message.pictures:
        return harmless(message.text)
    if not sees:
        raise ModelRequestError(
            "The server's model takes no pictures. If it does, say so with the setting 'server.sees'."
        )
    parts: list[dict[str, Any]] = []
    for picture in message.pictures:
        if picture.media_type not in PICTURE_TYPES:
            raise ModelRequestError(f"Pictures are sent as JPEG or PNG, not as {picture.media_type!r}.")
        data = base64.b64encode(picture.data).decode("ascii")
        parts.append({"type": "image_url", "image_url": {"url": f"data:{picture.media_type};base64,{data}"}})
    return [*parts, {"type": "text", "text": harmless(message.text)}]
