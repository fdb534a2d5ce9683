"""From settings to a cited answer: the engine `server` through the composition root, over replayed traffic."""

import json
from pathlib import Path

from assistant.app import Assistant
from assistant.chat_models.choosing import close_chat_model
from casefile.settings import Settings
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.pipeline import Pipeline
from tests.assistant.chat_models.replay_server import ReplayServer, Reply, Seen, models_reply, stream
from tests.assistant.writing.written_case import DOCUMENTS, number_in
from tests.casefile.case_building import new_case


def _writes(seen: Seen) -> Reply:
    if seen.path.endswith("/models"):
        return models_reply("vllm", ("ministral",))
    if "response_format" in seen.body:
        return stream('{"sentence_1": 0}')
    mark = number_in(seen.body["messages"][-1]["content"], "dent in")
    return stream(f"The van was white [{mark}]. The van was built in 1990 [{mark}].")


def test_a_server_writes_and_code_decides(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    for name, text in DOCUMENTS.items():
        (tmp_path / "files" / name).write_text(text)
    embedder = HashedWordsEmbedder(allow=True)
    with ReplayServer(_writes) as server, new_case(tmp_path / "home") as case:
        with case.locked():
            Pipeline(case, Settings(), embedder).ingest([tmp_path / "files"])
        given = {"answering": {"engine": "server"}, "server": {"enabled": True, "url": server.url}}
        try:
            assistant = Assistant(case, Settings.model_validate(given), embedder=embedder)
            answer = assistant.ask("What colour was the van, and who saw it?")
        finally:
            close_chat_model()
        sent = json.dumps(server.asked[0])
    assert (answer.engine.kind, answer.engine.model) == ("server", "ministral")
    assert [(claim.text, claim.supported) for claim in answer.claims] == [
        ("The van was white.", True),
        ("The van was built in 1990.", False),
    ]
    assert "dent in" in sent
    assert str(case.home.root) not in sent
