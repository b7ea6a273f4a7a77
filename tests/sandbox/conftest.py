"""A sandbox for each test, reached over a socket or inside the process, and the vendor's descriptions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smapy_nb.sandbox import Sandbox
from tests.sandbox.support import NO_VENDOR, VENDOR, Client, Vendor, draft4


@pytest.fixture(params=["socket", "in process"])
def x(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(in_process=request.param == "in process") as sandbox:
        yield sandbox


@pytest.fixture
def client(x: Sandbox) -> Iterator[Client]:
    client = Client(x)
    with client.session:
        yield client


@pytest.fixture
def inside() -> Iterator[Callable[..., Client]]:
    """Make a sandbox with options, inside the process."""
    made: list[Sandbox] = []

    def make(**options: Any) -> Client:
        made.append(Sandbox(in_process=True, **options).start())
        return Client(made[-1])

    yield make
    for one in made:
        one.stop()


@pytest.fixture(scope="session")
def vendor() -> dict[str, Vendor]:
    """Dialect → description. Where it is not here, the test says so and is left out."""
    if not VENDOR.is_dir():
        pytest.skip(NO_VENDOR)
    files = {"tweet": "openapi-users-2.159.json", "post": "openapi-users.json"}
    return {dialect: Vendor(draft4(json.loads((VENDOR / name).read_text("utf-8")))) for dialect, name in files.items()}
