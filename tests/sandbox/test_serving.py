from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

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
        token, ada = today.token, today.identity("Ada").token
        today.clock.advance(days=2)
    with sandbox.Sandbox() as tomorrow:
        assert tomorrow.token == token
        assert tomorrow.identity("ada").token == ada
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


def test_the_command_serves_a_class_and_goes_on_another_day(tmp_path: Path) -> None:
    people = tmp_path / "mine.csv"
    people.write_text("handle,followers\nada,12\n")
    state, keys = tmp_path / "state.json", tmp_path / "keys.csv"
    command = [sys.executable, "-m", "smapy_nb.sandbox", "--people", people, "--state", state, "--students", "2"]
    command += ["--keys", keys, "--scenario", "slow", "--day", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]  # type: ignore[index]
        rest = process.stdout.readline() + process.stdout.readline()
        assert f"{url}/" in rest
        assert "Lesson: Every request needs a time-out" in rest
        people_told = requests.get(url + "/sandbox/people.json", timeout=10).json()["people"]
        assert [one["handle"] for one in people_told] == ["ada", "sandbox_you", "student_1", "student_2"]
        process.send_signal(2)
        assert process.wait(10) == 0
    rows = keys.read_text("utf-8").splitlines()
    assert [row.partition(",")[0] for row in rows] == ["identity", "sandbox_you", "student_1", "student_2"]
    assert keys.stat().st_mode & 0o077 == 0
    with sandbox.Sandbox(in_process=True) as x:
        x.load(state)
        assert x.clock.day == 2
        assert x.lesson


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--people", "bad.csv"], "bad.csv, line 2, column 'handle'"),
        (["--people", "missing.csv"], "missing.csv can't be used: No such file"),
        (["--scenario", "storm"], "no scenario 'storm'"),
        (["--state", "bad.csv"], "bad.csv is no sandbox"),
    ],
)
def test_the_command_refuses_in_a_sentence(tmp_path: Path, arguments: list[str], says: str) -> None:
    (tmp_path / "bad.csv").write_text("handle\nnot a handle\n")
    command = [sys.executable, "-m", "smapy_nb.sandbox", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30, cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_it_says_so_where_others_can_reach_it() -> None:
    command = [sys.executable, "-m", "smapy_nb.sandbox", "--host", "0.0.0.0"]  # noqa: S104  # what is tested
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(3)]
        process.send_signal(2)
        assert process.wait(10) == 0
    assert "Other machines can reach it" in lines[1]
    assert re.search(r"/#\S{12}$", lines[2].strip())
