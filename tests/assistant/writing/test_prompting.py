"""Prompts: every file in the folder is whole, variables are checked, and nothing that is put in is interpreted."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.prompting import PromptError, load, names, parse, together_sha256

FOLDER = Path(__file__).resolve().parents[3] / "prompts"
TEXT = "---\nname: {name}\nversion: {version}\nvariables: {variables}\n---\n{text}\n"


def made(text: str, variables: str = "", *, name: str = "some", version: str = "1") -> str:
    return TEXT.format(name=name, version=version, variables=variables, text=text)


@pytest.mark.parametrize("name", names())
def test_every_prompt_of_the_folder_can_be_filled_in_and_says_nothing_odd(name: str) -> None:
    prompt = load(name)
    filled = prompt.fill(**dict.fromkeys(prompt.variables, "VALUE"))
    assert "{{" not in filled
    assert filled.count("VALUE") >= len(prompt.variables)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u200b-\u200f\u2028\u2029\ufeff]|[ \t]+\n", prompt.text)
    assert not re.search(r"\[/?[A-Z_]{3,}\]|</?s>", prompt.text)  # text that looks like a control token


def test_all_files_of_the_folder_are_prompts() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.name != "__pycache__"} == {
        "__init__.py",
        *(f"{name}.md" for name in names()),
    }


def test_missing_and_unknown_variables_raise() -> None:
    prompt = parse(made("Q: {{question}} {{passages}}", "question, passages"))
    with pytest.raises(PromptError, match=r"missing \['passages'\], unknown \['pasages'\]"):
        prompt.fill(question="x", pasages="y")
    assert prompt.fill(question="x", passages="y") == "Q: x y"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no head",
        made("{{other}}", "question"),
        made("nothing", "question"),
        made("{{question}}"),
        made("{{ question }}", ""),
        made("{{Question}}", ""),
        made("", ""),
        made("text", name="Some Name"),
        made("text", version="one"),
        made("text", version="0"),
        made("text", version="\u00b2"),
        "---\nname: some\nversion: 1\n---\ntext",
        "---\nname: some\nname: some\nvariables:\n---\ntext",
        "---\nname: some\nversion: 1\nvariables:\nmood: good\n---\ntext",
    ],
)
def test_a_file_that_is_no_prompt_raises(content: str) -> None:
    with pytest.raises(PromptError):
        parse(content)


def test_a_prompt_that_is_not_there_raises_and_no_path_gets_out() -> None:
    for name in ("nothing", "../README", "__init__", ""):
        with pytest.raises(PromptError, match="There is no prompt"):
            load(name)


@given(st.text(), st.text())
def test_values_are_inserted_as_they_are(one: str, other: str) -> None:
    prompt = parse(made("<{{one}}|{{other}}|{{one}}>", "one, other"))
    assert prompt.fill(one=one, other=other) == f"<{one}|{other}|{one}>"


@pytest.mark.parametrize("hostile", ["{{other}}", "{other.__class__}", "\\1\\g<0>", "%s", "$other", "{{", "}}"])
def test_template_syntax_in_a_value_is_text(hostile: str) -> None:
    prompt = parse(made("{{one}} {{other}}", "one, other"))
    assert prompt.fill(one=hostile, other="secret") == f"{hostile} secret"


def test_the_hash_goes_with_the_text_and_the_joint_one_with_all() -> None:
    one, same, other = parse(made("a")), parse(made("a", version="2")), parse(made("b", name="other"))
    assert one.sha256 == same.sha256 != other.sha256
    assert together_sha256([one, other]) == together_sha256([other, one, one])
    assert together_sha256([one]) != together_sha256([one, other])
