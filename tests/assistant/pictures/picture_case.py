"""A case with pictures, taken in by the real pipeline, and a scripted model that sees."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PIL import Image

from assistant.chat_models.fake import FakeChatModel
from assistant.chat_models.port import ChatRequest, UserMessage
from casefile.case import Case, create_case
from casefile.home import Home
from casefile.records import CaseDescription
from casefile.serial import now
from casefile.settings import Settings
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.pipeline import Pipeline

SAYS = "A photograph of a white van. The plate reads “B-XY 4711”. Two people stand beside it."


def jpeg(colour: str = "red", size: tuple[int, int] = (900, 600), orientation: int = 1) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", size, colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


def new_picture_case(root: Path, languages: tuple[str, ...] = ("en",)) -> Case:
    about = CaseDescription("photos", "Photos", "", "1", "DE", "Europe/Berlin", languages, now())
    return create_case(Home(root / "home"), about, "tester")


def ingest(case: Case, *paths: Path) -> None:
    with case.locked():
        Pipeline(case, Settings(), HashedWordsEmbedder(allow=True)).ingest(paths)


def put(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def seeing(script: list[str] | Callable[[ChatRequest], str], name: str = "scripted") -> FakeChatModel:
    model = FakeChatModel(script)
    model.info = replace(model.info, sees=True, name=name)
    return model


def always(text: str = SAYS) -> FakeChatModel:
    return seeing(lambda _request: text)


def shown(request: ChatRequest) -> Image.Image:
    message = request.messages[-1]
    assert isinstance(message, UserMessage)
    return Image.open(io.BytesIO(message.pictures[0].data))


def id_of(case: Case, name: str) -> str:
    return next(one.id for one in case.catalogue.exhibits() if one.name == name)
