"""X, formerly Twitter: users look-ups of API v2 (GET /2/users/by, GET /2/users)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime

from smapy_nb.accounts import Key
from smapy_nb.connectors import twitter_check
from smapy_nb.connectors import twitter_reader as reader
from smapy_nb.connectors.answered import Answered
from smapy_nb.connectors.base import Connector
from smapy_nb.connectors.check import Check
from smapy_nb.errors import InvalidInput, NoToken
from smapy_nb.token import Token, optional_token
from smapy_nb.transport.bearer import exchange
from smapy_nb.transport.pacing import Pace, Window
from smapy_nb.transport.session import Answer, Session
from smapy_nb.transport.talk import Lane, Request

BATCH = 100  # openapi.json: at most 100 of `usernames` or `ids`
# No expansions: each included resource would be charged too (FACTS 34).
FIELDS = (
    "created_at,description,entities,id,location,name,pinned_tweet_id,profile_banner_url,profile_image_url,"
    "protected,public_metrics,url,username,verified,verified_type"
)
BY_HANDLE, BY_ID = "/2/users/by", "/2/users"


class TwitterConnector(Connector):
    """Looks accounts up on X.

    >>> t = TwitterConnector(accounts={'RIA Novosti': 'ria_novosti'}, token=k.get('tw'))  # doctest: +SKIP
    >>> t.profiles()  # doctest: +SKIP
    {'RIA Novosti': {'followers': 27772, 'id': 34262462, 'link': 'https://www.twitter.com/ria_novosti',
                     'name': 'RIA Novosti', 'nickname': 'ria_novosti'}}

    Args and errors as in `Connector`. The token holds four keys (OAuth 1.0a, user context) or a bearer token
    (app only). Each profile read costs money on X; a missing account does not.

    Args:
        contexts: ``'user'``, or ``'user+app'`` to use the app's own rate-limit window beside the user's; that
            needs the four keys, of which the app's bearer token is made once.

    Raises:
        InvalidInput: `contexts` is neither, or the token does not fit it.
    """

    network = "tw"

    def __init__(
        self,
        accounts: object = (),
        token: Mapping[str, str] | None = None,
        *,
        base_url: str | None = None,
        archive: object = None,
        budget: object = None,
        prices: object = None,
        contexts: str = "user",
        pace: Pace | None = None,
    ) -> None:
        held, token = optional_token(self.network, token), None  # as in Connector
        if isinstance(held, InvalidInput):
            raise held
        super().__init__(accounts, held, base_url=base_url, archive=archive, budget=budget, prices=prices, pace=pace)
        if contexts not in ("user", "user+app"):
            raise InvalidInput(f"contexts is 'user' or 'user+app', not {contexts!r}.")
        self._both = contexts == "user+app"
        if self._both and self._token is not None and self._token.kind == "bearer token":
            raise InvalidInput("contexts='user+app' needs the four keys; a bearer token has the app's window only.")
        self._bearer: Token | None = None
        self._checked: Check | None = None
        self._windows: tuple[dict[str, Window], dict[str, Window]] = ({}, {})  # the token's, and the app's beside it

    def check(self, *, again: bool = False) -> Check:
        """Ask X whether the token works: see `smapy_nb.connectors.twitter_check`. Raises nothing.

        Four keys end in GET /2/users/me, which X may charge as one read; all else is free. A yes is remembered.

        Args:
            again: asks also where X has said yes to this connector before.
        """
        if self._checked is not None and not again:
            return self._checked
        try:
            token = self._needed_token()
        except NoToken as error:
            return Check(False, str(error), state="absent")
        answer = twitter_check.check(token, self._base_url, self._pace)
        self._checked = answer if answer.ok else None
        return answer

    def lanes(self, sessions: ExitStack) -> list[Lane]:
        """Ask with the token, and beside it with the app's own where both windows are wanted."""
        token = self._needed_token()
        tokens = [token]
        if self._both:
            self._bearer = self._bearer or exchange(token, self._base_url, self._pace)
            tokens.append(self._bearer)
        self._share_windows(tokens)
        return [
            Lane(sessions.enter_context(Session(one, self._base_url, self._pace)), windows)
            for one, windows in zip(tokens, self._windows, strict=False)
        ]

    def _share_windows(self, tokens: Sequence[Token]) -> None:
        """Use the tokens' windows together with all who use them on the same archive."""
        if self._means.off or not self._means.archive.shared:
            return
        from smapy_nb.connectors.together import Together

        for token, windows in zip(tokens, self._windows, strict=False):
            # Whoever has the app's bearer token knows its window by it, however the token came to be known.
            terms = self._means.terms(token)
            for path in (BY_HANDLE, BY_ID):
                if path not in windows:
                    shared = self._means.archive.window(self.network, terms, self._pool(path, token))
                    windows[path] = together = Together(shared, self._pace.clock)
                    self._means.windows.append(together)

    def _pool(self, path: str = BY_HANDLE, token: Token | None = None) -> str:
        """Return the name of a window: each user of an app has one of their own, and the app has one."""
        token = token or self._token
        who = "app"
        if token is not None and token.kind != "bearer token":
            who = self._means.archive.fingerprint(token["access_token"])
        return f"{who} {path}{self._means.apart}"

    def _window_left(self) -> int | None:
        """Return what this connector itself knows of its window."""
        window = self._windows[0].get(BY_HANDLE)
        return window.left if window is not None and window.opens_at > self._pace.clock.now() else None

    def requests(self, keys: Sequence[Key]) -> Iterator[Request]:
        """Ask by handle (GET /2/users/by) and by id (GET /2/users), a hundred at a time."""
        ids = [key for key in keys if isinstance(key, int)]
        handles = [key for key in keys if isinstance(key, str)] if ids else keys
        for path, group in ((BY_HANDLE, handles), (BY_ID, ids)):
            for start in range(0, len(group), BATCH):
                yield Request(path, group[start : start + BATCH])

    def params(self, request: Request) -> Sequence[tuple[str, str]]:
        """Ask for every field that costs nothing more."""
        name = "ids" if request.path == BY_ID else "usernames"
        return (name, ",".join(map(str, request.keys))), ("user.fields", FIELDS)

    def read(self, request: Request, answer: Answer) -> Answered:
        """See `smapy_nb.connectors.twitter_reader`."""
        answered = reader.read(answer.body, request.keys, request.path == BY_ID)
        answered.simulated = answer.simulated
        if answer.simulated and (told := answer.headers.get("X-Simulated-Time")):
            with suppress(ValueError):  # a sandbox has its own time, by which its people grow
                answered.read_at = datetime.fromisoformat(told).astimezone(UTC)
                self._means.told(answered.read_at)
        return answered
