"""Dumps: whole, in order, closed to others, and never in each other's way."""

from __future__ import annotations

import json
import logging
import os
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smapy_nb.errors import DumpDamaged, DumpLocked, DumpTooNew, InvalidInput, NoToken, StoreError
from smapy_nb.keychain import dumps
from smapy_nb.keychain.keychain import KeyChain


@pytest.fixture
def k(token: dict[str, str]) -> KeyChain:
    k = KeyChain()
    k.assign("tw", token)
    return k


def numbered(k: KeyChain, number: int) -> str:
    """Dump keys that tell which dump they came from."""
    k.assign("tw", {"bearer_token": f"number {number}"})
    return k.dump()


def file_of(folder: Path, name: str) -> Path:
    return next(folder.glob(f"*{name}*"))


def test_another_kernel_loads_what_was_dumped(k: KeyChain, token: dict[str, str]) -> None:
    name = k.dump()
    for load in (lambda k: k.load_last(), lambda k: k.load(name)):
        later = KeyChain()
        assert load(later) is True
        assert later.get() == {"tw": token}


def test_nothing_to_load_is_false(k: KeyChain) -> None:
    assert k.load_last() is False
    assert k.load("0" * 32) is False
    k.dump()
    for name in ("0" * 32, "", "../../etc/passwd", "*"):
        assert k.load(name) is False


def test_nothing_to_dump_is_said() -> None:
    with pytest.raises(NoToken, match="assign"):
        KeyChain().dump()


def test_the_folder_and_its_files_are_the_owners_alone(k: KeyChain, folder: Path) -> None:
    old = os.umask(0)
    try:
        k.dump()
    finally:
        os.umask(old)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert (folder / ".gitignore").read_text() == "*\n"


def test_the_key_is_outside_the_folder_and_the_owners_alone(k: KeyChain, home: Path, folder: Path) -> None:
    k.dump()
    (key,) = [path for path in home.rglob("*") if path.is_file()]
    assert not key.is_relative_to(folder.parent)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_no_value_and_no_length_can_be_read_from_a_dump(k: KeyChain, folder: Path, token: dict[str, str]) -> None:
    k.dump()
    longer = KeyChain()
    longer.assign("tw", {field: value * 2 for field, value in token.items()})
    longer.dump()
    one, two = folder.glob("*.dump")
    assert one.stat().st_size == two.stat().st_size
    for value in token.values():
        assert value.encode() not in one.read_bytes()


def test_a_folder_with_other_things_stays_visible_to_git(k: KeyChain, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "analysis.ipynb").write_text("{}")
    k.dump(key_dir=tmp_path / "work")
    assert (tmp_path / "work" / ".gitignore").read_text() == "*.dump\n"
    (tmp_path / "work" / ".gitignore").write_text("mine\n")
    k.dump(key_dir=tmp_path / "work")
    assert (tmp_path / "work" / ".gitignore").read_text() == "mine\n"


def test_available_dumps_come_newest_first(k: KeyChain) -> None:
    before = datetime.now(UTC)
    names = [numbered(k, number) for number in range(12)]
    found = k.available_dumps()
    assert [dump["hash"] for dump in found] == names[::-1]
    assert {tuple(dump) for dump in found} == {("hash", "date", "networks")}
    assert all(before <= dump["date"] <= datetime.now(UTC) for dump in found)  # type: ignore[operator]
    assert found[0]["networks"] == ["tw"]


def test_available_dumps_need_no_key(k: KeyChain, home: Path) -> None:
    name = k.dump()
    shutil.rmtree(home)
    assert [dump["hash"] for dump in KeyChain().available_dumps()] == [name]
    assert not home.exists()


def test_load_replaces_what_is_held(k: KeyChain, token: dict[str, str]) -> None:
    name = k.dump()
    k.assign("tw", {"bearer_token": "later"})
    k.load(name)
    assert k.get("tw") == token


@pytest.mark.parametrize("name", ["keys", "C:\\Users\\Zoë\\keys", "ключи 鍵 🔑", "a b/c"])
def test_folders_of_any_name(k: KeyChain, token: dict[str, str], name: str, tmp_path: Path) -> None:
    for key_dir in (name, tmp_path / name):
        k.dump(key_dir=key_dir)
        later = KeyChain()
        assert later.load_last(key_dir=str(key_dir)) is True
        assert later.get("tw") == token


@pytest.mark.parametrize("key_dir", ["", "  ", 5, b"keys", "a\0b"])
def test_what_is_no_folder_is_refused(k: KeyChain, key_dir: str) -> None:
    for method in (k.dump, k.load_last, k.available_dumps):
        with pytest.raises(InvalidInput, match="key_dir"):
            method(key_dir=key_dir)


def test_a_folder_that_is_a_file_is_said(k: KeyChain, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for key_dir in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StoreError, match="still in memory"):
            k.dump(key_dir=key_dir)
        assert k.load_last(key_dir=key_dir) is False


# Damage


def damaged(content: bytes) -> dict[str, bytes]:
    header, _, sealed = content.partition(b"\n")
    return {
        "truncated": content[: len(content) // 2],
        "empty": b"",
        "header only": header + b"\n",
        "garbage": os.urandom(500),
        "a number": b"5",
        "deep": b"[" * 100_000,
        "other json": b'{"format": "something else", "version": 1}',
        "header changed": header.replace(b'"tw"', b'"bs"') + b"\n" + sealed,
        "seal changed": header + b"\n" + sealed[::-1],
    }


@pytest.mark.parametrize("how", damaged(b"\n"))
def test_a_damaged_dump_is_an_error_and_hides_no_older_one(
    how: str, k: KeyChain, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    older, newer = numbered(k, 1), numbered(k, 2)
    path = file_of(folder, newer)
    path.write_bytes(damaged(path.read_bytes())[how])
    with pytest.raises(DumpDamaged, match=path.name):
        k.load(newer)
    with caplog.at_level(logging.WARNING):
        assert k.load_last() is True
    assert k.get("tw") == {"bearer_token": "number 1"}
    assert path.name in caplog.text
    assert [dump["hash"] for dump in k.available_dumps()] == [older]


def test_only_damaged_dumps_is_an_error_that_keeps_what_is_held(k: KeyChain, folder: Path) -> None:
    file_of(folder, numbered(k, 1)).write_bytes(b"")
    with pytest.raises(DumpDamaged):
        k.load_last()
    assert k.get("tw") == {"bearer_token": "number 1"}


def test_swapped_dumps_are_seen(k: KeyChain, folder: Path) -> None:
    first, second = file_of(folder, numbered(k, 1)), file_of(folder, numbered(k, 2))
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one)
    with pytest.raises(DumpDamaged):
        k.load_last()


def test_an_old_dump_renamed_to_be_the_newest_is_not_loaded(k: KeyChain, folder: Path) -> None:
    old = file_of(folder, numbered(k, 1))
    numbered(k, 2)
    old.rename(old.with_name(old.name.replace("000001", "000009")))
    assert k.load_last() is True
    assert k.get("tw") == {"bearer_token": "number 2"}


def test_a_file_of_something_else_is_no_dump(k: KeyChain, folder: Path) -> None:
    numbered(k, 1)
    (folder / "zzz.dump").write_bytes(b"a database dump")
    (folder / "notes.txt").write_bytes(b"notes")
    assert k.load_last() is True
    assert len(k.available_dumps()) == 1


def test_a_dump_of_a_newer_version_says_so_and_hides_no_older_one(k: KeyChain, folder: Path) -> None:
    numbered(k, 1)
    newer = file_of(folder, numbered(k, 2))
    newer.write_bytes(newer.read_bytes().replace(b'"version": 1', b'"version": 2'))
    with pytest.raises(DumpTooNew, match="update"):
        k.load(newer.stem.partition("-")[2])
    assert k.load_last() is True
    assert k.get("tw") == {"bearer_token": "number 1"}


def forged(path: Path, **changed: object) -> Path:
    """Change a dump's header and give it the name that fits: only the seal can tell."""
    header, _, sealed = path.read_bytes().partition(b"\n")
    content = json.dumps({**json.loads(header), **changed}).encode() + b"\n" + sealed
    path.unlink()
    forgery = path.with_name(f"{path.name[:6]}-{dumps._hash(content)}.dump")
    forgery.write_bytes(content)
    return forgery


def test_a_forged_header_breaks_the_seal(k: KeyChain, folder: Path) -> None:
    forgery = forged(file_of(folder, k.dump()), networks=["tw", "bs"])
    with pytest.raises(DumpDamaged, match="changed"):
        k.load(forgery.stem.partition("-")[2])


@pytest.mark.parametrize(
    "changed",
    [
        {"number": "1"},
        {"number": 7},
        {"date": "yesterday"},
        {"date": 5},
        {"networks": 5},
        {"key": None},
        {"key": {"place": "key file"}},
        {"key": {"place": "key file", "id": "x", "salt": "", "more": 1}},
    ],
    ids=str,
)
def test_a_foreign_header_is_an_error(changed: dict[str, object], k: KeyChain, folder: Path) -> None:
    forgery = forged(file_of(folder, k.dump()), **changed)
    with pytest.raises(DumpDamaged):
        k.load(forgery.stem.partition("-")[2])
    assert k.available_dumps() == []


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_flipped_bit_is_seen(place: int, bit: int, k: KeyChain, tmp_path: Path) -> None:
    folder = tmp_path / "flipped"
    shutil.rmtree(folder, ignore_errors=True)
    name = k.dump(key_dir=folder)
    path = file_of(folder, name)
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1 << bit
    path.write_bytes(content)
    with pytest.raises((DumpDamaged, DumpTooNew)):
        k.load(name, key_dir=folder)


# Without the key


def test_a_folder_moved_without_its_key_says_what_to_do(k: KeyChain, home: Path) -> None:
    name = k.dump()
    shutil.rmtree(home / ".config")
    later = KeyChain()
    for load in (later.load_last, lambda: later.load(name)):
        with pytest.raises(DumpLocked, match="Copy that file here"):
            load()
    # Trying to open it does not make a new key, which would stand in the way of the old one.
    assert not (home / ".config").exists()


def test_another_machines_dump_hides_no_older_one(k: KeyChain, home: Path) -> None:
    numbered(k, 1)
    (home / ".config").rename(home / "ours")
    numbered(k, 2)
    shutil.rmtree(home / ".config")
    (home / "ours").rename(home / ".config")
    assert k.load_last() is True
    assert k.get("tw") == {"bearer_token": "number 1"}


def test_without_a_home_the_key_stays_in_memory_and_says_so(
    k: KeyChain, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, token: dict[str, str]
) -> None:
    monkeypatch.setenv("HOME", "/proc/none")
    with caplog.at_level(logging.WARNING):
        k.dump()
    assert "ends with this kernel" in caplog.text
    assert k.store.name == "memory"
    later = KeyChain()
    assert later.load_last() is True
    assert later.get("tw") == token
