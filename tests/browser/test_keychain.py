"""KeyChainWidget in a real JupyterLab."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

SETUP = """
from smapy_nb import KeyChain, KeyChainWidget, sandbox
box = sandbox.use()
k = KeyChain()
w = KeyChainWidget(k)
w
"""
LABELS = {
    "consumer_key": "API key",
    "consumer_secret": "API key secret",
    "access_token": "Access token",
    "access_secret": "Access token secret",
}


def panel(page: Page) -> Locator:
    """The page of the widget that is open."""
    return page.locator(".smapy-keychain [role=tabpanel]:not([hidden])")


def type_keys(page: Page, keys: dict[str, str]) -> None:
    for field, label in LABELS.items():
        panel(page).get_by_label(label, exact=True).press_sequentially(keys[field])


def press(page: Page, name: str) -> None:
    page.locator(".smapy-keychain").get_by_role("button", name=name, exact=True).click()


def expect_state(page: Page, text: str) -> None:
    expect(page.locator(".smapy-state")).to_contain_text(text)


def test_four_keys_typed_saved_and_checked(desk: Any) -> None:
    book = desk.open(desk.server.write("four_keys", SETUP))
    book.run_all()
    keys = json.loads(book.ask("__import__('json').dumps(dict(box.token))"))
    expect_state(book.page, "Not stored")
    type_keys(book.page, keys)
    assert panel(book.page).get_by_label("API key", exact=True).get_attribute("autocomplete") == "new-password"
    press(book.page, "Save")
    expect_state(book.page, "Stored, not checked yet")
    for label in LABELS.values():
        expect(panel(book.page).get_by_label(label, exact=True)).to_have_value("")
    assert book.ask("k.get('tw') == dict(box.token)") == "True"
    press(book.page, "Check")
    expect_state(book.page, "Valid: @sandbox_you")
    expect(book.page.locator(".smapy-keychain .smapy-badge")).to_be_visible()
    book.shot("keychain-valid")
    assert len(book.app("return panel.content.widgets.map((cell) => cell.model.type)")) == 1  # no key was a shortcut


def test_a_wrong_key_is_rejected_and_says_why(desk: Any) -> None:
    book = desk.open(desk.server.write("wrong_key", SETUP))
    book.run_all()
    keys = json.loads(book.ask("__import__('json').dumps(dict(box.token))"))
    type_keys(book.page, keys | {"access_secret": "b" * 45})
    press(book.page, "Save")
    press(book.page, "Check")
    expect_state(book.page, "Rejected")
    expect(book.page.locator(".smapy-note")).to_contain_text("401")
    book.shot("keychain-rejected")


def test_a_pasted_block_fills_the_right_fields(desk: Any) -> None:
    book = desk.open(desk.server.write("paste", SETUP))
    book.run_all()
    page = book.page
    keys = json.loads(book.ask("__import__('json').dumps(dict(box.token))"))
    page.get_by_role("tab", name="Paste", exact=True).click()
    area = page.locator(".smapy-keychain textarea")
    assert area.evaluate("(area) => getComputedStyle(area).webkitTextSecurity") == "disc"
    area.fill("# my app 🗝️\n" + "\n".join(f"X_{field.upper()} = '{value}'" for field, value in keys.items()))
    press(page, "Fill the fields")
    for field, label in LABELS.items():
        expect(panel(page).get_by_label(label, exact=True)).to_have_value(keys[field])
    expect(area).to_have_value("")
    assert book.ask("k.get('tw')") == "None"
    press(page, "Save")
    expect_state(page, "Stored, not checked yet")


def test_a_key_shows_only_while_its_button_is_held(desk: Any) -> None:
    book = desk.open(desk.server.write("held", SETUP))
    book.run_all()
    field = panel(book.page).get_by_label("API key secret", exact=True)
    field.fill("seen for a moment")
    eye = book.page.get_by_role("button", name="Show the API key secret", exact=False)
    eye.hover()
    book.page.mouse.down()
    expect(field).to_have_attribute("type", "text")
    book.page.mouse.up()
    expect(field).to_have_attribute("type", "password")
    eye.focus()
    book.page.keyboard.down("Space")
    expect(field).to_have_attribute("type", "text")
    book.page.keyboard.up("Space")
    expect(field).to_have_attribute("type", "password")


@pytest.mark.parametrize("host", ["notebook", "voila"])
def test_it_works_in_other_hosts_and_forget_asks_once(desk: Any, host: str) -> None:
    # Voilà has no kernel to ask from outside, so that the notebook puts the sandbox's keys into the environment.
    setup = SETUP.replace("k = K", "import os\nos.environ |= {n.upper(): v for n, v in box.token.items()}\nk = K")
    book = desk.open(desk.server.write(f"keys_{host}", setup), host)
    if host != "voila":
        book.run_all()
    page = book.page
    expect(page.locator(".smapy-offer")).to_contain_text("the environment")
    press(page, "Use them")
    expect_state(page, "Stored, not checked yet")
    press(page, "Check")
    expect_state(page, "Valid: @sandbox_you")
    book.shot(f"keychain-{host}")
    press(page, "Forget")
    press(page, "Keep")
    expect_state(page, "Valid: @sandbox_you")
    press(page, "Forget")
    press(page, "Yes, forget")
    expect_state(page, "Not stored")


def test_signing_in_by_a_pin(desk: Any) -> None:
    book = desk.open(desk.server.write("pin", SETUP))
    book.run_all()
    page = book.page
    keys = json.loads(book.ask("__import__('json').dumps(dict(box.token))"))
    page.get_by_role("tab", name="Sign in", exact=True).click()
    panel(page).get_by_label("API key", exact=True).fill(keys["consumer_key"])
    panel(page).get_by_label("API key secret", exact=True).fill(keys["consumer_secret"])
    press(page, "Get a PIN")
    with page.context.expect_page() as opened:
        panel(page).get_by_role("link", name="open X's page").click()
    site = opened.value
    site.get_by_role("button", name="Authorize", exact=False).first.click()
    digits = re.search(r"\b\d{7}\b", site.locator("body").inner_text())
    assert digits
    panel(page).get_by_label("PIN").fill("0000000")
    press(page, "Finish")
    expect(page.locator(".smapy-note.smapy-bad")).to_contain_text("PIN")
    panel(page).get_by_label("PIN").fill(digits[0])
    press(page, "Finish")
    expect_state(page, "Stored, not checked yet")
    assert book.ask("k.check('tw')") == "True"
    assert book.errors == []
