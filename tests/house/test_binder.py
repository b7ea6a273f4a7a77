"""Binder's steps, followed in a fresh environment."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What Binder's own image brings along, as far as executing a notebook needs it.
BASE = ["ipykernel", "nbclient", "nbconvert"]


def test_the_quickstart_runs_after_binders_steps(tmp_path: Path) -> None:
    env = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", str(env)], check=True)
    python = str(env / "bin" / "python")
    pip = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, *BASE], check=True, cwd=tmp_path)
    subprocess.run([*pip, "-r", "binder/requirements.txt"], check=True, cwd=ROOT)
    ran = subprocess.run(
        [python, "notebooks/execute.py", "notebooks/01_quickstart.ipynb", str(tmp_path / "out")],
        check=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert "RIA Novosti" in ran.stdout
    assert (tmp_path / "out" / "01_quickstart.html").exists()


def test_binder_pins_a_python_that_the_package_supports() -> None:
    assert (ROOT / "binder" / "runtime.txt").read_text().strip() == "python-3.11"


def test_the_readme_opens_the_quickstart_on_binder() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"mybinder\.org/\S+urlpath=lab(/|%2F)tree(/|%2F)notebooks(/|%2F)01_quickstart\.ipynb", readme)
