"""A notebook toolkit for people who study social media.

Importing it costs next to nothing: each name loads its libraries when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from smapy_nb import errors, leaks, sandbox
    from smapy_nb.archive.archive import Archive
    from smapy_nb.archive.budget import Budget
    from smapy_nb.connectors.twitter import TwitterConnector
    from smapy_nb.keychain.keychain import KeyChain
    from smapy_nb.widgets.keychain import KeyChainWidget
    from smapy_nb.widgets.profiles import ProfilesWidget

_CLASSES = {
    "Archive": "smapy_nb.archive.archive",
    "Budget": "smapy_nb.archive.budget",
    "KeyChain": "smapy_nb.keychain.keychain",
    "KeyChainWidget": "smapy_nb.widgets.keychain",
    "ProfilesWidget": "smapy_nb.widgets.profiles",
    "TwitterConnector": "smapy_nb.connectors.twitter",
}
_MODULES = ("errors", "leaks", "sandbox")

__all__ = [
    "Archive",
    "Budget",
    "KeyChain",
    "KeyChainWidget",
    "ProfilesWidget",
    "TwitterConnector",
    "errors",
    "leaks",
    "sandbox",
]


def __getattr__(name: str) -> object:
    if name in _CLASSES:
        value: object = getattr(importlib.import_module(_CLASSES[name]), name)
    elif name in _MODULES:
        value = importlib.import_module(f"smapy_nb.{name}")
    else:
        raise AttributeError(f"smapy_nb has no name {name!r}; it has {', '.join(__all__)}.")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
