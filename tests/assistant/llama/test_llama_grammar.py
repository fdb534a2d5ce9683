"""Schemas become grammars: what is written under one is a document of it, and a bad schema is an error, never a crash."""

import json
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from assistant.chat_models.llama.grammar import Grammar, grammar_of_call, grammar_of_schema
from assistant.chat_models.llama.json_grammar import MOST_PARTS, MOST_PROPERTIES
from assistant.chat_models.llama.parsing import AnswerReader
from assistant.chat_models.llama.sampling import Sampler
from assistant.chat_models.port import CallWritten, ToolSpec
from casefile.errors import ModelRequestError
from tests.assistant.llama.tiny_model import loaded_vocabulary, tiny_vocabulary


def _takes(schema: dict[str, Any], text: str) -> bool:
    """Whether the grammar lets a model write this text, and end there."""
    return _grammar_takes(grammar_of_schema(schema), tiny_vocabulary().encode(text))


def _grammar_takes(grammar_text: str, tokens: list[int]) -> bool:
    grammar = Grammar(loaded_vocabulary(), grammar_text)
    try:
        for token in tokens:
            if not grammar.allows(token):
                return False
            grammar.accept(token)
        return grammar.allows(tiny_vocabulary().control.end)
    finally:
        grammar.close()


def _written(grammar_text: str, seed: int, tokens: int = 3000, *, calls: bool = False) -> list[int]:
    """What a model of pure noise writes: it ends sooner the longer it writes."""
    vocabulary = tiny_vocabulary()
    noise = np.random.default_rng(seed)
    grammar = Grammar(loaded_vocabulary(), grammar_text)
    sampler = Sampler(vocabulary, temperature=0, seed=seed, calls_allowed=calls, grammar=grammar)
    written: list[int] = []
    closing = vocabulary.encode('"') + vocabulary.encode("}") + vocabulary.encode("]")
    try:
        while len(written) < tokens:
            logits = noise.standard_normal(len(vocabulary.pieces), dtype=np.float32)
            logits[closing] += 0.5 * len(written)
            token = sampler.next(logits)
            if token == vocabulary.control.end:
                return written
            written.append(token)
        raise AssertionError("it does not end")
    finally:
        grammar.close()


def _plain(tokens: list[int]) -> str:
    return b"".join(tiny_vocabulary().pieces[token] for token in tokens).decode("utf-8", "strict")


class Sort(BaseModel):
    by: str = Field(max_length=20)
    down: bool = False


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")
    query: str = Field(min_length=1, max_length=200)
    exhibits: list[str] = Field(default_factory=list, max_length=5)
    limit: int | None = Field(None, ge=1, le=50)
    sort: Sort | None = None


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string"}, ['"a"', '""', '"\\n\\u00e4ä"'], ["a", '"a', '"\n"', '"\\ud800"', '"\\x"']),
        ({"type": "string", "minLength": 2, "maxLength": 3}, ['"ab"', '"abc"'], ['"a"', '"abcd"']),
        ({"type": "integer"}, ["0", "-7", "120"], ["1.5", "01", "-", '"1"']),
        ({"type": "number"}, ["0.5", "-1e5", "3"], [".5", "1.", "NaN"]),
        ({"type": "boolean"}, ["true", "false"], ["True", "1"]),
        (
            {"enum": ['say "hi"', "a\\b", "line\nbreak", 3, None]},
            ['"say \\"hi\\""', '"a\\\\b"', '"line\\nbreak"', "3", "null"],
            ['"a\\b"', "4"],
        ),
        ({"const": "ä☺"}, ['"ä☺"'], ['"a"']),
        (
            {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2},
            ["[1]", "[1, 2]"],
            ["[]", "[1,2,3]"],
        ),
        ({"type": "array", "items": {"enum": [1]}, "maxItems": 0}, ["[]"], ["[1]"]),
        ({"type": ["string", "null"]}, ['"a"', "null"], ["1"]),
        ({"anyOf": [{"type": "integer"}, {"const": "all"}]}, ["1", '"all"'], ['"some"']),
        ({"allOf": [{"type": "integer"}]}, ["1"], ['"a"']),
        ({}, ['{"a": [1, {"b": null}]}', "1"], ["x"]),
        ({"type": "object"}, ["{}", '{"a": 1}'], ["[]"]),
        ({"type": "object", "additionalProperties": False}, ["{}"], ['{"a": 1}']),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, ['{"a": 1, "b": 2}'], ['{"a": "x"}']),
        (
            {
                "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}, "c": {"type": "integer"}},
                "required": ["b"],
            },
            ['{"b": 1}', '{"a": 1, "b": 2}', '{"a":1,"b":2,"c":3}', '{"b": 1, "c": 2}'],
            ["{}", '{"a": 1}', '{"b": 1, "a": 2}', '{"b": 1,}', '{, "b": 1}'],
        ),
        (
            {"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}},
            ["[]", "[[], [[]]]"],
            ["[1]"],
        ),
    ],
)
def test_a_grammar_takes_the_documents_of_its_schema(schema: dict[str, Any], good: list[str], bad: list[str]):
    assert [text for text in good if not _takes(schema, text)] == []
    assert [text for text in bad if _takes(schema, text)] == []


@pytest.mark.parametrize("seed", range(4))
def test_noise_under_a_grammar_is_a_valid_document(seed: int):
    text = _plain(_written(grammar_of_schema(Wanted.model_json_schema()), seed))
    found = json.loads(text)
    # bounds of numbers are not in a grammar
    if found.get("limit") is not None:
        found["limit"] = 1
    Wanted.model_validate(found)


@pytest.mark.parametrize("seed", range(3))
def test_noise_that_must_call_calls_a_tool_with_its_arguments(seed: int):
    vocabulary = tiny_vocabulary()
    tools = (
        ToolSpec("search", "", Wanted.model_json_schema()),
        ToolSpec("list_mentions", "", {"type": "object", "properties": {"of": {"type": "string"}}, "required": ["of"]}),
    )
    tokens = _written(grammar_of_call(tools, vocabulary), seed, calls=True)
    reader = AnswerReader(vocabulary)
    events = [event for token in tokens for event in reader.read(token)] + list(reader.end())
    (call,) = events
    assert isinstance(call, CallWritten)
    assert call.call.name in {"search", "list_mentions"}
    assert {"search": "query", "list_mentions": "of"}[call.call.name] in json.loads(call.call.arguments)
    assert [token for token in tokens if vocabulary.is_control(token)] == [
        vocabulary.control.call,
        vocabulary.control.arguments,
    ]


def test_a_control_token_is_no_text_within_a_string():
    vocabulary = tiny_vocabulary()
    grammar = Grammar(loaded_vocabulary(), grammar_of_schema({"type": "string"}))
    proposed = [*vocabulary.encode('"'), vocabulary.control.call, vocabulary.control.begin_instruction]
    sampler = Sampler(
        vocabulary,
        temperature=0,
        seed=1,
        calls_allowed=False,
        grammar=grammar,
        choose=lambda _logits, written: proposed[min(written, 2)],
    )
    logits = np.zeros(len(vocabulary.pieces), np.float32)
    written = [sampler.next(logits.copy()) for _ in range(3)]
    grammar.close()
    assert written[0] == proposed[0]
    assert not any(vocabulary.is_control(token) for token in written)


def test_a_draw_under_a_grammar_is_repeated_by_its_seed():
    text = grammar_of_schema({"enum": ["red", "green", "blue", "black", "white"]})

    def drawn(seed: int) -> str:
        grammar = Grammar(loaded_vocabulary(), text)
        sampler = Sampler(tiny_vocabulary(), temperature=1, seed=seed, calls_allowed=False, grammar=grammar)
        tokens = []
        while (token := sampler.next(np.zeros(len(tiny_vocabulary().pieces), np.float32))) != 2:
            tokens.append(token)
        grammar.close()
        return _plain(tokens)

    first = [drawn(seed) for seed in range(4)]
    assert [drawn(seed) for seed in range(4)] == first
    assert len(set(first)) > 1


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "wrong"},
        {"type": "array", "items": 5},
        {"enum": []},
        {"enum": "abc"},
        {"enum": list(range(1000))},
        {"const": float("nan")},
        {"const": object()},
        {"anyOf": []},
        {"allOf": [{"type": "integer"}, {"type": "string"}]},
        {"$ref": "https://example.org/schema"},
        {"$ref": "#/none"},
        {"$ref": 7},
        {"type": "string", "minLength": -1},
        {"type": "string", "minLength": 100_000},
        {"type": "string", "minLength": "2"},
        {"type": "string", "minLength": 5, "maxLength": 2},
        {"type": "array", "items": {}, "minItems": 10**9},
        {"type": "object", "properties": {f"p{n}": {} for n in range(MOST_PROPERTIES + 1)}},
        {"anyOf": [{"const": n} for n in range(MOST_PARTS + 1)]},
        {"type": "array", "items": False},
    ],
)
def test_a_schema_that_cannot_be_a_grammar_is_an_error(schema: dict[str, Any]):
    with pytest.raises(ModelRequestError):
        grammar_of_schema(schema)


def test_a_schema_as_deep_as_a_well_is_an_error():
    schema: dict[str, Any] = {"type": "integer"}
    for _ in range(10_000):
        schema = {"type": "array", "items": schema}
    with pytest.raises(ModelRequestError, match="deep"):
        grammar_of_schema(schema)


@pytest.mark.parametrize(
    "text", ["", " ", "root ::= nowhere", "root ::= (", "root ::= root", 'other ::= "a"', "\x00", 'root ::= "a\x00"']
)
def test_a_grammar_that_llama_cpp_does_not_take_is_an_error_and_no_crash(text: str):
    with pytest.raises(ModelRequestError):
        Grammar(loaded_vocabulary(), text)


def test_a_schema_that_is_nothing_but_itself_is_an_error():
    with pytest.raises(ModelRequestError):
        Grammar(loaded_vocabulary(), grammar_of_schema({"$ref": "#"}))


def test_a_large_schema_is_made_and_used():
    schema = {
        "type": "object",
        "properties": {f"p{n}": {"type": "array", "items": {"type": "string", "maxLength": 200}} for n in range(100)},
    }
    assert _takes(schema, '{"p0": ["a"], "p99": ["b", "c"]}')
    assert not _takes(schema, '{"p99": ["a"], "p0": []}')


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=12,
)


@given(_values)
def test_any_value_can_be_demanded_and_is_any_value(value: object):
    text = json.dumps(value, ensure_ascii=False)
    if "\x7f" not in text:
        assert _takes({}, text)
    assert _takes({"const": value}, text)
    assert not _takes({"const": value}, text + " ")


@given(st.integers(0, 10_000))
def test_any_mixture_of_keywords_is_a_grammar_or_an_error(seed: int):
    chance = random.Random(seed)

    def schema(depth: int) -> Any:
        keys = ["type", "enum", "const", "properties", "required", "items", "anyOf", "$ref", "minItems", "maxLength"]
        values: dict[str, Any] = {}
        for key in chance.sample(keys, chance.randint(0, 4)):
            values[key] = chance.choice(
                [
                    lambda: chance.choice(["object", "array", "string", "integer", "null", "odd", "#", "#/items"]),
                    lambda: chance.randint(-2, 300),
                    lambda: [schema(depth + 1) if depth < 3 else 1 for _ in range(chance.randint(0, 3))],
                    lambda: {chance.choice("ab"): schema(depth + 1) if depth < 3 else {}},
                    lambda: None,
                ]
            )()
        return values

    try:
        Grammar(loaded_vocabulary(), grammar_of_schema(schema(0))).close()
    except ModelRequestError:
        return
