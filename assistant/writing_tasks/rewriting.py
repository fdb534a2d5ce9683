"""A follow-up question in full, proposed by a model where the rules of `assistant.conversation` leave it as it is.

The proposal is used only when it keeps all that the question names, names nothing that is neither in the question nor
in the turns before, denies what the question denies, stays in its language and is not much longer; else the question
stands. It is shown either way.
"""

from collections.abc import Sequence

from assistant.chat_models.port import ChatModel, Stopped
from assistant.conversation import LONGEST, Rewrite
from assistant.conversation_words import WORDS, FollowUpLanguage
from assistant.engines.writing.context import cleaned, fence_for
from assistant.lexicon import fold, language_of, negations, words
from assistant.names import find_names
from assistant.prompting import load
from assistant.records import Turn
from assistant.sentence_ranking import stems
from assistant.values import find_values
from assistant.writing_tasks.asking import ask
from casefile.errors import ModelError

TURNS = 2
"""Earlier turns that the model is shown; names may come from them alone."""
MOST_LONGER = 160
"""Characters by which a proposal may be longer than twice the question."""
KEPT = 0.6
"""Share of the question's own words that a proposal must keep."""
_MOSTLY_OTHERWISE = frozenset({"the", "that", "dat", "die"})
"""Words that may point back and mostly do not: an article, a conjunction, a relative pronoun."""
_LONGEST_TURN = 500
_ANSWER_TOKENS = 96


def reworded(
    question: str,
    history: Sequence[Turn],
    by_rule: Rewrite,
    model: ChatModel,
    languages: Sequence[str] = (),
    stopped: Stopped | None = None,
) -> Rewrite:
    """What the rules made of a question, or a model's proposal where they made nothing and it holds.

    Args:
        question: as typed.
        history: earlier turns, oldest first.
        by_rule: what `assistant.conversation.rewrite` gave.
        model: is asked only about a question that points back; one that fails changes nothing.
        languages: of the case.
        stopped: True leaves the question as it is.
    """
    if by_rule.changed or by_rule.exhibits or not history or not _points_back(question, languages):
        return by_rule
    recent = history[-TURNS:]
    turns = [text for turn in recent for text in (turn.standalone or turn.question, turn.answer)]
    shown = [cleaned(text)[:_LONGEST_TURN] for text in turns]
    fence = fence_for(shown)
    try:
        written = ask(
            model,
            load("rewrite_system").text,
            load("rewrite").fill(conversation="\n".join([fence, *shown, fence]), question=cleaned(question)),
            most_tokens=_ANSWER_TOKENS,
            stopped=stopped,
        )
    except ModelError:
        return by_rule
    proposal = " ".join(written.text.split()).strip('"\u201c\u201d')
    if written.reason != "stop" or not holds(question, proposal, " ".join(turns), languages):
        return by_rule
    carried = tuple(named for named in _named(proposal, languages) if fold(named) not in fold(question))
    return Rewrite(proposal, changed=True, carried=carried, background=by_rule.background)


def holds(question: str, proposal: str, before: str, languages: Sequence[str] = ()) -> bool:
    """Whether a proposal asks the same and invents nothing.

    Args:
        question: as typed.
        proposal: as the model wrote it, on one line.
        before: all that the earlier turns say.
        languages: of the case.
    """
    if not proposal.isprintable() or not 0 < len(proposal) <= 2 * len(question) + MOST_LONGER:
        return False
    language = language_of(question, languages)
    if language_of(proposal, languages) != language or proposal.casefold() == question.casefold():
        return False
    if (negations(question, language) > 0) != (negations(proposal, language) > 0):
        return False
    asked = stems(question)
    if len(asked & stems(proposal)) < KEPT * len(asked):
        return False
    folded, known = fold(proposal), fold(f"{question} {before}")
    kept = all(fold(named) in folded for named in _named(question, languages))
    return kept and all(fold(named) in known for named in _named(proposal, languages))


def _named(text: str, languages: Sequence[str]) -> tuple[str, ...]:
    """Values and names of a text, as written."""
    language = language_of(text, languages)
    found = [value.raw for value in find_values(text, language)]
    return tuple(dict.fromkeys([*found, *(name.raw for name in find_names(text, language))]))


def _points_back(question: str, languages: Sequence[str]) -> bool:
    """Whether it has a pronoun or a word that points; a question without one is taken to stand alone."""
    if len(question) > LONGEST:
        return False
    language: FollowUpLanguage = language_of(question, languages)
    known = WORDS[language]
    back = known.person | known.thing | known.possessive | known.then | (known.pointing - _MOSTLY_OTHERWISE)
    return bool(frozenset(words(question)) & back)
