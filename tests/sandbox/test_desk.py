from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from smapy_nb.sandbox import Sandbox, scenarios
from tests.sandbox.support import Client

ONE = "/2/users/by/username/ria_novosti"


def state(client: Client) -> dict:  # type: ignore[type-arg]
    return client.session.get(client.x.url + "/sandbox/state.json", timeout=10).json()  # type: ignore[no-any-return]


def press(client: Client, button: str, headers: dict[str, str] | None = None, **form: str) -> requests.Response:
    return client.session.post(f"{client.x.url}/sandbox/{button}", data=form, headers=headers, timeout=10)


def test_the_page_shows_what_a_students_code_just_did(client: Client) -> None:
    ada = client.x.identity("ada")
    client.get("/2/users/by?usernames=_,007,gone_bad", token=ada.token)
    client.get("/2/users/me", token=client.x.token | {"access_secret": "wrong"})
    told = state(client)
    assert told["simulated"] is True
    refused, looked_up = told["requests"]
    assert (looked_up["who"], looked_up["status"], looked_up["profiles"], looked_up["usd"]) == ("ada", 200, 2, "0.02")
    assert looked_up["target"] == "/2/users/by?usernames=_,007,gone_bad"
    assert (refused["status"], refused["who"]) == (401, "")
    assert "a secret is wrong" in refused["reason"]
    assert {"who": "ada", "left": "99.98", "today": "0.02", "total": "0.02"} in told["credits"]
    (window,) = told["windows"]
    assert (window["route"], window["who"], window["left"]) == ("/2/users/by", "ada", 899)


def test_nothing_secret_is_shown(client: Client) -> None:
    ada = client.x.identity("ada")
    client.get(ONE, token=ada.token)
    client.get(ONE, bearer=ada.bearer_token)
    # A signature in the query, as the specification allows, and a bearer token where it does not belong.
    misplaced = f"/2/users/me?oauth_token={ada.token['access_token']}&access_token={ada.bearer_token}"
    client.session.get(client.x.url + misplaced, timeout=10)
    text = client.session.get(client.x.url + "/sandbox/state.json", timeout=10).text
    for key in (*ada.token.values(), ada.bearer_token):
        assert key not in text


def test_the_buttons_change_what_they_say(client: Client) -> None:
    assert press(client, "advance", days="1", minutes="15").json()["day"] == 1
    assert client.x.clock.day == 1
    assert press(client, "scenario", name="rush-hour").json()["lesson"] == client.x.lesson != ""
    told = press(client, "fault", kind="503", route="/2/users/me", rate="0.5", after="2", times="3").json()
    assert told["faults"][0]["rate"] == 0.5
    assert press(client, "heal").json()["faults"] == []
    assert press(client, "scenario", name="").json()["lesson"] == ""
    assert press(client, "reset").json()["day"] == 0


@pytest.mark.parametrize(
    ("button", "form", "status"),
    [
        ("advance", {}, 400),
        ("advance", {"days": "-1"}, 400),
        ("advance", {"days": "nan"}, 400),
        ("advance", {"days": "inf"}, 400),
        ("advance", {"days": "1e9"}, 400),
        ("advance", {"days": "soon"}, 400),
        ("scenario", {"name": "../../etc/passwd.toml"}, 400),
        ("fault", {}, 400),
        ("fault", {"kind": "503", "rate": "x"}, 400),
        ("fault", {"kind": "503", "mood": "x"}, 400),
        ("explode", {}, 404),
    ],
)
def test_odd_values_are_refused(client: Client, button: str, form: dict[str, str], status: int) -> None:
    answer = press(client, button, **form)
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert client.get(ONE).status_code == 200


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}])
def test_another_page_changes_nothing(client: Client, headers: dict[str, str]) -> None:
    assert press(client, "advance", headers, days="1").status_code == 403
    assert client.x.clock.day == 0
    assert press(client, "advance", {"Origin": client.x.url}, days="1").status_code == 200


def test_where_others_can_reach_it_changes_need_the_code(inside: Callable[..., Client]) -> None:
    client = inside(host="0.0.0.0")  # noqa: S104  # inside the process: nothing is bound
    code = client.x.page.partition("#")[2]
    assert len(code) >= 12
    assert state(client)["locked"] is True
    assert code not in str(state(client))
    assert press(client, "advance", days="1").status_code == 403
    assert press(client, "advance", {"X-Sandbox-Code": code + "x"}, days="1").status_code == 403
    assert press(client, "advance", {"X-Sandbox-Code": code}, days="1").status_code == 200
    assert press(client, "reset", {"X-Sandbox-Code": code}).status_code == 200
    assert press(client, "advance", days="1").status_code == 403, "still locked after a reset"
    assert Sandbox().page.endswith("/")


def test_the_page_is_for_browsers_and_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.session.get(client.x.url, headers={"Accept": "text/html"}, timeout=10)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "Simulated" in page.text
    for file in ("page.css", "page.js"):
        answer = client.session.get(f"{client.x.url}/sandbox/{file}", timeout=10)
        assert answer.status_code == 200
        assert not re.search(r"https?://|innerHTML|insertAdjacentHTML", answer.text)
    assert client.session.get(client.x.url + "/sandbox/../app.py", timeout=10).status_code == 404


def test_people_are_told_with_what_changed(client: Client) -> None:
    def people() -> dict:  # type: ignore[type-arg]
        told = client.session.get(client.x.url + "/sandbox/people.json", timeout=10).json()
        return {one["handle"]: one for one in told["people"]}

    assert people()["ria_novosti"]["change"] == 0
    client.x.clock.advance(days=3)
    told = people()
    assert told["ria_novosti"]["change"] != 0
    assert told["lndigoPress"]["change"] is None
    assert told["lndigoPress"]["today"] == ["appears"]
    assert told["script_kitty"]["name"] == "<script>alert('cat')</script>"


def test_every_scenario_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")
    for name in scenarios.names():
        assert f"`{name}`" in text, name
