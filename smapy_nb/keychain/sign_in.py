"""SignIn: what KeyChain.sign_in returns: a link, and the place to give the PIN to."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import NoReturn

from smapy_nb.errors import InvalidInput, StoreError
from smapy_nb.token import Token
from smapy_nb.transport import sign_in as transport


class SignIn:
    """A sign-in under way. Open `link`, say yes, and give the PIN that the page shows to `finish`.

    Attributes:
        link: the network's page; the person's password goes there and nowhere else.
    """

    def __init__(self, pending: transport.Pending, hold: Callable[[Token, str], None]) -> None:
        self.link = pending.link
        self._pending: transport.Pending | None = pending
        self._hold = hold
        self._whose = "" if not pending.simulated else " The sandbox answers: the account is invented."

    def finish(self, pin: str) -> str:
        """Give the PIN for the keys; the KeyChain holds them from then on. Returns a sentence that says whose they are.

        Args:
            pin: the digits that the page shows.

        Raises:
            InvalidInput: it is no PIN, or this sign-in has had its PIN already; nothing was sent.
            Unauthorized: it was not accepted: mistyped, used before, or too old.
            RequestFailed: no usable answer; the same PIN may be given again.
        """
        if self._pending is None:
            raise InvalidInput("This sign-in is done, and a PIN works once; begin again with k.sign_in for a new link.")
        digits = "".join(str(pin).split())
        if not (digits.isascii() and digits.isdigit() and 4 <= len(digits) <= 12):
            raise InvalidInput("A PIN is the number of about seven digits that the page behind the link shows.")
        token, handle = transport.finish(self._pending, digits)
        self._hold(token, "signed in")
        self._pending = None
        whose = f"as @{handle}" if handle and handle.isascii() and handle.isidentifier() else "to your account"
        return f"Signed in {whose}; the keys are held. dump() keeps them for the next kernel.{self._whose}"

    def __repr__(self) -> str:
        if self._pending is None:
            return "SignIn(done)"
        return f"Open {self.link}\nsay yes there, and give the PIN that it shows to .finish('…').{self._whose}"

    def _repr_html_(self) -> str:
        if self._pending is None:
            return "<p>This sign-in is done.</p>"
        link = escape(self.link)
        return (
            f'<p>Open <a href="{link}" target="_blank" rel="noopener noreferrer">{link}</a>, say yes there, and give '
            f"the PIN that it shows to <code>.finish('…')</code>.{escape(self._whose)}</p>"
        )

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise StoreError("A sign-in can't be pickled, because a pickle shows its keys.")
