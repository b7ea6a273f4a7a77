"""Kept: the record of a look-up in the archive: what is fresh enough, what may be paid, what came."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence, Set
from types import TracebackType

from smapy_nb.accounts import Key
from smapy_nb.archive.archive import Archive
from smapy_nb.archive.readings import Answer, key_of
from smapy_nb.archive.terms import Terms
from smapy_nb.connectors.answered import Answered
from smapy_nb.connectors.record import Record


class Kept(Record):
    """Keeps each answer in the archive, and takes from there what need not be asked for.

    Args:
        keys: the accounts wanted, in canonical form.
        archive: where.
        network: two-letter code.
        terms: age, price and budget.
    """

    def __init__(self, keys: Sequence[Key], archive: Archive, network: str, terms: Terms) -> None:
        super().__init__(keys)
        self._key = {key_of(key): key for key in keys}
        self._run = archive.open_run(network, self._key, terms)
        self._told = 0  # answers of the archive that were passed on

    def take(self, stop: threading.Event | None = None) -> list[Key]:
        """See `Record`; waits where other kernels are asking for all that is left.

        Raises:
            OverBudget: what is left to ask for goes beyond the budget.
        """
        return [self._key[key] for key in self._run.take(stop)]

    def served(self) -> Iterable[Answered]:
        """See `Record`."""
        new, self._told = self._run.served[self._told :], len(self._run.served)
        for answer in new:
            found = [self._key[key] for key in answer.found]
            missing = {self._key[key]: why for key, why in answer.missing.items()}
            simulated = self._run.terms.simulated
            yield Answered(found, answer.columns, missing, answer.read_at, simulated, from_archive=True)

    def sending(self, keys: Sequence[Key]) -> Sequence[Key]:
        """See `Record`.

        Raises:
            OverBudget: the price has changed and no longer fits the budget.
        """
        return [self._key[key] for key in self._run.sending([key_of(key) for key in keys])]

    def unsent(self, keys: Sequence[Key]) -> None:
        """See `Record`."""
        self._run.unsent([key_of(key) for key in keys])

    def keep(self, answered: Answered) -> None:
        """See `Record`. May be called after the run is over, with an answer that was late."""
        found = [key_of(key) for key in answered.found]
        missing = {key_of(key): why for key, why in answered.missing.items()}
        # What a server of this machine answers costs nobody anything, whether it calls itself a sandbox or not.
        simulated = answered.simulated or self._run.terms.simulated
        answer = Answer(answered.read_at, found, answered.columns, missing, simulated)
        self._run.keep([*found, *missing], answer)

    def ids_of(self, handles: Sequence[Key]) -> Mapping[Key, int]:
        """See `Record`."""
        return {self._key[key]: number for key, number in self._run.ids_of([key_of(one) for one in handles]).items()}

    def handles_of(self, ids: Sequence[Key]) -> Mapping[Key, Set[str]]:
        """See `Record`."""
        return {self._key[key]: handles for key, handles in self._run.handles_of([key_of(one) for one in ids]).items()}

    def failed(self, keys: Sequence[Key], *, charged: bool) -> None:
        """See `Record`."""
        self._run.failed([key_of(key) for key in keys], charged=charged)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give back what was not asked for."""
        self._run.close()
