"""Table: profiles as columns that grow batch by batch, and the DataFrame that is made of them once.

An object for each row would cost more memory than the data, so a batch is one list for each field. Where pyarrow
is installed, every 2,000 rows become Arrow arrays; the result is the same without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from smapy_nb.profiles import DTYPES, FIELDS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

Columns = Mapping[str, Sequence[Any]]  # field → values, all of one length

_TIME = "datetime64[us, UTC]"
_EPOCH, _MICRO = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
CHUNK = 2_000  # rows
RUN = 50  # rows: where runs are shorter than that, rows are put in order one by one


class Table:
    """Profiles, numbered from 0 in the order they were added."""

    def __init__(self) -> None:
        self._rows = 0
        self._open = 0  # rows that are in lists still
        self._lists: dict[str, list[Any]] = {name: [] for name in FIELDS}
        self._chunks: dict[str, list[pa.Array]] = {name: [] for name in FIELDS if DTYPES[name] != "object"}
        self._batches: list[tuple[datetime, bool, int]] = []  # read_at, from_archive, rows

    def __len__(self) -> int:
        return self._rows

    def add(self, columns: Columns, read_at: datetime, from_archive: bool = False) -> int:
        """Add profiles, all read at one instant; return the number of the first.

        Args:
            columns: a list for each of `smapy_nb.profiles.FIELDS`, with values as `Profile` has them.
            read_at: when (UTC).
            from_archive: whether they were kept since then.
        """
        first, count = self._rows, len(columns["id"])
        for name, values in self._lists.items():
            values += columns[name]
        self._batches.append((read_at, from_archive, count))
        self._rows += count
        self._open += count
        if self._open >= CHUNK:
            self._pack()
        return first

    def values(self, name: str) -> list[Any]:
        """Return one field of all profiles."""
        if name not in self._lists:
            return list(self.array(name))
        packed = [value for chunk in self._chunks.get(name, ()) for value in chunk.to_pylist()]
        return packed + self._lists[name]

    def array(self, name: str, order: Order | None = None) -> Any:
        """Return one field of all profiles as pandas' array of the dtype that `DTYPES` names.

        Args:
            name: one of `smapy_nb.profiles.FIELDS`, ``read_at`` or ``from_archive``.
            order: the profiles wanted; by default all as they were added.
        """
        if name not in self._lists:
            array = _repeated(name, self._batches)
        elif DTYPES[name] == "object":
            array = _objects(self._lists[name])
        elif order is not None and order.runs and (arrow := _arrow()) is not None:
            return _in_runs(arrow, name, self._chunks[name], self._lists[name], order.runs)
        else:
            array = _array(name, self._lists[name], self._chunks[name])
        return array if order is None else order.of(array)

    def drop(self, name: str) -> None:
        """Forget one field."""
        if name in self._lists:
            self._lists[name] = []
        if self._chunks.pop(name, None) and (arrow := _arrow()) is not None:
            arrow.default_memory_pool().release_unused()

    def _pack(self) -> None:
        if (arrow := _arrow()) is None:
            return
        for name, chunks in self._chunks.items():
            chunks.append(_packed(arrow, name, self._lists[name]))
            self._lists[name] = []
        self._open = 0


@dataclass(frozen=True)
class Order:
    """Which profiles of a table are wanted, in which order.

    Attributes:
        rows: the number of each in the table, or -1 for none.
        runs: the same as (first, last + 1) of such as follow each other, where they are few and none is missing:
            answers overtake each other, but each is put in order as it is, without a look at each row.
        as_added: whether all are wanted, in the order they were added.
    """

    rows: np.ndarray[Any, Any]
    runs: list[tuple[int, int]]
    as_added: bool

    @classmethod
    def of_rows(cls, rows: np.ndarray[Any, Any], count: int) -> Order:
        """Return the order of `rows`, of a table that has `count`."""
        import numpy as np

        starts = np.flatnonzero(np.diff(rows, prepend=-2) != 1)
        if len(starts) * RUN > len(rows) or rows.min(initial=0) < 0 or not len(rows):
            return cls(rows, [], False)
        ends = np.append(starts[1:], len(rows)) - 1
        runs = [(int(rows[start]), int(rows[end]) + 1) for start, end in zip(starts, ends, strict=True)]
        return cls(rows, [] if (whole := runs == [(0, count)]) else runs, whole)

    def of(self, array: Any) -> Any:
        """Return the cells of an array of all profiles."""
        import numpy as np

        if self.as_added:
            return array
        if isinstance(array, np.ndarray):
            return np.append(array, [None])[self.rows]  # -1 is the last one
        return array.take(self.rows, allow_fill=True)


def frame(
    heads: Mapping[str, Sequence[Any]],
    table: Table,
    rows: Sequence[int],
    columns: Iterable[str] | None = None,
    *,
    spend: bool = False,
) -> pd.DataFrame:
    """Build the DataFrame of accounts asked for.

    Args:
        heads: ``account``, ``requested``, ``outcome`` and ``reason`` of each.
        table: where the profiles are.
        rows: for each, the number of its profile in `table`, or -1.
        columns: those wanted, in that order; all by default.
        spend: forget each field of `table` once it is in the DataFrame, so that a million of them are not held twice.

    Raises:
        ValueError: `columns` names one that does not exist.
    """
    import numpy as np
    import pandas as pd  # half a second that `import smapy_nb` must not cost

    wanted = wanted_columns(columns)
    order = Order.of_rows(np.asarray(rows, dtype=np.int64), len(table))

    def column(name: str) -> Any:
        if name in heads:
            return _array(name, heads[name])
        array = table.array(name, order)
        if spend:
            table.drop(name)
        return array

    return pd.DataFrame({name: column(name) for name in wanted}, copy=False)


def wanted_columns(columns: Iterable[str] | None) -> list[str]:
    """Return the names of the columns wanted; all by default.

    Raises:
        ValueError: one does not exist.
    """
    wanted = list(DTYPES) if columns is None else [columns] if isinstance(columns, str) else list(columns)
    if unknown := [name for name in wanted if name not in DTYPES]:
        raise ValueError(f"There is no column {unknown[0]!r}; the columns are {', '.join(DTYPES)}.")
    return wanted


def _objects(values: Sequence[Any]) -> Any:
    import numpy as np

    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _repeated(name: str, batches: Sequence[tuple[datetime, bool, int]]) -> Any:
    """Return what all profiles of a batch have in common as pandas' array."""
    import numpy as np
    import pandas as pd

    times, flags, counts = zip(*batches, strict=True) if batches else ((), (), ())
    if name == "from_archive":
        repeated = np.repeat(np.array(flags, dtype=bool), counts)
        return pd.arrays.BooleanArray(repeated, np.zeros(len(repeated), dtype=bool))
    micros = np.array([(time - _EPOCH) // _MICRO for time in times], dtype="int64")
    return pd.DatetimeIndex(np.repeat(micros, counts).view("datetime64[us]")).tz_localize("UTC").array


def _array(name: str, values: Sequence[Any], chunks: Sequence[pa.Array] = ()) -> Any:
    """Return `chunks` and then `values` as pandas' array of the column's dtype."""
    import pandas as pd

    arrow = _arrow()
    if arrow is None:
        return pd.Series(values, dtype=DTYPES[name]).array
    return _dtype(DTYPES[name]).__from_arrow__(arrow.chunked_array([*chunks, _packed(arrow, name, values)]))


def _in_runs(arrow: Any, name: str, chunks: Sequence[pa.Array], values: Sequence[Any], runs: Sequence[Any]) -> Any:
    """As `_array`, but only (first, last + 1) of each of `runs`, in that order."""
    whole = arrow.chunked_array([*chunks, _packed(arrow, name, values)])
    parts = [chunk for first, end in runs for chunk in whole.slice(first, end - first).chunks]
    return _dtype(DTYPES[name]).__from_arrow__(arrow.chunked_array([arrow.concat_arrays(parts)], whole.type))


@cache
def _dtype(name: str) -> Any:
    import pandas as pd

    return pd.api.types.pandas_dtype(name)


def _arrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        return None
    return pyarrow


def _packed(arrow: Any, name: str, values: Sequence[Any]) -> pa.Array:
    if DTYPES[name] == _TIME:  # by way of durations: Arrow takes 2 µs for each time that knows its zone
        values = [None if value is None else value - _EPOCH for value in values]
        micros = arrow.array(values, type=arrow.duration("us")).cast(arrow.int64())
        return micros.cast(arrow.timestamp("us", tz="UTC"))
    types = {"string": arrow.large_string, "Int64": arrow.int64, "boolean": arrow.bool_}
    return arrow.array(values, type=types[DTYPES[name]]())
