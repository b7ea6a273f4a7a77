"""What benchmarks/table.py has measured: as a table, and as the JSON object in which it ends."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

OURS = "smapy_nb"
BOUNDS = {  # what issue 6 asks for, at 100,000 rows
    "visible_to_fastest_peer": 0.7,
    "refreshed_to_fastest_peer": 0.5,
    "keypress_ms": 100,
    "answer_ms": 200,
    "cancel_ms": 300,
    "saved_bytes": 60_000,
}
WIDTHS = (("visible", 10), ("refreshed", 12))


class Clock:
    """Says what goes on, and what there is no time for where it must be quick."""

    def __init__(self, quick: bool) -> None:
        self._quick, self._began = quick, time.monotonic()
        self.limit = 12.0 if quick else 120.0  # seconds for one thing to show

    def late(self, seconds: float, what: str) -> bool:
        spent = time.monotonic() - self._began
        if self._quick and spent > seconds:
            return True
        print(f"{spent:6.1f} s  {what}", flush=True)
        return False


class Results:
    """What was measured: rows → widget → figures; and what could not be."""

    def __init__(self) -> None:
        self.tables: dict[int, dict[str, dict[str, Any]]] = {}
        self.ours: dict[str, float] = {}
        self.failures: list[str] = []

    def add(self, rows: int, peer: str, found: dict[str, Any]) -> None:
        held = self.tables.setdefault(rows, {}).setdefault(peer, {"visible": [], "refreshed": [], "memory": []})
        held["visible"].append(round(found["visible"], 3))
        held["refreshed"] += [round(one, 3) for one in found["refreshed"]]
        held["memory"].append(found["memory"])

    @contextmanager
    def trying(self, what: str) -> Iterator[None]:
        """Go on with the next where one fails, and say so."""
        try:
            yield
        except Exception as failure:
            self.failures.append(f"{what}: {(str(failure) or type(failure).__name__).splitlines()[0]}")
            print(f"  failed: {self.failures[-1]}", flush=True)

    def ratio(self, rows: int, what: str) -> float | None:
        """Our best by the fastest peer's best."""
        of = self.tables.get(rows, {})
        peers = [min(one[what]) for name, one in of.items() if name != OURS and one[what]]
        return round(min(of[OURS][what]) / min(peers), 3) if peers and of.get(OURS, {}).get(what) else None

    def show(self) -> None:
        print(
            f"\n{'rows':>8}  {'widget':12} {'visible s':>10} {'refreshed s':>12} {'kernel B/row':>13} {'saved B':>11}"
        )
        for rows, of in self.tables.items():
            for name, one in of.items():
                times = " ".join(f"{min(one[what]):>{w}.2f}" if one[what] else " " * w for what, w in WIDTHS)
                memory = f"{statistics.median(one['memory']) / rows:13.0f}" if one["memory"] else " " * 13
                print(f"{rows:>8}  {name:12} {times} {memory} {one.get('saved', '-'):>11}")

    def as_json(self, quick: bool) -> str:
        rows = max(self.tables, default=0)
        figures = {
            "visible_to_fastest_peer": self.ratio(rows, "visible"),
            "refreshed_to_fastest_peer": self.ratio(rows, "refreshed"),
            "saved_bytes": self.tables.get(rows, {}).get(OURS, {}).get("saved"),
            **{name: self.ours.get(name) for name in ("keypress_ms", "answer_ms", "cancel_ms")},
        }
        bounds = {
            name: {
                "value": figures[name],
                "at_most": bound,
                "met": None if (f := figures[name]) is None else f <= bound,
            }
            for name, bound in BOUNDS.items()
        }
        ratios = {at: {f"{what}_to_fastest_peer": self.ratio(at, what) for what, _ in WIDTHS} for at in self.tables}
        return json.dumps({
            "benchmark": "table", "quick": quick, "rows": rows, "load": os.getloadavg()[0], "bounds": bounds,
            "ratios": ratios, "tables": self.tables, "ours": self.ours, "failures": self.failures,
        })  # fmt: skip
