"""A home, a notebook folder and keys that belong to the test alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.keychain.home import home

__all__ = ["home"]


@pytest.fixture
def folder(home: Path) -> Path:
    """Where dumps go by default."""
    return Path.cwd() / ".smapy_nb"


@pytest.fixture
def token() -> dict[str, str]:
    return {
        "consumer_key": "ckckckckckckckckckckckckc",
        "consumer_secret": "cs" * 25,
        "access_token": "34262462-atatatatatatat",
        "access_secret": "as" * 22,
    }
