"""`describe_picture` reads what a model said of a picture; `make_description`, which asks first, has a model say it.

A description is stored in the case, so making one writes: an order in evidence cannot start it.
"""

from contextlib import closing

from pydantic import Field

from assistant.records import RankedPassage
from assistant.tools.exhibit_names import NONE_SUCH, exhibits_named, ref_of
from assistant.tools.records import Arguments, Effect, NotMadeYetError, ToolContext, ToolOutcome, ToolRefusedError
from casefile.derivations import Derivations, Pictured
from casefile.errors import CaseBusyError, ModelError, ModelMissingError, SettingsError, UntrustedInputError
from casefile.records import Exhibit

MOST_PAGES = 10


class PictureArguments(Arguments):
    """Which picture, or which page of a scan."""

    exhibit: str = Field(min_length=1, max_length=300, description="name, or the first 8 or more digits of its id")
    page: int = Field(0, ge=0, le=1_000_000, description="the page of a scanned document; 0 for all, and for pictures")


class DescribePicture:
    """Reads the description of a picture."""

    name = "describe_picture"
    summary = "Read what a model has said is to be seen on a picture or a scanned page."
    effect: Effect = "reads"
    arguments: type[Arguments] = PictureArguments

    def run(self, arguments: Arguments, context: ToolContext) -> ToolOutcome:
        """The stored descriptions; each says that a machine made it.

        Raises:
            ToolRefusedError: no such picture in the scope.
            NotMadeYetError: it has none yet; says whether a model can make one, or what is needed for that.
        """
        assert isinstance(arguments, PictureArguments)
        exhibit, places = _pictured(arguments, context)
        stored = Derivations(context.case.database)
        made = [one for place in places for one in stored.from_source(place)[:1]]
        known = context.case.catalogue.exhibits_by_id([one.exhibit_id for one in made])
        passages = [
            RankedPassage(rank, 1.0, {}, ref_of(known[exhibit_id]), passage)
            for rank, exhibit_id in enumerate(dict.fromkeys(one.exhibit_id for one in made), start=1)
            for passage in context.case.catalogue.passages_of(exhibit_id)
        ]
        if passages:
            models = ", ".join(dict.fromkeys(one.model for one in made))
            return ToolOutcome(f"Machine description, by {models}: look at the picture itself.", tuple(passages))
        _require_eyes(context)
        raise NotMadeYetError(
            "There is no description of this picture yet; a model can make one.",
            MakeDescription.name,
            {"exhibit": exhibit.id, "page": arguments.page},
        )


class MakeDescription:
    """Has a model describe a picture, and stores what it says."""

    name = "make_description"
    summary = "Have the model describe a picture or scanned pages; the description is stored in the case."
    effect: Effect = "writes"
    arguments: type[Arguments] = PictureArguments

    def run(self, arguments: Arguments, context: ToolContext) -> ToolOutcome:
        """Describe it now, in a process of its own that ends afterwards, or queue that where the context can.

        Raises:
            ToolRefusedError: no such picture in the scope, no model that sees, it cannot be drawn, or somebody else
                is writing to the case.
        """
        from assistant.pictures.job import describe_one
        from assistant.pictures.model import picture_model
        from casefile.settings import load_settings
        from ingest.rendering import Renderer

        assert isinstance(arguments, PictureArguments)
        exhibit, places = _pictured(arguments, context)
        if context.describe_later is not None:
            context.describe_later(exhibit.id, arguments.page)
            return ToolOutcome("It is being described in the background; ask again once it is done.")
        home = context.case.home
        try:
            with closing(picture_model(home, load_settings(home.root).settings)) as model, Renderer(1) as renderer:
                made = [describe_one(context.case, place, model, renderer) for place in places[:MOST_PAGES]]
        except (ModelError, ModelMissingError, SettingsError, UntrustedInputError, CaseBusyError) as error:
            raise ToolRefusedError(str(error)) from error
        texts = [context.case.catalogue.text(exhibit_id).strip() for exhibit_id in made if exhibit_id is not None]
        more = len(places) - MOST_PAGES
        rest = [f"{more} more pages: `caseclerk describe --case {context.case.description.id}`."] if more > 0 else []
        return ToolOutcome("\n\n".join([*texts, *rest]) or NONE_SUCH)


def _pictured(arguments: PictureArguments, context: ToolContext) -> tuple[Exhibit, tuple[Pictured, ...]]:
    """The one picture, or document with pages without text, that is called so."""
    from assistant.pictures.job import pictures_of

    found = []
    for exhibit in exhibits_named(arguments.exhibit, context):
        places = pictures_of(context.case, exhibit)
        chosen = tuple(place for place in places if not arguments.page or place.page == arguments.page)
        if chosen:
            found.append((exhibit, chosen))
    if not found:
        raise ToolRefusedError("There is no such picture or page without text among what the question is asked of.")
    if len(found) > 1:
        told = ", ".join(f"{exhibit.name[:80]} ({exhibit.id[7:19]})" for exhibit, _ in found[:5])
        raise ToolRefusedError(f"Several pictures are called that: {told}. Give the digits of one.")
    return found[0]


def _require_eyes(context: ToolContext) -> None:
    from assistant.pictures.describing import NO_EYES
    from assistant.pictures.model import can_describe
    from casefile.settings import load_settings

    home = context.case.home
    try:
        sees = can_describe(home, load_settings(home.root).settings)
    except (ModelMissingError, SettingsError) as error:
        raise NotMadeYetError(str(error)) from error
    if not sees:
        raise NotMadeYetError(f"There is no description of this picture yet. {NO_EYES}")
