"""What a person sees of a look-up that takes long."""

from __future__ import annotations

import io
import threading
from contextlib import redirect_stderr
from datetime import UTC, datetime, timedelta

from smapy_nb.connectors import progress
from smapy_nb.connectors.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_quick_look_up_shows_nothing():
    with redirect_stderr(Terminal()) as terminal, Progress() as one:
        one.at(0, 100)
        one.at(100, 100)
    assert terminal.getvalue() == ""


def test_a_long_wait_counts_down():
    with redirect_stderr(Terminal()) as terminal, Progress() as one:
        one.at(100, 250)
        one.wait(899.5)
        one.wait(61)
    assert "100/250" in terminal.getvalue()
    assert "window opens in 14:59" in terminal.getvalue()
    assert "window opens in 1:01" in terminal.getvalue()


def test_a_long_look_up_shows_a_bar(monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    with redirect_stderr(Terminal()) as terminal, Progress() as one:
        one.at(100, 250)
        one.at(250, 250)
    assert "accounts" in terminal.getvalue()


def test_no_bar_in_a_file_nor_on_another_thread():
    def elsewhere() -> None:
        with Progress() as one:
            one.wait(100)

    thread = threading.Thread(target=elsewhere)
    with redirect_stderr(Terminal()) as terminal:
        thread.start()
        thread.join()
    with redirect_stderr(io.StringIO()) as file, Progress() as one:
        one.wait(100)
    assert terminal.getvalue() == file.getvalue() == ""


def test_whoever_asks_is_told_and_sees_no_bar():
    told: list[tuple[int, int, datetime | None]] = []
    with redirect_stderr(Terminal()) as terminal, Progress(lambda *one: told.append(one)) as one:
        one.at(1, 2)
        one.wait(0.2)  # not worth a word
        one.wait(100)
    assert told[0] == (1, 2, None)
    assert len(told) == 2
    done, total, until = told[1]
    assert (done, total) == (1, 2)
    assert until is not None
    assert timedelta(seconds=90) < until - datetime.now(UTC) <= timedelta(seconds=100)
    assert terminal.getvalue() == ""
