"""A frame as a file, and back: CSV, Excel, Parquet, JSON Lines, or ids alone; with its history, and what it all means.

CSV and Excel hold text that no spreadsheet takes for a formula or a number (`smapy_nb.widgets.cells`), and `read`
makes of it what it was. Parquet and JSON Lines hold the text as it is. Ids are text wherever a program may read
numbers as floats.
"""

from __future__ import annotations

import csv
import io
import json
import platform
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smapy_nb.errors import InvalidInput
from smapy_nb.profiles import COLUMNS, DTYPES
from smapy_nb.widgets import cells

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 1_048_576  # of a sheet of Excel, with its header
MEDIA = {  # of what a browser downloads
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ids": "text/plain",
    ".zip": "application/zip",
}


def files(frame: pd.DataFrame, form: str, history: pd.DataFrame | None = None) -> dict[str, bytes]:
    """Return what a frame is taken away as: each file's suffix → its content, the frame's own first.

    A workbook has sheets for its history and for what it all means (see `about`); beside other files lie two that
    say the same: ``.history.csv`` and ``.about.json``.

    Args:
        frame: as `Connector.frame()` gives it, or some of its rows and columns.
        form: ``csv`` (UTF-8 with the mark that Excel needs), ``xlsx``, ``parquet``, ``jsonl`` or ``ids`` (one a line:
            what X's policy lets you pass on to others).
        history: as `Connector.history()` gives it, where that is wanted too.

    Raises:
        InvalidInput: no such form, it can't hold that, or what writes it is not installed.
    """
    if form == "xlsx":
        return {".xlsx": _xlsx(frame, history)}
    if form == "ids":
        if history is not None:
            raise InvalidInput("Ids are passed on alone, without a history; choose another form for that.")
        return {".ids": _id_list(frame)}
    forms: dict[str, Callable[[pd.DataFrame], bytes]] = {"csv": _csv, "parquet": _parquet, "jsonl": _jsonl}
    if form not in forms:
        raise InvalidInput(f"There is no form {form!r}; use one of csv, xlsx, parquet, jsonl, ids.")
    made = {f".{form}": forms[form](frame)}
    if history is not None:
        made[f".history.{form}"] = forms[form](history)
    made[".about.json"] = json.dumps(about(frame, history), indent=2, ensure_ascii=False).encode()
    return made


def packed(contents: Mapping[str, bytes], stem: str) -> tuple[str, bytes]:
    """Return several files as one, ``(suffix, content)``: alone as it is, else a ZIP archive of ``stem`` + suffix."""
    if len(contents) == 1:
        return next(iter(contents.items()))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix, content in contents.items():
            archive.writestr(f"{stem}{suffix}", content)
    return ".zip", out.getvalue()


def read(path: str | Path, sheet: str = "profiles") -> pd.DataFrame:
    """Read a file that `files` made (but ids alone): the same columns, dtypes and values.

    Args:
        path: ends in .csv, .xlsx, .parquet or .jsonl.
        sheet: of a workbook: ``profiles`` or ``history``.

    Raises:
        InvalidInput: it is no such file.
    """
    import pandas as pd

    path = Path(path)
    form = path.suffix.lstrip(".")
    if form == "parquet":
        frame = pd.read_parquet(path)
        return cells.typed({str(key): frame[key].tolist() for key in frame})
    if form == "jsonl":
        rows = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
        return cells.typed({key: [row[key] for row in rows] for key in (rows[0] if rows else ())})
    if form == "csv":
        head, *lines = csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))
    elif form == "xlsx":
        held = pd.read_excel(path, sheet, dtype=str, keep_default_na=False, header=None)
        head, *lines = held.to_numpy(dtype=object).tolist()
    else:
        raise InvalidInput(f"{path.name} is none of the files that are read here: csv, xlsx, parquet, jsonl.")
    return cells.typed({key: [cells.bare(line[place]) for line in lines] for place, key in enumerate(head)})


def about(frame: pd.DataFrame, history: pd.DataFrame | None = None) -> dict[str, Any]:
    """Say what a file holds: source, when it was read and made, versions, and each column's dtype and meaning."""
    import pandas as pd

    from smapy_nb import __version__

    times = frame["read_at"].dropna() if "read_at" in frame else pd.Series(dtype="object")
    held: dict[str, Any] = {
        "source": str(frame.attrs.get("source") or "not told"),
        "accounts": len(frame),
        "first read at": times.min().isoformat() if len(times) else "never",
        "last read at": times.max().isoformat() if len(times) else "never",
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "smapy_nb": __version__,
        "pandas": pd.__version__,
        "Python": platform.python_version(),
        "cells": "In CSV and Excel a leading apostrophe keeps a cell from being taken for a formula or a number; it is "
        "not part of the text. Text columns hold what strangers wrote.",
        "columns": _dictionary(frame),
    }
    if history is not None:
        held |= {"readings": len(history), "columns of history": _dictionary(history)}
    return held


def _dictionary(frame: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Return each column's dtype and meaning."""
    kinds = {str(key): COLUMNS.get(str(key), (str(frame[key].dtype), "no column of smapy_nb's")) for key in frame}
    return {key: {"dtype": dtype, "holds": holds} for key, (dtype, holds) in kinds.items()}


def _csv(frame: pd.DataFrame) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n").writerows(cells.table(frame, cells.in_csv))
    return out.getvalue().encode("utf-8-sig")


def _jsonl(frame: pd.DataFrame) -> bytes:
    columns = [cells.plain(frame[key]) for key in frame]
    rows = (dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True))
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8")


def _parquet(frame: pd.DataFrame) -> bytes:
    plain = frame.copy()
    for key in map(str, plain):
        if DTYPES.get(key) == "object":
            held = cells.plain(plain[key])
            plain[key] = [None if one is None else json.dumps(one, ensure_ascii=False) for one in held]
    try:
        content: bytes = plain.to_parquet(index=False)
    except ImportError:
        raise InvalidInput("Parquet needs pyarrow: pip install 'smapy-nb[parquet]'.") from None
    return content


def _xlsx(frame: pd.DataFrame, history: pd.DataFrame | None) -> bytes:
    try:
        from xlsxwriter import Workbook
    except ImportError:
        raise InvalidInput("Excel needs XlsxWriter: pip install 'smapy-nb[excel]'.") from None
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(out, options) as book:
        bold = book.add_format({"bold": True})
        for name, table in {"profiles": frame, "history": history}.items():
            if table is not None:
                _fill(book.add_worksheet(name), table, bold)
        _explain(book.add_worksheet("about"), about(frame, history), bold)
    return out.getvalue()


def _fill(sheet: Any, frame: pd.DataFrame, bold: Any) -> None:
    if len(frame) >= _ROWS:
        raise InvalidInput(f"A sheet of Excel holds {_ROWS:,} rows, and this is {len(frame):,}; use another form.")
    numbers = [DTYPES.get(key) == "Int64" and key not in cells.IDS for key in map(str, frame)]
    for at, row in enumerate(cells.table(frame, cells.in_excel)):
        for place, cell in enumerate(row):
            if not at:
                sheet.write_string(0, place, cell, bold)
            elif cell and numbers[place] and len(cell) <= cells.DIGITS:
                sheet.write_number(at, place, int(cell))
            elif cell:
                sheet.write_string(at, place, cell)
    sheet.freeze_panes(1, 1)


def _explain(sheet: Any, told: Mapping[str, Any], bold: Any) -> None:
    """Write what `about` says: a line for each, and one for each column."""
    lines: list[tuple[str, ...]] = []
    for key, value in told.items():
        if isinstance(value, dict):
            lines += [(), (key, "dtype", "holds"), *((name, one["dtype"], one["holds"]) for name, one in value.items())]
        else:
            lines.append((key, str(value)))
    for at, line in enumerate(lines):
        for place, cell in enumerate(line):
            sheet.write_string(at, place, cell, None if place else bold)


def _id_list(frame: pd.DataFrame) -> bytes:
    known = frame["id"].dropna().drop_duplicates()
    return "".join(f"{one}\n" for one in known).encode()
