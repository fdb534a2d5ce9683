"""Texts in four languages: complete, used, with the same placeholders; the choice of a language."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import nodes

from assistant.tools.registry import built_in_tools
from assistant.ui.templates import FOLDER, environment
from assistant.ui.texts import LANGUAGES, TextsError, chosen_language, load_texts, speaker

PAGE = FOLDER.parent
KEY = re.compile(r"[a-z]+(?:\.[a-z0-9_-]+)+\.?")
COUNTED = (".one", ".other")


def _strings() -> list[tuple[str, str]]:
    """Every string in code and templates that may be a key, with where it stands."""
    found = []
    for path in PAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append((path.name, node.value))
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                found.append((path.name, str(node.values[0].value)))
    for path in FOLDER.rglob("*.html"):
        tree = environment().parse(path.read_text(encoding="utf-8"))
        found += [(path.name, node.value) for node in tree.find_all(nodes.Const) if isinstance(node.value, str)]
    return found


def _asked() -> list[tuple[str, str]]:
    """Every key that a template or a `say(...)` asks for as it stands."""
    found = []
    for path in FOLDER.rglob("*.html"):
        for call in environment().parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            called = call.node
            counted = isinstance(called, nodes.Getattr) and called.attr == "count"
            says = counted or (isinstance(called, nodes.Name) and called.name == "t")
            if says and call.args and isinstance(call.args[0], nodes.Const):
                found.append((path.name, str(call.args[0].value) + (".one" if counted else "")))
    for path in PAGE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in {
                "say",
                "visit.say",
                "self.say",
                "_say(request)",
            }:
                area = "chat." if path.name == "blocks.py" and ast.unparse(call.func) == "say" else ""
                found += [(path.name, f"{area}{key.value}") for key in call.args[:1] if isinstance(key, ast.Constant)]
    return found


def test_every_text_that_is_asked_for_is_there() -> None:
    asked = _asked()
    assert len(asked) > 150
    assert [(name, key) for name, key in asked if key not in load_texts()] == []


def test_every_text_is_used() -> None:
    """A key counts as used where it stands in code or a template, whole or as the beginning of a made one.

    Gradio's own elements take the texts of `chat` by their last part.
    """
    strings = {text for _, text in _strings()}
    beginnings = tuple(text for text in strings if text.endswith((".", "_")) and KEY.match(text))
    gradio = set(re.findall(r"say\(\"(\w+)\"\)", (PAGE / "chat" / "blocks.py").read_text(encoding="utf-8")))
    unused = []
    for key in load_texts():
        plain = key.removesuffix(".one").removesuffix(".other")
        if plain in strings or plain.startswith(beginnings) or key.removeprefix("chat.") in gradio:
            continue
        if any(plain.endswith(f".{text}") for text in strings):  # "common." ~ key, over a list of last parts
            continue
        unused.append(key)
    assert unused == []


def test_every_wording_says_something_and_languages_differ() -> None:
    texts = load_texts()
    assert len(texts) > 200
    for key, wordings in texts.items():
        assert set(wordings) == set(LANGUAGES), key
        for wording in wordings.values():
            assert wording == wording.strip(), key
            assert wording, key
            assert not re.search(r"[<>\x00-\x08\u202a-\u202e]", wording), key
    long = [wordings for wordings in texts.values() if len(re.sub(r"{\w+}", "", wordings["en"])) > 25]
    for wordings in long:
        assert len(set(wordings.values())) == len(LANGUAGES), wordings


def test_counted_texts_come_in_pairs() -> None:
    keys = {key for key, wordings in load_texts().items() if "{n}" in wordings["en"]}
    assert len(keys) > 10
    for key in keys:
        for one, other in (COUNTED, COUNTED[::-1]):
            if key.endswith(one):
                assert key.removesuffix(one) + other in keys


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_said(language: str) -> None:
    for wordings in load_texts().values():
        wording = wordings[language]
        names = set(re.findall(r"{(\w*)", wording))
        assert "" not in names
        assert wording.format(**dict.fromkeys(names, "<x>")).count("<x>") == len(re.findall(r"{\w+", wording))


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"), ("de", "de"), ("de-AT,de;q=0.9,en;q=0.8", "de"), ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr"),
        ("nl;q=0.1,en;q=0.05", "nl"), ("pl,cs;q=0.9", "en"), ("pl,de;q=0.3", "de"), ("de;q=0,fr", "fr"), ("de;q=0", "en"),
        ("DE-de", "de"), ("*", "en"), ("en;q=x,fr;q=0.1", "fr"), ("de ; q=0.4 , nl ; q=0.5", "nl"), ("de;q=nan,fr;q=0.1", "fr"),
        ("de;q=inf", "en"), ("de;q=-1", "en"),
    ],
)  # fmt: skip
def test_the_language_that_a_browser_asks_for(header: str, language: str) -> None:
    assert chosen_language(header) == language


@given(
    st.text(alphabet=st.sampled_from("defrnlq=;,.0123456789 -*x\t\u202e\ud800"), max_size=300) | st.text(max_size=300)
)
def test_any_header_gives_one_of_ours(header: str) -> None:
    assert chosen_language(header) in LANGUAGES


@given(
    st.lists(
        st.tuples(st.sampled_from(LANGUAGES), st.integers(1, 1000)),
        min_size=1,
        max_size=6,
        unique_by=lambda one: one[0],
    )
)
def test_the_heaviest_of_ours_wins_and_the_first_among_equals(asked: list[tuple[str, int]]) -> None:
    header = ", ".join(f"{tag};q={weight / 1000}" for tag, weight in asked)
    heaviest = max(weight for _, weight in asked)
    assert chosen_language(header) == next(tag for tag, weight in asked if weight == heaviest)


def test_a_missing_text_and_a_missing_value_are_our_bug() -> None:
    with pytest.raises(TextsError, match="no text"):
        speaker("en")("common.nothing-of-the-kind")
    with pytest.raises(TextsError, match="name"):
        speaker("en")("common.acting")


def test_values_are_words_and_never_placeholders_again() -> None:
    assert "{name}" in speaker("en")("common.acting", name="{name}{0.__class__}")


def test_texts_lie_where_they_are_looked_for() -> None:
    assert {path.stem for path in Path(PAGE / "texts").glob("*.toml")} >= {"common", "chat", "pages", "source"}


def test_every_tool_has_a_name_for_people() -> None:
    assert [name for name in built_in_tools().names if f"chat.tool.{name}" not in load_texts()] == []
