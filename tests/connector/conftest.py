"""A sandbox, and bare sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

from smapy_nb import sandbox
from tests.connector.wires import Behaviour, Wire

settings.register_profile("untimed", deadline=None)  # no test is a race with the machine
settings.load_profile("untimed")


@pytest.fixture
def wire() -> Iterator[Callable[[Behaviour], Wire]]:
    """Return what starts a `Wire`; it is stopped after the test."""
    wires: list[Wire] = []

    def start(behave: Behaviour) -> Wire:
        wires.append(Wire(behave))
        return wires[-1]

    yield start
    for one in wires:
        one.stop()


@pytest.fixture(scope="module")
def box() -> Iterator[sandbox.Sandbox]:
    """A sandbox for tests that leave it as it was."""
    with sandbox.Sandbox(credits_usd=10_000) as started:
        yield started
