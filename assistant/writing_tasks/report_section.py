"""A section of a report: heading and passages become a few sentences of prose, each with a quote that bears it out."""

from collections.abc import Sequence

from assistant.chat_models.port import ChatModel, Stopped
from assistant.engines.writing.context import cleaned
from assistant.engines.writing.quoting import Quoter
from assistant.lexicon import Language
from assistant.prompting import load
from assistant.records import RankedPassage
from assistant.writing_tasks.asking import written_by
from assistant.writing_tasks.summarising import LANGUAGES, Summary, borne_out_by

_PROMPTS = ("report_section_system", "report_section")


def write_section(
    heading: str,
    passages: Sequence[RankedPassage],
    model: ChatModel,
    quoter: Quoter,
    language: Language,
    stopped: Stopped | None = None,
) -> Summary:
    """Let a model write the section, and keep the sentences that code can quote.

    Args:
        heading: what it is about, as a person words it.
        passages: all that it may use.
        model: writes.
        quoter: finds the quotes.
        language: to write in.
        stopped: True ends it with what was written until then.

    Raises:
        ModelError: as the model does.
    """
    system, section = (load(name) for name in _PROMPTS)

    def asked(quoted: str) -> str:
        return section.fill(passages=quoted, heading=cleaned(heading), language=LANGUAGES[language])

    claims, dropped = borne_out_by(passages, system.text, asked, model, quoter, language, stopped)
    by = written_by(model, (system, section))
    return Summary(tuple(claims), tuple(passages), len(passages), len(passages), dropped, by)
