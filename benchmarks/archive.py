"""The archive beside pandas and to_sql: appending, asking, storing, remembering; and a class of 200 kernels.

No argument: in full, which takes some minutes and 2 GB of disk. --quick: small numbers. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from smapy_nb import Archive, sandbox
from smapy_nb.archive import appending, readings, schema
from smapy_nb.archive.readings import Answer

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "archive"))

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def answer(count: int, day: int = 0) -> Answer:
    """Return one look-up of `count` accounts: the counts move every day, the words do not."""
    numbers = range(count)
    columns: dict[str, list[Any]] = {
        "id": [10**18 + n for n in numbers],
        "handle": [f"account_{n}" for n in numbers],
        "name": [f"Account number {n}" for n in numbers],
        "link": [f"https://www.twitter.com/account_{n}" for n in numbers],
        "followers": [1000 + 7 * n % 99_991 + day for n in numbers],
        "following": [n % 3000 for n in numbers],
        "posts": [n % 9000 + day for n in numbers],
        "listed": [n % 90 for n in numbers],
        "likes": [n % 7000 + day for n in numbers],
        "media": [n % 500 for n in numbers],
        "verified": [n % 9 == 0 for n in numbers],
        "verified_type": ["blue" if n % 9 == 0 else "none" for n in numbers],
        "protected": [False] * count,
        "created_at": [datetime(2013, 12, 14, 4, 35, 55, tzinfo=UTC) + timedelta(minutes=n) for n in numbers],
        "description": [
            f"Writes about the sea, the weather and the city; views are number {n}'s own." for n in numbers
        ],
        "location": ["Berlin"] * count,
        "url": [f"https://example.org/{n}" for n in numbers],
        "profile_image_url": [f"https://pbs.twimg.com/profile_images/{10**18 + n}/a_normal.jpg" for n in numbers],
        "profile_banner_url": [f"https://pbs.twimg.com/profile_banners/{n}/1500000000" for n in numbers],
        "pinned_post_id": [10**18 + 3 * n for n in numbers],
        "other": [None] * count,
    }
    return Answer(BEGIN + timedelta(days=day), [f"account_{n}" for n in numbers], columns)


def plain(one: Answer) -> pd.DataFrame:
    """Return the same readings as `frame()` gives them, but for `other`, whose dicts to_sql can't write."""
    frame = pd.DataFrame({name: pd.Series(values).convert_dtypes() for name, values in one.columns.items()})
    head = {"account": one.found, "requested": one.found, "outcome": "ok", "reason": None}
    return pd.concat(
        [
            pd.DataFrame(head, index=frame.index).astype("string"),
            frame.drop(columns="other").assign(read_at=pd.Timestamp(one.read_at), from_archive=False),
        ],
        axis=1,
    )


def seconds(work: Callable[[], object], tries: int = 1) -> float:
    best = float("inf")
    for _ in range(tries):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def append(url: str, count: int) -> dict[str, Any]:
    """Appending `count` readings: of accounts that are new, of accounts that are known, and by to_sql.

    Each is the best of three, in turns. SQLite works in this process, so its time is the processor's: the ratio
    is then the same on a machine that is busy with other things.
    """
    clock = time.process_time if url.startswith("sqlite") else time.perf_counter
    with Archive(url) as archive:
        space = archive._space("tw", False)

        def keep(one: Answer) -> float:
            began = clock()
            archive._store.write(lambda conn: appending.append(archive._store, conn, space, one))
            return clock() - began

        def beside(one: pd.DataFrame) -> float:
            began = clock()
            one.to_sql("plain", archive._store.engine, index=False, if_exists="append")
            return clock() - began

        first = keep(answer(count))
        both = [(keep(one), beside(plain(one))) for one in (answer(count, day) for day in (1, 2, 3))]
        again, sql = min(one for one, _ in both), min(one for _, one in both)
    return {
        "readings": count,
        "to_sql_s": round(sql, 2),
        "archive_s": round(again, 2),
        "archive_new_accounts_s": round(first, 2),
        "ratio": round(sql / again, 1),
        "ratio_new_accounts": round(sql / first, 1),
    }


def build(path: Path, accounts: int, days: int) -> Archive:
    """Make a panel: counts that move every day, words that change four times a year."""
    archive = Archive(path)
    store = archive._store
    space = archive._space("tw", False)
    store.write(lambda conn: appending.append(store, conn, space, answer(accounts)))
    known = store.read(lambda conn: conn.execute(sa.select(schema.versions)).all())
    store.write(
        lambda conn: store.insert(
            conn, schema.versions, [(row[0], part, *row[2:]) for row in known for part in range(2, 2 + days // 91)]
        )
    )
    day = 86_400_000_000
    start = readings.micros_of(BEGIN)
    for part in range(1, accounts + 1, 1000):
        rows = [
            (number, start + n * day, 1 + n // 91 if n < 91 * (1 + days // 91) else 1, 1000 + number + n * (number % 7),
             number % 3000, number % 9000 + n, number % 90, number % 7000 + n, number % 500)
            for number in range(part, min(part + 1000, accounts + 1))
            for n in range(1, days)
        ]  # fmt: skip
        store.write(lambda conn, rows=rows: store.insert(conn, schema.readings, rows))
    return archive


def panel(folder: Path, accounts: int, days: int) -> dict[str, Any]:
    """Ask a panel for the newest row of each account and for one account's growth, beside pandas."""
    path = folder / "panel.sqlite"
    archive = build(path, accounts, days)
    store, space = archive._store, archive._space("tw", False)
    keys = [f"account_{n}" for n in range(accounts)]

    def whole() -> pd.DataFrame:
        return pd.read_sql("SELECT account, read_at, followers FROM readings", store.engine)

    last = seconds(lambda: whole().sort_values("read_at").groupby("account").last())
    growth = seconds(lambda: whole().groupby("account").get_group(7).sort_values("read_at"))
    latest = seconds(lambda: store.read(lambda conn: readings.latest(store, conn, space, keys)), 3)
    one = seconds(lambda: archive.history("tw", {"seven": "account_7"}), 5)
    store.scrub()
    size = path.stat().st_size / accounts / days
    beside = folder / "plain.sqlite"
    plain_rows = min(accounts * days, 100_000)
    plain(answer(plain_rows)).to_sql("plain", sa.create_engine(f"sqlite:///{beside}"), index=False)
    plain_size = beside.stat().st_size / plain_rows
    parquet = folder / "parquet"
    wrote = seconds(lambda: archive.to_parquet(parquet))
    parquet_size = sum(file.stat().st_size for file in parquet.rglob("*.parquet")) / accounts / days
    memory = in_child("history", path=str(path), accounts=accounts)
    archive.close()
    year = 1_000_000 * 365
    return {
        "accounts": accounts,
        "days": days,
        "latest_s": round(latest, 3),
        "latest_pandas_s": round(last, 2),
        "latest_ratio": round(last / latest, 1),
        "growth_s": round(one, 4),
        "growth_pandas_s": round(growth, 2),
        "growth_ratio": round(growth / one, 1),
        "bytes_a_reading": round(size, 1),
        "bytes_a_reading_plain": round(plain_size, 1),
        "bytes_ratio": round(plain_size / size, 1),
        "parquet_bytes_a_reading": round(parquet_size, 1),
        "parquet_write_s": round(wrote, 1),
        "history_memory": memory,
        "a_million_accounts_a_year_GB": {
            "sqlite": round(year * size / 1e9, 1),
            "plain": round(year * plain_size / 1e9, 1),
            "parquet": round(year * parquet_size / 1e9, 1),
        },
    }


def in_child(what: str, **options: Any) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, "--child", what],
        input=json.dumps(options),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def refreshed(folder: Path, accounts: int) -> dict[str, Any]:
    """Return the memory of a refresh of many accounts, asked of a stub server, kept in an archive."""
    stub = subprocess.Popen([sys.executable, str(HERE / "against" / "stub.py"), "0"], stdout=subprocess.PIPE, text=True)
    try:
        assert stub.stdout is not None
        url = f"http://127.0.0.1:{int(stub.stdout.readline())}"
        return in_child("refresh", url=url, accounts=accounts, archive=str(folder / "refresh.sqlite"))
    finally:
        stub.terminate()
        stub.wait()


def peak(anew: bool = False) -> float:
    """Return the most memory that this process has used, in MB; with `anew`, start to watch from now on."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5")  # getrusage would begin with what the parent used
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def child(what: str, options: dict[str, Any]) -> None:
    """Measure memory where nothing else has used any."""
    import pandas.core.arrays  # noqa: F401

    pd.array(["warm"], dtype="string")
    if what == "history":
        archive = Archive(Path(options["path"]))
        names = {f"account_{n}": f"account_{n}" for n in range(options["accounts"])}
        archive.history("tw", {"one": "account_1"})
        before = peak(anew=True)
        frame = archive.history("tw", names)
    else:
        from smapy_nb import TwitterConnector

        accounts = [f"account_{n}" for n in range(options["accounts"])]
        token = {"bearer_token": "A" * 100}
        connect = lambda wanted: TwitterConnector(wanted, token, base_url=options["url"], archive=options["archive"])  # noqa: E731
        connect(accounts[:100]).frame()
        before = peak(anew=True)
        frame = connect(accounts).frame(refresh=True)
    used, own = peak() - before, float(frame.memory_usage(deep=True).sum()) / 2**20
    allowed = 2 * own + 100
    print(
        json.dumps(
            {
                "rows": len(frame),
                "frame_MB": round(own, 1),
                "peak_MB": round(used, 1),
                "of_allowed": round(used / allowed, 2),
            }
        )
    )


def classroom(kernels: int, together: bool, postgres: Any) -> dict[str, Any]:
    """Run a class of kernels, each with an app of its own, that ask for overlapping lists in the same minute."""
    with sandbox.Sandbox(credits_usd=10_000) as box:
        people = [f"@{handle}" for handle in box.people[:240]]
        lists = [[people[(7 * n + 5 * m) % 240] for m in range(48)] for n in range(kernels)]
        plan = {
            "base_url": box.url,
            "tokens": [dict(box.identity(f"student{n}").token) for n in range(kernels)],
            "archive": postgres.new_database() if together else False,
            "kernels": lists,
        }
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, str(HERE.parent / "tests" / "archive" / "kernels.py")],
            input=json.dumps(plan), capture_output=True, text=True, check=True,
        )  # fmt: skip
        wall = time.perf_counter() - began
        told = [json.loads(line) for line in done.stdout.splitlines()]
        seen = list(box.state.log)
        return {
            "kernels": len(told),
            "whole_tables": sum(one["rows"] == one["asked"] > 0 for one in told),
            "errors": sorted({one["error"] for one in told} - {""}),
            "usd": float(box.booked_usd),
            "requests": len(seen),
            "refused_429": sum(one.status == 429 for one in seen),
            "wall_s": round(wall, 1),
            "slowest_kernel_s": max(one["seconds"] for one in told),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child, json.load(sys.stdin))
        return
    from postgres import Postgres, programs

    quick = given.quick
    found: dict[str, Any] = {"quick": quick}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        rows = 20_000 if quick else 100_000
        found["append_sqlite"] = say("append, SQLite", append(f"sqlite:///{folder}/append.sqlite", rows))
        found["panel"] = say("panel", panel(folder, *((1000, 120) if quick else (10_000, 365))))
        if (programs_at := programs()) is None:
            say("PostgreSQL is not installed here: no class was run", {})
        else:
            with Postgres(programs_at) as postgres:
                found["refresh_memory"] = say("memory of a refresh", refreshed(folder, 5000 if quick else 100_000))
                found["append_postgres"] = say("append, PostgreSQL", append(postgres.new_database(), rows))
                kernels = 12 if quick else 200
                found["class_shared"] = say("class, one archive", classroom(kernels, True, postgres))
                found["class_alone"] = say("class, no archive", classroom(kernels, False, postgres))
    print(json.dumps(found))


def say(title: str, found: dict[str, Any]) -> dict[str, Any]:
    print(f"{title}:", *(f"{name} {value}" for name, value in found.items()), sep="\n    ", flush=True)
    return found


if __name__ == "__main__":
    np.seterr(all="raise")
    main()
