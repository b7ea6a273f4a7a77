"""The connector beside tweepy, xdk, twarc and a plain OAuth1Session loop, all against one local stub server in one run.

Also the limit: the same bytes fetched by a bare client that does not read them. No argument runs it in full (some ten
minutes); `--quick` ends within 50 seconds, with fewer accounts. The archive is off: the peers have none.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent / "against"
PEERS = ("tweepy", "xdk", "twarc", "plain")
QUICK = "--quick" in sys.argv


@contextmanager
def stub(delay: int) -> Iterator[str]:
    command = [sys.executable, str(HERE / "stub.py"), str(delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.terminate()


def ask(script: str, *arguments: object) -> dict[str, float]:
    """Run one way in a process of its own and return its figures."""
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def compared(url: str, ways: tuple[str, ...], count: int, runs: int, rounds: int = 1) -> dict[str, dict[str, float]]:
    """Return each way's best figures; the ways take turns, so that a busy machine is busy for all of them."""
    best: dict[str, dict[str, float]] = {}
    for _ in range(rounds):
        for way in ways:
            came = ask("peers.py", way, url, count, runs)
            best[way] = {name: min(value, best.get(way, came)[name]) for name, value in came.items()}
    return best


def rates(best: dict[str, dict[str, float]], count: int) -> dict[str, dict[str, float]]:
    return {
        way: {
            "thousand profiles a second": round(count / one["seconds"] / 1000, 2),
            "µs of CPU a profile": round(one["cpu"] / count * 1e6, 1),
            "MiB over the start": round(one["mib"]),
        }
        for way, one in best.items()
    }


def show(title: str, table: dict[str, dict[str, float]]) -> None:
    print(f"\n{title}")
    names = list(next(iter(table.values())))
    print(f"{'':22}" + "".join(f"{name:>28}" for name in names))
    for way, row in table.items():
        print(f"{way:22}" + "".join(f"{row.get(name, float('nan')):28,.6g}" for name in names), flush=True)


def near(peers: tuple[str, ...], ratios: dict[str, float]) -> dict[str, dict[str, float]]:
    count, rounds = (10_000, 1) if QUICK else (100_000, 3)
    with stub(0) as url:
        # One run a process: the peak of memory is that of one look-up.
        best = compared(url, ("smapy_nb", *peers, "limit"), count, 1, rounds)
    ours, others = best["smapy_nb"], [best[name] for name in peers]
    ratios["near: profiles a second / fastest peer's (wanted ≥ 3)"] = (
        min(o["seconds"] for o in others) / ours["seconds"]
    )
    ratios["near: CPU a profile / leanest peer's (wanted ≤ 0.45)"] = ours["cpu"] / min(o["cpu"] for o in others)
    ratios["near: memory / leanest peer's (wanted ≤ 0.5)"] = ours["mib"] / min(o["mib"] for o in others)
    table = rates(best, count)
    show(f"No delay, {count:,} accounts", table)
    return table


def far(delay: int, peers: tuple[str, ...], ratios: dict[str, float]) -> dict[str, dict[str, float]]:
    wanted = {150: (20, 0.9), 50: (18, 0.85)}[delay]
    count, fewer = 10_000, 500 if QUICK else 10_000
    with stub(delay) as url:
        best = compared(url, ("smapy_nb", "limit"), count, 1 if QUICK else 3)
        # They ask one request after the other, so that fewer show the same rate; and most of the time they wait.
        with ThreadPoolExecutor(len(peers) if QUICK else 1) as pool:
            slow = dict(zip(peers, pool.map(lambda peer: ask("peers.py", peer, url, fewer, 1), peers), strict=True))
    table = rates(best, count) | rates(slow, fewer)
    rate = {way: one["thousand profiles a second"] for way, one in table.items()}
    fastest = max(rate[name] for name in peers)
    ratios[f"{delay} ms: profiles a second / fastest peer's (wanted ≥ {wanted[0]})"] = rate["smapy_nb"] / fastest
    ratios[f"{delay} ms: / limit with 32 connections (wanted ≥ {wanted[1]})"] = rate["smapy_nb"] / rate["limit"]
    show(f"{delay} ms delay, {count:,} accounts", table)
    return table


def single(peers: tuple[str, ...], ratios: dict[str, float]) -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float]] = {}
    for delay in (0, 150) if QUICK else (0, 50, 150):
        with stub(delay) as url:
            best = compared(url, ("smapy_nb", *peers), 100, 5 if QUICK else 15, 1 if QUICK else 3)
        for way, one in best.items():
            table.setdefault(way, {})[f"ms at {delay} ms delay"] = round(one["median"] * 1000, 1)
        fastest = min(best[name]["median"] for name in peers)
        ratios[f"one request at {delay} ms: time / fastest peer's (wanted ≤ 1)"] = best["smapy_nb"]["median"] / fastest
    show("100 accounts, one request", table)
    return table


def memory(ratios: dict[str, float]) -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float]] = {}
    with stub(0) as url:
        for count in (50_000,) if QUICK else (250_000, 500_000, 1_000_000):
            one = ask("peers.py", "smapy_nb", url, count, 1)
            table[f"{count:,} accounts"] = {
                "MiB over the start": round(one["mib"]),
                "MiB of the frame": round(one["frame_mib"]),
                "allowed: 2 × + 100": round(2 * one["frame_mib"] + 100),
                "seconds": round(one["seconds"], 1),
            }
            ratios[f"memory of {count:,} / (2 × frame + 100 MB) (wanted ≤ 1)"] = one["mib"] / (
                2 * one["frame_mib"] + 95.4
            )
        if not QUICK:
            plain = ask("peers.py", "plain", url, 1_000_000, 1)
            table["1,000,000, plain"] = {
                "MiB over the start": round(plain["mib"]),
                "seconds": round(plain["seconds"], 1),
            }
            ratios["memory of 1,000,000 / json_normalize's (wanted ≤ 0.2)"] = one["mib"] / plain["mib"]
    show("Memory", table)
    return table


def windows(peers: tuple[str, ...], ratios: dict[str, float]) -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float]] = {}
    ways = [("smapy_nb", 100_000), ("smapy_nb, user+app", 100_000)]
    if not QUICK:
        ways += [("smapy_nb", 1_000_000), ("smapy_nb, user+app", 1_000_000)]
        ways += [(name, 100_000) for name in ("tweepy", "twarc") if name in peers]
    with ThreadPoolExecutor(2 if QUICK else 1) as pool:
        came = list(pool.map(lambda way: ask("windows.py", *way), ways))
    for (way, count), one in zip(ways, came, strict=True):
        table[f"{way}, {count:,}"] = {
            "simulated minutes": round(one["seconds"] / 60, 2),
            "optimum": one["optimum"] / 60,
            "429s": one["429"],
        }
        if one["optimum"] and way.startswith("smapy_nb"):
            ratios[f"{way}, {count:,} under X's windows: waited / optimum (wanted ≤ 1.01)"] = (
                one["waited"] / one["optimum"]
            )
        if way.startswith("smapy_nb"):
            ratios[f"{way}, {count:,} under X's windows: 429s (wanted 0)"] = one["429"]
    show("X's windows, on the sandbox's clock", table)
    return table


def main() -> None:
    peers = tuple(name for name in PEERS if name == "plain" or find_spec(name))
    if missing := set(PEERS) - set(peers):
        print(f"Left out: {', '.join(sorted(missing))}; install the extra `bench` to compare with them.")
    ratios: dict[str, float] = {}
    figures = {
        "near": near(peers, ratios),
        "150 ms": far(150, peers, ratios),
        "50 ms": far(50, peers, ratios),
        "one request": single(peers, ratios),
        "memory": memory(ratios),
        "windows": windows(peers, ratios),
    }
    print()
    for name, value in ratios.items():
        print(f"{value:8.2f}  {name}")
    print(json.dumps({"figures": figures, "ratios": {name: round(value, 3) for name, value in ratios.items()}}))


if __name__ == "__main__":
    main()
