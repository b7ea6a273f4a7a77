"""A frame as a file, and back: CSV, Excel, Parquet, JSON Lines, or ids alone.

In CSV and Excel a text that a spreadsheet would take for a formula begins with an apostrophe, and so does one that
is empty, or begins with an apostrophe itself; `read` takes it off again. Parquet and JSON Lines hold the text as it
is. Ids are text wherever a program may read numbers as floats.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smapy_nb.errors import InvalidInput
from smapy_nb.profiles import DTYPES

if TYPE_CHECKING:
    import pandas as pd

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
_IDS = ("id", "pinned_post_id")
MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "jsonl": "application/jsonl",
    "ids": "text/plain",
}


def as_bytes(frame: pd.DataFrame, form: str) -> bytes:
    """Return a frame as the content of a file.

    Args:
        frame: as `Connector.frame()` gives it, or some of its rows and columns.
        form: ``csv`` (UTF-8 with the mark that Excel needs), ``xlsx``, ``parquet``, ``jsonl`` or ``ids`` (one a line:
            what X's policy lets you pass on to others).

    Raises:
        InvalidInput: no such form, or what writes it is not installed.
    """
    forms: dict[str, Callable[[pd.DataFrame], bytes]] = {
        "csv": _csv,
        "xlsx": _xlsx,
        "parquet": _parquet,
        "jsonl": _jsonl,
        "ids": _id_list,
    }
    if form not in forms:
        raise InvalidInput(f"There is no form {form!r}; use one of {', '.join(forms)}.")
    return forms[form](frame)


def read(path: str | Path) -> pd.DataFrame:
    """Read a file that `as_bytes` made (but ids alone): the same columns, dtypes and values."""
    import pandas as pd

    path = Path(path)
    form = path.suffix.lstrip(".")
    if form == "parquet":
        frame = pd.read_parquet(path)
        return _typed({str(key): frame[key].tolist() for key in frame})
    if form == "jsonl":
        rows = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
        return _typed({key: [row[key] for row in rows] for key in (rows[0] if rows else ())})
    if form == "csv":
        head, *lines = csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))
    elif form == "xlsx":
        sheet = pd.read_excel(path, dtype=str, keep_default_na=False, header=None)
        head, *lines = sheet.to_numpy(dtype=object).tolist()
    else:
        raise InvalidInput(f"{path.name} is none of the files that are read here: csv, xlsx, parquet, jsonl.")
    return _typed({key: [_bare(line[place]) for line in lines] for place, key in enumerate(head)})


def about(frame: pd.DataFrame) -> dict[str, Any]:
    """Say what a file holds: source, when it was made, the version of this tool, and each column's dtype."""
    from smapy_nb import __version__

    return {
        "source": str(frame.attrs.get("source") or "not told"),
        "rows": len(frame),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "made with": f"smapy-nb {__version__}",
        "columns": {key: DTYPES.get(str(key), str(frame[key].dtype)) for key in frame},
        "cells": "In CSV and Excel a leading apostrophe keeps a text from being taken for a formula; it is not part "
        "of the text. Text columns hold what strangers wrote.",
    }


def _cells(frame: pd.DataFrame) -> Iterator[list[str]]:
    """Yield the rows as text that a spreadsheet takes for nothing else."""
    yield list(frame.columns)
    columns = [[_neutral(value) for value in _plain(frame[key])] for key in frame]
    yield from (list(row) for row in zip(*columns, strict=True))


def _plain(series: pd.Series[Any]) -> list[Any]:
    """Give the values as None, bool, int, str or dict; times as ISO text."""
    values = series.astype(object).where(series.notna(), None).tolist()
    if str(series.dtype).startswith("datetime"):
        return [None if value is None else value.isoformat() for value in values]
    if series.name in _IDS:
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


def _bare(cell: str) -> str | None:
    return cell.removeprefix("'") if cell else None


def _typed(columns: dict[str, list[Any]]) -> pd.DataFrame:
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


def _csv(frame: pd.DataFrame) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n").writerows(_cells(frame))
    return out.getvalue().encode("utf-8-sig")


def _jsonl(frame: pd.DataFrame) -> bytes:
    columns = [_plain(frame[key]) for key in frame]
    rows = (dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True))
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8")


def _parquet(frame: pd.DataFrame) -> bytes:
    plain = frame.copy()
    for key in map(str, plain):
        if DTYPES.get(key) == "object":
            plain[key] = [None if one is None else json.dumps(one, ensure_ascii=False) for one in _plain(plain[key])]
    try:
        content: bytes = plain.to_parquet(index=False)
    except ImportError:
        raise InvalidInput("Parquet needs pyarrow: pip install 'smapy-nb[parquet]'.") from None
    return content


def _xlsx(frame: pd.DataFrame) -> bytes:
    try:
        from xlsxwriter import Workbook
    except ImportError:
        raise InvalidInput("Excel needs XlsxWriter: pip install 'smapy-nb[excel]'.") from None
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(out, options) as book:
        sheet = book.add_worksheet("profiles")
        bold = book.add_format({"bold": True})
        for number, row in enumerate(_cells(frame)):
            for place, cell in enumerate(row):
                if cell:
                    key = frame.columns[place]
                    counts = number and DTYPES.get(key) == "Int64" and key not in _IDS
                    (sheet.write_number if counts else sheet.write_string)(
                        number, place, int(cell) if counts else cell, bold if not number else None
                    )
        sheet.freeze_panes(1, 1)
        notes = book.add_worksheet("about")
        flat = about(frame)
        lines = [*((key, str(value)) for key, value in flat.items() if key != "columns"), *flat["columns"].items()]
        for number, (key, value) in enumerate(lines):
            notes.write_string(number, 0, key, bold)
            notes.write_string(number, 1, value)
    return out.getvalue()


def _id_list(frame: pd.DataFrame) -> bytes:
    known = frame["id"].dropna().drop_duplicates()
    return "".join(f"{one}\n" for one in known).encode()
