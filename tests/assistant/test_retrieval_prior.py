import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieval.exhibits_prior import Head, PriorLimits, focus_of, relative_weights, weigh


class FakeReader:
    """Heads by exhibit id; a word's spread is the share of heads that hold it."""

    def __init__(self, heads):
        self.heads = heads

    def head_of(self, exhibit_id):
        words, characters = self.heads[exhibit_id]
        names = frozenset(w.lower() for w in words.split() if not w.islower())
        return Head(frozenset(words.lower().split()), names, characters, names)

    def spread_of(self, words):
        holding = {w: sum(w in self.head_of(e).words for e in self.heads) for w in words}
        return {w: holding[w] / len(self.heads) for w in words}


READER = FakeReader(
    {
        "lease": ("Lease between Harbour Crane Ltd and Meyer Logistics rent", 50_000),
        "supply": ("Supply Agreement between Nordic Timber and Vandenberg Shipping", 50_000),
        "note": ("Call Jansen about Harbour Crane", 200),
        "other": ("Minutes of the board", 50_000),
        "more": ("Audit of the Agreement", 50_000),
    }
)


def scores(text):
    words = set(text.lower().replace(",", " ").replace("?", " ").replace(";", " ").split())
    held = {e: len(words & READER.head_of(e).words - {"the", "between", "and", "of"}) for e in READER.heads}
    return {e: float(n) for e, n in held.items() if n}


def asking(question, **limits):
    return weigh(question, scores, READER, PriorLimits(**limits)).focus.asking


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Consider the Lease between Harbour Crane Ltd and Meyer Logistics; What is the notice period?",
            "What is the notice period?",
        ),
        (
            "What is the notice period of the Lease between Harbour Crane Ltd and Meyer Logistics?",
            "What is the notice period?",
        ),
        (
            "In the Lease between Harbour Crane Ltd and Meyer Logistics, what is the notice period?",
            "what is the notice period?",
        ),
        (
            "what is the notice period of the lease between harbour crane ltd and meyer logistics?",
            "what is the notice period?",
        ),
        ("What is the rent of the Lease of Harbour Crane?", "What is the rent?"),
        ("What is the notice period?", "What is the notice period?"),
        ("Harbour Crane Meyer Logistics?", "Harbour Crane Meyer Logistics?"),
        ("", ""),
    ],
)
def test_words_that_name_an_exhibit_are_taken_out(question, expected):
    assert asking(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who pays under the supply agreement between Nordic Timber and Vandenberg?", "Who pays?"),
        ("How does the supply between Nordic Timber and Vandenberg end?", "How does end?"),
        ("Can Nordic Timber or Vandenberg hand the supply agreement to another firm?", "Can hand another firm?"),
        ("Which law applies to the contract of Nordic Timber and Vandenberg?", "Which law applies?"),
        ("May Nordic Timber inspect what Vandenberg stores?", "May inspect what stores?"),
        ("Does Vandenberg store timber for Nordic?", "Does store timber?"),
        ("Which goods does the agreement of Nordic exclude in Oslo?", "Which goods does exclude in Oslo?"),
    ],
)
def test_what_an_exhibit_is_called_is_its_name_in_small_letters_too(question, expected):
    assert asking(question) == expected


def test_a_second_exhibit_that_a_question_names_counts_like_the_first():
    question = "What is the notice period in the Lease between Harbour Crane and Meyer Logistics and with Nordic Timber and Vandenberg?"
    weighing = weigh(question, scores, READER, PriorLimits())
    assert set(weighing.favoured) >= {"lease", "supply"}
    assert weighing.weights["supply"] == 1.0
    assert weighing.focus.asking == "What is the notice period?"
    alone = weigh(question, scores, READER, PriorLimits(further=0))
    assert "supply" not in alone.favoured


def test_a_short_exhibit_uses_no_word_up():
    focus = focus_of("What did Jansen say about Harbour Crane?", ["note"], READER, PriorLimits())
    assert focus.asking == "What did Jansen say about Harbour Crane?"
    assert focus.used_up == frozenset()


@given(st.dictionaries(st.text(max_size=3), st.floats(0.01, 100), max_size=6))
def test_weights_are_shares_of_the_best(found):
    weights = relative_weights(found)
    assert set(weights) == set(found)
    assert all(0 < weight <= 1 for weight in weights.values())
    assert not found or max(weights.values()) == 1


@given(st.text(max_size=120))
def test_what_is_left_holds_only_words_of_the_question(question):
    focus = focus_of(question, list(READER.heads), READER, PriorLimits())
    assert set(focus.asking.split()) <= set(question.split()) or focus.used_up
    assert 0 <= focus.share <= 1
