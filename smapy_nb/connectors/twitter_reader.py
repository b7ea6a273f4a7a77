"""X's JSON → profiles as columns. Reads both of the vendor's dialects and survives what neither describes.

Values are cleaned a column at a time: where all of a column are of the type that is documented (FACTS 5 to 13), which
is nearly always, they are taken as they are; else each of them is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from smapy_nb.accounts import Key
from smapy_nb.connectors.answered import Answered, Why
from smapy_nb.errors import BadAnswer

_COUNTS = {
    "followers": ("followers_count",),
    "following": ("following_count",),
    "posts": ("tweet_count", "post_count"),  # the dialect that FIELDS ask in comes first
    "listed": ("listed_count",),
    "likes": ("like_count",),
    "media": ("media_count",),
}
_ALL_COUNTS = itemgetter(*(names[0] for names in _COUNTS.values()))
_TEXTS = ("verified_type", "description", "location", "profile_image_url", "profile_banner_url")
_READ = {
    *("id", "username", "name", "public_metrics", "verified", "protected", "created_at", "url", "entities"),
    *("pinned_tweet_id", "pinned_post_id", *_TEXTS),
}
# Of these fields only a part is read.
_INSIDE = {"public_metrics": {name for names in _COUNTS.values() for name in names}, "entities": {"url"}}
_NOTHING: frozenset[str] = frozenset()
_PROMISED = ("followers", "following", "posts", "listed")  # of every account (FACTS 10)
LEFT_OUT = ("not_found", "X left it out of its answer without saying why; it may be deleted or misspelled.")
_GARBLED = ("failed", "What X answered about this account can't be read; ask for it again later.")

_STR: set[type] = {str, type(None)}
_INT: set[type] = {int}
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
    users: list[Any] = data if isinstance(data, list) else [data]
    if not _DICT.issuperset(map(type, users)):
        users = [entry for entry in users if isinstance(entry, Mapping)]
    ids, handles = _ids(users), _texts(users, "username")
    garbled: dict[Key, Why] = {}
    if None in ids or None in handles:
        for number, handle in zip(ids, handles, strict=True):
            key = number if by_id else handle.lower() if handle else None
            if key is not None and (number is None or handle is None):
                garbled[key] = _GARBLED
        users = [user for user, one, other in zip(users, ids, handles, strict=True) if None not in (one, other)]
        ids, handles = _ids(users), _texts(users, "username")
    found: Sequence[Any] = ids if by_id else [handle.lower() for handle in handles if handle]
    if found == keys:
        lost: dict[Key, Why] = {}
    else:
        reasons, here = _reasons(body.get("errors"), by_id) | garbled, set(found)
        lost = {key: reasons.get(key, LEFT_OUT) for key in keys if key not in here}
    columns = _columns(users, ids, handles)
    empty = frozenset(name for name in _PROMISED if users and not any(one is not None for one in columns[name]))
    return Answered(found, columns, lost, empty=empty)


def _columns(
    users: Sequence[Mapping[str, Any]], ids: Sequence[int | None], handles: Sequence[str | None]
) -> dict[str, Sequence[Any]]:
    """Return a list for each of `smapy_nb.profiles.FIELDS`."""
    names = _texts(users, "name")
    if None in names:
        names = [name or handle for name, handle in zip(names, handles, strict=True)]
    metrics: list[Any] = [user.get("public_metrics") for user in users]
    if not _DICT.issuperset(map(type, metrics)):
        metrics = [one if isinstance(one, Mapping) else {} for one in metrics]
    return {
        "id": ids,
        "handle": handles,
        "name": names,
        "link": [f"https://www.twitter.com/{handle}" for handle in handles],
        **_counts(metrics),
        "verified": _clean([user.get("verified") for user in users], _BOOL, _flag),
        "verified_type": _texts(users, "verified_type"),
        "protected": _clean([user.get("protected") for user in users], _BOOL, _flag),
        "created_at": _times([user.get("created_at") for user in users]),
        **{field: _texts(users, field) for field in ("description", "location")},
        "url": _websites(users),
        **{field: _texts(users, field) for field in ("profile_image_url", "profile_banner_url")},
        "pinned_post_id": _numbers(_either(users, ("pinned_tweet_id", "pinned_post_id"))),
        "other": _others(users),
    }


def _others(users: Sequence[Mapping[str, Any]]) -> list[dict[str, Any] | None]:
    """Return what each user object holds beside what is read here: the vendor's own names and values."""
    if _READ.issuperset(_NOTHING.union(*users)) and all(_usual(users, *one) for one in _INSIDE.items()):
        return [None] * len(users)
    return [_other(user) or None for user in users]


def _usual(users: Sequence[Mapping[str, Any]], name: str, known: set[str]) -> bool:
    """Tell whether a field that holds an object holds only what is known, in all users."""
    values = [value for user in users if (value := user.get(name))]
    return _DICT.issuperset(map(type, values)) and known.issuperset(_NOTHING.union(*values))


def _other(user: Mapping[str, Any]) -> dict[str, Any]:
    other = {name: value for name, value in user.items() if name not in _READ}
    for name, known in _INSIDE.items():
        inside = user.get(name)
        if isinstance(inside, Mapping):
            inside = {key: value for key, value in inside.items() if key not in known}
        if inside:
            other[name] = inside
    return other


def _reasons(errors: Any, by_id: bool) -> dict[Key, Why]:
    """Return why accounts are missing, from an answer's `errors`."""
    reasons: dict[Key, Why] = {}
    for entry in errors if isinstance(errors, list) else [errors]:
        if not isinstance(entry, Mapping):
            continue
        for value in (entry.get("value"), entry.get("resource_id")):
            key = _whole(value) if by_id else value.lower() if isinstance(value, str) else None
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
    return _sound([user.get(field) or None for user in users])


def _sound(values: list[Any]) -> list[str | None]:
    """Return texts as they are; what is none, or holds half of a surrogate pair, is put right: no table can hold it."""
    if _STR.issuperset(map(type, values)):
        together = "".join(filter(None, values))
        try:
            if together.isascii() or together.encode():
                return values
        except UnicodeEncodeError:
            pass
    return [_text(value) for value in values]


def _text(value: Any) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    return value.encode("utf-8", "replace").decode()


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _wholes(values: list[Any]) -> list[int | None]:
    if _INT.issuperset(map(type, values)) and (min(values) >= 0 and max(values) < 2**63 if values else True):
        return values
    return [_whole(value) for value in values]


def _counts(metrics: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Any]]:
    try:
        together = zip(*map(_ALL_COUNTS, metrics), strict=True)  # all at once, where all have all
        return {ours: _wholes(list(values)) for ours, values in zip(_COUNTS, together, strict=True)}
    except (KeyError, ValueError):
        return {ours: _wholes(_either(metrics, theirs)) for ours, theirs in _COUNTS.items()}


def _ids(users: Sequence[Mapping[str, Any]]) -> list[int | None]:
    return _numbers([user.get("id") for user in users])


def _numbers(values: list[Any]) -> list[int | None]:
    """Read whole numbers that come as text."""
    try:
        together = "".join(values)
        if together.isascii() and together.isdigit() and max(map(len, values)) <= 19:
            numbers = list(map(int, values))
            if max(numbers) < 2**63:
                return numbers  # type: ignore[return-value]  # a list of int, which mypy can't take for one of int | None
    except (TypeError, ValueError):
        pass  # one of them is missing, empty or no text, or there are none
    return [_whole(value) for value in values]


def _whole(value: Any) -> int | None:
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


def _times(values: list[Any]) -> list[datetime | None]:
    try:
        moments = list(map(datetime.fromisoformat, values))
    except (TypeError, ValueError):
        return [_time(value) for value in values]
    return [moment if moment.tzinfo is UTC else _in_utc(moment) for moment in moments]


def _time(value: Any) -> datetime | None:
    try:
        return _in_utc(datetime.fromisoformat(value))
    except (TypeError, ValueError):
        return None


def _in_utc(moment: datetime) -> datetime | None:
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:  # within a day of the year 1 or 9999
        return None


def _websites(users: Sequence[Mapping[str, Any]]) -> list[str | None]:
    """Return the websites as their owners wrote them; `url` itself is X's short form of it."""
    found: list[Any] = []
    for user in users:
        short = user.get("url")
        try:
            found.append(user["entities"]["url"]["urls"][0]["expanded_url"] or short)
        except (KeyError, IndexError, TypeError):
            found.append(short)
    return _sound(found)
