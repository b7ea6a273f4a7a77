"""``python -m smapy_nb.sandbox``: a sandbox to leave running."""

from __future__ import annotations

import argparse
import sys

from smapy_nb.sandbox.box import Sandbox


def main() -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(
        "python -m smapy_nb.sandbox", description="A simulated X API, for lessons and tests."
    )
    parser.add_argument("--port", type=int, default=0, help="a free one, where left out")
    parser.add_argument("--host", default="127.0.0.1", help="other machines reach it only if this is not loopback")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same people and keys")
    parser.add_argument("--day", type=int, default=0, help="days that have passed already")
    given = parser.parse_args()
    try:
        x = Sandbox(seed=given.seed, day=given.day, host=given.host, port=given.port).start()
    except OSError as error:
        print(
            f"The sandbox can't listen on {given.host}:{given.port}: {error.strerror}. Choose another --port.",
            file=sys.stderr,
        )
        return 1
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Simulated X API (smapy-nb sandbox) on {x.url}: nothing here comes from X. Ctrl+C stops it.", flush=True)
    print("Its keys, good for nothing else:", flush=True)
    for field, value in {**x.token, "bearer_token": x.bearer_token}.items():
        print(f"  {field:16} {value}", flush=True)
    try:
        x.wait()
    except KeyboardInterrupt:
        print("Stopped.")
    finally:
        x.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
