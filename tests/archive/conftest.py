"""A real PostgreSQL for the archive's tests: its own server, in a temporary folder, on a free port."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from makers import Clock
from postgres import Postgres, programs

from smapy_nb.archive.archive import Archive


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed here: apt-get install postgresql, or run make test as root.")
    with Postgres(folder) as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """The URL of a new, empty database."""
    return postgres.new_database()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'archive.sqlite'}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def archive(url: str) -> Iterator[Archive]:
    """An archive in the database that the test, or the class it belongs to, names."""
    with Archive(url) as archive:
        yield archive
