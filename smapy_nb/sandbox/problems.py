"""Errors as X words them: problem+json of the second version, and the older form of the first."""

from __future__ import annotations

from http import HTTPStatus

from smapy_nb.sandbox.message import Answer, Json

PROBLEM = {"content-type": "application/problem+json; charset=utf-8"}
HOSTS = {"tweet": "https://api.twitter.com", "post": "https://api.x.com"}  # by dialect


class Refusal(Exception):
    """Raised anywhere below the application to end a request with `answer`."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.reason)
        self.answer = answer


def kind(name: str, dialect: str) -> str:
    """Return the URI of a kind of problem, on the host that the dialect's description has."""
    return f"{HOSTS[dialect]}/2/problems/{name}"


def plain(status: int, detail: str = "", reason: str = "") -> Answer:
    """Return a problem that says nothing but its status, as X does for 401, 404, 429 and 5xx."""
    title = HTTPStatus(status).phrase
    body: Json = {"title": title, "type": "about:blank", "status": status, "detail": detail or title}
    return Answer(status, body, dict(PROBLEM), reason or detail or title)


def unauthorized(reason: str) -> Answer:
    """Return X's 401, which never says why; `reason` is for the local page."""
    return plain(401, reason=reason)


def invalid(parameter: str, values: list[str], message: str, dialect: str) -> Answer:
    """Return X's 400 for one parameter."""
    body: Json = {
        "errors": [{"parameters": {parameter: values}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": kind("invalid-request", dialect),
    }
    return Answer(400, body, dict(PROBLEM), message)


def unsupported(path: str, given: str, dialect: str, *, user_only: bool) -> Answer:
    """Return X's 403 for credentials of the wrong sort."""
    supported = "OAuth 1.0a User Context, OAuth 2.0 User Context" if user_only else "OAuth 2.0 Application-Only"
    detail = (
        f"Authenticating with {given} is forbidden for this endpoint.  "
        f"Supported authentication types are [{supported}]."
    )
    body: Json = {
        "title": "Unsupported Authentication",
        "detail": detail,
        "type": kind("unsupported-authentication", dialect),
        "status": 403,
    }
    return Answer(403, body, dict(PROBLEM), f"{path} does not take {given}")


def no_credits(app: str, dialect: str) -> Answer:
    """Return X's 402."""
    body: Json = {
        "title": "Payment Required" if dialect == "post" else "CreditsDepleted",
        "type": kind("credits-depleted" if dialect == "post" else "credits", dialect),
        "status": 402,
        "detail": "credits depleted"
        if dialect == "post"
        else f"Your enrolled account [{app}] does not have any credits to fulfill this request.",
    }
    return Answer(402, body, dict(PROBLEM), "no credits are left")


def first_version(status: int, code: int, message: str, reason: str = "", **more: str) -> Answer:
    """Return an error in the form of the first version, which the token routes still have."""
    body: Json = {"errors": [{"code": code, "message": message, **more}]}
    return Answer(status, body, {"content-type": "application/json; charset=utf-8"}, reason or message)


def not_found(parameter: str, value: str, dialect: str) -> Json:
    """Return the entry of a partial error for somebody who is not there."""
    return {
        "value": value,
        "detail": f"Could not find user with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": "user",
        "parameter": parameter,
        "resource_id": value,
        "type": kind("resource-not-found", dialect),
    }


def suspended(parameter: str, value: str, dialect: str) -> Json:
    """Return the entry of a partial error for somebody who is suspended: the title tells it apart."""
    entry = not_found(parameter, value, dialect)
    return {**entry, "title": "Forbidden", "detail": f"User has been suspended: [{value}]."}
