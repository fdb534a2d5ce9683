"""A model's wording of a follow-up is used only when it asks the same and invents nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat_models.fake import FakeChatModel
from assistant.chat_models.port import ChatRequest
from assistant.conversation import Rewrite
from assistant.records import Turn
from assistant.writing_tasks.rewriting import holds, reworded
from casefile.errors import ModelCrashedError

QUESTION = "Did it not arrive there on 5 May?"
BEFORE = Turn(
    "Where was the container of Nordlicht GmbH sent?",
    "Where was the container of Nordlicht GmbH sent?",
    "The container of Nordlicht GmbH was sent to Rotterdam on 3 May 2024 [1].",
)
UNCHANGED = Rewrite(QUESTION, changed=False)
GOOD = "Did the container of Nordlicht GmbH not arrive in Rotterdam on 5 May?"


def test_a_wording_that_holds_is_used() -> None:
    model = FakeChatModel([f'"{GOOD}"\n'])
    found = reworded(QUESTION, [BEFORE], UNCHANGED, model)
    assert (found.question, found.changed) == (GOOD, True)
    assert "Rotterdam" in " ".join(found.carried)


@pytest.mark.parametrize(
    "proposal",
    [
        "",
        QUESTION,
        "Yes, it arrived in Rotterdam on 5 May.",
        "Did the container of Nordlicht GmbH arrive in Rotterdam on 5 May?",
        "Did the container of Nordlicht GmbH not arrive in Rotterdam on 6 May?",
        "Did the container of Nordlicht GmbH not arrive in Antwerp on 5 May?",
        "Did the container of Nordlicht GmbH and Karl Voss not arrive in Rotterdam on 5 May?",
        "Kam der Container der Nordlicht GmbH nicht am 5. Mai in Rotterdam an?",
        "Who is guilty?",
        f"{GOOD} {'Did it not arrive in Rotterdam on 5 May? ' * 10}",
    ],
)
def test_one_that_does_not_leaves_the_question_alone(proposal: str) -> None:
    assert reworded(QUESTION, [BEFORE], UNCHANGED, FakeChatModel([proposal])) is UNCHANGED


def test_nobody_is_asked_about_what_stands_alone_or_what_the_rules_made() -> None:
    model = FakeChatModel([])
    whole = Rewrite("Who paid Karl Voss?", changed=False)
    assert reworded(whole.question, [BEFORE], whole, model) is whole
    ruled = Rewrite(GOOD, changed=True)
    assert reworded(QUESTION, [BEFORE], ruled, model) is ruled
    assert reworded(QUESTION, [], UNCHANGED, model) is UNCHANGED
    assert model.requests == []


def test_a_model_that_fails_or_is_stopped_changes_nothing() -> None:
    def fails(_: ChatRequest) -> str:
        raise ModelCrashedError("It died.")

    assert reworded(QUESTION, [BEFORE], UNCHANGED, FakeChatModel(fails)) is UNCHANGED
    assert reworded(QUESTION, [BEFORE], UNCHANGED, FakeChatModel([GOOD]), stopped=lambda: True) is UNCHANGED


@given(st.text(max_size=80), st.integers(10, 99))
def test_no_figure_is_invented(text: str, figure: int) -> None:
    assert not holds("Was it there?", f"Was the box {text} there in {figure}{figure}X?", "The box.")
