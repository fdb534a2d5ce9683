"""JSON Schema to a grammar of llama.cpp (GBNF, llama.cpp `grammars/README.md`): what a model may write at all.

The converter of llama-cpp-python lets raw line breaks into strings and breaks on backslashes in an enum; this one takes
less of JSON Schema and says so. Keywords that only narrow (`pattern`, `format`, `minimum`, `maximum`, `uniqueItems`)
are not in the grammar: whoever takes the document checks it against the schema. Properties come in the schema's order.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from casefile.errors import ModelRequestError

MOST_PARTS = 2000
"""Sub-schemas of one grammar."""
MOST_DEPTH = 32
MOST_PROPERTIES = 100
MOST_ENUM = 500
MOST_REPEATED = 200
"""Longest string or array that the grammar counts; beyond, it counts no more."""

_PRIMITIVES = {
    "space": '" "?',
    "hex": "[0-9a-fA-F]",
    "escape": r'"\\" (["\\/bfnrt] | "u" ([0-9a-cA-CeEfF] hex | [dD] [0-7]) hex hex)',
    "character": r'[^"\\\x00-\x1F\x7F] | escape',
    "string": r'"\"" character* "\""',
    "whole": '"0" | [1-9] [0-9]{0,15}',
    "integer": '"-"? whole',
    "number": '"-"? whole ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,3})?',
    "boolean": '"true" | "false"',
    "null": '"null"',
    "any": "object | array | string | number | boolean | null",
    "object": r'"{" (string ":" space any ("," space string ":" space any)*)? "}"',
    "array": '"[" (any ("," space any)*)? "]"',
}
_NEEDS = {
    "escape": ("hex",),
    "character": ("escape",),
    "string": ("character",),
    "integer": ("whole",),
    "number": ("whole",),
    "any": ("object", "array", "string", "number", "boolean", "null"),
    "object": ("string", "space", "any"),
    "array": ("any", "space"),
}


class GrammarText:
    """Rules by name, made of one schema or several."""

    def __init__(self) -> None:
        self._document: Mapping[str, Any] = {}
        self._rules: dict[str, str] = {}
        self._references: dict[str, str] = {}
        self._parts = 0
        self._referred = 0

    def rule_of(self, document: Mapping[str, Any]) -> str:
        """The name of the rule for a schema, with all that it needs; its references are looked up in itself.

        Raises:
            ModelRequestError: it is too large or says what a grammar cannot.
        """
        self._document, self._references = document, {}
        return self._rule(document, 0)

    def add(self, name: str, body: str) -> None:
        """A rule of the caller's."""
        self._rules[name] = body

    def text(self) -> str:
        """The whole grammar; its beginning is the rule `root`."""
        return "\n".join(f"{name} ::= {body}" for name, body in self._rules.items()) + "\n"

    def _rule(self, schema: object, depth: int) -> str:
        self._parts += 1
        if self._parts > MOST_PARTS or depth > MOST_DEPTH:
            raise ModelRequestError("The schema is too large or nested too deep for a grammar. Make it smaller.")
        if schema is True:
            return self._primitive("any")
        if not isinstance(schema, Mapping):
            raise ModelRequestError("The schema has a part that is no schema.")
        if "$ref" in schema:
            return self._reference(schema["$ref"], depth)
        return self._add(self._body(schema, depth))

    def _body(self, schema: Mapping[str, Any], depth: int) -> str:
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self._alternatives(schema[key], depth)
        if "allOf" in schema:
            return self._only_one(schema["allOf"], depth)
        if "const" in schema:
            return literal(as_json(schema["const"]))
        if "enum" in schema:
            return _enum(schema["enum"])
        kind = schema.get("type")
        if isinstance(kind, list):
            return self._alternatives([{**schema, "type": one} for one in kind], depth)
        return self._of_type(kind, schema, depth)

    def _of_type(self, kind: object, schema: Mapping[str, Any], depth: int) -> str:
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, depth)
            case "string":
                return self._string(schema)
            case "integer" | "number" | "boolean" | "null":
                return self._primitive(kind)
            case None:
                return self._object(schema, depth) if "properties" in schema else self._primitive("any")
            case _:
                raise ModelRequestError(f"The schema names a type that JSON does not have: {str(kind)[:40]!r}.")

    def _object(self, schema: Mapping[str, Any], depth: int) -> str:
        properties = schema.get("properties", {})
        if not isinstance(properties, Mapping) or len(properties) > MOST_PROPERTIES:
            raise ModelRequestError(f"An object in a schema has at most {MOST_PROPERTIES} properties.")
        required = schema.get("required", ())
        self._primitive("space")
        if not properties:
            return self._free_object(schema.get("additionalProperties", True), depth)
        before, first = "", '""'
        # from the last property to the first: what may follow when something, or nothing, was written before
        for name, value in reversed(list(properties.items())):
            pair = f'{literal(as_json(name))} ":" space {self._rule(value, depth + 1)}'
            if name in required:
                first, before = f"{pair} {before}", f'"," space {pair} {before}'
            else:
                first, before = f"{pair} {before} | {first}", f'("," space {pair})? {before}'
            first, before = self._add(first), self._add(before)
        return f'"{{" {first} "}}"'

    def _free_object(self, values: object, depth: int) -> str:
        if values is False:
            return '"{}"'
        value = self._rule(values, depth + 1)
        pair = f'{self._primitive("string")} ":" space {value}'
        return f'"{{" ({pair} ("," space {pair})*)? "}}"'

    def _array(self, schema: Mapping[str, Any], depth: int) -> str:
        self._primitive("space")
        item = self._rule(schema.get("items", True), depth + 1)
        least, most = _bounds(schema, "minItems", "maxItems")
        if most == 0:
            return '"[]"'
        further = "" if most is None else most - 1
        items = f'{item} ("," space {item}){{{max(least - 1, 0)},{further}}}'
        return f'"[" {items} "]"' if least else f'"[" ({items})? "]"'

    def _string(self, schema: Mapping[str, Any]) -> str:
        least, most = _bounds(schema, "minLength", "maxLength")
        if (least, most) == (0, None):
            return self._primitive("string")
        return rf'"\"" {self._primitive("character")}{{{least},{"" if most is None else most}}} "\""'

    def _alternatives(self, schemas: object, depth: int) -> str:
        if not isinstance(schemas, Sequence) or isinstance(schemas, str) or not schemas:
            raise ModelRequestError("The schema has a choice without alternatives.")
        return " | ".join(self._rule(schema, depth + 1) for schema in schemas)

    def _only_one(self, schemas: object, depth: int) -> str:
        if isinstance(schemas, Sequence) and len(schemas) == 1:
            return self._rule(schemas[0], depth + 1)
        raise ModelRequestError("A grammar cannot demand several schemas at once (allOf).")

    def _reference(self, reference: object, depth: int) -> str:
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise ModelRequestError("A schema may refer to its own parts only.")
        if reference not in self._references:
            name = f"ref{self._referred}"
            self._referred += 1
            self._references[reference] = name
            self._rules[name] = self._rule(self._part(reference), depth + 1)
        return self._references[reference]

    def _part(self, reference: str) -> object:
        part: Any = self._document
        for step in reference.removeprefix("#").split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(part, Mapping) or key not in part:
                raise ModelRequestError(f"The schema refers to a part that it does not have: {reference[:80]!r}.")
            part = part[key]
        return part

    def _primitive(self, name: str) -> str:
        if name not in self._rules:
            self._rules[name] = _PRIMITIVES[name]
            for needed in _NEEDS.get(name, ()):
                self._primitive(needed)
        return name

    def _add(self, body: str) -> str:
        if body in _PRIMITIVES:
            return body
        name = f"rule{len(self._rules)}"
        self._rules[name] = body or '""'
        return name


def literal(text: str) -> str:
    """A text as a grammar demands it, character for character."""
    return '"' + "".join(_character(character) for character in text) + '"'


def as_json(value: object) -> str:
    """A value as a model writes it."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelRequestError(f"The schema holds a value that JSON does not have: {error}.") from error


def _character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if " " <= character <= "~":
        return character
    return f"\\U{ord(character):08X}"


def _enum(values: object) -> str:
    if not isinstance(values, Sequence) or isinstance(values, str) or not 0 < len(values) <= MOST_ENUM:
        raise ModelRequestError(f"An enum in a schema has 1 to {MOST_ENUM} values.")
    return " | ".join(literal(as_json(value)) for value in values)


def _bounds(schema: Mapping[str, Any], least_key: str, most_key: str) -> tuple[int, int | None]:
    least, most = schema.get(least_key, 0), schema.get(most_key)
    if not isinstance(least, int) or not isinstance(most, int | None) or least < 0 or least > MOST_REPEATED:
        raise ModelRequestError(f"{least_key} and {most_key} in a schema are whole numbers up to {MOST_REPEATED}.")
    if most is not None and most < least:
        raise ModelRequestError(f"{most_key} in a schema is smaller than {least_key}.")
    return least, most if most is None or most <= MOST_REPEATED else None
