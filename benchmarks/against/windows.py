"""How long a look-up takes under X's rate-limit windows, on the sandbox's clock: `python windows.py NAME ACCOUNTS`.

Waiting moves the sandbox's clock instead of lasting, so that hours pass in a minute; what is counted is simulated time.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

from peers import FIELDS, batches, elsewhere

from smapy_nb import sandbox


class Simulated:
    """Waits by moving the sandbox's clock."""

    def __init__(self, box: sandbox.Sandbox) -> None:
        self.box, self.waits = box, []

    def now(self) -> float:
        return self.box.clock.now().timestamp()

    def sleep(self, seconds: float, *_: threading.Event) -> None:
        self.waits.append(seconds)
        self.box.clock.advance(seconds=seconds)


def ours(contexts: str) -> Callable[[sandbox.Sandbox, Simulated, list[str]], None]:
    def run(box: sandbox.Sandbox, clock: Simulated, accounts: list[str]) -> None:
        from smapy_nb.connectors.twitter import TwitterConnector
        from smapy_nb.transport.pacing import Pace

        t = TwitterConnector(
            accounts,
            box.token,
            base_url=box.url,
            contexts=contexts,
            pace=Pace(clock=clock),
            archive=False,
            budget=False,
        )
        assert len(t.frame(["outcome"], on_progress=lambda *_: None)) == len(accounts)

    return run


def tweepy(box: sandbox.Sandbox, clock: Simulated, accounts: list[str]) -> None:
    import tweepy

    tweepy.client.time = SimpleNamespace(time=time.time, sleep=clock.sleep)
    client = tweepy.Client(None, *box.token.values(), wait_on_rate_limit=True)
    elsewhere(client.session, box.url)
    for batch in batches(accounts):
        client.get_users(usernames=batch, user_fields=FIELDS.split(","), user_auth=True)


def twarc(box: sandbox.Sandbox, clock: Simulated, accounts: list[str]) -> None:
    import twarc
    import twarc.decorators2

    twarc.decorators2.time = SimpleNamespace(time=time.time, sleep=clock.sleep)
    client = twarc.Twarc2(*box.token.values(), metadata=False)
    elsewhere(client.client, box.url)
    for _ in client.user_lookup(accounts, usernames=True, user_fields=FIELDS):
        pass


WAYS = {"smapy_nb": ours("user"), "smapy_nb, user+app": ours("user+app"), "tweepy": tweepy, "twarc": twarc}


def main() -> None:
    name, count = sys.argv[1], int(sys.argv[2])
    with sandbox.Sandbox() as box:
        box.state.log = deque()  # all of it
        clock = Simulated(box)
        began, real = box.clock.now(), time.perf_counter()
        WAYS[name](box, clock, [f"nobody_{number}" for number in range(count)])
        seconds = (box.clock.now() - began) / timedelta(seconds=1)
        working = time.perf_counter() - real
        refused = sum(one.status == 429 for one in box.state.log)
    requests = -(-count // 100)
    window = 1200 if "app" in name else 900
    optimum = (-(-requests // window) - 1) * 900
    print(
        json.dumps(
            {"seconds": seconds, "optimum": optimum, "waited": sum(clock.waits), "working": working, "429": refused}
        )
    )


if __name__ == "__main__":
    main()
