"""A description becomes an exhibit: a part of its picture, marked as made by a machine, searched like any text.

Its first line says what it is, wherever it is read, and makes its bytes those of this picture and this model alone:
equal words about two pictures are two exhibits. It holds no date, so that a run that was killed and goes on makes the
same bytes again.
"""

import tempfile
from dataclasses import replace

from assistant.pictures.describing import Description
from casefile.case import Case
from casefile.custody import READ
from casefile.derivations import Derivation, Pictured, record_derivation
from casefile.recording import FoundFile, is_sealed, record_read
from casefile.records import Occurrence
from casefile.serial import now
from ingest.digesting import digest
from ingest.readers.plain_text import text_blocks
from ingest.reading import Reading
from ingest.storing import enter_files

DESCRIBED = "picture described by a model"
NOT_DESCRIBED = "picture could not be described"
"""Actions of the custody log."""
_READER = ("machine description", "1")
_LIMIT_BYTES = 1 << 20


def store_description(case: Case, place: Pictured, made: Description) -> str | None:
    """Store it, all or nothing; returns the exhibit's id, None where the picture was sealed or erased meanwhile.

    Takes the writer lock for the moment. It is found by its words at once, by its meaning after the next embedding.

    Raises:
        CaseBusyError: another process is writing.
        StorageError: the disk is full or refuses.
    """
    heading = _heading(place, made.model)
    text = f"{heading}\n\n{made.text}\n"
    with case.locked():
        with tempfile.TemporaryFile(dir=case.scratch) as file:
            file.write(text.encode())
            file.seek(0)
            stored = case.originals.take(file, _LIMIT_BYTES)
        case.originals.settle()
        with case.database.transaction() as connection:
            if not case.catalogue.knows(place.exhibit_id) or is_sealed(connection, place.exhibit_id):
                if not stored.known:
                    case.originals.path(stored.exhibit_id).unlink()
                return None
            places = case.catalogue.occurrences(place.exhibit_id)
            enter_files(case, connection, [_found(line, place, stored.exhibit_id, stored.size) for line in places])
            made_at = Derivation(
                stored.exhibit_id,
                place.exhibit_id,
                place.page,
                "description",
                made.model,
                made.model_sha256,
                made.prompt_sha256,
                now(),
                case.actor,
            )
            record_derivation(connection, made_at)
            name = places[0].name
            title = f"{name}, page {place.page}" if place.page else name
            reading = Reading(text, text_blocks(text), title=f"Picture {title}")
            read = digest(stored.exhibit_id, "text/plain", reading, _READER, case.description)
            begin = len(heading)  # numbers in the heading are ours: no identifiers and no times of the case
            read = replace(
                read,
                identifiers=tuple(found for found in read.identifiers if found.start >= begin),
                moments=tuple(found for found in read.moments if found.start is None or found.start >= begin),
            )
            record_read(connection, read)
            details: dict[str, object] = {
                "exhibit": stored.exhibit_id,
                "text": read.text_sha256,
                "status": read.status,
                "reader": " ".join(_READER),
            }
            case.custody.append_within(connection, case.actor, "collection", READ, details)
            details = {
                "picture": place.exhibit_id,
                "page": place.page,
                "description": stored.exhibit_id,
                "model": made.model,
                "model_sha256": made.model_sha256,
                "prompt_sha256": made.prompt_sha256,
            }
            case.custody.append_within(connection, case.actor, "combination", DESCRIBED, details)
        case.custody.write_head()
    return stored.exhibit_id


def _heading(place: Pictured, model: str) -> str:
    of = f"page {place.page} of exhibit" if place.page else "picture"
    return f"Machine description of {of} {place.exhibit_id[7:19]}, made by {' '.join(model.split())}."


def _found(line: Occurrence, place: Pictured, exhibit_id: str, size: int) -> FoundFile:
    """Where the description lies: in its picture, at each place of it."""
    page = f", page {place.page}" if place.page else ""
    of_page = f" of page {place.page}" if place.page else ""
    return FoundFile(
        exhibit_id,
        size,
        f"description of {line.name}{page} (machine)",
        f"{line.path}!/description{of_page} (machine)",
        place.exhibit_id,
        None,
        "text/plain",
    )
