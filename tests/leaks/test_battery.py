"""Marker keys are used in every way, and then looked for wherever they could have gone.

What needs a browser is in tests/browser/test_leaks.py.
"""

from __future__ import annotations

import base64
import contextlib
import copy
import gc
import io
import json
import logging
import pickle
import pprint
import socket
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any
from urllib.parse import quote

import pytest
import requests
from IPython.core.ultratb import VerboseTB

from smapy_nb.archive.archive import Archive
from smapy_nb.connectors.twitter import TwitterConnector
from smapy_nb.errors import SmapyError
from smapy_nb.keychain.keychain import KeyChain
from smapy_nb.sandbox import Sandbox
from smapy_nb.token import Token
from smapy_nb.transport.pacing import Pace
from smapy_nb.transport.session import Session
from tests.leaks.hosts import host
from tests.leaks.search import BEARER, MARKERS, Search

ONCE = Pace(tries=1, connect=2, silence=2, whole=3)


@dataclass
class Keys:
    """The keys a test uses: markers that no server knows, or those of a sandbox. Shows none itself."""

    four: dict[str, str] = field(repr=False)
    bearer: dict[str, str] = field(repr=False)

    @property
    def search(self) -> Search:
        return Search([*self.four.values(), *self.bearer.values()])


@pytest.fixture
def marked() -> Keys:
    return Keys(MARKERS, {"bearer_token": BEARER})


@pytest.fixture
def x(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox() as x:
        monkeypatch.setenv("SMAPY_NB_X_API", x.url)
        yield x


@pytest.fixture
def real(x: Sandbox) -> Keys:
    return Keys(x.token, {"bearer_token": x.bearer_token})


# The search itself


@pytest.mark.parametrize("secret", [*MARKERS.values(), BEARER])
def test_the_search_finds_what_it_should(secret: str) -> None:
    search = Search([secret])
    tail = secret[-12:]
    for shown in (secret, f"x{tail}y", quote(secret, safe=""), secret[-20:-5]):
        assert search.found(shown)
    for before in range(4):
        assert search.found(base64.b64encode(b"x" * before + secret.encode() + b"yz"))
        assert search.found(base64.b64encode(b"x" * before + tail.encode() + b"yz"))
    assert not search.found(secret[-11:])
    assert not search.found(repr(Token("tw", MARKERS)))


# What shows an object


def shown(thing: Any) -> Iterator[tuple[str, str]]:
    """Show a thing in every way that Python knows. What refuses shows its refusal."""
    ways: dict[str, Callable[[], object]] = {
        "repr": lambda: repr(thing),
        "str": lambda: str(thing),
        "format": lambda: f"{thing} {thing!r} {thing!a} {thing:>10}",
        "percent": lambda: "%s %r" % (thing, thing),  # noqa: UP031  # one more way to show
        "vars": lambda: vars(thing),
        "dir": lambda: dir(thing),
        "pprint": lambda: pprint.pformat(thing),
        "pprint vars": lambda: pprint.pformat(vars(thing)),
        "json": lambda: json.dumps(thing),
        "json default": lambda: json.dumps(thing, default=repr),
        "json vars": lambda: json.dumps(thing, default=vars),
        "in a list": lambda: [thing, {"key": thing}, {thing: 1} if thing.__hash__ else None],
        "html": lambda: thing._repr_html_(),
        "state": lambda: thing.__getstate__(),
        "copy": lambda: repr(copy.copy(thing)),
        "deepcopy": lambda: repr(copy.deepcopy(thing)),
        "ascii": lambda: ascii(thing),
    }
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        ways[f"pickle {protocol}"] = lambda protocol=protocol: pickle.dumps(thing, protocol)  # type: ignore[misc]
    for way, show in ways.items():
        try:
            got = show()
        except Exception as error:
            got = f"{error!r} {error} {error.args}"
        yield way, got.decode("latin-1") if isinstance(got, bytes) else f"{got!r}"


def things(keys: Keys) -> dict[str, Any]:
    k = KeyChain(passphrase=keys.four["access_secret"])
    k.assign("tw", keys.four)
    k.check("tw")
    four, bearer = Token("tw", keys.four), Token("tw", keys.bearer)
    found: dict[str, Any] = {
        "KeyChain": k,
        "KeyChain's table": k.show(),
        "KeyChain's store": k.store,
        "KeyChain's status": k.status("tw"),
        "KeyChain's vault": k._vault,
        "all tokens": k.get(),
        "Token": four,
        "bearer Token": bearer,
        "Token's values": four.values(),
        "Token's items": four.items(),
        "connector": TwitterConnector(["nasa"], four, pace=ONCE),
        "connector of a dict": TwitterConnector(["nasa"], keys.four, pace=ONCE),
        "connector of a bearer token": TwitterConnector(["nasa"], bearer, pace=ONCE),
        "session": Session(four),
        "bearer session": Session(bearer),
        "signer": Session(four)._signer,
        "bearer signer": Session(bearer)._signer,
    }
    app = {name: keys.four[name] for name in ("consumer_key", "consumer_secret")}
    found["sign-in"] = k.sign_in("tw", **app)
    found["pending sign-in"] = found["sign-in"]._pending
    found["pair of a sign-in"] = found["sign-in"]._pending.consumer
    return found


def test_no_way_to_show_a_thing_shows_a_key(real: Keys) -> None:
    search = real.search
    leaks = [
        f"{name}: {way}" for name, thing in things(real).items() for way, text in shown(thing) if search.found(text)
    ]
    assert not leaks, "\n".join(leaks)


# Tracebacks


def failing(keys: Keys, x: Sandbox, tmp_path: Path) -> dict[str, Callable[[], object]]:
    """What fails inside our code while it has keys in its hands."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
    (tmp_path / "file").write_text("")
    k = KeyChain()
    k.assign("tw", keys.four)
    locked = KeyChain(passphrase=keys.four["access_secret"])
    locked.assign("tw", keys.four)
    locked.dump(key_dir=tmp_path / "locked")
    app = {name: keys.four[name] for name in ("consumer_key", "consumer_secret")}
    wrong = {**keys.four, "access_secret": keys.four["access_secret"][::-1]}

    def connector(token: Any, base_url: str = x.url) -> TwitterConnector:
        return TwitterConnector(["nasa"], token, base_url=base_url, pace=ONCE)

    def struck(kind: str, token: dict[str, str]) -> object:
        x.fault(kind)
        try:
            return connector(token).profiles()
        finally:
            x.heal()

    cases: dict[str, Callable[[], object]] = {
        "401": lambda: connector(wrong).profiles(),
        "401 bearer": lambda: connector({"bearer_token": keys.bearer["bearer_token"] + "x"}).frame(),
        "no server": lambda: connector(keys.four, nowhere).profiles(),
        "no server, bearer": lambda: connector(keys.bearer, nowhere).profiles(),
        "in clear": lambda: connector(keys.bearer, "http://example.invalid").profiles(),
        "no address": lambda: connector(keys.four, "nowhere").profiles(),
        "a letter that no header has": lambda: connector({"bearer_token": keys.bearer["bearer_token"] + "ä"}).frame(),
        "assign: blank field": lambda: k.assign("tw", {**keys.four, "access_secret": " "}),
        "assign: missing field": lambda: k.assign("tw", app),
        "assign: mixed": lambda: k.assign("tw", {**app, **keys.bearer}),
        "assign: key as a field": lambda: k.assign("tw", {keys.four["consumer_secret"]: "x"}),
        "assign: key as network": lambda: k.assign(keys.four["consumer_secret"], keys.four),
        "assign: only the text": lambda: k.assign("tw", keys.four["consumer_secret"]),  # type: ignore[arg-type]
        "Token: blank field": lambda: Token("tw", {**keys.four, "access_secret": " "}),
        "Token: unknown network": lambda: Token("xx", keys.four),
        "connector: missing field": lambda: connector(app),
        "check: another token": lambda: k.check("tw", token={**keys.four, "access_token": ""}),
        "paste": lambda: k.paste("tw", json.dumps(app)),
        "paste: unknown network": lambda: k.paste("xx", json.dumps(keys.four)),
        "dump to a file": lambda: k.dump(key_dir=tmp_path / "file"),
        "wrong passphrase": lambda: KeyChain(passphrase=keys.four["consumer_secret"]).load_last(tmp_path / "locked"),
        "passphrase that is none": lambda: KeyChain(passphrase=[keys.four["consumer_secret"]]),  # type: ignore[arg-type]
        "pickle": lambda: pickle.dumps({"token": Token("tw", keys.four)}),
        "sign-in: wrong app": lambda: k.sign_in(
            consumer_key=app["consumer_key"], consumer_secret=keys.four["access_secret"]
        ),
        "sign-in: blank": lambda: k.sign_in(consumer_key=app["consumer_key"], consumer_secret=""),
        "sign-in: unknown network": lambda: k.sign_in("xx", **app),
        "sign-in: wrong PIN": lambda: k.sign_in("tw", **app).finish("1234567"),
    }
    cases["429"] = lambda: refused_at_once(x, Token("tw", keys.four))
    for kind in ("402", "403", "500", "html", "cut", "reset", "usage-cap"):
        cases[kind] = lambda kind=kind: struck(kind, keys.four)  # type: ignore[misc]
        cases[f"{kind} bearer"] = lambda kind=kind: struck(kind, keys.bearer)  # type: ignore[misc]
    return cases


def refused_at_once(x: Sandbox, token: Token) -> object:
    """Ask without the connector, which would wait until the window opens."""
    x.fault("429")
    try:
        with Session(token, x.url, ONCE) as session:
            return session.get("/2/users/me")
    finally:
        x.heal()


def ours(trace: TracebackType | None) -> TracebackType | None:
    """Leave out the frames of this file, in which keys were typed."""
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace


def locals_of(frame: FrameType) -> Iterator[str]:
    """Show all variables of a frame, as a debugger or an error collector does."""
    for name, value in frame.f_locals.items():
        with contextlib.suppress(Exception):  # of objects that are half made
            yield f"{name}={value!r}"


def chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_verbose_tracebacks_of_whatever_fails(real: Keys, x: Sandbox, tmp_path: Path) -> None:
    search = real.search
    leaks = []
    for name, fail in failing(real, x, tmp_path).items():
        try:
            fail()
        except SmapyError as error:
            caught = error
        else:
            raise AssertionError(f"{name} did not fail")
        for one in chain(caught):
            trace = ours(one.__traceback__)
            texts = {
                "message": f"{one} {one!r} {one.args} {vars(one)}",
                "plain": "".join(traceback.format_exception(one)),
                "captured": " ".join(local for frame, _ in traceback.walk_tb(trace) for local in locals_of(frame)),
                "verbose": "\n".join(VerboseTB("nocolor", include_vars=True).text(type(one), one, trace).splitlines())
                if trace
                else "",
            }
            leaks += [f"{name}: {where}" for where, text in texts.items() if search.found(text)]
    assert not leaks, "\n".join(leaks)


# Logs and warnings


def use(keys: Keys, x: Sandbox) -> None:
    """Do everything once that has keys in its hands."""
    for token in (keys.four, keys.bearer):
        k = KeyChain()
        k.assign("tw", token)
        k.check("tw")
        connector = TwitterConnector([*x.people[:3], "nobody_here"], k.get("tw"))
        connector.profiles()
        connector.frame()
        k.hints("tw")
        k.dump()
        KeyChain().load_last()
        KeyChain.discover()
    k.paste("tw", json.dumps(keys.four))
    s = k.sign_in("tw", consumer_key=keys.four["consumer_key"], consumer_secret=keys.four["consumer_secret"])
    with pytest.raises(SmapyError):
        s.finish("1234567")
    TwitterConnector(x.people[:2], keys.four, contexts="user+app").profiles()


def test_debug_logs_of_everything(real: Keys, x: Sandbox) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s"))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        use(real, x)
        logging.getLogger("requests_oauthlib").debug("the user's own")
        logging.getLogger("oauthlib").debug("logging goes on")
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
    text = stream.getvalue()
    assert "urllib3" in text  # something was logged at all
    assert "the user's own" in text
    assert "logging goes on" in text
    assert not real.search.found(text)


def test_headers_that_http_client_prints_when_told_to(
    real: Keys, x: Sandbox, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HTTPConnection, "debuglevel", 1)
    use(real, x)
    requests.get(x.url, timeout=10)
    printed = capfd.readouterr().out
    assert "send: b'GET / HTTP/1.1" in printed  # the user's own requests are shown as before
    assert not real.search.found(printed)


def test_warnings_and_what_is_printed(real: Keys, x: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        use(real, x)
        gc.collect()
    printed = capfd.readouterr()
    assert not real.search.found(" ".join(f"{one.message} {one.source!r}" for one in heard))
    assert not real.search.found(printed.out + printed.err)


# Disks, servers, other hosts


def test_no_file_holds_a_key(real: Keys, x: Sandbox, home: Path) -> None:
    use(real, x)
    written = [path for path in home.parent.rglob("*") if path.is_file()]
    assert any(path.suffix == ".dump" for path in written)
    assert real.search.files(home.parent) == []


def test_an_archive_holds_no_key(real: Keys, x: Sandbox, tmp_path: Path) -> None:
    connector = TwitterConnector(x.people[:3], real.four, archive=Archive(f"sqlite:///{tmp_path}/readings.db"))
    connector.frame()
    assert (tmp_path / "readings.db").stat().st_size > 0
    assert real.search.files(tmp_path) == []


def test_the_sandboxs_log_holds_no_key(real: Keys, x: Sandbox) -> None:
    use(real, x)
    assert len(x.state.log) > 5
    assert not real.search.found(repr(list(x.state.log)))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_header_follows_a_redirect_to_another_host(status: int, real: Keys, x: Sandbox) -> None:
    with host(200, {}, b'{"data": []}') as (other, heard), host(status, {"Location": other}, b"") as (first, asked):
        for token in (real.four, real.bearer):
            with pytest.raises(SmapyError):
                TwitterConnector(["nasa"], token, base_url=first, pace=ONCE).profiles()
            TwitterConnector((), token, base_url=first, pace=ONCE).check()
    assert any("authorization" in headers for headers in asked)
    assert heard == []
