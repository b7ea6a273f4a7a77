"""Readings: what an answer is, and the newest one of each account found again.

Profiles travel as columns, a list for each of `smapy_nb.profiles.FIELDS`: an object for each would cost more time
than SQLite takes to write them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from smapy_nb.archive.schema import COUNTS, accounts, keys, readings, versions
from smapy_nb.archive.store import Store
from smapy_nb.profiles import FIELDS

Why = tuple[str, str]  # (outcome, reason) of an account that has no profile

# What changes seldom. An account's id is in `accounts`, its counts in `readings`.
SLOW = tuple(name for name in FIELDS if name not in ("id", *COUNTS))
MISSING = ("not_found", "suspended")  # outcomes without a profile that are readings all the same

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a network said of some accounts at one instant.

    Attributes:
        read_at: when it came (UTC).
        found: the key of each account that has a profile; see `key_of`.
        columns: their profiles: a list for each of `smapy_nb.profiles.FIELDS`.
        missing: key → (outcome, reason) of each account that has none. Only those whose outcome is one of
            `MISSING` are readings.
        simulated: True where a sandbox answered.
    """

    read_at: datetime
    found: Sequence[str] = ()
    columns: Mapping[str, Sequence[Any]] = field(default_factory=lambda: dict.fromkeys(FIELDS, ()))
    missing: Mapping[str, Why] = field(default_factory=dict)
    simulated: bool = False


def key_of(asked: str | int) -> str:
    """Return the form under which an account asked for is known: ``'nasa'`` or, of an id, ``'#11348282'``."""
    return f"#{asked}" if isinstance(asked, int) else safe(asked).lower()


def micros_of(moment: datetime) -> int:
    """Return a time as microseconds since 1970 (UTC)."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(micros: int) -> datetime:
    """Return microseconds since 1970 as a time (UTC)."""
    return _EPOCH + timedelta(microseconds=micros)


def safe(text: str) -> str:
    """Return text that any database takes: hostile names hold NUL and halves of surrogate pairs."""
    if text.isascii() and text.isprintable():
        return text
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def latest(
    store: Store,
    conn: sa.Connection,
    space: int,
    wanted: Iterable[str],
    since: int | None = None,
    until: int | None = None,
) -> list[Answer]:
    """Return the newest reading of each key of `wanted` that has one between two times (microseconds)."""
    each = readings.alias()
    newest = sa.select(sa.func.max(each.c.read_at)).where(each.c.account == accounts.c.account).correlate(accounts)
    if until is not None:
        newest = newest.where(each.c.read_at <= until)
    query = (
        sa.select(keys.c.key, accounts.c.id, readings.c.read_at, versions.c.outcome, versions.c.body)
        .add_columns(*(readings.c[count] for count in COUNTS))
        .join(accounts, accounts.c.account == keys.c.account)
        .join(
            readings, sa.and_(readings.c.account == accounts.c.account, readings.c.read_at == newest.scalar_subquery())
        )
        .join(
            versions,
            sa.and_(versions.c.account == accounts.c.account, versions.c.version == readings.c.version),
        )
        .where(keys.c.space == space, store.among(keys.c.key, wanted))
    )
    if since is not None:
        query = query.where(readings.c.read_at >= since)
    instants: dict[int, list[Any]] = {}
    for row in conn.execute(query).all():
        instants.setdefault(row[2], []).append(row)
    return [_answer(moment_of(at), rows) for at, rows in instants.items()]


def _answer(read_at: datetime, rows: list[Any]) -> Answer:
    missing: dict[str, Why] = {}
    found: list[str] = []
    profiles: list[tuple[Any, ...]] = []
    for key, number, _, outcome, body, *counts in rows:
        slow = json.loads(body)
        if outcome in MISSING:
            missing[key] = outcome, slow["reason"]
            continue
        if "created_at" in slow:
            slow["created_at"] = moment_of(slow["created_at"])
        found.append(key)
        profiles.append((int(number), *counts, *[slow.get(name) for name in SLOW]))
    order = ("id", *COUNTS, *SLOW)
    columns = dict(zip(order, zip(*profiles, strict=True), strict=True)) if profiles else dict.fromkeys(order, ())
    return Answer(read_at, found, columns, missing)


def ids_of(store: Store, conn: sa.Connection, space: int, wanted: Iterable[str]) -> dict[str, str]:
    """Return the id of each key of `wanted` for which one is known, as text."""
    query = (
        sa.select(keys.c.key, accounts.c.id)
        .join(accounts, accounts.c.account == keys.c.account)
        .where(keys.c.space == space, store.among(keys.c.key, wanted), accounts.c.id.is_not(None))
    )
    return dict(conn.execute(query).all())


def handles_of(store: Store, conn: sa.Connection, space: int, wanted: Iterable[str]) -> dict[str, set[str]]:
    """Return the handles under which the account of each key of `wanted` was read so far."""
    asked = keys.alias()
    query = (
        sa.select(asked.c.key, keys.c.key)
        .join(keys, keys.c.account == asked.c.account)
        .where(asked.c.space == space, store.among(asked.c.key, wanted))
    )
    handles: dict[str, set[str]] = {}
    for key, name in conn.execute(query):
        if not name.startswith("#"):
            handles.setdefault(key, set()).add(name)
    return handles
