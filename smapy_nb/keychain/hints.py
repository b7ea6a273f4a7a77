"""Hints: what looks wrong with keys, in words and without a value. A hint never refuses: older keys look different."""

from __future__ import annotations

import re
from collections.abc import Mapping

# FACTS 60: what X's console gives today.
_ACCESS_TOKEN = re.compile(r"[0-9]{1,19}-[A-Za-z0-9]+")
_BEARER = re.compile(r"A{10,}[A-Za-z0-9%]{50,}")
_KEY, _SECRET, _ACCESS_SECRET = 25, 50, 45
_SHORTEST = 10
_PLACEHOLDER = re.compile(r"\W*|.*(?:…|\.\.\.|<|your|xxx|paste|here).*", re.IGNORECASE | re.DOTALL)
_CONSOLE = "compare it with X's console"


def of(token: Mapping[str, str]) -> list[str]:
    """Say what looks wrong with a token for X, each in a sentence; an empty list where nothing does."""
    found = [hint for field, value in token.items() for hint in _of_one(field, value)]
    return [*found, *_of_pairs({field: value.strip() for field, value in token.items()})]


def _of_one(field: str, value: str) -> list[str]:
    bare = value.strip()
    if len(bare) < _ACCESS_SECRET and _PLACEHOLDER.fullmatch(bare):
        return [f"{field!r} looks like the example's text, not like a key; paste your own."]
    found = []
    if bare != value or any(letter.isspace() for letter in bare):
        found.append(f"{field!r} has a space or line break in it or around it; keys have none.")
    if bare[:1] in "\"'`" or bare[-1:] in "\"'`":
        found.append(f"{field!r} has quotes around it that do not belong to it.")
    if bare.lower().startswith("bearer "):
        found.append(f"{field!r} begins with the word Bearer; paste only what comes after it.")
    if field != "bearer_token" and _BEARER.fullmatch(bare):
        found.append(f"{field!r} looks like a bearer token, which has a field of its own.")
    elif field == "bearer_token" and _ACCESS_TOKEN.fullmatch(bare):
        found.append(f"{field!r} looks like an access token, which comes with three more keys.")
    elif len(bare) < _SHORTEST:
        found.append(f"{field!r} is very short; {_CONSOLE}, it may be cut off.")
    return found


def _of_pairs(token: Mapping[str, str]) -> list[str]:
    key, secret = token.get("consumer_key", ""), token.get("consumer_secret", "")
    access, access_secret = token.get("access_token", ""), token.get("access_secret", "")
    found = []
    if len(key) == _SECRET and len(secret) == _KEY:
        found.append("'consumer_key' and 'consumer_secret' look swapped.")
    if _ACCESS_TOKEN.fullmatch(access_secret):
        found.append("'access_token' and 'access_secret' look swapped.")
    elif _ACCESS_TOKEN.fullmatch(key):
        found.append("'consumer_key' looks like an access token; the API key has no hyphen.")
    elif access and not _ACCESS_TOKEN.fullmatch(access) and not _BEARER.fullmatch(access):
        found.append(f"'access_token' lacks the number and hyphen that it begins with; {_CONSOLE}.")
    fields = list(token)
    for place, field in enumerate(fields):
        if twin := next((other for other in fields[:place] if token[other] == token[field]), None):
            found.append(f"{twin!r} and {field!r} hold the same text; each has its own.")
    return found
