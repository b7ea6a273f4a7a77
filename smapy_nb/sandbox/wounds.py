"""How each kind of fault changes an answer: in place of it, or after it was made."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from smapy_nb.sandbox import problems
from smapy_nb.sandbox.dialects import Dialect
from smapy_nb.sandbox.faults import Fault
from smapy_nb.sandbox.message import Answer, Json

_HTML = {"content-type": "text/html; charset=utf-8"}
_PORTAL = "<!doctype html><title>Welcome</title><h1>Welcome to Hotel Sandbox</h1><p>Please accept our terms.</p>"
_CLOSED = "<!doctype html><title>503</title><h1>Over capacity</h1><p>Scheduled maintenance. Please wait.</p>"


def instead(faults: Mapping[str, Fault], wall: float, dialect: Dialect) -> Answer | None:
    """Return the answer that a fault gives in place of the true one, or None."""
    for kind, fault in faults.items():
        if answer := _refusal(kind, fault, wall, dialect):
            answer.reason = f"fault {kind}"
            return answer
    return None


def after(answer: Answer, faults: Mapping[str, Fault], *, single: bool) -> Answer:
    """Return `answer` as the faults leave it; `single` tells that one account was looked up."""
    if isinstance(answer.body, dict) and answer.status == 200:
        if "404-single" in faults and single and "data" not in answer.body:
            # The guide's form: the partial error's words, with the status of a whole one.
            answer.status, answer.body = 404, {**answer.body["errors"][0], "status": 404}
            answer.headers |= problems.PROBLEM
        if "silent" in faults and answer.body.pop("errors", None):
            answer.reason = "fault silent"
        if renamed := faults.get("renamed"):
            answer.body = json.loads(json.dumps(answer.body).replace(f'"{renamed.field}":', f'"{renamed.to}":'))
            answer.reason = f"fault renamed: {renamed.field} is called {renamed.to}"
    if "slow" in faults:
        answer.delay = faults["slow"].seconds
    for wire in ("cut", "reset"):
        if wire in faults:
            answer.wire, answer.reason = wire, f"fault {wire}"
    return answer


def _refusal(kind: str, fault: Fault, wall: float, dialect: Dialect) -> Answer | None:
    match kind:
        case "429" | "429-no-reset":
            answer = problems.plain(429)
            if kind == "429":
                resets = math.ceil(wall + fault.seconds)
                limits = {"limit": "900", "remaining": "0", "reset": str(resets)}
                answer.headers |= {f"x-rate-limit-{name}": value for name, value in limits.items()}
            return answer
        case "usage-cap":
            return _problem(429, "UsageCapExceeded", "Usage cap exceeded: Monthly product cap", "usage-capped",
                            dialect, period="Monthly", scope="Product")  # fmt: skip
        case "402":
            return problems.no_credits("sandbox", dialect)
        case "401":
            return problems.unauthorized("")
        case "403":
            detail = (
                "When authenticating requests to the X API v2 endpoints, you must use keys and tokens from an X "
                "developer App that is attached to a Project. You can create a project via the developer portal."
            )
            return _problem(403, "Client Forbidden", detail, "client-forbidden", dialect,
                            client_id="10000000", reason="client-not-enrolled")  # fmt: skip
        case "500" | "502" | "503" | "504":
            return problems.plain(int(kind))
        case "html":
            return Answer(200, _PORTAL, dict(_HTML))
        case "html-503":
            return Answer(503, _CLOSED, dict(_HTML))
        case _:
            return None


def _problem(status: int, title: str, detail: str, kind: str, dialect: Dialect, **more: str) -> Answer:
    body: Json = {"title": title, "detail": detail, "type": problems.kind(kind, dialect), "status": status, **more}
    return Answer(status, body, dict(problems.PROBLEM))
