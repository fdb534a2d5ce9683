"""`models add`: a model from a file or folder of this machine, such as a stick."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assistant.models.catalogue import Catalogue, CatalogueEntry
from assistant.models.identifying import Identity, identify
from assistant.models.installing import Telling, coming, copy_hashed, install, require_new, require_room
from assistant.models.kept import KeptFile, KeptModel
from assistant.models.records import InstalledModel, ModelRole
from assistant.models.store import ModelStore, require_model_id
from casefile.errors import UsageError
from casefile.serial import now, time_to_text


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person says of the model to add; empty where its own metadata or the catalogue are to say it."""

    id: str = ""
    role: ModelRole | None = None
    partner: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Added:
    """The model, and how it stands to the catalogue: `same` file, `unpinned` entry of its name and size, or `own`."""

    model: InstalledModel
    known: str


def add(store: ModelStore, catalogue: Catalogue, path: Path, wish: Wish, telling: Telling) -> Added:
    """Copy a model into HOME, hashed on the way; what the catalogue knows of it is taken over.

    Raises:
        UsageError: it is no model that can be used, its role or hash contradicts what was said, or its id is taken.
        StorageError: no room, or the disk refuses; nothing is left behind.
    """
    identity = identify(path, wish.role)
    source = path if path.is_dir() else path.parent
    sizes = {name: (source / name).stat().st_size for name in identity.files}
    working_id = wish.id or id_from(path.stem if path.is_file() else path.resolve().name)
    require_model_id(working_id)
    if wish.id:
        require_new(store, wish.id)
    _require_partner(catalogue, identity, wish, sizes[identity.weights])
    with coming(store, working_id) as folder:
        try:
            for leftover in folder.iterdir():
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
            require_room(folder, sum(sizes.values()))
            files = tuple(copy_hashed(source / name, folder / name, name, telling) for name in identity.files)
            identify(folder if identity.folder else folder / identity.weights, identity.role)  # the copy, not the stick
            entry, known = _match(catalogue, identity, files, wish)
            record = _record(identity, files, entry, wish, working_id, path)
            return Added(install(store, folder, record), known)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def id_from(name: str) -> str:
    """An id out of a file's name."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._")[:64] or "model"


def _require_partner(catalogue: Catalogue, identity: Identity, wish: Wish, size: int) -> None:
    """Refuse a projector of unknown belonging before it is copied."""
    if identity.role != "vision":
        if wish.partner:
            raise UsageError("Only a vision projector has a --partner.")
        return
    known = any(entry.role == "vision" and entry.bytes == size for entry in catalogue.entries)
    if not wish.partner and not known:
        raise UsageError(
            f"{identity.weights} is a vision projector. Say which chat model it was made for: --partner ID, such as "
            "--partner ministral-3-3b."
        )


def _match(
    catalogue: Catalogue, identity: Identity, files: tuple[KeptFile, ...], wish: Wish
) -> tuple[CatalogueEntry | None, str]:
    """The catalogue's entry of these files.

    Raises:
        UsageError: the id asked for is that of an entry with other hashes, or of another role.
    """
    by_name = {file.name: file for file in files}
    weights = by_name[identity.weights]
    same = catalogue.by_sha256(weights.sha256)
    if wish.id:
        entries = [entry for entry in catalogue.entries if entry.id == wish.id]
        if not entries and same and same.role == identity.role:
            return same, "same"
    else:
        unpinned = [
            entry
            for entry in catalogue.entries
            if not entry.sha256 and (entry.weights, entry.bytes) == (weights.name, weights.bytes)
        ]
        entries = [same] if same else unpinned
    for entry in entries:
        found = {**by_name, entry.weights: weights}  # weights may have another name here
        wrong = [file.name for file in entry.files if file.sha256 and _hash(found.get(file.name)) != file.sha256]
        if wrong or entry.role != identity.role:
            raise UsageError(
                f"This is not what the catalogue knows as {entry.id}: {', '.join(wrong) or 'its role'} differs. "
                "Copy it again and compare the SHA-256; a model of your own gets another --id."
                if wish.id
                else f"The weights are those of {entry.id}, but {', '.join(wrong) or 'the role'} differs from what "
                "belongs to them. Copy the whole folder again, or say by --id that it is a model of your own."
            )
        return entry, "same" if entry.sha256 else "unpinned"
    return None, "own"


def _hash(file: KeptFile | None) -> str:
    return file.sha256 if file else ""


def _record(
    identity: Identity,
    files: tuple[KeptFile, ...],
    entry: CatalogueEntry | None,
    wish: Wish,
    working_id: str,
    path: Path,
) -> KeptModel:
    partner = wish.partner or (entry.partner if entry else "")
    if identity.role == "vision" and not partner:
        raise UsageError("Say which chat model this vision projector was made for: --partner ID.")
    return KeptModel(
        id=wish.id or (entry.id if entry else working_id),
        role=identity.role,
        weights=identity.weights,
        folder=identity.folder,
        files=files,
        licence=entry.licence if entry else "",
        architecture=identity.architecture,
        quantisation=identity.quantisation,
        partner=partner,
        settings={**(entry.settings if entry else {}), **wish.settings},
        source=f"added from {path.name}" + (f"; {entry.title}" if entry else ""),
        added_at=time_to_text(now()),
        kv_bytes_per_token=identity.kv_bytes_per_token,
    )
