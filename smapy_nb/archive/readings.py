"""Readings: each answer appended, and the newest one of each account found again.

Profiles travel as columns, a list for each of `smapy_nb.profiles.FIELDS`: an object for each would cost more time
than SQLite takes to write them.
"""

from __future__ import annotations

import json
import marshal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import repeat
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
_CREATED = SLOW.index("created_at")
_PROTECTED = SLOW.index("protected")
_NOBODY: tuple[Any, ...] = ("", None, 0, None)  # what is known of an account that was never seen


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
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment_of(micros: int) -> datetime:
    """Return microseconds since 1970 as a time (UTC)."""
    return _EPOCH + timedelta(microseconds=micros)


def safe(text: str) -> str:
    """Return text that any database takes: hostile names hold NUL and halves of surrogate pairs."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def append(store: Store, conn: sa.Connection, space: int, answer: Answer, *, keeps: bool = True) -> int:
    """Append one reading for each account of an answer, and return how many.

    An account that is in it twice, under its handle and its id, is read once.

    Args:
        store: where `conn` belongs to.
        conn: of a `Store.write`.
        space: where the readings belong.
        answer: what came.
        keeps: False notes only which handle leads to which account, for the ledger's sake.
    """
    names = [f"#{number}" for number in answer.columns["id"]]
    missing = {key: why for key, why in answer.missing.items() if why[0] in MISSING}
    book = _Book(store, conn, space, micros_of(answer.read_at), _known(store, conn, space, [*names, *missing]))
    book.profiles(names, answer.columns)
    for key, (outcome, reason) in missing.items():
        book.missing(key, outcome, reason)
    if not keeps:
        book.versions, book.readings = [], []
    return book.write()


class _Book:
    """Collects the rows of one append, so that each table is written once."""

    def __init__(
        self, store: Store, conn: sa.Connection, space: int, at: int, known: dict[str, tuple[Any, ...]]
    ) -> None:
        self.store, self.conn, self.space, self.at = store, conn, space, at
        self.known = known  # key → (key, account, version, digest)
        self.accounts: dict[int, tuple[Any, ...]] = {}
        self.versions: list[tuple[Any, ...]] = []
        self.readings: list[tuple[Any, ...]] = []
        self.owners: dict[str, int] = {}  # handle → account, of accounts that are new or changed
        self.new: dict[str, int] = {}  # "#" and id → account
        self._next = 0

    def profiles(self, names: Sequence[str], columns: Mapping[str, Sequence[Any]]) -> None:
        slow = [columns[name] for name in SLOW]
        created = slow[_CREATED]
        slow[_CREATED] = [None if one is None else one.timestamp() for one in created]
        rows = list(zip(*slow, strict=True))
        digests = [_digest(row) for row in rows]
        known = [self.known.get(name, _NOBODY) for name in names]
        for place, (account, digest) in enumerate(zip(known, digests, strict=True)):
            if account[3] != digest:
                row = rows[place]
                body = {field: value for field, value in zip(SLOW, row, strict=True) if value is not None}
                if created[place] is not None:
                    body["created_at"] = micros_of(created[place])
                name, outcome = names[place], "protected" if row[_PROTECTED] else "ok"
                known[place] = self._changed(name, name[1:], digest, outcome, body)
                self.owners[key_of(row[0])] = known[place][1]
        counts = [columns[name] for name in COUNTS]
        numbers, newest = [one[1] for one in known], [one[2] for one in known]
        self.readings += zip(numbers, repeat(self.at), newest, *counts)

    def missing(self, key: str, outcome: str, reason: str) -> None:
        digest = _digest((outcome, reason))
        account = self.known.get(key, _NOBODY)
        if account[3] != digest:
            number = key[1:] if key.startswith("#") else None
            account = self._changed(key, number, digest, outcome, {"reason": reason})
            if number is None:
                self.owners.setdefault(key, account[1])
        self.readings.append((account[1], self.at, account[2], *(None,) * len(COUNTS)))

    def _changed(
        self, key: str, number: str | None, digest: int, outcome: str, body: dict[str, Any]
    ) -> tuple[Any, ...]:
        account = self.known.get(key, _NOBODY)
        if account[3] == digest:  # twice in one answer
            return account
        _, place, version, _ = account
        if place is None:
            if not self._next:
                self._next = self.conn.scalar(sa.select(sa.func.max(accounts.c.account))) or 0
            self._next = place = self._next + 1
            if number is not None:
                self.new[key] = place
        elif number is None:  # asked for by a handle that leads to an id
            number = self.conn.scalar(sa.select(accounts.c.id).where(accounts.c.account == place))
        self.known[key] = changed = (key, place, version + 1, digest)
        self.versions.append((place, version + 1, outcome, _json(body)))
        self.accounts[place] = (place, self.space, number, version + 1, digest)
        return changed

    def write(self) -> int:
        self._own_handles()
        self.store.insert(self.conn, accounts, list(self.accounts.values()), "update")
        ids = [(self.space, key, number) for key, number in self.new.items()]
        handles = [(self.space, handle, number) for handle, number in self.owners.items()]
        self.store.insert(self.conn, keys, ids + handles, "update")
        self.store.insert(self.conn, versions, self.versions)
        self.store.insert(self.conn, readings, self.readings)
        return len(self.readings)

    def _own_handles(self) -> None:
        """A handle that was asked for in vain keeps what was read of it when its owner turns up."""
        if not self.owners:
            return
        nameless = (
            sa.select(keys.c.key, keys.c.account)
            .join(accounts, accounts.c.account == keys.c.account)
            .where(keys.c.space == self.space, self.store.among(keys.c.key, self.owners), accounts.c.id.is_(None))
        )
        for handle, old in self.conn.execute(nameless).all():
            owner = self.owners[handle]
            if old == owner:
                continue
            # The vain readings' versions get numbers below the owner's own.
            lowest = sa.select(sa.func.min(versions.c.version)).where(versions.c.account == owner)
            shift = min(self.conn.scalar(lowest) or 0, 0)
            for table in (readings, versions):
                _move(self.conn, table, old, owner, shift)
            for table in (readings, versions, accounts):
                self.conn.execute(sa.delete(table).where(table.c.account == old))


def _move(conn: sa.Connection, table: sa.Table, old: int, owner: int, shift: int) -> None:
    moved = [
        sa.literal(owner) if column.name == "account" else shift - column if column.name == "version" else column
        for column in table.columns
    ]
    conn.execute(sa.insert(table).from_select(list(table.columns), sa.select(*moved).where(table.c.account == old)))


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


def _known(store: Store, conn: sa.Connection, space: int, wanted: Iterable[str]) -> dict[str, tuple[Any, ...]]:
    query = (
        sa.select(keys.c.key, accounts.c.account, accounts.c.version, accounts.c.digest)
        .join(accounts, accounts.c.account == keys.c.account)
        .where(keys.c.space == space, store.among(keys.c.key, wanted))
    )
    # The driver's own tuples: SQLAlchemy's rows would double the time.
    return {row[0]: row for row in conn.execute(query).cursor.fetchall()}


def _digest(values: tuple[Any, ...]) -> int:
    # Version 0 of the format writes equal values as equal bytes; it is five times as fast as JSON.
    return int.from_bytes(blake2b(marshal.dumps(values, 0), digest_size=8).digest(), "big", signed=True)


_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_escaped = json.JSONEncoder(separators=(",", ":")).encode


def _json(value: Any) -> str:
    text = _compact(value)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which no database stores: escape it
        return _escaped(value)
    return text
