"""KeyChainWidget in a real JupyterLab."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page, expect

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


def type_keys(page: Page, keys: dict[str, str]) -> None:
    for field, label in LABELS.items():
        page.get_by_label(label, exact=True).press_sequentially(keys[field])


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
    assert book.page.get_by_label("API key", exact=True).get_attribute("autocomplete") == "new-password"
    press(book.page, "Save")
    expect_state(book.page, "Stored, not checked yet")
    for label in LABELS.values():
        expect(book.page.get_by_label(label, exact=True)).to_have_value("")
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
