"""A sandbox as a file: what happened in it, to go on another day. No key is in it; they come from the seed."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

from smapy_nb.sandbox import scenarios
from smapy_nb.sandbox.dialects import DIALECTS
from smapy_nb.sandbox.faults import Fault
from smapy_nb.sandbox.identities import Identities
from smapy_nb.sandbox.ledger import Ledger
from smapy_nb.sandbox.message import Json
from smapy_nb.sandbox.people.network import Network
from smapy_nb.sandbox.people.person import Event, Person
from smapy_nb.sandbox.state import State
from smapy_nb.sandbox.windows import Window

FORMAT = "smapy-nb sandbox 1"
_PERSON = [one.name for one in fields(Person)]


def save(state: State, path: str | Path) -> None:
    """Write everything down but the requests seen and the sign-ins under way."""
    with state.lock:
        text = json.dumps(_as_json(state), ensure_ascii=False, default=_plain)
    path = Path(path)
    beside = path.with_name(path.name + ".new")
    beside.write_text(text, "utf-8")
    beside.replace(path)  # at once, so that a crash can't leave half a file


def load(state: State, path: str | Path) -> None:
    """Go on from a file that `save` wrote.

    Raises:
        ValueError: the file is none of those; the state is as it was.
        OSError: the file can't be opened.
    """
    try:
        kept = json.loads(Path(path).read_text("utf-8"))
        if kept["format"] != FORMAT:
            raise KeyError(kept["format"])
        restored = _Restored(kept)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{Path(path).name} is no sandbox that was saved here; choose another file.") from error
    with state.lock:
        restored.into(state)


def _as_json(state: State) -> Json:
    ledger = state.ledger
    return {
        "format": FORMAT,
        "seed": state.identities.seed,
        "dialect": state.dialect,
        "started": state.clock.started,
        "now": state.clock.now(),
        "people": [{name: getattr(one, name) for name in _PERSON} for one in state.network.people],
        "apps": [[app.name, app.bearers, app.bearer is not None] for app in state.identities.apps.values()],
        "tokens": [[one.app.name, one.user_id, one.nth, one.revoked] for one in state.identities.tokens.values()],
        "limits": state.windows.limits,
        "usual": state.windows.usual,
        "windows": [[*key, one.limit, one.used, one.ends] for key, one in state.windows.open.items()],
        "ledger": ledger.kept(),
        "posts_read": [[app, day, many] for app, days in state.posts_read.items() for day, many in days.items()],
        "scenario": asdict(state.scenario) if state.scenario else None,
        "faults": [[asdict(fault), *counts] for fault, *counts in state.faults.kept()],
    }


class _Restored:
    """What a file holds, read in full before anything is changed."""

    def __init__(self, kept: Json) -> None:
        self.kept = kept
        if kept["dialect"] not in DIALECTS or not isinstance(kept["seed"], int):
            raise ValueError("dialect or seed")
        self.started, self.now = _moment(kept["started"]), _moment(kept["now"])
        self.network = Network([_person(one) for one in kept["people"]], kept["seed"])
        self.identities = Identities(kept["seed"])
        for name, bearers, has_bearer in kept["apps"]:
            app = self.identities.app(name)
            self.identities.invalidate(app)
            app.bearers = int(bearers)
            if has_bearer:
                self.identities.bearer_of(app)
        for name, user_id, nth, revoked in kept["tokens"]:
            token = self.identities.user_token(self.identities.app(name), int(user_id), int(nth))
            token.revoked = bool(revoked)
        self.windows = {
            (route, who): Window(limit, used, _moment(ends)) for route, who, limit, used, ends in kept["windows"]
        }
        self.limits, self.usual = (
            {route: (int(app), int(user)) for route, (app, user) in kept[name].items()} for name in ("limits", "usual")
        )
        self.posts: defaultdict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
        for app_name, day, many in kept["posts_read"]:
            self.posts[app_name][date.fromisoformat(day)] = int(many)
        self.faults = [
            (Fault(**fault), _moment(since), int(met), int(struck)) for fault, since, met, struck in kept["faults"]
        ]
        self.scenario = scenarios.Scenario(**kept["scenario"]) if kept["scenario"] else None
        self.ledger = Ledger.read(kept["ledger"])

    def into(self, state: State) -> None:
        """Put it in place of what `state` has."""
        state.clock.put(self.started, self.now)
        state.network, state.identities, state.posts_read = self.network, self.identities, self.posts
        state.dialect = self.kept["dialect"]
        state.windows.limits, state.windows.usual, state.windows.open = self.limits, self.usual, self.windows
        state.ledger = self.ledger
        state.faults.restore(self.faults)
        state.scenario = self.scenario
        state.log.clear()
        state.sign_ins.clear()


def _person(kept: Json) -> Person:
    events = tuple(Event(**one) for one in kept["events"])
    return Person(**{**kept, "created": _moment(kept["created"]), "events": events})


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Event):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} can't be saved")
