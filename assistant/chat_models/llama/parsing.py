"""Token ids to events: text as whole characters, tool calls by their control tokens, never by what looks like one.

A call is `[TOOL_CALLS]name[ARGS]{json}`, repeated for several. Thoughts (`[THINK]…[/THINK]`) are left out. No control
token is ever shown as text.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Literal, assert_never

from assistant.chat_models.llama.vocabulary import Vocabulary
from assistant.chat_models.port import CallWritten, MalformedCall, TextPiece, ToolCall

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_Place = Literal["text", "thought", "name", "call_id", "arguments"]
Written = TextPiece | CallWritten | MalformedCall


class AnswerReader:
    """Reads one answer, token for token. Takes any tokens in any order.

    Args:
        vocabulary: of the model that writes.
        first_call: number of the first call, so that calls of one conversation have different ids.
    """

    def __init__(self, vocabulary: Vocabulary, first_call: int = 1) -> None:
        self._vocabulary = vocabulary
        self._next_call = first_call
        self._place: _Place = "text"
        self._text = _Characters()
        self._name = _Characters()
        self._arguments = _Characters()
        self._strange = ""
        self.called = False
        """Whether a whole call was written."""

    @property
    def in_call(self) -> bool:
        """Whether a call has begun and not ended."""
        return self._place in {"name", "call_id", "arguments"}

    def read(self, token: int) -> Iterator[Written]:
        """What is known after this token."""
        if self._vocabulary.is_control(token):
            yield from self._control(token)
            return
        piece = self._vocabulary.pieces[token]
        match self._place:
            case "text":
                text = self._text.add(piece)
                if text:
                    yield TextPiece(text)
            case "name":
                self._name.add(piece)
            case "arguments":
                self._arguments.add(piece)
            case "thought" | "call_id":
                pass
            case _:
                assert_never(self._place)

    def end(self) -> Iterator[Written]:
        """What is still open when nothing more comes."""
        rest = self._text.end()
        if rest:
            yield TextPiece(rest)
        if self.in_call:
            yield self._call()
        self._place = "text"

    def _control(self, token: int) -> Iterator[Written]:
        control = self._vocabulary.control
        if token in {control.call, control.end}:
            yield from self.end()
            if token == control.call:
                self._place = "name"
        elif self._place == "name" and token == control.call_id:
            self._place = "call_id"
        elif self._place in {"name", "call_id"} and token == control.arguments:
            self._place = "arguments"
        elif self.in_call:
            self._strange = "a control token stands within it"
        elif token == control.begin_thought:
            self._place = "thought"
        elif token == control.end_thought:
            self._place = "text"

    def _call(self) -> CallWritten | MalformedCall:
        has_arguments = self._place == "arguments"
        name, arguments, strange = self._name.all(), self._arguments.all(), self._strange
        self._name, self._arguments, self._strange = _Characters(), _Characters(), ""
        because = strange or _fault(name, arguments, has_arguments=has_arguments)
        if because:
            return MalformedCall(f"{name} {arguments}".strip(), because)
        call = ToolCall(f"call{self._next_call}", name, arguments)
        self._next_call += 1
        self.called = True
        return CallWritten(call)


class _Characters:
    """Bytes that come in pieces, as text: a character that is not whole yet waits; what is none becomes U+FFFD."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._parts: list[str] = []

    def add(self, piece: bytes) -> str:
        """The characters that are whole now."""
        text = self._decoder.decode(piece)
        self._parts.append(text)
        return text

    def end(self) -> str:
        """What is left, and begin again."""
        text = self._decoder.decode(b"", final=True)
        self._decoder.reset()
        return text

    def all(self) -> str:
        """Everything."""
        return "".join([*self._parts, self.end()])


def _fault(name: str, arguments: str, *, has_arguments: bool) -> str:
    """Why it is no call; empty where it is one."""
    if not has_arguments:
        return "it has no arguments"
    if not _NAME.fullmatch(name):
        return "its name cannot be a tool's"
    try:
        value = json.loads(arguments)
    except (ValueError, RecursionError):
        return "its arguments are no whole JSON"
    return "" if isinstance(value, dict) else "its arguments are no JSON object"
