"""What a run promises, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from makers import CENT, GONE, Clock, ask, bookings, keep, profile, rows_of, served, terms_of, user

from smapy_nb.archive import schema
from smapy_nb.archive.archive import Archive
from smapy_nb.archive.budget import Budget
from smapy_nb.archive.terms import Terms
from smapy_nb.errors import OverBudget


class RunContract:
    """What holds in every database."""

    @pytest.fixture
    def terms(self, clock: Clock) -> Terms:
        return terms_of(clock)

    def test_a_second_run_within_the_age_asks_nothing_and_gets_the_same(
        self, archive: Archive, terms: Terms, clock: Clock
    ) -> None:
        whole = profile(
            7, created_at=datetime(2013, 1, 2, 3, 4, 5, tzinfo=UTC), verified=False, description="море\n\U0001f30a",
            pinned_post_id=2**63 - 1, other={"new": [1, None]}, likes=2**62,
        )  # fmt: skip
        with archive.open_run("tw", ["u7", "none"], terms) as run:
            assert ask(run, lambda key: whole if key == "u7" else GONE) == ["u7", "none"]
            assert served(run) == {}
        first = clock.now
        clock.forward(minutes=59)
        with archive.open_run("tw", ["#7", "u7", "none"], terms) as run:
            assert ask(run, user) == []
            assert served(run) == {"#7": whole, "u7": whole, "none": GONE}
            assert {one.read_at for one in run.served} == {first}
        clock.forward(minutes=2)
        with archive.open_run("tw", ["u7"], terms) as run:
            assert ask(run, user) == ["u7"]

    def test_an_account_is_charged_once_a_day_and_a_missing_one_never(
        self, archive: Archive, terms: Terms, clock: Clock
    ) -> None:
        for _ in range(3):
            with archive.open_run("tw", ["u1", "#1", "u2", "none"], terms) as run:
                ask(run, lambda key: GONE if key == "none" else user(key))
            clock.forward(hours=2)
        assert bookings(archive) == [("2026-03-01", "#1", CENT, False), ("2026-03-01", "#2", CENT, False)]
        clock.forward(days=1)
        with archive.open_run("tw", ["u1"], terms) as run:
            ask(run, user)
        assert bookings(archive)[-1] == ("2026-03-02", "#1", CENT, False)

    def test_what_goes_beyond_the_budget_is_refused_whole_and_leaves_nothing_claimed(
        self, archive: Archive, terms: Terms, clock: Clock
    ) -> None:
        poor = replace(terms, budget=Budget(usd="0.05"))
        with (
            pytest.raises(
                OverBudget, match=r"6 accounts would cost 0\.06 USD.*0\.05 USD are left.*usd=0\.06"
            ) as caught,
            archive.open_run("tw", [f"u{n}" for n in range(1, 7)], poor) as run,
        ):
            run.take()
        assert (caught.value.usd, caught.value.left) == (Decimal("0.06"), Decimal("0.05"))
        assert rows_of(archive, schema.claims) == rows_of(archive, schema.runs) == 0
        with archive.open_run("tw", [f"u{n}" for n in range(1, 6)], poor) as run:
            ask(run, user)
        clock.forward(seconds=1)
        with archive.open_run("tw", ["u1", "u2"], replace(poor, max_age=timedelta(0))) as run:
            assert ask(run, user) == ["u1", "u2"]  # paid today already
        with pytest.raises(OverBudget), archive.open_run("tw", ["u9"], poor) as run:
            run.take()

    def test_what_is_claimed_counts_against_the_budget_before_it_is_booked(
        self, archive: Archive, terms: Terms
    ) -> None:
        poor = replace(terms, budget=Budget(usd="0.03"))
        with archive.open_run("tw", ["u1", "u2"], poor) as first:
            assert first.take() == ["u1", "u2"]
            with pytest.raises(OverBudget), archive.open_run("tw", ["u3", "u4"], poor) as second:
                second.take()
            with archive.open_run("tw", ["u3"], poor) as second:
                assert second.take() == ["u3"]
        with archive.open_run("tw", ["u5", "u6", "u7"], poor) as third:
            assert len(third.take()) == 3

    @pytest.mark.parametrize(("per", "free_on"), [("day", "2026-03-02"), ("month", "2026-04-01"), ("total", None)])
    def test_a_budget_opens_again_when_its_time_turns(
        self, archive: Archive, terms: Terms, clock: Clock, per: str, free_on: str | None
    ) -> None:
        poor = replace(terms, budget=Budget(usd="0.01", per=per))  # type: ignore[arg-type]
        opened = None
        for number in range(1, 40):
            try:
                with archive.open_run("tw", [f"u{number}"], poor) as run:
                    ask(run, user)
                if number > 1:
                    opened = clock.now.date().isoformat()
                    break
            except OverBudget:
                clock.forward(days=1)
        assert opened == free_on

    def test_budgets_of_persons_and_apps_do_not_touch(self, archive: Archive, terms: Terms) -> None:
        for number, (app, who) in enumerate([("app", "ada"), ("app", "bob"), ("other", "ada")], 1):
            own = replace(terms, app=app, person=who, budget=Budget(usd="0.01", person=who))
            with archive.open_run("tw", [f"u{number}"], own) as run:
                assert ask(run, user) == [f"u{number}"]
            with pytest.raises(OverBudget), archive.open_run("tw", [f"u{number + 10}"], own) as run:
                run.take()

    def test_simulated_readings_and_money_are_a_world_of_their_own(self, archive: Archive, terms: Terms) -> None:
        play = replace(terms, simulated=True)
        with archive.open_run("tw", ["u1"], play) as run:
            ask(run, user, simulated=True)
        real = replace(terms, budget=Budget(usd="0.01"))
        with archive.open_run("tw", ["u1"], real) as run:
            assert ask(run, user) == ["u1"]
        assert len(bookings(archive)) == 2

    def test_answers_that_turn_out_to_cost_real_money_stop_at_the_default_budget(
        self, archive: Archive, terms: Terms
    ) -> None:
        play = replace(terms, simulated=True, budget=Budget(usd="0.02"), default=True)
        with archive.open_run("tw", ["u1", "u2", "u3"], play) as run:
            wanted = run.take()
            keep(run, run.sending(wanted[:2]), {key: user(key) for key in wanted[:2]})
            with pytest.raises(OverBudget):
                run.sending(wanted[2:])
        assert [row[1] for row in bookings(archive)] == ["#1", "#2"]

    def test_a_run_that_crosses_midnight_is_booked_on_the_day_of_each_answer(
        self, archive: Archive, terms: Terms, clock: Clock
    ) -> None:
        clock.now = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
        with archive.open_run("tw", ["u1", "u2"], terms) as run:
            wanted = run.take()
            keep(run, run.sending(wanted[:1]), {"u1": user("u1")})
            batch = run.sending(wanted[1:])
            clock.forward(seconds=2)
            keep(run, batch, {"u2": user("u2")})
        assert [row[:2] for row in bookings(archive)] == [("2026-03-01", "#1"), ("2026-03-02", "#2")]

    def test_what_was_free_before_midnight_is_priced_again_after_it(
        self, archive: Archive, terms: Terms, clock: Clock
    ) -> None:
        clock.now = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
        total = replace(terms, budget=Budget(usd="0.02", per="total"), max_age=timedelta(0))
        with archive.open_run("tw", ["u1", "u2"], total) as run:
            ask(run, user)
        clock.forward(milliseconds=1)
        with archive.open_run("tw", ["u1", "u2"], total) as run:
            wanted = run.take()
            clock.forward(seconds=2)
            with pytest.raises(OverBudget):
                run.sending(wanted)
        assert len(bookings(archive)) == 2

    def test_two_runs_ask_for_each_account_once_and_the_second_takes_what_the_first_reads(
        self, archive: Archive, terms: Terms
    ) -> None:
        with (
            archive.open_run("tw", ["u1", "u2"], terms) as first,
            archive.open_run("tw", ["u2", "u3"], terms) as second,
        ):
            assert first.take() == ["u1", "u2"]
            assert second.take() == ["u3"]
            run_second = threading.Thread(target=second.take)
            run_second.start()
            keep(first, first.sending(["u1", "u2"]), {"u1": user("u1"), "u2": user("u2")})
            run_second.join(30)
            assert served(second)["u2"] == user("u2")
        assert [row[1] for row in bookings(archive)] == ["#1", "#2"]

    def test_what_a_run_gives_up_the_next_one_takes_over(self, archive: Archive, terms: Terms) -> None:
        with archive.open_run("tw", ["u1", "u2"], terms) as second:
            with archive.open_run("tw", ["u1", "u2"], terms) as first:
                first.take()
                first.failed(first.sending(["u1"]), charged=False)
                assert second.take() == ["u1"]
            assert second.take() == ["u2"]
        assert bookings(archive) == []

    def test_waiting_for_others_can_be_stopped(self, archive: Archive, terms: Terms) -> None:
        stop = threading.Event()
        with archive.open_run("tw", ["u1"], terms) as first, archive.open_run("tw", ["u1"], terms) as second:
            first.take()
            waiting = threading.Thread(target=second.take, args=(stop,))
            waiting.start()
            stop.set()
            waiting.join(30)
            assert not waiting.is_alive()

    def test_a_lost_answer_is_presumed_charged_and_settled_by_the_next_one(
        self, archive: Archive, terms: Terms
    ) -> None:
        with archive.open_run("tw", ["u1", "none"], terms) as run:
            run.failed(run.sending(run.take()), charged=True)
        assert [row[1:] for row in bookings(archive)] == [("none", CENT, True), ("u1", CENT, True)]
        with archive.open_run("tw", ["u1", "none"], replace(terms, budget=Budget(usd="0.02"))) as run:
            ask(run, lambda key: GONE if key == "none" else user(key))
        assert bookings(archive) == [("2026-03-01", "#1", CENT, False)]

    def test_a_dead_run_is_buried_within_a_minute_and_what_it_had_sent_is_booked(
        self, archive: Archive, terms: Terms
    ) -> None:
        run = archive.open_run("tw", ["u1", "u2"], terms)
        run.take()
        run.sending(["u1"])
        run._lease.stop()  # as if its kernel had been killed, on another machine, 51 seconds ago
        died = sa.update(schema.runs).values(host="elsewhere", seen_at=archive._store.clock() - 51_000_000)
        archive._store.write(lambda conn: conn.execute(died))
        with archive.open_run("tw", ["u1", "u2"], replace(terms, budget=Budget(usd="0.02"))) as heir:
            assert heir.take() == ["u1", "u2"]
            assert bookings(archive) == [("2026-03-01", "u1", CENT, True)]
            # A laptop that wakes up again has lost its claims, and books what it had asked for, once.
            assert run.sending(["u2"]) == []
            keep(run, ["u1"], {"u1": user("u1")})
            keep(heir, heir.sending(["u1", "u2"]), {"u1": user("u1"), "u2": user("u2")})
        assert bookings(archive) == [("2026-03-01", "#1", CENT, False), ("2026-03-01", "#2", CENT, False)]

    def test_a_run_that_was_silent_for_45_seconds_still_holds_its_claims(self, archive: Archive, terms: Terms) -> None:
        with archive.open_run("tw", ["u1"], terms) as run, archive.open_run("tw", ["u1"], terms) as other:
            run.take()
            silent = sa.update(schema.runs).values(host="elsewhere", seen_at=archive._store.clock() - 45_000_000)
            archive._store.write(lambda conn: conn.execute(silent))
            settled = archive._store.write(other._settle)
            assert settled.ours == []


class TestSqlite(RunContract):
    @pytest.fixture
    def url(self, sqlite_url: str) -> str:
        return sqlite_url


class TestMemory(RunContract):
    @pytest.fixture
    def url(self) -> str:
        return "sqlite://"


class TestPostgres(RunContract):
    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        return postgres_url
