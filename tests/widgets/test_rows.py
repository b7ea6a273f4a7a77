"""What travels to the browser: whole once, then what changed; an updated view equals a fresh one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smapy_nb.profiles import DTYPES
from smapy_nb.widgets import columns
from tests.widgets.browser import Browser

times = st.datetimes(datetime(2006, 3, 21), datetime(2100, 1, 1), timezones=st.just(UTC))
kinds: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5),
    "Int64": st.integers(0, 2**50),
    "boolean": st.booleans(),
    "datetime64[us, UTC]": times,
    "object": st.nothing(),
}
row = st.fixed_dictionaries({key: st.none() | kinds[dtype] for key, dtype in DTYPES.items()})
# Several readings of the same accounts.
readings = st.integers(1, 3).flatmap(
    lambda count: st.lists(st.lists(row, min_size=count, max_size=count), min_size=2, max_size=4)
)


def frame_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame({key: pd.Series([one[key] for one in rows], dtype=dtype) for key, dtype in DTYPES.items()})
    return frame.assign(account=pd.Series([f"account {n}" for n in range(len(rows))], dtype="string"), requested="x")


@given(readings=readings)
@settings(max_examples=40, deadline=None)
def test_an_updated_view_equals_a_fresh_one(readings: list[list[dict[str, Any]]]) -> None:
    updated, fresh = Browser(), Browser()
    sent: columns.Columns = {}
    before = None
    for edition, reading in enumerate(readings):
        frame = frame_of(reading)
        table = columns.columns(frame, before)
        packet = columns.changed(sent, table) or columns.whole(table)
        assert packet.header["kind"] == ("changed" if edition else "rows")
        updated.take(packet.header | {"of": edition}, packet.buffer)
        whole = columns.whole(table)
        fresh.take(whole.header | {"of": edition}, whole.buffer)
        assert updated.columns == fresh.columns
        sent, before = table, frame
    pairs = [(now["followers"], then["followers"]) for now, then in zip(readings[-1], readings[-2], strict=True)]
    change = [None if None in (now, then) or now == then else now - then for now, then in pairs]
    assert updated.columns["change"] == change


def test_only_what_changed_travels_again() -> None:
    many = [dict.fromkeys(DTYPES) | {"name": "x" * 100, "followers": 5} for _ in range(1_000)]
    old = frame_of(many)
    new = old.copy()
    new.loc[7, "followers"] = 6
    one, other = columns.columns(old), columns.columns(new, old)
    packet = columns.changed(one, other)
    assert packet is not None
    cells = {column["key"]: column["count"] for column in packet.header["columns"]}
    assert cells == {"followers": 1, "change": 1}
    assert len(packet.buffer) < 100 < len(columns.whole(other).buffer)


def test_what_the_archive_knew_is_filled_in_where_the_last_table_did_not() -> None:
    old = frame_of([dict.fromkeys(DTYPES) | {"followers": count} for count in (10, None, None, None)])
    new = frame_of([dict.fromkeys(DTYPES) | {"followers": count} for count in (12, 20, 30, None)])
    assert columns.unmatched(new, old) == ["account 1", "account 2"]
    assert columns.unmatched(new, None) == ["account 0", "account 1", "account 2"]
    table = columns.compared(columns.columns(new, old), {"account 0": 1, "account 1": 25, "account 2": 30})
    assert table["change"].tolist()[:2] == [2, -5]
    assert table["change"].isna().tolist() == [False, False, True, True]


@pytest.mark.parametrize("hostile", ["a\0b", "\0", "\0\0\0"])
def test_no_text_moves_its_neighbours(hostile: str) -> None:
    browser = Browser()
    packet = columns.whole(
        columns.columns(frame_of([dict.fromkeys(DTYPES) | {"name": n} for n in ("a", hostile, "z")]))
    )
    browser.take(packet.header | {"of": 1}, packet.buffer)
    assert browser.columns["name"] == ["a", hostile.replace("\0", ""), "z"]
