"""Dumps and the leak guard: how long a dump, a load and a search for keys take. `--quick` ends within 50 s.

Beside dump and load runs what they can't be faster than: the same bytes written in clear and forced to the disk.
Beside the leak guard runs grep, with the same keys as they are, which knows no notebooks, encodings or shapes.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from smapy_nb import leaks
from smapy_nb.keychain.keychain import KeyChain

QUICK = "--quick" in sys.argv
DUMPS = 1_000 if QUICK else 10_000
FILES = 10_000
BYTES = 100 * 10**6 if QUICK else 10**9
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
CHANCE = random.Random(1)


def key(length: int) -> str:
    return "".join(CHANCE.choices(LETTERS, k=length))


TOKEN = {
    "consumer_key": key(25),
    "consumer_secret": key(50),
    "access_token": f"34262462-{key(40)}",
    "access_secret": key(45),
}


def milliseconds(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return round(statistics.median(taken) * 1000, 3)


def in_clear(path: Path) -> None:
    """Write the same keys without any protection."""
    with path.open("w") as file:
        json.dump(TOKEN, file)
        file.flush()
        os.fsync(file.fileno())


def dumping(folder: Path) -> dict[str, float]:
    k, sealed = KeyChain(), KeyChain(passphrase="correct horse battery staple")
    for chain in (k, sealed):
        chain.assign("tw", TOKEN)
    name = k.dump(key_dir=folder / "few")
    found = {
        "dump_ms": milliseconds(lambda: k.dump(key_dir=folder / "few"), 50),
        "load_ms": milliseconds(lambda: KeyChain().load(name, key_dir=folder / "few"), 50),
        "load_last_ms": milliseconds(lambda: KeyChain().load_last(key_dir=folder / "few"), 50),
        "in_clear_ms": milliseconds(lambda: in_clear(folder / "clear"), 50),
        "passphrase_dump_ms": milliseconds(lambda: sealed.dump(key_dir=folder / "sealed"), 1),
    }
    sealed_again = KeyChain(passphrase="correct horse battery staple")
    found["passphrase_load_ms"] = milliseconds(lambda: sealed_again.load_last(key_dir=folder / "sealed"), 1)
    whole = next((folder / "few").glob("*.dump"))
    for number in range(100, DUMPS):  # names in order are what makes the newest quick to find
        (folder / "few" / f"{number:06}-{number:032x}.dump").hardlink_to(whole)
    newest = k.dump(key_dir=folder / "few")
    found["dumps"] = DUMPS
    found["load_last_of_many_ms"] = milliseconds(lambda: KeyChain().load_last(key_dir=folder / "few"), 5)
    found["load_of_many_ms"] = milliseconds(lambda: KeyChain().load(newest, key_dir=folder / "few"), 5)
    found["dump_beside_many_ms"] = milliseconds(lambda: k.dump(key_dir=folder / "few"), 5)
    return found


def files(folder: Path, size: int) -> None:
    """Write notebooks and other text, of which a few hold a key."""
    text = " ".join(key(CHANCE.randrange(1, 60)) for _ in range(20_000))
    lines = [f"{text[at : at + 100]}\n" for at in range(0, len(text) - 100, 100)]
    each = size // FILES
    for number in range(FILES):
        CHANCE.shuffle(lines)
        body = lines[: each // 101]
        place = folder / f"{number % 100:02}"
        place.mkdir(exist_ok=True)
        if number % 1000 == 7:
            body[len(body) // 2] = f"token = '{TOKEN['consumer_secret']}'\n"
        if number % 2:
            cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": body}
            book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
            (place / f"{number}.ipynb").write_text(json.dumps(book))
        else:
            (place / f"{number}.txt").write_text("".join(body))


def searching(folder: Path, size: int) -> dict[str, float]:
    files(folder, size)
    k = KeyChain()
    k.assign("tw", TOKEN)
    begun = time.perf_counter()
    report = leaks.scan(folder, k)
    ours = time.perf_counter() - begun
    if len(report.findings) != FILES // 1000 or report.problems:
        raise SystemExit(f"The leak guard found {len(report.findings)} of {FILES // 1000} keys.")
    found = {
        "files": report.files,
        "megabytes": round(report.size / 1e6),
        "scan_s": round(ours, 2),
        "scan_mb_per_s": round(report.size / 1e6 / ours, 1),
    }
    if grep := shutil.which("grep"):
        keys = [part for value in TOKEN.values() for part in ("-e", value)]
        begun = time.perf_counter()
        subprocess.run([grep, "-rlF", *keys, str(folder)], check=False, stdout=subprocess.DEVNULL)
        found["grep_s"] = round(time.perf_counter() - begun, 2)
        found["scan_over_grep"] = round(ours / found["grep_s"], 1)
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        os.environ["HOME"] = place
        os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"  # never the keychain of who runs this
        os.environ.pop("XDG_CONFIG_HOME", None)
        figures = dumping(Path(place))
        (Path(place) / "many").mkdir()
        figures |= searching(Path(place) / "many", BYTES)
    figures["dump_over_in_clear"] = round(figures["dump_ms"] / figures["in_clear_ms"], 1)
    for name, value in figures.items():
        print(f"{name:24} {value}")
    print(json.dumps({"benchmark": "keychain", "quick": QUICK, **figures}))


main()
