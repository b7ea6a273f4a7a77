"""Connector and archive together, against the sandbox: what is asked, what is paid, what is shown."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from smapy_nb import Archive, Budget, TwitterConnector, sandbox
from smapy_nb.errors import Interrupted, InvalidInput, OutOfCredits, OverBudget
from smapy_nb.transport import distance
from smapy_nb.transport.pacing import Pace


@pytest.fixture
def box() -> Iterator[sandbox.Sandbox]:
    with sandbox.Sandbox(start=datetime(2026, 3, 1, 12, tzinfo=UTC)) as box:
        yield box


def connector(box: sandbox.Sandbox, accounts: object, **options: object) -> TwitterConnector:
    return TwitterConnector(accounts, box.token, base_url=box.url, **options)  # type: ignore[arg-type]


def some(box: sandbox.Sandbox, count: int, start: int = 0) -> list[str]:
    return [f"@{handle}" for handle in box.people[start : start + count]]  # one of them is all digits


def test_running_a_cell_again_sends_nothing_and_shows_the_same(box: sandbox.Sandbox) -> None:
    asked = [*some(box, 120), "nobody_here", "@bad handle"]
    first = connector(box, asked).frame()
    sent = len(box.state.log)
    again = connector(box, asked).frame()
    assert len(box.state.log) == sent == 2
    pd.testing.assert_frame_equal(
        first.drop(columns=["read_at", "from_archive"]), again.drop(columns=["read_at", "from_archive"])
    )
    assert first["from_archive"].dropna().eq(False).all()
    assert again["from_archive"].dropna().eq(True).all()
    assert again["from_archive"].isna().tolist() == [False] * 121 + [True]
    pd.testing.assert_series_equal(first["read_at"], again["read_at"])
    assert again.attrs["source"] == "sandbox (simulated)"
    assert connector(box, asked).profiles() == connector(box, asked).profiles(refresh=True)
    assert len(box.state.log) == sent + 2


def test_the_price_shown_is_the_price_booked_and_what_the_network_charges(box: sandbox.Sandbox) -> None:
    ids = connector(box, some(box, 20)).frame()["id"].tolist()
    for accounts, pay in (
        (some(box, 150), 130),
        (some(box, 100, 100), 50),  # half of them paid today already
        ([*some(box, 5, 200), *(one.upper() for one in some(box, 5, 200))], 5),
        ([*ids, *some(box, 10, 210)], 10),  # known by handle and asked for by id
    ):
        t = connector(box, accounts)
        quote = t.quote(refresh=True)
        before = box.booked_usd
        assert (quote.usd, quote.to_pay, quote.simulated) == (Decimal(pay) / 100, pay, True)
        t.frame(refresh=True)
        assert box.booked_usd - before == quote.usd
    total = connector(box, []).spending()
    assert total["usd"].tolist() == [float(box.booked_usd)]
    assert total["simulated"].tolist() == [True]
    box.clock.advance(days=1)
    t = connector(box, some(box, 10))
    assert t.quote().to_pay == 10
    t.frame()
    assert connector(box, []).spending()["profiles"].tolist() == [215, 10]


def test_an_age_is_what_the_caller_says_and_a_refresh_of_the_same_day_is_free_and_said_to_be(
    box: sandbox.Sandbox,
) -> None:
    t = connector(box, some(box, 20))
    read = t.frame()["read_at"].tolist()
    box.clock.advance(hours=2)
    assert t.quote(max_age=timedelta(hours=3)).from_archive == 20
    old = t.frame(max_age=3 * 3600)
    assert (old["read_at"].tolist(), old["from_archive"].all()) == (read, True)
    assert len(box.state.log) == 1
    assert str(t.quote()) == "20 accounts: 20 paid for today, free until 00:00 UTC: 0.00 USD (simulated)."
    new = t.frame()
    assert (new["read_at"] > old["read_at"]).all()
    assert not new["from_archive"].any()
    assert (len(box.state.log), t.spending()["profiles"].tolist()) == (2, [20])


def test_a_look_up_over_midnight_is_booked_as_the_network_charges_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distance, "FAR", 20.0)  # one request after the other, however busy the machine is
    with sandbox.Sandbox(start=datetime(2026, 3, 1, 23, 59, 50, tzinfo=UTC)) as box:
        t = connector(box, some(box, 240), budget=Budget(usd=10), pace=Pace(most=1))

        def turn(done: int, _total: int, _until: datetime | None) -> None:
            if done >= 100 and box.clock.now().day == 1:
                box.clock.advance(seconds=20)

        read = t.frame(on_progress=turn)["read_at"].dt.day.value_counts()
        assert (set(read.index), read.sum()) == ({1, 2}, 240)
        spending = t.spending()
        assert dict(zip(spending["day"].dt.day, spending["profiles"], strict=True)) == read.to_dict()
        assert spending["usd"].sum() == float(box.booked_usd) == 2.4
        t.frame(refresh=True)  # what was read before midnight is paid again, the rest is not
        assert t.spending()["profiles"].tolist() == [read[1], 240]
        assert t.spending()["usd"].sum() == float(box.booked_usd)


def test_a_budget_refuses_before_the_first_request_and_says_what_allows_it(box: sandbox.Sandbox) -> None:
    t = connector(box, some(box, 60), budget=Budget(usd=0.5))
    with pytest.raises(OverBudget, match=r"60 accounts would cost 0\.60 USD.*budget=Budget\(usd=0\.60, per='day'\)"):
        t.frame()
    assert len(box.state.log) == 0
    t.budget = Budget(usd="0.60")
    assert len(t.frame()) == 60
    assert t.quote(refresh=True).budget_left == 0
    assert len(t.frame(refresh=True)) == 60  # free on the same day
    t.accounts = some(box, 61)
    with pytest.raises(OverBudget):
        t.profiles()


def test_without_an_archive_nothing_is_kept_but_a_budget_holds(box: sandbox.Sandbox) -> None:
    t = connector(box, some(box, 3), archive=False, budget=Budget(usd="0.03", person="only this test"))
    t.frame()
    t.frame()
    assert len(box.state.log) == 2
    assert t.history().empty
    t.accounts = some(box, 1, 50)
    with pytest.raises(OverBudget):
        t.frame()
    free = connector(box, some(box, 1, 50), archive=False, budget=False)
    assert free.frame()["outcome"].tolist() == ["ok"]


def test_history_and_changes_follow_the_sandboxs_growth(box: sandbox.Sandbox) -> None:
    t = connector(box, {"RIA Novosti": "ria_novosti", "nobody": "nobody_here"})
    grown = [t.frame()["followers"][0]]
    for _ in range(3):
        box.clock.advance(days=1)
        grown.append(t.frame()["followers"][0])  # older than an hour by the sandbox's clock
    assert grown[0] == 27772
    assert len(set(grown)) > 1
    history = t.history()
    ria = history[history["account"] == "RIA Novosti"]
    assert ria["followers"].tolist() == grown
    assert (ria["read_at"].diff().dropna().dt.days == 1).all()
    week = t.changes(since=timedelta(days=30))
    assert week[week["what"] == "followers"]["difference"].tolist() == [grown[-1] - grown[0]]
    assert len(t.plot_growth().lines) == 1
    with pytest.raises(InvalidInput, match="since is a datetime"):
        t.changes(since="lately")


def test_what_a_clock_that_is_ahead_has_read_is_not_the_last_reading(box: sandbox.Sandbox) -> None:
    with sandbox.Sandbox(start=datetime(2026, 3, 31, 12, tzinfo=UTC)) as ahead:
        connector(ahead, ["ria_novosti"]).frame()
        t = connector(box, {"RIA": "ria_novosti"})
        assert t.quote().from_archive == 0
        grown = []
        for _ in range(2):
            frame = t.frame(refresh=True)
            assert not frame["from_archive"].any()
            grown.append(int(frame["followers"][0]))
            box.clock.advance(days=1)
        assert t.last_followers() == {"RIA": grown[-1]}
        assert [count for _, count in t.recent_followers(["RIA"])["RIA"]] == grown
        assert t.changes()["difference"].dropna().tolist() == [grown[1] - grown[0]]
        assert len(t.history()) == 3  # every reading is kept, whatever the clock
        assert t.frame(max_age=timedelta(days=2))["from_archive"].all()


def test_the_clock_of_a_sandbox_elsewhere_is_the_one_that_it_tells() -> None:
    command = [sys.executable, "-m", "smapy_nb.sandbox", "--day", "30"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().split(" on ")[1].split(": ")[0]
            bearer = next(line.split()[1] for line in process.stdout if "bearer_token" in line)
            t = TwitterConnector(["ria_novosti"], {"bearer_token": bearer}, base_url=url)
            read_at = t.frame()["read_at"][0]
            assert timedelta(days=29) < read_at - datetime.now(UTC) < timedelta(days=31)
            assert t.quote().from_archive == 1
            assert t.frame()["from_archive"].all()
            assert list(t.last_followers()) == ["ria_novosti"]
        finally:
            process.terminate()


def test_some_accounts_are_asked_about_by_name(box: sandbox.Sandbox) -> None:
    t = connector(box, {"RIA": "ria_novosti", "Press": "IndigoPress", "odd": "no handle!"})
    for _ in range(2):
        t.frame(refresh=True)
        box.clock.advance(days=9)
    assert t.history(accounts=["Press", "odd"])["account"].tolist() == ["Press"] * 2
    assert set(t.changes(accounts="RIA")["account"]) == {"RIA"}
    with pytest.raises(InvalidInput, match="'ria' is none of the accounts"):
        t.history(accounts=["ria"])
    assert list(t.recent_followers(["RIA", "ria"])) == ["RIA"]


def test_an_archive_is_shared_by_connectors_and_ids_lead_to_the_same_accounts(
    box: sandbox.Sandbox, tmp_path: Path
) -> None:
    t = connector(box, some(box, 30))
    wanted = t.frame().set_index("handle")["followers"]
    assert t.archive.export_ids(tmp_path / "ids.txt") == 30
    shared = connector(box, (tmp_path / "ids.txt").read_text())
    assert shared.quote().from_archive == 30
    assert shared.frame().set_index("handle")["followers"].to_dict() == wanted.to_dict()
    assert len(box.state.log) == 1


def test_credits_that_run_out_are_no_charge(box: sandbox.Sandbox) -> None:
    with sandbox.Sandbox(credits_usd="0.50") as poor:  # type: ignore[arg-type]
        t = connector(poor, some(poor, 100))
        t.frame()  # the balance may go below zero once
        t.accounts = some(poor, 10, 150)
        with pytest.raises(OutOfCredits):
            t.frame()
        assert t.spending()["usd"].sum() == float(poor.booked_usd)


def test_two_connectors_at_once_ask_for_each_account_once(box: sandbox.Sandbox) -> None:
    people = some(box, 200)
    frames: list[pd.DataFrame] = []
    threads = [
        threading.Thread(target=lambda n=n: frames.append(connector(box, people[n * 25 : n * 25 + 100]).frame()))  # type: ignore[misc]
        for n in range(5)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert [set(one["outcome"]) <= {"ok", "protected"} for one in frames] == [True] * 5
    asked = [
        key
        for seen in box.state.log
        for key in seen.target.partition("usernames=")[2].split("&")[0].replace("%2C", ",").split(",")
    ]
    assert len(asked) == len(set(asked)) == 200


@pytest.mark.parametrize("odd", [-1, "1h", True, timedelta(days=-1)])
def test_what_is_no_age_is_refused(box: sandbox.Sandbox, odd: object) -> None:
    with pytest.raises(InvalidInput, match="max_age is a timedelta"):
        connector(box, ["ria_novosti"]).frame(max_age=odd)


def test_real_money_has_a_budget_of_its_own_accord() -> None:
    t = TwitterConnector([f"someone_{n}" for n in range(101)], {"bearer_token": "A" * 100})
    assert (t.quote().usd, t.quote().budget_left, t.quote().simulated) == (Decimal("1.01"), Decimal("1.00"), False)
    with pytest.raises(OverBudget, match=r"1\.01 USD"):
        t.frame()
    assert TwitterConnector(["a"], prices=0.5).quote().usd == Decimal("0.50")


def test_a_kernel_waits_for_the_window_that_others_have_used_up(postgres_url: str) -> None:
    with sandbox.Sandbox(limits={"/2/users/by": 3}) as box:
        first = connector(box, some(box, 230), archive=postgres_url)
        first.frame()
        second = connector(box, some(box, 10, 230), archive=Archive(postgres_url))
        assert second.quote().window_left == 0
        waited: list[datetime] = []

        def seen(_done: int, _total: int, until: datetime | None) -> None:
            if until is not None:
                waited.append(until)
                second.cancel()

        with pytest.raises(Interrupted):
            second.frame(on_progress=seen)
        assert timedelta(minutes=10) < waited[0] - datetime.now(UTC) < timedelta(minutes=16)
        assert [one.status for one in box.state.log] == [200] * 3
