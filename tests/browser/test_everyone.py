"""Both widgets for everyone: axe-core finds nothing, in either theme; narrow pages; the keyboard alone; Russian."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

SETUP = """
from smapy_nb import KeyChain, KeyChainWidget, ProfilesWidget, sandbox
box = sandbox.use()
k = KeyChain()
w = KeyChainWidget(k, lang={lang!r})
display(w)
accounts = {{'RIA Novosti': 'ria_novosti', 'Nobody': 'no_such_one_1', 'Odd': 'bad handle!'}}
accounts |= {{handle: handle for handle in box.people[:60]}}
p = ProfilesWidget(accounts, token=box.token, lang={lang!r})
display(p)
p.refresh()
"""


UNSEEN = """(root) => [...root.querySelectorAll(
    "button, input, select, textarea, summary, a, [tabindex]"
)].filter((node) => {
    if (node.disabled || node.tabIndex < 0 || !node.checkVisibility()) return false;
    node.focus({ focusVisible: true });
    const { outlineStyle, outlineWidth } = getComputedStyle(node.querySelector(".smapy-current") ?? node);
    return document.activeElement !== node || outlineStyle === "none" || parseFloat(outlineWidth) < 2;
}).map((node) => node.outerHTML)"""
CUT_OFF = """(nodes) => nodes.filter((node) => {
    const box = node.getBoundingClientRect();
    const inTable = node.closest("[role=grid]") || node.closest(".smapy-words");
    const overflows = node.matches("button, summary, p") && node.scrollWidth > node.clientWidth + 1;
    return !inTable && box.width && (box.left < 0 || box.right > innerWidth || overflows);
}).map((node) => node.outerHTML.slice(0, 200))"""
OUT_OF_COLUMN = """(grid) => {
    const [head, row] = ["1", "2"].map((at) => [...grid.querySelector(`[aria-rowindex="${at}"]`).children]);
    const away = (one, other) => Math.abs(one.getBoundingClientRect().left - other.getBoundingClientRect().left);
    return row.filter((cell, at) => away(cell, head[at]) > 1 || cell.offsetHeight !== 28).map((cell) => cell.outerHTML);
}"""


def violations(page: Page) -> list[str]:
    found = Axe().run(page, context=".smapy").response["violations"]
    return [f"{one['id']}: {node['html']} {node['failureSummary']}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(desk: Any, theme: str) -> None:
    book = desk.open(desk.server.write(f"axe_{theme}", SETUP.format(lang="en")), theme=theme)
    book.run_all()
    page = book.page
    expect(page.locator("[role=grid]")).to_have_attribute("aria-rowcount", "64")
    for question in page.locator(".smapy-answers summary").all():
        question.click()
    page.locator("[role=grid]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert violations(page) == []
    book.ask("setattr(p, 'budget', 0.5)")
    book.ask("p._refused(__import__('smapy_nb.widgets.failure').widgets.failure.failure_of(ValueError('x')))")
    page.keyboard.press("Enter")
    opened = "(nodes) => nodes.forEach((node) => { node.open = true; })"
    for menu in page.locator(".smapy-menu").all():
        menu.evaluate_all(opened)
        assert violations(page) == []
        menu.evaluate("(node) => { node.open = false; }")
    page.locator(".smapy-profiles details:not(.smapy-menu)").evaluate_all(opened)
    assert violations(page) == []
    for widget in page.locator(".smapy").all():
        assert widget.evaluate(UNSEEN) == []
    book.shot(f"profiles-open-{theme}", ".smapy-profiles")
    page.locator(".smapy-profiles details").evaluate_all("(nodes) => nodes.forEach((node) => { node.open = false; })")
    page.locator(".smapy-card").press("Escape")
    book.ask("(setattr(p, 'budget', 5), setattr(p, 'error', ''))")
    book.shot(f"profiles-{theme}", ".smapy-profiles")
    book.shot(f"keychain-{theme}", ".smapy-keychain")
    for name in ("Bearer token", "Paste", "Sign in"):
        page.get_by_role("tab", name=name, exact=True).click()
        assert violations(page) == []
        book.shot(f"keychain-{theme}-{name.lower().replace(' ', '-')}", ".smapy-keychain")


def test_a_narrow_page_has_no_sideways_scroll_and_speaks_russian(desk: Any) -> None:
    narrow = {"viewport": {"width": 400, "height": 800}, "reduced_motion": "reduce"}  # as 200% zoom does to 800 px
    book = desk.open(desk.server.write("narrow", SETUP.format(lang="ru")), "voila", **narrow)
    page = book.page
    expect(page.get_by_role("button", name="Обновить")).to_be_visible()
    expect(page.locator("[role=grid]")).to_have_attribute("aria-rowcount", "64")
    for widget in page.locator(".smapy").all():
        wide, shown = widget.evaluate("(node) => [node.scrollWidth, node.clientWidth]")
        assert wide <= shown
        assert widget.bounding_box()["width"] <= 400
    assert page.evaluate("() => document.scrollingElement.scrollWidth") <= 400
    page.locator(".smapy-profiles details").evaluate_all("(nodes) => nodes.forEach((node) => { node.open = true; })")
    parts = ".smapy-profiles :is(button, summary, input, select, textarea, p, span, pre, code, .smapy-sheet)"
    assert page.locator(parts).evaluate_all(CUT_OFF) == []
    book.shot("narrow-open", ".smapy-profiles")
    page.locator(".smapy-menu").evaluate_all("(nodes) => nodes.forEach((node) => { node.open = false; })")
    turning = page.locator(".smapy-state")
    turning.evaluate("(node) => node.classList.add('smapy-checking')")
    assert turning.locator(".smapy-dot").evaluate("(dot) => getComputedStyle(dot).animationName") == "none"
    turning.evaluate("(node) => node.classList.remove('smapy-checking')")
    # Rows of names that run from right to left: each cell stands below its header.
    page.get_by_role("searchbox").fill("akhbar_bahr")
    row = page.locator("[role=grid] [aria-rowindex='2']")
    expect(row).to_contain_text("أخبار البحر")
    assert page.locator("[role=grid]").evaluate(OUT_OF_COLUMN) == []
    book.shot("narrow-keychain", ".smapy-keychain")
    book.shot("narrow-profiles", ".smapy-profiles")
