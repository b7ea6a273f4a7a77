"""X, formerly Twitter: users look-ups of API v2 (GET /2/users/by, GET /2/users)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from smapy_nb.accounts import Asked
from smapy_nb.connectors.base import Connector
from smapy_nb.connectors.check import Check, State
from smapy_nb.connectors.twitter_reader import Found, missing, profile
from smapy_nb.errors import (
    Forbidden,
    NoToken,
    OutOfCredits,
    RateLimited,
    RequestFailed,
    Unauthorized,
    UsageCapped,
)
from smapy_nb.profiles import Profile, Row
from smapy_nb.transport.session import Answer, Session

BATCH = 100  # openapi.json: at most 100 of `usernames` or `ids`
# No expansions: each included resource would be charged too (FACTS 34).
FIELDS = (
    "created_at,description,entities,id,location,name,pinned_tweet_id,profile_banner_url,profile_image_url,"
    "protected,public_metrics,url,username,verified,verified_type"
)
_ANSWERED = (Unauthorized, Forbidden, OutOfCredits, RateLimited, UsageCapped)


class TwitterConnector(Connector):
    """Looks accounts up on X.

    >>> t = TwitterConnector(accounts={'RIA Novosti': 'ria_novosti'}, token=k.get('tw'))  # doctest: +SKIP
    >>> t.profiles()  # doctest: +SKIP
    {'RIA Novosti': {'followers': 27772, 'id': 34262462, 'link': 'https://www.twitter.com/ria_novosti',
                     'name': 'RIA Novosti', 'nickname': 'ria_novosti'}}

    Args and errors as in `Connector`. The token holds four keys (OAuth 1.0a, user context) or a bearer token
    (app only). Each profile read costs money on X; a missing account does not.
    """

    network = "tw"

    def check(self) -> Check:
        """Ask X whether the token works.

        Four keys are asked about with GET /2/users/me, which X may charge as one read; a bearer token with
        GET /2/usage/tweets, which is free. Raises nothing.
        """
        now = datetime.now(UTC)
        try:
            token = self._needed_token()
            with Session(token, self._base_url) as session:
                if token.kind == "bearer token":
                    answer, account = session.get("/2/usage/tweets"), None
                else:
                    answer = session.get("/2/users/me")
                    me = profile(answer.body.get("data"))
                    account = me.handle if me else None
        except NoToken as error:
            return Check(False, str(error), state="absent")
        except RequestFailed as error:
            state: State = "rejected" if isinstance(error, _ANSWERED) else "unreachable"
            return Check(False, str(error), None, now, state)
        whose = f"they belong to @{account}" if account else "it belongs to an app, not to an account"
        return Check(True, f"{session.server} accepted them; {whose}.", account, now, "valid", answer.simulated)

    def _look_up(self, asked: list[Asked]) -> tuple[list[Row], str]:
        found: dict[str, Found] = {}
        source = "X"
        with Session(self._needed_token(), self._base_url) as session:
            for path, parameter, keys in _batches(asked):
                answer = session.get(path, {parameter: ",".join(keys), "user.fields": FIELDS})
                found |= _read(answer, parameter)
                source = "sandbox (simulated)" if answer.simulated else "X"
        return [_row(one, found.get(_canonical(one.key))) for one in asked], source


def _canonical(key: str | int | None) -> str:
    """Return the form under which an answer is found again: X's handles ignore case; an id is marked."""
    return f"#{key}" if isinstance(key, int) else str(key).lower()


def _batches(asked: list[Asked]) -> Iterator[tuple[str, str, list[str]]]:
    handles = {str(one.key).lower(): str(one.key) for one in asked if isinstance(one.key, str)}
    ids = {str(one.key) for one in asked if isinstance(one.key, int)}
    for path, parameter, keys in (
        ("/2/users/by", "usernames", list(handles.values())),
        ("/2/users", "ids", sorted(ids, key=int)),
    ):
        for start in range(0, len(keys), BATCH):
            yield path, parameter, keys[start : start + BATCH]


def _read(answer: Answer, parameter: str) -> dict[str, Found]:
    """Return what an answer says of each account, by its canonical key. Neither order nor length is relied on."""
    found = missing(answer.body.get("errors"), parameter)
    data = answer.body.get("data")
    for entry in data if isinstance(data, list) else [data]:
        if read := profile(entry):
            found[_canonical(read.id if parameter == "ids" else read.handle)] = read
    return found


def _row(one: Asked, found: Found | None) -> Row:
    if isinstance(found, Profile):
        outcome = "protected" if found.protected else "ok"
        reason = "Only its followers may read its posts." if found.protected else None
        return Row(one.name, one.requested, outcome, reason, found)
    if found is None:
        found = (
            "not_found",
            "X left it out of its answer without saying why; it may be deleted or misspelled.",
        )
    return Row(one.name, one.requested, *found)
