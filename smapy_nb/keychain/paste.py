"""What people paste → fields: a .env block, JSON, a Python dict, or the text of X's console page."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from smapy_nb.keychain.names import CLIENT, field_of, plain
from smapy_nb.token import KINDS

_LONGEST = 20_000  # letters; a page of X's console has a few thousand
# NAME=value, export NAME="value", 'name': 'value', API Key: value, API Key <tab> value
_LINE = re.compile(
    r"""^\s* (?:export\s+|set\s+|\$env:)? ["']? (?P<label>[A-Za-z][A-Za-z0-9_ ().-]{1,40}?) ["']?
        \s* (?:=|:|\t) \s* (?P<value>\S.*)""",
    re.VERBOSE,
)
_KEY = re.compile(r"[A-Za-z0-9%_+/=-]{10,}")
_BUTTONS = {"copy", "copied", "show", "hide", "reveal", "regenerate", "revoke", "delete", "save", "done"}


def read(network: str, text: str) -> tuple[dict[str, str], list[str]]:
    """Find the fields of a network's token in a text.

    Returns:
        field → value, of one kind of token where a whole one is there; and remarks, in sentences without values.
    """
    values: dict[str, str] = {}
    remarks: list[str] = []
    for label, value in _pairs(network, text[:_LONGEST]):
        field = field_of(network, label)
        if field is None:
            if plain(label) in CLIENT:
                remarks.append("Client ID and Client Secret are for OAuth 2.0, which is not used here; left out.")
        elif value and values.setdefault(field, value) != value:
            remarks.append(f"{field!r} stands there twice; the first was taken.")
    for fields in KINDS[network].values():
        if all(field in values for field in fields):
            if left := [field for field in values if field not in fields]:
                remarks.append(f"{left[0]!r} stands there too and is not needed; left out.")
            values = {field: values[field] for field in fields}
            break
    return values, list(dict.fromkeys(remarks))


def _pairs(network: str, text: str) -> Iterator[tuple[str, str]]:
    for load in (json.loads, ast.literal_eval):
        try:
            with warnings.catch_warnings(action="ignore"):  # Python warns of backslashes, and quotes them
                data = load(text.strip())
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
        yield from _leaves(data)
        return
    yield from _lines(network, text)


def _leaves(data: Any) -> Iterator[tuple[str, str]]:
    if isinstance(data, Mapping):
        for label, value in data.items():
            if isinstance(label, str) and isinstance(value, str):
                yield label, value
            else:
                yield from _leaves(value)
    elif isinstance(data, list):
        for value in data:
            yield from _leaves(value)


def _lines(network: str, text: str) -> Iterator[tuple[str, str]]:
    waiting: str | None = None  # on X's page a label stands on a line of its own, its value below it
    for line in text.splitlines():
        words = line.strip()
        match = _LINE.match(line)
        if match and (field_of(network, match["label"]) or plain(match["label"]) in CLIENT):
            waiting = None
            yield match["label"], _bare(match["value"])
        elif field_of(network, words.rstrip(":")) or plain(words) in CLIENT:
            waiting = words.rstrip(":")
        elif waiting and _KEY.fullmatch(words) and words.lower() not in _BUTTONS:
            yield waiting, words
            waiting = None


def _bare(value: str) -> str:
    """Take off the quotes of a value, and the comment after it."""
    if (quote := value[0]) in "\"'" and (end := value.find(quote, 1)) > 0:
        return value[1:end]
    return re.split(r"\s#", value, maxsplit=1)[0].rstrip(" \t,;")
