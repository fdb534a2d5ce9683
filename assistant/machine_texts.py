"""Citations of what a model wrote about a picture say so: the verifier counts its text, and only a person has eyes."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.records import Citation, ExhibitRef, MachineText
from casefile.case import Case
from casefile.derivations import Derivations


def marked(case: Case, citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """The citations; those of a text that a model made name the model and the picture."""
    made = Derivations(case.database).of([citation.exhibit.id for citation in citations])
    if not made:
        return tuple(citations)
    pictures = case.catalogue.exhibits_by_id([one.source_id for one in made.values()])
    texts = {}
    for exhibit_id, one in made.items():
        picture = pictures[one.source_id]
        texts[exhibit_id] = MachineText(one.model, ExhibitRef(picture.id, picture.name, picture.path), one.page)
    return tuple(replace(citation, machine=texts.get(citation.exhibit.id)) for citation in citations)
