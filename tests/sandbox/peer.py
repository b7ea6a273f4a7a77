"""Runs other people's clients against a sandbox, in their own environment: `python peer.py NAME`, settings on stdin.

The clients are unmodified but for the host: where their source says api.x.com, it is read as the sandbox's address.
Writes one JSON object, which `test_peers.py` judges.
"""

from __future__ import annotations

import importlib.machinery
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests

GIVEN: dict[str, Any] = json.load(sys.stdin)
URL: str = GIVEN["url"]
KEYS: dict[str, str] = GIVEN["token"]
HANDLES = ["ria_novosti", "gone_bad", "nobody_at_all", "script_kitty", "IndigoPress"]
FIELDS = ["created_at", "description", "public_metrics", "verified", "protected", "entities", "url", "verified_type"]


def load_with_our_host() -> None:
    real = importlib.machinery.SourceFileLoader.get_data

    def get_data(self: importlib.machinery.SourceFileLoader, path: str) -> bytes:
        data = real(self, path)
        if re.search(r"site-packages/(tweepy|twarc|xdk)/.*\.py$", path):
            data = re.sub(rb"https://(api\.)?(x|twitter)\.com(?!/2/problems)", URL.encode(), data)
        return data

    importlib.machinery.SourceFileLoader.get_data = get_data  # type: ignore[method-assign]
    # What was compiled with the real host must not be used, and what is compiled here must not be kept.
    sys.dont_write_bytecode = True
    importlib.machinery.SourceFileLoader.path_stats = never  # type: ignore[assignment,method-assign]


def never(self: object, path: str) -> dict[str, Any]:
    raise OSError(path)


@contextmanager
def sleep_is_time_travel() -> Iterator[list[float]]:
    slept: list[float] = []
    real = time.sleep

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        requests.post(URL + "/sandbox/advance", {"minutes": seconds / 60}, timeout=10).raise_for_status()

    time.sleep = sleep
    try:
        yield slept
    finally:
        time.sleep = real


def say_yes(authorize: str) -> str:
    """What a person does in the browser; returns the PIN."""
    page = requests.get(authorize, timeout=10).text
    token = re.search(r'name="oauth_token" value="([^"]+)"', page)[1]  # type: ignore[index]
    form = {"oauth_token": token, "handle": "ria_novosti", "authorize": "1"}
    page = requests.post(URL + "/oauth/authorize", form, timeout=10).text
    return re.search(r"<code>(\d{7})</code>", page)[1]  # type: ignore[index]


def tweepy() -> dict[str, Any]:
    import tweepy

    four = (KEYS["consumer_key"], KEYS["consumer_secret"], KEYS["access_token"], KEYS["access_secret"])

    def user(**options: Any) -> tweepy.Client:
        return tweepy.Client(None, *four, **options)

    app = tweepy.Client(GIVEN["bearer_token"])
    found = app.get_users(usernames=HANDLES, user_fields=FIELDS, expansions="pinned_tweet_id")
    by_id = user().get_users(ids=[one.id for one in found.data], user_auth=True)
    refused = {}
    wrong = tweepy.Client(None, *four[:3], "wrong")
    for name, ask in {
        "wrong key": lambda: wrong.get_me(),
        "app only": lambda: tweepy.Client(GIVEN["bearer_token"]).get_me(user_auth=False),
        "bad handle": lambda: app.get_user(username="a-b"),
    }.items():
        try:
            ask()
        except tweepy.TweepyException as error:
            refused[name] = [type(error).__name__, str(error)]
    handler = tweepy.OAuth1UserHandler(*four[:2], callback="oob")
    access = handler.get_access_token(say_yes(handler.get_authorization_url()))
    signed_in = tweepy.Client(None, *four[:2], *access)
    with sleep_is_time_travel() as slept:
        patient = user(wait_on_rate_limit=True)
        names = [patient.get_me().data.username for _ in range(77)]
    return {
        "found": [dict(one.data) for one in found.data],
        "pinned": [one.text for one in found.includes["tweets"]],
        "errors": [[one["value"], one["title"]] for one in found.errors],
        "same by id": [one.username for one in by_id.data] == [one.username for one in found.data],
        "one": app.get_user(username="ria_novosti").data.id,
        "nobody": [app.get_user(username="nobody_at_all").data, len(app.get_user(id=12).errors)],
        "me": user().get_me().data.username,
        "refused": refused,
        "signed in": signed_in.get_me().data.username,
        "waited": [len(names), slept],
    }


def twarc() -> dict[str, Any]:
    from twarc.client2 import Twarc2

    keys = {**KEYS, "access_token_secret": KEYS["access_secret"]}
    del keys["access_secret"]
    clients = {
        "bearer": Twarc2(bearer_token=GIVEN["bearer_token"]),
        "user": Twarc2(**keys),
        "app": Twarc2(consumer_key=KEYS["consumer_key"], consumer_secret=KEYS["consumer_secret"]),
    }
    pages = {
        name: next(client.user_lookup(HANDLES, usernames=True, expansions="pinned_tweet_id"))
        for name, client in clients.items()
    }
    ids = [one["id"] for one in pages["user"]["data"]]
    many = GIVEN["people"][:250]
    with sleep_is_time_travel() as slept:
        read = [len(page["data"]) for _ in range(2) for page in clients["bearer"].user_lookup(many, usernames=True)]
    try:
        next(Twarc2(bearer_token="wrong").user_lookup(HANDLES, usernames=True))
        refused = ""
    except Exception as error:
        refused = str(error)
    return {
        "found": {name: [one["username"] for one in page["data"]] for name, page in pages.items()},
        "metrics": pages["bearer"]["data"][0]["public_metrics"],
        "pinned": [one["text"] for one in pages["bearer"]["includes"]["tweets"]],
        "errors": [[one["value"], one["title"]] for one in pages["bearer"]["errors"]],
        "by id": [one["id"] for one in next(clients["user"].user_lookup(ids))["data"]] == ids,
        "waited": [read, slept],
        "refused": refused,
    }


def xdk() -> dict[str, Any]:
    from xdk import Client
    from xdk.oauth1_auth import OAuth1

    app = Client(bearer_token=GIVEN["bearer_token"])
    own = OAuth1(KEYS["consumer_key"], KEYS["consumer_secret"], "oob", KEYS["access_token"], KEYS["access_secret"])
    user = Client(auth=own)
    found = app.users.get_by_usernames(HANDLES, user_fields=FIELDS, expansions=["pinned_post_id"]).model_dump()
    signing_in = OAuth1(KEYS["consumer_key"], KEYS["consumer_secret"], "oob")
    signing_in.get_request_token()
    access = signing_in.get_access_token(say_yes(signing_in.get_authorization_url()))
    signed_in = OAuth1(
        KEYS["consumer_key"], KEYS["consumer_secret"], "oob", access.access_token, access.access_token_secret
    )
    try:
        Client(bearer_token="wrong").users.get_by_id("12")
        refused = 0
    except requests.HTTPError as error:
        refused = error.response.status_code
    return {
        "found": [{key: value for key, value in one.items() if value is not None} for one in found["data"]],
        "errors": [[one["value"], one["title"]] for one in found["errors"]],
        "pinned": [one["text"] for one in found["includes"]["posts"]],
        "one": app.users.get_by_username("ria_novosti").model_dump()["data"]["id"],
        "by id": [one["username"] for one in user.users.get_by_ids(["34262462"]).model_dump()["data"]],
        "me": user.users.get_me().model_dump()["data"]["username"],
        "signed in": Client(auth=signed_in).users.get_me().model_dump()["data"]["username"],
        "usage": app.usage.get(usage_fields=["daily_project_usage"]).model_dump()["data"]["project_cap"],
        "refused": refused,
    }


def schemathesis() -> dict[str, Any]:
    """Ask what the vendor's description allows, and what it does not, and hold the answers against it."""
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis.strategies import just
    from requests_oauthlib import OAuth1
    from schemathesis.checks import load_all_checks, not_a_server_error
    from schemathesis.specs.openapi import checks

    load_all_checks()
    schema = schemathesis.openapi.from_path(GIVEN["spec"])
    told: dict[str, dict[int, int]] = {}
    strict = [checks.status_code_conformance, checks.content_type_conformance, checks.response_headers_conformance]

    def hold(case: Any, seen: dict[int, int]) -> None:
        bearer = {"headers": {"Authorization": f"Bearer {GIVEN['bearer_token']}"}}
        sent = bearer if "usage" in case.path else {"auth": OAuth1(*KEYS.values())}
        answer = case.call(base_url=URL, **sent)
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
        schemas = [checks.response_schema_conformance] if answer.status_code == 200 or GIVEN["errors"] else []
        case.validate_response(answer, checks=[not_a_server_error, *strict, *schemas])

    few = settings(
        max_examples=GIVEN["examples"],
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    for path in GIVEN["paths"]:
        for mode in schemathesis.GenerationMode:
            seen = told.setdefault(f"{mode.value} {path}", {})
            case = schema[path]["GET"].as_strategy(generation_mode=mode)
            seed(1)(few(given(case, just(seen))(hold)))()
    return told


if __name__ == "__main__":
    load_with_our_host()
    ways: dict[str, Callable[[], dict[str, Any]]] = {
        "tweepy": tweepy,
        "twarc": twarc,
        "xdk": xdk,
        "schemathesis": schemathesis,
    }
    sys.stdout.write(json.dumps(ways[sys.argv[1]](), default=str))
