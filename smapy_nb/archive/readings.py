"""Readings: each answer appended, and the newest one of each account found again.

Profiles travel as columns, a list for each of `smapy_nb.profiles.FIELDS`: an object for each would cost more time
than SQLite takes to write them.
"""

from __future__ import annotations

import json
import marshal
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from itertools import chain, compress, repeat
from operator import ne
from typing import Any

import sqlalchemy as sa

from smapy_nb.archive.schema import COUNTS, accounts, keys, readings, versions
from smapy_nb.archive.store import Store
from smapy_nb.profiles import FIELDS

try:
    import orjson  # pip install 'smapy-nb[fast]'
except ImportError:
    _quick: Callable[[Any], bytes] | None = None
else:
    _quick = orjson.dumps

Why = tuple[str, str]  # (outcome, reason) of an account that has no profile

# What changes seldom. An account's id is in `accounts`, its counts in `readings`.
SLOW = tuple(name for name in FIELDS if name not in ("id", *COUNTS))
MISSING = ("not_found", "suspended")  # outcomes without a profile that are readings all the same

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CREATED = SLOW.index("created_at")
_PROTECTED = SLOW.index("protected")
_MICROSECOND = timedelta(microseconds=1)

_Newest = tuple[int | None, int, int | None]  # account, its newest version, that one's digest


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


def append(store: Store, conn: sa.Connection, space: int, answer: Answer, *, keeps: bool = True) -> None:
    """Append one reading for each account of an answer.

    An account that is in it twice, under its handle and its id, is read once.

    Args:
        store: where `conn` belongs to.
        conn: of a `Store.write`.
        space: where the readings belong.
        answer: what came.
        keeps: False notes only which handle leads to which account, for the ledger's sake.
    """
    book = _Book(store, conn, space, micros_of(answer.read_at))
    book.profiles(answer.columns)
    book.missing({key: why for key, why in answer.missing.items() if why[0] in MISSING})
    if not keeps:
        book.versions, book.readings = [], ()
    book.write()


class _Book:
    """Collects the rows of one append, so that each table is written once."""

    def __init__(self, store: Store, conn: sa.Connection, space: int, at: int) -> None:
        self.store, self.conn, self.space, self.at = store, conn, space, at
        self.changed: dict[str, _Newest] = {}  # key → its account as this append leaves it
        self.accounts: dict[int, tuple[Any, ...]] = {}
        self.versions: list[tuple[Any, ...]] = []
        self.readings: Iterable[tuple[Any, ...]] = ()  # made while they are written: most answers are all readings
        self.owners: dict[str, int] = {}  # handle → account, of accounts that are new or changed
        self.new: dict[str, int] = {}  # "#" and id → account
        self._next = 0

    def profiles(self, columns: Mapping[str, Sequence[Any]]) -> None:
        names = [f"#{number}" for number in columns["id"]]
        slow = [columns[name] for name in SLOW]
        created = slow[_CREATED]
        slow[_CREATED] = [None if one is None else one.timestamp() for one in created]
        with self.store.meanwhile(partial(_known, self.store, self.conn, self.space, names), len(names)) as known:
            digests = _digests(zip(*slow, strict=True))
        numbers, newest, before = known()
        for place in compress(range(len(names)), map(ne, before, digests)):  # few, after the first time
            row = [column[place] for column in slow]
            body = {field: value for field, value in zip(SLOW, row, strict=True) if value is not None}
            if created[place] is not None:
                body["created_at"] = micros_of(created[place])
            name, outcome = names[place], "protected" if row[_PROTECTED] else "ok"
            last = numbers[place], newest[place], before[place]
            account, newest[place], _ = self._changed(name, last, name[1:], digests[place], outcome, body)
            numbers[place] = self.owners[key_of(row[0])] = account
        counts = (columns[name] for name in COUNTS)
        self.readings = chain(self.readings, zip(numbers, repeat(self.at), newest, *counts))

    def missing(self, missing: Mapping[str, Why]) -> None:
        digests = _digests(missing.values())
        known = zip(*_known(self.store, self.conn, self.space, list(missing)), strict=True)
        rows = []
        for (key, (outcome, reason)), digest, account in zip(missing.items(), digests, known, strict=True):
            if account[2] != digest:
                number = key[1:] if key.startswith("#") else None
                account = self._changed(key, account, number, digest, outcome, {"reason": reason})
                if number is None:
                    self.owners.setdefault(key, account[0])
            rows.append((account[0], self.at, account[1], *(None,) * len(COUNTS)))
        self.readings = chain(self.readings, rows)

    def _changed(
        self, key: str, known: _Newest, number: str | None, digest: int, outcome: str, body: dict[str, Any]
    ) -> tuple[int, int, int]:
        place, version, last = self.changed.get(key, known)
        if place is not None and last == digest:  # twice in one answer
            return place, version, digest
        if place is None:
            if not self._next:
                self._next = self.conn.scalar(sa.select(sa.func.max(accounts.c.account))) or 0
            self._next = place = self._next + 1
            if number is not None:
                self.new[key] = place
        elif number is None:  # asked for by a handle that leads to an id
            number = self.conn.scalar(sa.select(accounts.c.id).where(accounts.c.account == place))
        self.changed[key] = changed = (place, version + 1, digest)
        self.versions.append((place, version + 1, outcome, _json(body)))
        self.accounts[place] = (place, self.space, number, version + 1, digest)
        return changed

    def write(self) -> None:
        self._own_handles()
        self.store.insert(self.conn, accounts, list(self.accounts.values()), "update")
        named = sorted([*self.new.items(), *self.owners.items()])  # as they lie on disk
        self.store.insert(self.conn, keys, [(self.space, key, number) for key, number in named], "update")
        self.store.insert(self.conn, versions, self.versions)
        self.store.insert(self.conn, readings, self.readings)

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
    store: Store, conn: sa.Connection, space: int, wanted: Iterable[str], since: int | None = None
) -> list[Answer]:
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


def _known(
    store: Store, conn: sa.Connection, space: int, wanted: Sequence[str]
) -> tuple[list[int | None], list[int], list[int | None]]:
    """Return the account, newest version and its digest of each key; None, 0 and None of one that was never seen."""
    numbers: list[int | None] = [None] * len(wanted)
    newest, digests = [0] * len(wanted), numbers.copy()
    if not wanted:
        return numbers, newest, digests
    each = store.listed(wanted)
    query = (
        sa.select(each.c.place, accounts.c.account, sa.func.coalesce(accounts.c.version, 0), accounts.c.digest)
        # Outer, so that SQLite goes through the list and looks each one up, not the other way round.
        .outerjoin_from(each, keys, sa.and_(keys.c.space == space, keys.c.key == each.c.value))
        .outerjoin(accounts, accounts.c.account == keys.c.account)
    )
    # The driver's own rows, one at a time: SQLAlchemy's would double the time, a list of them its garbage collection.
    cursor: Any = conn.execute(query).cursor
    for place, account, version, digest in cursor:
        numbers[place], newest[place], digests[place] = account, version, digest
    return numbers, newest, digests


def _digests(rows: Iterable[tuple[Any, ...]]) -> Sequence[int]:
    # Version 0 of the format writes equal values as equal bytes; it is five times as fast as JSON.
    digests = [blake2b(one, digest_size=8).digest() for one in map(marshal.dumps, rows, repeat(0))]
    return struct.unpack(f">{len(digests)}q", b"".join(digests))


_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_escaped = json.JSONEncoder(separators=(",", ":")).encode


def _json(value: dict[str, Any]) -> str:
    # orjson is eight times as fast, and writes the same of all but odd numbers, which only `other` can hold.
    if _quick is not None and "other" not in value:
        with suppress(TypeError):  # half of a surrogate pair
            return str(_quick(value), "utf-8")
    text = _compact(value)
    try:
        text.encode()
    except UnicodeEncodeError:  # which no database stores: escape it
        return _escaped(value)
    return text
