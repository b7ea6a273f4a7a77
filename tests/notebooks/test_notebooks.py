"""Every notebook, executed from top to bottom as a person would."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

_spec = importlib.util.spec_from_file_location("execute", ROOT / "notebooks" / "execute.py")
assert _spec is not None
assert _spec.loader is not None
execute = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(execute)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_runs_and_reads_as_a_page(notebook: Path) -> None:
    executed = execute.execute(notebook, ROOT / "build")
    nbformat.validate(executed)
    assert all(cell.execution_count for cell in executed.cells if cell.cell_type == "code")
    page = (ROOT / "build" / notebook.name).with_suffix(".html").read_text(encoding="utf-8")
    assert "Simulated" in page or "simulated" in page


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_is_committed_without_outputs(notebook: Path) -> None:
    content = nbformat.read(notebook, as_version=4)
    assert [cell.source for cell in content.cells if cell.get("outputs")] == []
    assert "widgets" not in content.metadata
