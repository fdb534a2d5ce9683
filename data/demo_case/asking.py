"""How questions are put together: values with their spellings, and a sheet that resolves facts to quotes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from data.demo_case import scenario as when
from data.demo_case.papers import Desk
from data.demo_case.people import Phone
from data.demo_case.truth import PastTurn, Question, QuestionKind, Quote, Value


def money(amount: float) -> Value:
    """An amount in euros."""
    forms = [
        when.euro_en(amount),
        f"{amount:,.2f}",
        when.euro_plain(amount),
        f"{amount:.2f}",
        f"{amount:.2f}".replace(".", ","),
    ]
    if amount == int(amount):
        forms += [f"{amount:,.0f}", f"{amount:,.0f}".replace(",", "."), f"{amount:.0f}"]
    return Value(when.euro_en(amount), tuple(dict.fromkeys(forms)))


def day(value: date) -> Value:
    """A calendar day."""
    short = (f"{value:%d/%m/%Y}", when.day_de(value), value.isoformat())
    return Value(value.isoformat(), (when.day_en(value), when.day_de_long(value), when.day_nl(value), *short))


def clock(value: datetime) -> Value:
    """A time of day, to the minute."""
    return Value(f"{value:%H:%M}", (f"{value:%H:%M}",))


def phone(value: Phone) -> Value:
    """A phone number."""
    return Value(value.international, value.spellings)


def word(*accepted: str) -> Value:
    """A name, word or number; the first is its normal form."""
    return Value(accepted[0], accepted)


def number(value: int) -> Value:
    """A small count, in figures or words."""
    words = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    return Value(str(value), (str(value), words[value]) if value < len(words) else (str(value),))


@dataclass
class Sheet:
    """Collects questions; a fact key stands for its quote, a tuple of keys for facts of which any one will do."""

    desk: Desk
    questions: list[Question] = field(default_factory=list)

    def ask(
        self,
        kind: QuestionKind,
        question: str,
        keys: Sequence[str | tuple[str, ...]],
        values: Sequence[Value] = (),
        *,
        language: str = "en",
        history: Sequence[tuple[str, str]] = (),
        also: Mapping[str, tuple[str, ...]] | None = None,
        note: str = "",
    ) -> None:
        """Add a question that the case answers. `also` names further exhibits that would do, by fact key."""
        quotes: list[Quote] = []
        alternatives: dict[str, list[str]] = {}
        for entry in keys:
            options = [self.desk.facts[key] for key in ((entry,) if isinstance(entry, str) else entry)]
            quotes.append(Quote(options[0].path, options[0].text))
            others = [fact.path for fact in options[1:]] + list(
                (also or {}).get(entry if isinstance(entry, str) else entry[0], ())
            )
            alternatives.setdefault(options[0].path, []).extend(path for path in others if path != options[0].path)
        self._add(kind, question, quotes, alternatives, values, language, history, (), note)

    def ask_in_vain(self, question: str, absent: Sequence[str], *, language: str = "en", note: str = "") -> None:
        """Add a question that the case does not answer; `absent` are words that an answer would need."""
        self._add("unanswerable", question, [], {}, (), language, (), absent, note)

    def _add(
        self,
        kind: QuestionKind,
        question: str,
        quotes: Sequence[Quote],
        alternatives: dict[str, list[str]],
        values: Sequence[Value],
        language: str,
        history: Sequence[tuple[str, str]],
        absent: Sequence[str],
        note: str,
    ) -> None:
        exhibits = tuple(dict.fromkeys(quote.path for quote in quotes))
        self.questions.append(
            Question(
                f"q{len(self.questions) + 1:02d}",
                question,
                language,
                kind,
                kind != "unanswerable",
                tuple(PastTurn(*turn) for turn in history),
                exhibits,
                {
                    path: tuple(dict.fromkeys(other for other in others if other not in exhibits))
                    for path, others in alternatives.items()
                    if set(others) - set(exhibits)
                },
                tuple(quotes),
                tuple(value.normal for value in values),
                tuple(value.accepted for value in values),
                tuple(absent),
                note,
            )
        )
