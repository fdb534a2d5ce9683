"""Which model describes pictures: one that sees, apart from the one that chats, which so keeps what it has read."""

from typing import TYPE_CHECKING

from assistant.models.store import ModelStore
from assistant.pictures.describing import NO_EYES
from casefile.errors import ModelUnavailableError
from casefile.home import Home
from casefile.settings import Settings

if TYPE_CHECKING:
    from assistant.chat_models.port import ChatModel

CONTEXT_TOKENS = 2048
"""Prompt, picture and description take half of it; a small context takes little memory."""


def picture_model(home: Home, settings: Settings) -> "ChatModel":
    """A model that sees, in a process of its own; nothing is loaded before its first request.

    Whoever gets it closes it when the work is done: it takes as much memory as the one that chats.

    Raises:
        ModelUnavailableError: there is none; says what to do.
        ModelMissingError: the one in use is gone or damaged.
        SettingsError: the server in settings cannot be used.
    """
    if settings.answering.engine == "server":
        from assistant.chat_models.server import ServerModel

        if not settings.server.sees:
            raise ModelUnavailableError(
                "The server's model takes no pictures. If it does, say so with the setting `server.sees`."
            )
        return ServerModel(settings.server, seed=settings.model.seed, temperature=settings.model.temperature)
    store = ModelStore(home.models)
    chat = store.in_use("chat")
    if chat is None:
        raise ModelUnavailableError(
            "No language model is in use, so pictures cannot be described. Fetch one and its vision projector with "
            "`caseclerk models pull`, or bring the files on a stick and run `caseclerk models add PATH`."
        )
    projector = store.projector_for(chat)
    if projector is None:
        raise ModelUnavailableError(NO_EYES)
    from assistant.chat_models.llama.process import LlamaModel

    small = settings.model.model_copy(update={"context_tokens": CONTEXT_TOKENS})
    return LlamaModel(chat, small, projector=projector)


def can_describe(home: Home, settings: Settings) -> bool:
    """Whether there is a model that sees; nothing is loaded."""
    if settings.answering.engine == "server":
        return settings.server.enabled and settings.server.sees
    store = ModelStore(home.models)
    chat = store.in_use("chat")
    return chat is not None and store.projector_for(chat) is not None
