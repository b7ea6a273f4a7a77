"""The table in a real browser, and everything that is sent to it by hand: no server, no notebook, no kernel."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

import smapy_nb.widgets
from smapy_nb.profiles import DTYPES
from smapy_nb.widgets import assets, columns

FOLDER = Path(smapy_nb.widgets.__file__).parent
OTHERS = ("keychain", "fields", "loader")  # files of the other widget, and what loads both
MOUNT = """
async ([code, css]) => {
  const style = document.createElement("style");
  style.textContent = css;
  document.head.append(style);
  const { default: widget } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const heard = new Map();
  const state = {
    busy: false, error: "", details: {}, done: 0, total: 0, waiting_until: null, price: {}, summary: {}, lang: "en",
  };
  window.sent = [];
  const model = {
    get: (key) => state[key],
    on: (event, handler) => heard.set(event, [...(heard.get(event) ?? []), handler]),
    off: () => {},
    send: (message) => window.sent.push(message),
    widget_manager: { kernel: {} },
  };
  window.hear = (message, raw) => {
    const view = raw === undefined ? [] : [new DataView(Uint8Array.from(atob(raw), (one) => one.charCodeAt(0)).buffer)];
    for (const handler of heard.get("msg:custom")) handler(message, view);
  };
  widget.render({ model, el: document.body, own: { model } });
  window.hear({ kind: "hello", id: "x" });
}
"""
PEOPLE = [
    # account, outcome, followers, posts
    ("Ada", "ok", 30, 1),
    ("béla", "protected", 10, 2),
    ("Cem", "not_found", None, None),
    ("dora", "ok", 10, 3),
    ("Ère", "ok", 20, None),
]


def frame(people: list[tuple[Any, ...]], **changed: Any) -> pd.DataFrame:
    empty = dict.fromkeys(DTYPES)
    rows = [{**empty, **dict(zip(("account", "outcome", "followers", "posts"), one, strict=True))} for one in people]
    made = pd.DataFrame({key: pd.Series([row[key] for row in rows], dtype=dtype) for key, dtype in DTYPES.items()})
    return made.assign(requested=made["account"], **changed)


class Table:
    """The widget's page, and the kernel's side of it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.grid = page.get_by_role("grid")
        self.edition = 0
        self.sent: columns.Columns = {}

    def read(self, reading: pd.DataFrame, before: pd.DataFrame | None = None, chosen: tuple[int, ...] = ()) -> None:
        table = columns.columns(reading, before)
        self.edition += 1
        packet = columns.changed(self.sent, table) or columns.whole(table)
        self.sent = table
        self.hear(packet.header | {"of": self.edition, "chosen": chosen}, packet.buffer)

    def hear(self, message: dict[str, Any], buffer: bytes = b"") -> None:
        self.page.evaluate(
            "([message, raw]) => window.hear(message, raw)", [message, base64.b64encode(buffer).decode()]
        )

    def asked(self, kind: str) -> list[dict[str, Any]]:
        """Return what the page has sent."""
        return [one for one in self.page.evaluate("() => window.sent") if one["kind"] == kind]

    def accounts(self) -> list[str]:
        """Return the names in the table, from top to bottom."""
        return self.grid.locator("tbody:not([aria-hidden]) tr > :first-child").all_inner_texts()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


@pytest.fixture
def table(browser: Browser) -> Iterator[Table]:
    page = browser.new_page(viewport={"width": 1400, "height": 900}, locale="en-GB")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    texts = {language: texts["profiles"] | texts["common"] for language, texts in assets.words().items()}
    files = [path.read_text("utf-8") for path in sorted(FOLDER.glob("*.js")) if path.stem not in OTHERS]
    css = "\n".join((FOLDER / f"{name}.css").read_text("utf-8") for name in ("common", "profiles"))
    page.evaluate(MOUNT, ["\n".join([f"const STRINGS = {json.dumps(texts)};", *files]), css])
    table = Table(page)
    table.read(frame(PEOPLE))
    yield table
    page.close()
    assert errors == []


def test_it_sorts_by_several_columns_and_what_is_missing_comes_last(table: Table) -> None:
    header = table.page.get_by_role("columnheader", name="Followers")
    header.click()
    assert table.accounts() == ["béla", "dora", "Ère", "Ada", "Cem"]
    table.page.get_by_role("columnheader", name="Posts").click(modifiers=["Shift"])
    table.page.get_by_role("columnheader", name="Posts").click(modifiers=["Shift"])
    expect(header).to_have_attribute("aria-sort", "ascending")
    assert table.accounts() == ["dora", "béla", "Ère", "Ada", "Cem"]
    header.click()  # alone now, and downwards
    assert table.accounts() == ["Ada", "Ère", "béla", "dora", "Cem"]
    table.page.get_by_role("columnheader", name="Account").click()
    assert table.accounts() == ["Ada", "béla", "Cem", "dora", "Ère"]  # as in a dictionary, not by code


def test_large_messages_are_deflated_and_keep_their_turn(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    first = columns.columns(frame([(f"person {one}", "ok", one, 1) for one in range(500)]))
    later = columns.columns(frame([(f"person {one}", "ok", one + 5, 1) for one in range(500)]))
    update = columns.changed(first, later)
    assert update is not None
    assert columns.deflated(columns.whole(first)).header.get("deflated") is None
    monkeypatch.setattr(columns, "LARGE", 1000)
    whole = columns.deflated(columns.whole(first))
    assert len(whole.buffer) < len(columns.whole(first).buffer) / 3
    # Both in one step of the page: the small one is ready first, and must wait.
    both = [[one.header | {"of": 9, "chosen": []}, base64.b64encode(one.buffer).decode()] for one in (whole, update)]
    table.page.evaluate("(both) => both.forEach((one) => window.hear(...one))", both)
    expect(table.grid).to_have_attribute("aria-rowcount", "501")
    expect(table.grid.locator("[aria-rowindex='3']")).to_contain_text("6")


def test_it_searches_and_filters_by_outcome(table: Table) -> None:
    table.page.get_by_label("Show which outcomes").select_option("ok")
    assert table.accounts() == ["Ada", "dora", "Ère"]
    table.page.get_by_role("searchbox").fill("OR")
    assert table.accounts() == ["dora"]
    expect(table.page.get_by_text("1 of 5")).to_be_visible()
    table.read(frame(PEOPLE).replace({"dora": "Lora"}))  # another account
    assert table.accounts() == ["Lora"]  # the view stays as it was set


def test_columns_are_chosen_moved_and_resized_from_the_keyboard_too(table: Table) -> None:
    def names() -> list[str]:
        return [text.rstrip(" ▲▼") for text in table.page.get_by_role("columnheader").all_inner_texts()]

    table.page.locator("summary", has_text="Columns").click()
    table.page.get_by_role("button", name="Move Handle after").click()
    table.page.get_by_role("checkbox", name="Listed").check()
    table.page.get_by_role("checkbox", name="Location").uncheck()
    assert names()[:3] == ["Account", "Outcome", "Handle"]
    assert "Listed" in names()
    assert "Location" not in names()
    table.press("Escape")
    edge = table.page.locator("th .smapy-edge").first.bounding_box()
    assert edge is not None
    before = table.page.get_by_role("columnheader").first.bounding_box()
    table.page.mouse.move(edge["x"] + 2, edge["y"] + 2)
    table.page.mouse.down()
    table.page.mouse.move(edge["x"] + 42, edge["y"] + 2)
    table.page.mouse.up()
    table.grid.focus()
    table.press("Control+Home", "ArrowUp", "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowLeft")
    after = table.page.get_by_role("columnheader").first.bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] - before["width"] == 40 + 16
    table.read(frame(PEOPLE, posts=pd.Series([9] * 5, dtype="Int64")))
    assert table.page.get_by_role("columnheader").first.bounding_box() == after


def test_the_keyboard_goes_everywhere_in_it(table: Table) -> None:
    table.read(frame([(f"n{number:03}", "ok", number, 1) for number in range(200)]))
    table.grid.focus()

    def at() -> tuple[int, int]:
        cell = table.page.locator(f"[id='{table.grid.get_attribute('aria-activedescendant')}']")
        row = cell.locator("xpath=..").get_attribute("aria-rowindex")
        return int(row or 0), int(cell.get_attribute("aria-colindex") or 0)

    table.press("ArrowDown", "ArrowRight")
    assert at() == (2, 2)
    table.press("End")
    last = len(table.page.get_by_role("columnheader").all())
    assert at() == (2, last)
    table.press("Home", "PageDown")
    page_down = at()[0]
    assert 8 < page_down < 20
    table.press("PageUp", "Control+End")
    assert at() == (201, last)
    table.press("Control+Home")
    assert at() == (2, 1)
    table.press("Space", "Shift+ArrowDown", "Shift+ArrowDown")
    assert table.asked("select")[-1]["rows"] == [0, 1, 2]
    table.press("Enter")
    expect(table.page.get_by_role("dialog")).to_be_visible()
    table.press("Escape")
    expect(table.grid).to_be_focused()
    table.press("Escape")
    assert table.asked("select")[-1]["rows"] == []
    table.press("Control+a")
    assert len(table.asked("select")[-1]["rows"]) == 200


def test_only_the_rows_in_view_are_asked_for_their_lines_and_each_once(table: Table) -> None:
    table.read(frame([(f"n{number:03}", "ok", number, 1) for number in range(200)]))
    table.page.wait_for_function("() => window.sent.some((one) => one.kind === 'trends' && one.rows.length > 5)")
    asked = table.asked("trends")[-1]
    assert asked["of"] == table.edition
    assert asked["rows"] == list(range(len(asked["rows"])))
    assert len(asked["rows"]) < 40
    lines = pd.Series([float(count) for row in asked["rows"] for count in (row, row + 1)]).to_numpy()
    ends = pd.Series([2 * (place + 1) for place in range(len(asked["rows"]))]).to_numpy("uint32")
    answer = {"kind": "trends", "of": table.edition, "rows": asked["rows"], "values": len(lines)}
    table.hear(answer | {"of": table.edition - 1}, lines.tobytes() + ends.tobytes())
    expect(table.grid.locator("svg")).to_have_count(0)  # an answer to what was asked of the rows before
    table.hear(answer, lines.tobytes() + ends.tobytes())
    expect(table.grid.locator("[aria-rowindex='5'] svg")).to_have_attribute(
        "aria-label", "2 readings, from 3 to 4 followers"
    )
    table.page.locator(".smapy-scroll").evaluate("(node) => { node.scrollTop = 28 * 10; }")
    table.page.wait_for_function("(row) => window.sent.at(-1).rows?.includes(row)", arg=asked["rows"][-1] + 1)
    assert min(table.asked("trends")[-1]["rows"]) == asked["rows"][-1] + 1
    table.read(frame([(f"n{number:03}", "ok", number + 7, 1) for number in range(200)]))
    table.page.wait_for_function("(of) => window.sent.at(-1).of === of", arg=table.edition)
    assert min(table.asked("trends")[-1]["rows"]) < 10  # a refresh makes the lines old


def test_a_card_shows_what_does_not_travel_with_the_rows_as_text_or_as_a_web_address(table: Table) -> None:
    table.grid.focus()
    table.press("ArrowDown", "Enter")
    card = table.page.get_by_role("dialog")
    assert table.asked("history")[-1]["row"] == 0
    story = {"times": [0, 1], "counts": [3, 4], "events": []}
    story["events"] = [[0, "bio", "<b>", "javascript:"], [0, "gone", "ok", "suspended"], [0, "verified", "", "True"]]
    more = [["link", "https://www.twitter.com/ada"], ["pinned_post_id", "9007199254740993"], ["from_archive", "true"]]
    more += [["profile_banner_url", "javascript:document.title='owned'"], ["added_by_hand", "7"]]
    other = [
        ["<i>new</i>", "<img src=x onerror=alert(1)>"],
        ["site", "HTTPS://example.org/"],
        ["old", "data:text/html,x"],
    ]
    table.hear({"kind": "history", "row": 0, **story, "more": more, "other": other})
    for name, text in (
        ("Profile", "https://www.twitter.com/ada"), ("Pinned post", "9007199254740993"), ("From the archive", "yes"),
        ("Banner", "javascript:document.title='owned'"), ("<i>new</i>", "<img src=x onerror=alert(1)>"),
        ("added_by_hand", "7"),
    ):  # fmt: skip
        expect(card.locator(f"dt:text-is({name!r}) + dd")).to_have_text(text)
    assert card.locator("a").evaluate_all("(links) => links.map((link) => link.protocol)") == ["https:", "https:"]
    told = [line.split(" · ")[1] for line in card.locator(".smapy-events li").all_inner_texts()]
    assert told == ["bio: <b> → javascript:", "gone: ok → suspended", "verified: – → yes"]
    assert card.locator("img, i, b, script").count() == 0
    table.read(frame(PEOPLE, posts=pd.Series([9] * 5, dtype="Int64")))
    assert len(table.asked("history")) == 2  # after a refresh it is asked for anew
    table.hear({"kind": "history", "row": 3, **story, "more": [], "other": []})  # of a card that was open before
    expect(card.locator("dt", has_text="Pinned post")).to_be_visible()


def test_selected_rows_stay_selected_where_they_went(table: Table) -> None:
    table.grid.locator("tr[aria-rowindex='3'] td").first.click()
    assert table.asked("select")[-1]["rows"] == [1]
    table.read(frame(PEOPLE, followers=pd.Series([1, 2, 3, 4, 5], dtype="Int64")))
    expect(table.grid.locator("[aria-selected=true]")).to_contain_text("béla")
    table.read(frame([("new", "ok", 1, 1), *PEOPLE]), chosen=(2,))  # the kernel says where it is now
    expect(table.grid.locator("[aria-selected=true]")).to_contain_text("béla")
    table.hear({"kind": "chosen", "rows": [0, 1]})
    expect(table.grid.locator("[aria-selected=true]")).to_have_count(2)
