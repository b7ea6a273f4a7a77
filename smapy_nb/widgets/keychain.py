"""KeyChainWidget: a person types keys, and the keys go into a KeyChain and nowhere else."""

from __future__ import annotations

import html
import weakref
from collections.abc import Callable
from typing import Any

import traitlets

from smapy_nb.errors import StoreError
from smapy_nb.keychain.keychain import KeyChain
from smapy_nb.token import KINDS, known_network
from smapy_nb.widgets import assets
from smapy_nb.widgets.base import Handler, Widget
from smapy_nb.widgets.job import Job, Jobs

NAMES = {"tw": "X"}


class KeyChainWidget(Widget):
    """Keys typed here go to a KeyChain: not into the notebook, its widget state, its history or a log.

    The inputs belong to no trait. What is typed leaves the browser once, in a message to the kernel, and never
    comes back; the traits hold only what may be shown to anyone.

    Args:
        keychain: the `KeyChain` that the keys go to; a new one by default, as `.keychain`.
        network: two-letter code of the network whose keys are shown first.

    Raises:
        UnknownNetwork: no such network.
    """

    _esm = assets.module("keychain", "dom", "keychain")
    _css = assets.style("common", "keychain")

    network = traitlets.Unicode("tw").tag(sync=True)
    networks = traitlets.Dict(help="Code → name and kinds of token.").tag(sync=True)
    state = traitlets.Unicode("absent", help="A `Check.state`, or 'checking'.").tag(sync=True)
    account = traitlets.Unicode(None, allow_none=True, help="Handle the keys belong to.").tag(sync=True)
    checked_at = traitlets.Float(None, allow_none=True, help="Milliseconds since 1970.").tag(sync=True)
    simulated = traitlets.Bool(False, help="Whether a sandbox answered.").tag(sync=True)
    note = traitlets.Dict(help="What came of the last thing done: text or key, and whether it is bad.").tag(sync=True)

    _unobserve: Callable[[], None] | None = None

    def __init__(self, keychain: KeyChain | None = None, network: str = "tw", *, lang: str = "") -> None:
        self._keychain = KeyChain() if keychain is None else keychain
        self._jobs = Jobs()
        self._asking = False
        networks = {code: {"name": NAMES.get(code, code), "kinds": kinds} for code, kinds in KINDS.items()}
        super().__init__(network=known_network(network), networks=networks, lang=lang)
        look = weakref.WeakMethod(self._look)  # a KeyChain must not keep closed widgets alive
        self._unobserve = self._keychain.observe(lambda: (found := look()) and found())
        self._look()

    @property
    def keychain(self) -> KeyChain:
        """The KeyChain that the keys go to."""
        return self._keychain

    def check(self) -> Job:
        """Ask the network whether the stored keys work; returns at once, the answer comes to the traits."""
        network = self.network
        self._asking = True
        with self.hold_sync():
            self.note, self.state = {}, "checking"
        return self._jobs.start(lambda job: self._check(job, network))

    def close(self) -> None:
        """Close the widget; the KeyChain stays as it is."""
        if self._unobserve is not None:  # None where the widget was refused before it was made
            self._unobserve()
            self._jobs.drop()
        super().close()

    def _check(self, job: Job, network: str) -> None:
        try:
            self._keychain.check(network)
        except Exception as failure:
            self._refused(f"The check itself failed ({type(failure).__name__}); please report it.")
        with self._jobs.lock:
            if self._jobs.counts(job):
                self._asking = False
                self._look()

    def _stop_asking(self) -> None:
        with self._jobs.lock:
            self._jobs.drop()
            self._asking = False

    def _look(self) -> None:
        """Bring the traits to what the KeyChain says."""
        with self._jobs.lock, self.hold_sync():
            check = self._keychain.status(self.network)
            self.account = check.account
            self.checked_at = check.checked_at.timestamp() * 1000 if check.checked_at else None
            self.simulated = check.simulated
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

    def _handlers(self) -> dict[str, Handler]:
        return {"save": self._save, "check": self._ask, "forget": self._forget}

    def _refused(self, sentence: str) -> None:
        self.note = {"text": sentence, "bad": True}

    def _save(self, message: dict[str, Any]) -> None:
        self._stop_asking()
        self._keychain.assign(self.network, message["values"])
        self.send({"kind": "taken"})
        self.note = {"key": "saved"}
        try:
            self._keychain.dump()
        except StoreError as refusal:
            self.note = {"text": f"The keys are held until this kernel stops. {refusal}", "bad": True}

    def _ask(self, _message: dict[str, Any]) -> None:
        self.check()

    def _forget(self, _message: dict[str, Any]) -> None:
        self._stop_asking()
        gone = self._keychain.delete(self.network)
        self.note = {"key": "forgotten" if gone else "nothing"}

    def _plain(self) -> str:
        return f"KeyChainWidget({self.network}: {self.state}{f' @{self.account}' if self.account else ''})"

    def _html(self) -> str:
        name = self.networks[self.network]["name"]
        whose = f" (@{html.escape(self.account)})" if self.account else ""
        return (
            f"<p>Keys for {html.escape(name)}: {self.state}{whose}. "
            "Keys are typed in a running notebook; no key is kept in this page.</p>"
        )
