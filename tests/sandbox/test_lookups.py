from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.sandbox.support import Client

METRICS = {
    "followers_count": 27772,
    "following_count": 36,
    "listed_count": 308,
    "like_count": 1046,
    "media_count": 20172,
}


def test_the_documented_account_answers_as_documented(client: Client) -> None:
    answer = client.get("/2/users/by?usernames=ria_novosti&user.fields=public_metrics")
    assert answer.status_code == 200
    (person,) = answer.json()["data"]
    assert person == {
        "id": "34262462",
        "name": "RIA Novosti",
        "username": "ria_novosti",
        "public_metrics": METRICS | {"tweet_count": 141208},
    }


def test_only_the_default_fields_come_unasked(client: Client) -> None:
    one = client.get("/2/users/by/username/ria_novosti").json()
    assert one == {"data": {"id": "34262462", "name": "RIA Novosti", "username": "ria_novosti"}}


@pytest.mark.parametrize(
    ("asked", "posts"),
    [
        ("", "tweet_count"),
        ("&post.fields=created_at", "post_count"),
        ("&tweet.fields=created_at", "tweet_count"),
        ("&expansions=pinned_post_id", "post_count"),
        ("&expansions=pinned_tweet_id", "tweet_count"),
        ("&user.fields=pinned_tweet_id", "tweet_count"),
    ],
)
def test_the_keys_follow_the_dialect_asked_in(client: Client, asked: str, posts: str) -> None:
    answer = client.get("/2/users/by/username/ria_novosti?user.fields=public_metrics" + asked).json()
    assert METRICS | {posts: 141208} == answer["data"]["public_metrics"]


def test_the_dialect_of_an_answer_that_is_asked_for_in_neither_is_an_option(inside: Callable[..., Client]) -> None:
    client = inside(dialect="post")
    answer = client.get("/2/users/by/username/ria_novosti?user.fields=public_metrics").json()
    assert answer["data"]["public_metrics"]["post_count"] == 141208
    gone = client.get("/2/users/by/username/nobody_at_all").json()["errors"][0]
    assert gone["type"] == "https://api.x.com/2/problems/resource-not-found"


@pytest.mark.parametrize(("dialect", "posts"), [("tweet", "tweets"), ("post", "posts")])
def test_a_pinned_post_comes_with_the_expansion(client: Client, dialect: str, posts: str) -> None:
    answer = client.get(f"/2/users/by?usernames=IndigoPress,ria_novosti&expansions=pinned_{dialect}_id").json()
    indigo, ria = answer["data"]
    (post,) = answer["includes"][posts]
    assert post["id"] == indigo[f"pinned_{dialect}_id"]
    assert post["text"].startswith("Our invented style guide")
    assert f"pinned_{dialect}_id" not in ria


def test_empty_and_unknown_fields_are_left_out(client: Client) -> None:
    fields = "description,location,url,entities,withheld,shoe_size,confirmed_email"
    data = client.get(f"/2/users/by/username/thequietarchive?user.fields={fields}").json()["data"]
    assert set(data) == {"id", "name", "username"}


def test_entities_point_into_the_description(client: Client) -> None:
    data = client.get("/2/users/by/username/IndigoPress?user.fields=description,entities,url").json()["data"]
    for entity, key in (("mentions", "username"), ("hashtags", "tag")):
        (one,) = data["entities"]["description"][entity]
        assert data["description"][one["start"] + 1 : one["end"]] == one[key]
    (url,) = data["entities"]["url"]["urls"]
    assert url["url"] == data["url"]
    assert url["expanded_url"] == "https://indigo.example.com/"


def test_who_can_not_be_given_is_listed_with_a_reason(client: Client) -> None:
    answer = client.get("/2/users/by?usernames=ria_novosti,gone_bad,erased,nobody_at_all")
    assert answer.status_code == 200
    body = answer.json()
    assert [person["username"] for person in body["data"]] == ["ria_novosti"]
    assert [(error["value"], error["title"]) for error in body["errors"]] == [
        ("gone_bad", "Forbidden"),
        ("erased", "Not Found Error"),
        ("nobody_at_all", "Not Found Error"),
    ]
    assert body["errors"][0]["detail"] == "User has been suspended: [gone_bad]."
    assert body["errors"][1]["detail"] == "Could not find user with usernames: [erased]."


def test_data_is_absent_when_nobody_is_found(client: Client) -> None:
    for path in (
        "/2/users/by?usernames=nobody_at_all",
        "/2/users/by/username/nobody_at_all",
        "/2/users?ids=12",
        "/2/users/12",
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert set(answer.json()) == {"errors"}, path


def test_handles_do_not_mind_case_and_come_once(client: Client) -> None:
    answer = client.get("/2/users/by?usernames=camelcase,CAMELCASE,CamelCase").json()
    assert [person["username"] for person in answer["data"]] == ["CamelCase"]


def test_ids_find_the_same_people(client: Client) -> None:
    by_handle = client.get("/2/users/by?usernames=ria_novosti,script_kitty,_").json()["data"]
    ids = ",".join(person["id"] for person in by_handle)
    assert client.get(f"/2/users?ids={ids}").json()["data"] == by_handle
    assert client.get(f"/2/users/{by_handle[1]['id']}").json()["data"] == by_handle[1]


def test_hostile_names_come_as_they_are(client: Client) -> None:
    answer = client.get("/2/users/by?usernames=script_kitty,formula_fan").json()["data"]
    assert [person["name"] for person in answer] == [
        "<script>alert('cat')</script>",
        '=HYPERLINK("http://evil.example","Click")',
    ]


def test_a_protected_account_gives_its_profile(client: Client) -> None:
    answer = client.get("/2/users/by/username/quiet_person?user.fields=protected,public_metrics").json()
    assert answer["data"]["protected"] is True
    assert answer["data"]["public_metrics"]["followers_count"] == 120


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/2/users/by", "usernames"),
        ("/2/users/by?usernames=", "usernames"),
        ("/2/users/by?usernames=nasa,%20nasa", "usernames"),
        ("/2/users/by?usernames=nasa,,esa", "usernames"),
        ("/2/users/by?usernames=ABCDEFGHIJKLMNOP", "usernames"),
        ("/2/users/by?usernames=%EF%BC%A1bc", "usernames"),
        ("/2/users/by?usernames=" + ",".join(["a"] * 101), "usernames"),
        ("/2/users?ids=nasa", "ids"),
        ("/2/users?ids=12345678901234567890", "ids"),
        ("/2/users?ids=%D9%A1", "ids"),
        ("/2/users/by/username/a-b", "username"),
        ("/2/users/nasa", "id"),
    ],
)
def test_bad_parameters_are_named(client: Client, path: str, parameter: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    body = answer.json()
    assert body["title"] == "Invalid Request"
    assert list(body["errors"][0]["parameters"]) == [parameter]


def test_a_hundred_are_taken(client: Client) -> None:
    hundred = client.x.people[:100]
    answer = client.get("/2/users/by?usernames=" + ",".join(hundred)).json()
    assert [person["username"] for person in answer["data"]] == hundred


def test_me_is_who_owns_the_token(client: Client) -> None:
    assert client.get("/2/users/me").json()["data"]["username"] == "sandbox_you"
    answer = client.get("/2/users/me", bearer=client.x.bearer_token)
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("/2/problems/unsupported-authentication")


def test_usage_is_for_apps(client: Client) -> None:
    answer = client.get("/2/usage/tweets?usage.fields=daily_project_usage&days=3", bearer=client.x.bearer_token)
    assert len(answer.json()["data"]["daily_project_usage"]["usage"]) == 3
    assert client.get("/2/usage/tweets").status_code == 403
    assert client.get("/2/usage/tweets?days=91", bearer=client.x.bearer_token).status_code == 400


def test_other_routes_and_methods_are_refused(client: Client) -> None:
    assert client.get("/2/tweets").status_code == 404
    answer = client.session.delete(client.x.url + "/2/users/me", timeout=10)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


def test_every_answer_says_that_it_is_simulated(client: Client) -> None:
    for path in ("/", "/2/users/me", "/2/users/by", "/2/nothing"):
        assert client.get(path).headers["X-Simulated"] == "smapy-nb sandbox"
    assert "simulated" in client.get("/").text.lower()
