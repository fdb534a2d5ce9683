"""What evidence writes on a terminal: no control character, no forged line, no turned writing direction."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cli.printable import printable, printable_text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain näme.txt", "plain näme.txt"),
        ("two\nlines", "two\\nlines"),
        ("red \x1b[31m", "red \\x1b[31m"),
        ("c1 \x9b31m", "c1 \\x9b31m"),
        ("gpj.\u202etxt", "gpj.\\u202etxt"),
        ("bell\a back\b tab\t", "bell\\x07 back\\x08 tab\\t"),
        ("lone \udcff", "lone \\udcff"),
    ],
)
def test_a_line_shows_what_it_holds(text: str, line: str) -> None:
    assert printable(text) == line


def test_a_text_keeps_its_lines() -> None:
    assert printable_text("a\tb\r\nc\rd\x1be") == "a\tb\nc\\rd\\x1be"


@given(st.text(st.characters(codec=None)))
def test_nothing_that_drives_a_terminal_is_left(text: str) -> None:
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not set(printable_text(text)) & {chr(code) for code in range(32) if chr(code) not in "\t\n"}


@given(st.text(st.characters(codec=None, exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"))))
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert printable(text) == printable_text(text) == text
