"""A frame's columns as bytes: what travels to the browser, whole the first time, then only what changed.

Kinds, and how each is packed: ``text`` as UTF-8 joined by NUL, ``number`` and ``date`` (milliseconds since 1970)
as float64 with NaN for missing, ``flag`` as one byte, 0, 1 or 2 for missing. Ids are text: JavaScript's numbers
lose their last digits. Each part begins at a multiple of 8, where the browser can read it in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

KINDS = {
    "account": "text",
    "requested": "text",
    "outcome": "text",
    "reason": "text",
    "id": "text",
    "handle": "text",
    "name": "text",
    "followers": "number",
    "change": "number",
    "following": "number",
    "posts": "number",
    "listed": "number",
    "likes": "number",
    "media": "number",
    "verified": "flag",
    "protected": "flag",
    "created_at": "date",
    "description": "text",
    "location": "text",
    "url": "text",
    "profile_image_url": "text",
    "read_at": "date",
}

Columns = dict[str, "np.ndarray[Any, Any]"]


@dataclass(frozen=True)
class Packet:
    """A message's header and its one buffer."""

    header: dict[str, Any]
    buffer: bytes


def columns(frame: pd.DataFrame, before: pd.DataFrame | None = None) -> Columns:
    """Take from a frame the columns that a widget shows, as arrays of their kind.

    Args:
        frame: as `Connector.frame()` gives it.
        before: the reading before it, for ``change``: followers now less followers then, missing where either is.
    """
    table = {key: _array(frame[key], kind) for key, kind in KINDS.items() if key in frame}
    table["change"] = table["followers"] - _followers(before, table["account"])
    return table


def whole(table: Columns) -> Packet:
    """Pack all rows."""
    rows = len(next(iter(table.values()), ()))
    return _packed({"kind": "rows", "rows": rows}, [(key, None, values) for key, values in table.items()])


def changed(old: Columns, new: Columns) -> Packet | None:
    """Pack only the cells that differ, or return None where the rows are not the same accounts any more."""
    if list(old) != list(new) or not _same(old, new, "account") or not _same(old, new, "requested"):
        return None
    parts = []
    for key, values in new.items():
        at = _differences(old[key], values)
        if len(at):
            parts.append((key, at, values[at]))
    return _packed({"kind": "changed"}, parts)


def _followers(frame: pd.DataFrame | None, accounts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return each account's followers in another frame, NaN where it is not there."""
    import numpy as np
    import pandas as pd

    if frame is None:
        return np.full(len(accounts), np.nan)
    known = pd.Series(_array(frame["followers"], "number"), index=_array(frame["account"], "text"))
    return known[~known.index.duplicated()].reindex(accounts).to_numpy()


def _same(old: Columns, new: Columns, key: str) -> bool:
    return len(old[key]) == len(new[key]) and bool((old[key] == new[key]).all())


def _differences(old: np.ndarray[Any, Any], new: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    differ = old != new
    if new.dtype == np.float64:
        differ &= ~(np.isnan(old) & np.isnan(new))
    return np.flatnonzero(differ).astype(np.uint32)


def _array(series: pd.Series[Any], kind: str) -> np.ndarray[Any, Any]:
    import numpy as np
    import pandas as pd

    if kind == "number":
        return series.to_numpy(dtype=np.float64, na_value=np.nan)
    if kind == "flag":
        return series.astype("boolean").astype("Int8").fillna(2).to_numpy(dtype=np.uint8)
    if kind == "date":
        stamps = pd.to_datetime(series, utc=True).dt.as_unit("ms")
        numbers = stamps.astype("int64").to_numpy().astype(np.float64)
        numbers[stamps.isna().to_numpy()] = np.nan
        return numbers
    return series.astype("string").fillna("").to_numpy(dtype=object)


def _packed(
    header: dict[str, Any], parts: Iterable[tuple[str, np.ndarray[Any, Any] | None, np.ndarray[Any, Any]]]
) -> Packet:
    buffer, described = bytearray(), []
    for key, rows, values in parts:
        column: dict[str, Any] = {"key": key, "kind": KINDS[key], "count": len(values)}
        if rows is not None:
            column["rows"] = _append(buffer, rows.tobytes())
        raw = _text(values) if KINDS[key] == "text" else values.tobytes()
        column["at"], column["size"] = _append(buffer, raw), len(raw)
        described.append(column)
    return Packet({**header, "columns": described}, bytes(buffer))


def _append(buffer: bytearray, raw: bytes) -> int:
    at = len(buffer)
    buffer += raw
    buffer += bytes(-len(buffer) % 8)
    return at


def _text(values: np.ndarray[Any, Any]) -> bytes:
    # A NUL can't be seen, so that dropping it from a hostile text changes nothing a person reads.
    joined = "\0".join(values)
    if joined.count("\0") != max(len(values) - 1, 0):
        joined = "\0".join(value.replace("\0", "") for value in values)
    return joined.encode("utf-8", "replace")
