"""`translate`: the text of one exhibit in another language, beside its original."""

from pydantic import Field

from assistant.chat_models.port import ChatModel
from assistant.records import RankedPassage
from assistant.tools.exhibit_names import exhibit_named, ref_of
from assistant.tools.records import Arguments, Effect, ToolContext, ToolOutcome, ToolRefusedError
from casefile.errors import ModelError
from casefile.locators import PageLocator, SlideLocator

LANGUAGES = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hu": "Hungarian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "zh": "Chinese",
}
"""By ISO 639-1 code, as prompts name them."""
NEEDS_MODEL = (
    "Translating needs a language model, and none is in use. Add one with `caseclerk models`, or let an administrator "
    "set up the engine `server`."
)


class TranslateArguments(Arguments):
    """Which exhibit, and into what."""

    exhibit: str = Field(min_length=1, max_length=300, description="name, or the first 8 or more digits of its id")
    language: str = Field(min_length=2, max_length=20, description="two-letter code of the language, such as de")
    page: int = Field(0, ge=0, le=1_000_000, description="only this page or slide; 0 for the beginning")


class Translate:
    """Translates an exhibit.

    Args:
        model: writes; None says that there is none.
    """

    name = "translate"
    summary = "Translate the text of one exhibit, sentence by sentence, beside its original."
    effect: Effect = "reads"
    arguments: type[Arguments] = TranslateArguments

    def __init__(self, model: ChatModel | None = None) -> None:
        self._model = model

    def run(self, arguments: Arguments, context: ToolContext) -> ToolOutcome:
        """Each sentence translated, with its original as the quote.

        Raises:
            ToolRefusedError: no model, or it failed; no such exhibit in the scope, no such language, no text there.
        """
        from assistant.writing_tasks.translating import translate

        assert isinstance(arguments, TranslateArguments)
        if self._model is None:
            raise ToolRefusedError(NEEDS_MODEL)
        language = _language(arguments.language)
        exhibit = exhibit_named(arguments.exhibit, context)
        reference = ref_of(exhibit)
        passages = [
            RankedPassage(rank, 1.0, {}, reference, one)
            for rank, one in enumerate(context.case.catalogue.passages_of(exhibit.id), start=1)
            if not arguments.page or _page_of(one.locator) == arguments.page
        ]
        if not passages:
            raise ToolRefusedError("That exhibit has no text there.")
        try:
            done = translate(passages, language, self._model, context.stopped)
        except ModelError as error:
            raise ToolRefusedError(f"The model failed: {error}") from error
        says = f"{len(done.claims)} sentences, translated into {language} by a machine; the original is what counts."
        if done.kept:
            says += f" {done.kept} stand in the original: their translation was missing or did not keep every figure."
        if done.left_out:
            says += f" {done.left_out} more were left out; give a page to go on."
        return ToolOutcome(says, done.passages, done.claims, written_by=done.by)


def _language(named: str) -> str:
    wanted = named.casefold()
    found = LANGUAGES.get(wanted) or next((name for name in LANGUAGES.values() if name.casefold() == wanted), None)
    if found is None:
        raise ToolRefusedError(f"There is no such language here. There are: {', '.join(LANGUAGES)}.")
    return found


def _page_of(locator: object) -> int:
    if isinstance(locator, PageLocator):
        return locator.page
    return locator.slide if isinstance(locator, SlideLocator) else 0
