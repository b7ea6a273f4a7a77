"""Each way to look accounts up, in a process of its own: `python peers.py NAME URL ACCOUNTS` prints one JSON object.

Every peer but the limit ends with a DataFrame of the same columns, made as its users make it.
"""

from __future__ import annotations

import gc
import json
import resource
import selectors
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import requests
from requests_oauthlib import OAuth1Session

FIELDS = (
    "created_at,description,entities,id,location,name,pinned_tweet_id,profile_banner_url,profile_image_url,"
    "protected,public_metrics,url,username,verified,verified_type"
)
KEYS = ("consumerkeyconsumerkey25", "s" * 50, "1168312580306791416-accesstoken", "t" * 45)


def elsewhere(session: requests.Session, url: str) -> None:
    """Have a session send what is addressed to X's host to another one, signed for that."""
    request = session.request

    def redirected(method: str, address: str, **options: object) -> requests.Response:
        return request(method, address.replace("https://api.twitter.com", url), **options)

    session.request = redirected


def batches(accounts: list[str]) -> list[list[str]]:
    return [accounts[start : start + 100] for start in range(0, len(accounts), 100)]


def as_frame(users: list[dict]) -> pd.DataFrame:
    frame = pd.json_normalize(users)
    frame["created_at"] = pd.to_datetime(frame["created_at"])
    return frame


def smapy_nb(url: str) -> Callable[[list[str]], pd.DataFrame]:
    from smapy_nb.connectors.twitter import TwitterConnector

    token = dict(zip(("consumer_key", "consumer_secret", "access_token", "access_secret"), KEYS, strict=True))

    def run(accounts: list[str]) -> pd.DataFrame:
        return TwitterConnector(accounts, token, base_url=url, archive=False, budget=False).frame()

    return run


def tweepy(url: str) -> Callable[[list[str]], pd.DataFrame]:
    import tweepy

    client = tweepy.Client(None, *KEYS, wait_on_rate_limit=True)
    elsewhere(client.session, url)

    def run(accounts: list[str]) -> pd.DataFrame:
        users = []
        for batch in batches(accounts):
            users += client.get_users(usernames=batch, user_fields=FIELDS.split(","), user_auth=True).data
        return as_frame([user.data for user in users])

    return run


def xdk(url: str) -> Callable[[list[str]], pd.DataFrame]:
    from xdk import Client
    from xdk.oauth1_auth import OAuth1

    auth = OAuth1(KEYS[0], KEYS[1], "oob", KEYS[2], KEYS[3])
    client = Client(base_url=url, auth=auth)
    fields = FIELDS.replace("pinned_tweet_id,", "").split(",")  # it knows the newer dialect only

    def run(accounts: list[str]) -> pd.DataFrame:
        users = []
        for batch in batches(accounts):
            answer = client.users.get_by_usernames(usernames=batch, user_fields=fields)
            users += [one if isinstance(one, dict) else one.model_dump() for one in answer.data]
        return as_frame(users)

    return run


def twarc(url: str) -> Callable[[list[str]], pd.DataFrame]:
    from twarc import Twarc2

    client = Twarc2(*KEYS, metadata=False)
    elsewhere(client.client, url)

    def run(accounts: list[str]) -> pd.DataFrame:
        users = []
        for page in client.user_lookup(accounts, usernames=True, user_fields=FIELDS):
            users += page["data"]
        return as_frame(users)

    return run


def plain(url: str) -> Callable[[list[str]], pd.DataFrame]:
    session = OAuth1Session(*KEYS)

    def run(accounts: list[str]) -> pd.DataFrame:
        users = []
        for batch in batches(accounts):
            params = {"usernames": ",".join(batch), "user.fields": FIELDS}
            users += session.get(f"{url}/2/users/by", params=params).json()["data"]
        return as_frame(users)

    return run


def limit(url: str, connections: int = 32) -> Callable[[list[str]], int]:
    """The same bytes, fetched without looking at them: nothing signed, parsed or kept."""
    parts = urlsplit(url)

    def run(accounts: list[str]) -> int:
        todo = [
            f"GET /2/users/by?usernames={'%2C'.join(batch)}&user.fields={FIELDS} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
            for batch in reversed(batches(accounts))
        ]
        left: dict[socket.socket, int] = {}
        total = 0
        with selectors.DefaultSelector() as selector:
            for _ in range(min(connections, len(todo))):
                one = socket.create_connection((parts.hostname, parts.port))
                one.sendall(todo.pop())
                selector.register(one, selectors.EVENT_READ)
                left[one] = 0
            while left:
                for key, _ in selector.select():
                    one = key.fileobj
                    data = one.recv(2**20)
                    total += len(data)
                    if not left[one]:
                        head, _, rest = data.partition(b"\r\n\r\n")
                        left[one] = int(head.partition(b"Content-Length: ")[2].split()[0]) - len(rest)
                    else:
                        left[one] -= len(data)
                    if left[one]:
                        continue
                    if todo:
                        one.sendall(todo.pop())
                    else:
                        selector.unregister(one)
                        one.close()
                        del left[one]
        return total

    return run


WAYS = {"smapy_nb": smapy_nb, "tweepy": tweepy, "xdk": xdk, "twarc": twarc, "plain": plain, "limit": limit}


def resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def main() -> None:
    name, url, count, runs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    run = WAYS[name](url)
    run([f"warm_up_{number}" for number in range(200)])  # what is loaded at first use is not what is measured
    accounts = [f"someone_{number}" for number in range(count)]
    gc.collect()
    start, taken, size = resident(), [], 0.0
    for _ in range(runs):
        began, cpu = time.perf_counter(), time.process_time()
        came = run(accounts)
        taken.append((time.perf_counter() - began, time.process_time() - cpu))
        if isinstance(came, pd.DataFrame):
            assert len(came) == count
            size = float(came.memory_usage(deep=True).sum()) / 2**20
        del came
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds, cpus = sorted(one[0] for one in taken), sorted(one[1] for one in taken)
    figures = {"seconds": seconds[0], "median": seconds[len(seconds) // 2], "cpu": cpus[0]}
    print(json.dumps(figures | {"mib": peak - start, "frame_mib": size}))


if __name__ == "__main__":
    main()
