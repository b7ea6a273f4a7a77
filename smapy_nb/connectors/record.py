"""What a run asks of, and tells, the place where readings and spendings are kept."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence, Set
from types import TracebackType
from typing import Self

from smapy_nb.accounts import Key
from smapy_nb.connectors.answered import Answered


class Record:
    """Keeps nothing: every account is asked for, and an answer lives in the table only.

    Called from one thread, the one that runs the look-up.

    Args:
        keys: the accounts wanted, in canonical form (`smapy_nb.accounts.canonical`).
    """

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = list(keys)

    def take(self, stop: threading.Event | None = None) -> list[Key]:  # noqa: ARG002
        """Return the accounts to ask for now; none when nothing is left to ask for. Called until then.

        Args:
            stop: ends a waiting early when set.
        """
        keys, self._keys = self._keys, []
        return keys

    def served(self) -> Iterable[Answered]:
        """Return what need not be asked for. Called after each `take`."""
        return ()

    def sending(self, keys: Sequence[Key]) -> Sequence[Key]:
        """A request for `keys` is about to leave; return those of them that are still to be asked for."""
        return keys

    def unsent(self, keys: Sequence[Key]) -> None:
        """A request for `keys` was refused unread: it is to be sent again, and `sending` called again."""

    def keep(self, answered: Answered) -> None:
        """An answer has come."""

    def ids_of(self, handles: Sequence[Key]) -> Mapping[Key, int]:  # noqa: ARG002
        """Return the ids of the accounts that had these handles when they were last read."""
        return {}

    def handles_of(self, ids: Sequence[Key]) -> Mapping[Key, Set[str]]:  # noqa: ARG002
        """Return the handles, in lower case, under which accounts were read so far."""
        return {}

    def failed(self, keys: Sequence[Key], *, charged: bool) -> None:
        """A request got no usable answer; `charged` where it may have been paid for all the same."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The run is over, however it ended."""
