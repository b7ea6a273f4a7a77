"""What was read, over time: history, changes and spending as DataFrames."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from smapy_nb.archive.prices import MICRO
from smapy_nb.archive.readings import MISSING, micros_of, moment_of
from smapy_nb.archive.schema import COUNTS, bookings, keys, readings, spaces, versions
from smapy_nb.archive.store import Store, stream

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

TEXT, TIME = "string", "datetime64[us, UTC]"
WATCHED = {"name": "name", "handle": "handle", "description": "bio", "verified": "verified", "protected": "protected"}


def history(store: Store, space: int, names: Mapping[str, str]) -> pd.DataFrame:
    """Return every reading of the accounts that `names` asks for, by account and time.

    Args:
        store: where they are.
        space: a network's real or simulated readings.
        names: what the user calls each account → its key (see `readings.key_of`).
    """
    import numpy as np
    import pandas as pd

    called = _called(store, space, names)
    wanted = store.among(readings.c.account, called)
    size = store.read(lambda conn: conn.scalar(sa.select(sa.func.count()).select_from(readings).where(wanted))) or 0
    # Filled in place and handed to pandas without a copy: a panel of millions of rows is built beside nothing else.
    number, read_at = np.empty(size, "int64"), np.empty(size, "int64")
    outcome = np.empty(size, "int64")
    counts = {name: (np.zeros(size, "int64"), np.zeros(size, "bool")) for name in COUNTS}
    outcomes: dict[str, int] = {}

    def fill(conn: sa.Connection) -> int:
        query = (
            sa.select(readings.c.account, readings.c.read_at, versions.c.outcome, *(readings.c[c] for c in COUNTS))
            .join(versions, sa.and_(versions.c.account == readings.c.account, versions.c.version == readings.c.version))
            .where(wanted)
            .order_by(readings.c.account, readings.c.read_at)
        )
        at = 0
        for columns in stream(conn, query):
            rows = slice(at, min(at + len(columns[0]), size))  # what came in since it was counted waits its turn
            length = rows.stop - rows.start
            number[rows], read_at[rows] = columns[0][:length], columns[1][:length]
            outcome[rows] = [outcomes.setdefault(one, len(outcomes)) for one in columns[2][:length]]
            for column, (values, missing) in zip(columns[3:], counts.values(), strict=True):
                _fill(values[rows], missing[rows], column[:length])
            at = rows.stop
        return at

    filled = store.read(fill)
    order = sorted(called)
    table = pd.DataFrame(
        {
            "account": _texts([called[one] for one in order], np.searchsorted(order, number[:filled])),
            "read_at": read_at[:filled].view("datetime64[us]"),
            "outcome": _texts(list(outcomes), outcome[:filled]),
            **{
                name: pd.arrays.IntegerArray(values[:filled], missing[:filled])
                for name, (values, missing) in counts.items()
            },
        },
        copy=False,
    )
    table["read_at"] = table["read_at"].dt.tz_localize("UTC")
    return table


def last_followers(
    store: Store, space: int, names: Mapping[str, str], before: datetime | None = None
) -> dict[str, int]:
    """Return the followers of each account at its newest reading that has them: name → followers.

    Args:
        store: where they are.
        space: a network's real or simulated readings.
        names: what the user calls each account → its key.
        before: only readings before this time.
    """
    r = readings.c
    # For each account one step down the readings' own key, from its newest one.
    newest = sa.select(r.followers).where(r.account == keys.c.account, r.followers.is_not(None))
    if before is not None:
        newest = newest.where(r.read_at < micros_of(before))
    counts = newest.order_by(r.read_at.desc()).limit(1).correlate(keys).scalar_subquery()
    query = sa.select(keys.c.key, counts).where(keys.c.space == space, store.among(keys.c.key, {*names.values()}))
    known: dict[str, int | None] = dict(store.read(lambda conn: conn.execute(query).cursor.fetchall()))
    return {name: count for name, key in names.items() if (count := known.get(key)) is not None}


def recent_followers(
    store: Store, space: int, names: Mapping[str, str], until: datetime | None, most: int
) -> dict[str, list[tuple[datetime, int]]]:
    """Return the last readings of some few accounts that have followers: name → (when, followers), oldest first.

    Args:
        store: where they are.
        space: a network's real or simulated readings.
        names: what the user calls each account → its key.
        until: only readings up to this time; None for all.
        most: how many of each account.
    """
    r = readings.c
    wanted = sa.select(r.read_at, r.followers).where(r.followers.is_not(None)).order_by(r.read_at.desc()).limit(most)
    if until is not None:
        wanted = wanted.where(r.read_at <= micros_of(until))
    numbers = _numbers(store, space, names)

    def line(conn: sa.Connection, number: int) -> list[tuple[datetime, int]]:
        newest = conn.execute(wanted.where(r.account == number)).all()
        return [(moment_of(at), count) for at, count in reversed(newest)]

    lines = store.read(lambda conn: {number: line(conn, number) for number in {*numbers.values()}})
    return {name: lines[numbers[key]] for name, key in names.items() if key in numbers}


def _fill(values: np.ndarray[Any, Any], missing: np.ndarray[Any, Any], column: tuple[int | None, ...]) -> None:
    try:
        values[:] = column
    except TypeError:  # a missing account has no counts
        missing[:] = [one is None for one in column]
        values[:] = [one or 0 for one in column]


def _texts(words: list[str], codes: np.ndarray[Any, Any]) -> Any:
    """Return a text column whose rows share their words."""
    import numpy as np
    import pandas as pd

    return pd.array(np.array([*words, ""], dtype=object).take(codes), dtype="string")


def changes(
    store: Store, space: int, names: Mapping[str, str], since: datetime | None, until: datetime | None = None
) -> pd.DataFrame:
    """Return what changed in the accounts that `names` asks for.

    Args:
        store: where they are.
        space: a network's real or simulated readings.
        names: what the user calls each account → its key.
        since: changes after this time; None compares each account's last two readings.
        until: only readings up to this time count; None for all.
    """
    import pandas as pd

    called = _called(store, space, names)
    rows: list[tuple[Any, ...]] = []

    def work(conn: sa.Connection) -> None:
        rows.clear()
        for account, (before, after) in _ends(store, conn, called, since, until).items():
            rows.extend((called[account], *row) for row in _differences(conn, account, before, after))

    store.read(work)
    rows.sort(key=lambda row: (row[1], row[0], row[2]))
    table = pd.DataFrame(rows, columns=["account", "read_at", "what", "before", "after"], dtype=object)
    table["difference"] = pd.array(
        [after - before if _counts(before, after) else None for *_, before, after in rows], dtype="Int64"
    )
    return table.astype({"account": TEXT, "what": TEXT, "read_at": TIME})


def _ends(
    store: Store, conn: sa.Connection, called: Mapping[int, str], since: datetime | None, until: datetime | None
) -> dict[int, tuple[Any, Any]]:
    """Return for each account the reading that changes count from, and the newest one."""
    r = readings.c
    wanted = store.among(r.account, called)
    if until is not None:
        wanted = sa.and_(wanted, r.read_at <= micros_of(until))
    newest = sa.select(r.account, sa.func.max(r.read_at).label("at")).where(wanted).group_by(r.account).subquery()
    earlier = sa.select(r.account, sa.func.max(r.read_at).label("at")).where(wanted)
    if since is None:
        earlier = earlier.join(newest, newest.c.account == r.account).where(r.read_at < newest.c.at)
    else:
        earlier = earlier.where(r.read_at <= micros_of(since))
    first = sa.select(r.account, sa.func.min(r.read_at).label("at")).where(wanted).group_by(r.account).subquery()

    def rows(ends: sa.Subquery) -> dict[int, Any]:
        query = sa.select(readings).join(ends, sa.and_(ends.c.account == r.account, ends.c.at == r.read_at))
        return {row.account: row for row in conn.execute(query)}

    before = rows(first) | rows(earlier.group_by(r.account).subquery())
    return {account: (before[account], after) for account, after in rows(newest).items()}


def _differences(conn: sa.Connection, account: int, before: Any, after: Any) -> list[tuple[Any, ...]]:
    """Return (read_at, what, before, after) of all that changed between two readings."""
    found: list[tuple[Any, ...]] = []
    if before.followers is not None and after.followers is not None and before.followers != after.followers:
        found.append((moment_of(after.read_at), "followers", before.followers, after.followers))
    if before.version == after.version:
        return found
    v, r = versions.c, readings.c
    began = (
        sa.select(r.version, sa.func.min(r.read_at).label("at"))
        .where(r.account == account, r.read_at >= before.read_at, r.read_at <= after.read_at)
        .group_by(r.version)
        .subquery()
    )
    query = sa.select(began.c.at, v.outcome, v.body).join(began, began.c.version == v.version)
    old: dict[str, Any] | None = None
    old_outcome = ""
    for at, outcome, body in conn.execute(query.where(v.account == account).order_by(began.c.at)):
        new, moment = json.loads(body), moment_of(at)
        if old_outcome and (old_outcome in MISSING) != (outcome in MISSING):
            found.append((moment, "gone" if outcome in MISSING else "back", old_outcome, outcome))
        if outcome not in MISSING:
            if old is not None:
                found += [
                    (moment, word, old.get(field), new.get(field))
                    for field, word in WATCHED.items()
                    if old.get(field) != new.get(field)
                ]
            old = new
        old_outcome = outcome
    return found


def spending(store: Store, network: str, app: str | None) -> pd.DataFrame:
    """Return what was spent on `network`, a row for each UTC day, app, person and kind of money."""
    import pandas as pd

    b, s = bookings.c, spaces.c
    query = (
        sa.select(b.day, b.app, b.person, s.simulated, sa.func.count(), sa.func.sum(b.micro))
        .join(spaces, s.space == b.space)
        .where(s.network == network)
        .group_by(b.day, b.app, b.person, s.simulated)
        .order_by(b.day, b.app, b.person, s.simulated)
    )
    rows = store.read(lambda conn: conn.execute(query if app is None else query.where(b.app == app)).all())
    # One division at the end: what was summed are whole micro-dollars.
    table = pd.DataFrame(
        [(day, app, who, bool(play), count, int(micro) / MICRO) for day, app, who, play, count, micro in rows],
        columns=["day", "app", "person", "simulated", "profiles", "usd"],
    )
    kinds = {"app": TEXT, "person": TEXT, "simulated": "bool", "profiles": "int64", "usd": "float64"}
    table["day"] = pd.to_datetime(table["day"], format="%Y-%m-%d").astype("datetime64[us]")
    return table.astype(kinds)


def _called(store: Store, space: int, names: Mapping[str, str]) -> dict[int, str]:
    """Return the archive's account numbers → what the user calls them (the first name, where there are several)."""
    numbers = _numbers(store, space, names)
    called: dict[int, str] = {}
    for name, key in names.items():
        if key in numbers:
            called.setdefault(numbers[key], name)
    return called


def _numbers(store: Store, space: int, names: Mapping[str, str]) -> dict[str, int]:
    """Return each key that is known → its account's number in the archive."""
    query = sa.select(keys.c.key, keys.c.account).where(
        keys.c.space == space, store.among(keys.c.key, {*names.values()})
    )
    return dict(store.read(lambda conn: conn.execute(query).all()))


def _counts(before: Any, after: Any) -> bool:
    return all(isinstance(one, int) and not isinstance(one, bool) for one in (before, after))
