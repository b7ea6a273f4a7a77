"""One rate-limit window for all who use an app on one archive: as rows in both databases, and as whole classes."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from makers import Clock, terms_of
from test_class import run

from smapy_nb import sandbox
from smapy_nb.archive.archive import Archive
from smapy_nb.archive.windows import ENDLESS, SharedWindow, Told
from smapy_nb.connectors.together import Together
from smapy_nb.transport.pacing import WallClock


class WindowContract:
    def kernels(self, archive: Archive, clock: Clock) -> list[SharedWindow]:
        return [archive.window("tw", terms_of(clock), "users") for _ in range(3)]

    def test_of_a_window_nobody_knows_one_request_goes_ahead(self, archive: Archive, clock: Clock) -> None:
        one, other, _ = self.kernels(archive, clock)
        assert one.left() is None
        assert one.exchange(32).first
        assert (other.exchange(32).requests, other.exchange(32).seconds) == (0, None)
        one.silent(lost=True)
        assert other.exchange(32).first
        clock.forward(seconds=11)  # its answer is waited for no longer
        assert one.exchange(32).first
        one.exchange(0, answered=1, told=Told(300, 299, 600))
        assert other.left() == 299

    def test_what_is_left_is_handed_out_once_and_what_is_given_back_again(self, archive: Archive, clock: Clock) -> None:
        one, other, third = self.kernels(archive, clock)
        one.exchange(1)
        one.exchange(0, answered=1, told=Told(300, 100, 600))
        assert one.exchange(32).requests == 25  # a quarter, so that there is something for others
        assert other.exchange(10).requests == 10
        assert third.left() == 65
        assert other.exchange(2, back=6, answered=4).requests == 2
        assert third.left() == 69
        given = 0
        while grant := third.exchange(32).requests:
            given += grant
        assert given == 69
        assert 590 < (third.exchange(1).seconds or 0) < 610
        assert third.left() == 0

    def test_answers_correct_it_where_somebody_uses_the_app_beside_the_archive(
        self, archive: Archive, clock: Clock
    ) -> None:
        one, other, _ = self.kernels(archive, clock)
        one.exchange(1)
        one.exchange(0, answered=1, told=Told(300, 100, 600))
        assert other.exchange(8).requests == 8
        one.exchange(0, told=Told(300, 95, 600))  # the other's are on their way: no news
        assert one.left() == 92
        one.exchange(0, told=Told(300, 50, 600))
        assert one.left() == 42
        one.exchange(0, told=Told(300, 60, 600))  # an answer that was overtaken
        assert one.left() == 42

    def test_it_turns_when_it_was_said_to_whatever_a_dead_kernel_had_in_hand(
        self, archive: Archive, clock: Clock
    ) -> None:
        dead, heir, _ = self.kernels(archive, clock)
        dead.exchange(1)
        dead.exchange(0, answered=1, told=Told(5, 4, 600))
        while dead.exchange(32).requests:
            pass
        clock.forward(seconds=599)
        assert heir.exchange(1).requests == 0
        clock.forward(seconds=2)
        assert heir.left() == 5
        assert heir.exchange(1).requests == 1
        heir.exchange(0, told=Told(5, 0, -1))  # a late answer of the window before
        assert heir.left() == 4
        heir.exchange(0, answered=1, told=Told(5, 4, 900))
        assert heir.left() == 4
        clock.forward(seconds=880)
        assert heir.left() == 4
        clock.forward(seconds=25)
        assert heir.left() == 5

    def test_a_window_that_answers_do_not_tell_of_limits_nothing_for_a_minute(
        self, archive: Archive, clock: Clock
    ) -> None:
        one, other, _ = self.kernels(archive, clock)
        one.exchange(1)
        one.silent(lost=False)
        assert other.exchange(1).requests == ENDLESS
        clock.forward(seconds=61)
        assert [other.exchange(1).first, one.exchange(1).first] == [True, False]

    def test_a_clock_that_is_set_back_locks_nobody_out(self, archive: Archive, clock: Clock) -> None:
        one, _, _ = self.kernels(archive, clock)
        one.exchange(1)
        one.exchange(0, answered=1, told=Told(300, 0, 600))
        clock.forward(days=-30)
        assert one.left() is None
        assert one.exchange(1).first

    def test_apps_and_pools_do_not_touch(self, archive: Archive, clock: Clock) -> None:
        one = archive.window("tw", terms_of(clock), "users")
        one.exchange(1)
        one.exchange(0, answered=1, told=Told(300, 0, 600))
        assert archive.window("tw", replace(terms_of(clock), app="other"), "users").left() is None
        assert archive.window("tw", terms_of(clock), "others").left() is None


def statuses(box: sandbox.Sandbox) -> list[int]:
    """Return how each look-up was answered."""
    return [one.status for one in box.state.log if one.target.startswith("/2/users/by")]


class ClassContract:
    def test_many_kernels_use_a_window_up_and_none_of_them_goes_beyond_it(self, url: str) -> None:
        with sandbox.Sandbox(limits={"/2/users/by": 10}) as box:
            lists = [[f"nobody_{kernel}_{number}" for number in range(300)] for kernel in range(6)]
            told = run(box, url, lists, impatient=True)
            # One of them may have given back what it had in hand when the others had given up: it is not lost.
            told += run(box, url, [[f"late_{number}" for number in range(300)]], impatient=True)
            assert statuses(box) == [200] * 10  # of 21 that they would have liked to send
            assert sum(one["answered"] for one in told) == 1000
            assert {one["error"] for one in told} <= {"", "Interrupted"}
            (late,) = run(box, url, [["somebody_else"]], impatient=True)
            assert (late["answered"], late["error"]) == (0, "Interrupted")
            assert statuses(box) == [200] * 10

    def test_both_contexts_and_the_app_s_own_token_share_what_they_have_in_common(self, url: str) -> None:
        with sandbox.Sandbox(limits={"/2/users/by": (4, 6)}) as box:
            lists = [[f"nobody_{kernel}_{number}" for number in range(300)] for kernel in range(6)]
            told = run(
                box,
                url,
                lists,
                impatient=True,
                contexts=["user+app"] * 4 + ["user"] * 2,
                tokens=[dict(box.token)] * 4 + [{"bearer_token": box.bearer_token}] * 2,
            )
            told += run(box, url, [[f"late_{number}" for number in range(300)]], impatient=True, contexts=["user+app"])
            assert statuses(box) == [200] * 10
            assert sum(one["answered"] for one in told) == 1000


def told(left: int, reset: float) -> dict[str, str]:
    """Return what an answer says of its window."""
    return {"x-rate-limit-limit": "300", "x-rate-limit-remaining": str(left), "x-rate-limit-reset": str(int(reset))}


def test_a_kernel_takes_several_out_at_once_and_leaves_to_others_what_it_does_not_send(sqlite_url: str) -> None:
    clock = WallClock()
    terms = replace(terms_of(Clock()), now=lambda: datetime.now(UTC))
    with Archive(sqlite_url) as archive:
        shared = archive.window("tw", terms, "users")
        one, other = Together(shared, clock), Together(archive.window("tw", terms, "users"), clock)
        assert one.free(clock.now(), 4) == 1
        one.flying += 1
        assert (one.free(clock.now(), 4), other.free(clock.now(), 4)) == (0, 0)  # the first answer is waited for
        one.flying -= 1
        one.hear(told(299, time.time() + 600), clock.now())
        assert one.free(clock.now(), 4) == 2
        late = Together(archive.window("tw", terms, "users"), clock)
        assert late.free(clock.now(), 1) == 1  # it is known by now: no need for a first answer
        assert shared.left() == 296
        for left in range(298, 200, -1):
            assert one.free(clock.now(), 4) > 0
            one.flying += 1
            one.flying -= 1
            one.hear(told(left, time.time() + 600), clock.now())
        assert (shared.left() or 0) < 199 - 10  # ahead of what it has sent, so that not each is a transaction
        one.give_back()
        assert shared.left() == 200  # 201 are left on the server, and one is in the other's hand
        one.shut(clock.now() + 300)
        assert late.free(clock.now(), 1) == 1
        late.flying += 1
        assert late.free(clock.now(), 1) == 0
        assert 290 < late.opens_at - clock.now() < 310


def test_a_first_request_that_is_not_sent_holds_nobody_up(sqlite_url: str) -> None:
    clock = WallClock()
    terms = replace(terms_of(Clock()), now=lambda: datetime.now(UTC))
    with Archive(sqlite_url) as archive:
        one, other = (Together(archive.window("tw", terms, "users"), clock) for _ in "12")
        assert one.free(clock.now(), 1) == 1
        one.give_back()
        assert other.free(clock.now(), 1) == 1


class TestSqlite(WindowContract, ClassContract):
    @pytest.fixture
    def url(self, sqlite_url: str) -> str:
        return sqlite_url


class TestPostgres(WindowContract, ClassContract):
    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        return postgres_url
