"""One server and one browser for all tests of this folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.lab import Desk, Server, browsing, chromium, free_port, isolated, served, wait_for

expect.set_options(timeout=20_000)  # a machine that does much else is slow, not wrong


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("notebooks")) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with browsing(path) as browser:
        yield browser


@pytest.fixture(scope="session")
def voila(server: Server) -> Iterator[Callable[[], str]]:
    """Start Voilà on the server's folder when it is first asked for, and return its address."""
    with ExitStack() as stack:

        @cache
        def start() -> str:
            port, log = free_port(), server.home / "voila.log"
            command = [
                sys.executable, "-m", "voila", str(server.folder), "--no-browser", f"--port={port}",
                "--Voila.ip=127.0.0.1",
            ]  # fmt: skip
            out = stack.enter_context(log.open("wb"))
            process = subprocess.Popen(command, cwd=server.folder, env=isolated(server.home), stdout=out, stderr=out)
            stack.callback(process.wait, 20)
            stack.callback(process.terminate)
            wait_for(f"http://127.0.0.1:{port}/", process, log)
            return f"http://127.0.0.1:{port}"

        yield start


@pytest.fixture
def desk(server: Server, browser: Browser, voila: Callable[[], str]) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(server, browser, stack, voila)
