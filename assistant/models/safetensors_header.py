"""The header of a safetensors file: whether the file is whole. Nothing of it is trusted.

Format: the README of the safetensors project. Eight bytes with the header's length, a JSON object, then the data.
"""

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from casefile.errors import UsageError

LONGEST_HEADER = 16 << 20
"""Bytes of JSON; a model of a thousand tensors has a tenth of a mebibyte."""


class NotSafetensorsError(UsageError):
    """The file is no safetensors file, or not a whole one."""


def check_safetensors(path: Path) -> None:
    """See that a file is a whole safetensors file with at least one tensor.

    Raises:
        NotSafetensorsError: it is not; the message says what to do.
    """
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(0)
            head = stream.read(8)
            length = struct.unpack("<Q", head)[0] if len(head) == 8 else 0
            if not 2 <= length <= min(LONGEST_HEADER, size - 8):
                raise _refused(path, "it does not begin with a header of possible length")
            header = json.loads(stream.read(length))
    except OSError as error:
        raise _refused(path, f"it cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise _refused(path, "its header is no JSON") from error
    if not isinstance(header, dict):
        raise _refused(path, "its header is no JSON object")
    ends = [_end(path, entry) for name, entry in header.items() if name != "__metadata__"]
    if not ends:
        raise _refused(path, "it holds no tensor")
    needed = 8 + length + max(ends)
    if needed != size:
        raise _refused(path, f"it has {size:,} bytes, but its tensors need {needed:,}")


def _end(path: Path, entry: Mapping[str, Any]) -> int:
    offsets = entry.get("data_offsets") if isinstance(entry, dict) else None
    if (
        not isinstance(offsets, list)
        or len(offsets) != 2
        or not all(type(offset) is int for offset in offsets)
        or not 0 <= offsets[0] <= offsets[1]
    ):
        raise _refused(path, "a tensor has no place in it")
    end: int = offsets[1]
    return end


def _refused(path: Path, why: str) -> NotSafetensorsError:
    return NotSafetensorsError(
        f"{path.name} is no whole safetensors file: {why}. Copy or download the file again and compare its SHA-256."
    )
