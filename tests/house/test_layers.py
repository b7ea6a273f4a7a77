"""The layer rule is written down once, as contracts in pyproject.toml; this asks whether it is kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from importlinter import cli

ROOT = Path(__file__).parents[2]


def test_the_layer_rule_is_kept(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    outcome = cli.lint_imports(no_cache=True)
    assert outcome == os.EX_OK, capsys.readouterr().out
