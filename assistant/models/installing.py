"""How a model becomes a model of this machine: a folder of its own while it comes, then a record, then its name."""

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.models.kept import KeptFile, KeptModel, write_record
from assistant.models.records import InstalledModel
from assistant.models.store import ModelStore
from casefile.errors import ModelMissingError, StorageError, UsageError
from casefile.folder_lock import FolderLock
from casefile.home import PRIVATE
from casefile.originals import CHUNK_BYTES, sync_folder

SPARE_BYTES = 512 << 20
"""What stays free on the disk beside a model."""
Telling = Callable[[str, int, int], None]
"""Hears of a file's name, how many of its bytes are done, and how many it has."""


@contextmanager
def coming(store: ModelStore, model_id: str) -> Iterator[Path]:
    """The folder of a model on its way, held alone; what an earlier try left in it is still there.

    Raises:
        UsageError: a model of that id is there already, or another process is bringing it.
        StorageError: the folder cannot be made.
    """
    require_new(store, model_id)
    folder = store.coming(model_id)
    try:
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} cannot be made: {error.strerror}. Check who owns {store.folder}.") from error
    with FolderLock(folder) as lock:
        if not lock.take_alone():
            raise UsageError(f"Another process is bringing the model {model_id}. Wait until it is done.")
        yield folder


def require_new(store: ModelStore, model_id: str) -> None:
    """Refuse an id that is taken.

    Raises:
        UsageError: there is a model of that id, or it is no id.
    """
    if store.holds(model_id):
        raise UsageError(
            f"The model {model_id} is on this machine already. `caseclerk models verify {model_id}` checks it; "
            f"`caseclerk models remove {model_id}` makes room for another one of that id."
        )


def require_room(folder: Path, needed: int) -> None:
    """See that the disk has room.

    Raises:
        StorageError: it has not; says how much is missing.
    """
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE_BYTES:
        missing = needed + SPARE_BYTES - free
        raise StorageError(
            f"There is not enough room in {folder.parent}: {needed / 1e9:.1f} GB and half a GB to spare are needed, "
            f"{free / 1e9:.1f} GB are free. Free {missing / 1e9:.1f} GB, or choose another folder with --home."
        )


def install(store: ModelStore, folder: Path, record: KeptModel) -> InstalledModel:
    """Make the folder of a model on its way the model's own. All its files are there and durable.

    Raises:
        UsageError: a model of that id came to be meanwhile.
        StorageError: the disk refuses.
    """
    require_new(store, record.id)
    final = store.folder_of(record.id)
    try:
        shutil.rmtree(final, ignore_errors=True)  # what a removal that was cut short left: it has no record
        write_record(folder, record)
        for inner in (path for path in folder.iterdir() if path.is_dir()):
            sync_folder(inner)
        folder.rename(final)
        sync_folder(store.folder)
    except OSError as error:
        raise StorageError(f"The model could not be put in place: {error.strerror}. Free some disk space.") from error
    return record.installed(final)


def copy_hashed(source: Path, target: Path, name: str, telling: Telling) -> KeptFile:
    """Copy a file durably and hash it on the way.

    Raises:
        UsageError: the source is no plain file, cannot be read, or changes meanwhile.
        StorageError: the disk refuses; nothing of the file is left.
    """
    digest = hashlib.sha256()
    done = 0
    try:
        stream = os.fdopen(os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}.") from error
    with stream:
        about = os.fstat(stream.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise UsageError(f"{source} is no plain file.")
        try:
            target.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            with target.open("xb") as copy:
                while chunk := _read(stream, source):
                    digest.update(chunk)
                    done += len(chunk)
                    copy.write(chunk)
                    telling(name, done, about.st_size)
                copy.flush()
                os.fsync(copy.fileno())
        except OSError as error:
            target.unlink(missing_ok=True)
            raise StorageError(
                f"{target} cannot be written: {error.strerror}. Free some disk space, and try again."
            ) from (error)
    if done != about.st_size:
        raise UsageError(f"{source} was changed while it was copied. Try again when nothing writes to it.")
    return KeptFile(name=name, bytes=done, sha256=digest.hexdigest())


def _read(stream: object, source: Path) -> bytes:
    try:
        chunk: bytes = stream.read(CHUNK_BYTES)  # type: ignore[attr-defined]
    except OSError as error:
        raise UsageError(f"{source} cannot be read to its end: {error.strerror}. Try another copy.") from error
    return chunk


def sha256_of(path: Path, name: str, telling: Telling) -> str:
    """The hash of a file as it is now: 64 hex digits.

    Raises:
        ModelMissingError: it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        total = path.stat().st_size
        done = 0
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
                done += len(chunk)
                telling(name, done, total)
    except OSError as error:
        raise ModelMissingError(f"{path} cannot be read: {error.strerror}.") from error
    return digest.hexdigest()
