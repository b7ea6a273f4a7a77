"""X's JSON → Profile. Reads both of the vendor's dialects and survives what neither describes (FACTS 5 to 13)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from smapy_nb.profiles import Profile

Found = Profile | tuple[str, str]  # a profile, or (outcome, reason) of an account that has none

_COUNTS = {
    "followers_count": "followers",
    "following_count": "following",
    "tweet_count": "posts",
    "post_count": "posts",
    "listed_count": "listed",
    "like_count": "likes",
    "media_count": "media",
}
_TEXTS = ("verified_type", "description", "location", "profile_image_url", "profile_banner_url")
_READ = {
    *("id", "username", "name", "public_metrics", "verified", "protected", "created_at", "url", "entities"),
    *("pinned_tweet_id", "pinned_post_id", *_TEXTS),
}


def profile(entry: Any) -> Profile | None:
    """Return the profile that one user object holds, or None where it has not even an id and a username."""
    if not isinstance(entry, Mapping):
        return None
    number, handle = _whole(entry.get("id")), _text(entry.get("username"))
    if number is None or handle is None:
        return None
    metrics = entry.get("public_metrics")
    metrics = metrics if isinstance(metrics, Mapping) else {}
    known: dict[str, Any] = {field: _text(entry.get(field)) for field in _TEXTS}
    known |= {ours: n for theirs, ours in _COUNTS.items() if (n := _whole(metrics.get(theirs))) is not None}
    return Profile(
        id=number,
        handle=handle,
        name=_text(entry.get("name")) or handle,
        link=f"https://www.twitter.com/{handle}",
        verified=_flag(entry.get("verified")),
        protected=_flag(entry.get("protected")),
        created_at=_time(entry.get("created_at")),
        url=_website(entry),
        pinned_post_id=_whole(entry.get("pinned_post_id") or entry.get("pinned_tweet_id")),
        other={field: value for field, value in entry.items() if field not in _READ},
        **known,
    )


def missing(errors: Any, parameter: str) -> dict[str, Found]:
    """Return why accounts are missing, from an answer's `errors`: canonical key → (outcome, reason)."""
    found: dict[str, Found] = {}
    for entry in errors if isinstance(errors, list) else []:
        if not isinstance(entry, Mapping):
            continue
        value = entry.get("value") or entry.get("resource_id")
        if isinstance(value, (str, int)):
            found[f"#{value}" if parameter == "ids" else str(value).lower()] = _why(entry)
    return found


def _why(entry: Mapping[str, Any]) -> tuple[str, str]:
    # Only the title or detail tells suspended from unknown: both have the same type (FACTS 19).
    title, detail = str(entry.get("title") or ""), str(entry.get("detail") or "")
    if "suspended" in detail.lower() or title == "Forbidden":
        return "suspended", "X has suspended this account."
    if title in ("Not Found Error", "Not Found", "") or "could not find" in detail.lower():
        return "not_found", "X knows no account of this name; it may be deleted, renamed or misspelled."
    return "failed", "X could not give this account; ask for it again later."


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _whole(value: Any) -> int | None:
    """Return a whole number that fits int64, or None. Ids come as text, counts as numbers."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return value
    return None


def _time(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _website(entry: Mapping[str, Any]) -> str | None:
    """Return the website as its owner wrote it; `url` itself is X's short form of it."""
    try:
        expanded = entry["entities"]["url"]["urls"][0]["expanded_url"]
    except (KeyError, IndexError, TypeError):
        expanded = None
    return _text(expanded) or _text(entry.get("url"))
