"""What `import smapy_nb` costs, beside the libraries it is built on. Milliseconds, each in a fresh process."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

PROBE = "import time; start = time.perf_counter(); {}; print((time.perf_counter() - start) * 1000)"
STATEMENTS = {
    "smapy_nb": "import smapy_nb",
    "pandas": "import pandas",
    "requests with oauthlib": "import requests_oauthlib",
    "anywidget": "import anywidget",
    "KeyChain, first use": "from smapy_nb import KeyChain",
    "TwitterConnector, first use": "from smapy_nb import TwitterConnector",
    "sandbox, first use": "from smapy_nb import sandbox",
    "ProfilesWidget, first use": "from smapy_nb import ProfilesWidget",
}


def milliseconds(statement: str, runs: int) -> float:
    """Return the median of `runs` fresh processes, the first one (a cold disk) left out."""
    taken = [
        float(subprocess.run([sys.executable, "-c", PROBE.format(statement)], check=True, capture_output=True).stdout)
        for _ in range(runs + 1)
    ]
    return statistics.median(taken[1:])


def main() -> None:
    runs = 3 if "--quick" in sys.argv else 15
    figures = {name: round(milliseconds(statement, runs), 2) for name, statement in STATEMENTS.items()}
    for name, taken in figures.items():
        print(f"{name:30} {taken:8.1f} ms")
    ratio = round(figures["smapy_nb"] / figures["pandas"], 4)
    print(json.dumps({"milliseconds": figures, "ratio": {"smapy_nb / pandas": ratio, "wanted, at most": 0.05}}))


if __name__ == "__main__":
    main()
