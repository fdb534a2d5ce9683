"""Follow-up questions put into a form that stands alone, by rule: no language model, and shown to the user.

A pronoun, a possessive, `that account` or `then` is replaced by what it points back to in the questions and answers
before; a fragment (`And on 5 May?`, `What about Meyer?`, `Und wann?`) takes the place of the like part of the last
question. What cannot be told is left as it is: a wrong name in a question does more harm than a missing one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.conversation_entities import Entity, entities
from assistant.conversation_words import NOUNS, WORDS, FollowUpLanguage, FollowUpWords, Kind
from assistant.records import Turn
from assistant.retrieval.query import language_of
from assistant.retrieval.stop_words import ALL_STOP_WORDS

TURNS = 4
"""Earlier turns that are looked at, the latest first."""
LONGEST = 600
"""Characters beyond which a question is taken to stand alone."""
FRAGMENT_WORDS = 8

_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_SPACES = re.compile(r"\s+")
_VALUE_NEXT = re.compile(r"\s+[^\w\s]{0,3}(?:[A-Z]{2,}\b|\w*\d)")
_PRONOMINAL = re.compile(
    r"\b(?P<all>da(?:r)?(?P<preposition>von|mit|in|für|bei|zu|über|an|auf|gegen|nach))\b", re.IGNORECASE
)
_INVERSION = re.compile(r"\b(?P<verb>[^\W\d_]+)-(?:t-)?(?P<pronoun>ils?|elles?)\b", re.IGNORECASE)
_SPEAKERS = frozenset("i you we me us ich du wir mich uns je tu nous vous ik jij wij u".split())  # noqa: SIM905
"""Who speaks in a fragment makes it a remark, not a question."""
_FILLERS = frozenset("part parts kind kinds type types sort way example teil art partie deel soort".split())  # noqa: SIM905
_OF_THINGS_TOO = frozenset("they them their its it leur leurs ils elles hun hen".split())  # noqa: SIM905
"""Pronouns that a noun earlier in the same question explains as well as a name does."""
_ENGLISH_POINTING_VERBS = frozenset("is was does did about after before because of from for than like".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A question that stands alone.

    Attributes:
        question: to be searched and shown; the question itself where nothing was to do.
        changed: whether it differs.
        carried: names, dates, identifiers or topics that were carried over.
        background: earlier questions that give the search its bearings (`Retriever.search(background=...)`).
        exhibits: ids that a pointer such as `in that mail` narrows the search to; empty for no narrowing.
    """

    question: str
    changed: bool
    carried: tuple[str, ...] = ()
    background: tuple[str, ...] = ()
    exhibits: tuple[str, ...] = ()


def rewrite(question: str, history: Sequence[Turn], languages: Sequence[str] = ("en",)) -> Rewrite:
    """Put a follow-up into a form that stands alone.

    Args:
        question: as typed.
        history: earlier turns, oldest first.
        languages: of the case, for a question too short to tell its own.
    """
    recent = [turn for turn in history if turn.standalone.strip() or turn.question.strip()][-TURNS:]
    background = tuple(turn.standalone or turn.question for turn in recent[-1:])
    if not recent or not question.strip() or len(question) > LONGEST:
        return Rewrite(question, changed=False, background=background)
    memory = _Memory(recent, _language(question, recent, languages))
    carried: list[str] = []
    standing = _SPACES.sub(" ", question.strip())
    for step in (_resolve_pointers, _resolve_pronouns, _complete_fragment):
        standing = step(standing, memory, carried)
    if not carried:
        return Rewrite(question, changed=False, background=background, exhibits=memory.pointed_exhibits)
    return Rewrite(standing, standing != question, tuple(dict.fromkeys(carried)), background, memory.pointed_exhibits)


def _language(question: str, recent: Sequence[Turn], languages: Sequence[str]) -> FollowUpLanguage:
    guesses = [language_of(question), *(language_of(turn.question) for turn in reversed(recent)), *languages]
    for guess in guesses:
        if guess in WORDS:
            return guess
    return "en"


class _Memory:
    """What earlier turns name, in the order in which a follow-up would point back to it."""

    def __init__(self, recent: Sequence[Turn], language: FollowUpLanguage) -> None:
        self.language = language
        self.words: FollowUpWords = WORDS[language]
        self.last = _SPACES.sub(" ", (recent[-1].standalone or recent[-1].question).strip())
        self.pointed_exhibits: tuple[str, ...] = ()
        self._recent = recent
        self._found = [found for turn in reversed(recent) for found in self._of_turn(turn)]

    def entities_in(self, text: str) -> tuple[Entity, ...]:
        """The entities of a text in this conversation's language."""
        return entities(text, self.words, nouns_are_capital=self.language == "de")

    def _of_turn(self, turn: Turn) -> list[Entity]:
        asked = self.entities_in(turn.standalone or turn.question)
        said = self.entities_in(turn.answer)
        new = [entity for entity in said if entity.text.lower() not in (turn.standalone or turn.question).lower()]
        asks_who = bool(re.match(r"(?i)\s*(?:who|wer|wem|wen|qui|wie)\b(?!\s+(?:viel|lang|oft))", turn.question))
        if asks_who:
            return [*new, *asked]
        # A single capital letter in running text is a weak sign: a name of one word must come up twice.
        sure = [e for e in new if e.kind != "name" or " " in e.text or turn.answer.count(e.text) > 1]
        return [*asked, *sure]

    def latest(self, kind: Kind, *, but_not: str = "") -> Entity | None:
        """The entity of a kind that was named last; of a kind that an answer gives, the answer's."""
        fitting = (e for e in self._found if e.kind == kind and e.text.lower() not in but_not.lower())
        return next(fitting, None)

    def somebody(self, *, but_not: str) -> Entity | None:
        """The person last spoken of; a company only where there is no person."""
        names = [e for e in self._found if e.kind == "name" and e.text.lower() not in but_not.lower()]
        return next((e for e in names if not e.is_company), names[0] if names else None)

    def topic(self, *, thing: bool = False) -> str:
        """What the last question was about: its names, else its longest stretch of content words.

        A `thing` is the exhibit that the question speaks of before it is a name.
        """
        for noun in (word.lower() for word in _WORD.findall(self.last)) if thing else ():
            if noun in self.words.papers and (paper := self.paper(noun)):
                return f"{_definite('', self.language)}{paper}" if self.language == "en" else paper
        names = [e.text for e in self.entities_in(self.last) if e.kind in ("name", "code", "account", "phone", "email")]
        if names:
            return names[0]
        stretch = _content_stretches(self.last, self.words)
        return max(stretch, key=len) if stretch else ""

    def paper(self, noun: str) -> str:
        """How an earlier question named an exhibit of this sort: the noun with what follows it; else empty."""
        stop = r"(?=[,;?!]|$|\s(?:what|which|who|when|where|how|did|does|was|were|is|welche|wer|wann|quel|qui|wat)\b)"
        pattern = re.compile(
            rf"(?i)\b{re.escape(noun)}\b\s(?:of|from|to|between|about|with|von|vom|an|zwischen|über|mit|de|du|entre|à|van|aan|tussen|over|met)\s.{{1,120}}?{stop}"
        )
        for turn in reversed(self._recent):
            match = pattern.search(turn.standalone or turn.question)
            if match:
                return match.group().strip()
        return ""

    def exhibits(self) -> tuple[str, ...]:
        """What the last answer cited."""
        return self._recent[-1].exhibits


def _content_stretches(text: str, words: FollowUpWords) -> list[str]:
    """Runs of content words that follow an article, a preposition, or the verb with which the question begins."""
    found: list[list[re.Match[str]]] = [[]]
    leads = [False]
    for number, match in enumerate(_WORD.finditer(text)):
        low = match.group().lower()
        if (
            low in ALL_STOP_WORDS
            or low in words.verbs
            or low in words.question_words
            or low in words.articles | _FILLERS
        ):
            found.append([])
            leads.append(low in words.articles | words.prepositions or (number == 0 and low in words.verbs))
        else:
            found[-1].append(match)
    runs = [run for run, lead in zip(found, leads, strict=True) if run and lead]
    long = [run for run in runs if len(run) > 1 or len(run[0].group()) > 3]
    return [_with_article(text, run[0].start(), run[-1].end()) for run in long]


def _with_article(text: str, start: int, end: int) -> str:
    """A stretch; one that had an English article is known by now, and gets the definite one."""
    before = text[:start].rsplit(maxsplit=1)[-1:]
    known = before and before[0].lower() in ("a", "an", "the")
    return f"the {text[start:end]}" if known else text[start:end]


def _resolve_pointers(question: str, memory: _Memory, carried: list[str]) -> str:
    """`that account`, `am selben Tag`, `in cette lettre`: the thing itself is put behind the noun or in its place."""
    words = memory.words
    tokens = list(_WORD.finditer(question))
    for number in range(len(tokens) - 1, 0, -1):
        noun, pointer = tokens[number].group().lower(), tokens[number - 1].group().lower()
        if pointer not in words.pointing or noun in words.pointing:
            continue
        start, end = tokens[number - 1].start(), tokens[number].end()
        if noun in NOUNS and _VALUE_NEXT.match(question, end):
            continue  # `the plate WGB-KDK 357` says itself which one
        said = _pointed(noun, memory, question)
        if said is None:
            continue
        carried.append(said)
        question = question[:start] + _spelled_out(pointer, noun, said, question[:start], memory) + question[end:]
    return _resolve_then(question, memory, carried)


def _spelled_out(pointer: str, noun: str, said: str, before: str, memory: _Memory) -> str:
    """What is put for a pointer and its noun: `Meyer`, `on 3 May`, `the account DE89…`, `the mail from Meyer`."""
    words = memory.words
    if noun in words.people:
        return said
    if noun in words.days:
        has_preposition = before and before.rsplit(maxsplit=1)[-1].lower() in words.prepositions | words.articles
        return said if has_preposition else f"{words.at} {said}"
    named = f"{noun} {said}" if noun in NOUNS else said
    if memory.language == "de" and pointer.startswith("selbe"):
        return named
    return _definite(pointer, memory.language) + named


def _definite(pointer: str, language: FollowUpLanguage) -> str:
    """The article that takes the place of a pointer before a noun."""
    if language == "en":
        return "the "
    if language == "de":
        return {"r": "der ", "s": "das ", "n": "den ", "m": "dem "}.get(pointer[-1], "die ")
    if language == "fr":
        return {"cette": "la ", "ces": "les "}.get(pointer, "le ")
    return "de " if pointer in ("deze", "die", "dezelfde") else "het "


def _pointed(noun: str, memory: _Memory, question: str) -> str | None:
    words = memory.words
    if noun in words.papers:
        memory.pointed_exhibits = memory.exhibits()
        return memory.paper(noun) or None
    if noun in words.people:
        entity = memory.somebody(but_not=question)
    elif noun in words.days:
        entity = memory.latest("date")
    elif noun in NOUNS:
        entity = memory.latest(NOUNS[noun])
        if entity is None and NOUNS[noun] == "phone":
            entity = memory.latest("code") or memory.latest("account")
    else:
        entity = None
    return entity.text if entity is not None and entity.text.lower() not in question.lower() else None


def _resolve_then(question: str, memory: _Memory, carried: list[str]) -> str:
    match = re.search(r"(?i)(?<=\w )(" + "|".join(sorted(memory.words.then)) + r")\s*(?=\?|$)", question)
    date = memory.latest("date")
    if match is None or date is None:
        return question
    carried.append(date.text)
    return f"{question[: match.start()]}{memory.words.at} {date.text}{question[match.end() :]}"


def _resolve_pronouns(question: str, memory: _Memory, carried: list[str]) -> str:
    """The first pronoun of each sort is replaced; what a name earlier in the question explains is left alone."""
    if memory.language == "de":
        question = _resolve_pronominal(question, memory, carried)
    if memory.language == "fr":
        question = _resolve_inversion(question, memory, carried)
    named = memory.entities_in(question)
    for match in list(_WORD.finditer(question)):
        low = match.group().lower()
        if any(entity.kind == "name" and entity.start < match.start() for entity in named):
            break
        if _in_later_clause(question[: match.start()], memory.words):
            break
        if low in _OF_THINGS_TOO and _has_noun(question[: match.start()], memory.words):
            continue
        replacement = _replacement(low, match, question, memory)
        if replacement is not None:
            said, shown, end = replacement
            carried.append(said)
            return question[: match.start()] + shown + question[end:]
    return question


def _in_later_clause(before: str, words: FollowUpWords) -> bool:
    """Whether a clause with content of its own ended before: a pronoun then points back into it."""
    ended = re.split(r"[.,;:?!]", before)[:-1]
    said = (match.group().lower() for clause in ended for match in _WORD.finditer(clause))
    return any(w not in ALL_STOP_WORDS and w not in words.verbs and w not in words.question_words for w in said)


def _has_noun(before: str, words: FollowUpWords) -> bool:
    """Whether an article with a content word stands before: `Does the rover get its power …`."""
    tokens = [match.group().lower() for match in _WORD.finditer(before)]
    return any(first in words.articles and second not in ALL_STOP_WORDS for first, second in pairwise(tokens))


def _replacement(low: str, match: re.Match[str], question: str, memory: _Memory) -> tuple[str, str, int] | None:
    """What a word stands for, what is put in its place, and where the replaced stretch ends; None for a plain word."""
    words = memory.words
    following = _WORD.match(question, match.end() + 1) if question[match.end() : match.end() + 1] == " " else None
    next_word = following.group() if following else ""
    if low in words.possessive and following is not None and _is_possessive(low, next_word, match, question, memory):
        owner = memory.topic(thing=True) if low == "its" else _owner(memory, question)
        return (owner, *_possessive(low, owner, next_word, match.end(), following.end(), memory)) if owner else None
    if low in words.person and _is_pronoun(match, question, memory):
        entity = memory.somebody(but_not=question)
        if entity is not None:
            return entity.text, entity.text, match.end()
        low = "it" if low in ("they", "them") else low
    if _is_thing(low, next_word, match, question, memory):
        topic = memory.topic(thing=True)
        return (topic, topic, match.end()) if topic and topic.lower() not in question.lower() else None
    return None


def _owner(memory: _Memory, question: str) -> str:
    entity = memory.somebody(but_not=question)
    return entity.text if entity is not None else memory.topic()


def _is_possessive(low: str, next_word: str, match: re.Match[str], question: str, memory: _Memory) -> bool:
    if memory.language == "de":  # `sein` is also a verb, `ihr` also a pronoun; a possessive stands before a noun
        return next_word[:1].isupper()
    if memory.language == "nl" and low == "zijn":  # also "are" and "to be"
        before = question[: match.start()].split()[-1:]
        return bool(before) and before[0].lower() in (memory.words.prepositions | {"is", "was"})
    return next_word.lower() not in ALL_STOP_WORDS or next_word.lower() in ("own", "other")


def _possessive(low: str, owner: str, next_word: str, end: int, next_end: int, memory: _Memory) -> tuple[str, int]:
    """What is put for a possessive, and where the replaced stretch ends."""
    if memory.language == "fr":
        vowel = next_word[:1].lower() in "aeiouhéèêà"
        article = {"ses": "les ", "leurs": "les ", "sa": "la "}.get(low, "le ")
        return f"{chr(108) + chr(39) if vowel and article != 'les ' else article}{next_word} de {owner}", next_end
    if owner.endswith(("s", "x", "z")):
        return f"{owner}{chr(39) + 's' if memory.language == 'en' else chr(39)}", end
    return f"{owner}{chr(39) + 's' if memory.language == 'en' else 's'}", end


def _is_pronoun(match: re.Match[str], question: str, memory: _Memory) -> bool:
    formal = memory.language == "de" and match.group() == "Sie" and match.start() > 0
    if memory.language == "fr":
        around = question[max(0, match.start() - 12) : match.end() + 4].lower()
        return not formal and not any(
            f" {word}" in f" {around}" for word in ("il y", "il faut", "s'agit", "il est possible")
        )
    return not formal


def _is_thing(low: str, next_word: str, match: re.Match[str], question: str, memory: _Memory) -> bool:
    words = memory.words
    before = [word.lower() for word in _WORD.findall(question[: match.start()])]
    content = [w for w in before if w not in ALL_STOP_WORDS and w not in words.verbs and w not in words.question_words]
    at_end = not question[match.end() :].strip(" ?!.")
    if low in words.thing and memory.language in ("en", "fr", "nl"):
        next_words = {word.lower() for word in _WORD.findall(question[match.end() :])[:3]}
        impersonal = bool(next_words & words.impersonal) or (memory.language == "nl" and not at_end)
        return not impersonal
    if memory.language == "en" and low in ("that", "this", "these", "those"):
        after = before[-1:] and before[-1] in _ENGLISH_POINTING_VERBS
        whole = (
            at_end
            or next_word.lower() in words.verbs
            or next_word.lower() in words.articles
            or next_word.lower() == "mean"
        )
        return bool(after and whole and not content)
    if memory.language == "de" and low == "es":
        return next_word.lower() not in words.impersonal and before[-1:] != ["gibt"] and at_end
    return False


def _resolve_pronominal(question: str, memory: _Memory, carried: list[str]) -> str:
    """German `davon`, `damit`: the preposition with the topic."""
    match = _PRONOMINAL.search(question)
    topic = memory.topic()
    following = question[match.end() :].lstrip()[:1] if match else ""
    if match is None or not topic or following == ",":  # "davon, dass": points forward
        return question
    carried.append(topic)
    return f"{question[: match.start()]}{match['preposition'].lower()} {topic}{question[match.end() :]}"


def _resolve_inversion(question: str, memory: _Memory, carried: list[str]) -> str:
    """French `Quand est-il arrivé ?`: the name goes before the verb, the pronoun stays (complex inversion)."""
    match = _INVERSION.search(question)
    if match is None or "y a-t-il" in question.lower():
        return question
    entity = memory.somebody(but_not=question)
    if entity is None or memory.entities_in(question[: match.start()]):
        return question
    carried.append(entity.text)
    return f"{question[: match.start()]}{entity.text} {question[match.start() :]}"


def _complete_fragment(question: str, memory: _Memory, carried: list[str]) -> str:
    """`And on 5 May?`: put into the last question in place of its like; `And when?`: asked of the same."""
    rest, opened = _without_opener(question, memory.words)
    words = memory.words
    named = memory.entities_in(_as_inner(rest))
    dated = " ".join(entity.text.lower() for entity in named).split()
    tokens = [match.group().lower() for match in _WORD.finditer(rest)]
    if (
        not tokens
        or len(tokens) > FRAGMENT_WORDS
        or _SPEAKERS.intersection(tokens)
        or any(token in words.verbs and token not in dated for token in tokens)
    ):
        return question
    if all(token in words.question_words for token in tokens):
        return _asked_also(rest, memory, carried)
    if tokens[0] in words.question_words or not (opened or question.endswith("?")):
        return question
    if named:
        return _put_in_place(rest, named[0], memory, carried)
    topic = memory.topic()
    if not opened or not topic or topic.lower() in question.lower():
        return question
    carried.append(topic)
    return f"{question.rstrip(' ?')} {words.regarding} {topic}?"


def _without_opener(question: str, words: FollowUpWords) -> tuple[str, bool]:
    low = question.lower()
    for opener in words.openers:
        if low.startswith(opener) and not low[len(opener) : len(opener) + 1].isalnum():
            return question[len(opener) :].lstrip(" ,"), True
    return question, False


def _as_inner(rest: str) -> str:
    """The fragment as if inside a sentence, so that a name at its beginning is taken for one."""
    return f"to {rest}" if rest[:1].isupper() else rest


def _asked_also(rest: str, memory: _Memory, carried: list[str]) -> str:
    last = memory.last.rstrip(" ?.!")
    asked = rest.strip(" ?.!").lower()
    if not last or asked in memory.last.lower().split():
        return rest
    carried.append(last)
    return f"{last}, {memory.words.also} {asked}?"


def _put_in_place(rest: str, new: Entity, memory: _Memory, carried: list[str]) -> str:
    """The last question with the fragment in place of its entity of the same kind, else at its end."""
    last = memory.last.rstrip(" ?.!")
    fragment = rest.strip(" ?.!")
    lead = fragment.split()[0].lower() if " " in fragment else ""
    preposition = lead if lead in memory.words.prepositions else ""
    alike = [entity for entity in memory.entities_in(last) if entity.kind == new.kind]
    after = [e for e in alike if preposition and last[: e.start].rstrip().lower().endswith(f" {preposition}")]
    carried.append(last)
    if after:
        old = after[0]
        return f"{last[: old.start]}{fragment[len(lead) :].strip()}{last[old.end :]}?"
    if alike and not preposition:
        old = alike[0]
        return f"{last[: old.start]}{fragment}{last[old.end :]}?"
    if alike and new.kind == "date":
        old = alike[-1]
        before = last[: old.start].rstrip()
        if before.split()[-1:] and before.split()[-1].lower() in memory.words.prepositions:
            before = before.rsplit(" ", 1)[0]
        return f"{before} {fragment}{last[old.end :]}?"
    return f"{last} {fragment}?"
