"""Bytes → what they say: JSON that is read as far as it can be, whatever stands in it."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

try:
    import orjson
except ImportError:  # the extra `fast`
    _fast = None
else:
    _fast = orjson.loads

_DATA, _COMMA = re.compile(r'"data"\s*:\s*\[\s*'), re.compile(r"\s*,?\s*")
_FORM = re.compile(rb"[A-Za-z0-9_]+=[A-Za-z0-9_.~%+-]*(?:&[A-Za-z0-9_]+=[A-Za-z0-9_.~%+-]*){0,20}\n?")


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


def salvaged(content: bytes) -> list[Any]:
    """Return what came whole of the list ``data`` in an answer that broke off, or is no JSON further on."""
    text = content.decode("utf-8", "replace")
    begin = _DATA.search(text)
    at, users = begin.end() if begin else len(text), []
    try:
        while at < len(text):
            user, at = _patient.raw_decode(text, at)
            users.append(user)
            at = _COMMA.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing at all, too
    except (ValueError, RecursionError):
        pass  # here it broke off
    return users


def decode_form(content: bytes) -> dict[str, str] | None:
    """Return what a form-encoded answer holds, as the sign-in's are, or None where it is none."""
    return dict(parse_qsl(content.decode("ascii"))) if _FORM.fullmatch(content) else None


def _int(digits: str) -> int | None:
    """A number longer than any count or id is none; Python refuses to read those of thousands of digits."""
    return int(digits) if len(digits) <= 20 else None


_patient = json.JSONDecoder(parse_int=_int)
