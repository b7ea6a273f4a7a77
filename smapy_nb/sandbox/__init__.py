"""A local X API with invented people: no key, no cost, no network.

::

    from smapy_nb import sandbox
    x = sandbox.use()          # from now on, this process asks the sandbox
    x.token, x.url, x.people   # four keys that work there, its address, handles to ask for
    sandbox.stop()

Everything in it is simulated, and every answer says so in the header ``X-Simulated``.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smapy_nb.sandbox.box import Sandbox

__all__ = ["Sandbox", "stop", "use"]

ADDRESS = "SMAPY_NB_X_API"  # the environment variable that the transport reads

_running: Sandbox | None = None
_options: dict[str, Any] = {}
_before: str | None = None


def use(**options: Any) -> Sandbox:
    """Start a sandbox and make it this process's X; return it.

    Asked again with the same options, it returns the one that runs; with others, it starts another in its place.

    Args:
        options: what `Sandbox` takes.

    Raises:
        ValueError: an option that can't be; the sentence says what to give.
    """
    global _running, _options, _before
    if _running is not None and _running.url and options == _options:
        os.environ[ADDRESS] = _running.url
        return _running
    from smapy_nb.sandbox.box import Sandbox

    started = Sandbox(**options).start()
    stop()
    _running, _options, _before = started, options, os.environ.get(ADDRESS)
    os.environ[ADDRESS] = started.url
    return started


def stop() -> None:
    """Stop the sandbox that `use` started, and ask whom this process asked before."""
    global _running, _before
    if _running is None:
        return
    if os.environ.get(ADDRESS) == _running.url:
        if _before is None:
            del os.environ[ADDRESS]
        else:
            os.environ[ADDRESS] = _before
    _running.stop()
    _running = None


def __getattr__(name: str) -> object:
    if name == "Sandbox":
        return importlib.import_module("smapy_nb.sandbox.box").Sandbox
    raise AttributeError(f"smapy_nb.sandbox has no name {name!r}; it has {', '.join(__all__)}.")
