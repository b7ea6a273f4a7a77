"""``python -m smapy_nb.sandbox``: a sandbox to leave running, for one person or for a class."""

from __future__ import annotations

import argparse
import csv
import os
import sys
from pathlib import Path

from smapy_nb.sandbox import scenarios
from smapy_nb.sandbox.box import LOOPBACK, Sandbox


def parser() -> argparse.ArgumentParser:
    """Return what the command takes."""
    made = argparse.ArgumentParser(
        "python -m smapy_nb.sandbox",
        description="A simulated X API with invented people, for lessons and tests. Nothing in it comes from X.",
        epilog="Scenarios: " + ", ".join(scenarios.names()),
    )
    made.add_argument("--port", type=int, default=0, help="a free one, where left out")
    made.add_argument("--host", default="127.0.0.1", help="others reach it only where this is not loopback")
    made.add_argument("--seed", type=int, default=1, help="the same seed gives the same people and keys everywhere")
    made.add_argument("--day", type=int, default=0, help="days that have passed already")
    made.add_argument("--credits", type=float, default=100, metavar="USD", help="what each identity may spend")
    made.add_argument("--people", metavar="CSV", help="an invented network of your own")
    made.add_argument("--scenario", help="a lesson's mood: a name from below, or a TOML file")
    made.add_argument("--state", metavar="FILE", help="go on from this file where there is one; saved at the end")
    made.add_argument("--students", type=int, default=0, metavar="N", help="identities student_1 to student_N")
    made.add_argument("--keys", metavar="CSV", help="write everybody's keys to this file, in place of the screen")
    return made


def main() -> int:
    """Serve until interrupted."""
    given = parser().parse_args()
    try:
        x = Sandbox(
            seed=given.seed,
            day=given.day,
            host=given.host,
            port=given.port,
            credits_usd=given.credits,
            people=given.people,
            scenario=given.scenario,
        )
        if given.state and Path(given.state).exists():
            x.load(given.state)
        names = [f"student_{number}" for number in range(1, given.students + 1)]
        if given.keys:
            _write_keys(x, names, Path(given.keys))
        x.start()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(_cannot(given.host, given.port, error), file=sys.stderr)
        return 1
    try:
        _introduce(x, given.host, None if given.keys else ["sandbox_you", *names])
        x.wait()
    except KeyboardInterrupt:
        print("Stopped.")
    finally:
        x.stop()
        if given.state:
            x.save(given.state)
    return 0


def _cannot(host: str, port: int, error: OSError) -> str:
    if error.filename:
        return f"{error.filename} can't be used: {error.strerror}."
    return f"The sandbox can't listen on {host}:{port}: {error.strerror}. Choose another --port or --host."


def _introduce(x: Sandbox, host: str, names: list[str] | None) -> None:
    say = [f"Simulated X API (smapy-nb sandbox) on {x.url}: nothing here comes from X. Ctrl+C stops it."]
    if host not in LOOPBACK:
        say.append(f"Other machines can reach it, because it listens on {host}; its traffic is not encrypted.")
    say.append(f"What happens in it: {x.page}")
    if x.lesson:
        say.append(f"Lesson: {x.lesson}")
    for name in names or ():
        one = x.identity(name)
        say.append(f"Keys of {name}, good for nothing else:")
        say += [f"  {field:16} {value}" for field, value in {**one.token, "bearer_token": one.bearer_token}.items()]
    print("\n".join(say), flush=True)


def _write_keys(x: Sandbox, names: list[str], path: Path) -> None:
    """Write a table of keys that only its owner may read."""
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        identities = [x.identity(name) for name in ["sandbox_you", *names]]
        table.writerow(["identity", *identities[0].token, "bearer_token"])
        table.writerows([one.name, *one.token.values(), one.bearer_token] for one in identities)


if __name__ == "__main__":
    sys.exit(main())
