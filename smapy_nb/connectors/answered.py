"""What is known of accounts: by one answer, and by a whole run."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smapy_nb import table as tables
from smapy_nb.accounts import Accounts, Key, canonical
from smapy_nb.profiles import FIELDS, Profile
from smapy_nb.table import Columns, Table

if TYPE_CHECKING:
    import pandas as pd

Why = tuple[str, str]  # (outcome, reason) of an account that has no profile

NOT_ASKED = ("not_asked", "The run ended before it was asked for; run it again to ask for the rest.")


@dataclass(slots=True, eq=False)
class Answered:
    """What one answer says of the accounts it was asked for.

    Attributes:
        found: the key of each profile, as it was asked for.
        columns: the profiles, a list for each of `smapy_nb.profiles.FIELDS`.
        missing: key → (outcome, reason) of each account asked for that has no profile.
        read_at: when it came (UTC).
        simulated: True where a sandbox answered.
    """

    found: Sequence[Key]
    columns: Columns
    missing: Mapping[Key, Why]
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    simulated: bool = False

    def profiles(self) -> dict[Key, Profile]:
        """Return the profiles by key, as objects."""
        rows = zip(*(self.columns[name] for name in FIELDS), strict=True)
        return {key: Profile(*row) for key, row in zip(self.found, rows, strict=True)}


class Gathered:
    """What a run knows so far: of each distinct account its profile, why it has none, or nothing yet.

    Args:
        asked: the accounts asked for.
        before: what an earlier run that did not come to its end has gathered; its profiles are taken over.
    """

    def __init__(self, asked: Accounts, before: Gathered | None = None) -> None:
        self.asked = asked
        self.source: str = before.source if before else ""
        self._table: Table = before._table if before else Table()
        places: dict[Key, int] = {}
        self._place_of = array("q")  # of each account asked for, the place of its key in `keys`; -1: it has none
        for key in asked.keys:
            if key is None:
                self._place_of.append(-1)
            else:
                self._place_of.append(places.setdefault(canonical(key), len(places)))
        self.keys = list(places)
        self._row_of = array("q", [-1]) * len(places)  # of each key, the number of its profile in the table
        self._why: dict[Key, Why] = {}
        self._known = bytearray(len(places))
        self._places = places
        self.answered = 0  # distinct accounts of which something is known
        if before:
            self._take_over(before)

    def take(self, answered: Answered) -> None:
        """Take in what an answer says. What is not asked for here is passed over."""
        places = self._places
        first = self._table.add(answered.columns, answered.read_at)
        for row, key in enumerate(answered.found, first):
            if (place := places.get(key)) is not None:
                self._row_of[place] = row
                self._know(place)
        for key, why in answered.missing.items():
            if (place := places.get(key)) is not None:
                self._why[key] = why
                if why[0] != "failed":
                    self._know(place)
        self.source = "sandbox (simulated)" if answered.simulated else "X"

    def fail(self, keys: Sequence[Key], reason: str) -> None:
        """Note that accounts were asked for in vain; the next run asks for them again."""
        for key in keys:
            self._why[key] = ("failed", reason)

    def unknown(self) -> list[Key]:
        """Return the keys of which nothing is known, in the order asked."""
        return [key for key, known in zip(self.keys, self._known, strict=True) if not known]

    def profiles(self) -> dict[str, dict[str, Any] | None]:
        """Return what `Connector.profiles()` promises."""
        names = ("followers", "id", "link", "name", "handle")
        values = list(zip(*(self._table.values(name) for name in names), strict=True))
        given = ("followers", "id", "link", "name", "nickname")
        return {
            name: dict(zip(given, values[row], strict=True)) if row >= 0 else None
            for name, row in zip(self.asked.names, self._rows(), strict=True)
        }

    def frame(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return what `Connector.frame()` promises."""
        protected = self._table.values("protected")
        outcomes: list[str] = []
        reasons: list[str | None] = []
        rows = self._rows()
        for number, row in enumerate(rows):
            if row >= 0:
                outcomes.append("protected" if protected[row] else "ok")
                reasons.append("Only its followers may read its posts." if protected[row] else None)
            else:
                outcome, reason = self._reason(number)
                outcomes.append(outcome)
                reasons.append(reason)
        heads: dict[str, Sequence[Any]] = {
            "account": self.asked.names,
            "requested": self.asked.requested,
            "outcome": outcomes,
            "reason": reasons,
        }
        frame = tables.frame(heads, self._table, rows, columns)
        frame.attrs["source"] = self.source
        return frame

    def _rows(self) -> Sequence[int]:
        return array("q", [-1 if place < 0 else self._row_of[place] for place in self._place_of])

    def _reason(self, number: int) -> Why:
        place = self._place_of[number]
        if place < 0:
            return "invalid", self.asked.problems[number]
        return self._why.get(self.keys[place], NOT_ASKED)

    def _take_over(self, before: Gathered) -> None:
        for key, known, row in zip(before.keys, before._known, before._row_of, strict=True):
            if known and (place := self._places.get(key)) is not None:
                self._know(place)
                self._row_of[place] = row
                if row < 0:
                    self._why[key] = before._why[key]

    def _know(self, place: int) -> None:
        self.answered += not self._known[place]
        self._known[place] = 1
