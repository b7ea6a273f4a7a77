"""What is taken away comes back as it was, and no spreadsheet takes it for a formula."""

from __future__ import annotations

import csv
import io
import json
import platform
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

import smapy_nb
from smapy_nb import profiles
from smapy_nb.errors import InvalidInput
from smapy_nb.profiles import COLUMNS, DTYPES
from smapy_nb.widgets import exports

texts = st.one_of(
    st.sampled_from(
        [
            "=1+1",
            "+7",
            "-",
            "@SUM(A1)",
            "\tx",
            "\rx",
            "'",
            "''=1",
            "",
            "True",
            "NA",
            "nan",
            "1e5",
            "007",
            ",",
            '"',
            "'\"",
        ]
    ),
    # No cell of a workbook holds these, or Excel would read them as something else.
    st.sampled_from(["\x01", "a\r\nb", "_x0041_", "_x005F_x0041_", "'\x1f", "\ufffe", "9" * 19]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
)
counts = st.integers(0, 2**63 - 1)
times = st.datetimes(datetime(2006, 3, 21), datetime(2100, 1, 1), timezones=st.just(UTC))
kinds: dict[str, st.SearchStrategy[Any]] = {
    "string": texts,
    "Int64": counts,
    "boolean": st.booleans(),
    "datetime64[us, UTC]": times,
    "object": st.dictionaries(st.text(max_size=5) | st.just("_x0041_"), st.integers() | st.booleans(), max_size=2),
}
HISTORY = ("account", "read_at", "outcome", "followers", "following", "posts", "listed", "likes", "media")


def rows(columns: Iterable[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Rows as a frame may hold them; each has a name."""
    cells = {key: kinds[DTYPES[key]] if key == "account" else st.none() | kinds[DTYPES[key]] for key in columns}
    return st.lists(st.fixed_dictionaries(cells), min_size=1, max_size=3)


def frame_of(rows: list[dict[str, Any]], columns: Iterable[str] = DTYPES) -> pd.DataFrame:
    return pd.DataFrame({key: pd.Series([one[key] for one in rows], dtype=DTYPES[key]) for key in columns})


def there_and_back(frame: pd.DataFrame, form: str, folder: Path, history: pd.DataFrame | None = None) -> pd.DataFrame:
    for suffix, content in exports.files(frame, form, history).items():
        (folder / f"profiles{suffix}").write_bytes(content)
    return exports.read(folder / f"profiles.{form}")


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "jsonl"])
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_frame_to_file_to_frame_is_exact(form: str, data: st.DataObject, tmp_path_factory: Any) -> None:
    frame, history = frame_of(data.draw(rows(DTYPES))), frame_of(data.draw(rows(HISTORY)), HISTORY)
    folder = tmp_path_factory.mktemp("files")
    pd.testing.assert_frame_equal(there_and_back(frame, form, folder, history), frame)
    beside = (folder / "profiles.xlsx", "history") if form == "xlsx" else (folder / f"profiles.history.{form}",)
    pd.testing.assert_frame_equal(exports.read(*beside), history)


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


RISKY = ("=", "+", "-", "@", "\t", "\r")


def test_no_cell_of_a_csv_is_a_formula_or_an_id_that_would_be_rounded(frame: pd.DataFrame) -> None:
    content = exports.files(frame, "csv", history(frame))
    for suffix in (".csv", ".history.csv"):
        assert content[suffix].startswith(b"\xef\xbb\xbf")  # Excel takes it for UTF-8 only with this mark
        head, *lines = csv.reader(io.StringIO(content[suffix].decode("utf-8-sig"), newline=""))
        assert not [cell for line in lines for cell in line if cell.startswith(RISKY)]
        assert lines[0][head.index("account")] == f"'{NASTY['account']}"
    head, first, _ = csv.reader(io.StringIO(content[".csv"].decode("utf-8-sig"), newline=""))
    cells = dict(zip(head, first, strict=True))
    assert (cells["id"], cells["followers"]) == ("'9007199254740993", "27772")


def history(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[list(HISTORY)]


@pytest.mark.parametrize("sheet", ["profiles", "history"])
def test_no_cell_of_a_workbook_is_a_formula_or_a_link(frame: pd.DataFrame, sheet: str) -> None:
    content = exports.files(frame, "xlsx", history(frame))[".xlsx"]
    cells = [cell for line in load_workbook(io.BytesIO(content))[sheet].iter_rows() for cell in line if cell.value]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not [cell for cell in cells if str(cell.value).startswith(RISKY) or cell.hyperlink]


def test_a_workbook_holds_ids_as_text_and_counts_as_numbers(frame: pd.DataFrame) -> None:
    book = load_workbook(io.BytesIO(exports.files(frame, "xlsx")[".xlsx"]))
    assert book.sheetnames == ["profiles", "about"]
    head, first, _ = book["profiles"].iter_rows(values_only=True)
    cells = dict(zip(head, first, strict=True))
    assert cells["id"] == "9007199254740993"
    assert cells["followers"] == 27772
    assert cells["account"] == '\'=HYPERLINK("http://x")'


def test_what_a_workbook_can_not_hold_is_refused(frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput, match="holds 32,767 characters"):
        exports.files(frame.assign(description="x" * 40_000), "xlsx")
    monkeypatch.setattr(exports, "_ROWS", 2)  # a million would take a minute
    with pytest.raises(InvalidInput, match="holds 2 rows"):
        exports.files(frame, "xlsx")


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "jsonl"])
def test_a_file_says_what_it_holds(frame: pd.DataFrame, form: str) -> None:
    frame.attrs["source"] = "sandbox (simulated)"
    read = datetime(2026, 3, 1, 12, tzinfo=UTC)
    frame["read_at"] = pd.Series([read, read + timedelta(hours=1)]).dt.as_unit("us")
    contents = exports.files(frame, form, history(frame))
    if form == "xlsx":
        lines = [
            [cell for cell in line if cell is not None]
            for line in load_workbook(io.BytesIO(contents[".xlsx"]))["about"].iter_rows(values_only=True)
        ]
        told: dict[str, Any] = {line[0]: line[1] for line in lines if len(line) == 2}
        at = [line[:1] for line in lines].index(["columns"])
        told["columns"] = {
            key: {"dtype": dtype, "holds": holds} for key, dtype, holds in lines[at + 1 :][: len(DTYPES)]
        }
    else:
        assert list(contents) == [f".{form}", f".history.{form}", ".about.json"]
        told = json.loads(contents[".about.json"])
        assert list(told["columns of history"]) == list(HISTORY)
    assert told["source"] == "sandbox (simulated)"
    assert (told["first read at"], told["last read at"]) == ("2026-03-01T12:00:00+00:00", "2026-03-01T13:00:00+00:00")
    versions = [smapy_nb.__version__, pd.__version__, platform.python_version()]
    assert [told["smapy_nb"], told["pandas"], told["Python"]] == versions
    assert told["columns"] == {key: {"dtype": dtype, "holds": holds} for key, (dtype, holds) in COLUMNS.items()}
    for key in COLUMNS:  # the module's help says the same
        assert f"{key:18} {DTYPES[key]}" in str(profiles.__doc__)


def test_json_lines_hold_raw_text_and_ids_as_text(frame: pd.DataFrame) -> None:
    first, _ = (json.loads(line) for line in exports.files(frame, "jsonl")[".jsonl"].decode().splitlines())
    assert first["name"] == NASTY["name"]
    assert first["id"] == "9007199254740993"


def test_ids_alone_are_one_a_line(frame: pd.DataFrame) -> None:
    assert exports.files(pd.concat([frame, frame]), "ids") == {".ids": b"9007199254740993\n"}
    with pytest.raises(InvalidInput, match="alone"):
        exports.files(frame, "ids", history(frame))


def test_an_unknown_form_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(InvalidInput, match="use one of csv, xlsx"):
        exports.files(frame, "pdf")
