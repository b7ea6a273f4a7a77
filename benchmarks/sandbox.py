"""The sandbox under load: what a signed look-up of 100 profiles takes, 200 students at once, a week of a class.

Beside it runs the connector benchmark's stub, which checks nothing and has no people. `--quick` ends within 50 s.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from decimal import Decimal
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from oauthlib.oauth1 import Client as Signer

from smapy_nb import TwitterConnector
from smapy_nb.archive.archive import Archive
from smapy_nb.sandbox import Sandbox
from smapy_nb.sandbox.identities import Identity

QUICK = "--quick" in sys.argv
FIELDS = (
    "created_at,description,entities,location,profile_image_url,protected,public_metrics,url,verified,verified_type"
)
STUDENTS = 200
STUB = Path(__file__).parent / "against" / "stub.py"


class Process:
    """A server in a process of its own, so that clients don't take its time and its memory can be read."""

    def __init__(self, *command: str | Path) -> None:
        began = time.perf_counter()
        self.process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        found = re.search(r"(\d+)(: nothing|$)", self.process.stdout.readline().strip())
        assert found
        self.port = int(found[1])
        self.started = time.perf_counter() - began

    def memory(self) -> float:
        """Peak resident megabytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def target(handles: list[str]) -> str:
    return f"/2/users/by?usernames={'%2C'.join(handles)}&user.fields={FIELDS.replace(',', '%2C')}"


def signer(one: Identity) -> Signer:
    keys = one.token
    return Signer(keys["consumer_key"], keys["consumer_secret"], keys["access_token"], keys["access_secret"])


def sign(who: Signer, port: int, path: str) -> dict[str, str]:
    headers: dict[str, str] = who.sign(f"http://127.0.0.1:{port}{path}")[1]
    return headers


def ask(port: int, path: str, signed: list[dict[str, str]], times: list[float], seen: Counter[str]) -> None:
    """One client on one connection: requests signed beforehand, answers read in full."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for headers in signed:
        began = time.perf_counter()
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            seen[str(answer.status)] += 1
        except (OSError, HTTPException) as error:
            seen[type(error).__name__] += 1
            connection.close()
        times.append(time.perf_counter() - began)
    connection.close()


def side_by_side(jobs: list[tuple[int, str, list[dict[str, str]]]]) -> tuple[float, list[float], Counter[str]]:
    times: list[float] = []
    seen: Counter[str] = Counter()
    threads = [threading.Thread(target=ask, args=(*job, times, seen)) for job in jobs]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, times, seen


def throughput(port: int, path: str, who: Signer, requests: int, clients: int = 4) -> dict[str, float]:
    jobs = [(port, path, [sign(who, port, path) for _ in range(requests // clients)]) for _ in range(clients)]
    took, times, seen = side_by_side(jobs)
    assert set(seen) == {"200"}, seen
    return {
        "requests_per_second": round(len(times) / took, 1),
        "p50_ms": round(statistics.median(times) * 1000, 2),
        "p99_ms": round(statistics.quantiles(times, n=100)[98] * 1000, 2),
    }


def week() -> dict[str, float | str | int]:
    """Each student looks 100 accounts up on 5 days, time-travelled: the sandbox's books beside the archive's ledger."""
    students = 20 if QUICK else STUDENTS
    with tempfile.TemporaryDirectory() as folder, Sandbox() as x:
        archive = Archive(Path(folder) / "class.sqlite")
        keys = [x.identity(f"student_{number}").token for number in range(students)]
        began = time.perf_counter()
        for _ in range(5):
            handles = [handle for handle in x.people if not handle.startswith("student_")][:100]
            for token in keys:
                TwitterConnector(handles, token=token, base_url=x.url, archive=archive, budget=False).frame(
                    refresh=True  # each pays for itself; else the first one's readings would serve all
                )
            x.clock.advance(days=1)
        took = time.perf_counter() - began
        ledger = Decimal(str(round(float(archive.spending()["usd"].sum()), 6)))
        assert x.booked_usd == ledger, (x.booked_usd, ledger)
        return {
            "students": students,
            "seconds": round(took, 1),
            "usd_booked": str(x.booked_usd),
            "usd_in_ledger": str(ledger),
        }


def main() -> None:
    here = Sandbox(in_process=True)  # the same seed gives the same people and keys in the other process
    path = target(here.people[:100])
    students = [here.identity(f"student_{number}") for number in range(1, STUDENTS + 1)]
    requests = 400 if QUICK else 880  # below a window
    stub = Process(STUB, "0")
    sandbox = Process("-m", "smapy_nb.sandbox", "--students", str(STUDENTS), "--keys", os.devnull)
    try:
        plain = throughput(stub.port, path, signer(students[0]), requests)
        checked = throughput(sandbox.port, path, signer(students[0]), requests)
        before = sandbox.memory()
        jobs = [(sandbox.port, path, [sign(signer(one), sandbox.port, path)]) for one in students[:STUDENTS]]
        took, times, seen = side_by_side(jobs)
        told = {
            "start_seconds": round(sandbox.started, 3),
            "sandbox": checked,
            "stub": plain,
            "sandbox_to_stub": round(checked["requests_per_second"] / plain["requests_per_second"], 3),
            "class": {
                "clients": STUDENTS,
                "seconds": round(took, 2),
                "slowest_ms": round(max(times) * 1000),
                "answers": dict(seen),
                "memory_mb": round(sandbox.memory(), 1),
                "memory_grew_mb": round(sandbox.memory() - before, 1),
            },
            "week": week(),
        }
    finally:
        stub.stop()
        sandbox.stop()
    print(f"start            {told['start_seconds']} s, interpreter and imports included")
    print(f"sandbox          {checked}")
    print(f"stub, no checks  {plain}")
    print(f"class            {told['class']}")
    print(f"week             {told['week']}")
    print(json.dumps(told))


if __name__ == "__main__":
    main()
