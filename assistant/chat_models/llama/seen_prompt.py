"""A prompt with its pictures in their places, as memory has it: each token of a picture is a number below zero.

The numbers come from the picture's bytes, so that two prompts agree in them exactly where they hold the same picture,
and none of them is the id of a token.
"""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from assistant.chat_models.llama.encoding import EncodedPrompt
from assistant.chat_models.llama.pictures import PreparedPicture, Projector
from casefile.errors import ModelRequestError

NO_EYES = "This model cannot see: no projector is installed. Add one with `caseclerk models add PATH --partner ID`."
_NUMBERS = 2**62


@dataclass(frozen=True, slots=True)
class SeenPrompt:
    """A prompt as it is read.

    Attributes:
        ids: token ids, and numbers below zero where pictures stand.
        stable_tokens: how many of them are system prompt and tools.
        pictures: by the position in `ids` where they begin.
    """

    ids: tuple[int, ...]
    stable_tokens: int
    pictures: dict[int, PreparedPicture]


@contextmanager
def seen(prompt: EncodedPrompt, projector: Projector | None) -> Iterator[SeenPrompt]:
    """The prompt with its pictures prepared; their memory is given back at the end.

    Raises:
        ModelRequestError: there are pictures and no projector, or one cannot be taken.
    """
    with ExitStack() as stack:
        ids: list[int] = []
        pictures: dict[int, PreparedPicture] = {}
        before = 0
        for place in prompt.pictures:
            if projector is None:
                raise ModelRequestError(NO_EYES)
            prepared = stack.enter_context(projector.prepare(place.picture))
            ids += prompt.ids[before : place.position]
            pictures[len(ids)] = prepared
            ids += _numbers(place.picture.data, prepared.tokens)
            before = place.position
        yield SeenPrompt((*ids, *prompt.ids[before:]), prompt.stable_tokens, pictures)


def _numbers(data: bytes, count: int) -> list[int]:
    digest = int.from_bytes(hashlib.sha256(data).digest()[:8], "big") % _NUMBERS
    return [-1 - digest - number for number in range(count)]


def picture_borders(prompt: SeenPrompt) -> frozenset[int]:
    """Where pictures begin and end."""
    return frozenset(
        border for begin, prepared in prompt.pictures.items() for border in (begin, begin + prepared.tokens)
    )
