from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from smapy_nb.sandbox import Sandbox
from tests.sandbox.support import Client

ONE = "/2/users/by/username/ria_novosti"


def test_windows_are_as_published(client: Client) -> None:
    expected = {
        ("/2/users/by?usernames=_", "user"): 900,
        ("/2/users/by?usernames=_", "app"): 300,
        (ONE, "user"): 900,
        (ONE, "app"): 300,
        ("/2/users?ids=1", "user"): 900,
        ("/2/users/1", "app"): 300,
        ("/2/users/me", "user"): 75,
        ("/2/usage/tweets", "app"): 50,
    }
    for (path, asker), limit in expected.items():
        answer = client.get(path, bearer=client.x.bearer_token if asker == "app" else None)
        assert answer.headers["x-rate-limit-limit"] == str(limit), (path, asker)
        assert answer.headers["x-rate-limit-remaining"] == str(limit - 1), (path, asker)
        assert 890 < int(answer.headers["x-rate-limit-reset"]) - time.time() <= 900


def test_an_empty_window_answers_429_until_it_opens(inside: Callable[..., Client]) -> None:
    client = inside(limits={"/2/users/me": 2})
    assert [client.get("/2/users/me").status_code for _ in range(3)] == [200, 200, 429]
    refused = client.get("/2/users/me")
    assert refused.headers["x-rate-limit-remaining"] == "0"
    assert refused.json()["title"] == "Too Many Requests"
    assert client.get(ONE).status_code == 200, "each route counts apart"
    someone_else = client.x.identity("someone_else").token
    assert client.get("/2/users/me", token=someone_else).status_code == 200, "each person counts apart"
    client.x.clock.advance(minutes=15)
    assert client.get("/2/users/me").status_code == 200


def test_the_reset_is_told_in_the_time_that_a_client_has(inside: Callable[..., Client]) -> None:
    client = inside(limits={"/2/users/me": 1})
    client.get("/2/users/me")
    client.x.clock.advance(minutes=10)
    reset = int(client.get("/2/users/me").headers["x-rate-limit-reset"])
    assert 297 < reset - time.time() <= 300


def test_an_app_and_a_person_count_apart(inside: Callable[..., Client]) -> None:
    client = inside(limits={"/2/users/by/username/:username": (1, 2)})
    assert [client.get(ONE, bearer=client.x.bearer_token).status_code for _ in range(2)] == [200, 429]
    assert [client.get(ONE).status_code for _ in range(3)] == [200, 200, 429]


def test_limits_that_can_not_be_are_refused() -> None:
    with pytest.raises(ValueError, match="'/2/tweets' has no rate limit"):
        Sandbox(limits={"/2/tweets": 3})
    with pytest.raises(ValueError, match="0 or more"):
        Sandbox(limits={"/2/users": -1})


def test_a_profile_costs_a_cent_once_a_day(inside: Callable[..., Client]) -> None:
    client = inside(start=datetime(2026, 9, 1, 12, tzinfo=UTC))
    asked = "/2/users/by?usernames=ria_novosti,_,gone_bad,nobody_at_all"
    client.get(asked)
    assert client.x.booked_usd == Decimal("0.02"), "who is not found is not charged"
    client.get(asked)
    client.get("/2/users/34262462")
    assert client.x.booked_usd == Decimal("0.02"), "once in a UTC day, whichever the route"
    client.x.clock.advance(hours=11, minutes=59)
    client.get(asked)
    assert client.x.booked_usd == Decimal("0.02")
    client.x.clock.advance(minutes=1)
    client.get(asked)
    assert client.x.booked_usd == Decimal("0.04"), "a new UTC day"
    client.get(asked, token=client.x.identity("someone_else").token)
    assert client.x.booked_usd == Decimal("0.06"), "each app pays for itself"
    client.get("/2/users/by?usernames=IndigoPress&expansions=pinned_tweet_id")
    assert client.x.booked_usd == Decimal("0.075"), "a Post in `includes` costs half a cent"


def test_failed_requests_are_free(inside: Callable[..., Client]) -> None:
    client = inside(limits={"/2/users/by": 1})
    client.get("/2/users/by?usernames=a-b")
    client.get("/2/users/by?usernames=ria_novosti")
    client.get(ONE, token=client.x.token | {"access_secret": "wrong"})
    assert client.x.booked_usd == 0


def test_without_credits_requests_are_refused(inside: Callable[..., Client]) -> None:
    client = inside(credits_usd=0.015)
    assert client.get("/2/users/by?usernames=ria_novosti,_,007").status_code == 200, "it may go slightly below zero"
    refused = client.get("/2/users/by?usernames=ria_novosti")
    assert refused.status_code == 402
    assert refused.json()["title"] == "CreditsDepleted"
    assert refused.headers["x-rate-limit-remaining"] == "898", "billing and windows are separate meters"
    client.x.clock.advance(days=2)
    assert client.get("/2/users/by?usernames=ria_novosti").status_code == 402, "waiting does not help"
