"""Who may ask: apps with their keys and credits, and the user tokens given to them."""

from __future__ import annotations

import hmac
import string
from dataclasses import dataclass, field
from hashlib import sha512

from smapy_nb.sandbox.people.chance import whole

_SIGNS = string.ascii_letters + string.digits


@dataclass
class UserToken:
    """What lets an app ask in a person's name (the third and fourth of the four keys)."""

    key: str
    secret: str = field(repr=False)
    app: App = field(repr=False)
    user_id: int
    nth: int = 0
    revoked: bool = False


@dataclass
class App:
    """An app of the sandbox: one for each identity, so that windows and credits are apart."""

    name: str
    id: int
    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    bearer: str | None = field(default=None, repr=False)
    bearers: int = 0  # how many it has had; an invalidated one never comes back


@dataclass(frozen=True)
class Identity:
    """The keys of one student, or of one test.

    Attributes:
        name: also the handle of the account that owns the token.
        token: the four keys, as `KeyChain.assign('tw', …)` takes them.
        bearer_token: the app-only token.
    """

    name: str
    token: dict[str, str] = field(repr=False)
    bearer_token: str = field(repr=False)


class Identities:
    """All apps and tokens of one sandbox. The same seed and name give the same keys on every machine.

    That is what lets a dump of yesterday's notebook work with today's sandbox; it also means that whoever
    knows the seed can work the keys out, so they guard nothing but simulated data.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.apps: dict[str, App] = {}  # by name
        self.by_key: dict[str, App] = {}  # by consumer key
        self.by_bearer: dict[str, App] = {}
        self.tokens: dict[str, UserToken] = {}

    def app(self, name: str) -> App:
        """Return the app called `name`, made now where there is none."""
        if name not in self.apps:
            app = App(
                name=name,
                id=10_000_000 + whole(self.seed, "app", name) % 20_000_000,
                consumer_key=self._letters(25, "consumer key", name),
                consumer_secret=self._letters(50, "consumer secret", name),
            )
            self.apps[name] = self.by_key[app.consumer_key] = app
            self.bearer_of(app)
        return self.apps[name]

    def bearer_of(self, app: App) -> str:
        """Return the app's bearer token: the same until it is invalidated, then a new one."""
        if app.bearer is None:
            # Real ones begin with many A and hold %-escapes that must be sent as they are.
            letters = self._letters(80, "bearer", app.name, app.bearers)
            app.bearer = f"AAAAAAAAAAAAAAAAAAAAA{letters[:12]}%2B{letters[12:40]}%3D{letters[40:]}"
            self.by_bearer[app.bearer] = app
        return app.bearer

    def invalidate(self, app: App) -> None:
        """Make the app's bearer token worthless."""
        if app.bearer is not None:
            del self.by_bearer[app.bearer]
            app.bearer, app.bearers = None, app.bearers + 1

    def user_token(self, app: App, user_id: int, nth: int = 0) -> UserToken:
        """Return the `nth` token with which `app` asks in the name of `user_id`."""
        who = (app.name, user_id, nth)
        key = f"{user_id}-{self._letters(40, 'access token', *who)}"
        if key not in self.tokens:
            self.tokens[key] = UserToken(key, self._letters(45, "access secret", *who), app, user_id, nth)
        return self.tokens[key]

    def identity(self, name: str, user_id: int) -> Identity:
        """Return the keys of the app called `name`, with the token of its owner."""
        app = self.app(name)
        user = self.user_token(app, user_id)
        keys = {
            "consumer_key": app.consumer_key,
            "consumer_secret": app.consumer_secret,
            "access_token": user.key,
            "access_secret": user.secret,
        }
        return Identity(name, keys, self.bearer_of(app))

    def _letters(self, many: int, *what: object) -> str:
        text = "\x1f".join(str(part) for part in what).encode()
        number = int.from_bytes(hmac.digest(str(self.seed).encode(), text, sha512), "big")
        signs = []
        for _ in range(many):
            number, sign = divmod(number, len(_SIGNS))
            signs.append(_SIGNS[sign])
        return "".join(signs)
