"""What the table knows of the past: changes, the line in each row, the card, the growth of some."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from smapy_nb import ProfilesWidget
from smapy_nb.sandbox import Sandbox
from smapy_nb.widgets import story
from tests.widgets.browser import Browser, Sent, answer, widget

THREE = ["ria_novosti", "indigo_tips", "IndigoPress"]


def view(w: ProfilesWidget, sent: Sent) -> Browser:
    """Return what a browser shows that has just come."""
    del sent[:]
    w._handle_custom_msg({"kind": "ready"}, [])
    return shown(Browser(), sent)


def shown(browser: Browser, sent: Sent) -> Browser:
    """Let a browser take what was sent."""
    for header, buffers in sent:
        if header["kind"] in ("rows", "changed"):
            browser.take(header, (buffers or [b""])[0])
    del sent[:]
    return browser


def test_the_first_reading_is_compared_with_what_any_kernel_has_read_before(sent: Sent) -> None:
    with Sandbox() as box:
        names = [*THREE, "no_such_one_1"]
        first = widget(box, names)
        first.refresh(wait=True)
        box.clock.advance(days=9)
        w = widget(box, names)
        browser = view(w, sent)
        w.refresh(wait=True)
        kinds = [(header["kind"], header.get("quiet")) for header, _ in sent if header["kind"] in ("rows", "changed")]
        assert kinds == [("rows", None), ("changed", True)]  # the rows do not wait for it
        shown(browser, sent)
        pairs = zip(w.df["followers"], first.df["followers"], strict=True)
        assert browser.columns["change"] == [None if pd.isna(now) else now - then or None for now, then in pairs]
        assert any(browser.columns["change"])
        assert browser.marked == {}
        assert view(w, sent).columns == browser.columns
        # The one that has the last reading itself says the same.
        first.refresh(wait=True)
        assert view(first, sent).columns["change"][:3] == browser.columns["change"][:3]


def test_an_account_that_is_added_or_comes_back_is_compared_with_its_own_last_reading(sent: Sent) -> None:
    with Sandbox() as box:
        widget(box, ["kedi_haber"]).refresh(wait=True)
        box.clock.advance(days=9)
        w = widget(box, ["ria_novosti"])
        w.refresh(wait=True)
        w.selected = ["ria_novosti"]
        w.accounts = ["kedi_haber", "ria_novosti"]
        w.refresh(wait=True)
        change, _ = view(w, sent).columns["change"]
        (before, now) = w.history[w.history["account"] == "kedi_haber"]["followers"]
        assert change == now - before != 0
        assert w.selected == ["ria_novosti"]


def test_each_row_in_view_gets_its_line_once_and_another_after_a_refresh(sent: Sent) -> None:
    with Sandbox() as box:
        w = widget(box, [*THREE, "no_such_one_1"])
        for _ in range(3):
            w.refresh(wait=True)
            box.clock.advance(days=2)
        browser = view(w, sent)
        rows = {"kind": "trends", "of": browser.edition, "by": "me", "rows": [2, 3]}
        header, buffer = answer(w, sent, rows, "trends me")
        browser.take(header, buffer)
        history = w.history
        assert browser.trends == {2: history[history["account"] == "IndigoPress"]["followers"].tolist(), 3: []}
        w.refresh(wait=True)
        del sent[:]
        w._handle_custom_msg(rows, [])  # of the rows before: the view asks again
        assert sent == []
        header, _ = answer(w, sent, rows | {"of": browser.edition + 1}, "trends me")
        assert header["of"] == browser.edition + 1


def test_a_card_is_told_what_changed_when(sent: Sent) -> None:
    with Sandbox() as box:
        w = widget(box, ["blue_no_more", "ria_novosti"])
        for _ in range(2):
            w.refresh(wait=True)
            box.clock.advance(days=20)
        told, _ = answer(w, sent, {"kind": "history", "row": 0})
        w.accounts = ["ria_novosti"]  # the table still shows the other
        other, _ = answer(w, sent, {"kind": "history", "row": 0})
    assert (told["kind"], told["row"], len(told["counts"])) == ("history", 0, 2)
    (event,) = told["events"]
    assert event[1:] == ("verified", "True", "False")
    more = dict(told["more"])
    assert list(more) == ["link", "verified_type", "profile_image_url", "profile_banner_url", "from_archive"]
    assert more["link"] == "https://www.twitter.com/blue_no_more"
    assert (other["counts"], other["events"], w.error) == ([], [], "")


def test_a_card_has_every_field_exact_and_as_text(box: Sandbox) -> None:
    w = widget(box, ["ria_novosti"])
    w.refresh(wait=True)
    row: dict[str, Any] = w.df.iloc[0].to_dict()
    other = {"<b>new</b>": "javascript:alert(1)", "deep": {"a": [1, None]}, "no": None, "flag": True}
    told = story.card(w._connector, row | {"pinned_post_id": 9_007_199_254_740_993, "other": other}, None)
    assert dict(told["more"])["pinned_post_id"] == "9007199254740993"
    assert dict(told["more"])["from_archive"] == "false"
    assert told["other"] == [
        ("<b>new</b>", "javascript:alert(1)"), ("deep", '{"a": [1, null]}'), ("flag", "true"),
    ]  # fmt: skip


def test_growth_is_drawn_of_the_frames_largest_or_of_those_selected(sent: Sent) -> None:
    with Sandbox() as box:
        w = widget(box, box.people[:30])
        w.refresh(wait=True)
        header, _ = answer(w, sent, {"kind": "growth", "indexed": False, "dark": False})
        assert header["kind"] == "no growth"
        assert "needs two readings" in w.error
        box.clock.advance(days=1)
        w.refresh(wait=True)
        largest = w.df.nlargest(10, "followers")
        for dark in (False, True):
            header, picture = answer(w, sent, {"kind": "growth", "indexed": dark, "dark": dark})
            assert picture.startswith(b"\x89PNG")
            told = [words.split(": ") for words in header["words"].split("; ")]
            assert {name: line.split(" → ")[1] for name, line in told} == {
                name: f"{count:,}" for name, count in zip(largest["account"], largest["followers"], strict=True)
            }
        w.selected = [box.people[20]]
        header, _ = answer(w, sent, {"kind": "growth", "indexed": False, "dark": False})
        assert header["words"].startswith(f"{box.people[20]}: ")
        assert ";" not in header["words"]


def test_what_a_clock_that_is_ahead_has_read_is_neither_line_nor_change(sent: Sent) -> None:
    with Sandbox(start=datetime(2026, 3, 1, 12, tzinfo=UTC)) as box, Sandbox() as ahead:
        widget(ahead, ["ria_novosti"]).refresh(wait=True)
        w = widget(box, ["ria_novosti"])
        counts = []
        for _ in range(3):
            w.refresh(wait=True)
            counts.append(int(w.df["followers"][0]))
            box.clock.advance(days=3)
        assert len(set(counts)) == 3
        browser = view(w, sent)
        assert browser.columns["change"] == [counts[2] - counts[1]]
        header, buffer = answer(w, sent, {"kind": "trends", "of": browser.edition, "rows": [0]}, "trends None")
        browser.take(header, buffer)
        assert browser.trends == {0: counts}
        told, _ = answer(w, sent, {"kind": "history", "row": 0})
        assert told["counts"] == counts


def test_selected_rows_are_shown_whoever_selects_them(box: Sandbox, sent: Sent) -> None:
    w = widget(box, THREE)
    w.refresh(wait=True)
    view(w, sent)
    w.selected = ["IndigoPress"]
    assert sent == [({"kind": "chosen", "rows": [2]}, None)]
    del sent[:]
    w._handle_custom_msg({"kind": "select", "rows": [1]}, [])
    assert (w.selected, sent) == (["indigo_tips"], [])  # the view that said so knows it
    w._handle_custom_msg({"kind": "ready"}, [])  # a page that is loaded again
    assert sent[0][0]["chosen"] == [1]
    w.accounts = ["indigo_tips", "ria_novosti"]
    w.refresh(wait=True)
    rows = next(header for header, _ in reversed(sent) if header["kind"] == "rows")
    assert (rows["chosen"], w.selected) == ([0], ["indigo_tips"])


def test_where_the_archive_can_not_be_asked_the_table_is_there_and_says_so(box: Sandbox) -> None:
    with pytest.MonkeyPatch.context() as patch:
        w = widget(box, THREE)
        patch.setattr(type(w._connector), "last_followers", lambda *_, **__: 1 / 0)
        w.refresh(wait=True)
    assert len(w.df) == 3
    assert "ZeroDivisionError" in w.error
