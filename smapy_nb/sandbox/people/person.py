"""Person: one invented account, and the snowflake ids that X gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Status = Literal["active", "suspended", "deleted"]

_EPOCH = 1_288_834_974_657  # milliseconds: where X's ids begin to count


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to a person on a day of the simulation.

    Attributes:
        day: days since the sandbox's start; 0 has happened already when it starts.
        kind: one of `calendar.KINDS`.
        value: the new handle of ``renamed``, the new text of ``bio``; otherwise empty.
    """

    day: int
    kind: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """One invented account on the first day. Counts are those of that day; `growth` says how they go on.

    Attributes:
        id: the account's number; a snowflake that agrees with `created`, save for the documented example.
        growth: one of `growth.CURVES`.
        pinned: text of a pinned Post, or empty.
    """

    id: int
    handle: str
    name: str
    created: datetime
    description: str = ""
    location: str = ""
    url: str = ""
    followers: int = 0
    following: int = 0
    posts: int = 0
    listed: int = 0
    likes: int = 0
    media: int = 0
    verified: str = "none"
    protected: bool = False
    status: Status = "active"
    growth: str = "steady"
    pinned: str = ""
    events: tuple[Event, ...] = ()


def snowflake(moment: datetime, sequence: int) -> int:
    """Return the id that X would give at `moment` (to the millisecond), with 22 bits of `sequence`."""
    return ((round(moment.timestamp() * 1000) - _EPOCH) << 22) | (sequence & 0x3FFFFF)


def born(snowflake_id: int) -> datetime:
    """Return the moment (UTC) a snowflake was made."""
    return datetime.fromtimestamp(((snowflake_id >> 22) + _EPOCH) / 1000, UTC)
