"""Rate-limit windows, obeyed before they bite; on the sandbox's clock, so that fifteen minutes pass in no time."""

from __future__ import annotations

import threading
import time

import pytest

from smapy_nb import errors, sandbox
from smapy_nb.connectors.twitter import TwitterConnector
from smapy_nb.transport import distance
from smapy_nb.transport.pacing import Pace
from tests.connector.wires import TOKEN, Asked


@pytest.fixture(autouse=True)
def _no_haste(monkeypatch):
    """A busy machine makes a near server look far, and a far one is sent a few requests before its first answer."""
    monkeypatch.setattr(distance, "FAR", 20.0)


class Simulated:
    """Waits by moving the sandbox's clock."""

    def __init__(self, box: sandbox.Sandbox) -> None:
        self.box, self.slept = box, 0.0

    def now(self) -> float:
        return self.box.clock.now().timestamp()

    def sleep(self, seconds: float, stop: threading.Event) -> None:
        self.slept += seconds
        self.box.clock.advance(seconds=seconds)


class Hurried:
    """Waits by counting."""

    def __init__(self) -> None:
        self.at, self.slept = 0.0, 0.0

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float, stop: threading.Event) -> None:
        self.at += seconds
        self.slept += seconds


def look_up(box, count, clock, told=None, **options):
    accounts = [f"nobody_{number}" for number in range(count)]
    pace = Pace(clock=clock)
    t = TwitterConnector(accounts, box.token, base_url=box.url, pace=pace, archive=False, budget=False, **options)
    return t, t.frame(on_progress=told or (lambda *_: None))


@pytest.mark.parametrize(("limit", "requests", "waits"), [(5, 5, 0), (5, 6, 1), (1, 4, 3), (7, 30, 4)])
def test_a_window_is_obeyed_before_it_bites(limit, requests, waits):
    with sandbox.Sandbox(limits={"/2/users/by": limit}) as x:
        clock = Simulated(x)
        told: list[object] = []
        _, frame = look_up(x, requests * 100, clock, lambda *one: told.append(one))
        assert frame["outcome"].tolist() == ["not_found"] * requests * 100
    assert waits * 898 <= clock.slept <= waits * 901
    waiting = [one[2] for one in told if one[2] is not None]
    assert bool(waiting) is bool(waits)
    assert statuses(x).get(429, 0) == 0


def statuses(x: sandbox.Sandbox) -> dict[int, int]:
    """Return how often each status was answered."""
    found: dict[int, int] = {}
    for one in x.state.log:
        found[one.status] = found.get(one.status, 0) + 1
    return found


def test_both_contexts_have_windows_of_their_own():
    with sandbox.Sandbox(limits={"/2/users/by": (3, 9)}) as x:
        clock = Simulated(x)
        t, frame = look_up(x, 1200, clock, contexts="user+app")
        assert len(frame) == 1200
        assert clock.slept == 0
        assert statuses(x).get(429, 0) == 0
        t.accounts = ["ria_novosti"]
        t.frame()
        assert clock.slept > 890
        assert statuses(x).get(429, 0) == 0


def test_what_was_learnt_of_a_window_outlives_a_run():
    with sandbox.Sandbox(limits={"/2/users/by": 2}) as x:
        clock = Simulated(x)
        t, _ = look_up(x, 200, clock)
        assert clock.slept == 0
        t.accounts = ["ria_novosti"]
        assert t.frame()["outcome"].tolist() == ["ok"]
        assert clock.slept > 890
        assert statuses(x).get(429, 0) == 0


def test_ids_and_handles_do_not_wait_for_each_other(wire):
    def behave(asked: Asked) -> None:
        left = "0" if asked.path == "/2/users/by" else "5"
        reset = str(int(time.time()) + 900)
        asked.answer(x_rate_limit_limit="5", x_rate_limit_remaining=left, x_rate_limit_reset=reset)

    server, clock = wire(behave), Hurried()
    accounts = [*[f"someone_{number}" for number in range(200)], *range(1, 301)]
    t = TwitterConnector(accounts, TOKEN, base_url=server.url, pace=Pace(clock=clock), archive=False, budget=False)
    seen: list[int] = []

    def told(done: int, total: int, until: object) -> None:
        if until is not None:
            seen.append(len(server.seen))

    t.frame(on_progress=told)
    assert set(seen) == {4}  # three batches of ids and one of handles had gone before anything waited
    assert 899 < clock.slept < 902


def limits(left: int, reset: float) -> dict[str, str]:
    return {
        "x_rate_limit_limit": "900",
        "x_rate_limit_remaining": str(left),
        "x_rate_limit_reset": str(int(reset)),
    }


def run(server, count, clock):
    accounts = [f"someone_{number}" for number in range(count)]
    return TwitterConnector(
        accounts, TOKEN, base_url=server.url, pace=Pace(clock=clock), archive=False, budget=False
    ).frame()


def test_429_with_a_reset_waits_for_it_and_goes_on(wire):
    def behave(asked: Asked) -> None:
        if asked.number == 1:
            return asked.answer("429 Too Many", {"title": "Too Many Requests"}, **limits(0, time.time() + 300))
        return asked.answer()

    clock = Hurried()
    server = wire(behave)
    assert set(run(server, 1000, clock)["outcome"]) == {"ok"}
    assert 298 < clock.slept < 303


def test_a_reset_in_the_past_is_never_slept_for(wire):
    def behave(asked: Asked) -> None:
        if asked.number == 1:
            return asked.answer("429 Too Many", {}, **limits(0, time.time() - 300))
        return asked.answer()

    clock = Hurried()
    server = wire(behave)
    assert set(run(server, 300, clock)["outcome"]) == {"ok"}
    assert clock.slept < 10


def test_429_without_a_reset_is_tried_three_times(wire):
    clock = Hurried()
    server = wire(lambda asked: asked.answer("429 Too Many", {}) if asked.number > 4 else asked.answer())
    with pytest.raises(errors.Interrupted) as caught:
        run(server, 10_000, clock)
    assert isinstance(caught.value.__cause__, errors.RateLimited)
    assert (caught.value.frame["outcome"] == "ok").sum() == 500
    assert 2 < clock.slept < 60


def test_the_server_s_clock_counts_where_ours_is_off(wire):
    from email.utils import formatdate

    there = time.time() + 7200

    def behave(asked: Asked) -> None:
        left = max(0, 1 - asked.number)
        asked.answer(Date=formatdate(there, usegmt=True), **limits(left, there + 100))

    clock = Hurried()
    assert set(run(wire(behave), 300, clock)["outcome"]) == {"ok"}
    assert 99 < clock.slept < 102


def test_a_far_server_is_asked_many_times_side_by_side_and_a_near_one_is_not(wire):
    lock, flying, most = threading.Lock(), [0], [0]
    gate = threading.Barrier(20)

    def far(asked: Asked) -> None:
        with lock:
            flying[0] += 1
            most[0] = max(most[0], flying[0])
        if asked.number < 1:
            time.sleep(0.1)  # the distance
        elif asked.number < 21:
            gate.wait(10)  # twenty must be on their way at once, or none arrives
        with lock:
            flying[0] -= 1
        asked.answer()

    t = TwitterConnector(
        [f"someone_{number}" for number in range(6000)], TOKEN, base_url=wire(far).url, archive=False, budget=False
    )
    assert set(t.frame()["outcome"]) == {"ok"}
    assert 20 <= most[0] <= 32


def test_a_few_are_sent_before_a_far_server_s_first_answer_and_no_more(wire, monkeypatch):
    monkeypatch.setattr(distance, "FAR", 0.01)
    gate = threading.Barrier(4)

    def behave(asked: Asked) -> None:
        if asked.number < 4:
            gate.wait(10)
            assert len(server.seen) == 4
            gate.wait(10)  # none is answered before all have looked
        asked.answer()

    server = wire(behave)
    assert set(run(server, 1000, Hurried())["outcome"]) == {"ok"}


def test_never_more_fly_than_the_window_has_left(wire):
    lock, flying, most, left = threading.Lock(), [0], [0], [6]
    reset = time.time() + 900

    def far(asked: Asked) -> None:
        with lock:
            flying[0] += 1
            left[0] = left[0] - 1 if left[0] else 5
            mine = left[0]
            most[0] = max(most[0], flying[0]) if asked.number else 0
        time.sleep(0.05)  # the distance
        with lock:
            flying[0] -= 1
        asked.answer(**limits(mine, reset + 900 * (asked.number // 6)))

    clock = Hurried()
    assert set(run(wire(far), 1000, clock)["outcome"]) == {"ok"}
    assert most[0] <= 6


@pytest.mark.parametrize("contexts", ["app", "", None, "both"])
def test_contexts_that_are_none_are_refused(contexts):
    with pytest.raises(errors.InvalidInput):
        TwitterConnector("nasa", TOKEN, contexts=contexts)


def test_a_bearer_token_has_one_context_only():
    with pytest.raises(errors.InvalidInput, match="four keys"):
        TwitterConnector("nasa", {"bearer_token": "AAAA"}, contexts="user+app")


def test_where_the_app_pair_is_refused_the_user_s_window_serves(wire):
    def behave(asked: Asked) -> None:
        if asked.method == "POST":
            asked.answer(body={"token_type": "bearer", "access_token": "AAAA"})
        elif asked.headers["authorization"].startswith("Bearer"):
            asked.answer("403 Forbidden", {})
        else:
            asked.answer()

    server = wire(behave)
    accounts = [f"someone_{number}" for number in range(2000)]
    t = TwitterConnector(accounts, TOKEN, base_url=server.url, contexts="user+app", archive=False, budget=False)
    assert set(t.frame()["outcome"]) == {"ok"}
