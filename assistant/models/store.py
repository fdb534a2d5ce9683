"""The models on this machine: which are installed, which is in use for what.

HOME/models/<id>/model.json and its files      a whole model; a folder without a record is none
HOME/models/in-use.json                        {"chat": "ministral-3-3b", "embedding": "..."}
HOME/models/.coming-<id>/                      a model on its way, by `models pull` or `models add`
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from assistant.models.kept import MODEL_ID, RECORD_FILE, KeptModel, read_json, read_record, write_durably
from assistant.models.records import InstalledModel, ModelRole
from casefile.errors import ModelMissingError, StorageError, UsageError
from casefile.folder_lock import FolderLock
from casefile.originals import sync_folder

IN_USE_FILE = "in-use.json"
ROLES: tuple[ModelRole, ...] = get_args(ModelRole)
_RESERVED = frozenset({"onnx"})
"""Folders under HOME/models that are no model: `onnx` holds converted copies."""


@dataclass(frozen=True, slots=True)
class BrokenModel:
    """A model that cannot be used as it lies there, and why, with what to do."""

    id: str
    reason: str


class ModelStore:
    """The folder `HOME/models`. Making one touches nothing.

    Args:
        folder: `home.models`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def installed(self) -> tuple[InstalledModel, ...]:
        """All models whose files are there in full size, by id. Broken ones are left out: see `broken`."""
        return tuple(found for found in self._look() if isinstance(found, InstalledModel))

    def broken(self) -> tuple[BrokenModel, ...]:
        """Models whose record or files are not as they should be, by id."""
        return tuple(found for found in self._look() if isinstance(found, BrokenModel))

    def ids(self) -> tuple[str, ...]:
        """Ids of all models, sound or broken."""
        return tuple(sorted(found.id for found in self._look()))

    def get(self, model_id: str) -> InstalledModel:
        """One model.

        Raises:
            UsageError: there is none of that id.
            ModelMissingError: its record or a file of it is not as it should be.
        """
        return self.record(model_id).installed(self.folder_of(model_id))

    def record(self, model_id: str) -> KeptModel:
        """All that is kept of one model; raises as `get` does."""
        if not self.holds(model_id):
            raise UsageError(
                f"There is no model {model_id!r} on this machine. `caseclerk models list` shows what is there and what "
                "can be had with `caseclerk models pull ID` or, from a stick, `caseclerk models add PATH`."
            )
        return read_record(self.folder_of(model_id))

    def holds(self, model_id: str) -> bool:
        """Whether a model of that id is there, sound or broken."""
        return is_model_id(model_id) and (self.folder / model_id / RECORD_FILE).is_file()

    def folder_of(self, model_id: str) -> Path:
        """Where a model of that id lies, or would lie.

        Raises:
            UsageError: that is no id.
        """
        require_model_id(model_id)
        return self.folder / model_id

    def in_use(self, role: ModelRole) -> InstalledModel | None:
        """The model in use for a role; None where the built-in way is.

        Raises:
            ModelMissingError: the one in use is gone or damaged, or `in-use.json` cannot be understood.
        """
        chosen = self.choices().get(role)
        if chosen is None:
            return None
        instead = (
            f"Choose another with `caseclerk models use ID`, or none with `caseclerk models use --built-in {role}`."
        )
        if not self.holds(chosen):
            raise ModelMissingError(
                f"The {role} model in use, {chosen!r}, is not on this machine any more. Bring it back with "
                f"`caseclerk models pull {chosen}` or `caseclerk models add PATH`. {instead}"
            )
        model = self.get(chosen)
        if model.role != role:
            raise ModelMissingError(f"The model {chosen!r} is for {model.role}, not for {role}. {instead}")
        return model

    def choices(self) -> Mapping[ModelRole, str]:
        """Role to id, as chosen, whether the models are there or not.

        Raises:
            ModelMissingError: `in-use.json` cannot be understood.
        """
        path = self.folder / IN_USE_FILE
        mend = f"Remove {path} and choose again with `caseclerk models use ID`."
        try:
            document = read_json(path)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ModelMissingError(f"{path} cannot be read: {error.strerror}. {mend}") from error
        except ValueError as error:
            raise ModelMissingError(
                f"{path}, which says what model is in use, is no JSON object: {error}. {mend}"
            ) from (error)
        wrong = [name for name, value in document.items() if name not in ROLES or not is_model_id(value)]
        if wrong:
            raise ModelMissingError(f"{path}: {wrong[0]!r} is no role with the id of a model. {mend}")
        return {role: document[role] for role in ROLES if role in document}

    def use(self, model_id: str) -> InstalledModel:
        """Take a model into use for its role, durably.

        Raises:
            UsageError: there is none of that id.
            ModelMissingError: it is damaged, or `in-use.json` cannot be understood.
        """
        model = self.get(model_id)
        self._choose({**self.choices(), model.role: model_id})
        return model

    def release(self, role: ModelRole) -> None:
        """Use no added model for a role any more.

        Raises:
            ModelMissingError: `in-use.json` cannot be understood.
        """
        self._choose({name: chosen for name, chosen in self.choices().items() if name != role})

    def projector_for(self, chat: InstalledModel) -> InstalledModel | None:
        """The vision projector of a chat model: the one in use if it is its partner, else the first that is."""
        partners = [model for model in self.installed() if model.role == "vision" and model.partner == chat.id]
        chosen = self.choices().get("vision")
        return next((model for model in partners if model.id == chosen), partners[0] if partners else None)

    def remove(self, model_id: str) -> None:
        """Take a model from the disk, a broken one or one that came only in part too. It is no longer in use then.

        Raises:
            UsageError: there is nothing of that id.
            StorageError: the disk refuses.
        """
        folder, coming = self.folder_of(model_id), self.coming(model_id)
        if not folder.is_dir() and not coming.is_dir():
            raise UsageError(
                f"There is no model {model_id!r} on this machine. `caseclerk models list` shows what is there."
            )
        with FolderLock(coming) as lock:
            if coming.is_dir() and not lock.take_alone():
                raise UsageError(
                    f"Another process is bringing the model {model_id}. Wait until it is done, or stop it."
                )
        chosen = self.choices()
        if model_id in chosen.values():
            self._choose({role: name for role, name in chosen.items() if name != model_id})
        try:
            if folder.is_dir():
                (folder / RECORD_FILE).unlink(missing_ok=True)  # first, so that a kill leaves nothing that looks whole
                shutil.rmtree(folder)
            shutil.rmtree(coming, ignore_errors=True)
            sync_folder(self.folder)
        except OSError as error:
            raise StorageError(
                f"The model {model_id} could not be removed: {error.strerror}. Check who owns {self.folder}, "
                "and remove it again."
            ) from error

    def coming(self, model_id: str) -> Path:
        """The folder of a model on its way."""
        return self.folder_of(model_id).with_name(f".coming-{model_id}")

    def coming_ids(self) -> tuple[str, ...]:
        """Ids of models that came only in part."""
        if not self.folder.is_dir():
            return ()
        names = (entry.name.removeprefix(".coming-") for entry in self.folder.glob(".coming-*"))
        return tuple(sorted(name for name in names if is_model_id(name)))

    def _choose(self, choices: Mapping[ModelRole, str]) -> None:
        try:
            write_durably(self.folder / IN_USE_FILE, json.dumps(choices))
        except OSError as error:
            raise StorageError(f"{self.folder / IN_USE_FILE} cannot be written: {error.strerror}.") from error

    def _look(self) -> Iterator[InstalledModel | BrokenModel]:
        if not self.folder.is_dir():
            return
        for folder in sorted(self.folder.iterdir()):
            if not self.holds(folder.name):
                continue
            try:
                yield self.get(folder.name)
            except ModelMissingError as error:
                yield BrokenModel(folder.name, str(error))


def is_model_id(value: object) -> bool:
    """Whether that can be the id of a model."""
    return isinstance(value, str) and MODEL_ID.fullmatch(value) is not None and value not in _RESERVED


def require_model_id(model_id: str) -> None:
    """Refuse what cannot be the id of a model.

    Raises:
        UsageError: it cannot.
    """
    if not is_model_id(model_id):
        raise UsageError(
            f"{model_id!r} is no id of a model: use small letters, digits, dots, hyphens and underscores, at most 64, "
            "beginning with a letter or digit."
        )
