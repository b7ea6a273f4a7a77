"""ProfilesWidget without a browser, against the sandbox over real HTTP."""

from __future__ import annotations

import asyncio
import io
import json
import re
import threading
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from smapy_nb import Budget, KeyChain, ProfilesWidget, TwitterConnector
from smapy_nb.errors import InvalidAccounts, InvalidInput, ServerFailed
from smapy_nb.sandbox import Sandbox
from smapy_nb.widgets import exports, money
from smapy_nb.widgets.speech import speaker
from tests.widgets.browser import Sent, answer, widget


def kinds(sent: Sent) -> list[str]:
    return [header["kind"] for header, _ in sent if header["kind"] in ("rows", "changed")]


def test_a_refresh_gives_a_row_for_each_account_asked_for(box: Sandbox, sent: Sent) -> None:
    w = widget(box, {"RIA Novosti": "ria_novosti", "Nobody": "no_such_one_1", "Odd": "bad handle!"})
    assert w.df is None
    w.refresh(wait=True)
    assert w.error == ""
    assert list(w.df["outcome"]) == ["ok", "not_found", "invalid"]
    assert w.df["followers"][0] == 27772
    assert w.simulated
    assert not w.busy
    assert w.summary["outcomes"] == {"ok": 1, "not_found": 1, "invalid": 1}
    assert kinds(sent) == []  # no browser has asked for rows yet
    w._handle_custom_msg({"kind": "ready"}, [])
    assert kinds(sent) == ["rows"]
    w.refresh(wait=True)
    assert kinds(sent) == ["rows", "changed"]


class Slow(TwitterConnector):
    """Answers once it is let go; what its answer is does not matter here."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.asked, self.go = threading.Event(), threading.Event()

    def frame(self, *args: Any, **options: Any) -> Any:
        self.asked.set()
        assert self.go.wait(20)
        return super().frame(*args, **options)


def test_the_kernel_is_free_while_it_works_and_a_late_result_is_dropped(box: Sandbox) -> None:
    slow = Slow(["ria_novosti"], box.token, base_url=box.url)
    w = ProfilesWidget(connector=slow)
    w.refresh()
    assert slow.asked.wait(20)
    assert w.busy
    first = w._jobs.latest
    assert first is not None
    w.cancel()
    assert not w.busy
    assert w.summary["cancelled"]
    slow.go.set()
    for thread in threading.enumerate():
        if thread.name == f"smapy_nb job {first.number}":
            thread.join(20)
    assert w.df is None
    w.refresh(wait=True)
    assert len(w.df) == 1


def test_a_second_refresh_joins_the_one_that_runs(box: Sandbox) -> None:
    slow = Slow(["ria_novosti"], box.token, base_url=box.url)
    w = ProfilesWidget(connector=slow)
    w.refresh()
    job = w._jobs.latest
    w.refresh()
    assert w._jobs.latest is job
    slow.go.set()
    w.refresh(wait=True)
    assert w.df is not None


def test_other_accounts_stop_a_refresh_of_the_old_ones(box: Sandbox) -> None:
    slow = Slow(["ria_novosti"], box.token, base_url=box.url)
    w = ProfilesWidget(connector=slow)
    w.refresh()
    with pytest.raises(InvalidAccounts):
        w.accounts = None
    assert w.busy
    w.accounts = "indigo_tips, IndigoPress"
    assert not w.busy
    slow.go.set()
    w.refresh(wait=True)
    assert list(w.df["handle"]) == ["indigo_tips", "IndigoPress"]


def test_refresh_done_can_be_awaited(box: Sandbox) -> None:
    w = widget(box, ["ria_novosti"])

    async def main() -> None:
        w.refresh()
        await w.refresh_done()
        assert w.df is not None
        await w.refresh_done()  # nothing runs: returns at once

    asyncio.run(main())


def test_it_works_where_no_thread_can_start(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    w = widget(box, ["ria_novosti"])

    def cannot(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", cannot)
    # The sandbox serves each connection on a thread, which can't start now either: ask it inside the process.
    with Sandbox(in_process=True) as inside:
        w = widget(inside, ["ria_novosti"])
        w.refresh()
        assert list(w.df["followers"]) == [27772]


def test_an_error_is_said_and_the_last_table_stays(box: Sandbox) -> None:
    w = widget(box, ["ria_novosti"])
    w.refresh(wait=True)
    before = w.df
    w._connector = TwitterConnector(["ria_novosti"], {"bearer_token": "wrong" * 20}, base_url=box.url)
    w.refresh(wait=True)
    assert w.error
    assert "wrong" not in w.error
    assert w.df is before
    assert (w.details["kind"], w.details["status"], w.details["read"]) == ("Unauthorized", 401, [0, 1])
    assert f"pandas {pd.__version__}" in w.details["versions"]
    w._connector = TwitterConnector(["ria_novosti"], box.token, base_url=box.url)
    w.refresh(wait=True)
    assert (w.error, w.details) == ("", {})


def test_a_count_that_nobody_has_any_more_is_said_beside_the_table() -> None:
    with Sandbox(scenario="renamed-field") as box:
        w = widget(box, ["ria_novosti"])
        w.refresh(wait=True)
        assert w.df["outcome"].tolist() == ["ok"]
        assert "no number of followers" in w.error
        assert w.details["kind"] == "MissingFieldWarning"


def test_a_bug_of_ours_is_said_by_its_kind_only() -> None:
    class Broken(TwitterConnector):
        def frame(self, *args: Any, **options: Any) -> Any:
            raise ZeroDivisionError("with a secret in it")

    w = ProfilesWidget(["nasa"], connector=Broken())
    w.refresh(wait=True)
    assert "ZeroDivisionError" in w.error
    assert w.details["frames"][-1].startswith(f"{__name__}.test_a_bug_of_ours_is_said_by_its_kind_only.<locals>.Broken")
    assert "secret" not in json.dumps(w.get_state(), default=str)
    assert str(Path(__file__).parent) not in json.dumps(w.details)
    assert not w.busy


def test_without_keys_it_says_so_and_keys_saved_later_are_used(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMAPY_NB_X_API", box.url)
    k = KeyChain()
    w = ProfilesWidget(["ria_novosti"], keychain=k)
    w.refresh(wait=True)
    assert "no token" in w.error
    k.assign("tw", box.token)
    w.refresh(wait=True)
    assert (w.error, len(w.df)) == ("", 1)


def test_what_can_not_be_is_refused(box: Sandbox) -> None:
    with pytest.raises(InvalidInput, match="one of token, keychain and connector"):
        ProfilesWidget(["nasa"], token=box.token, keychain=KeyChain())
    with pytest.raises(InvalidAccounts):
        ProfilesWidget(3.5, token=box.token)


def test_messages_refresh_and_cancel_and_others_do_nothing(box: Sandbox) -> None:
    slow = Slow(["ria_novosti"], box.token, base_url=box.url)
    w = ProfilesWidget(connector=slow)
    for content in ({}, {"kind": 3}, None, {"kind": "close"}):
        w._handle_custom_msg(content, [])
    assert not w.busy
    w._handle_custom_msg({"kind": "refresh"}, [])
    assert w.busy
    w._handle_custom_msg({"kind": "cancel"}, [])
    assert not w.busy
    slow.go.set()


def test_a_view_hears_that_its_message_has_been_heard(box: Sandbox, sent: Sent) -> None:
    w = widget(box, ["ria_novosti"])
    w._handle_custom_msg({"kind": "code"}, [])
    w._handle_custom_msg({"kind": "hello"}, [])
    w._handle_custom_msg({"kind": "ping"}, [])
    headers = [header for header, _ in sent]
    assert headers == [w._code, w._code, {"kind": "hello", "id": w.model_id}, {"kind": "pong"}]


def test_no_secret_and_no_row_is_in_the_state(box: Sandbox) -> None:
    w = widget(box, box.people[:50])
    w.refresh(wait=True)
    state = json.dumps(w.get_state(), default=str)
    for secret in (*box.token.values(), box.bearer_token):
        assert secret not in state
    assert "indigo_tips" not in state


def test_the_static_form_is_a_table_and_escapes_what_people_wrote(box: Sandbox) -> None:
    w = widget(box, box.people)
    assert "not read yet" in w._repr_mimebundle_()[0]["text/html"]
    w.refresh(wait=True)
    data, _ = w._repr_mimebundle_()
    assert data["text/html"].count("<tr>") == 101
    assert f"… and {len(box.people) - 100:,} more." in data["text/html"]
    hostile = w.df["name"].str.contains("<", na=False)
    assert hostile.any()
    for name in w.df["name"][hostile]:
        assert name not in data["text/html"]
    assert "simulated" in data["text/plain"]
    assert '<td dir="auto">أخبار البحر</td>' in data["text/html"]
    w.lang = "ru"
    russian = w._repr_mimebundle_()[0]["text/html"]
    assert '<th scope="col">Читатели</th>' in russian
    assert f"… и ещё {len(box.people) - 100}." in russian


@pytest.mark.parametrize(
    ("n", "text"),
    [(1, "1 аккаунт"), (3, "3 аккаунта"), (5, "5 аккаунтов"), (12, "12 аккаунтов"), (1_021, "1\xa0021 аккаунт")],
)
def test_numbers_are_said_as_russian_says_them(n: int, text: str) -> None:
    assert speaker("profiles", "ru-RU")("static", n=n) == text


def test_many_rows_add_little_to_a_notebook(box: Sandbox) -> None:
    w = widget(box, box.people[:200])
    w.refresh(wait=True)
    few = len(json.dumps([w.get_state(), w._repr_mimebundle_()], default=str))
    w._show_rows(pd.concat([w.df] * 100, ignore_index=True), None)
    many = len(json.dumps([w.get_state(), w._repr_mimebundle_()], default=str))
    assert len(w.df) == 20_000
    assert many - few < 1_000
    assert len(w._repr_mimebundle_()[0]["text/html"]) < 60_000


def test_server_failure_class_is_not_lost_behind_the_widget() -> None:
    class Down(TwitterConnector):
        def frame(self, *args: Any, **options: Any) -> Any:
            raise ServerFailed("X failed three times; try again later.", status=503)

    w = ProfilesWidget(["nasa"], connector=Down())
    w.refresh(wait=True)
    assert w.error == "X failed three times; try again later."


def test_it_refreshes_by_itself_until_it_fails_or_is_closed(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smapy_nb.widgets.editor.seconds", lambda every: 0.01)  # a test does not wait a minute
    w = ProfilesWidget(connector=TwitterConnector(["ria_novosti"], box.token, base_url=box.url), every="15min")
    twice, failed = threading.Event(), threading.Event()
    readings: list[object] = []
    w.observe(lambda change: (readings.append(change), len(readings) == 2 and twice.set()), "df")
    w.observe(lambda change: change["new"] and failed.set(), "error")
    assert twice.wait(20)
    assert w.every == 0.01
    w._connector = TwitterConnector(["ria_novosti"], base_url=box.url)
    assert failed.wait(20)
    for thread in threading.enumerate():
        if thread.name == "smapy_nb every":
            thread.join(20)
    assert w.every == 0
    w.close()


@pytest.mark.parametrize("every", ["often", "1s", -5, object(), "NaT"])
def test_a_time_that_is_none_is_refused(every: object) -> None:
    with pytest.raises(InvalidInput, match="such as '15min'"):
        ProfilesWidget(["nasa"], every=every)


def test_history_changes_and_the_price_are_at_hand(box: Sandbox) -> None:
    w = widget(box, ["ria_novosti", "indigo_tips"])
    assert w.quote.asked == 2
    w.refresh(wait=True)
    assert set(w.history["account"]) == {"ria_novosti", "indigo_tips"}
    assert list(w.changes.columns)[:3] == ["account", "read_at", "what"]


def test_the_price_says_what_was_spent_of_which_budget_and_the_line_that_allows_more() -> None:
    with Sandbox() as box:  # a ledger of its own: what others spent is counted too
        connector = TwitterConnector(["ria_novosti", "indigo_tips"], box.token, base_url=box.url)
        w = ProfilesWidget(connector=connector)
        w.refresh(wait=True)
        price = money.price(connector)
        assert (price["spent"], price["budget"], price["over"]) == ("0.02", None, False)
        w.accounts = ["IndigoPress", "kedi_haber", "script_kitty"]
        for per, person, line, enough in (
            ("day", None, "0.05", "0.05"),
            ("month", None, "Budget(usd=0.05, per='month')", Budget("0.05", "month")),
            ("total", "Ann", "Budget(usd=0.03, per='total', person='Ann')", Budget("0.03", "total", "Ann")),
        ):
            w.budget = Budget(usd="0.02", per=per, person=person)
            price = money.price(connector)
            assert (price["spent"], price["budget"]) == ("0.00" if person else "0.02", "0.02")
            assert (price["per"], price["over"], price["allow"]) == (per, True, line)
            w.budget = enough
            assert not money.price(connector)["over"]


def test_a_budget_assigned_to_the_widget_stays_when_the_keys_change(box: Sandbox) -> None:
    k = KeyChain()
    w = ProfilesWidget(["ria_novosti"], keychain=k)
    w.budget = 5
    k.assign("tw", box.token)
    w.refresh(wait=True)
    assert w.budget == Budget(5)


def test_rows_are_selected_and_taken_away(box: Sandbox, sent: Sent, tmp_path: Path) -> None:
    w = widget(box, ["ria_novosti", "indigo_tips", "IndigoPress"])
    with pytest.raises(InvalidInput, match="refresh first"):
        w.export(tmp_path / "none.csv")
    w.refresh(wait=True)
    w._handle_custom_msg({"kind": "select", "rows": [2, 0]}, [])
    assert w.selected == ["IndigoPress", "ria_novosti"]
    assert list(w.selected_frame["account"]) == ["ria_novosti", "IndigoPress"]
    path = w.export(tmp_path / "some.csv", selected=True)
    assert len(exports.read(path)) == 2
    assert json.loads((tmp_path / "some.about.json").read_text())["source"] == "sandbox (simulated)"
    for rows in ([99], [-1], ["0"], None, 3):
        w._handle_custom_msg({"kind": "select", "rows": rows}, [])
        assert w.selected == ["IndigoPress", "ria_novosti"]


def test_what_a_browser_takes_away_is_one_file_that_names_nobody(box: Sandbox, sent: Sent, tmp_path: Path) -> None:
    w = widget(box, {"=cmd|' /C calc'!A0": "ria_novosti", "../../evil": "indigo_tips"})
    w.refresh(wait=True)
    for form in ("csv", "parquet", "jsonl"):
        message = {"kind": "export", "form": form, "rows": [1], "history": True, "by": "me"}
        header, content = answer(w, sent, message, f"export {form}")
        assert (header["kind"], header["by"], header["media"]) == ("file", "me", "application/zip")
        stem = header["name"].removesuffix(".zip")
        assert re.fullmatch(r"profiles-[\d-]+", stem)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.namelist() == [f"{stem}.{form}", f"{stem}.history.{form}", f"{stem}.about.json"]
            archive.extractall(tmp_path)
        assert list(exports.read(tmp_path / f"{stem}.{form}")["account"]) == ["../../evil"]
        assert set(exports.read(tmp_path / f"{stem}.history.{form}")["account"]) == {"../../evil"}
    for form, suffix in (("xlsx", "xlsx"), ("ids", "txt")):
        header, _ = answer(w, sent, {"kind": "export", "form": form, "rows": [0, 1]}, f"export {form}")
        assert re.fullmatch(rf"profiles-[\d-]+\.{suffix}", header["name"])
    header, _ = answer(w, sent, {"kind": "export", "form": "pdf", "rows": [0], "by": "me"}, "export pdf")
    assert (header, w.error[:16]) == ({"kind": "no file", "by": "me"}, "There is no form")


def test_a_file_with_history_has_that_of_its_accounts_only(box: Sandbox, tmp_path: Path) -> None:
    w = widget(box, ["ria_novosti", "indigo_tips"])
    for _ in range(2):
        w.refresh(wait=True)
    w.selected = ["indigo_tips"]
    w.export(tmp_path / "a.csv", selected=True, history=True)
    w.export(tmp_path / "b.xlsx", history=True)
    assert list(exports.read(tmp_path / "a.history.csv")["account"]) == ["indigo_tips"] * 2
    pd.testing.assert_frame_equal(exports.read(tmp_path / "b.xlsx", "history"), w.history)
    assert {path.name for path in tmp_path.iterdir()} >= {"a.csv", "a.about.json", "b.xlsx"}
    assert not (tmp_path / "b.about.json").exists()


def test_addresses_of_pictures_travel_only_where_they_may_be_fetched(box: Sandbox, sent: Sent) -> None:
    for avatars in (False, True):
        w = ProfilesWidget(connector=TwitterConnector(["ria_novosti"], box.token, base_url=box.url), avatars=avatars)
        w.refresh(wait=True)
        w._handle_custom_msg({"kind": "ready"}, [])
        header = next(header for header, _ in reversed(sent) if header["kind"] == "rows")
        assert ("profile_image_url" in [column["key"] for column in header["columns"]]) is avatars
