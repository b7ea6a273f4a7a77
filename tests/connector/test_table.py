"""Columns to DataFrame: the same with pyarrow and without, exact, and in the order asked."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smapy_nb import table as tables
from smapy_nb.connectors import twitter_reader as reader
from smapy_nb.connectors.twitter import TwitterConnector
from smapy_nb.profiles import DTYPES, FIELDS
from smapy_nb.table import Table, frame
from tests.connector.wires import HASTY, TOKEN, Asked, user

READ_AT = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
text = st.none() | st.text(st.characters(codec="utf-8"), max_size=5)
number = st.none() | st.integers(0, 2**63 - 1)
flag = st.none() | st.booleans()
moment = st.none() | st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))
KINDS = {"string": text, "Int64": number, "boolean": flag, "datetime64[us, UTC]": moment, "object": st.none()}
rows = st.lists(st.tuples(*(KINDS[DTYPES[name]] for name in FIELDS)), max_size=6)


def filled(rows):
    table = Table()
    for row in rows:
        table.add({name: [value] for name, value in zip(FIELDS, row, strict=True)}, READ_AT)
    return table


def built(rows, order):
    table = filled(rows)
    heads = {name: [f"{one}" for one in order] for name in ("account", "requested", "outcome", "reason")}
    return frame(heads, table, order)


@settings(max_examples=30)
@given(rows, st.data())
def test_with_arrow_and_without_it_is_the_same_and_exact(rows, data):
    order = data.draw(st.lists(st.integers(-1, len(rows) - 1), max_size=8) | st.permutations(range(len(rows))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "CHUNK", 2)
        patch.setattr(tables, "RUN", data.draw(st.sampled_from([0, 1, 50])))
        arrow = built(rows, order)
        patch.setattr(tables, "_arrow", lambda: None)
        plain = built(rows, order)
    pd.testing.assert_frame_equal(arrow, plain)
    assert {name: str(dtype) for name, dtype in arrow.dtypes.items() if name in FIELDS} == {
        name: DTYPES[name] for name in FIELDS
    }
    for at, row in enumerate(order):
        for name, value in zip(FIELDS, rows[row] if row >= 0 else [None] * len(FIELDS), strict=True):
            came = arrow[name].iloc[at]
            assert (came is None or pd.isna(came)) if value is None else came == value


def test_every_reading_has_its_instant():
    table = Table()
    table.add(reader._columns([user("a")], [1], ["a"]), READ_AT)
    assert table.values("read_at") == [READ_AT]
    assert table.array("read_at")[0] == pd.Timestamp(READ_AT)


def test_a_look_up_without_pyarrow_and_orjson_is_the_same(wire, monkeypatch):
    server = wire(
        lambda asked: asked.answer(body={"data": [user(key, verified=True, location="Ё") for key in asked.keys]})
    )
    many = [f"someone_{number}" for number in range(2500)]
    t = TwitterConnector(many, TOKEN, base_url=server.url, pace=HASTY, archive=False, budget=False)
    with_them = t.frame()
    from smapy_nb.transport import answers

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr(answers, "_fast", None)
    without = t.frame()
    pd.testing.assert_frame_equal(with_them.drop(columns="read_at"), without.drop(columns="read_at"))


def test_rows_come_in_the_order_asked_however_batches_come(wire):
    server = wire(Asked.answer)
    many = [f"someone_{number}" for number in range(3000)]
    asked = [*reversed(many), *many[:7], "bad handle"]
    t = TwitterConnector(asked, TOKEN, base_url=server.url, pace=HASTY, archive=False, budget=False)
    came = t.frame()
    assert came["handle"].tolist()[:-1] == asked[:-1]
    assert came["handle"].isna().tolist()[-1]
