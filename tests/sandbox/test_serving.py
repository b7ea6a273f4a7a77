from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
import requests

from smapy_nb import sandbox
from smapy_nb.sandbox.adapter import Adapter
from smapy_nb.sandbox.server import CannotServe, Server
from tests.sandbox.support import Client, signed

ENV = "SMAPY_NB_X_API"


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(ENV, "https://before.invalid")
    yield
    sandbox.stop()


@pytest.mark.usefixtures("clean")
def test_use_makes_it_the_default_and_stop_takes_it_back() -> None:
    x = sandbox.use()
    assert os.environ[ENV] == x.url
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", x.url)
    assert requests.get(x.url + "/2/users/me", auth=signed(x.token), timeout=10).status_code == 200
    sandbox.stop()
    assert os.environ[ENV] == "https://before.invalid"
    assert x.url == ""
    sandbox.stop()


@pytest.mark.usefixtures("clean")
def test_use_again_gives_the_one_that_runs_unless_it_should_differ() -> None:
    first = sandbox.use()
    assert sandbox.use() is first
    other = sandbox.use(seed=2)
    assert other is not first
    assert first.url == ""
    assert other.token != first.token
    sandbox.stop()
    assert os.environ[ENV] == "https://before.invalid"


@pytest.mark.usefixtures("clean")
def test_a_refused_option_leaves_the_running_one_alone() -> None:
    first = sandbox.use()
    with pytest.raises(ValueError, match="no dialect 'toot'"):
        sandbox.use(dialect="toot")
    assert os.environ[ENV] == first.url


def test_a_sandbox_of_ones_own_leaves_the_default_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENV, raising=False)
    with sandbox.Sandbox() as x, sandbox.Sandbox() as y:
        assert ENV not in os.environ
        assert x.url != y.url
        y.clock.advance(days=1)
        assert x.clock.day == 0
        assert "secret" not in repr(x)
        assert x.token["consumer_secret"] not in repr((x, x.state))


def test_the_same_keys_work_tomorrow() -> None:
    with sandbox.Sandbox() as today:
        token = today.token
    with sandbox.Sandbox() as tomorrow:
        assert tomorrow.token == token
        assert Client(tomorrow).get("/2/users/me", token=token).status_code == 200


def test_stopping_frees_the_port_and_ends_the_thread() -> None:
    before = threading.active_count()
    x = sandbox.Sandbox().start()
    port = int(x.url.rpartition(":")[2])
    with requests.Session() as session:  # a connection that is kept open must not hold it up
        session.get(x.url, timeout=10)
        x.stop()
    assert not any(thread.name == "smapy-nb sandbox" for thread in threading.enumerate())
    assert threading.active_count() <= before
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_it_answers_inside_where_no_thread_can_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with sandbox.Sandbox() as x:
        assert x.url.endswith(".sandbox.invalid")
        assert Client(x).get("/2/users/me").status_code == 200
    with pytest.raises(CannotServe):
        Server(x.app, "127.0.0.1", 0)


def test_a_stopped_sandbox_is_not_reached_inside(inside: Callable[..., Client]) -> None:
    client = inside()
    url = client.x.url
    client.x.stop()
    with pytest.raises(requests.ConnectionError, match="No sandbox is called"):
        client.session.get(url + "/", timeout=10)


def test_the_adapter_is_found_by_its_entry_point() -> None:
    from importlib.metadata import entry_points

    (found,) = entry_points(group="smapy_nb.adapters", name="sandbox")
    assert found.load() is Adapter


def test_importing_it_is_light() -> None:
    code = (
        "import sys, smapy_nb.sandbox; print(sorted({'requests', 'oauthlib', 'waitress', 'socket'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_serves_until_interrupted() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "smapy_nb.sandbox"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            first = process.stdout.readline()
            assert "simulated" in first.lower()
            url = re.search(r"http://127\.0\.0\.1:\d+", first)[0]  # type: ignore[index]
            lines = [process.stdout.readline().split() for _ in range(6)][1:]
            token = {line[0]: line[1] for line in lines}
            answer = requests.get(url + "/2/users/me", auth=signed(token), timeout=10)
            assert answer.json()["data"]["username"] == "sandbox_you"
        finally:
            process.terminate() if sys.platform == "win32" else process.send_signal(2)
        assert process.wait(10) == 0


def test_a_taken_port_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "smapy_nb.sandbox", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert "Choose another --port" in done.stderr
    assert "Traceback" not in done.stderr
