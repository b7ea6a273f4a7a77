"""The tolerant reader: what X answers, what it may answer tomorrow, and what it should never answer."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smapy_nb.connectors import twitter_reader as reader
from smapy_nb.errors import BadAnswer
from smapy_nb.profiles import FIELDS, OUTCOMES, Profile
from smapy_nb.table import Table, frame
from smapy_nb.transport import answers
from smapy_nb.transport.answers import decode

FULL = {
    "id": "34262462",
    "username": "Ria_Novosti",
    "name": "РИА Новости",
    "created_at": "2009-04-22T12:00:59.000Z",
    "description": "Новости 🗞",
    "location": "Москва",
    "url": "https://t.co/abc",
    "entities": {"url": {"urls": [{"url": "https://t.co/abc", "expanded_url": "https://ria.ru"}]}},
    "verified": True,
    "verified_type": "business",
    "protected": False,
    "profile_image_url": "https://pbs.twimg.com/a.jpg",
    "profile_banner_url": "https://pbs.twimg.com/b",
    "pinned_tweet_id": "1700000000000000001",
    "public_metrics": {
        "followers_count": 27772,
        "following_count": 36,
        "tweet_count": 11,
        "listed_count": 5,
        "like_count": 3,
        "media_count": 2,
    },
}
READ = Profile(
    id=34262462,
    handle="Ria_Novosti",
    name="РИА Новости",
    link="https://www.twitter.com/Ria_Novosti",
    followers=27772,
    following=36,
    posts=11,
    listed=5,
    likes=3,
    media=2,
    verified=True,
    verified_type="business",
    protected=False,
    created_at=datetime(2009, 4, 22, 12, 0, 59, tzinfo=UTC),
    description="Новости 🗞",
    location="Москва",
    url="https://ria.ru",
    profile_image_url="https://pbs.twimg.com/a.jpg",
    profile_banner_url="https://pbs.twimg.com/b",
    pinned_post_id=1700000000000000001,
)
KEYS = ["ria_novosti", "b", "c"]


def other_dialect(user: dict[str, Any]) -> dict[str, Any]:
    new = deepcopy(user)
    new["pinned_post_id"] = new.pop("pinned_tweet_id")
    new["public_metrics"]["post_count"] = new["public_metrics"].pop("tweet_count")
    return new


def read(body: dict[str, Any], keys=KEYS, by_id=False):
    return reader.read(body, keys, by_id)


def profile(entry: Any) -> Profile | None:
    """Return the profile that one user object holds, where it has an id and a username."""
    return next(iter(read({"data": [entry]}).profiles().values()), None)


def test_a_full_user_in_both_dialects():
    assert read({"data": [FULL]}).profiles() == {"ria_novosti": READ}
    assert read({"data": [other_dialect(FULL)]}).profiles() == {"ria_novosti": READ}
    assert read({"data": FULL}).profiles() == {"ria_novosti": READ}
    assert read({"data": [FULL]}, [34262462], True).profiles() == {34262462: READ}


def test_what_the_vendor_adds_tomorrow_is_kept():
    new = FULL | {"parody": True, "affiliation": {"user_ids": ["1"]}}
    found = read({"data": [new]}).profiles()["ria_novosti"]
    assert found.other == {"parody": True, "affiliation": {"user_ids": ["1"]}}


def test_what_is_new_inside_a_field_is_kept_under_the_vendor_s_names():
    metrics = FULL["public_metrics"] | {"post_like_count": 5}
    bio = {"urls": [{"url": "https://t.co/b", "expanded_url": "https://example.org"}]}
    new = FULL | {"public_metrics": metrics, "entities": FULL["entities"] | {"description": bio}}
    found = read({"data": [FULL, new | {"username": "b", "id": "2"}]}).profiles()
    assert found["ria_novosti"] == READ
    assert found["b"].other == {"public_metrics": {"post_like_count": 5}, "entities": {"description": bio}}
    assert found["b"].url == "https://ria.ru"


def test_a_promised_count_that_nobody_has_is_noticed():
    less = FULL | {"public_metrics": {"follower_count": 5, "following_count": 1, "tweet_count": 2, "listed_count": 3}}
    assert read({"data": [less, less]}).empty == {"followers"}
    assert read({"data": [less, FULL]}).empty == set()
    assert read({"errors": [SUSPENDED]}).empty == set()


SUSPENDED = {
    "value": "B",
    "detail": "User has been suspended: [B].",
    "title": "Forbidden",
    "resource_type": "user",
    "parameter": "usernames",
    "resource_id": "B",
    "type": "https://api.twitter.com/2/problems/resource-not-found",
}
UNKNOWN = {
    "value": "C",
    "detail": "Could not find user with usernames: [C].",
    "title": "Not Found Error",
    "type": "https://api.x.com/2/problems/resource-not-found",
}


def test_why_accounts_are_missing():
    answered = read({"data": [FULL], "errors": [SUSPENDED, UNKNOWN]})
    assert {key: why[0] for key, why in answered.missing.items()} == {"b": "suspended", "c": "not_found"}
    nothing = read({"errors": [SUSPENDED]})
    assert {key: why[0] for key, why in nothing.missing.items()} == {
        "ria_novosti": "not_found",
        "b": "suspended",
        "c": "not_found",
    }
    odd = read({"data": [], "errors": [{"resource_id": "b", "title": "Teapot"}]})
    assert odd.missing["b"][0] == "failed"
    assert read({"data": []}).missing["b"] == reader.LEFT_OUT


def test_an_answer_that_says_nothing_of_anybody():
    with pytest.raises(BadAnswer):
        read({"meta": {}})


junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["", "١٢", " 12", "1_0", "-5", "9" * 19, "\ud800", "2013-13-45", "0001-01-01T00:00:00+14:00"]),
    lambda children: st.lists(children, max_size=2) | st.dictionaries(st.text(max_size=4), children, max_size=2),
    max_leaves=4,
)


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """Return an answer about `KEYS` in which anything may have become anything, or be gone."""
    users = []
    for key in KEYS:
        user = deepcopy(draw(st.sampled_from([FULL, other_dialect(FULL)])))
        user["username"], user["id"] = key.upper(), str(len(users) + 1)
        for field in draw(st.lists(st.sampled_from([*FULL, "public_metrics.", "new"]), max_size=3)):
            inside = user
            if field == "public_metrics." and isinstance(user.get("public_metrics"), dict):
                inside = user["public_metrics"]
                field = draw(st.sampled_from([*FULL["public_metrics"], "post_count"]))
            if draw(st.booleans()):
                inside[field] = draw(junk)
            else:
                inside.pop(field, None)
        users.append(user)
    body = {"data": draw(st.permutations(users)), "errors": draw(st.lists(junk | st.just(SUSPENDED), max_size=2))}
    for field in draw(st.lists(st.sampled_from(["data", "errors"]), max_size=1)):
        body[field] = draw(junk)
    return body


@given(mutated())
def test_no_row_is_lost_whatever_comes(body):
    answered = read(body)
    profiles = answered.profiles()
    assert set(KEYS) <= set(profiles) | set(answered.missing)
    assert not set(profiles) & set(answered.missing)
    assert {outcome for outcome, _ in answered.missing.values()} <= set(OUTCOMES)
    for name, values in answered.columns.items():
        assert len(values) == len(answered.found), name
    # A batch reads as its users one by one do, and a table takes all of it.
    whole = [profile(user) for user in (body["data"] if isinstance(body.get("data"), list) else [])]
    assert [one for one in whole if one is not None] == [
        Profile(*row) for row in zip(*(answered.columns[name] for name in FIELDS), strict=True)
    ] or not isinstance(body.get("data"), list)
    table = Table()
    table.add(answered.columns, answered.read_at)
    heads = {name: ["x"] * len(table) for name in ("account", "requested", "outcome", "reason")}
    assert len(frame(heads, table, range(len(table)))) == len(table)


@given(mutated(), st.integers(0, 10**6), st.binary(max_size=3), st.booleans())
def test_bytes_are_read_or_refused_and_never_crash(body, where, inserted, fast):
    content = json.dumps(body).encode("utf-8", "surrogatepass")
    where %= len(content)
    torn = content[:where] + inserted + content[where + 1 :]
    came = decode(torn)
    if isinstance(came, dict) and ("data" in came or "errors" in came):
        read(came)


@pytest.mark.parametrize("without", [True, False])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"a": "caf\xe9"}', {"a": "caf�"}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": "\\ud83d"}', {"a": "\ud83d"}),
        (b'{"a": NaN}', None),
        (b"", None),
        (b"<html>", None),
        (b'{"a": ', None),
        (b"[" * 100_000, None),
        (b'{"id": ' + b"9" * 5000 + b', "b": 1}', {"id": None, "b": 1}),
        (b"null", None),
    ],
)
def test_decoding(content, expected, without, monkeypatch):
    if without:
        monkeypatch.setattr(answers, "_fast", None)
    came = decode(content)
    if content == b'{"a": NaN}':
        assert isinstance(came, dict)
    elif b"9" * 5000 in content:
        assert came["b"] == 1
        assert profile(came | {"username": "x"}) is None
    else:
        assert came == expected


def test_times():
    users = [FULL | {"created_at": one} for one in ("2013-12-14T04:35:55Z", "2013-12-14 04:35:55", "2013", 5, None)]
    assert [profile(one).created_at for one in users] == [
        datetime(2013, 12, 14, 4, 35, 55, tzinfo=UTC),
        datetime(2013, 12, 14, 4, 35, 55, tzinfo=UTC),
        None,
        None,
        None,
    ]
