"""Profile, outcomes, columns and dtypes: what one reading of an account is, as a dict and as a DataFrame.

The columns of `frame()`, in their order. Where a network does not tell a value, it is missing (<NA>), never 0 or "".

================== =================== ==============================================================
column             dtype               holds
================== =================== ==============================================================
account            str                 the name that the user gave the account
requested          str                 what was typed
outcome            str                 one of `OUTCOMES`
reason             str                 a sentence, for every outcome but ``ok``; there, where another account has the
                                       handle now
id                 Int64               the account's numeric id, exact
handle             str                 without "@", spelled as its owner does
name               str                 the display name
link               str                 the profile's address
followers … media  Int64               counts
verified           boolean             as the network reports it
verified_type      str                 blue, business, government or none
protected          boolean             True where only followers may read its posts
created_at         datetime64[us, UTC] when the account was made
description …      str                 what its owner writes about it; untrusted text
other              object              dict of fields that this version does not know, or None
read_at            datetime64[us, UTC] when the network answered
from_archive       boolean             True where that answer was read earlier, or by another kernel, and kept
================== =================== ==============================================================
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

OUTCOMES = {
    "ok": "read",
    "renamed": "read, under a handle other than the one it had when it was last read",
    "protected": "read; only its followers may read its posts",
    "not_found": "the network knows no such account",
    "suspended": "the network has suspended it",
    "invalid": "what was typed can't be an account; it was not asked for",
    "failed": "it was asked for, and no usable answer came",
    "not_asked": "the run ended before it was asked for",
}
SEEN = ("ok", "renamed", "protected")

_TEXT, _COUNT, _FLAG = "string", "Int64", "boolean"
DTYPES = {
    "account": _TEXT,
    "requested": _TEXT,
    "outcome": _TEXT,
    "reason": _TEXT,
    "id": _COUNT,
    "handle": _TEXT,
    "name": _TEXT,
    "link": _TEXT,
    "followers": _COUNT,
    "following": _COUNT,
    "posts": _COUNT,
    "listed": _COUNT,
    "likes": _COUNT,
    "media": _COUNT,
    "verified": _FLAG,
    "verified_type": _TEXT,
    "protected": _FLAG,
    "created_at": "datetime64[us, UTC]",
    "description": _TEXT,
    "location": _TEXT,
    "url": _TEXT,
    "profile_image_url": _TEXT,
    "profile_banner_url": _TEXT,
    "pinned_post_id": _COUNT,
    "other": "object",
    "read_at": "datetime64[us, UTC]",
    "from_archive": _FLAG,
}


@dataclass(frozen=True, slots=True)
class Profile:
    """One account as a network described it. Fields as in the table of this module; None where not told."""

    id: int
    handle: str
    name: str
    link: str
    followers: int | None = None
    following: int | None = None
    posts: int | None = None
    listed: int | None = None
    likes: int | None = None
    media: int | None = None
    verified: bool | None = None
    verified_type: str | None = None
    protected: bool | None = None
    created_at: datetime | None = None
    description: str | None = None
    location: str | None = None
    url: str | None = None
    profile_image_url: str | None = None
    profile_banner_url: str | None = None
    pinned_post_id: int | None = None
    other: dict[str, Any] | None = None


FIELDS = tuple(one.name for one in fields(Profile))
