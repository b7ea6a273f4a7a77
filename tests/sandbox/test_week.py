"""A week of a class: what the sandbox booked is what the archive's ledger holds, to the cent."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from smapy_nb import TwitterConnector
from smapy_nb.archive.archive import Archive
from smapy_nb.sandbox import Sandbox

STUDENTS, ACCOUNTS, DAYS = 5, 40, 5


def test_a_week_costs_on_both_sides_the_same(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "class.sqlite")
    expected = 0
    with Sandbox(start=datetime(2026, 9, 7, 9, tzinfo=UTC)) as x:
        students = [x.identity(f"student_{number}") for number in range(STUDENTS)]
        accounts = [
            *[handle for handle in x.people if "student" not in handle][: ACCOUNTS - 3],
            "gone_bad",
            "erased",
            "no_such",
        ]
        for _ in range(DAYS):
            for one in students:
                t = TwitterConnector(accounts, token=one.token, base_url=x.url, archive=archive, budget=False)
                found = t.frame()
                assert len(found) == ACCOUNTS
                expected += int((found["outcome"].isin(["ok", "protected"])).sum())
                t.frame(refresh=True)  # on the same UTC day that is free, on both sides
            x.clock.advance(days=1)
        spent = archive.spending()
        assert x.booked_usd == Decimal(expected) / 100
        assert int(spent["profiles"].sum()) == expected
        assert round(Decimal(str(float(spent["usd"].sum()))), 6) == x.booked_usd
        by_app = spent.groupby("app")["usd"].sum()
        assert len(by_app) == STUDENTS
        assert sorted(set(spent["day"].dt.strftime("%d"))) == ["07", "08", "09", "10", "11"]
