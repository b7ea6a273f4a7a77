from __future__ import annotations

import re
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests
from requests_oauthlib import OAuth1

from smapy_nb.sandbox import Sandbox, scenarios
from smapy_nb.sandbox.faults import KINDS, fault
from tests.sandbox.support import Client, Vendor

ONE = "/2/users/by/username/ria_novosti"
MANY = "/2/users/by?usernames=ria_novosti,gone_bad&user.fields=public_metrics"


@pytest.mark.parametrize(
    ("kind", "status", "ending"),
    [
        ("429", 429, "about:blank"),
        ("429-no-reset", 429, "about:blank"),
        ("usage-cap", 429, "/2/problems/usage-capped"),
        ("402", 402, "/2/problems/credits"),
        ("401", 401, "about:blank"),
        ("403", 403, "/2/problems/client-forbidden"),
        ("500", 500, "about:blank"),
        ("502", 502, "about:blank"),
        ("503", 503, "about:blank"),
        ("504", 504, "about:blank"),
    ],
)
def test_a_refusal_looks_like_one_of_the_vendors(
    client: Client, vendor: dict[str, Vendor], kind: str, status: int, ending: str
) -> None:
    client.x.fault(kind)
    answer = client.get(ONE)
    assert answer.status_code == status
    assert answer.json()["type"].endswith(ending)
    assert vendor["tweet"].errors("/2/users/by", answer) == []
    assert ("x-rate-limit-reset" in answer.headers) == (kind == "429")
    client.x.heal()
    assert client.get(ONE).status_code == 200
    assert client.x.booked_usd == client.x.booked_usd.__class__("0.01"), "a refused request is free"


@pytest.mark.parametrize(("kind", "status"), [("html", 200), ("html-503", 503)])
def test_html_comes_where_json_should(client: Client, kind: str, status: int) -> None:
    client.x.fault(kind)
    answer = client.get(ONE)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_a_slow_answer_outlasts_a_clients_patience(client: Client) -> None:
    client.x.fault("slow", seconds=0.3)
    with pytest.raises(requests.ReadTimeout):
        client.session.get(client.x.url + ONE, timeout=0.05)
    began = time.monotonic()
    assert client.get(ONE).status_code == 200
    assert time.monotonic() - began >= 0.3


def test_a_cut_connection_gives_half_an_answer(client: Client) -> None:
    client.x.fault("cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        client.get(ONE)


def test_a_reset_connection_gives_none(client: Client) -> None:
    client.x.fault("reset")
    with pytest.raises(requests.ConnectionError, match="reset"):
        client.get(ONE)
    client.x.heal()
    assert client.get(ONE).status_code == 200


def test_a_wrong_clock_refuses_right_signatures(client: Client) -> None:
    client.x.fault("skew", seconds=600)
    refused = client.get(ONE)
    assert refused.status_code == 401
    assert re.search("-60[01] seconds", refused.headers["X-Simulated-Reason"])
    ahead = parsedate_to_datetime(refused.headers["date"]).timestamp()
    assert 595 < ahead - time.time() < 605, "the answer's date tells the way out"
    auth = OAuth1(*client.x.token.values(), timestamp=str(int(ahead)))
    assert client.session.get(client.x.url + ONE, auth=auth, timeout=10).status_code == 200


def test_a_field_is_renamed_overnight(client: Client) -> None:
    client.x.fault("renamed", field="followers_count", to="follower_count")
    (person,) = client.get(MANY).json()["data"]
    assert person["public_metrics"]["follower_count"] == 27772
    assert "followers_count" not in person["public_metrics"]


def test_accounts_are_left_out_in_silence(client: Client) -> None:
    client.x.fault("silent")
    assert set(client.get(MANY).json()) == {"data"}


def test_a_single_look_up_may_answer_404(client: Client) -> None:
    client.x.fault("404-single")
    answer = client.get("/2/users/by/username/gone_bad")
    assert (answer.status_code, answer.json()["title"]) == (404, "Forbidden")
    assert client.get(ONE).status_code == 200
    assert client.get("/2/users/by?usernames=gone_bad").status_code == 200


def test_a_fault_keeps_to_its_route_its_turn_and_its_times(inside: Callable[..., Client]) -> None:
    client = inside()
    client.x.fault("503", route="/2/users/by/*", after=1, times=2)
    assert [client.get(ONE).status_code for _ in range(5)] == [200, 503, 503, 200, 200]
    assert client.get("/2/users/me").status_code == 200


def test_a_fault_keeps_to_its_time(inside: Callable[..., Client]) -> None:
    client = inside()
    client.x.fault("503", begins=10, lasts=5)
    seen = []
    for _ in range(4):
        seen.append(client.get(ONE).status_code)
        client.x.clock.advance(minutes=5)
    assert seen == [200, 200, 503, 200]


def test_a_rate_is_kept_and_is_the_same_for_the_same_seed(inside: Callable[..., Client]) -> None:
    def run(seed: int) -> list[int]:
        client = inside(seed=seed)
        client.x.fault("503", rate=0.3)
        return [client.get(ONE).status_code for _ in range(200)]

    assert 30 < run(1).count(503) < 90
    assert run(1) == run(1) != run(2)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"kind": "500 "}, "no kind of fault"),
        ({"kind": "500", "rate": 2}, "0 .never. to 1"),
        ({"kind": "500", "rate": "often"}, "'rate' must be a number"),
        ({"kind": "500", "after": 1.5}, "'after' must be a number"),
        ({"kind": "500", "after": -1}, "negative"),
        ({"kind": "500", "speed": 1}, "no setting 'speed'"),
        ({"kind": "500", "times": True}, "'times' must be a number"),
        ({"kind": "renamed"}, "needs a field"),
        ({"kind": "slow", "seconds": -1}, "0 or more"),
    ],
)
def test_a_fault_that_can_not_be_is_refused(settings: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        fault(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", scenarios.names())
def test_every_scenario_plays_and_has_a_lesson(inside: Callable[..., Client], name: str) -> None:
    x = inside(scenario=name).x
    assert 20 < len(x.lesson) < 160
    assert "\n" not in x.lesson
    assert x.lesson.endswith(".")
    assert [one.kind for one in x.state.faults.on] == [one.kind for one in scenarios.find(name).faults]


def test_there_is_a_scenario_for_most_kinds_of_fault() -> None:
    played = {one.kind for name in scenarios.names() for one in scenarios.find(name).faults}
    assert set(KINDS) - played <= {"429", "402", "404-single", "502", "504"}


def test_a_scenario_ends_and_leaves_nothing(inside: Callable[..., Client]) -> None:
    client = inside(scenario="rush-hour")
    assert [client.get(MANY).status_code for _ in range(3)] == [200, 200, 429]
    assert client.x.play("forbidden").startswith("403 means")
    assert client.get(ONE).status_code == 403
    client.x.play(None)
    assert (client.get(ONE).status_code, client.x.lesson) == (200, "")
    assert client.x.state.windows.limits["/2/users/by"] == (300, 900)


def test_a_scenario_sets_day_and_credits(inside: Callable[..., Client]) -> None:
    impostors = inside(scenario="impostors")
    assert impostors.get("/2/users/by?usernames=lndigoPress,IndigoPress").json()["data"][0]["username"] == "lndigoPress"
    broke = inside(scenario="broke")
    statuses = [broke.get(f"/2/users/by/username/{handle}").status_code for handle in broke.x.people[:7]]
    assert statuses == [200] * 5 + [402] * 2


def test_a_teacher_writes_a_scenario(tmp_path: Path, inside: Callable[..., Client]) -> None:
    file = tmp_path / "monday.toml"
    file.write_text('lesson = "Mondays."\n[[fault]]\nkind = "502"\nroute = "/2/users/me"\n')
    client = inside(scenario=file)
    assert (client.get("/2/users/me").status_code, client.x.lesson) == (502, "Mondays.")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("lesson = x\n", "not TOML: .*line 1"),
        ("title = 'x'", "needs a lesson"),
        ("lesson = 'x'\nmood = 1", "no setting 'mood'"),
        ("lesson = 'x'\nday = -1", "day must be"),
        ("lesson = 'x'\ncredits_usd = 'many'", "credits_usd must be"),
        ("lesson = 'x'\n[limits]\n'/2/users' = 'few'", "limits names routes"),
        ("lesson = 'x'\n[fault]\nkind = '500'", r"written as \[\[fault\]\]"),
        ("lesson = 'x'\n[[fault]]\nkind = '5xx'", "no kind of fault"),
        ("lesson = 'x'\n[[fault]]\nkind = 500", "no kind of fault"),
    ],
)
def test_a_bad_scenario_says_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        scenarios.parse(text, "mine")


def test_an_unknown_scenario_names_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no scenario 'rush'.*rush-hour"):
        Sandbox(scenario="rush")
    with pytest.raises(ValueError, match="'/2/tweets' has no rate limit"):
        Sandbox().state.play(scenarios.parse("lesson = 'x'\n[limits]\n'/2/tweets' = 1", "mine"))
