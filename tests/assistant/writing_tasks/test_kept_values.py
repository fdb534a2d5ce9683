"""A translation keeps figures, identifiers and addresses byte for byte, and denies what its original denies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.writing_tasks.kept_values import not_kept


@pytest.mark.parametrize(
    ("original", "translation"),
    [
        ("Am 5. Mai 2023 um 14:30 Uhr zahlte er 1.200,00 EUR.", "On 5 May 2023 at 14:30 he paid 1.200,00 EUR."),
        ("The 3rd payment went to DK5000400440116243.", "Die 3. Zahlung ging an DK5000400440116243."),
        ("Schreib an anna@example.org.", "Write to anna@example.org!"),
        ("Siehe https://example.org/a?b=1.", "See https://example.org/a?b=1"),
        ("Er hat nicht unterschrieben.", "He did not sign."),
        ("Kennzeichen \u201eHH-KV 4711\u201c.", 'Plate "HH-KV 4711".'),
        ("No numbers here.", "Hier gibt es keine Zahlen."),
    ],
)
def test_what_is_kept(original: str, translation: str) -> None:
    assert not_kept(original, translation) == ""


@pytest.mark.parametrize(
    ("original", "translation", "because"),
    [
        ("Er zahlte 1.200,00 EUR.", "He paid 1,200.00 EUR.", "1.200,00"),
        ("Konto DK5000400440116243.", "Account DK5000400440116234.", "DK5000400440116243"),
        ("Um 14:30 Uhr.", "At 2:30 p.m.", "14:30"),
        ("Anruf von +45 32 12 34 56.", "Call from +45 32 12 34.", "56"),
        ("Zwei Kisten.", "2 boxes.", "not in the original"),
        ("Schreib an anna@example.org.", "Write to Anna.", "anna@example.org"),
        ("Er hat nicht unterschrieben.", "He signed.", "denies"),
        ("He signed.", "Er hat nicht unterschrieben.", "denies"),
        ("7 und 7 Kisten.", "7 boxes.", "7"),
    ],
)
def test_what_is_not_kept(original: str, translation: str, because: str) -> None:
    assert because in not_kept(original, translation)


@given(st.text())
def test_a_text_keeps_itself(text: str) -> None:
    assert not_kept(text, text) == ""


@given(st.text(alphabet="0123456789.,:/@-ax ", max_size=60), st.text(alphabet="0123456789", min_size=1, max_size=6))
def test_a_figure_added_is_seen(text: str, figures: str) -> None:
    assert not_kept(text, f"{text} 987654{figures}") != ""
