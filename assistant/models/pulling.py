"""`models pull`: all files of a catalogue's entry, one after the other, into a model of this machine."""

import time
from collections.abc import Callable

from assistant.models.catalogue import CatalogueEntry, CatalogueFile
from assistant.models.download import Wanted, fetch
from assistant.models.identifying import identify
from assistant.models.installing import Telling, coming, install, require_room, sha256_of
from assistant.models.kept import KeptFile, KeptModel
from assistant.models.records import InstalledModel
from assistant.models.store import ModelStore
from casefile.errors import ModelDownloadError, UsageError
from casefile.serial import now, time_to_text


def require_pinned(entry: CatalogueEntry) -> None:
    """Refuse an entry whose files nobody could check.

    Raises:
        UsageError: its revision or a hash is not known; says what to do.
    """
    why = entry.why_not_pinned()
    if why:
        raise UsageError(
            f"{entry.id} is not pinned: {why}, so that what comes could not be checked. Bring the file "
            f"({entry.weights}, {entry.bytes:,} bytes), compare its SHA-256 with what its maker publishes, and use "
            f"`caseclerk models add PATH --id {entry.id}`."
        )


def pull(
    store: ModelStore, entry: CatalogueEntry, telling: Telling, wait: Callable[[float], None] = time.sleep
) -> InstalledModel:
    """Download a model; an earlier try that was cut short goes on.

    Raises:
        UsageError: the entry is not pinned, or the model is there already.
        ModelDownloadError: a file cannot be had, or is not what the catalogue says.
        StorageError: no room, or the disk refuses; what has come is kept.
    """
    require_pinned(entry)
    with coming(store, entry.id) as folder:
        there = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        require_room(folder, max(0, entry.bytes - there))
        for file in entry.files:
            target = folder / file.name
            if target.is_file() and sha256_of(target, file.name, telling) == file.sha256:
                continue
            wanted = Wanted(file.name, entry.address(file), file.bytes, file.sha256, entry.hosts)
            fetch(wanted, target, telling, wait)
        for path in folder.rglob("*"):  # what an entry of an earlier version of the catalogue left
            if path.is_file() and path.relative_to(folder).as_posix() not in {file.name for file in entry.files}:
                path.unlink()
        try:
            identity = identify(folder if entry.folder else folder / entry.weights, entry.role)
        except UsageError as error:
            raise ModelDownloadError(
                f"{entry.id} came as the catalogue says, but cannot be used: {error} Mend the entry, or remove what "
                f"came with `caseclerk models remove {entry.id}`."
            ) from error
        record = KeptModel(
            id=entry.id,
            role=entry.role,
            weights=entry.weights,
            folder=entry.folder,
            files=tuple(_kept(file) for file in entry.files),
            licence=entry.licence,
            architecture=identity.architecture,
            quantisation=identity.quantisation,
            partner=entry.partner,
            settings=entry.settings,
            source=f"pulled from {entry.host}" + (f", revision {entry.revision}" if entry.revision else ""),
            added_at=time_to_text(now()),
            kv_bytes_per_token=identity.kv_bytes_per_token,
        )
        return install(store, folder, record)


def _kept(file: CatalogueFile) -> KeptFile:
    return KeptFile(name=file.name, bytes=file.bytes, sha256=file.sha256)
