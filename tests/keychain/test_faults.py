"""What goes wrong on real machines: full disks, power cuts, two kernels, other users, wrong clocks."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smapy_nb.errors import InvalidInput, StoreError
from smapy_nb.keychain import dumps
from smapy_nb.keychain.keychain import KeyChain
from smapy_nb.keychain.places.key_file import KeyFile

DUMP = """
from smapy_nb.keychain.keychain import KeyChain
k = KeyChain()
k.assign("tw", {"bearer_token": "from a kernel"})
"""


# Tests may run as root, whom no permission stops: these kernels become nobody once everything is imported.
def visiting(code: str, uid: int = 65534) -> str:
    become = f"import os, keyring.backends.fail\nif os.getuid() == 0: os.setgid({uid}); os.setuid({uid})\n"
    return DUMP + become + code


def kernel(code: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run code as another kernel would."""
    done: subprocess.CompletedProcess[str] = subprocess.run(  # type: ignore[call-overload]
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=100, **options
    )
    return done


def kernels(code: str, count: int) -> None:
    running = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(count)]
    for one in running:
        _, said = one.communicate(timeout=100)
        assert one.returncode == 0, said


@pytest.fixture
def k(token: dict[str, str]) -> KeyChain:
    k = KeyChain()
    k.assign("tw", token)
    return k


def test_a_power_cut_between_write_and_rename_loses_only_the_new_dump(k: KeyChain, token: dict[str, str]) -> None:
    k.dump()
    cut = "import os\nos.link = lambda *_: os.kill(os.getpid(), 9)\n" + DUMP + "k.dump()"
    assert kernel(cut).returncode == -signal.SIGKILL
    (left,) = Path(".smapy_nb").glob(".writing-*")
    assert b"from a kernel" not in left.read_bytes()
    later = KeyChain()
    assert later.load_last() is True
    assert later.get("tw") == token
    assert len(later.available_dumps()) == 1
    os.utime(left, (0, 0))
    k.prune()
    assert not left.exists()


def test_a_power_cut_while_the_first_key_is_made_leaves_no_torn_key(k: KeyChain, token: dict[str, str]) -> None:
    cut = "import os\nos.link = lambda *_: os.kill(os.getpid(), 9)\n" + DUMP + "k.store"
    assert kernel(cut).returncode == -signal.SIGKILL
    k.dump()
    assert KeyChain().load_last() is True


def test_kernels_that_dump_and_load_at_once_lose_and_tear_nothing(folder: Path) -> None:
    kernels(DUMP + "for _ in range(20):\n    k.dump()\n    assert KeyChain().load_last() is True", 4)
    k = KeyChain()
    found = k.available_dumps()
    assert len(found) == 80
    for dump in found:
        assert k.load(str(dump["hash"])) is True
    assert sorted(path.suffix for path in folder.iterdir() if path.suffix != ".dump") == [""]


def test_kernels_that_prune_while_others_load(k: KeyChain) -> None:
    k.dump()
    kernels(DUMP + "for _ in range(15):\n    k.dump()\n    assert KeyChain().load_last()\n    k.prune(keep=1)", 3)
    assert KeyChain().load_last() is True


def test_file_systems_without_links(
    k: KeyChain, token: dict[str, str], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    k.dump()
    k.dump()
    assert len(k.available_dumps()) == 2
    later = KeyChain()
    assert later.load_last() is True
    assert later.get("tw") == token


def test_a_full_disk_leaves_nothing_behind_and_the_keys_in_memory(k: KeyChain, folder: Path) -> None:
    older = k.dump()
    full = DUMP + (
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n    k.dump()\nexcept Exception as error:\n    print(type(error).__name__, error)\n"
        "assert k.get('tw') == {'bearer_token': 'from a kernel'}\n"
    )
    done = kernel(full)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("StoreError")
    assert "the disk is full; the keys are still in memory" in done.stdout
    assert [dump["hash"] for dump in k.available_dumps()] == [older]
    assert len(list(folder.iterdir())) == 2  # the older dump and .gitignore


@pytest.fixture
def visitor() -> Iterator[dict[str, object]]:
    """Where to run a kernel as another user: a home and a notebook folder of its own."""
    with tempfile.TemporaryDirectory() as place:
        home, notebooks = Path(place, "home"), Path(place, "notebooks")
        for path in (home, notebooks):
            path.mkdir()
            path.chmod(0o777)
        Path(place).chmod(0o755)
        yield {"cwd": notebooks, "env": {**os.environ, "HOME": str(home)}}


def test_a_read_only_notebook_folder_says_what_to_do(visitor: dict[str, object]) -> None:
    Path(str(visitor["cwd"])).chmod(0o555)
    code = "import tempfile\nk.dump(key_dir=tempfile.mkdtemp())\nk.dump()"
    done = kernel(visiting(code), **visitor)
    assert done.stderr.splitlines()[-1].startswith("smapy_nb.errors.StoreError: No dump was written"), done.stderr
    assert "you may not write or read there; the keys are still in memory" in done.stderr
    assert "dump(key_dir=…)" in done.stderr


def test_a_folder_that_may_not_be_read_is_an_error_not_an_empty_one(visitor: dict[str, object]) -> None:
    closed = Path(str(visitor["cwd"]), ".smapy_nb")
    closed.mkdir(mode=0)
    done = kernel(visiting("print(k.load_last())"), **visitor)
    closed.chmod(0o700)
    assert "StoreError: The folder" in done.stderr
    assert "can't be read" in done.stderr


def test_a_read_only_home_falls_to_memory_and_says_so(visitor: dict[str, object]) -> None:
    Path(str(visitor["env"]["HOME"])).chmod(0o555)  # type: ignore[index]
    code = "k.dump()\nprint(k.store)\nassert KeyChain().load_last() is True"
    done = kernel(visiting(code), **visitor)
    assert done.returncode == 0, done.stderr
    assert "only in the memory of this kernel" in done.stdout
    assert "you may not write or read there" in done.stdout
    assert "ends with this kernel" in done.stderr


def test_a_user_without_a_home_directory(visitor: dict[str, object]) -> None:
    env = {name: value for name, value in visitor["env"].items() if name != "HOME"}  # type: ignore[attr-defined]
    # A number that is no user's, as OpenShift gives; only root can become one.
    code = "k.dump()\nprint(k.store.name)\nassert KeyChain().load_last() is True"
    done = kernel(visiting(code, uid=424242), cwd=visitor["cwd"], env=env)
    assert done.returncode == 0, done.stderr
    if os.getuid() == 0:
        assert done.stdout.strip() == "memory"
        assert [path.name for path in Path(str(visitor["cwd"])).iterdir()] == [".smapy_nb"]  # and no "~"


def test_a_clock_that_goes_backwards_does_not_change_the_order(k: KeyChain, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        days = 0

        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            cls.days += 1
            return datetime(2026, 11, 23, tzinfo=UTC) - timedelta(days=cls.days)

    monkeypatch.setattr(dumps, "datetime", Clock)
    names = []
    for number in range(3):
        k.assign("tw", {"bearer_token": f"number {number}"})
        names.append(k.dump())
    assert [dump["hash"] for dump in k.available_dumps()] == names[::-1]
    assert KeyChain().load_last() is True
    later = KeyChain()
    later.load_last()
    assert later.get("tw") == {"bearer_token": "number 2"}


def many(folder: Path, count: int) -> None:
    """Write dumps as `dumps.write` does, but without waiting for the disk after each."""
    folder.mkdir()
    key, ref = KeyFile().key()
    for number in range(1, count + 1):
        fields = {"format": dumps.FORMAT, "version": 1, "number": number, "date": "2026-11-23T00:00:00+00:00"}
        header = json.dumps({**fields, "networks": ["tw"], "key": asdict(ref)}).encode()
        plain = json.dumps({"tw": {"bearer_token": f"number {number}"}}).encode()
        content = header + b"\n" + base64.b64encode(key.seal(plain, header)) + b"\n"
        (folder / f"{number:06}-{dumps._hash(content)}.dump").write_bytes(content)


def test_ten_thousand_dumps(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many(folder, 10_000)
    opened = []
    read = dumps.read
    monkeypatch.setattr(dumps, "read", lambda path: opened.append(path) or read(path))
    k = KeyChain()
    assert k.load_last() is True
    assert len(opened) == 1  # the newest is found by its name, and no other is opened
    assert k.get("tw") == {"bearer_token": "number 10000"}
    assert len(k.available_dumps()) == 10_000
    assert k.prune(keep=3) == 9_997
    assert len(list(folder.glob("*.dump"))) == 3
    assert k.load_last() is True
    assert k.get("tw") == {"bearer_token": "number 10000"}


def test_prune_deletes_only_what_can_be_opened(k: KeyChain, folder: Path) -> None:
    for _ in range(5):
        k.dump()
    (folder / "zzz.dump").write_bytes(b"somebody's database")
    damaged = list(dumps.paths(folder))[3]
    damaged.write_bytes(b"")
    assert k.prune(keep=2) == 2
    assert {path.name for path in folder.glob("*.dump")} >= {"zzz.dump", damaged.name}
    assert len(k.available_dumps()) == 2
    assert k.prune(keep=2) == 0
    assert k.prune(keep=1, key_dir="no such folder") == 0


@pytest.mark.parametrize("keep", [0, -1, 1.5, True, None, "3"])
def test_prune_refuses_to_delete_all(keep: int, k: KeyChain) -> None:
    k.dump()
    with pytest.raises(InvalidInput, match="from 1 on"):
        k.prune(keep=keep)
    assert len(k.available_dumps()) == 1


def test_a_copied_folder_opens_on_the_same_machine(k: KeyChain, folder: Path, token: dict[str, str]) -> None:
    k.dump()
    folder.rename(folder.with_name("moved"))
    later = KeyChain()
    assert later.load_last(key_dir="moved") is True
    assert later.get("tw") == token


def test_an_unreadable_dump_is_said(k: KeyChain, folder: Path) -> None:
    k.dump()
    path = next(folder.glob("*.dump"))
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError, match="can't be read"):
        KeyChain().load_last()
