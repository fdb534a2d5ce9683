"""How many pictures of a case wait for a description, and whether there is a model to make it; nothing is loaded."""

from dataclasses import dataclass

from assistant.models.store import ModelStore
from assistant.pictures.model import can_describe
from casefile.case import Case
from casefile.derivations import Derivations
from casefile.errors import CaseclerkError
from casefile.home import Home
from casefile.settings import Settings
from ingest.drawing import PICTURE_TYPES


@dataclass(frozen=True, slots=True)
class WaitingPictures:
    """Pictures and scanned pages without a description by the model in use; by any, where none is in use that sees.

    `problem` says why the model in use cannot be told; empty otherwise.
    """

    count: int
    sees: bool
    problem: str = ""


def waiting_pictures(case: Case, home: Home, settings: Settings) -> WaitingPictures:
    """Looks at what is kept of models and pictures. A server is not asked: its model is the one that settings name."""
    derivations = Derivations(case.database)
    try:
        sees = can_describe(home, settings)
        model, sha256 = _model_of(home, settings) if sees else (None, "")
    except CaseclerkError as error:
        return WaitingPictures(len(derivations.undescribed(PICTURE_TYPES)), sees=False, problem=str(error))
    return WaitingPictures(len(derivations.undescribed(PICTURE_TYPES, model, sha256)), sees)


def _model_of(home: Home, settings: Settings) -> tuple[str | None, str]:
    """Name and hash as a description has them; None where only the server itself could tell."""
    if settings.answering.engine == "server":
        return settings.server.model or None, ""
    chat = ModelStore(home.models).in_use("chat")
    return (chat.name, chat.sha256) if chat is not None else (None, "")
