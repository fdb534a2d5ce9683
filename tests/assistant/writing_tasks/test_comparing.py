"""Two statements side by side: code finds what belongs together, a model may read it, and nobody decides who is right."""

import json
from collections.abc import Iterator

import pytest

from assistant.answering import Answering
from assistant.chat_models.fake import FakeChatModel, Script
from assistant.chat_models.port import ChatModel, UserMessage
from assistant.engines.extractive import ExtractiveEngine
from assistant.records import Answer
from assistant.retrieval.retriever import Retriever
from assistant.tools.plain_words import PlainCall, typed_command
from assistant.tools.registry import built_in_tools
from casefile.case import Case
from casefile.settings import AnsweringSettings
from ingest.embedding.fake import HashedWordsEmbedder
from tests.assistant.writing.written_case import written_case

BERGER = (
    "Anna Berger said that the white van left the yard of the warehouse at 14:30. "
    "The driver of the van wore a red jacket and carried heavy boxes. "
    "Karl Voss did not have the keys of the warehouse on that day. "
    "The neighbours own three large dogs that bark every night."
)
VOSS = (
    "Karl Voss said that the white van left the yard of the warehouse at 15:10. "
    "The driver of the van wore a red jacket and carried heavy boxes to the door. "
    "Karl Voss had the keys of the warehouse on that day. "
    "Nobody paid the monthly rent for the garage behind the station."
)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with written_case(tmp_path_factory.mktemp("statements"), {"berger.txt": BERGER, "voss.txt": VOSS}) as made:
        yield made


def asked(case: Case, line: str, model: ChatModel | None = None) -> Answer:
    embedder = HashedWordsEmbedder(256, allow=True)
    engine = ExtractiveEngine(embedder.embed_queries, languages=("en",))
    answering = Answering(case, Retriever(case, embedder), engine, AnsweringSettings(), tools=built_in_tools(model))
    return answering.ask(line)


def told(answer: Answer) -> dict[str, str]:
    """What is said of each sentence, by its first words."""
    assert all(claim.supported for claim in answer.claims)
    return {claim.text[1:12]: claim.text.rpartition(" \u2014 ")[2] for claim in answer.claims}


def test_without_a_model_code_tells_what_it_can(case: Case) -> None:
    answer = asked(case, "/compare berger.txt voss.txt")
    assert answer.status == "answered"
    assert answer.engine.kind == "extractive"
    assert told(answer) == {
        "Anna Berger": "they differ",
        "The driver ": "both say it",
        "Karl Voss d": "they differ",
        "The neighbo": "one of them speaks of it, the other is silent",
        "Nobody paid": "one of them speaks of it, the other is silent",
    }
    assert "does not mean that it did not happen" in answer.reason


def _entries(*entries: tuple[int, str, int]) -> str:
    return json.dumps({"entries": [{"fact": f, "relation": r, "sentence": s} for f, r, s in entries]})


def test_a_model_reads_and_code_keeps_its_right_to_object(case: Case) -> None:
    model = FakeChatModel([_entries((1, "agrees", 1), (2, "agrees", 1), (3, "differs", 1))])
    answer = asked(case, "/compare berger.txt voss.txt", model)
    assert told(answer)["Anna Berger"] == "to be read side by side"  # 14:30 is not 15:10, whatever the model says
    assert told(answer)["The driver "] == "both say it"
    assert told(answer)["Karl Voss d"] == "they differ"
    assert answer.engine.model == "scripted"
    prompt = model.requests[0].messages[-1]
    assert isinstance(prompt, UserMessage)
    assert "neighbours" not in prompt.text  # nothing there is like it, so nobody is asked


def test_what_a_model_calls_silent_is(case: Case) -> None:
    answer = asked(case, "/compare berger.txt voss.txt", FakeChatModel([_entries((2, "silent", 0))]))
    assert told(answer)["The driver "] == "one of them speaks of it, the other is silent"


def test_a_difference_that_code_does_not_see_is_left_to_be_read(case: Case) -> None:
    answer = asked(case, "/compare berger.txt voss.txt", FakeChatModel([_entries((2, "differs", 1))]))
    assert told(answer)["The driver "] in {"to be read side by side", "they differ"}


@pytest.mark.parametrize(
    "written", ["", "no", "{}", _entries((9, "agrees", 1)), "[" * 9_000, _entries((1, "agrees", 7))]
)
def test_where_a_model_says_nothing_that_can_be_used_code_decides(case: Case, written: str) -> None:
    script: Script = [written]
    assert told(asked(case, "/compare berger.txt voss.txt", FakeChatModel(script)))["The driver "] == "both say it"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/compare berger.txt", "Write it like this"),
        ("/compare berger.txt berger.txt", "the same exhibit"),
        ("/compare berger.txt nobody.txt", "no such exhibit"),
    ],
)
def test_what_cannot_be_compared_is_told(case: Case, line: str, says: str) -> None:
    assert says in asked(case, line).reason


@pytest.mark.parametrize(
    "line",
    [
        "/compare a.txt b c.txt",
        '/compare "a.txt" "b c.txt"',
        "/compare a.txt and b c.txt",
        "/compare a.txt, b c.txt",
        "/compare a.txt mit b c.txt",
    ],
)
def test_two_names_can_be_written_in_many_ways(line: str) -> None:
    understood = typed_command(line)
    if line == "/compare a.txt b c.txt":  # which of them has the blank?
        assert not isinstance(understood, PlainCall)
    else:
        assert isinstance(understood, PlainCall)
        assert understood.arguments == {"first": "a.txt", "second": "b c.txt"}
