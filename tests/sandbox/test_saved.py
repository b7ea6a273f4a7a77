from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smapy_nb.sandbox import Sandbox
from tests.sandbox.support import Client

ONE = "/2/users/by/username/ria_novosti"


@pytest.fixture
def lived(inside: Callable[..., Client]) -> Client:
    """A sandbox in which a good deal has happened."""
    client = inside(scenario="flaky", limits={"/2/users/me": 3})
    client.x.play("rush-hour")
    ada = client.x.identity("ada")
    client.get("/2/users/by?usernames=_,007&expansions=pinned_tweet_id", token=ada.token)
    client.x.clock.advance(days=3)
    client.get("/2/users/me", token=ada.token)
    client.get(ONE)
    client.x.state.identities.tokens[ada.token["access_token"]].revoked = True
    client.x.fault("503", after=5)
    return client


def told(x: Sandbox) -> dict[str, Any]:
    from smapy_nb.sandbox import desk

    body = desk.state_json(x.state).body
    assert isinstance(body, dict)
    # Who was seen is not kept, and the clock ticks.
    return {key: value for key, value in body.items() if key not in ("requests", "served", "time", "windows")} | {
        "windows": [(one["route"], one["who"], one["left"]) for one in body["windows"]],
        "people": desk.people_json(x.state).body,
    }


def test_a_saved_sandbox_goes_on_where_it_was(lived: Client, inside: Callable[..., Client], tmp_path: Path) -> None:
    file = tmp_path / "monday.json"
    lived.x.save(file)
    text = file.read_text("utf-8")
    for key in {*lived.x.token.values(), *lived.x.identity("ada").token.values(), lived.x.bearer_token}:
        assert key not in text
    other = inside(seed=2)
    other.x.load(file)
    assert told(other.x) == told(lived.x)
    assert other.x.token == lived.x.token
    assert other.x.clock.day == 3
    assert other.get("/2/users/me", token=lived.x.identity("ada").token).status_code == 401, "still revoked"
    before = other.x.booked_usd
    other.get(ONE)
    assert other.x.booked_usd == before, "already paid for today"


def test_reset_begins_anew(lived: Client) -> None:
    lived.x.reset()
    assert told(lived.x) == told(Sandbox(scenario="flaky", limits={"/2/users/me": 3}))
    lived.x.play(None)
    assert lived.get("/2/users/me").status_code == 200
    lived.x.reset()
    assert lived.x.lesson, "and can be reset again"


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"format": "smapy-nb sandbox 2"}', "\x00", "é" * 9])
def test_another_file_is_refused_and_changes_nothing(lived: Client, tmp_path: Path, text: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(text, "utf-8")
    before = told(lived.x)
    with pytest.raises(ValueError, match=r"other\.json is no sandbox that was saved here"):
        lived.x.load(file)
    assert told(lived.x) == before


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_refused_and_changes_nothing(lived: Client, tmp_path: Path, data: st.DataObject) -> None:
    file = tmp_path / "damaged.json"
    lived.x.save(file)
    kept = json.loads(file.read_text("utf-8"))
    key = data.draw(st.sampled_from(sorted(set(kept) - {"scenario"})))
    kept[key] = data.draw(st.sampled_from([None, 3.5, "x", [[1]], [["a", "b", "c", "d"]], {"a": 1}]))
    file.write_text(json.dumps(kept), "utf-8")
    before = told(lived.x)
    with pytest.raises(ValueError, match="no sandbox that was saved here"):
        lived.x.load(file)
    assert told(lived.x) == before


def test_two_sandboxes_share_nothing(lived: Client, inside: Callable[..., Client]) -> None:
    assert told(inside().x) == told(Sandbox())
    assert told(lived.x) != told(Sandbox())
