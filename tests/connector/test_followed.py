"""Accounts are followed by their ids: what has another handle keeps its row and its history, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from smapy_nb import TwitterConnector, sandbox

PEOPLE = """handle,id,followers,events
old_name,71,1000,1 renamed new_name
stays,72,500,
leaves,73,300,1 deleted
takes_over,74,20,2 renamed old_name
"""


@pytest.fixture
def box(tmp_path: Path) -> Iterator[sandbox.Sandbox]:
    people = tmp_path / "people.csv"
    people.write_text(PEOPLE)
    with sandbox.Sandbox(people=people, start=datetime(2026, 3, 1, 12, tzinfo=UTC)) as box:
        yield box


def connector(box: sandbox.Sandbox, accounts: object, **options: object) -> TwitterConnector:
    return TwitterConnector(accounts, box.token, base_url=box.url, **options)  # type: ignore[arg-type]


def test_a_renamed_account_keeps_its_row_its_id_and_its_history(box: sandbox.Sandbox) -> None:
    t = connector(box, ["Old_Name", "stays", "leaves", "nobody_here"])
    first = t.frame()
    assert first["outcome"].tolist() == ["ok", "ok", "ok", "not_found"]
    box.clock.advance(days=1)
    quote, before = t.quote(), box.booked_usd
    second = t.frame()
    assert second["outcome"].tolist() == ["renamed", "ok", "not_found", "not_found"]
    assert second["reason"][0] == "It is called @new_name now."
    assert second["id"].tolist()[:2] == first["id"].tolist()[:2] == [71, 72]
    assert second["handle"].tolist()[:2] == ["new_name", "stays"]
    assert [one.target.partition("?")[0] for one in box.state.log] == ["/2/users/by", "/2/users/by", "/2/users"]
    assert quote.usd >= box.booked_usd - before == Decimal("0.02")
    assert t.spending()["usd"].tolist()[-1] == 0.02
    history = t.history()
    assert history[history["account"] == "Old_Name"]["outcome"].tolist() == ["ok", "ok"]  # never gone
    assert history[history["account"] == "leaves"]["outcome"].tolist() == ["ok", "not_found"]
    changed = t.changes()
    assert changed[changed["account"] == "Old_Name"].set_index("what").loc["handle", "after"] == "new_name"
    kept = t.frame()
    assert len(box.state.log) == 3
    assert kept["outcome"].tolist() == second["outcome"].tolist()
    assert kept["reason"][0] == second["reason"][0]


def test_a_handle_that_somebody_else_has_taken_says_so(box: sandbox.Sandbox) -> None:
    t = connector(box, ["old_name"])
    t.frame()
    box.clock.advance(days=2)
    frame = t.frame()
    assert (frame["id"][0], frame["outcome"][0]) == (74, "ok")
    assert frame["reason"][0] == "Another account has this handle now; the one that was read before is 71."
    assert len(box.state.log) == 2


def test_an_account_asked_for_by_its_id_says_once_that_it_was_renamed(box: sandbox.Sandbox) -> None:
    t = connector(box, [71, 72])
    assert t.frame()["outcome"].tolist() == ["ok", "ok"]
    box.clock.advance(days=1)
    assert t.frame()["outcome"].tolist() == ["renamed", "ok"]
    box.clock.advance(days=1)
    assert t.frame()["outcome"].tolist() == ["ok", "ok"]


def test_a_renamed_account_that_is_asked_for_twice_costs_once(box: sandbox.Sandbox) -> None:
    t = connector(box, ["old_name", 71])
    t.frame()
    box.clock.advance(days=1)
    before = box.booked_usd
    frame = t.frame()
    assert frame["outcome"].tolist() == ["not_found", "renamed"]
    assert box.booked_usd - before == Decimal("0.01")


def test_without_an_archive_nobody_is_followed(box: sandbox.Sandbox) -> None:
    t = connector(box, ["old_name"], archive=False, budget=False)
    t.frame()
    box.clock.advance(days=1)
    assert t.frame()["outcome"].tolist() == ["not_found"]
    assert len(box.state.log) == 2
