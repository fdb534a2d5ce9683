"""A `Reading` as bounded, checked JSON: how what was read leaves the process that reads hostile files.

Never pickle: whoever takes over the reading process must not be able to run anything in ours. The JSON is columnar
(one array for each field of a record, not one object for each record), which keeps 60,000 word boxes small and lets
whole columns be checked at once. It is UTF-8 in which lone surrogates keep their own three bytes (Python's
`surrogatepass`): escaping them instead would join two that stand side by side into one other character.
"""

import base64
import json
import math
import sys
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from itertools import accumulate, chain, pairwise
from operator import attrgetter, le
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from casefile.errors import ReadingDataError
from ingest.reading import Part, Reading

FORMAT = 1
"""Version of the layout, first in every document."""
MOST_CONTAINERS = 20_000_000
"""Most JSON arrays of one document: each takes some 60 bytes here for two bytes there. A 2,000,000 row sheet needs 12
million."""
LARGEST_INTEGER = 2**53
LONGEST_FILE_NAME = 255


@dataclass(frozen=True, slots=True)
class _Column:
    """How a sequence of values of one type becomes JSON and comes back."""

    encode: Callable[[Sequence[Any]], Any]
    decode: Callable[[Any], list[Any]]


def encode_reading(reading: Reading, output_bytes: int) -> bytes:
    """Encode `reading`, at most `output_bytes` long.

    Raises:
        ReadingDataError: it would be longer (`too_large` is set), or holds what cannot be coded or breaks a rule.
    """
    record: dict[str, Any] = {"format": FORMAT}
    for name, column in _columns_of(Reading).items():
        record[name] = column.encode((getattr(reading, name),))
    check_reading(reading)
    try:
        data = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise ReadingDataError("The reading holds a value that cannot be stored.") from error
    encoded = data.encode("utf-8", "surrogatepass")
    if len(encoded) > output_bytes:
        raise ReadingDataError("What was read is larger than may be kept.", too_large=True)
    return encoded


def decode_reading(data: bytes) -> Reading:
    """Decode and check what `encode_reading` wrote.

    `data` is untrusted; its length must have been bounded by the caller.

    Raises:
        ReadingDataError: it is not such a document, or breaks a rule of `Reading`.
    """
    record = load_json(data)
    columns = _columns_of(Reading)
    if not isinstance(record, dict) or record.keys() != {"format", *columns} or record["format"] != FORMAT:
        raise ReadingDataError("The reading does not have the fields it must have.")
    values: dict[str, Any] = {}
    for name, column in columns.items():
        decoded = column.decode(record[name])
        if len(decoded) != 1:
            raise ReadingDataError(f"The reading's {name} is not one value.")
        values[name] = decoded[0]
    reading = Reading(**values)
    check_reading(reading)
    return reading


def load_json(data: bytes) -> Any:
    """Parse untrusted JSON whose length is bounded already.

    Raises:
        ReadingDataError: it is no JSON, nests too deep, or has more arrays than any reading needs.
    """
    if data.count(b"[") + data.count(b"{") > MOST_CONTAINERS:
        raise ReadingDataError("The reading has more parts than any reading needs.")
    try:
        return json.loads(data.decode("utf-8", "surrogatepass"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ReadingDataError("The reading is not valid JSON.") from error


def check_reading(reading: Reading) -> None:
    """Check what the types do not say: offsets within the text, blocks in order, plain names of part files.

    Raises:
        ReadingDataError: naming the first rule that is broken.
    """
    length = len(reading.text)
    _check_spans(reading.words, length, "word")
    _check_spans(list(chain.from_iterable(block.cells for block in reading.blocks)), length, "cell")
    blocks = [block.locator for block in reading.blocks]
    _check_spans(blocks, length, "block")
    if any(after.start < before.end for before, after in pairwise(blocks)):
        raise ReadingDataError("Two blocks overlap or stand out of order.")
    for part in reading.parts:
        _check_part(part)
    names = [part.file for part in reading.parts if part.file]
    if len(names) != len(set(names)):
        raise ReadingDataError("Two parts name the same file.")
    issues = chain(reading.issues, (part.issue for part in reading.parts if part.issue))
    _check_spans([issue.locator for issue in issues if issue.locator], length, "issue")


def _check_spans(placed: Sequence[Any], length: int, what: str) -> None:
    """Check that each has `0 <= start <= end <= length`; a column at a time, for there may be millions."""
    starts, ends = list(map(attrgetter("start"), placed)), list(map(attrgetter("end"), placed))
    if placed and not (min(starts) >= 0 and max(ends) <= length and all(map(le, starts, ends))):
        raise ReadingDataError(f"A {what} stands outside the text.")


def _check_part(part: Part) -> None:
    if not part.file:
        if part.issue is None:
            raise ReadingDataError("A part has neither a file nor an issue.")
        return
    plain = part.file not in {".", ".."} and "/" not in part.file and part.file.isascii() and part.file.isprintable()
    if not plain or len(part.file) > LONGEST_FILE_NAME:
        raise ReadingDataError("A part's file is not a plain name.")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


# ---- columns, derived from the records' own type hints: a new field or locator kind needs nothing here -------------


@cache
def _columns_of(record: type) -> dict[str, _Column]:
    """The columns of a dataclass's fields, in their order."""
    hints = get_type_hints(record, include_extras=True)
    return {field.name: _column(hints[field.name]) for field in fields(record)}


@cache
def _column(hint: Any) -> _Column:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _column(arguments[0])
    if origin is Literal:
        return _scalar_column({type(value) for value in arguments}, frozenset(arguments).issuperset)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return _tuple_column(_column(arguments[0]))
    if origin in {Union, UnionType}:
        return _union_column(arguments)
    if hint in _SCALARS:
        return _SCALARS[hint]
    return _record_column(hint)


def _scalar_column(types: set[type], allowed: Callable[[Sequence[Any]], bool]) -> _Column:
    def checked(values: Any) -> list[Any]:
        column = _list(values)
        if not (types.issuperset(map(type, column)) and allowed(column)):
            raise ReadingDataError("A value in the reading is of the wrong kind.")
        return column

    return _Column(checked, checked)


def _all_in_range(values: Sequence[int]) -> bool:
    return not values or (min(values) >= 0 and max(values) <= LARGEST_INTEGER)


def _encode_floats(values: Sequence[float]) -> str:
    """Little-endian doubles in Base64: exact, and several times as fast as decimal digits."""
    if not {int, float}.issuperset(map(type, values)):
        raise ReadingDataError("A measure in the reading is not a number.")
    try:
        packed = array("d", values)
    except OverflowError as error:
        raise ReadingDataError("A measure in the reading is too large.") from error
    _require_finite(packed)
    if sys.byteorder == "big":
        packed.byteswap()
    return base64.b64encode(packed.tobytes()).decode("ascii")


def _decode_floats(value: Any) -> list[float]:
    packed = array("d")
    try:
        packed.frombytes(base64.b64decode(value, validate=True))
    except (TypeError, ValueError) as error:
        raise ReadingDataError("The measures in the reading are malformed.") from error
    if sys.byteorder == "big":
        packed.byteswap()
    _require_finite(packed)
    return packed.tolist()


def _require_finite(values: Iterable[float]) -> None:
    if not all(map(math.isfinite, values)):
        raise ReadingDataError("A measure in the reading is not finite.")


_SCALARS: dict[Any, _Column] = {
    str: _scalar_column({str}, lambda _: True),
    bool: _scalar_column({bool}, lambda _: True),
    int: _scalar_column({int}, _all_in_range),
    float: _Column(_encode_floats, _decode_floats),
}


def _tuple_column(inner: _Column) -> _Column:
    """Tuples as a column of their lengths, then one column of all that they hold, end to end."""

    def encode(values: Sequence[Any]) -> Any:
        return [list(map(len, values)), inner.encode(list(chain.from_iterable(values)))]

    def decode(values: Any) -> list[Any]:
        pair = _list(values)
        if len(pair) != 2:
            raise ReadingDataError("A list in the reading is malformed.")
        lengths, held = _SCALARS[int].decode(pair[0]), inner.decode(pair[1])
        if sum(lengths) != len(held):
            raise ReadingDataError("A list in the reading is not as long as it says.")
        ends = accumulate(lengths)
        return [tuple(held[end - length : end]) for length, end in zip(lengths, ends, strict=True)]

    return _Column(encode, decode)


def _record_column(record: type) -> _Column:
    """Records as a list of columns, one for each field but a locator's constant `kind`, which stands in the union."""
    hints = get_type_hints(record, include_extras=True)
    columns = {name: column for name, column in _columns_of(record).items() if not _is_constant(hints[name])}

    def encode(values: Sequence[Any]) -> Any:
        if not {record}.issuperset(map(type, values)):
            raise ReadingDataError(f"A value in the reading is not a {record.__name__}.")
        return [column.encode(list(map(attrgetter(name), values))) for name, column in columns.items()]

    def decode(values: Any) -> list[Any]:
        values = _list(values)
        if len(values) != len(columns):
            raise ReadingDataError(f"A {record.__name__} in the reading lacks fields or has too many.")
        decoded = [column.decode(value) for column, value in zip(columns.values(), values, strict=True)]
        if len(set(map(len, decoded))) != 1:
            raise ReadingDataError(f"The fields of a {record.__name__} in the reading differ in number.")
        return list(map(record, *decoded))

    return _Column(encode, decode)


def _is_constant(hint: Any) -> bool:
    return get_origin(hint) is Literal and len(get_args(hint)) == 1


def _tag(member: Any) -> str:
    """A locator's constant kind, else the type's name."""
    kind = get_type_hints(member).get("kind") if is_dataclass(member) else None
    return str(get_args(kind)[0]) if _is_constant(kind) else str(member.__name__)


def _union_column(members: tuple[Any, ...]) -> _Column:
    """Tagged values: a list of each value's tag, then for each tag the column of its values, in their order."""
    tags: dict[Any, str] = {}
    columns: dict[str, _Column] = {}
    for member in _flattened(members):
        tag = "" if member is NoneType else _tag(member)
        tags[member] = tag
        columns[tag] = _NOTHING if member is NoneType else _column(member)

    def encode(values: Sequence[Any]) -> Any:
        try:
            order = [tags[type(value)] for value in values]
        except KeyError as error:
            raise ReadingDataError("A value in the reading is of an unknown kind.") from error
        groups: dict[str, list[Any]] = {}
        for tag, value in zip(order, values, strict=True):
            groups.setdefault(tag, []).append(value)
        return [order, {tag: columns[tag].encode(group) for tag, group in groups.items()}]

    def decode(values: Any) -> list[Any]:
        values = _list(values)
        if len(values) != 2 or not isinstance(values[1], dict):
            raise ReadingDataError("A tagged value in the reading is malformed.")
        order, groups = _list(values[0]), values[1]
        if not (groups.keys() <= columns.keys() and {str}.issuperset(map(type, order))):
            raise ReadingDataError("A value in the reading is of an unknown kind.")
        waiting = {tag: iter(columns[tag].decode(group)) for tag, group in groups.items()}
        try:
            decoded = [next(waiting[tag]) for tag in order]
        except (KeyError, StopIteration) as error:
            raise ReadingDataError("Tagged values in the reading are missing.") from error
        if any(True for rest in waiting.values() for _ in rest):
            raise ReadingDataError("The reading has more tagged values than tags.")
        return decoded

    return _Column(encode, decode)


def _nothings(values: Any) -> list[None]:
    column = _list(values)
    if any(value is not None for value in column):
        raise ReadingDataError("A value in the reading is of the wrong kind.")
    return column


_NOTHING = _Column(_nothings, _nothings)


def _flattened(members: Iterable[Any]) -> list[Any]:
    """The members of a union, those of unions inside it included (`Locator | None`)."""
    flat: list[Any] = []
    for member in members:
        inner = member
        while get_origin(inner) is Annotated:
            inner = get_args(inner)[0]
        flat.extend(_flattened(get_args(inner)) if get_origin(inner) in {Union, UnionType} else [inner])
    return flat


def _list(values: Any) -> list[Any]:
    if not isinstance(values, (list, tuple)):
        raise ReadingDataError("The reading is malformed.")
    return values if isinstance(values, list) else list(values)
