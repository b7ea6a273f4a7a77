"""A home and a notebook folder that belong to the test alone, and the battery's marker keys."""

from __future__ import annotations

import pytest

from smapy_nb.keychain.keychain import KeyChain
from tests.keychain.home import home
from tests.leaks.search import BEARER, MARKERS

__all__ = ["home"]


@pytest.fixture
def markers() -> dict[str, str]:
    return dict(MARKERS)


@pytest.fixture
def bearer() -> str:
    return BEARER


@pytest.fixture
def k(markers: dict[str, str]) -> KeyChain:
    k = KeyChain()
    k.assign("tw", markers)
    return k
