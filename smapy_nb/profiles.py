"""Profile, outcomes, columns and dtypes: what one reading of an account is, as a dict and as a DataFrame.

The columns of `frame()`, in their order. Where a network does not tell a value, it is missing (<NA>), never 0 or "".
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

_TEXT, _COUNT, _FLAG, _TIME = "string", "Int64", "boolean", "datetime64[us, UTC]"
# What each column holds is written down here only: in this module's help and in every file that is exported.
COLUMNS = {
    "account": (_TEXT, "the name that the user gave the account"),
    "requested": (_TEXT, "what was typed"),
    "outcome": (_TEXT, f"what came of asking for it: {', '.join(OUTCOMES)}"),
    "reason": (_TEXT, "a sentence, for every outcome but ok; and for ok where another account has the handle now"),
    "id": (_COUNT, "the account's numeric id, exact"),
    "handle": (_TEXT, 'without "@", spelled as its owner does'),
    "name": (_TEXT, "the display name; untrusted text"),
    "link": (_TEXT, "the profile's address"),
    "followers": (_COUNT, "accounts that follow it"),
    "following": (_COUNT, "accounts that it follows"),
    "posts": (_COUNT, "posts that it has written"),
    "listed": (_COUNT, "lists that it is on"),
    "likes": (_COUNT, "posts that it likes"),
    "media": (_COUNT, "pictures and videos that it has posted"),
    "verified": (_FLAG, "as the network reports it"),
    "verified_type": (_TEXT, "blue, business, government or none"),
    "protected": (_FLAG, "True where only followers may read its posts"),
    "created_at": (_TIME, "when the account was made"),
    "description": (_TEXT, "what its owner writes about it; untrusted text"),
    "location": (_TEXT, "where its owner claims to be; untrusted text"),
    "url": (_TEXT, "the address that its owner shows; untrusted"),
    "profile_image_url": (_TEXT, "its picture's address"),
    "profile_banner_url": (_TEXT, "the address of the picture above its profile"),
    "pinned_post_id": (_COUNT, "the id of the post that it shows first, exact"),
    "other": ("object", "dict of fields that this version does not know, or None"),
    "read_at": (_TIME, "when the network answered"),
    "from_archive": (_FLAG, "True where that answer was read earlier, or by another kernel, and kept"),
}
DTYPES = {name: dtype for name, (dtype, _) in COLUMNS.items()}
__doc__ = f"{__doc__}\n" + "\n".join(f"{name:18} {dtype:19} {holds}" for name, (dtype, holds) in COLUMNS.items())


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
