"""Scenarios: a network's mood for a lesson, as a TOML file that a teacher can write."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from smapy_nb.sandbox.faults import Fault, fault

_KEYS = ("title", "lesson", "day", "credits_usd", "limits", "fault")


@dataclass(frozen=True)
class Scenario:
    """What a lesson sets.

    Attributes:
        name: what `sandbox.use(scenario=…)` takes.
        lesson: what it teaches, in one line.
        day: at least so many days have passed; None leaves the clock alone.
        credits_usd: what every identity has left; None leaves it alone.
        limits: route → requests in a window.
        faults: what goes wrong.
    """

    name: str
    title: str
    lesson: str
    day: int | None = None
    credits_usd: float | None = None
    limits: dict[str, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


def names() -> list[str]:
    """Return the names of the scenarios that come with the sandbox."""
    folder = resources.files("smapy_nb.sandbox.scenarios")
    return sorted(file.name[:-5] for file in folder.iterdir() if file.name.endswith(".toml"))


def find(name: str | Path) -> Scenario:
    """Return a scenario that comes with the sandbox by its name, or a teacher's own by its file.

    Raises:
        ValueError: no such scenario, or a file that can't be used; the sentence says where and why.
        OSError: the file can't be opened.
    """
    text = str(name)
    if text in names():
        source = resources.files("smapy_nb.sandbox.scenarios") / f"{text}.toml"
        return parse(source.read_text("utf-8"), text)
    if not text.endswith(".toml"):
        raise ValueError(f"There is no scenario {text!r}; use a .toml file or one of {', '.join(names())}.")
    try:
        return parse(Path(text).read_text("utf-8"), Path(text).stem)
    except UnicodeDecodeError:
        raise ValueError(f"{Path(text).name} is not UTF-8 text.") from None


def parse(text: str, name: str) -> Scenario:
    """Read a scenario from TOML.

    Raises:
        ValueError: the sentence says where and why.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"The scenario {name!r} is not TOML: {error}.") from None
    try:
        return _scenario(table, name)
    except ValueError as error:
        raise ValueError(f"The scenario {name!r} can't be used: {error}") from None


def _scenario(table: dict[str, Any], name: str) -> Scenario:
    for key in table:
        if key not in _KEYS:
            raise ValueError(f"it has no setting {key!r}; use {', '.join(_KEYS)}.")
    lesson = table.get("lesson")
    if not isinstance(lesson, str) or not lesson.strip() or "\n" in lesson:
        raise ValueError("it needs a lesson, as one line of text.")
    limits = table.get("limits", {})
    if not isinstance(limits, dict) or not all(_whole(value) for value in limits.values()):
        raise ValueError("limits names routes, each with a whole number.")
    if "day" in table and not _whole(table["day"]):
        raise ValueError("day must be a whole number, 0 or more.")
    usd = table.get("credits_usd")
    if usd is not None and (isinstance(usd, bool) or not isinstance(usd, int | float) or usd < 0):
        raise ValueError("credits_usd must be a number of dollars, 0 or more.")
    entries = table.get("fault", [])
    if not isinstance(entries, list) or not all(isinstance(one, dict) and "kind" in one for one in entries):
        raise ValueError("each fault is written as [[fault]] with its kind below.")
    return Scenario(
        name=name,
        title=str(table.get("title", name)),
        lesson=lesson.strip(),
        day=table.get("day"),
        credits_usd=usd,
        limits=limits,
        faults=tuple(fault(**one) for one in entries),
    )


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
