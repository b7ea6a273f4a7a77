"""A class on one archive: many processes, one ledger; and processes that are killed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from makers import bookings

from smapy_nb import Archive, sandbox

KERNELS = Path(__file__).with_name("kernels.py")


@pytest.fixture
def box() -> Iterator[sandbox.Sandbox]:
    with sandbox.Sandbox() as box:
        yield box


def run(box: sandbox.Sandbox, archive: str | bool, kernels: list[list[str]], **plan: Any) -> list[dict[str, Any]]:
    plan |= {"base_url": box.url, "token": box.token, "archive": archive, "kernels": kernels}
    done = subprocess.run(
        [sys.executable, str(KERNELS)], input=json.dumps(plan), capture_output=True, text=True, timeout=300, check=False
    )
    assert not done.stderr, done.stderr
    return sorted((json.loads(line) for line in done.stdout.splitlines()), key=lambda one: one["kernel"])


def asked(box: sandbox.Sandbox) -> list[str]:
    """Return every account that the sandbox was asked for, by handle or id, as often as it was."""
    targets = [seen.target.replace("%2C", ",").replace("ids=", "usernames=") for seen in box.state.log]
    return [key for target in targets for key in target.partition("usernames=")[2].split("&")[0].split(",")]


class ClassContract:
    kernels = 8

    def test_each_account_is_asked_for_and_paid_once_whoever_wants_it(self, box: sandbox.Sandbox, url: str) -> None:
        people = [f"@{handle}" for handle in box.people[:240]]
        lists = [[people[(7 * n + 5 * m) % 240] for m in range(48)] for n in range(self.kernels)]
        told = run(box, url, lists)
        assert [one["error"] for one in told] == [""] * self.kernels
        assert [one["rows"] for one in told] == [48] * self.kernels
        wanted = {one.removeprefix("@").lower() for names in lists for one in names}
        assert sorted(one.lower() for one in asked(box)) == sorted(wanted)
        assert {seen.status for seen in box.state.log} == {200}
        with Archive(url) as archive:
            spending = archive.spending()
            assert len(bookings(archive)) == len(wanted)
        assert spending["profiles"].sum() == len(wanted) == round(float(box.booked_usd) * 100)
        assert spending["usd"].max() <= 0.6  # of a budget of 5 for each person
        again = run(box, url, lists[:2])
        assert [one["from_archive"] for one in again] == [48, 48]

    def test_each_member_has_a_budget_of_their_own(self, box: sandbox.Sandbox, url: str) -> None:
        people = [f"@{handle}" for handle in box.people[:100]]
        told = run(box, url, [people[:20], people[20:70], people[70:]], usd=0.3)
        assert [one["rows"] for one in told] == [20, 0, 30]
        assert [one["error"].partition(":")[0] for one in told] == ["", "OverBudget", ""]
        assert float(box.booked_usd) == 0.5
        with Archive(url) as archive:
            spent = archive.spending().set_index("person")["usd"].to_dict()
        assert spent == {"student0": 0.2, "student2": 0.3}

    @pytest.mark.parametrize("where", ["claimed", "sent", "booked"])
    def test_a_killed_kernel_leaves_nothing_claimed_nothing_lost_and_nothing_doubled(
        self, box: sandbox.Sandbox, url: str, where: str
    ) -> None:
        people = [f"@{handle}" for handle in box.people[:150]]
        assert run(box, url, [people], dies={"0": where}) == []
        charged = float(box.booked_usd)
        assert charged == {"claimed": 0, "sent": 1.5, "booked": 1.5}[where] or charged == 1.0
        with Archive(url) as archive:
            before = len(bookings(archive))
        (heir,) = run(box, url, [people])
        assert (heir["error"], heir["rows"]) == ("", 150)
        assert float(box.booked_usd) == 1.5  # the network charges an account once a day, and so do the books
        with Archive(url) as archive:
            assert before <= len(bookings(archive)) == 150
            assert not any(presumed for *_, presumed in bookings(archive))

    def test_kernels_wait_for_a_killed_one_no_longer_than_it_takes_to_see_that_it_is_dead(
        self, box: sandbox.Sandbox, url: str
    ) -> None:
        people = [f"@{handle}" for handle in box.people[:30]]
        told = run(box, url, [people] * 4, dies={"0": "sent", "1": "claimed"})
        # One that was to be killed lives where the others were quicker and left it nothing to ask for.
        assert {2, 3} <= {one["kernel"] for one in told}
        assert {(one["rows"], one["error"]) for one in told} == {(30, "")}
        assert max(one["seconds"] for one in told) < 60
        with Archive(url) as archive:
            assert len(bookings(archive)) == 30


class TestSqlite(ClassContract):
    @pytest.fixture
    def url(self, sqlite_url: str) -> str:
        return sqlite_url


class TestPostgres(ClassContract):
    kernels = 40

    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        return postgres_url
