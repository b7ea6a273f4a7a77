"""What can go wrong, as one tree. Each message says what happened and what to do.

::

    SmapyError
    ├── InvalidInput (also a ValueError)   what was typed can't be used; nothing was sent
    │   ├── InvalidToken                   a token's field is missing, extra, blank or of a wrong type
    │   ├── InvalidAccounts                accounts came in a form that holds no accounts
    │   └── UnknownNetwork                 a network code that no connector serves
    ├── NoToken                            there is no token to ask with
    ├── StoreError                         keys can't be written to, or read from, their place
    │   ├── DumpDamaged                    the file is not, or no longer, what was written
    │   ├── DumpLocked                     the file is whole, but its key is not here
    │   └── DumpTooNew                     the file was written by a newer version
    ├── OverBudget                         what it would cost goes beyond the budget; nothing was sent
    ├── ArchiveError                       readings can't be kept in, or read from, the archive
    │   ├── ArchiveUnreachable             its database gives no answer
    │   ├── ArchiveDamaged                 its file is not, or no longer, an archive
    │   └── ArchiveTooNew                  it was written by a newer version
    ├── Interrupted                        a look-up stopped before its end; `.frame` holds what came
    │   └── Stopped (also a KeyboardInterrupt)   because a person pressed stop
    └── RequestFailed                      a network was asked and gave no usable answer
        ├── Unreachable                    no answer at all
        │   └── TimedOut                   none in time
        ├── Unauthorized                   401: the keys are wrong, revoked or incomplete
        ├── Forbidden                      403: the keys are right, but not allowed to do this
        ├── OutOfCredits                   402: nothing left to pay with; waiting does not help
        ├── RateLimited                    429: the window is used up until `reset_at`
        ├── UsageCapped                    429 or 403: the month's cap is used up
        ├── Refused                        400 or another 4xx: the request itself was not accepted
        ├── ServerFailed                   5xx, also after retries
        └── BadAnswer                      something answered, but not as the X API does

No message ever holds a secret or a text that a server sent unchecked.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    import pandas as pd


class SmapyError(Exception):
    """Everything that smapy_nb refuses or fails at."""


class InvalidInput(SmapyError, ValueError):
    """What was typed can't be used; nothing was sent."""


class InvalidToken(InvalidInput):
    """A token's field is missing, extra, blank or of a wrong type. The message never holds a value."""


class InvalidAccounts(InvalidInput):
    """Accounts came in a form that holds no accounts."""


class UnknownNetwork(InvalidInput):
    """A network code that no connector serves."""


class NoToken(SmapyError):
    """There is no token to ask with."""


class StoreError(SmapyError):
    """Keys can't be written to, or read from, the place where they are kept."""


class DumpDamaged(StoreError):
    """A dump is not, or no longer, what was written."""


class DumpLocked(StoreError):
    """A dump is whole, but the key that opens it is not on this machine."""


class DumpTooNew(StoreError):
    """A dump was written by a newer version of smapy_nb."""


class OverBudget(SmapyError):
    """What a look-up would cost goes beyond the budget; what would have cost it was not sent.

    Attributes:
        usd: what it would cost, in US dollars.
        left: what is left of the budget, in US dollars.
    """

    def __init__(self, message: str, *, usd: Decimal, left: Decimal) -> None:
        super().__init__(message)
        self.usd = usd
        self.left = left


class ArchiveError(SmapyError):
    """Readings can't be kept in, or read from, the archive."""


class ArchiveUnreachable(ArchiveError):
    """The archive's database gives no answer, or does not let us in."""


class ArchiveDamaged(ArchiveError):
    """The archive's file is not, or no longer, what was written."""


class ArchiveTooNew(ArchiveError):
    """The archive was written by a newer version of smapy_nb."""


class ArchiveWarning(UserWarning):
    """The archive works, but not where it was asked to: in memory, or without a file that was damaged."""


class MissingFieldWarning(UserWarning):
    """The network no longer tells something that it promises to tell of every account: a column is empty."""


class Interrupted(SmapyError):
    """A look-up stopped before its end. What came is kept: the connector's next call asks only for the rest.

    Its `__cause__` is the failure that stopped it, where it was one.

    Attributes:
        frame: what came, as `Connector.frame()` gives it; the others' outcome is ``not_asked``.
        remaining: how many distinct accounts are still to be asked for.
    """

    def __init__(self, message: str, *, frame: pd.DataFrame, remaining: int) -> None:
        super().__init__(message)
        self.frame = frame
        self.remaining = remaining


class Stopped(Interrupted, KeyboardInterrupt):
    """A look-up was stopped by a person: Ctrl-C, or the notebook's stop button."""


class RequestFailed(SmapyError):
    """A network was asked and gave no usable answer.

    Attributes:
        status: HTTP status code, or None where no answer came.
        clock_ahead: seconds that the server's clock is ahead of this computer's; 0.0 where they agree within
            two seconds, or the server does not say.
    """

    clock_ahead = 0.0

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Unreachable(RequestFailed):
    """No answer came: no network, no such host, a refused or broken connection, TLS trouble."""


class TimedOut(Unreachable):
    """No answer came in time."""


class Unauthorized(RequestFailed):
    """401: the keys are wrong, revoked or incomplete."""


class Forbidden(RequestFailed):
    """403: the keys are right, but not allowed to do this."""


class OutOfCredits(RequestFailed):
    """402: nothing left to pay with. Waiting does not help."""


class RateLimited(RequestFailed):
    """429: the rate-limit window is used up.

    Attributes:
        reset_at: when the window opens again (UTC), or None where the server did not say.
    """

    def __init__(self, message: str, *, status: int | None = 429, reset_at: datetime | None = None) -> None:
        super().__init__(message, status=status)
        self.reset_at = reset_at


class UsageCapped(RequestFailed):
    """429 or 403: the month's usage cap is used up."""


class Refused(RequestFailed):
    """400 or another 4xx: the request itself was not accepted."""


class ServerFailed(RequestFailed):
    """5xx: the server failed, also after retries."""


class BadAnswer(RequestFailed):
    """Something answered, but not as the X API does."""
