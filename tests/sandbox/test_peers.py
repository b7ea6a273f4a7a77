"""Other people's clients, unmodified but for the host, over real HTTP: tweepy, the vendor's xdk, and twarc."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from smapy_nb.sandbox import Sandbox
from smapy_nb.sandbox.windows import PUBLISHED
from tests.sandbox.support import NO_VENDOR, VENDOR

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("SMAPY_NB_PEERS") or ROOT / ".venv" / "peers") / "bin" / "python"
ERRORS = [["gone_bad", "Forbidden"], ["nobody_at_all", "Not Found Error"]]
FOUND = ["ria_novosti", "script_kitty", "IndigoPress"]
GUIDE = ["Our invented style guide, in one thread."]


def run(name: str, settings: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    if not PYTHON.exists():
        pytest.skip("left out: the environment of other people's clients is not here; `make test` makes it")
    with Sandbox(**options) as x:
        given = {"url": x.url, "token": x.token, "bearer_token": x.bearer_token, "people": x.people, **(settings or {})}
        done = subprocess.run(
            [PYTHON, Path(__file__).with_name("peer.py"), name],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={**os.environ, "OAUTHLIB_INSECURE_TRANSPORT": "1"},  # twarc asks its library for https
        )
        log = [(one.status, one.reason, one.target) for one in x.state.log]
    assert done.returncode == 0, f"{done.stderr[-3000:]}\n{log[-5:]}"
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_tweepy() -> None:
    told = run("tweepy")
    ria = told["found"][0]
    assert [one["username"] for one in told["found"]] == FOUND
    assert ria["public_metrics"]["followers_count"] == 27772
    assert ria["public_metrics"]["tweet_count"] == 141208
    assert ria["created_at"] == "2009-04-22T00:00:00.000Z"
    assert told["errors"] == ERRORS
    assert told["pinned"] == GUIDE
    assert told["same by id"] is True
    assert told["one"] == 34262462
    assert told["nobody"] == [None, 1]
    assert told["me"] == "sandbox_you"
    assert told["signed in"] == "ria_novosti"
    assert {name: kind for name, (kind, _) in told["refused"].items()} == {
        "wrong key": "Unauthorized",
        "app only": "Forbidden",
        "bad handle": "BadRequest",
    }
    assert "does not match" in told["refused"]["bad handle"][1]
    many, slept = told["waited"]
    assert many == 77
    assert len(slept) == 1, "one wait at the empty window, then on"
    assert 890 < slept[0] <= 902


def test_twarc() -> None:
    told = run("twarc", limits={"/2/users/by": (4, 900)})
    assert told["found"] == {"bearer": FOUND, "user": FOUND, "app": FOUND}
    assert told["metrics"]["tweet_count"] == 141208
    assert told["errors"] == ERRORS
    assert told["pinned"] == GUIDE
    assert told["by id"] is True
    read, slept = told["waited"]
    assert read == [100, 100, 50] * 2
    assert len(slept) >= 1
    assert all(10 <= seconds <= 911 for seconds in slept)
    assert "401" in told["refused"]


def test_xdk() -> None:
    told = run("xdk", dialect="post")
    ria = told["found"][0]
    assert [one["username"] for one in told["found"]] == FOUND
    assert ria["public_metrics"]["post_count"] == 141208
    assert told["errors"] == ERRORS
    assert told["pinned"] == GUIDE
    assert told["one"] == "34262462"
    assert told["by id"] == ["ria_novosti"]
    assert (told["me"], told["signed in"]) == ("sandbox_you", "ria_novosti")
    assert told["usage"] == "3000000"
    assert told["refused"] == 401


# The vendor's file as cut down for us has fewer routes in the older dialect.
ROUTES = {
    "post": ["/2/users/by/username/{username}", "/2/users/{id}"],
    "tweet": [],
}


@pytest.mark.parametrize(("dialect", "file"), [("tweet", "openapi-users-2.159.json"), ("post", "openapi-users.json")])
def test_schemathesis(dialect: str, file: str) -> None:
    if not VENDOR.is_dir():
        pytest.skip(NO_VENDOR)
    told = run(
        "schemathesis",
        {
            "spec": str(VENDOR / file),
            "paths": ["/2/users", "/2/users/by", "/2/users/me", "/2/usage/tweets", *ROUTES[dialect]],
            "examples": 10,
            "errors": dialect == "tweet",  # the newer description lacks the kinds that X answers most
        },
        dialect=dialect,
        limits=dict.fromkeys(PUBLISHED, 1_000_000),
        credits_usd=1_000_000,
    )
    for what, statuses in told.items():
        # What breaks the rules may break the credentials as well; unknown fields are dropped, as X does.
        expected = {"200"} if what.startswith("positive") else {"200", "400", "401"}
        assert set(statuses) <= expected, (what, statuses)
        assert sum(statuses.values()) >= 5, (what, statuses)
