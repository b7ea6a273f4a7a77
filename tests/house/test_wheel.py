"""The wheel, as a user gets it: it must hold more than Python files."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "-qq",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            str(folder),
            str(ROOT),
        ],
        check=True,
    )
    (built,) = folder.glob("smapy_nb-*.whl")
    with zipfile.ZipFile(built) as opened:
        return set(opened.namelist())


def test_the_wheel_holds_every_file_of_both_packages(wheel: set[str]) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "smapy_nb", "smapy"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    assert [name for name in listed if name and name not in wheel] == []


def test_the_wheel_holds_the_widgets_parts_and_the_sandbox_data(wheel: set[str]) -> None:
    endings = {Path(name).suffix for name in wheel if name.startswith("smapy_nb/widgets/")}
    assert {".py", ".js", ".css"} <= endings
    assert any(name.startswith("smapy_nb/sandbox/") and not name.endswith(".py") for name in wheel)
    assert {"smapy_nb/py.typed", "smapy/py.typed"} <= wheel
    assert not any("tests" in name or "notebooks" in name for name in wheel)
