"""Many kernels at once: processes that look accounts up on one archive. Started as a program, by tests and benchmarks.

    python kernels.py < plan.json

The plan: ``base_url``, ``token`` (or ``tokens``, one for each), ``archive``, ``kernels`` (the accounts of each),
``refresh``, ``contexts``, ``impatient`` (stop where a window is waited for), ``dies`` (kernel → where it is killed).
Prints a JSON line for each kernel that lived.

Processes are forked from one that has imported everything, because forty times half a second of imports is what a
class does not do at once either.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from smapy_nb import Budget, TwitterConnector
from smapy_nb.archive.archive import Archive
from smapy_nb.archive.run import Run
from smapy_nb.errors import Interrupted, SmapyError


def kernel(number: int, plan: dict[str, Any]) -> dict[str, Any]:
    """Do what one kernel does, and tell how it went."""
    who = f"student{number}"
    archive = plan["archive"] if plan["archive"] is False else Archive(plan["archive"])
    connector = TwitterConnector(
        plan["kernels"][number],
        plan["tokens"][number] if "tokens" in plan else plan["token"],
        base_url=plan["base_url"],
        archive=archive,
        budget=Budget(usd=plan.get("usd", 5), person=who),
        contexts=plan.get("contexts", ["user"] * (number + 1))[number],
    )

    def seen(_done: int, _total: int, until: datetime | None) -> None:
        if plan.get("impatient") and until is not None and until - datetime.now(UTC) > timedelta(minutes=1):
            connector.cancel()

    began, error, frame = time.monotonic(), "", pd.DataFrame({"outcome": [], "from_archive": []})
    try:
        frame = connector.frame(refresh=plan.get("refresh", False), on_progress=seen)
    except Interrupted as raised:
        frame, error = raised.frame, "Interrupted"
    except SmapyError as raised:
        error = f"{type(raised).__name__}: {raised}"
    return {
        "kernel": number,
        "rows": int(frame["outcome"].isin(["ok", "protected"]).sum()),
        "asked": len(frame),
        "answered": int((frame["outcome"] != "not_asked").sum()),
        "from_archive": int(frame["from_archive"].fillna(False).sum()),
        "seconds": round(time.monotonic() - began, 3),
        "error": error,
    }


def mortal(where: str) -> None:
    """Have this process killed, as the machine kills one, before or after a step of its look-up."""
    step = {"claimed": "sending", "sent": "keep", "booked": "keep"}[where]
    usual = getattr(Run, step)

    def fatal(self: Run, *args: Any, **options: Any) -> None:
        if where == "booked":
            usual(self, *args, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(Run, step, fatal)


def main() -> None:
    plan = json.load(sys.stdin)
    ready, go = os.pipe()
    children = []
    for number in range(len(plan["kernels"])):
        if (child := os.fork()) == 0:
            os.close(go)
            os.read(ready, 1)  # all begin when the parent closes its end
            os.environ["JUPYTERHUB_USER"] = f"student{number}"
            if where := plan.get("dies", {}).get(str(number)):
                mortal(where)
            told = json.dumps(kernel(number, plan)) + "\n"
            os.write(1, told.encode())
            os._exit(0)
        children.append(child)
    os.close(ready)
    os.close(go)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
