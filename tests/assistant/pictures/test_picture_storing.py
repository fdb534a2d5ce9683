"""A description is an exhibit of its own, tied to its picture: found, sealed, erased and verified with it."""

from pathlib import Path

import pytest

from assistant.pictures.describing import Description
from assistant.pictures.job import describe_pictures, undescribed
from assistant.pictures.storing import DESCRIBED, store_description
from casefile.case import Case
from casefile.derivations import Derivations, Pictured
from casefile.erasing import erase
from casefile.errors import ExhibitSealedError
from casefile.seals import seal, unseal
from casefile.verify import verify_case
from ingest.rendering import Renderer
from tests.assistant.pictures.picture_case import SAYS, always, id_of, ingest, jpeg, new_picture_case, put, seeing


@pytest.fixture
def case(tmp_path: Path):
    with new_picture_case(tmp_path) as case:
        ingest(case, put(tmp_path / "in", {"IMG_0231.jpg": jpeg("red"), "IMG_0232.jpg": jpeg("blue")}))
        yield case


@pytest.fixture
def renderer():
    with Renderer(workers=1, cache_bytes=0) as renderer:
        yield renderer


def describe_all(case: Case, renderer: Renderer, says: str = SAYS, name: str = "scripted") -> tuple[str, ...]:
    model = seeing(lambda _request: says, name)
    result = describe_pictures(case, undescribed(case, model), model, renderer)
    assert not result.failures
    return result.described


def test_a_description_is_a_part_of_its_picture_and_says_what_it_is(case, renderer):
    first, second = describe_all(case, renderer)
    picture = id_of(case, "IMG_0231.jpg")
    made = case.catalogue.exhibit(first)
    assert first != second, "equal words about two pictures are two exhibits"
    assert made.name == "description of IMG_0231.jpg (machine)"
    assert made.path.endswith("IMG_0231.jpg!/description (machine)")
    assert (made.derived_from, made.media_type, made.status) == (picture, "text/plain", "complete")
    text = case.catalogue.text(first)
    assert text == case.originals.path(first).read_text(encoding="utf-8")
    assert text == f"Machine description of picture {picture[7:19]}, made by scripted.\n\n{SAYS}\n"
    derivation = Derivations(case.database).of([first, picture])
    assert list(derivation) == [first]
    assert derivation[first].source_id == picture
    assert derivation[first].actor == "tester"
    logged = [event for event in case.custody.events() if event.action == DESCRIBED]
    assert [event.kind for event in logged] == ["combination"] * 2
    assert logged[0].details["picture"] == picture
    assert logged[0].details["description"] == first


def test_it_is_found_by_words_at_once_and_by_meaning_after_the_next_embedding(case, renderer):
    first, _ = describe_all(case, renderer)
    found = case.catalogue.passages(case.fulltext.all_passages("plate"))
    assert first in {passage.exhibit_id for passage in found.values()}
    assert case.catalogue.pending_count() == 2
    ingest(case)
    assert case.catalogue.pending_count() == 0
    plates = [one for one in case.catalogue.identifiers(exhibit_id=first) if one.identifier.kind == "code"]
    assert plates
    assert all(one.identifier.start > len("Machine description") for one in plates)


def test_what_the_heading_holds_is_no_identifier_of_the_case(case, renderer):
    first, _ = describe_all(case, renderer, "Nothing can be made out.", "model AB-CD 1234 of 2024-05-31")
    assert not case.catalogue.identifiers(exhibit_id=first)
    assert not case.catalogue.moments(exhibit_id=first)


def test_another_model_makes_a_new_one_and_the_old_one_stays(case, renderer):
    describe_all(case, renderer)
    assert not undescribed(case, always())
    assert len(describe_all(case, renderer, name="another")) == 2
    made = Derivations(case.database).from_source(Pictured(id_of(case, "IMG_0231.jpg")))
    assert [one.model for one in made] == ["another", "scripted"]


def test_the_case_stays_sound(case, renderer):
    describe_all(case, renderer)
    ingest(case)
    assert verify_case(case).problems == ()


def test_sealing_and_unsealing_take_the_description_along(case, renderer):
    first, second = describe_all(case, renderer)
    picture = id_of(case, "IMG_0231.jpg")
    seal(case, picture, "privileged", "a client of counsel")
    with pytest.raises(ExhibitSealedError):
        case.catalogue.require_open(first)
    case.catalogue.require_open(second)
    assert undescribed(case, seeing([], "another")) == (Pictured(id_of(case, "IMG_0232.jpg")),)
    unseal(case, picture, "consent")
    assert case.catalogue.text(first)


def test_a_picture_sealed_while_it_is_described_gets_no_description(case):
    picture = id_of(case, "IMG_0231.jpg")
    seal(case, picture, "privileged", "a client of counsel")
    assert store_description(case, Pictured(picture), Description(SAYS, "m", "0" * 64, "1" * 64)) is None
    assert verify_case(case).problems == ()


def test_erasing_a_picture_takes_its_description_along(case, renderer):
    first, second = describe_all(case, renderer)
    picture = id_of(case, "IMG_0231.jpg")
    assert set(erase(case, picture, "wrong file")) == {picture, first}
    assert not case.originals.path(first).exists()
    assert case.catalogue.knows(second)
    assert list(Derivations(case.database).of([first, second])) == [second]
    assert verify_case(case).problems == ()


def test_a_description_can_be_erased_alone_and_made_again(case, renderer):
    first, _ = describe_all(case, renderer)
    assert erase(case, first, "it is wrong") == (first,)
    assert verify_case(case).problems == ()
    assert describe_all(case, renderer) == (first,)
    assert verify_case(case).problems == ()


def test_the_picture_found_at_a_further_place_brings_its_description(case, renderer, tmp_path):
    first, _ = describe_all(case, renderer)
    ingest(case, put(tmp_path / "again", {"copy.jpg": jpeg("red")}))
    paths = [line.path for line in case.catalogue.occurrences(first)]
    assert [path.rpartition("/in/")[2].rpartition("/again/")[2] for path in paths] == [
        "IMG_0231.jpg!/description (machine)",
        "copy.jpg!/description (machine)",
    ]
    assert verify_case(case).problems == ()
