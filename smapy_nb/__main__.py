"""``python -m smapy_nb leaks PATH…``: look for keys in notebooks and files."""

from __future__ import annotations

import argparse
import sys

from smapy_nb import leaks
from smapy_nb.errors import InvalidInput


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code: 0 clean, 1 a key was found, 2 something could not be read."""
    parser = argparse.ArgumentParser(prog="python -m smapy_nb")
    command = parser.add_subparsers(dest="command", required=True).add_parser(
        "leaks", help="look for your keys, and for X-shaped ones, in notebooks and files; exit 1 when there is one"
    )
    command.add_argument("paths", nargs="+", metavar="PATH", help="a file or folder")
    code = 0
    for path in parser.parse_args(arguments).paths:
        try:
            report = leaks.scan(path)
        except InvalidInput as error:
            print(error, file=sys.stderr)
            code = code or 2
            continue
        print(report)
        code = 1 if report or code == 1 else 2 if report.unread else code
    return code


if __name__ == "__main__":
    sys.exit(main())
