"""Traces: what a key looks like where it has leaked to, raw or encoded, and what any key of X looks like."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from smapy_nb.token import MASK, Token

LONGEST = 4096  # bytes that a trace can have; pieces of a file overlap by so many
_SHORTEST = 8  # letters; shorter ones would be found everywhere

# FACTS 60. A text of one case only is a hash, a serial number or a word.
_ACCESS_TOKEN = re.compile(rb"-[A-Za-z0-9]{30,45}(?![A-Za-z0-9_-])")
_DIGITS = re.compile(rb"(?<![A-Za-z0-9_-])[0-9]{5,19}\Z")
_BEARER = re.compile(rb"(?<![A-Za-z0-9+/=%])A{18}[A-Za-z0-9%]{60,}")
_NAMED = re.compile(
    rb"""[=:] [ \t'"\\]{0,9} (?P<value>[A-Za-z0-9]{25}|[A-Za-z0-9]{40,50}) (?![A-Za-z0-9_-])""", re.VERBOSE
)
_NAME = re.compile(
    rb"""(?:api|consumer|access|app)(?:[_ -]?(?:key|token|secret)){1,3} ['"\\]{0,4} [ \t]{0,4} \Z""",
    re.VERBOSE | re.IGNORECASE,
)


class Traces:
    """Finds keys in bytes. Shows none.

    Args:
        tokens: the keys to look for, beside X-shaped ones.
    """

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._known: dict[bytes, str] = {}
        self._plain: list[str] = []
        for token in tokens:
            for field, value in token.items():
                text = value.strip()
                if len(text) >= _SHORTEST:
                    self._plain.append(text)
                    for form in _forms(text):
                        self._known.setdefault(form, f"the {field} held for {token.network!r}")

    def find(self, data: bytes) -> Iterator[tuple[int, str]]:
        """Give, once for each key, the first place in `data` where it is, and in words which key it is."""
        found: dict[str, int] = {}
        for form, whose in self._known.items():
            place = data.find(form)
            if place >= 0:
                found[whose] = min(place, found.get(whose, place))
        yield from ((place, whose) for whose, place in found.items())
        if not found:  # else the same places would be named twice
            yield from _shaped(data)

    def mask(self, text: str) -> str:
        """Return a text, such as a file's name, in which keys that are held are masked."""
        for value in self._plain:
            text = text.replace(value, MASK)
        return text

    def __repr__(self) -> str:
        return "Traces()"


def _forms(text: str) -> set[bytes]:
    """List how a text is written: as it is, in addresses, in JSON, and in base64 wherever it begins there."""
    raw = text.encode(errors="surrogatepass")
    forms = {raw, quote(raw, safe="").encode(), json.dumps(text)[1:-1].encode()}
    for before in range(3):
        coded = base64.b64encode(bytes(before) + raw)
        # Of the letters, only those that hold no bits of the neighbours.
        piece = coded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        forms |= {piece, piece.replace(b"+", b"-").replace(b"/", b"_")}
    return {form for form in forms if len(form) >= _SHORTEST}


def _shaped(data: bytes) -> Iterator[tuple[int, str]]:
    for match in _ACCESS_TOKEN.finditer(data):
        digits = _DIGITS.search(data, max(0, match.start() - 20), match.start())
        if digits and _mixed(match[0]):
            yield digits.start(), "something shaped like an access token of X"
            break
    for match in _BEARER.finditer(data) if b"A" * 18 in data else ():
        if _mixed(match[0]):
            yield match.start(), "something shaped like a bearer token of X"
            break
    for match in _NAMED.finditer(data):  # the value first, because names would be found far too often
        if _mixed(match["value"]) and _NAME.search(data, max(0, match.start() - 60), match.start()):
            yield match.start(), "something named and shaped like a key of X"
            break


def _mixed(value: bytes) -> bool:
    return value.lower() != value != value.upper() and any(letter in b"0123456789" for letter in value)
