"""`/case/ID/models`: what writes the answers and why, the models of this machine, and the commands that add one.

Nothing is downloaded, added or chosen from the page: that is for whoever looks after the machine.
"""

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import Response

from assistant.models.readiness import EngineChoice, MeasuredSpeed, Memory, engine_choice, kept_speed, memory_of
from assistant.models.records import InstalledModel
from assistant.models.store import BrokenModel, ModelStore
from assistant.ui.desk import Desk
from assistant.ui.visit import Visiting
from casefile.errors import CaseclerkError
from casefile.settings import Settings

router = APIRouter()

COMMANDS = (
    ("list", "caseclerk models list"),
    ("pull", "caseclerk models pull ministral-3-3b"),
    ("add", "caseclerk models add /media/stick/MODEL.gguf"),
    ("use", "caseclerk models use ministral-3-3b"),
    ("doctor", "caseclerk doctor"),
)
"""What adds a model; `pages.models.command.<name>` says what each does."""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model of this machine. `memory` and `speed` are those of a chat model, where they are known."""

    model: InstalledModel
    in_use: bool
    memory: Memory | None = None
    speed: MeasuredSpeed | None = None


@dataclass(frozen=True, slots=True)
class ModelsView:
    """The models of this machine.

    `choice` is what answers and why; `writer` is the name of the model that writes, empty where quotes are given;
    `problem` is why the models cannot be told, or why the chosen one does not answer.
    """

    choice: EngineChoice
    writer: str
    rows: tuple[ModelRow, ...]
    broken: tuple[BrokenModel, ...]
    problem: str


def models_view(desk: Desk) -> ModelsView:
    """Looks at what is kept of the models; loads none."""
    store = ModelStore(desk.home.models)
    writer = desk.chat_model
    rows: tuple[ModelRow, ...] = ()
    broken: tuple[BrokenModel, ...] = ()
    problem = desk.model_problem
    try:
        choices = store.choices()
        rows = tuple(_row(store, desk.settings, one, choices.get(one.role)) for one in store.installed())
        broken = store.broken()
    except CaseclerkError as error:
        problem = problem or str(error)
    choice = engine_choice(store, desk.settings)
    return ModelsView(choice, writer.info.name if writer is not None else "", rows, broken, problem)


def _row(store: ModelStore, settings: Settings, model: InstalledModel, chosen: str | None) -> ModelRow:
    in_use = chosen == model.id
    if model.role != "chat":
        return ModelRow(model, in_use)
    memory = memory_of(store, model, settings.model)
    return ModelRow(model, in_use, memory, kept_speed(store.folder_of(model.id)))


@router.get("/case/{case_id}/models")
def show_models(visit: Visiting, case_id: str) -> Response:
    """The models."""
    case = visit.assistant(case_id).case
    model = {"case": case.description, "view": models_view(visit.desk), "commands": COMMANDS}
    return visit.page("pages/models.html", model)
