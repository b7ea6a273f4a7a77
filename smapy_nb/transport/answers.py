"""Bytes → what they say: JSON that is read as far as it can be, whatever stands in it."""

from __future__ import annotations

import json
from typing import Any

try:
    import orjson
except ImportError:  # the extra `fast`
    _fast = None
else:
    _fast = orjson.loads


def decode(content: bytes) -> Any:
    """Return the JSON value that `content` holds, or None where it holds none.

    Letters that are no UTF-8 become U+FFFD, so that one of them costs no batch.
    """
    if _fast is not None:
        try:
            return _fast(content)
        except ValueError:
            pass  # stricter than the next one: it refuses halves of surrogate pairs and NaN
    try:
        return _patient.decode(content.decode("utf-8-sig", "replace").strip())
    except (ValueError, RecursionError):
        return None


def _int(digits: str) -> int | None:
    """A number longer than any count or id is none; Python refuses to read those of thousands of digits."""
    return int(digits) if len(digits) <= 20 else None


_patient = json.JSONDecoder(parse_int=_int)
