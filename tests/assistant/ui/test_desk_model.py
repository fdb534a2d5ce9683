"""One language model for all cases of the page: shared, chosen by conversation, told about."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from assistant.chat_models.fake import FakeChatModel
from assistant.chat_models.port import ChatModel
from assistant.engines.extractive import ExtractiveEngine
from assistant.engines.writing.engine import WritingEngine
from assistant.models.store import ModelStore
from assistant.ui.chat.routes import router
from assistant.ui.chat.scopes import WHOLE_CASE
from assistant.ui.desk import Desk
from assistant.ui.pages import models
from assistant.ui.server import _tell_errors
from casefile.errors import ModelUnavailableError
from casefile.home import Home
from casefile.settings import Settings
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.pipeline import Pipeline
from tests.assistant.models.model_folder import install
from tests.assistant.ui.page_client import ACTOR, _SignedIn, words
from tests.casefile.case_building import new_case

PATIENCE = 30.0
TEXT = "Anna Berger transferred EUR 1,200.00 to Karl Voss on 3 May 2024.\n"
SPEED = {
    "read_tokens_per_second": 36.2,
    "write_tokens_per_second": 8.5,
    "threads": 2,
    "gpu_layers": 0,
    "measured_at": "2026-05-04T08:00:00+00:00",
}


class Models:
    """Gives a model, or says why there is none; notes how often it was asked."""

    def __init__(self, model: ChatModel | None = None, problem: str = "") -> None:
        self.model, self.problem, self.asked = model, problem, 0

    def __call__(self, home: Home, settings: Settings) -> ChatModel | None:
        self.asked += 1
        if self.problem:
            raise ModelUnavailableError(self.problem)
        return self.model


@pytest.fixture
def home(tmp_path: Path) -> Home:
    for name in ("demo", "other"):
        with new_case(tmp_path / "home", name) as case:
            (tmp_path / "note.txt").write_text(TEXT)
            with case.locked():
                Pipeline(case, Settings(), HashedWordsEmbedder(allow=True)).ingest([tmp_path / "note.txt"])
    return Home(tmp_path / "home")


def desk_with(home: Home, made: Models | None) -> Desk:
    desk = Desk(home, Settings(), "keeper", made)
    desk._embedder = HashedWordsEmbedder(allow=True)
    return desk


def visitor(desk: Desk) -> TestClient:
    app = FastAPI()
    app.state.desk = desk
    app.include_router(router)
    app.include_router(models.router)
    _tell_errors(app)
    return TestClient(_SignedIn(app), follow_redirects=False, headers={"accept-language": "en"})


@pytest.fixture
def model() -> FakeChatModel:
    return FakeChatModel(lambda _: "Anna Berger transferred EUR 1,200.00 to Karl Voss [1].")


@pytest.fixture
def made(model: FakeChatModel) -> Models:
    return Models(model)


@pytest.fixture
def desk(home: Home, made: Models) -> Iterator[Desk]:
    opened = desk_with(home, made)
    yield opened
    opened.close()


def test_all_cases_share_one_model(desk: Desk, made: Models, model: FakeChatModel) -> None:
    engines = [desk.assistant(name, ACTOR).engine for name in ("demo", "other")]
    assert all(isinstance(engine, WritingEngine) for engine in engines)
    assert desk.chat_model is model
    assert made.asked == 1
    assert model.requests == []  # nothing is asked of it before somebody asks


def test_a_conversation_chooses_quotes_only_and_keeps_its_choice(desk: Desk, model: FakeChatModel) -> None:
    kept = desk.open("demo").case.conversations
    talk, other = kept.start("a"), kept.start("b")
    with visitor(desk) as client:
        bar = f"/case/demo/conversations/{talk}/scope"
        assert 'id="engine-model" name="engine" value="model" aria-pressed="true"' in client.get(bar).text
        client.post(f"/case/demo/conversations/{talk}/engine", data={"engine": "quotes"})
        assert 'id="engine-quotes" name="engine" value="quotes" aria-pressed="true"' in client.get(bar).text
        assert client.post(f"/case/demo/conversations/{talk}/engine", data={"engine": "oracle"}).status_code == 400
    for conversation, kind in ((talk, "extractive"), (other, "ministral")):
        run = desk.runs.start(
            desk.assistant("demo", ACTOR), conversation, "Who transferred money to Karl Voss?", WHOLE_CASE
        )
        seen = -1
        while not run.snapshot.ended:
            seen = run.wait(seen, PATIENCE).version
        document = json.loads(run.snapshot.document)
        assert document["engine"]["kind"] == kind, document["reason"]
    assert model.requests
    with visitor(desk) as client:
        client.post(f"/case/demo/conversations/{talk}/engine", data={"engine": "model"})
    assert kept.summary(talk).engine == ""


@pytest.mark.parametrize("made", [None, Models(), Models(problem="The model is <gone>. Run doctor.")])
def test_without_a_model_the_page_quotes_and_says_why(home: Home, made: Models | None) -> None:
    desk = desk_with(home, made)
    try:
        assert isinstance(desk.assistant("demo", ACTOR).engine, ExtractiveEngine)
        talk = desk.open("demo").case.conversations.start("a")
        with visitor(desk) as client:
            bar = client.get(f"/case/demo/conversations/{talk}/scope").text
            page = client.get("/case/demo/models").text
        assert "engine-model" not in bar
        assert "the built-in engine" in words(page)
        for shown in (bar, page):
            assert ("The model is &lt;gone&gt;. Run doctor." in shown) == bool(made and made.problem)
    finally:
        desk.close()


def test_the_page_of_models_says_what_answers_and_how_to_add_one_and_changes_nothing(desk: Desk, home: Home) -> None:
    with visitor(desk) as client:
        page = client.get("/case/demo/models")
    said = words(page.text)
    for expected in (": scripted", "No model was added.", "caseclerk models pull ministral-3-3b", "caseclerk models add", "downloads nothing"):  # fmt: skip
        assert expected in said
    assert "<form" not in page.text.split("<main", 1)[1]


def test_models_of_this_machine_are_listed_with_what_is_known_of_them(desk: Desk, home: Home) -> None:
    store = ModelStore(home.models)
    install(store, "mine", licence="Apache-2.0", architecture="mistral3", quantisation="Q4_K_M")
    install(store, "small", "embedding")
    store.use("mine")
    (store.folder_of("mine") / "speed.json").write_text(json.dumps(SPEED))
    (store.folder_of("small") / "model.json").write_text("{")
    with visitor(desk) as client:
        said = words(client.get("/case/demo/models").text)
    for expected in (
        "mine Q4_K_M in use",
        "Apache-2.0",
        "reads 36, writes 8.5 tokens a second",
        "8,192 tokens",
        "small :",
    ):
        assert expected in said
