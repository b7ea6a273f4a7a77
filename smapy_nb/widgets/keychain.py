"""KeyChainWidget: a person types keys, and the keys go into a KeyChain and nowhere else."""

from __future__ import annotations

import html
import weakref
from collections.abc import Callable
from typing import Any

import traitlets

from smapy_nb.archive.prices import price
from smapy_nb.errors import InvalidInput, StoreError
from smapy_nb.keychain import paste
from smapy_nb.keychain.keychain import KeyChain
from smapy_nb.keychain.masked import COLUMNS
from smapy_nb.keychain.sign_in import SignIn
from smapy_nb.token import KINDS, Token, known_network
from smapy_nb.widgets import assets
from smapy_nb.widgets.base import Handler, Widget
from smapy_nb.widgets.failure import Failure
from smapy_nb.widgets.job import Job, Jobs
from smapy_nb.widgets.speech import speaker

NAMES = {"tw": "X"}


class KeyChainWidget(Widget):
    """Keys typed here go to a KeyChain: not into the notebook, its widget state, its history or a log.

    The inputs belong to no trait. What is typed leaves the browser once, in a message to the kernel, and never
    comes back; the traits hold only what may be shown to anyone.

    Args:
        keychain: the `KeyChain` that the keys go to; a new one by default, as `.keychain`.
        network: two-letter code of the network whose keys are shown first.
        lang: language of the widget, ``'en'`` or ``'ru'``; the browser's by default.

    Raises:
        UnknownNetwork: no such network.
    """

    _code = assets.message("keychain", "dom fields keychain", "common keychain")

    network = traitlets.Unicode("tw").tag(sync=True)
    networks = traitlets.Dict(help="Code → name and kinds of token.").tag(sync=True)
    state = traitlets.Unicode("absent", help="A `Check.state`, or 'checking'.").tag(sync=True)
    account = traitlets.Unicode(None, allow_none=True, help="Handle the keys belong to.").tag(sync=True)
    checked_at = traitlets.Float(None, allow_none=True, help="Milliseconds since 1970.").tag(sync=True)
    check_price = traitlets.Unicode("", help="What a check may cost in USD; empty where it is free.").tag(sync=True)
    simulated = traitlets.Bool(False, help="Whether a sandbox answered.").tag(sync=True)
    found = traitlets.Unicode("", help="Where keys are that could be used; never what they are.").tag(sync=True)
    sign_in_url = traitlets.Unicode("", help="The network's page that shows the PIN.").tag(sync=True)
    store = traitlets.Unicode("", help="Where the key of the dumps is kept, in a sentence.").tag(sync=True)
    note = traitlets.Dict(help="What came of the last thing done: text or key, lines, and whether bad.").tag(sync=True)

    _unobserve: Callable[[], None] | None = None

    def __init__(self, keychain: KeyChain | None = None, network: str = "tw", *, lang: str = "") -> None:
        self._keychain = KeyChain() if keychain is None else keychain
        self._jobs = Jobs()
        self._asking = False
        self._offered: Token | None = None
        self._signing_in: SignIn | None = None
        networks = {
            code: {"name": NAMES.get(code, code), "kinds": kinds, "signs_in": True} for code, kinds in KINDS.items()
        }
        super().__init__(network=known_network(network), networks=networks, lang=lang)
        look = weakref.WeakMethod(self._look)  # a KeyChain must not keep closed widgets alive
        self._unobserve = self._keychain.observe(lambda: (found := look()) and found())
        self._look()

    @property
    def keychain(self) -> KeyChain:
        """The KeyChain that the keys go to."""
        return self._keychain

    def check(self) -> None:
        """Ask the network whether the stored keys work; returns at once, the answer comes to the traits.

        Where the network has answered before, it is asked again.
        """
        network, again = self.network, self.checked_at is not None
        self._stop_asking()
        self._asking = True
        with self.hold_sync():
            self.note, self.state = {}, "checking"
        self._jobs.start(lambda job: self._check(job, network, again))

    def close(self) -> None:
        """Close the widget; the KeyChain stays as it is."""
        if self._unobserve is not None:  # None where the widget was refused before it was made
            self._unobserve()
            self._jobs.drop()
        super().close()

    def _check(self, job: Job, network: str, again: bool) -> None:
        failed = self._tried(lambda: self._keychain.check(network, again=again))
        with self._jobs.lock:
            if self._jobs.counts(job):
                self._asking = False
                self._look()
                if failed:
                    self._refused(failed)

    def _stop_asking(self) -> None:
        with self._jobs.lock:
            self._jobs.drop()
            self._asking = False

    def _look(self) -> None:
        """Bring the traits to what the KeyChain says."""
        with self._jobs.lock, self.hold_sync():
            check = self._keychain.status(self.network)
            token = self._keychain.get(self.network)
            self.account = check.account
            self.checked_at = check.checked_at.timestamp() * 1000 if check.checked_at else None
            self.simulated = check.simulated
            charged = token is not None and token.kind == "four keys"  # a bearer token is asked about for free
            self.check_price = str(price(self.network).usd) if charged else ""
            if not self._asking:
                self.state = check.state
                if check.ok is not None:
                    self.note = {"text": "" if check.ok else check.reason, "bad": not check.ok}
        self._update_static()

    @traitlets.validate("network")
    def _known(self, proposal: dict[str, Any]) -> str:
        return known_network(proposal["value"])

    @traitlets.observe("network")
    def _other_network(self, _change: object) -> None:
        self._stop_asking()
        self.note = {}
        self._look()
        self._discover()

    def _handlers(self) -> dict[str, Handler]:
        return {
            "hello": lambda _: self._discover(),
            "save": lambda message: self._save(message["values"]),
            "read": lambda message: self._read(message["text"]),
            "use": lambda _: self._use(),
            "check": lambda _: self.check(),
            "forget": lambda _: self._forget(),
            "where": lambda _: self._where(),
            "sign_in": lambda message: self._sign_in(message["values"]),
            "pin": lambda message: self._finish(message["pin"]),
            "start_over": lambda _: self._start_over(),
        }

    def _refused(self, failure: Failure) -> None:
        self.note = {"text": failure.sentence, "bad": True}

    def _save(self, values: Any) -> None:
        self._stop_asking()
        self._keychain.assign(self.network, values)
        self._taken("saved")

    def _taken(self, key: str) -> None:
        """Let the browser clear its inputs, keep the keys beyond this kernel, and say what looks wrong with them."""
        self.send({"kind": "taken"})
        self.note = {"key": key, "lines": self._keychain.hints(self.network)}
        try:
            self._keychain.dump()
        except StoreError as refusal:
            self.note = {"text": f"The keys are held until this kernel stops. {refusal}", "bad": True}

    def _read(self, text: Any) -> None:
        """Tell the browser where in its text the keys are. It has the text; no key travels back."""
        if not isinstance(text, str):
            raise InvalidInput("What was pasted is not text.")
        values, remarks = paste.read(self.network, text)
        places = {field: (text.find(value), text.find(value) + len(value)) for field, value in values.items()}
        places = {field: place for field, place in places.items() if place[0] >= 0}
        if places:
            self.send({"kind": "places", "places": places})
        self.note = {"key": "filled" if places else "filled.none", "lines": remarks, "bad": not places}

    def _discover(self) -> None:
        """Look for keys that are here already, where none are held; they are offered, not taken."""
        if self._keychain.get(self.network) is None:
            here = KeyChain.discover()
            self._offered = here.get(self.network)
            sources = [row[COLUMNS.index("from")] for row in here.show().rows if row[0] == self.network]
            self.found = sources[0] if sources else ""

    def _use(self) -> None:
        if self._offered is not None:
            self._keychain.assign(self.network, self._offered)
            self.note = {"key": "used", "lines": self._keychain.hints(self.network)}

    def _sign_in(self, app: Any) -> None:
        network, key, secret = self.network, app["consumer_key"], app["consumer_secret"]

        def begin() -> None:
            self._signing_in = self._keychain.sign_in(network, consumer_key=key, consumer_secret=secret)
            self.sign_in_url = self._signing_in.link
            self.send({"kind": "taken"})

        self._aside(begin)

    def _finish(self, pin: Any) -> None:
        pending = self._signing_in
        if pending is None:
            raise InvalidInput("There is no sign-in under way; begin with the app's keys.")

        def finish() -> None:
            said = pending.finish(pin)
            self._start_over()
            self._taken("signed")
            self.note = {**self.note, "lines": [said]}

        self._aside(finish)

    def _start_over(self) -> None:
        self._signing_in, self.sign_in_url = None, ""

    def _aside(self, work: Callable[[], None]) -> None:
        """Do what asks the network on a thread; what goes wrong there is said as anywhere."""
        self._stop_asking()
        self.note = {"key": "asking"}

        def run(job: Job) -> None:
            refusal = self._tried(work)
            if refusal is not None and self._jobs.counts(job):
                self._refused(refusal)
            elif self.note == {"key": "asking"}:
                self.note = {}

        self._jobs.start(run)

    def _where(self) -> None:
        self.store = str(self._keychain.store)

    def _forget(self) -> None:
        self._stop_asking()
        gone = self._keychain.delete(self.network)
        self.note = {"key": "forgotten" if gone else "nothing"}
        self._discover()

    def _plain(self) -> str:
        say = speaker("keychain", self.lang)
        state = "state.valid.as" if self.state == "valid" and self.account else f"state.{self.state}"
        return f"{say('title', network=self._name())}: {say(state, account=self.account)}"

    def _html(self) -> str:
        return f"<p>{html.escape(self._plain())}. {html.escape(speaker('keychain', self.lang)('static'))}</p>"

    def _name(self) -> str:
        name: str = self.networks[self.network]["name"]
        return name
