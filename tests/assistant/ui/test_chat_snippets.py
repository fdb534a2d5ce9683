"""The stretch of a passage that is shown first."""

from hypothesis import given
from hypothesis import strategies as st

from assistant.ui.chat.snippets import snippet

FILLER = "Nothing of note happened on the road that day. " * 20


def test_the_part_with_most_of_what_was_asked_is_shown() -> None:
    text = f"{FILLER}The diesel tank of the excavator held 35 litres. {FILLER}"
    shown = snippet(text, "How much diesel was in the excavator?", 120)
    assert "excavator held 35 litres" in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")


def test_short_texts_are_shown_whole_and_others_from_their_beginning() -> None:
    assert snippet("  a\n b ", "x", 20) == "a b"
    assert snippet(FILLER, "zebra", 60).startswith("Nothing of note")


@given(st.text(), st.text(max_size=40), st.integers(8, 300))
def test_it_is_never_longer_and_always_a_part_of_the_text(text: str, asked: str, longest: int) -> None:
    shown = snippet(text, asked, longest)
    kept = shown.removeprefix("… ").removesuffix(" …")
    plain = " ".join(text.split())
    assert len(kept) <= longest
    assert kept in plain or shown in plain


@given(st.lists(st.sampled_from(["van", "yard", "diesel", "and", "the", "35"]), min_size=1, max_size=120))
def test_words_of_the_question_are_in_view_where_they_stand(words: list[str]) -> None:
    text = " ".join(words)
    shown = snippet(text, "diesel", 40)
    assert ("diesel" in words) == ("diesel" in shown)
