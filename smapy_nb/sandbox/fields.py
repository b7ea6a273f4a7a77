"""What a look-up shows of a person: the fields asked for, in the dialect asked in; empty ones are left out."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache

from smapy_nb.sandbox.dialects import Dialect
from smapy_nb.sandbox.message import Json
from smapy_nb.sandbox.people.chance import whole
from smapy_nb.sandbox.people.person import Person, snowflake

IMAGES = "https://images.sandbox.invalid"  # a host that no machine ever looks up
_SHORT = "https://t.sandbox.invalid"
_ENTITIES = {
    "mentions": ("username", re.compile(r"(?<![A-Za-z0-9_])@([A-Za-z0-9_]{1,15})")),
    "hashtags": ("tag", re.compile(r"(?<!\w)#(\w+)")),
    "cashtags": ("tag", re.compile(r"(?<!\w)\$([A-Za-z]{1,6})\b")),
}


@lru_cache(maxsize=4096)
def shown(person: Person, fields: frozenset[str], dialect: Dialect, *, own: bool, asker: bool) -> Json:
    """Return `person` as X shows them; the same object for the same question, so it must not be changed.

    Args:
        person: as on the day of the request.
        fields: names in user.fields; unknown ones are dropped without a word, as X does.
        dialect: which names public_metrics and the pinned Post have.
        own: the person is the one who asks; only then some fields are told.
        asker: a person asks, not an app.
    """
    answer: Json = {"id": str(person.id), "name": person.name, "username": person.handle}
    every = {
        "created_at": iso(person.created),
        "description": person.description,
        "entities": _entities(person),
        "is_identity_verified": person.verified in ("business", "government"),
        "location": person.location,
        "parody": False,
        "pinned_tweet_id": str(pinned_id(person)) if person.pinned and dialect == "tweet" else "",
        "profile_banner_url": f"{IMAGES}/banners/{person.id}" if person.followers > 5000 else "",
        "profile_image_url": f"{IMAGES}/people/{person.id}_normal.png",
        "protected": person.protected,
        "public_metrics": _metrics(person, dialect),
        "receives_your_dm": False if asker else "",
        "subscription_type": "None" if own else "",
        "url": _short(person.url) if person.url else "",
        "verified": person.verified != "none",
        "verified_followers_count": person.followers // 50 if own else "",
        "verified_type": person.verified,
    }
    answer.update({name: every[name] for name in every if name in fields and every[name] not in ("", {})})
    return answer


def post(person: Person, fields: Collection[str], dialect: Dialect) -> Json:
    """Return the Post a person has pinned, as `includes` shows it."""
    number = str(pinned_id(person))
    history = "edit_history_tweet_ids" if dialect == "tweet" else "edit_history_post_ids"
    every = {
        "author_id": str(person.id),
        "conversation_id": number,
        "created_at": iso(_pinned_at(person)),
        "lang": "en",
        "possibly_sensitive": False,
    }
    return {
        "id": number,
        "text": person.pinned,
        history: [number],
        **{name: value for name, value in every.items() if name in fields},
    }


def pinned_id(person: Person) -> int:
    """Return the id of the Post a person has pinned."""
    return snowflake(_pinned_at(person), whole(person.id, "pinned"))


def iso(moment: datetime) -> str:
    """Return a moment as X writes it: UTC, with milliseconds and a Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _pinned_at(person: Person) -> datetime:
    return person.created + timedelta(days=20, milliseconds=whole(person.id, "pinned at") % 86_400_000)


def _metrics(person: Person, dialect: Dialect) -> Json:
    return {
        "followers_count": person.followers,
        "following_count": person.following,
        f"{dialect}_count": person.posts,
        "listed_count": person.listed,
        "like_count": person.likes,
        "media_count": person.media,
    }


def _short(url: str) -> str:
    return f"{_SHORT}/{whole(url) % 36**8:x}"


def _entities(person: Person) -> Json:
    found: Json = {}
    if person.url:
        short = _short(person.url)
        shown_as = re.sub(r"^https?://(www\.)?", "", person.url).rstrip("/")
        one = {"start": 0, "end": len(short), "url": short, "expanded_url": person.url, "display_url": shown_as}
        found["url"] = {"urls": [one]}
    described = {
        kind: [{"start": hit.start(), "end": hit.end(), key: hit[1]} for hit in hits]
        for kind, (key, pattern) in _ENTITIES.items()
        if (hits := list(pattern.finditer(person.description)))
    }
    if described:
        found["description"] = described
    return found
