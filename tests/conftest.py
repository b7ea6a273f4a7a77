"""What every test stands on: nobody's home, nobody's keys, no network but loopback, and the order of the run."""

from __future__ import annotations

from pathlib import Path

import pytest

ORDER = ("notebooks", "browser")  # slowest last: what is broken should be said early


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put notebooks and then browser tests after all others; within a room the order stays."""

    def place(item: pytest.Item) -> int:
        room = Path(item.path).parent.name
        return ORDER.index(room) + 1 if room in ORDER else 0

    items.sort(key=place)


@pytest.fixture(autouse=True)
def _archive_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMAPY_NB_ARCHIVE", str(tmp_path / "archive.sqlite"))


@pytest.fixture(scope="session", autouse=True)
def _nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> object:
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("HOME", str(home))
        for name in ("XDG_CONFIG_HOME", "SMAPY_NB_DUMP_KEY", "SMAPY_NB_X_API", "SMAPY_NB_ARCHIVE"):
            patch.delenv(name, raising=False)
        yield home
