"""What a person sees of a look-up that takes long."""

from __future__ import annotations

import io
import threading
from datetime import UTC, datetime, timedelta

import pytest

from smapy_nb.connectors import progress
from smapy_nb.connectors.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch):
    shown = Terminal()
    monkeypatch.setattr("sys.stderr", shown)
    return shown


def test_a_quick_look_up_shows_nothing(terminal):
    with Progress() as one:
        one.at(0, 100)
        one.at(100, 100)
    assert terminal.getvalue() == ""


def test_a_long_wait_counts_down(terminal):
    with Progress() as one:
        one.at(100, 250)
        one.wait(899.5)
        one.wait(61)
    assert "100/250" in terminal.getvalue()
    assert "window opens in 14:59" in terminal.getvalue()
    assert "window opens in 1:01" in terminal.getvalue()


def test_a_long_look_up_shows_a_bar(terminal, monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    with Progress() as one:
        one.at(100, 250)
        one.at(250, 250)
    assert "accounts" in terminal.getvalue()


def test_no_bar_in_a_file_nor_on_another_thread(monkeypatch, terminal):
    def elsewhere() -> None:
        with Progress() as one:
            one.wait(100)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    file = io.StringIO()
    monkeypatch.setattr("sys.stderr", file)
    with Progress() as one:
        one.wait(100)
    assert terminal.getvalue() == file.getvalue() == ""


def test_whoever_asks_is_told_and_sees_no_bar(terminal):
    told: list[tuple[int, int, datetime | None]] = []
    with Progress(lambda *one: told.append(one)) as one:
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
