"""The local page in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from smapy_nb.sandbox import Sandbox
from tests.sandbox.support import Client

BUILD = Path(__file__).parents[2] / "build" / "sandbox"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("left out: there is no chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture
def x() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def page(browser: Browser, x: Sandbox) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 1500}) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
        page.route(lambda url: not url.startswith(x.url), lambda route: route.abort())
        yield page
        assert [one for one in complaints if "Failed to load resource" not in one] == []


def row(page: Page, table: str, text: str) -> str:
    return page.locator(f"#{table} tbody tr", has_text=text).first.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_teacher_sees_what_happens_and_lets_a_day_go_by(page: Page, x: Sandbox, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    client = Client(x)
    page.goto(x.page)
    expect(page.locator("#requests tbody")).to_contain_text("Nothing was asked yet")
    expect(page.locator("#people tbody tr")).not_to_have_count(0)
    before = row(page, "people", "@ria_novosti")
    assert "27,772" in before
    ada = x.identity("ada")
    client.get("/2/users/by?usernames=ria_novosti,script_kitty,gone_bad", token=ada.token)
    client.get("/2/users/me", token=ada.token | {"access_secret": "wrong"})
    expect(page.locator("#requests tbody tr")).to_have_count(2)
    assert "$0.02" in row(page, "requests", "script_kitty")
    assert "899 of 900" in row(page, "windows", "/2/users/by")
    assert "$99.98" in row(page, "credits", "ada")
    page.get_by_role("button", name="+ 1 day").click()
    expect(page.locator("#day")).to_have_text("1")
    expect(page.locator("#people tbody tr", has_text="@ria_novosti")).not_to_contain_text("27,772")
    assert re.search(r"\+\d", row(page, "people", "@ria_novosti"))
    page.get_by_label("Scenario", exact=True).select_option("flaky")
    expect(page.locator("#lesson")).to_contain_text("5xx is the server's trouble")
    expect(page.locator("#faults li")).to_have_count(2)
    assert x.lesson
    BUILD.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=BUILD / f"page-{scheme}.png")
    page.get_by_label("Add a fault").select_option("429")
    expect(page.locator("#faults li")).to_have_count(3)
    assert [one.kind for one in x.state.faults.on] == ["503", "500", "429"]
    page.get_by_role("button", name="Faults off").click()
    expect(page.locator("#faults li")).to_have_count(0)
    page.get_by_role("button", name="Begin anew").click()
    expect(page.locator("#day")).to_have_text("0")


def test_hostile_names_stay_text(page: Page, x: Sandbox) -> None:
    page.goto(x.page)
    page.get_by_label("Find").fill("alert('cat')")
    expect(page.locator("#people tbody tr")).to_have_count(1)
    assert "<script>alert('cat')</script>" in row(page, "people", "@script_kitty")
    page.get_by_label("Find").fill("onerror")
    assert "<img src=x" in row(page, "people", "@img_onerror")
    assert page.locator("#people img, #people script").count() == 0
    assert page.title() == "smapy-nb sandbox · simulated"


def test_a_stopped_sandbox_is_said(page: Page, x: Sandbox) -> None:
    page.goto(x.page)
    expect(page.locator("#time")).to_contain_text("UTC")
    x.stop()
    expect(page.get_by_role("alert")).to_contain_text("does not answer any more")


def test_where_others_can_reach_it_the_code_unlocks_the_buttons(page: Page, x: Sandbox) -> None:
    x.state.code = "the-code"
    page.goto(x.url)
    page.get_by_role("button", name="+ 1 day").click()
    expect(page.get_by_role("alert")).to_contain_text("need the code")
    page.goto("about:blank")
    page.goto(x.page)
    page.get_by_role("button", name="+ 1 day").click()
    expect(page.locator("#day")).to_have_text("1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_pin_is_shown_to_who_says_yes(page: Page, x: Sandbox, scheme: str) -> None:
    from tests.sandbox.test_pins import ask, trade

    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 700, "height": 620})
    client = Client(x)
    got = ask(client)
    page.goto(f"{x.url}/oauth/authorize?oauth_token={got['oauth_token']}")
    BUILD.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=BUILD / f"authorize-{scheme}.png")
    page.get_by_label("Account").fill("@ria_novosti")
    page.get_by_role("button", name="Authorize app").click()
    pin = page.locator("code").inner_text()
    page.screenshot(path=BUILD / f"pin-{scheme}.png")
    assert trade(client, got, pin)["screen_name"] == "ria_novosti"
