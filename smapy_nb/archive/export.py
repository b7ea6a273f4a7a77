"""Taking readings elsewhere: ids to share, a Parquet data set to work on."""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from smapy_nb.archive.readings import SLOW
from smapy_nb.archive.schema import COUNTS, accounts, exports, readings, spaces, versions
from smapy_nb.archive.store import Store, stream
from smapy_nb.errors import InvalidInput

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 128 * 1024  # in a Parquet row group


def ids(store: Store, path: Path, network: str) -> int:
    """Write the ids of all accounts that were ever seen on `network`, one a line; return how many."""
    query = (
        sa.select(accounts.c.id)
        .join(spaces, spaces.c.space == accounts.c.space)
        .where(spaces.c.network == network, accounts.c.id.is_not(None))
        .distinct()
    )
    known = sorted(store.read(lambda conn: conn.scalars(query).all()), key=lambda one: (len(one), one))
    replace(path, "".join(f"{one}\n" for one in known))
    _track(store, path, "ids")
    return len(known)


def parquet(store: Store, folder: Path) -> int:
    """Write all readings as a Hive-partitioned data set; return how many there are.

    Files: ``network=tw/month=2026-11/part-0.parquet``; of a sandbox ``network=tw-simulated/…``. Sorted by account
    and time within each.
    """
    pa, writer = pyarrow()
    tracked = set(store.read(lambda conn: conn.scalars(sa.select(exports.c.path)).all()))
    if folder.exists() and any(folder.iterdir()) and str(folder) not in tracked:
        raise InvalidInput(f"{folder} holds files already; give the name of a new folder.")
    for old in folder.glob("network=*"):
        shutil.rmtree(old)
    folder.mkdir(parents=True, exist_ok=True)
    _track(store, folder, "parquet")
    schema = _schema(pa)
    spots: dict[tuple[str, str], _Spot] = {}
    total = 0

    def work(conn: sa.Connection) -> int:
        count = 0
        for network, month, table in _tables(conn, pa, schema):
            spot = spots.get((network, month))
            if spot is None:
                file = folder / f"network={network}" / f"month={month}" / "part-0.parquet"
                spot = spots[network, month] = _Spot(file, writer, schema)
            spot.add(pa, table)
            count += table.num_rows
        return count

    try:
        total = store.read(work)
    finally:
        for spot in spots.values():
            spot.close(pa)
    return total


class _Spot:
    """One partition's file, written in large row groups."""

    def __init__(self, file: Path, writer: Any, schema: pa.Schema) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._writer = writer(file, schema, compression="zstd")
        self._waiting: list[pa.Table] = []

    def add(self, pa: Any, table: pa.Table) -> None:
        self._waiting.append(table)
        if sum(one.num_rows for one in self._waiting) >= ROWS:
            self._flush(pa)

    def _flush(self, pa: Any) -> None:
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting), row_group_size=ROWS)
            self._waiting = []

    def close(self, pa: Any) -> None:
        self._flush(pa)
        self._writer.close()


def _tables(conn: sa.Connection, pa: Any, schema: pa.Schema) -> Iterator[tuple[str, str, pa.Table]]:
    """Yield (network, month, rows), in the order of accounts and times, a part of a month at a time."""
    import numpy as np

    query = (
        sa.select(spaces.c.network, spaces.c.simulated, accounts.c.id, readings.c.account, readings.c.read_at)
        .add_columns(versions.c.outcome, versions.c.body, *(readings.c[count] for count in COUNTS))
        .join(accounts, accounts.c.account == readings.c.account)
        .join(spaces, spaces.c.space == accounts.c.space)
        .join(versions, sa.and_(versions.c.account == readings.c.account, versions.c.version == readings.c.version))
        .order_by(readings.c.account, readings.c.read_at)
    )
    for network, simulated, number, _, read_at, outcome, body, *counts in stream(conn, query):
        distinct: dict[str, int] = {}
        codes = pa.array([distinct.setdefault(one, len(distinct)) for one in body], pa.int32())
        bodies = [json.loads(one) for one in distinct]
        columns = {
            "id": pa.array([None if one is None else int(one) for one in number], pa.int64()),
            "read_at": pa.array(read_at, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
            "outcome": pa.array(outcome),
            **{name: pa.array(values, pa.int64()) for name, values in zip(COUNTS, counts, strict=True)},
            **{
                name: _column(pa, name, [one.get(name) for one in bodies], schema.field(name).type).take(codes)
                for name in ("reason", *SLOW)
            },
        }
        table = pa.table([columns[field.name] for field in schema], schema=schema)
        months = np.asarray(read_at, "int64").view("datetime64[us]").astype("datetime64[M]")
        shown = [f"{one}-simulated" if play else one for one, play in zip(network, simulated, strict=True)]
        codes = {name: number for number, name in enumerate(dict.fromkeys(shown))}
        kind = np.fromiter(map(codes.__getitem__, shown), "int64", len(shown))
        for name, number in codes.items():
            for month in np.unique(months[kind == number]):
                yield name, str(month), table.filter(pa.array((kind == number) & (months == month)))


def _column(pa: Any, name: str, values: list[Any], kind: Any) -> Any:
    if name == "other":
        return pa.array([None if one is None else json.dumps(one, ensure_ascii=False) for one in values], kind)
    if name == "created_at":
        return pa.array(values, pa.int64()).cast(kind)
    return pa.array(values, kind)


def _schema(pa: Any) -> pa.Schema:
    flags = dict.fromkeys(("verified", "protected"), pa.bool_())
    kinds = {**flags, "created_at": pa.timestamp("us", tz="UTC"), "pinned_post_id": pa.int64()}
    return pa.schema(
        [
            ("id", pa.int64()),
            ("read_at", pa.timestamp("us", tz="UTC")),
            ("outcome", pa.string()),
            ("reason", pa.string()),
            *((name, pa.int64()) for name in COUNTS),
            *((name, kinds.get(name, pa.string())) for name in SLOW),
        ]
    )


def _track(store: Store, path: Path, kind: str) -> None:
    store.write(lambda conn: store.insert(conn, exports, [(str(path), kind, time.time_ns() // 1000)], "update"))


def replace(path: Path, text: str) -> None:
    """Write a file so that it is whole or as it was."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def pyarrow() -> tuple[Any, Any]:
    """Return pyarrow and its writer of Parquet files.

    Raises:
        InvalidInput: it is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter
    except ImportError:
        raise InvalidInput("Parquet needs pyarrow: pip install 'smapy-nb[parquet]'.") from None
    return pa, ParquetWriter
