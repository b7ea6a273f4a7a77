"""A sandbox over real HTTP, and what widgets send to a browser that is not there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smapy_nb import ProfilesWidget
from smapy_nb.sandbox import Sandbox
from tests.widgets.browser import Sent


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    kept: Sent = []
    monkeypatch.setattr(ProfilesWidget, "send", lambda self, content, buffers=None: kept.append((content, buffers)))
    return kept
