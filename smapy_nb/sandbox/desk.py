"""The teacher's desk: what the local page shows, and what may be changed from it."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from smapy_nb.sandbox import faults, pages, scenarios
from smapy_nb.sandbox.lookups import JSON
from smapy_nb.sandbox.message import Answer, Json, Request
from smapy_nb.sandbox.problems import Refusal, plain
from smapy_nb.sandbox.state import State

_TEXT = "This is a smapy-nb sandbox: a simulated X API. Nothing here comes from X, and nobody here is real.\n"
_STEPS = ("minutes", "hours", "days", "weeks")
_LOCAL = ("localhost", "127.0.0.1", "::1")
_NUMBERS = {"rate": float, "after": int, "times": int, "begins": float, "lasts": float, "seconds": float}


def root(request: Request) -> Answer:
    """Answer ``/``: the page for a browser, one sentence for anything else."""
    if "text/html" in request.headers.get("accept", ""):
        return pages.file("page.html")
    return Answer(200, _TEXT, {"content-type": "text/plain; charset=utf-8"})


def state_json(state: State) -> Answer:
    """Answer what the page shows of everything but the people."""
    clock, ledger, scenario = state.clock, state.ledger, state.scenario
    today = clock.now()
    apps = state.identities.apps.values()
    body: Json = {
        "simulated": True,
        "time": today.isoformat(timespec="seconds"),
        "day": clock.day,
        "served": state.served,
        "locked": bool(state.code),
        "scenario": scenario.name if scenario else "",
        "title": scenario.title if scenario else "",
        "lesson": scenario.lesson if scenario else "",
        "scenarios": scenarios.names(),
        "kinds": [kind for kind in faults.KINDS if kind != "renamed"],  # which needs more than its name
        "faults": [
            {"kind": one.kind, "route": one.route, "rate": one.rate, "does": faults.KINDS[one.kind], "struck": struck}
            for one, struck in zip(state.faults.on, state.faults.struck, strict=True)
        ],
        "credits": [
            {
                "who": app.name,
                "left": str(ledger.balance(app.name)),
                "today": str(ledger.on(app.name, today.date())),
                "total": str(ledger.total(app.name)),
            }
            for app in apps
        ],
        "booked": str(ledger.total()),
        "windows": [
            {
                "route": route,
                "who": asker.partition(":")[0],
                "as": "a person" if sort == "user" else "an app",
                "left": window.left,
                "limit": window.limit,
                "seconds": round((window.ends - today).total_seconds()),
            }
            for (route, who), window in state.windows.open.items()
            if window.ends > today
            for sort, _, asker in [who.partition(" ")]
        ],
        "requests": [
            {
                "at": one.at.isoformat(timespec="seconds"),
                "method": one.method,
                "target": one.target,
                "who": one.who,
                "status": one.status,
                "reason": one.reason,
                "profiles": one.profiles,
                "usd": str(one.usd),
            }
            for one in list(state.log)[-100:][::-1]
        ],
    }
    return Answer(200, body, {**JSON, "cache-control": "no-store"})


def people_json(state: State) -> Answer:
    """Answer who is there today, and how they changed since yesterday."""
    day = state.clock.day
    before = state.network.on(max(0, day - 1)).by_id
    people = [
        {
            "handle": one.handle,
            "name": one.name,
            "status": "protected" if one.protected and one.status == "active" else one.status,
            "followers": one.followers,
            "change": one.followers - before[one.id].followers if one.id in before else None,
            "growth": one.growth,
            "today": [event.kind for event in one.events if event.day == day],
        }
        for one in state.today.by_handle.values()
    ]
    return Answer(200, {"day": day, "people": people}, {**JSON, "cache-control": "no-store"})


def change(state: State, request: Request, what: str) -> Answer:
    """Answer a button of the page: advance, scenario, fault, heal or reset.

    Raises:
        Refusal: 403 for a request that comes from another page, or lacks the desk's code; 400 for odd values.
    """
    _guard(state, request)
    form = request.form()
    try:
        match what:
            case "advance":
                step = {unit: float(form[unit]) for unit in _STEPS if unit in form}
                if not step or not all(0 <= by <= 100_000 for by in step.values()):
                    raise ValueError(f"The step is a number of {', '.join(_STEPS)}, up to 100000.")
                state.clock.advance(**step)
            case "scenario":
                # By name only: a page must not make the server read files.
                name = form.get("name", "")
                if name and name not in scenarios.names():
                    raise ValueError(f"There is no scenario {name!r} here.")
                state.play(scenarios.find(name) if name else None)
            case "fault":
                settings = {key: _NUMBERS[key](value) if key in _NUMBERS else value for key, value in form.items()}
                state.faults.add(faults.fault(settings.pop("kind", ""), **settings), state.clock.now())
            case "heal":
                state.faults.clear()
            case "reset":
                state.begin_anew()
            case _:
                raise Refusal(plain(404, reason="the page has no such button"))
    except (ValueError, OverflowError) as error:
        raise Refusal(plain(400, str(error))) from error
    return state_json(state)


def _guard(state: State, request: Request) -> None:
    """Let the sandbox's own page change things, and programs, but no page from elsewhere."""
    if state.code and not hmac.compare_digest(request.headers.get("x-sandbox-code", "").encode(), state.code.encode()):
        raise Refusal(plain(403, "Changes need the code in the address that the sandbox printed when it started."))
    here = urlsplit(f"//{request.host}").hostname or ""
    origin = request.headers.get("origin", "")
    if origin and urlsplit(origin).netloc != request.host:
        raise Refusal(plain(403, "This came from another page; use the sandbox's own."))
    if not state.code and here not in _LOCAL and not here.endswith(".sandbox.invalid"):
        raise Refusal(plain(403, "This came under a name that is not this machine's own."))
