"""X's JSON → profiles as columns. Reads both of the vendor's dialects and survives what neither describes.

Values are cleaned a column at a time: where all of a column are of the type that is documented (FACTS 5 to 13), which
is nearly always, they are taken as they are; else each of them is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from smapy_nb.accounts import Key
from smapy_nb.connectors.answered import Answered, Why
from smapy_nb.errors import BadAnswer
from smapy_nb.profiles import Profile

_COUNTS = {
    "followers": ("followers_count",),
    "following": ("following_count",),
    "posts": ("tweet_count", "post_count"),
    "listed": ("listed_count",),
    "likes": ("like_count",),
    "media": ("media_count",),
}
_TEXTS = ("verified_type", "description", "location", "profile_image_url", "profile_banner_url")
_READ = {
    *("id", "username", "name", "public_metrics", "verified", "protected", "created_at", "url", "entities"),
    *("pinned_tweet_id", "pinned_post_id", *_TEXTS),
}
LEFT_OUT = ("not_found", "X left it out of its answer without saying why; it may be deleted or misspelled.")
_GARBLED = ("failed", "What X answered about this account can't be read; ask for it again later.")

_STR: set[type] = {str, type(None)}
_INT: set[type] = {int, type(None)}
_BOOL: set[type] = {bool, type(None)}
_DICT: set[type] = {dict}


def read(body: Mapping[str, Any], keys: Sequence[Key], by_id: bool) -> Answered:
    """Return what an answer says of the accounts it was asked for. Neither order nor length is relied on.

    Args:
        body: the answer.
        keys: what was asked for, in canonical form.
        by_id: whether they are ids.

    Raises:
        BadAnswer: it says nothing of any account.
    """
    if "data" not in body and "errors" not in body:
        raise BadAnswer("X's answer holds neither accounts nor reasons; try again later.")
    data = body.get("data")
    users = [entry for entry in (data if isinstance(data, list) else [data]) if isinstance(entry, Mapping)]
    named = [_key(user, by_id) for user in users]
    good = [whole(user.get("id")) is not None and _text(user.get("username")) is not None for user in users]
    missing = {key: _GARBLED for key, fine in zip(named, good, strict=True) if not fine and key is not None}
    missing = _reasons(body.get("errors"), by_id) | missing
    if not all(good):
        users = [user for user, fine in zip(users, good, strict=True) if fine]
        named = [key for key, fine in zip(named, good, strict=True) if fine]
    found: list[Key] = [key for key in named if key is not None]
    here = set(found)
    lost = {key: missing.get(key, LEFT_OUT) for key in keys if key not in here} if here != set(keys) else {}
    return Answered(found, columns(users), lost)


def profile(entry: Any) -> Profile | None:
    """Return the profile that one user object holds, or None where it has not even an id and a username."""
    if not isinstance(entry, Mapping) or whole(entry.get("id")) is None or _text(entry.get("username")) is None:
        return None
    return Profile(**{name: values[0] for name, values in columns([entry]).items()})


def columns(users: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return a list for each of `smapy_nb.profiles.FIELDS`; each user has a readable id and username."""
    handles = _texts(users, "username")
    names = [name or handle for name, handle in zip(_texts(users, "name"), handles, strict=True)]
    metrics: list[Any] = [user.get("public_metrics") for user in users]
    if not _DICT.issuperset(map(type, metrics)):
        metrics = [one if isinstance(one, Mapping) else {} for one in metrics]
    unknown = set().union(*users) - _READ
    pinned = _either(users, ("pinned_tweet_id", "pinned_post_id"))
    return {
        "id": [int(user["id"]) for user in users],
        "handle": handles,
        "name": names,
        "link": [f"https://www.twitter.com/{handle}" for handle in handles],
        **{ours: _wholes(_either(metrics, theirs)) for ours, theirs in _COUNTS.items()},
        "verified": _clean([user.get("verified") for user in users], _BOOL, _flag),
        "verified_type": _texts(users, "verified_type"),
        "protected": _clean([user.get("protected") for user in users], _BOOL, _flag),
        "created_at": [_time(user.get("created_at")) for user in users],
        **{field: _texts(users, field) for field in ("description", "location")},
        "url": [_website(user) for user in users],
        **{field: _texts(users, field) for field in ("profile_image_url", "profile_banner_url")},
        "pinned_post_id": [None if one is None else whole(one) for one in pinned],
        "other": [{k: v for k, v in user.items() if k not in _READ} or None for user in users]
        if unknown
        else [None] * len(users),
    }


def _key(user: Mapping[str, Any], by_id: bool) -> Key | None:
    if by_id:
        return whole(user.get("id"))
    handle = user.get("username")
    return handle.lower() if isinstance(handle, str) else None


def _reasons(errors: Any, by_id: bool) -> dict[Key, Why]:
    """Return why accounts are missing, from an answer's `errors`."""
    reasons: dict[Key, Why] = {}
    for entry in errors if isinstance(errors, list) else [errors]:
        if not isinstance(entry, Mapping):
            continue
        for value in (entry.get("value"), entry.get("resource_id")):
            key = whole(value) if by_id else value.lower() if isinstance(value, str) else None
            if key is not None:
                reasons.setdefault(key, _why(entry))
    return reasons


def _why(entry: Mapping[str, Any]) -> Why:
    # Only the title or detail tells suspended from unknown: both have the same type (FACTS 19).
    title, detail = str(entry.get("title") or ""), str(entry.get("detail") or "")
    if "suspended" in detail.lower() or title == "Forbidden":
        return "suspended", "X has suspended this account."
    if title in ("Not Found Error", "Not Found", "") or "could not find" in detail.lower():
        return "not_found", "X knows no account of this name; it may be deleted, renamed or misspelled."
    return "failed", "X could not give this account; ask for it again later."


def _clean(values: list[Any], types: set[type], clean: Callable[[Any], Any]) -> list[Any]:
    return values if types.issuperset(map(type, values)) else [clean(value) for value in values]


def _texts(users: Sequence[Mapping[str, Any]], field: str) -> list[str | None]:
    values = [user.get(field) or None for user in users]
    if _STR.issuperset(map(type, values)):
        try:
            "".join(filter(None, values)).encode()
        except UnicodeEncodeError:
            pass  # half of a surrogate pair: no letter, and no table can hold it
        else:
            return values
    return [_text(value) for value in values]


def _text(value: Any) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    return value.encode("utf-8", "replace").decode()


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _wholes(values: list[Any]) -> list[int | None]:
    if _INT.issuperset(map(type, values)):
        present = values if None not in values else [one for one in values if one is not None]
        if not present or (min(present) >= 0 and max(present) < 2**63):
            return values
    return [whole(value) for value in values]


def whole(value: Any) -> int | None:
    """Return a whole number that fits int64, or None. Ids come as text, counts as numbers."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        value = int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return value
    return None


def _either(entries: Sequence[Mapping[str, Any]], names: tuple[str, ...]) -> list[Any]:
    """Return the first of the fields that each entry has: the vendor's dialects differ (FACTS 8)."""
    values = [entry.get(names[0]) for entry in entries]
    for name in names[1:]:
        if None in values:
            values = [entry.get(name) if one is None else one for entry, one in zip(entries, values, strict=True)]
    return values


def _time(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _website(user: Mapping[str, Any]) -> str | None:
    """Return the website as its owner wrote it; `url` itself is X's short form of it."""
    if not (short := user.get("url")):
        return None
    try:
        expanded = user["entities"]["url"]["urls"][0]["expanded_url"]
    except (KeyError, IndexError, TypeError):
        expanded = None
    return _text(expanded) or _text(short)
