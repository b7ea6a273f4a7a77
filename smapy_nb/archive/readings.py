"""Readings: each answer appended, and the newest one of each account found again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from smapy_nb.archive.schema import COUNTS, accounts, keys, readings, versions
from smapy_nb.archive.store import Store
from smapy_nb.profiles import Profile

Found = Profile | tuple[str, str]  # what an answer says of an account: its profile, or (outcome, reason)

# What changes seldom. An account's id is in `accounts`, its counts in `readings`.
SLOW = tuple(field.name for field in fields(Profile) if field.name not in ("id", *COUNTS))
MISSING = ("not_found", "suspended")  # outcomes without a profile that are readings all the same

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_slow, _counts = attrgetter(*SLOW), attrgetter(*COUNTS)
_CREATED = SLOW.index("created_at")


@dataclass(frozen=True, slots=True)
class Reading:
    """One account at one instant.

    Attributes:
        read_at: when the answer came (UTC).
        found: the profile, or (outcome, reason) of an account that has none.
    """

    read_at: datetime
    found: Found


def key_of(asked: str | int) -> str:
    """Return the form under which an account asked for is known: ``'nasa'`` or, of an id, ``'#11348282'``."""
    return f"#{asked}" if isinstance(asked, int) else safe(asked).lower()


def micros_of(moment: datetime) -> int:
    """Return a time as microseconds since 1970 (UTC)."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment_of(micros: int) -> datetime:
    """Return microseconds since 1970 as a time (UTC)."""
    return _EPOCH + timedelta(microseconds=micros)


def safe(text: str) -> str:
    """Return text that any database takes: hostile names hold NUL and halves of surrogate pairs."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def append(store: Store, conn: sa.Connection, space: int, read_at: datetime, found: Mapping[str, Found]) -> int:
    """Append one reading for each account of `found`; return how many.

    Args:
        store: where `conn` belongs to.
        conn: of a `Store.write`.
        space: where the readings belong.
        read_at: the instant of all of them; an account that is twice in `found` is read once.
        found: by the key that was asked for; see `key_of`.
    """
    at = micros_of(read_at)
    named = {key: f"#{one.id}" if isinstance(one, Profile) else key for key, one in found.items()}
    known = _known(store, conn, space, set(named.values()))
    book = _Book(store, conn, space, at)
    for key, one in found.items():
        if isinstance(one, Profile):
            book.profile(known.get(named[key]), one)
        elif one[0] in MISSING:
            book.missing(known.get(key), key, *one)
    return book.write()


@dataclass(slots=True)
class _Account:
    number: int
    id: str | None
    version: int
    digest: int


class _Book:
    """Collects the rows of one append, so that each table is written once."""

    def __init__(self, store: Store, conn: sa.Connection, space: int, at: int) -> None:
        self.store, self.conn, self.space, self.at = store, conn, space, at
        self.accounts: dict[int, tuple[Any, ...]] = {}
        self.versions: list[tuple[Any, ...]] = []
        self.readings: dict[int, tuple[Any, ...]] = {}
        self.owners: dict[str, int] = {}  # handle → account, of accounts that are new or changed
        self.new: dict[str, _Account] = {}
        self._next = 0

    def profile(self, account: _Account | None, one: Profile) -> None:
        outcome = "protected" if one.protected else "ok"
        slow = _slow(one)
        digest = _digest([outcome, *slow[:_CREATED], _time(one.created_at), *slow[_CREATED + 1 :]])
        if account is None or account.digest != digest:
            body = {name: value for name, value in zip(SLOW, slow, strict=True) if value is not None}
            if one.created_at is not None:
                body["created_at"] = _time(one.created_at)
            account = self._changed(account, f"#{one.id}", str(one.id), digest, outcome, body)
            self.owners[key_of(one.handle)] = account.number
        self.readings[account.number] = (account.number, self.at, account.version, *_counts(one))

    def missing(self, account: _Account | None, key: str, outcome: str, reason: str) -> None:
        digest = _digest([outcome, reason])
        if account is None or account.digest != digest:
            number = key[1:] if key.startswith("#") else None
            account = self._changed(account, key, number, digest, outcome, {"reason": reason})
            if number is None:
                self.owners[key] = account.number
        self.readings.setdefault(account.number, (account.number, self.at, account.version, *(None,) * len(COUNTS)))

    def _changed(
        self, account: _Account | None, key: str, number: str | None, digest: int, outcome: str, body: dict[str, Any]
    ) -> _Account:
        account = account or self.new.get(key)
        if account is None:
            if not self._next:
                self._next = self.conn.scalar(sa.select(sa.func.coalesce(sa.func.max(accounts.c.account), 0))) or 0
            self._next += 1
            account = self.new[key] = _Account(self._next, number, 0, 0)
        if account.digest != digest:
            account.version, account.digest = account.version + 1, digest
            self.versions.append((account.number, account.version, outcome, _json(body)))
        self.accounts[account.number] = (account.number, self.space, account.id, account.version, digest)
        return account

    def write(self) -> int:
        self._own_handles()
        self.store.insert(self.conn, accounts, list(self.accounts.values()), "update")
        ids = [(self.space, key, one.number) for key, one in self.new.items() if one.id is not None]
        handles = [(self.space, handle, number) for handle, number in self.owners.items()]
        self.store.insert(self.conn, keys, ids + handles, "update")
        self.store.insert(self.conn, versions, self.versions)
        self.store.insert(self.conn, readings, list(self.readings.values()))
        return len(self.readings)

    def _own_handles(self) -> None:
        """A handle that was asked for in vain keeps what was read of it when its owner turns up."""
        if not self.owners:
            return
        before = _known(self.store, self.conn, self.space, self.owners)
        for handle, owner in self.owners.items():
            old = before.get(handle)
            if old is None or old.id is not None or old.number == owner:
                continue
            # The vain readings' versions get numbers below the owner's own.
            lowest = sa.select(sa.func.min(versions.c.version)).where(versions.c.account == owner)
            shift = min(self.conn.scalar(lowest) or 0, 0)
            for table in (readings, versions):
                _move(self.conn, table, old.number, owner, shift)
            for table in (readings, versions, accounts):
                self.conn.execute(sa.delete(table).where(table.c.account == old.number))


def _move(conn: sa.Connection, table: sa.Table, old: int, owner: int, shift: int) -> None:
    moved = [
        sa.literal(owner) if column.name == "account" else shift - column if column.name == "version" else column
        for column in table.columns
    ]
    conn.execute(sa.insert(table).from_select(list(table.columns), sa.select(*moved).where(table.c.account == old)))


def latest(
    store: Store, conn: sa.Connection, space: int, wanted: Iterable[str], since: int | None = None
) -> dict[str, Reading]:
    """Return the newest reading of each key of `wanted` that has one, not older than `since` (microseconds)."""
    each = readings.alias()
    newest = sa.select(sa.func.max(each.c.read_at)).where(each.c.account == accounts.c.account).correlate(accounts)
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
    return {
        row[0]: Reading(moment_of(row[2]), _found(row[1], row[3], json.loads(row[4]), row[5:]))
        for row in conn.execute(query)
    }


def ids_of(store: Store, conn: sa.Connection, space: int, wanted: Iterable[str]) -> dict[str, str]:
    """Return the id of each key of `wanted` for which one is known, as text."""
    query = (
        sa.select(keys.c.key, accounts.c.id)
        .join(accounts, accounts.c.account == keys.c.account)
        .where(keys.c.space == space, store.among(keys.c.key, wanted), accounts.c.id.is_not(None))
    )
    return dict(conn.execute(query).all())


def _known(store: Store, conn: sa.Connection, space: int, wanted: Iterable[str]) -> dict[str, _Account]:
    query = (
        sa.select(keys.c.key, accounts.c.account, accounts.c.id, accounts.c.version, accounts.c.digest)
        .join(accounts, accounts.c.account == keys.c.account)
        .where(keys.c.space == space, store.among(keys.c.key, wanted))
    )
    return {row[0]: _Account(*row[1:]) for row in conn.execute(query)}


def _found(number: str | None, outcome: str, body: dict[str, Any], counts: Iterable[int | None]) -> Found:
    if number is None or outcome in MISSING:
        return outcome, body["reason"]
    known: dict[str, Any] = {name: body[name] for name in SLOW if name in body}
    if "created_at" in known:
        known["created_at"] = datetime.fromisoformat(known["created_at"])
    known |= dict(zip(COUNTS, counts, strict=True))
    return Profile(id=int(number), **known)


def _digest(values: list[Any]) -> int:
    return int.from_bytes(blake2b(_json(values).encode(), digest_size=8).digest(), "big", signed=True)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_escaped = json.JSONEncoder(separators=(",", ":")).encode


def _json(value: Any) -> str:
    text = _compact(value)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which no database stores: escape it
        return _escaped(value)
    return text
