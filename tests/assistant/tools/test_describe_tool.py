"""What is on a picture: the stored description, a person's yes for a new one, or what is needed."""

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.machine_texts import marked
from assistant.pictures import model as models
from assistant.pictures.describing import NO_EYES
from assistant.pictures.job import describe_pictures, undescribed
from assistant.records import Citation, Outcome, ProposedClaim, Step
from assistant.tools.answering_plainly import answered_plainly
from assistant.tools.asking_first import run_approved
from assistant.tools.context import context_for
from assistant.tools.describe import DescribePicture, MakeDescription, PictureArguments
from assistant.tools.plain_words import PlainCall, plain_call, typed_command
from assistant.tools.records import NotMadeYetError, ToolRefusedError
from casefile.case import Case
from casefile.derivations import Derivations
from casefile.errors import UsageError
from casefile.seals import seal
from ingest.rendering import Renderer
from tests.assistant.pictures.picture_case import SAYS, always, id_of, ingest, jpeg, new_picture_case, put, seeing


@pytest.fixture
def case(tmp_path: Path):
    with new_picture_case(tmp_path) as case:
        files = {"IMG_0231.jpg": jpeg("red"), "IMG_0232.jpg": jpeg("blue"), "note.txt": b"IMG_0231 is a photograph.\n"}
        ingest(case, put(tmp_path / "in", files))
        yield case


def described(case: Case) -> None:
    with Renderer(1) as renderer:
        describe_pictures(case, undescribed(case, always()), always(), renderer)


def asked(case: Case, name: str, exhibit_ids: tuple[str, ...] | None = None):
    return DescribePicture().run(PictureArguments(exhibit=name), context_for(case, None, exhibit_ids))


@pytest.fixture
def eyes(monkeypatch: pytest.MonkeyPatch):
    model = always()
    monkeypatch.setattr(models, "picture_model", lambda *_: model)
    monkeypatch.setattr(models, "can_describe", lambda *_: True)
    return model


@pytest.mark.parametrize("name", ["IMG_0231", "IMG_0231.jpg", "img_0231.JPG"])
def test_a_stored_description_is_read_and_cited_as_made_by_a_machine(case, name):
    described(case)
    outcome = asked(case, name)
    assert "Machine description, by scripted" in outcome.says
    (found,) = outcome.passages
    assert SAYS in found.passage.text
    assert found.exhibit.name == "description of IMG_0231.jpg (machine)"
    citation = Citation(
        1, found.exhibit, found.passage.text_sha256, found.passage.locator, found.passage.text, verified=True
    )
    (shown,) = marked(case, [citation])
    assert shown.machine is not None
    assert shown.machine.of.id == id_of(case, "IMG_0231.jpg")


def test_the_newest_description_is_given(case):
    described(case)
    other = seeing(lambda _request: "A boat.", "another")
    with Renderer(1) as renderer:
        describe_pictures(case, undescribed(case, other), other, renderer)
    assert "A boat." in asked(case, "IMG_0231").passages[0].passage.text


def test_the_answer_to_plain_words_is_a_quote_of_the_description(case):
    described(case)
    call = plain_call("Was ist auf IMG_0231 zu sehen?", ("de",))
    assert isinstance(call, PlainCall)
    answer = answered_plainly(call, context_for(case, None, None))
    assert answer is not None
    (claim,) = [event for event in answer.events if isinstance(event, ProposedClaim)]
    assert SAYS in claim.quotes[0].quote


def test_where_there_is_none_a_person_is_asked_and_a_yes_makes_one(case, eyes):
    call = typed_command("/describe IMG_0231")
    assert isinstance(call, PlainCall)
    answer = answered_plainly(call, context_for(case, None, None))
    assert answer is not None
    (step,) = [event for event in answer.events if isinstance(event, Step)]
    assert (step.tool, step.state) == ("make_description", "asks")
    assert not eyes.requests, "nothing was done before the yes"
    outcome = run_approved(case, step.tool, step.arguments, "Meyer")
    assert SAYS in outcome.says
    made = Derivations(case.database).of([one.id for one in case.catalogue.exhibits()])
    assert [one.actor for one in made.values()] == ["Meyer"]
    assert SAYS in asked(case, "IMG_0231").passages[0].passage.text


def test_where_descriptions_can_be_queued_nobody_waits_for_the_model(case, eyes):
    queued: list[tuple[str, int]] = []
    context = replace(context_for(case, None, None), describe_later=lambda *asked: queued.append(asked))
    outcome = MakeDescription().run(PictureArguments(exhibit="IMG_0231", page=0), context)
    assert "in the background" in outcome.says
    assert queued == [(id_of(case, "IMG_0231.jpg"), 0)]
    assert not eyes.requests
    with pytest.raises(ToolRefusedError):
        MakeDescription().run(PictureArguments(exhibit="note.txt", page=0), context)
    assert len(queued) == 1


def test_a_model_never_makes_one_by_itself():
    assert (DescribePicture.effect, MakeDescription.effect) == ("reads", "writes")


@pytest.mark.parametrize("question", ["/describe IMG_0231", "What is on IMG_0231?"])
def test_without_a_model_that_sees_it_says_what_is_needed(case, question):
    call = typed_command(question) or plain_call(question, ("en",))
    assert isinstance(call, PlainCall)
    answer = answered_plainly(call, context_for(case, None, None))
    assert answer is not None
    (outcome,) = [event for event in answer.events if isinstance(event, Outcome)]
    assert outcome.status == "unclear"
    assert NO_EYES in outcome.reason
    with pytest.raises(UsageError, match="caseclerk models"):
        run_approved(case, "make_description", {"exhibit": id_of(case, "IMG_0231.jpg")}, "Meyer")


@pytest.mark.parametrize("question", ["What is in the safe?", "What is on note.txt?", "Was ist im Tresor?"])
def test_other_questions_stay_questions(case, question):
    call = plain_call(question, ("en", "de"))
    assert call is None or answered_plainly(call, context_for(case, None, None)) is None


def test_scope_seals_and_doubt_are_kept(case, eyes):
    described(case)
    picture = id_of(case, "IMG_0231.jpg")
    assert asked(case, "IMG_0231", (picture,)).passages
    with pytest.raises(ToolRefusedError, match="no such picture"):
        asked(case, "IMG_0231", (id_of(case, "note.txt"),))
    with pytest.raises(ToolRefusedError, match="Several pictures"):
        asked(case, "IMG_")
    with pytest.raises(ToolRefusedError, match="no such picture"):
        asked(case, "note.txt")
    description = Derivations(case.database).from_source(undescribed(case, seeing([], "n"))[0])[0].exhibit_id
    seal(case, description, "privileged", "counsel")
    with pytest.raises(NotMadeYetError):
        asked(case, "IMG_0231")
    seal(case, picture, "privileged", "counsel")
    with pytest.raises(ToolRefusedError, match="no such picture"):
        asked(case, "IMG_0231")
