"""Every answer against the vendor's own description, in both dialects."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.sandbox.support import Client, Vendor

FIELDS = (
    "&user.fields=confirmed_email,connection_status,created_at,description,entities,id,is_identity_verified,"
    "location,name,parody,profile_banner_url,profile_image_url,protected,public_metrics,receives_your_dm,"
    "subscription_type,url,username,verified,verified_followers_count,verified_type,withheld"
)


@pytest.mark.parametrize("dialect", ["tweet", "post"])
def test_every_person_is_described(inside: Callable[..., Client], vendor: dict[str, Vendor], dialect: str) -> None:
    client = inside(dialect=dialect)
    handles = [person.handle for person in client.x.state.today.by_handle.values()]
    extra = FIELDS + f"&expansions=pinned_{dialect}_id&{dialect}.fields=created_at,author_id,lang"
    seen = 0
    for start in range(0, len(handles), 100):
        answer = client.get("/2/users/by?usernames=" + ",".join(handles[start : start + 100]) + extra)
        assert vendor[dialect].errors("/2/users/by", answer) == []
        seen += len(answer.json()["data"])
    assert seen == len(client.x.people)


ROUTES = [
    ("/2/users", "/2/users?ids=34262462,12"),
    ("/2/users/by", "/2/users/by?usernames=erased,gone_bad"),
    ("/2/users/me", "/2/users/me?"),
    ("/2/usage/tweets", "/2/usage/tweets?usage.fields=daily_project_usage,daily_client_app_usage"),
]
# The older description, as cut down for us, has no look-up of a single account.
SINGLE = [
    ("/2/users/by/username/{username}", "/2/users/by/username/ria_novosti?"),
    ("/2/users/by/username/{username}", "/2/users/by/username/gone_bad?"),
    ("/2/users/{id}", "/2/users/34262462?"),
    ("/2/users/{id}", "/2/users/12?"),
]


@pytest.mark.parametrize(
    ("dialect", "described", "path"),
    [("tweet", *one) for one in ROUTES] + [("post", *one) for one in ROUTES + SINGLE],
)
def test_every_route_answers_as_described(
    inside: Callable[..., Client], vendor: dict[str, Vendor], dialect: str, described: str, path: str
) -> None:
    client = inside(dialect=dialect)
    bearer = client.x.bearer_token if "usage" in path else None
    answer = client.get(path + (FIELDS if "usage" not in path else ""), bearer=bearer)
    assert answer.status_code == 200
    assert vendor[dialect].errors(described, answer) == []


def test_every_error_is_described(inside: Callable[..., Client], vendor: dict[str, Vendor]) -> None:
    client = inside(limits={"/2/users/me": 1}, credits_usd=0.01)
    wrong = client.x.token | {"access_secret": "wrong"}
    answers = [
        client.get("/2/users/by?usernames=a-b"),
        client.get("/2/users/by", token=wrong),
        client.get("/2/users/me", bearer=client.x.bearer_token),
        client.get("/2/users/me"),
        client.get("/2/users/me"),
        client.get("/2/users/by?usernames=_"),
    ]
    assert [answer.status_code for answer in answers] == [400, 401, 403, 200, 429, 402]
    for answer in answers:
        assert answer.status_code == 200 or vendor["tweet"].errors("/2/users/by", answer) == []


def test_the_check_can_fail(inside: Callable[..., Client], vendor: dict[str, Vendor]) -> None:
    answer = inside(dialect="tweet").get("/2/users/by?usernames=ria_novosti&user.fields=public_metrics")
    assert any("post_count" in error for error in vendor["post"].errors("/2/users/by", answer))
