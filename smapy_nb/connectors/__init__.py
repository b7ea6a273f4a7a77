"""One network = one file. `base.py` holds the order of operations; `of(network)` finds the connector."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from smapy_nb.token import known_network

if TYPE_CHECKING:
    from smapy_nb.connectors.base import Connector

_HOMES = {"tw": ("smapy_nb.connectors.twitter", "TwitterConnector")}


def of(network: str) -> type[Connector]:
    """Return the connector class that serves a two-letter network code.

    Raises:
        UnknownNetwork: there is none.
    """
    module, name = _HOMES[known_network(network)]
    connector: type[Connector] = getattr(importlib.import_module(module), name)
    return connector
