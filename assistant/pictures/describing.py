"""One picture to one text. The text is what a model says; it is bounded and cleaned, and never obeyed."""

import re
from dataclasses import dataclass

from assistant.chat_models.port import (
    ChatModel,
    ChatRequest,
    Ended,
    Picture,
    Stopped,
    SystemMessage,
    TextPiece,
    UserMessage,
)
from assistant.prompting import load, together_sha256
from casefile.errors import ModelRequestError

MOST_TOKENS = 240
NO_EYES = (
    "The model in use cannot see: it needs its vision projector. `caseclerk models list` shows which can be had; bring "
    "its file on a stick and run `caseclerk models add PATH --partner ID`, with the id of the model in use."
)
_MOST_CHARACTERS = 4_000
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SENTENCE_END = re.compile(r"[.!?…]['\"\u201d\u00bb)]*(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Description:
    """What a model says of a picture, and what said it."""

    text: str
    model: str
    model_sha256: str
    prompt_sha256: str


def describe(picture: Picture, language: str, model: ChatModel, stopped: Stopped | None = None) -> Description | None:
    """Have a picture described; None where it was stopped.

    Args:
        picture: scaled down.
        language: ISO 639-1, of the description.
        model: one that sees.
        stopped: asked between the steps of the model.

    Raises:
        ModelRequestError: the model cannot take the picture, or wrote nothing.
        ModelError: it died or cannot be reached.
    """
    if not model.info.sees:
        raise ModelRequestError(NO_EYES)
    prompts = load("describe_picture"), load("describe_picture_request")
    request = ChatRequest(
        (SystemMessage(prompts[0].fill(language=language)), UserMessage(prompts[1].fill(), (picture,))),
        tool_choice="none",
        most_tokens=MOST_TOKENS,
    )
    pieces: list[str] = []
    reason = "stopped"
    for event in model.chat(request, stopped):
        if isinstance(event, TextPiece):
            pieces.append(event.text)
        elif isinstance(event, Ended):
            reason = event.reason
    if reason == "stopped":
        return None
    text = _tidied("".join(pieces), whole=reason != "length")
    if not text:
        raise ModelRequestError("The model wrote nothing about this picture.")
    return Description(text, model.info.name, model.info.sha256, together_sha256(prompts))


def _tidied(written: str, *, whole: bool) -> str:
    """Without control characters and blank edges; what was cut off in mid-sentence ends with its last whole one."""
    text = _UNWANTED.sub(" ", written[:_MOST_CHARACTERS]).strip()
    if whole and len(written) <= _MOST_CHARACTERS:
        return text
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    return text[: ends[-1]] if ends else text
