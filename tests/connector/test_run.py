"""A run as its caller sees it: progress, stopping, what is kept, event loops, no threads."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time

import pytest

from smapy_nb import errors
from smapy_nb.connectors.twitter import TwitterConnector
from smapy_nb.transport.pacing import Pace
from tests.connector.wires import HASTY, TOKEN, Asked

MANY = [f"someone_{number}" for number in range(250)]


def connector(wire, accounts=MANY, pace=HASTY, **options):
    return TwitterConnector(accounts, TOKEN, base_url=wire.url, pace=pace, archive=False, budget=False, **options)


def test_batches_of_a_hundred_each_account_asked_once(wire):
    server = wire(Asked.answer)
    typed = ["@Someone_1", "https://x.com/SOMEONE_2", "bad handle", *MANY, "a" * 16, "11", 11]
    frame = connector(server, typed).frame()
    assert sorted(len(one.keys) for one in server.seen) == [1, 50, 100, 100]
    assert sorted(server.keys) == sorted([*MANY, "11"])
    assert {one.path for one in server.seen} == {"/2/users/by", "/2/users"}
    assert len(frame) == len(typed)
    assert frame["outcome"].tolist().count("invalid") == 2


def test_answers_in_any_order_with_strangers_twice_and_less_than_asked(wire):
    def behave(asked: Asked) -> None:
        asked.keys.reverse()
        body = asked.bytes().partition(b"\r\n\r\n")[2]
        left = body.replace(b'"someone_7"', b'"SomeOne_7"').replace(b'"someone_9"', b'"a_stranger"')
        asked.answer(body=left)

    frame = connector(wire(behave), MANY[:100]).frame()
    assert frame["handle"].dropna().str.lower().tolist() == [one for one in MANY[:100] if one != "someone_9"]
    assert frame["outcome"].tolist().index("not_found") == 9
    assert "left it out" in frame["reason"][9]


def test_progress_counts_distinct_accounts(wire):
    told: list[tuple[int, int, object]] = []
    connector(wire(Asked.answer), [*MANY, *MANY]).frame(on_progress=lambda *one: told.append(one))
    assert told[0] == (0, 250, None)
    assert told[-1] == (250, 250, None)
    assert [one[0] for one in told] == sorted(one[0] for one in told)


def test_what_on_progress_raises_ends_the_run_and_its_threads(wire):
    def refuse(*_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        connector(wire(Asked.answer)).frame(on_progress=refuse)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        ("401 Unauthorized", {"title": "Unauthorized", "type": "about:blank", "status": 401}, errors.Unauthorized),
        ("401 Unauthorized", {"errors": [{"code": 89, "message": "Invalid or expired token"}]}, errors.Unauthorized),
        ("402 Payment Required", {"title": "CreditsDepleted", "type": "x/2/problems/credits"}, errors.OutOfCredits),
        ("402 Payment Required", {"title": "Payment Required", "status": 402}, errors.OutOfCredits),
        ("403 Forbidden", {"type": "https://api.twitter.com/2/problems/client-forbidden"}, errors.Forbidden),
        ("403 Forbidden", {"type": "https://api.x.com/2/problems/usage-capped"}, errors.UsageCapped),
        ("429 Too Many", {"type": "https://api.twitter.com/2/problems/usage-capped"}, errors.UsageCapped),
        ("429 Too Many", {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, errors.RateLimited),
        ("400 Bad Request", {"type": "https://api.x.com/2/problems/invalid-request"}, errors.Refused),
        ("404 Not Found", b"<html>", errors.Refused),
        ("500 Oops", b"", errors.ServerFailed),
        ("503 Later", {"title": "Service Unavailable"}, errors.ServerFailed),
        ("302 Found", b"", errors.BadAnswer),
        ("200 OK", b"<html>sign in to this network</html>", errors.BadAnswer),
        ("200 OK", b"", errors.BadAnswer),
        ("200 OK", b'{"data": [{"id": "1", "usern', errors.BadAnswer),
        ("200 OK", b"{}", errors.BadAnswer),
    ],
)
def test_each_failure_its_own_class_with_a_sentence(wire, status, body, kind):
    server = wire(lambda asked: asked.answer(status, body, Location="http://127.0.0.1:9/"))
    with pytest.raises(kind) as caught:
        connector(server, MANY[:5]).frame()
    assert type(caught.value) is kind
    assert str(caught.value).endswith(".")
    assert "consumer" not in str(caught.value)
    asked = 3 if kind in (errors.ServerFailed, errors.BadAnswer, errors.RateLimited) else 1
    assert len(server.seen) == asked
    assert caught.value.status == int(status[:3]) or body == b"{}"


@pytest.mark.parametrize("status", ["401 Unauthorized", "402 Payment Required", "403 Forbidden"])
def test_stopped_in_the_middle_keeps_what_came_and_asks_for_the_rest_only(wire, status):
    server = wire(lambda asked: asked.answer(status, {}) if asked.number == 1 else asked.answer())
    t = connector(server)
    with pytest.raises(errors.Interrupted) as caught:
        t.frame()
    stopped = caught.value
    assert stopped.__cause__.status == int(status[:3])
    came = stopped.frame[stopped.frame["outcome"] == "ok"]
    assert len(came) >= 100
    assert stopped.remaining == 250 - len(came)
    assert set(stopped.frame["outcome"]) == {"ok", "not_asked"}
    assert f"{stopped.remaining} remain" in str(stopped)
    before = set(server.keys[:100])
    count = len(server.keys)
    assert t.frame()["outcome"].tolist() == ["ok"] * 250
    assert not before & set(server.keys[count:])
    assert len(server.keys) - count == stopped.remaining
    count = len(server.keys)
    t.frame(refresh=True)
    assert len(server.keys) - count == 250  # a finished run leaves nothing behind


def test_a_batch_that_fails_leaves_the_others_and_is_asked_for_again(wire):
    server = wire(lambda asked: asked.answer("500 Oops") if "someone_150" in asked.keys and fails else asked.answer())
    fails = True
    t = connector(server)
    frame = t.frame()
    assert frame["outcome"].value_counts().to_dict() == {"ok": 150, "failed": 100}
    assert frame.loc[frame["outcome"] == "failed", "reason"].str.contains("500").all()
    fails, count = False, len(server.seen)
    assert set(t.frame()["outcome"]) == {"ok"}
    assert [len(one.keys) for one in server.seen[count:]] == [100]


def test_a_server_that_is_down_is_not_asked_ten_thousand_times(wire):
    server = wire(lambda asked: asked.answer("502 Bad Gateway"))
    with pytest.raises(errors.ServerFailed):
        connector(server, [f"someone_{number}" for number in range(10_000)]).frame()
    assert len(server.seen) < 40


def test_cancel_stops_at_once_and_the_next_run_takes_in_what_came_late(wire):
    held = threading.Event()

    def behave(asked: Asked) -> None:
        if asked.number == 0:
            time.sleep(0.05)  # a server so far is asked on threads
        if asked.number == 1:
            held.wait(5)
        asked.answer()

    server = wire(behave)
    t = connector(server, pace=Pace(whole=10, silence=10))

    def stop(done: int, *_: object) -> None:
        if done >= 100:
            threading.Thread(target=t.cancel).start()

    began = time.monotonic()
    with pytest.raises(errors.Interrupted, match="stopped") as caught:
        t.frame(on_progress=stop)
    assert time.monotonic() - began < 2
    assert type(caught.value) is errors.Interrupted
    held.set()
    while any(one.name == "smapy_nb request" for one in threading.enumerate()):
        time.sleep(0.005)
    assert set(t.frame()["outcome"]) == {"ok"}
    assert sorted(server.keys) == sorted(MANY)  # nobody was asked for twice


def test_cancel_without_a_run_does_nothing(wire):
    t = connector(wire(Asked.answer))
    t.cancel()
    assert set(t.frame()["outcome"]) == {"ok"}


def test_a_keyboard_interrupt_keeps_what_came(wire):
    def behave(asked: Asked) -> None:
        if asked.number == 1:
            os.kill(os.getpid(), signal.SIGINT)
            asked.silence()
        asked.answer()

    server = wire(behave)
    t = connector(server, pace=Pace(whole=20, silence=20))
    with pytest.raises(KeyboardInterrupt) as caught:
        t.frame()
    assert isinstance(caught.value, errors.Interrupted)
    assert (caught.value.frame["outcome"] == "ok").sum() >= 100
    server.over.set()


def test_inside_a_running_event_loop_and_beside_other_tasks(wire):
    release = threading.Event()
    server = wire(lambda asked: (release.wait(5), asked.answer()))
    t = connector(server, pace=Pace())

    async def main() -> tuple[int, int]:
        task = asyncio.create_task(t.aframe())
        while not server.seen:
            await asyncio.sleep(0)
        release.set()
        return len(await task), len(t.profiles())

    assert asyncio.run(main()) == (250, 250)


def test_cancelling_the_task_cancels_the_look_up(wire):
    server = wire(Asked.silence)
    t = connector(server, pace=Pace(whole=20, silence=20))

    async def main() -> None:
        task = asyncio.create_task(t.aframe())
        while not server.seen:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    while t._runs:
        time.sleep(0.005)
    server.over.set()


def test_where_no_thread_can_start(wire, monkeypatch):
    server = wire(Asked.answer)

    def refuse(self: threading.Thread) -> None:
        if self.name.startswith("smapy_nb"):
            raise RuntimeError("can't start new thread")
        start(self)

    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", refuse)
    t = connector(server)
    assert len(t.frame()) == 250
    assert len(asyncio.run(t.aframe())) == 250


def test_threads_end_and_connections_close(wire):
    server = wire(Asked.answer)
    t = connector(server)
    t.frame()
    while any(one.name.startswith("smapy_nb") for one in threading.enumerate()):
        time.sleep(0.005)
    for one in {asked.conn for asked in server.seen}:
        one.settimeout(5)  # the server's own thread reads it too, and sees the end first or not
    assert not t._runs


def test_connectors_share_nothing(wire):
    servers = [wire(Asked.answer) for _ in range(4)]
    frames: dict[int, int] = {}

    def run(number: int) -> None:
        frames[number] = len(connector(servers[number], MANY[: 50 * (number + 1)]).frame())

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert frames == {0: 50, 1: 100, 2: 150, 3: 200}
