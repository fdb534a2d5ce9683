"""The loader of `toolcalls` over made-up functions, and counts over the real ones."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from casefile.errors import UsageError
from eval.metrics.tool_calls import all_match
from eval.records import Called
from eval.suites.toolcalls import ToolCalls
from tests.eval.suite_data import named, options, public_options, write_rows

PARAMETERS = {
    "type": "dict",
    "properties": {
        "type": {"type": "string", "description": "What kind.", "enum": ["a", "b"], "optional": True},
        "size": {"type": "float", "default": None},
        "place": {"type": "tuple", "items": {"type": "any", "description": "A number."}, "minItems": 2},
        "deep": {"type": "dict", "properties": {}, "required": []},
    },
    "required": ["type"],
}
SCHEMA = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": "What kind.", "enum": ["a", "b"]},
        "size": {"type": "number", "default": None},
        "place": {"type": "array", "items": {"description": "A number."}, "minItems": 2},
        "deep": {"type": "object", "properties": {}, "required": []},
    },
    "required": ["type"],
}


def row(key: str, names: list[str], gold: list[dict[str, Any]] | None, parameters: Any = PARAMETERS) -> dict[str, Any]:
    return {
        "id": key,
        "category": key.rpartition("_")[0],
        "messages": [{"role": "user", "content": "Find a ship."}],
        "tools": [{"name": name, "description": "Finds.", "parameters": parameters} for name in names],
        "must_call": gold is not None,
        "gold": gold,
    }


def write(folder: Path, **rows: list[dict[str, Any]]) -> None:
    for name in ("multiple", "simple_python", "irrelevance"):
        write_rows(folder / "toolcalls" / f"{name}.jsonl", rows.get(name, []))


def test_functions_are_given_as_servers_take_them(tmp_path: Path) -> None:
    (key,) = named("dev", 1, "multiple_{}")
    (held,) = named("test", 1, "multiple_{}")
    gold = [{"ships.find": {"type": ["a"], "size": [1.5, ""]}}]
    rows = [row(key, ["ships.find", "ships.find_all"], gold), row(held, ["ships.find"], gold)]
    (none,) = named("dev", 1, "irrelevance_{}")
    write(tmp_path, multiple=rows, irrelevance=[row(none, ["find"], None)])
    multiple, simple, irrelevance = ToolCalls().batches(options(tmp_path, tmp_path / "s"))
    (sample,) = multiple.samples
    assert multiple.task == "call"
    assert sample.question == "Find a ship."
    assert sample.tags["tools"] == "2"
    assert [tool["name"] for tool in sample.extra["tools"]] == ["ships_find", "ships_find_all"]
    assert [tool["parameters"] for tool in sample.extra["tools"]] == [SCHEMA, SCHEMA]
    assert sample.gold.calls == ({"ships_find": {"type": ["a"], "size": [1.5, ""]}},)
    assert all_match((Called("ships_find", {"type": "a"}),), sample.gold.calls)
    assert json.loads(json.dumps(sample.extra)) == sample.extra
    assert simple.samples == ()
    assert irrelevance.samples[0].gold.calls == ()


def test_the_row_with_a_gold_value_of_another_type_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, simple_python=[row("simple_python_307", ["find"], [{"find": {"type": [True]}}])])
    for split in ("dev", "test"):
        assert ToolCalls().batches(options(tmp_path, tmp_path / "s", split))[1].samples == ()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"names": ["a.b", "a_b"]}, "two functions of one name"),
        ({"gold": [{"other": {}}]}, "a gold call of none"),
        ({"parameters": {"type": "dict", "properties": {"x": 5}}}, r"field tools\.0\.parameters\.properties\.x"),
        ({"parameters": {"items": "none"}}, r"field tools\.0\.parameters\.items"),
    ],
)
def test_functions_that_cannot_be_are_errors(tmp_path: Path, wrong: dict[str, Any], says: str) -> None:
    (key,) = named("dev", 1, "multiple_{}")
    made = {"names": ["find"], "gold": None, "parameters": PARAMETERS} | wrong
    write(tmp_path, multiple=[row(key, made["names"], made["gold"], made["parameters"])])
    with pytest.raises(UsageError, match=says):
        ToolCalls().batches(options(tmp_path, tmp_path / "s"))


def test_a_declaration_without_end_is_an_error(tmp_path: Path) -> None:
    (key,) = named("dev", 1, "multiple_{}")
    write(tmp_path)
    nested = '{"items": ' * 5000 + "{}" + "}" * 5000
    text = json.dumps(row(key, ["find"], None, "HERE")).replace('"HERE"', nested)
    (tmp_path / "toolcalls" / "multiple.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"multiple\.jsonl, line 1"):
        ToolCalls().batches(options(tmp_path, tmp_path / "s"))


def test_it_says_what_is_missing(tmp_path: Path) -> None:
    some = options(tmp_path, tmp_path / "s")
    assert "toolcalls" in ToolCalls().unavailable(replace(some, engine="ministral"))
    write(tmp_path)
    assert "Only a language model chooses tools" in ToolCalls().unavailable(some)
    assert ToolCalls().unavailable(replace(some, engine="server")) == ""


def test_the_public_rows(tmp_path: Path) -> None:
    batches = ToolCalls().batches(public_options("toolcalls", tmp_path))
    assert [len(batch.samples) for batch in batches] == [113, 200, 132]
    for batch in batches[:2]:
        assert all(len(sample.gold.calls) == 1 for sample in batch.samples)
    assert all(sample.gold.calls == () for sample in batches[2].samples)
