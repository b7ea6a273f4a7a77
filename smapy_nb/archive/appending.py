"""Append: an answer becomes readings, each table written once, and what did not change stored once.

Nearly all of an answer is known and unchanged; it goes from column to row without a Python object for each profile.
"""

from __future__ import annotations

import json
import marshal
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from hashlib import blake2b
from itertools import chain, compress, repeat
from operator import ne
from typing import Any

import sqlalchemy as sa

from smapy_nb.archive.readings import MISSING, SLOW, Answer, Why, key_of, micros_of
from smapy_nb.archive.schema import COUNTS, accounts, keys, readings, versions
from smapy_nb.archive.store import Store

try:
    import orjson  # pip install 'smapy-nb[fast]'
except ImportError:
    _quick: Callable[[Any], bytes] | None = None
else:
    _quick = orjson.dumps

_CREATED = SLOW.index("created_at")
_PROTECTED = SLOW.index("protected")

_Newest = tuple[int | None, int, int | None]  # account, its newest version, that one's digest


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
