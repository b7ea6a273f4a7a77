"""The JavaScript and CSS of a widget, joined from the files beside this one."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def words() -> dict[str, dict[str, dict[str, str]]]:
    """Return every text that a widget shows: language → widget → key → text."""
    texts: dict[str, dict[str, dict[str, str]]] = json.loads((_HERE / "strings.json").read_text("utf-8"))
    return texts


def module(widget: str, *names: str) -> str:
    """Return one ES module: the widget's texts, then the files `names`, in that order.

    anywidget takes a single module and loads it from text, where an `import` of a neighbour finds nothing.
    So the files share one scope, and the last of them exports the widget.
    """
    texts = {language: texts[widget] | texts["common"] for language, texts in words().items()}
    parts = [f"const STRINGS = {json.dumps(texts, ensure_ascii=False)};"]
    parts += [(_HERE / f"{name}.js").read_text("utf-8") for name in names]
    return "\n".join(parts)


def style(*names: str) -> str:
    """Return the CSS files `names`, one after the other."""
    return "\n".join((_HERE / f"{name}.css").read_text("utf-8") for name in names)
