"""Loads the model and has it read what stands before every question, so that the first question does not wait for it.

System prompt and tools are some 1,400 tokens: 40 s on two cores the first time, a fraction of a second from disk later.
"""

import threading

from assistant.chat_models.port import ChatModel, ChatRequest, Stopped, SystemMessage, UserMessage
from assistant.prompting import load
from assistant.tools.registry import answering_tools
from casefile.errors import ModelError
from casefile.settings import ModelSettings


def warm_up(model: ChatModel, settings: ModelSettings, stopped: Stopped | None = None) -> None:
    """Read the beginning of every prompt; a server is left alone, and what is wrong is told at the first question."""
    try:
        if model.info.kind != "ministral":
            return
        tools = answering_tools().specs() if settings.tool_calls else ()
        request = ChatRequest((SystemMessage(load("system").fill()), UserMessage(".")), tools=tools, most_tokens=1)
        for _ in model.chat(request, stopped):
            pass
    except ModelError:
        return


def warm_up_aside(model: ChatModel, settings: ModelSettings) -> None:
    """The same in a thread of its own, which ends with the program or with the model."""
    threading.Thread(target=warm_up, args=(model, settings), name="warm up the model", daemon=True).start()
