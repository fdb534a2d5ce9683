"""A job's process whose model is scripted: it describes no more pictures than the file that GATE names says."""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from assistant.chat_models.fake import FakeChatModel
from assistant.chat_models.port import ChatEvent, ChatRequest, Stopped
from assistant.ui.jobs.child_start import run
from ingest.embedding.fake import HashedWordsEmbedder

GATE = "GATE_OF_PICTURES"
"""Names a file with a number in it; beside it, `asked` gets a line for each picture that was described."""


class GatedModel(FakeChatModel):
    """Waits before each picture until it may go on, or is to stop."""

    def chat(self, request: ChatRequest, stopped: Stopped | None = None) -> Iterator[ChatEvent]:
        """See the port."""
        gate = Path(os.environ[GATE])
        asked = gate.with_name("asked")
        pause = threading.Event()
        while len(asked.read_text().splitlines()) >= int(gate.read_text() or 0):
            if stopped is not None and stopped():
                break
            pause.wait(0.02)
        else:
            with asked.open("a") as stream:
                stream.write("described\n")
        yield from super().chat(request, stopped)


def gated(*_: object) -> FakeChatModel:
    """In place of the model that settings name."""
    model = GatedModel(lambda _request: "A photograph of a white van.")
    model.info = replace(model.info, sees=True, name="scripted")
    return model


if __name__ == "__main__":
    with ExitStack() as patched:
        patched.enter_context(patch("assistant.embedding.make_embedder", lambda *_: HashedWordsEmbedder(allow=True)))
        if GATE in os.environ:
            patched.enter_context(patch("assistant.pictures.model.picture_model", gated))
        run()
