"""What went wrong, as a person may read, copy and send it on: no value is in it, and no foreign exception's text."""

from __future__ import annotations

import platform
import time
import traceback
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from smapy_nb import __version__
from smapy_nb.errors import SmapyError


@dataclass(frozen=True)
class Failure:
    """A failure without its exception, whose frames hold what was typed.

    Attributes:
        sentence: what happened and what to do.
        details: kind (names of exceptions), status (HTTP), at (milliseconds since 1970), frames (where, as
            ``module.function:line``), versions.
    """

    sentence: str
    details: dict[str, Any]


def failure_of(problem: BaseException) -> Failure:
    """Take from an exception what may be shown to anyone."""
    chain = [problem, *([problem.__cause__] if problem.__cause__ else [])]
    known = isinstance(problem, SmapyError)
    details = {
        "kind": " ← ".join(type(one).__name__ for one in chain),
        "status": next(filter(None, (getattr(one, "status", None) for one in chain)), None),
        "at": time.time() * 1000,
        "frames": [] if known else _frames(problem),
        "versions": f"smapy_nb {__version__}, ipywidgets {version('ipywidgets')}, pandas {version('pandas')}, "
        f"Python {platform.python_version()}",
    }
    if known:
        return Failure(str(problem), details)
    return Failure(f"Something unexpected went wrong ({type(problem).__name__}); please report it.", details)


def _frames(problem: BaseException) -> list[str]:
    """Return where an exception came from: names alone, because a path tells who is at work."""
    return [
        f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}:{line}"
        for frame, line in traceback.walk_tb(problem.__traceback__)
    ]
