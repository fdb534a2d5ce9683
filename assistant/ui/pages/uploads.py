"""Uploads and ingestions of a case: taking files in, watching them, stopping them."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.requests import ClientDisconnect

from assistant.ui import uploads
from assistant.ui.multipart import FilesForm
from assistant.ui.uploads_view import board_of
from assistant.ui.visit import Visit, Visiting
from casefile.case import Case
from casefile.errors import StorageError, UsageError
from casefile.jobs import Jobs
from casefile.uploads import Upload, UploadFile

router = APIRouter(prefix="/case/{case_id}")

LONGEST_ANNOUNCEMENT = 32 * 1024**2
"""Bytes of the JSON that announces a batch."""
_LARGEST_ID = 2**63 - 1
_receiving: set[tuple[str, int, int]] = set()
"""Files (case, batch, file) whose bytes are coming in now, each over one connection."""


@router.get("/uploads")
def show_uploads(visit: Visiting, case_id: str, conversation: str = "") -> Response:
    """All uploads and ingestions of the case, and what to begin another with."""
    case = visit.assistant(case_id).case
    return visit.page("uploads/page.html", {"case": case.description, "conversation": _conversation(conversation)})


@router.get("/uploads/list")
def list_uploads(visit: Visiting, case_id: str, conversation: str = "") -> HTMLResponse:
    """The uploads of a conversation, or all of the case, as a live fragment."""
    case = visit.assistant(case_id).case
    board = board_of(case, visit.desk.jobs, _conversation(conversation))
    return HTMLResponse(visit.html("uploads/list.html", {"board": board, "case_id": case_id}))


@router.post("/uploads")
async def begin_upload(visit: Visiting, case_id: str, request: Request, conversation: str = "") -> Response:
    """Announce a batch (JSON), or send one whole as a form with files."""
    case = await asyncio.to_thread(lambda: visit.assistant(case_id).case)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        await _take_form(visit, case, request, _conversation(conversation))
        return RedirectResponse(_back(case_id, _conversation(conversation)), 303)
    announced = await _announcement(request)
    batch = await asyncio.to_thread(uploads.begin, case, visit.desk.settings.page, *announced)
    files = [{"id": file.id, "name": file.name} for file in batch.files]
    return JSONResponse({"upload": batch.id, "files": files}, 201)


@router.put("/uploads/{batch_id}/files/{file_id}")
async def put_file(
    visit: Visiting, case_id: str, batch_id: int, file_id: int, request: Request, modified: float = 0.0
) -> Response:
    """The bytes of one announced file; `modified` is when it was last changed where it comes from, in seconds."""
    case = await asyncio.to_thread(lambda: visit.assistant(case_id).case)
    batch = await asyncio.to_thread(_batch, visit, case, batch_id)
    file = _file(batch, file_id)
    place = (case_id, batch_id, file_id)
    if place in _receiving:
        raise HTTPException(409, "These bytes are coming in already.")
    _receiving.add(place)
    try:
        await uploads.receive(case, batch, file, request.stream(), modified)
    except ClientDisconnect:
        return Response(status_code=400)  # nobody hears it
    finally:
        _receiving.discard(place)
    return JSONResponse({"file": file.id, "name": file.name})


@router.post("/uploads/{batch_id}/complete")
def complete(visit: Visiting, case_id: str, batch_id: int) -> Response:
    """All bytes have come: read them. A batch of which nothing came is forgotten."""
    case = visit.assistant(case_id).case
    batch = _batch(visit, case, batch_id)
    if batch.state == "receiving" and not any(file.state == "waiting" for file in batch.files):
        case.uploads.forget(batch_id)
        raise UsageError("None of these files arrived. Upload them again.")
    return JSONResponse({"job": visit.desk.jobs.add_upload(case_id, batch_id, visit.actor)})


@router.post("/uploads/{batch_id}/cancel")
def cancel_upload(visit: Visiting, case_id: str, batch_id: int, conversation: str = "") -> Response:
    """Take a batch back: nothing of it is left."""
    case = visit.assistant(case_id).case
    _known(case, batch_id)
    visit.desk.jobs.cancel_upload(case_id, batch_id)
    return RedirectResponse(_back(case_id, _conversation(conversation)), 303)


@router.post("/jobs/{job_id}/cancel")
def cancel_job(visit: Visiting, case_id: str, job_id: int) -> Response:
    """Stop an ingestion."""
    _known_job(visit.assistant(case_id).case, job_id)
    visit.desk.jobs.cancel(case_id, job_id)
    return RedirectResponse(_back(case_id, None), 303)


@router.post("/jobs/{job_id}/again")
def try_again(visit: Visiting, case_id: str, job_id: int, conversation: str = "") -> Response:
    """Try an ingestion that failed once more."""
    _known_job(visit.assistant(case_id).case, job_id)
    visit.desk.jobs.again(case_id, job_id)
    return RedirectResponse(_back(case_id, _conversation(conversation)), 303)


@router.post("/ingest")
def ingest_folder(visit: Visiting, case_id: str, path: Annotated[str, Form(max_length=4096)] = "") -> Response:
    """Take in a file or folder of this machine."""
    visit.desk.jobs.add_folder(case_id, path, visit.actor)
    return RedirectResponse(_back(case_id, None), 303)


@router.post("/retry")
def retry_all(visit: Visiting, case_id: str) -> Response:
    """Read again what failed or was read in part."""
    visit.desk.jobs.add_retry(case_id, visit.actor)
    return RedirectResponse(_back(case_id, None), 303)


async def _announcement(request: Request) -> tuple[int | None, str, list[uploads.Announced]]:
    """Conversation, title and files of a batch that is announced.

    Raises:
        UsageError: the body is no announcement.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_ANNOUNCEMENT:
            raise UsageError("This upload names too many files. Put them into a ZIP file.")
    try:
        told = json.loads(bytes(body))
        files = [uploads.Announced(_text(file["name"]), _whole(file["size"])) for file in told["files"]]
        conversation = told.get("conversation")
        return None if conversation is None else _whole(conversation), _text(told.get("title", "")), files
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UsageError("An upload is announced as JSON: title, conversation, files with name and size.") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST_ID:
        raise TypeError("no number")
    return value


async def _take_form(visit: Visit, case: Case, request: Request, conversation: int | None) -> None:
    """Write the files of a form to a batch, and queue it."""
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()):
        raise HTTPException(411, "The length of this upload is missing.")
    await asyncio.to_thread(uploads.check_room, case.folder, visit.desk.settings.page, int(length))
    batch_id = await asyncio.to_thread(case.uploads.begin, case.actor, conversation, "")
    try:
        files = await _form_files(request, case.uploads.folder(batch_id))
        await asyncio.to_thread(_enter, visit, case, batch_id, files)
    except BaseException:  # whatever it was, no half batch stays, and it goes on up
        with suppress(StorageError):
            await asyncio.to_thread(case.uploads.forget, batch_id)
        raise


async def _form_files(request: Request, folder: Path) -> list[tuple[str, int]]:
    form = FilesForm(request.headers["content-type"], folder)
    try:
        async for piece in request.stream():
            await asyncio.to_thread(form.feed, piece)
    except ClientDisconnect as error:
        raise UsageError("The form did not arrive whole.") from error
    finally:
        form.close()
    if not form.files:
        raise UsageError("No file was chosen.")
    return [(file.name, file.size) for file in form.files]


def _enter(visit: Visit, case: Case, batch_id: int, files: list[tuple[str, int]]) -> None:
    ids = case.uploads.add_files(batch_id, files)
    case.uploads.entitle(batch_id, uploads.safe_title("", [name for name, _ in files]))
    for file_id in ids:
        case.uploads.file_received(file_id)
    visit.desk.jobs.add_upload(case.description.id, batch_id, visit.actor)


def _batch(visit: Visit, case: Case, batch_id: int) -> Upload:
    """A batch that this visitor may send to; 404 where there is none."""
    batch = _known(case, batch_id)
    if batch.actor != visit.actor:
        raise HTTPException(404)
    return batch


def _known(case: Case, batch_id: int) -> Upload:
    if not 0 < batch_id <= _LARGEST_ID:
        raise HTTPException(404)
    try:
        return case.uploads.batch(batch_id)
    except UsageError as error:
        raise HTTPException(404) from error


def _known_job(case: Case, job_id: int) -> None:
    if not 0 < job_id <= _LARGEST_ID:
        raise HTTPException(404)
    try:
        Jobs(case.database).job(job_id)
    except UsageError as error:
        raise HTTPException(404) from error


def _file(batch: Upload, file_id: int) -> UploadFile:
    for file in batch.files:
        if file.id == file_id:
            if batch.state != "receiving" or file.state != "receiving":
                raise HTTPException(409, "These bytes are there already.")
            return file
    raise HTTPException(404)


def _conversation(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _back(case_id: str, conversation: int | None) -> str:
    """Where a form leads: to the conversation that it was sent from, else to the uploads."""
    if conversation is None:
        return f"/case/{case_id}/uploads"
    return f"/chat/?case={case_id}&conversation={conversation}"
