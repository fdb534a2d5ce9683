"""What writing tasks ask for in JSON can be asked of llama.cpp."""

from pathlib import Path

import pytest

from assistant.chat_models.fake import FakeChatModel
from assistant.chat_models.llama.grammar import grammar_of_schema
from assistant.chat_models.port import ChatRequest, UserMessage
from tests.assistant.writing.written_case import number_in, written_case
from tests.assistant.writing_tasks.test_summary_and_translation import asked


def test_every_schema_is_a_grammar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.tools.summary.SENTENCES_OF_EXHIBIT", 1)

    def turn(request: ChatRequest) -> str:
        message = request.messages[-1]
        if request.schema is not None or not isinstance(message, UserMessage):
            return "[1]"
        laptops, van = number_in(message.text, "14 laptops"), number_in(message.text, "HH-KV 4711")
        return f"The officers found 14 laptops [{laptops}]. The plate of the van is HH-KV 4711 [{van}]."

    model = FakeChatModel(turn)
    documents = {
        "report.txt": "The officers found 14 laptops behind a wall.\n\nThe plate of the van is HH-KV 4711.",
        "other.txt": "The officers found 15 laptops behind a wall. The van was there.",
    }
    with written_case(tmp_path, documents) as case:
        for line in ("/summary report.txt", "/translate report.txt de", "/compare report.txt other.txt"):
            asked(case, line, model)
    schemas = [request.schema for request in model.requests if request.schema is not None]
    assert len(schemas) == 3
    for schema in schemas:
        assert "root" in grammar_of_schema(schema)
