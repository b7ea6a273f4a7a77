"""What is taken away comes back as it was, and no spreadsheet takes it for a formula."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from smapy_nb.errors import InvalidInput
from smapy_nb.profiles import DTYPES
from smapy_nb.widgets import exports

# What a cell of a workbook can't hold at all (XML 1.0) is tried in the other forms.
texts = st.one_of(
    st.sampled_from(
        ["=1+1", "+7", "-", "@SUM(A1)", "\tx", "\rx", "'", "''=1", "", "True", "NA", "nan", "1e5", "007", ","]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
)
counts = st.integers(0, 2**63 - 1)
times = st.datetimes(datetime(2006, 3, 21), datetime(2100, 1, 1), timezones=st.just(UTC))
kinds: dict[str, st.SearchStrategy[Any]] = {
    "string": texts,
    "Int64": counts,
    "boolean": st.booleans(),
    "datetime64[us, UTC]": times,
    "object": st.dictionaries(st.text(max_size=5), st.integers() | st.booleans(), max_size=2),
}
row = st.fixed_dictionaries({key: st.none() | kinds[dtype] for key, dtype in DTYPES.items()})


def frame_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame({key: pd.Series([one[key] for one in rows], dtype=dtype) for key, dtype in DTYPES.items()})


def there_and_back(frame: pd.DataFrame, form: str, folder: Path) -> pd.DataFrame:
    path = folder / f"profiles.{form}"
    path.write_bytes(exports.as_bytes(frame, form))
    return exports.read(path)


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
@given(rows=st.lists(row, min_size=1, max_size=3))
@settings(max_examples=15, deadline=None)
def test_frame_to_file_to_frame_is_exact(form: str, rows: list[dict[str, Any]], tmp_path_factory: Any) -> None:
    frame = frame_of(rows)
    pd.testing.assert_frame_equal(there_and_back(frame, form, tmp_path_factory.mktemp("files")), frame)


NASTY = {
    "account": '=HYPERLINK("http://x")',
    "requested": "+1",
    "outcome": "ok",
    "id": 9_007_199_254_740_993,
    "handle": "nasa",
    "name": "@SUM(1+1)*cmd|' /C calc'!A0",
    "description": "'quoted\nlines\twith tabs",
    "location": "",
    "followers": 27772,
    "verified": True,
    "created_at": datetime(2007, 12, 19, 20, 20, 32, 123456, tzinfo=UTC),
    "other": {"new": 1},
}


@pytest.fixture
def frame() -> pd.DataFrame:
    return frame_of([dict.fromkeys(DTYPES) | NASTY, dict.fromkeys(DTYPES) | {"account": "b", "outcome": "not_found"}])


def test_excel_comes_back_exact_too(frame: pd.DataFrame, tmp_path: Path) -> None:
    pd.testing.assert_frame_equal(there_and_back(frame, "xlsx", tmp_path), frame)


def test_no_cell_of_a_csv_begins_like_a_formula(frame: pd.DataFrame) -> None:
    content = exports.as_bytes(frame, "csv")
    assert content.startswith(b"\xef\xbb\xbf")  # Excel takes it for UTF-8 only with this mark
    for line in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        assert not [cell for cell in line if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_a_workbook_holds_ids_as_text_counts_as_numbers_and_says_what_it_is(frame: pd.DataFrame) -> None:
    frame.attrs["source"] = "sandbox (simulated)"
    book = load_workbook(io.BytesIO(exports.as_bytes(frame, "xlsx")))
    head, first, _ = book["profiles"].iter_rows(values_only=True)
    cells = dict(zip(head, first, strict=True))
    assert cells["id"] == "9007199254740993"
    assert cells["followers"] == 27772
    assert cells["account"] == '\'=HYPERLINK("http://x")'
    notes = dict(book["about"].iter_rows(values_only=True))
    assert notes["source"] == "sandbox (simulated)"
    assert notes["followers"] == "Int64"


def test_json_lines_hold_raw_text_and_ids_as_text(frame: pd.DataFrame) -> None:
    first, _ = (json.loads(line) for line in exports.as_bytes(frame, "jsonl").decode().splitlines())
    assert first["name"] == NASTY["name"]
    assert first["id"] == "9007199254740993"


def test_ids_alone_are_one_a_line(frame: pd.DataFrame) -> None:
    assert exports.as_bytes(pd.concat([frame, frame]), "ids") == b"9007199254740993\n"


def test_an_unknown_form_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(InvalidInput, match="use one of csv, xlsx"):
        exports.as_bytes(frame, "pdf")
