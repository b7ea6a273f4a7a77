"""The layer rule is written down once, as contracts in pyproject.toml; this asks whether it is kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_layer_rule_is_kept() -> None:
    # In a process of its own, because the linter sets up logging for all of its process.
    checked = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
