"""Check: what a network said when it was asked whether a token works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["absent", "unchecked", "valid", "rejected", "unreachable"]


@dataclass(frozen=True)
class Check:
    """The outcome of asking a network whether a token works. Holds no secret: safe to paste in public.

    Attributes:
        ok: True where the network accepted the token, False where it did not or could not be asked,
            None where it was never asked.
        reason: one sentence: why it is not ok and what to do, or what was proved.
        account: the handle that the token belongs to, without "@"; None where it is not known
            (a bearer token belongs to an app, not to an account).
        checked_at: when the network answered (UTC); None where it was never asked.
        state: ``absent``, ``unchecked``, ``valid``, ``rejected`` (asked, and refused) or
            ``unreachable`` (no usable answer: nothing is known of the token).
        simulated: True where a sandbox answered, not the network.
    """

    ok: bool | None
    reason: str
    account: str | None = None
    checked_at: datetime | None = None
    state: State = "unchecked"
    simulated: bool = False

    def __bool__(self) -> bool:
        return bool(self.ok)
