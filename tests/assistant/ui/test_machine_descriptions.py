"""What the page shows of a machine description: the mark, the model, the picture, and the words beside it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.cli.answers import machine_words
from assistant.documents import citation_document
from assistant.machine_texts import marked
from assistant.pictures.job import describe_pictures, undescribed
from assistant.records import Citation, ExhibitRef
from assistant.ui.chat.copying import as_docx, as_markdown, as_text
from assistant.ui.chat.turn_view import view_of_turn
from assistant.ui.source.links import Asked
from assistant.ui.source.records import PictureView, SourceView
from assistant.ui.source.routes import _model, template_of
from assistant.ui.source.views import lit_text, view_of
from assistant.ui.templates import rendered
from assistant.ui.texts import LANGUAGES, speaker
from casefile.case import Case
from casefile.conversations import StoredTurn
from casefile.seals import seal
from ingest.rendering import Renderer
from tests.assistant.pictures.picture_case import id_of, ingest, jpeg, new_picture_case, put, seeing

SAYS = "A photograph of a white van <b>& two people</b>."


@pytest.fixture
def case(tmp_path: Path):
    with new_picture_case(tmp_path) as case, Renderer(workers=1, cache_bytes=0) as renderer:
        ingest(case, put(tmp_path / "in", {"van.jpg": jpeg(), "notes.txt": b"The van was seen.\n"}))
        model = seeing(lambda _request: SAYS, "ministral <i>")
        describe_pictures(case, undescribed(case, model), model, renderer)
        yield case


def description_of(case: Case) -> str:
    return id_of(case, "description of van.jpg (machine)")


def cited(case: Case, exhibit_id: str, quote: str) -> Citation:
    passage = case.catalogue.passages_of(exhibit_id)[0]
    exhibit = case.catalogue.exhibit(exhibit_id)
    ref = ExhibitRef(exhibit.id, exhibit.name, exhibit.path)
    start = passage.text.index(quote)
    locator = replace(passage.locator, start=start, end=start + len(quote))
    return Citation(1, ref, passage.text_sha256, locator, quote, verified=True)


def panel(view: SourceView, exhibit_id: str) -> str:
    model = _model(view, Asked("photos", exhibit_id)) | {"t": speaker("en"), "visit": None, "case": None, "failure": ""}
    return rendered(template_of(view), model)


def test_a_citation_names_the_model_and_the_picture_and_only_then(case):
    of_text = cited(case, id_of(case, "notes.txt"), "The van")
    of_description = cited(case, description_of(case), "white van")
    plain, machine = marked(case, [of_text, of_description])
    assert plain == of_text
    assert "machine" not in citation_document(plain)
    assert citation_document(machine)["machine"] == {
        "kind": "description",
        "model": "ministral <i>",
        "of": {
            "id": id_of(case, "van.jpg"),
            "name": "van.jpg",
            "path": case.catalogue.exhibit(id_of(case, "van.jpg")).path,
        },
        "page": None,
    }
    assert marked(case, [of_text]) == (of_text,)


def test_a_kept_turn_and_what_is_copied_from_it_say_so(case):
    (machine,) = marked(case, [cited(case, description_of(case), "white van")])
    claim = {"text": "There is a white van.", "citations": [1], "computed": None, "supported": True}
    document = {"status": "answered", "claims": [claim], "citations": [citation_document(machine)]}
    turn = StoredTurn(
        1, 1, datetime(2026, 1, 1, tzinfo=UTC), "tester", "?", "", json.dumps(document), "done", "", None, "", "", None
    )
    view = view_of_turn("photos", turn)
    assert view.sources[0].machine == "ministral <i>"
    for language in LANGUAGES:
        say = speaker(language)
        words = say("chat.machine", model="ministral <i>")
        assert words in as_text(view, say)
        assert "ministral" in as_markdown(view, say)
        assert as_docx(view, say)


def test_the_panel_shows_the_picture_with_the_description_beside_it(case):
    picture, description = id_of(case, "van.jpg"), description_of(case)
    text = case.catalogue.text(description)
    start = text.index("white van")
    view = view_of(case, description, None, start, start + 9)
    assert isinstance(view, PictureView)
    assert view.described is not None
    assert (view.described.exhibit_id, view.described.model, view.shown) == (picture, "ministral <i>", False)
    assert lit_text(view) == "white van"
    assert "".join(piece.text for piece in view.text) == text
    assert view_of(case, description, show=True).shown
    html = panel(view, description)
    assert f"/picture/{picture}.png?blur=1" in html
    assert "Machine description, by ministral &lt;i&gt;." in html
    assert "<b>" not in html
    assert "<i>" not in html


def test_a_sealed_picture_is_not_shown_beside_its_description(case):
    seal(case, id_of(case, "van.jpg"), "privileged", "counsel", with_parts=False)
    description = description_of(case)
    view = view_of(case, description)
    assert isinstance(view, PictureView)
    assert view.described is not None
    assert view.described.sealed
    assert not view.drawable
    assert ".png" not in panel(view, description)


def test_the_words_in_the_terminal_hold_no_control_characters():
    assert machine_words("m\x1b[2J", "a\nb.jpg") == (
        "machine description, by m\\x1b[2J: no evidence itself. Look at a\\nb.jpg"
    )
