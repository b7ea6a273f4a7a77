"""The values of a frame as cells of a spreadsheet, and back.

A text that a spreadsheet would take for a formula begins with an apostrophe, and so does one that is empty, or begins
with an apostrophe itself; in CSV also an id, and digits that would be rounded. An apostrophe and a quotation mark
begin a text that no cell of Excel can hold, as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from smapy_nb.errors import InvalidInput
from smapy_nb.profiles import DTYPES

if TYPE_CHECKING:
    import pandas as pd

IDS = ("id", "pinned_post_id")
DIGITS = 15  # of a number, that a spreadsheet keeps
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
_LENGTH = 32_767  # of a cell of Excel
# What XML can't hold, or what Excel reads as an escape of it.
_NO_CELL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")


def table(frame: pd.DataFrame, guard: Callable[[str, Any], str]) -> Iterator[list[str]]:
    """Yield the rows as text that a spreadsheet takes for nothing else."""
    yield list(frame.columns)
    columns = [[guard(key, value) for value in plain(frame[key])] for key in map(str, frame)]
    yield from (list(row) for row in zip(*columns, strict=True))


def plain(series: pd.Series[Any]) -> list[Any]:
    """Give the values as None, bool, int, str or dict; times as ISO text."""
    values = series.astype(object).where(series.notna(), None).tolist()
    if str(series.dtype).startswith("datetime"):
        return [None if value is None else value.isoformat() for value in values]
    if series.name in IDS:
        return [None if value is None else str(value) for value in values]
    return values


def _neutral(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and (not value or value.startswith(_RISKY)):
        return f"'{value}"
    return str(value)


def in_csv(key: str, value: Any) -> str:
    """Return a value as a cell of a CSV."""
    cell = _neutral(value)
    # A cell of a CSV has no type: all that looks like a number is rounded to fifteen digits.
    return f"'{cell}" if cell.isdigit() and (key in IDS or len(cell) > DIGITS) else cell


def in_excel(_: str, value: Any) -> str:
    """Return a value as a cell of Excel.

    Raises:
        InvalidInput: it is longer than a cell may be.
    """
    cell = _neutral(value)
    if _NO_CELL.search(cell):
        cell = "'" + json.dumps(value if isinstance(value, str) else cell).replace("_x", "\\u005fx")
    if len(cell) > _LENGTH:
        raise InvalidInput(f"A cell of Excel holds {_LENGTH:,} characters, and one would be longer; use another form.")
    return cell


def bare(cell: str) -> str | None:
    """Return the text of a cell, without what protects it; None of an empty one."""
    if cell.startswith("'\""):
        held: str = json.loads(cell[1:])
        return held
    return cell.removeprefix("'") if cell else None


def typed(columns: dict[str, list[Any]]) -> pd.DataFrame:
    """Build a frame of what was read, with the dtypes of `smapy_nb.profiles`."""
    import pandas as pd

    made = {}
    for key, values in columns.items():
        dtype = DTYPES.get(key, "string")
        if dtype == "object":
            made[key] = pd.Series(
                [json.loads(one) if isinstance(one, str) else one if isinstance(one, dict) else None for one in values],
                dtype=object,
            )
        elif dtype.startswith("datetime"):
            made[key] = pd.to_datetime(pd.Series(values, dtype=object), utc=True, format="ISO8601").dt.as_unit("us")
        elif dtype == "Int64":
            numbers = [None if pd.isna(one) else int(one) for one in values]
            made[key] = pd.Series(numbers, dtype=dtype)
        elif dtype == "boolean":
            flags = [None if pd.isna(one) else str(one) == "True" for one in values]
            made[key] = pd.Series(flags, dtype=dtype)
        else:
            made[key] = pd.Series(values, dtype=dtype)
    return pd.DataFrame(made)
