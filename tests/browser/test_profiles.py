"""ProfilesWidget in a real JupyterLab."""

from __future__ import annotations

import json
import os
import re
import signal
import zipfile
from typing import Any

import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Page, expect

from smapy_nb.widgets import exports

SETUP = """
from smapy_nb import ProfilesWidget, sandbox
box = sandbox.use()
accounts = {accounts}
w = ProfilesWidget(accounts, token=box.token)
w
"""


def press(page: Page, name: str) -> None:
    page.locator(".smapy-profiles").get_by_role("button", name=re.compile(rf"^{name}( ·|$)")).click()


def cells(page: Page, line: int) -> list[str]:
    texts: list[str] = page.locator(f"[role=grid] tr[aria-rowindex='{line + 1}'] > *").all_inner_texts()
    return texts


@pytest.mark.parametrize("host", ["lab", "notebook"])
def test_refresh_shows_a_row_for_each_account_asked_for(desk: Any, host: str) -> None:
    accounts = "{'RIA Novosti': 'ria_novosti', 'Nobody': 'no_such_one_1', 'Odd': 'bad handle!'}"
    book = desk.open(desk.server.write(f"refresh_{host}", SETUP.format(accounts=accounts)), host)
    book.run_all()
    expect(book.page.locator(".smapy-status")).to_contain_text("3 accounts, not read yet")
    press(book.page, "Refresh")
    expect(book.page.locator("[role=grid]")).to_have_attribute("aria-rowcount", "4")
    assert cells(book.page, 1)[:5] == ["RIA Novosti", "@ria_novosti", "ok", "RIA Novosti", "27,772"]
    assert cells(book.page, 2)[2].startswith("not found: X knows no account")
    assert cells(book.page, 3)[2].startswith("invalid: ")
    expect(book.page.locator(".smapy-profiles .smapy-badge")).to_have_text("SANDBOX, simulated")
    book.until("(len(w.df), w.busy, w.error)", "(3, False, '')")
    book.shot(f"profiles-{host}")
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
    for line in range(1, 5):
        book.page.locator(f"[role=grid] tr[aria-rowindex='{line + 1}'] td").nth(2).dblclick()
        expect(book.page.get_by_role("dialog")).to_be_visible()
        assert (
            book.page.locator(
                ".smapy-profiles :is(script, iframe, img[src]:not([src^='blob:']), svg:not(.smapy-line))"
            ).count()
            == 0
        )
        book.page.keyboard.press("Escape")
    links = book.page.locator(".smapy-profiles a").evaluate_all("(links) => links.map((link) => link.protocol)")
    assert set(links) == {"https:"}
    book.ask("(box.clock.advance(days=2), w.refresh(wait=True))")
    book.page.locator(".smapy-growth summary").click()
    expect(book.page.locator(".smapy-growth img")).to_be_visible()
    book.page.locator(".smapy-menu summary", has_text="Export").click()
    expect(book.page.locator("[role=grid] .smapy-trend svg")).to_have_count(4)
    assert (book.page.title(), dialogs, book.errors) == (title, [], [])
    # The same as a page without a kernel.
    book.save()
    path = book.path.with_suffix(".html")
    path.write_text(HTMLExporter().from_filename(str(book.path))[0], "utf-8")
    static, _ = desk.page()
    static.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    static.goto(path.as_uri())
    expect(static.get_by_role("cell", name="<script>alert('cat')</script>")).to_be_visible()
    assert (static.title(), dialogs) == ("hostile", [])


def test_a_kernel_that_does_not_answer_is_said(desk: Any) -> None:
    book = desk.open(desk.server.write("silent", SETUP.format(accounts="['ria_novosti']")))
    book.run_all()
    expect(book.page.locator(".smapy-profiles")).to_be_visible()
    kernel = int(book.ask("__import__('os').getpid()"))
    os.kill(kernel, signal.SIGSTOP)
    press(book.page, "Refresh")
    silence = book.page.get_by_text("The kernel does not answer")
    expect(silence).to_be_visible()
    os.kill(kernel, signal.SIGCONT)
    expect(silence).to_have_count(0)
    expect(book.page.locator("[role=grid]")).to_have_attribute("aria-rowcount", "2")


STUCK = """
import threading
from smapy_nb import ProfilesWidget, TwitterConnector

class Stuck(TwitterConnector):
    def frame(self, *args, **kwargs):
        threading.Event().wait()

w = ProfilesWidget(connector=Stuck(["ria_novosti"], base_url="http://127.0.0.1:9"))  # no real money, no question
w
"""


def test_a_kernel_that_was_restarted_leaves_no_process_and_a_view_that_says_so(desk: Any) -> None:
    book = desk.open(desk.server.write("restarted", STUCK))
    book.run_all()
    page, widget = book.page, book.page.locator(".smapy-profiles")
    press(page, "Refresh")
    expect(widget.get_by_role("button", name="Cancel")).to_be_visible()
    book.app("await panel.sessionContext.session.kernel.reconnect()")
    book.until("w.busy", "True")
    kernel = int(book.ask("__import__('os').getpid()"))
    book.app("await panel.sessionContext.restartKernel()")
    silence = widget.get_by_text("If it was restarted, run the cell again.")
    expect(silence).to_be_visible()  # before anything is pressed
    with pytest.raises(ProcessLookupError):  # and its threads with it
        os.kill(kernel, 0)
    press(page, "Cancel")
    expect(silence).to_be_visible()
    book.app("panel.content.widgets[0].model.clearExecution()")
    book.run_all()
    expect(silence).to_have_count(0)
    press(page, "Refresh")
    press(page, "Cancel")
    expect(page.locator(".smapy-status")).to_contain_text("Cancelled")
    assert book.errors == []


def test_an_error_is_shown_under_the_table(desk: Any) -> None:
    setup = SETUP.format(accounts="['ria_novosti']").replace("token=box.token", "token={'bearer_token': 'x' * 90}")
    book = desk.open(desk.server.write("refused", setup))
    book.run_all()
    book.app("await app.commands.execute('notebook:create-output-view')")  # a second view writes no second line
    expect(book.page.locator(".smapy-profiles")).to_have_count(2)
    book.app("await app.commands.execute('logconsole:open', {source: argument})", "refused/refused.ipynb")
    page, box = book.page, book.page.locator(".smapy-error").first
    page.locator(".smapy-profiles").first.get_by_role("button", name=re.compile("^Refresh")).click()
    expect(box.get_by_role("alert")).to_contain_text("401")
    expect(box.locator("pre")).to_be_hidden()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    box.get_by_role("button", name="Copy").click()
    expect(box.get_by_role("status")).to_have_text("Copied.")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert re.search(
        r"401.*\nKind: Unauthorized\nHTTP status: 401\nTime: 20.*Z\nAccounts read: 0 of 1\nVersions: ", copied
    )
    log = page.locator(".jp-LogConsolePanel .jp-OutputArea-output")
    expect(log).to_have_count(1)
    assert log.inner_text().strip() == copied.strip()
    page.context.clear_permissions()
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')); }")
    box.get_by_role("button", name="Copy").click()
    expect(box.get_by_role("status")).to_contain_text("Ctrl+C")
    assert page.evaluate("() => getSelection().toString()").strip() == copied.strip()
    assert not book.app("return panel.content.widgets[0].model.outputs.toJSON().some((one) => one.name === 'stderr')")
    book.shot("profiles-error")


PEOPLE = "box.people[:120]"
ROWS = "(node) => [...node.querySelectorAll('tbody:not([aria-hidden]) tr')].map((row) => row.innerText)"


def test_the_keyboard_alone_sorts_selects_opens_a_card_and_types_in_the_search(desk: Any) -> None:
    book = desk.open(desk.server.write("keyboard", SETUP.format(accounts=PEOPLE)))
    book.run_all()
    press(book.page, "Refresh")
    page, keys, grid = book.page, book.page.keyboard, book.page.locator("[role=grid]")
    expect(grid).to_have_attribute("aria-rowcount", "121")
    grid.focus()
    for _ in range(4):
        keys.press("ArrowRight")
    keys.press("Enter")
    keys.press("Enter")  # followers, from the largest
    expect(page.get_by_role("columnheader", name="Followers")).to_have_attribute("aria-sort", "descending")
    followers = [
        int(text.replace(",", ""))
        for text in page.locator("tbody:not([aria-hidden]) .smapy-number:nth-child(5)").all_inner_texts()
    ]
    assert followers == sorted(followers, reverse=True)
    largest = book.ask("w.df.sort_values('followers', ascending=False).account.iloc[0]")
    keys.press("ArrowDown")
    keys.press("Space")
    page.wait_for_function("() => document.querySelector('[role=grid] [aria-selected=true]')")
    book.until("w.selected", f"['{largest}']")
    keys.press("Control+End")
    current = page.locator(f"[id='{grid.get_attribute('aria-activedescendant')}']")
    expect(current).to_be_visible()
    expect(current.locator("xpath=..")).to_have_attribute("aria-rowindex", "121")
    keys.press("Enter")
    card = page.get_by_role("dialog")
    expect(card).to_contain_text("Asked for")
    keys.press("Escape")
    expect(card).to_be_hidden()
    expect(grid).to_be_focused()
    search = page.get_by_role("searchbox", name="Search")
    search.focus()
    keys.type("bbaa novosti")  # "b" and "a" would insert cells if the notebook heard them
    keys.press("Control+a")
    keys.type("ria novosti")
    expect(grid).to_have_attribute("aria-rowcount", "2")
    assert len(book.app("return panel.content.widgets.map((cell) => cell.model.type)")) == 1


def test_a_refresh_keeps_the_view_and_marks_what_changed(desk: Any) -> None:
    book = desk.open(desk.server.write("again", SETUP.format(accounts=PEOPLE)))
    book.run_all()
    press(book.page, "Refresh")
    page, grid = book.page, book.page.locator("[role=grid]")
    expect(grid).to_have_attribute("aria-rowcount", "121")
    page.get_by_role("columnheader", name="Followers").click()
    grid.focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("Space")
    place = page.locator(".smapy-scroll").evaluate("(node) => node.scrollTop")
    current = grid.get_attribute("aria-activedescendant")
    assert place > 0
    page.get_by_role("searchbox", name="Search").fill("e")
    page.get_by_role("searchbox", name="Search").fill("")
    grid.focus()
    book.ask("box.clock.advance(days=3)")
    book.ask("w.refresh()")
    expect(page.locator(".smapy-changed").first).to_be_attached()
    expect(page.locator(".smapy-up, .smapy-down").first).to_be_attached()
    expect(grid).to_be_focused()
    book.until("len(w.selected)", "1")
    assert grid.locator("[aria-selected=true]").count() == 1
    assert current
    expect(page.get_by_role("columnheader", name="Followers")).to_have_attribute("aria-sort", "ascending")
    book.shot("profiles-changed")
    # A second view shows the same, and takes nothing from the first.
    page.locator(".smapy-scroll").evaluate("(node) => { node.scrollTop = 0; }")
    page.wait_for_function("() => document.querySelector('[role=grid] [aria-rowindex=\"2\"]')")
    expect(page.locator("[aria-rowindex='2'] .smapy-trend svg")).to_have_count(1)  # asked for when it came into view
    updated = grid.evaluate(ROWS)
    book.app("await app.commands.execute('notebook:insert-cell-below')")
    book.app("panel.content.activeCell.model.sharedModel.setSource('w')")
    book.app("await app.commands.execute('notebook:run-cell')")
    other = page.locator("[role=grid]").nth(1)
    other.locator("thead th").nth(4).click()
    expect(other.locator("tbody:not([aria-hidden]) tr").nth(10)).to_be_attached()
    expect(other.locator("[aria-rowindex='2'] .smapy-trend svg")).to_have_count(1)
    assert other.evaluate(ROWS) == updated
    assert grid.first.locator("[aria-selected=true]").count() == 0  # it is far below
    grid.first.focus()
    page.keyboard.press("Control+End")
    expect(grid.first.locator("[aria-selected=true]")).to_have_count(1)


THREE = """
from smapy_nb import ProfilesWidget, sandbox
box = sandbox.use()
ws, read = [ProfilesWidget(box.people[:part], token=box.token) for part in (120, 60, 3)], []
for w in ws:
    w.observe(read.append, "df")
    display(w)
"""


def test_three_refresh_at_once_and_a_page_loaded_again_shows_what_they_showed(desk: Any) -> None:
    book = desk.open(desk.server.write("three", THREE))
    book.run_all()
    page, grids = book.page, book.page.locator("[role=grid]")
    refresh = page.get_by_role("button", name=re.compile("^Refresh ·"))
    for reading in (1, 2):
        expect(refresh).to_have_count(3)
        for widget in page.locator(".smapy-profiles").all():
            widget.get_by_role("button", name=re.compile("^Refresh ·")).click()
        book.until("len(read)", str(3 * reading))
        book.ask("box.clock.advance(days=3)")
    assert book.ask("[(len(w.df), w.error) for w in ws]") == "[(120, ''), (60, ''), (3, '')]"
    for grid in grids.all():
        expect(grid.locator(".smapy-up, .smapy-down").first).to_be_attached()
        expect(grid.locator(".smapy-trend svg").first).to_be_attached()
    updated = [grid.evaluate(ROWS) for grid in grids.all()]
    book.save()
    page.reload()
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context?.isReady")
    for place, lines in enumerate(("121", "61", "4")):
        expect(grids.nth(place)).to_have_attribute("aria-rowcount", lines)
    shown = f"() => JSON.stringify([...document.querySelectorAll('[role=grid]')].map({ROWS}))"
    page.wait_for_function(
        f"(before) => ({shown})() === before", arg=json.dumps(updated, ensure_ascii=False, separators=(",", ":"))
    )
    refresh.last.click()
    book.until("len(read)", "7")
    assert book.errors == []


def test_accounts_are_edited_and_files_taken_away(desk: Any, tmp_path: Any) -> None:
    book = desk.open(desk.server.write("edit", SETUP.format(accounts="['ria_novosti']")))
    book.run_all()
    page = book.page
    page.locator(".smapy-accounts summary").click()
    area = page.locator(".smapy-accounts textarea")
    expect(area).to_have_value("ria_novosti")
    area.fill("Press = @IndigoPress\nbad-handle!\nhttps://x.com/kedi_haber")
    press(page, "Use these accounts")
    expect(page.locator(".smapy-problems li")).to_have_count(1)
    expect(page.locator(".smapy-problems li")).to_contain_text("Line 2: bad-handle!")
    press(page, "Refresh")
    expect(page.locator("[role=grid]")).to_have_attribute("aria-rowcount", "4")
    page.locator(".smapy-menu summary", has_text="Export").click()
    page.get_by_role("checkbox", name="with history").check()
    book.shot("profiles-export", ".smapy-profiles")
    with page.expect_download() as download:
        press(page, "CSV")
    download.value.save_as(tmp_path / "taken.zip")
    with zipfile.ZipFile(tmp_path / "taken.zip") as taken:
        assert len(taken.namelist()) == 3
        taken.extractall(tmp_path)
    stem = tmp_path / download.value.suggested_filename.removesuffix(".zip")
    assert list(exports.read(f"{stem}.csv")["account"]) == ["Press", "bad-handle!", "kedi_haber"]
    assert set(exports.read(f"{stem}.history.csv")["account"]) == {"Press", "kedi_haber"}
    expect(page.get_by_text("Making the file")).to_have_count(0)
    page.locator(".smapy-menu summary", has_text="Columns").click()
    page.get_by_role("checkbox", name="Bio").uncheck()
    expect(page.get_by_role("columnheader", name="Bio")).to_have_count(0)
    book.shot("profiles-columns", ".smapy-profiles")


def test_history_is_drawn_in_rows_in_the_card_and_as_growth(desk: Any) -> None:
    book = desk.open(
        desk.server.write("growth", SETUP.format(accounts="['script_kitty', 'IndigoPress', 'kedi_haber']"))
    )
    book.run_all()
    page = book.page
    for _ in range(3):
        book.ask("(w.refresh(wait=True), box.clock.advance(days=2))")
    assert book.ask("(w.error, w.history.read_at.nunique())") == "('', 3)"
    trend = page.locator("[role=grid] .smapy-trend svg")
    expect(trend).to_have_count(3)
    numbers = [
        f"{int(count):,}"
        for count in book.ask("' '.join(map(str, w.history[w.history.account == 'IndigoPress'].followers))").split()
    ]
    expect(trend.nth(1)).to_have_attribute("aria-label", f"3 readings, from {numbers[0]} to {numbers[-1]} followers")
    page.locator("[role=grid] tr[aria-rowindex='3'] td").nth(3).dblclick()
    expect(page.get_by_role("dialog").locator("figcaption")).to_contain_text(numbers[-1])
    page.keyboard.press("Escape")
    page.locator(".smapy-growth summary").click()
    picture = page.locator(".smapy-growth img")
    expect(picture).to_be_visible()
    expect(picture).to_have_attribute("alt", re.compile("IndigoPress: .* → "))
    assert book.errors == []
    book.shot("profiles-growth", ".smapy-profiles")


def test_money_is_asked_about_before_it_is_spent(desk: Any) -> None:
    book = desk.open(desk.server.write("money", SETUP.format(accounts="['ria_novosti']")))
    book.run_all()
    page, bar = book.page, book.page.locator("header.smapy-head")
    expect(bar).to_contain_text("1 account · $0.01, simulated")
    expect(bar.locator(".smapy-badge")).to_have_text("SANDBOX, simulated")
    book.ask("setattr(w, 'price', w.price | {'simulated': False})")  # as it is with X
    expect(bar.get_by_role("button", name="Refresh · 1 account · $0.01", exact=True)).to_be_visible()
    expect(bar.locator(".smapy-badge")).to_have_text("X")
    press(page, "Refresh")
    expect(bar).to_contain_text("This costs $0.01. Go on?")
    press(page, "Not now")
    assert book.ask("(w.df, w.busy)") == "(None, False)"
    press(page, "Refresh")
    press(page, "Pay and refresh")
    expect(page.locator("[role=grid]")).to_have_attribute("aria-rowcount", "2")
    expect(bar.get_by_role("button", name=re.compile("free until 00:00 UTC"))).to_be_visible()
    expect(bar).to_contain_text("$0.01 today")
    book.ask("(setattr(w, 'accounts', box.people[:300]), setattr(w, 'budget', 1))")
    expect(bar.get_by_role("button", name=re.compile("^Refresh"))).to_be_disabled()
    expect(bar).to_contain_text("$0.01 of $1.00 today")
    over = page.locator(".smapy-over")
    expect(over).to_contain_text("would cost $2.94, and $0.99 of the budget are left")
    book.shot("profiles-over", ".smapy-profiles")
    allow = over.locator("code").inner_text()
    assert allow == "w.budget = 2.95"
    book.ask(f"exec({allow!r})")
    expect(over).to_be_hidden()
    expect(bar.get_by_role("button", name="Refresh · 295 accounts · $2.94, simulated", exact=True)).to_be_enabled()
