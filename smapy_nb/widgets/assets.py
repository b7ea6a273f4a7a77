"""The JavaScript and CSS of a widget, joined from the files beside this one."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
LOADER = (_HERE / "loader.js").read_text("utf-8")


@cache
def words() -> dict[str, dict[str, dict[str, str]]]:
    """Return every text that a widget shows: language → widget → key → text."""
    texts: dict[str, dict[str, dict[str, str]]] = json.loads((_HERE / "strings.json").read_text("utf-8"))
    return texts


def message(widget: str, modules: str, styles: str) -> dict[str, str]:
    """Return a widget's code as the message that its loader waits for.

    The code is one ES module: the widget's texts, then the files that `modules` names, in that order. It is loaded
    from text, where an `import` of a neighbour finds nothing, so the files share one scope, and the last exports
    the widget.
    """
    texts = {language: texts[widget] | texts["common"] for language, texts in words().items()}
    parts = [f"const STRINGS = {json.dumps(texts, ensure_ascii=False)};"]
    code = "\n".join(parts + [(_HERE / f"{name}.js").read_text("utf-8") for name in modules.split()])
    css = "\n".join((_HERE / f"{name}.css").read_text("utf-8") for name in styles.split())
    return {"kind": "code", "hash": hashlib.sha256((code + css).encode()).hexdigest(), "code": code, "css": css}
