"""ProfilesWidget in a real JupyterLab."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

SETUP = """
from smapy_nb import ProfilesWidget, sandbox
box = sandbox.use()
accounts = {accounts}
w = ProfilesWidget(accounts, token=box.token)
w
"""


def press(page: Page, name: str) -> None:
    page.locator(".smapy-profiles").get_by_role("button", name=name, exact=True).click()


def cells(page: Page, line: int) -> list[str]:
    texts: list[str] = page.locator(f"[role=grid] tr[aria-rowindex='{line + 1}'] > *").all_inner_texts()
    return texts


def test_refresh_shows_a_row_for_each_account_asked_for(desk: Any) -> None:
    accounts = "{'RIA Novosti': 'ria_novosti', 'Nobody': 'no_such_one_1', 'Odd': 'bad handle!'}"
    book = desk.open(desk.server.write("refresh", SETUP.format(accounts=accounts)))
    book.run_all()
    expect(book.page.locator(".smapy-status")).to_contain_text("3 accounts, not read yet")
    press(book.page, "Refresh")
    expect(book.page.locator("[role=grid]")).to_have_attribute("aria-rowcount", "4")
    assert cells(book.page, 1)[:5] == ["RIA Novosti", "@ria_novosti", "ok", "RIA Novosti", "27,772"]
    assert cells(book.page, 2)[2].startswith("not found: X knows no account")
    assert cells(book.page, 3)[2].startswith("invalid: ")
    expect(book.page.locator(".smapy-profiles .smapy-badge")).to_have_text("SANDBOX")
    assert book.ask("(len(w.df), w.busy, w.error)") == "(3, False, '')"
    book.shot("profiles")
    # The static form is up to date in the notebook, and a live view hides it.
    static = book.save()["cells"][0]["outputs"][1]["data"]["text/html"]
    assert "27,772" in "".join(static)
    expect(book.page.locator(".smapy-static")).to_have_count(1)
    expect(book.page.locator(".smapy-static")).to_be_hidden()


def test_what_hostile_people_wrote_stays_text(desk: Any) -> None:
    accounts = "['script_kitty', 'img_onerror', 'formula_fan', 'cmd_formula']"
    book = desk.open(desk.server.write("hostile", SETUP.format(accounts=accounts)))
    dialogs: list[str] = []
    book.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    book.run_all()
    title = book.page.title()
    press(book.page, "Refresh")
    expect(book.page.locator("[role=grid]")).to_have_attribute("aria-rowcount", "5")
    assert cells(book.page, 1)[3] == "<script>alert('cat')</script>"
    assert cells(book.page, 2)[3] == "<img src=x onerror=\"document.title='owned'\">"
    assert book.page.locator(".smapy-profiles :is(script, img, svg)").count() == 0
    assert (book.page.title(), dialogs, book.errors) == (title, [], [])


def test_an_error_is_shown_under_the_table(desk: Any) -> None:
    setup = SETUP.format(accounts="['ria_novosti']").replace("token=box.token", "token={'bearer_token': 'x' * 90}")
    book = desk.open(desk.server.write("refused", setup))
    book.run_all()
    press(book.page, "Refresh")
    expect(book.page.locator(".smapy-error")).to_contain_text("401")
    book.shot("profiles-error")
