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

PROTECTED = "Only its followers may read its posts."
NOT_ASKED = ("not_asked", "The run ended before it was asked for; run it again to ask for the rest.")


def moved(handle: str) -> Why:
    """Say that an account has another handle now."""
    return "renamed", f"It is called @{handle} now."


def taken(number: int) -> Why:
    """Say that a handle belongs to somebody else now; `number` is the id of who had it before."""
    return "ok", f"Another account has this handle now; the one that was read before is {number}."


@dataclass(slots=True, eq=False)
class Answered:
    """What one answer says of the accounts it was asked for.

    Attributes:
        found: the key of each profile, as it was asked for.
        columns: the profiles, a list for each of `smapy_nb.profiles.FIELDS`.
        missing: key → (outcome, reason) of each account asked for that has no profile.
        read_at: when it came (UTC).
        simulated: True where a sandbox answered.
        from_archive: True where the answer came earlier, or to another kernel, and was kept.
        followed: True where accounts were asked for by their ids, and `found` has the handles they had before.
        empty: fields that the network tells of every account, and told of none here.
    """

    found: Sequence[Key]
    columns: Columns
    missing: Mapping[Key, Why]
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    simulated: bool = False
    from_archive: bool = False
    followed: bool = False
    empty: frozenset[str] = frozenset()

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
        keys = canonical([key for key in asked.keys if key is not None])
        places: dict[Key, int] = dict(zip(keys, range(len(keys)), strict=True))
        if len(places) < len(keys):  # some are asked for twice
            places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        self.keys = keys if len(places) == len(keys) else list(places)
        found = array("q", range(len(keys)) if self.keys is keys else map(places.__getitem__, keys))
        # Of each account asked for, the place of its key in `keys`; -1: it has none.
        self._place_of = found if len(found) == len(asked) else _spread(asked.keys, found)
        self._row_of = array("q", [-1]) * len(places)  # of each key, the number of its profile in the table
        self._why: dict[Key, Why] = {}
        self._when: dict[Key, tuple[datetime, bool]] = {}  # of those without a profile: read_at, from_archive
        self._said: dict[Key, Why] = {}  # of those whose profile needs a word: outcome, reason
        self.empty: frozenset[str] | None = None  # fields that no answer of the network held; None: there was none
        self._known = bytearray(len(places))
        self._places = places
        self.answered = 0  # distinct accounts of which something is known
        if before:
            self._take_over(before)

    def take(self, answered: Answered) -> None:
        """Take in what an answer says. What is not asked for here is passed over."""
        places, known, found = self._places, self._known, answered.found
        row = self._table.add(answered.columns, answered.read_at, answered.from_archive)
        first = places.get(found[0]) if found else None
        if first is not None and self.keys[first : first + len(found)] == found:  # as asked: all of them at once
            side_by_side = slice(first, first + len(found))
            self._row_of[side_by_side] = array("q", range(row, row + len(found)))
            self.answered += known.count(0, first, first + len(found))
            known[side_by_side] = b"\1" * len(found)
        else:
            for place in map(places.get, found):
                if place is not None:
                    self._row_of[place] = row
                    self.answered += not known[place]
                    known[place] = 1
                row += 1
        if not answered.from_archive and found:
            self.empty = answered.empty if self.empty is None else self.empty & answered.empty
        if answered.from_archive or answered.followed:  # else the network answers for the handle that it was asked for
            handles = zip(found, answered.columns["handle"], strict=True)
            self.say({key: moved(now) for key, now in handles if isinstance(key, str) and now.lower() != key})
        for key, why in answered.missing.items():
            if (place := places.get(key)) is not None:
                self._why[key] = why
                if why[0] != "failed":
                    self._when[key] = answered.read_at, answered.from_archive
                    self.answered += not known[place]
                    known[place] = 1
        self.source = "sandbox (simulated)" if answered.simulated else "X"

    def say(self, words: Mapping[Key, Why]) -> None:
        """Note what is to be said of accounts that have a profile."""
        self._said |= words

    def fail(self, keys: Sequence[Key], reason: str) -> None:
        """Note that accounts were asked for in vain; the next run asks for them again."""
        for key in keys:
            self._why[key] = ("failed", reason)

    def asks(self, key: Key) -> bool:
        """Tell whether `key` is among the accounts asked for."""
        return key in self._places

    def unknown(self) -> list[Key]:
        """Return the keys of which nothing is known, in the order asked."""
        if not self.answered:
            return list(self.keys)
        return [key for key, known in zip(self.keys, self._known, strict=True) if not known]

    @property
    def warning(self) -> str:
        """Say which fields the network told of no account, although it promises them; "" where it kept its word."""
        if not self.empty:
            return ""
        names = " and ".join(sorted(self.empty))
        return (
            f"The answers of {self.source} hold no number of {names} for any account, so these cells are empty, not "
            "zero: the network may have renamed the field. What it sent is in the column 'other'; look for a newer "
            "smapy-nb, or report it."
        )

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
        """Return what `Connector.frame()` promises. Where nothing is left to ask for, what was gathered is used up."""
        done = self.answered == len(self.keys)
        if done:
            self._places = {}
        rows = self._rows()
        protected = self._table.values("protected") or [None]
        outcomes = ["protected" if protected[row] else "ok" for row in rows]  # -1, the last one, is put right below
        reasons: list[str | None] = [None] * len(rows)
        if True in protected:
            reasons = [PROTECTED if outcome == "protected" else None for outcome in outcomes]
        for number, place in enumerate(self._place_of if self._said else ()):
            if place >= 0 and (said := self._said.get(self.keys[place])):
                outcomes[number], reasons[number] = said
        if min(rows, default=0) < 0:
            for number, row in enumerate(rows):
                if row < 0:
                    outcomes[number], reasons[number] = self._reason(number)
        heads = {
            "account": self.asked.names,
            "requested": self.asked.requested,
            "outcome": outcomes,
            "reason": reasons,
        }
        frame = tables.frame(heads, self._table, rows, columns, spend=done)
        for place, name in enumerate(("read_at", "from_archive")):
            if self._when and name in frame:
                frame[name] = self._dated(frame[name].array.copy(), rows, place)
        frame.attrs["source"] = self.source
        if self.warning:
            frame.attrs["warning"] = self.warning
        return frame

    def _dated(self, cells: Any, rows: Sequence[int], part: int) -> Any:
        """Fill in what is known of accounts without a profile: a missing account is a reading too."""
        for number, row in enumerate(rows):
            if row < 0 and (place := self._place_of[number]) >= 0 and (when := self._when.get(self.keys[place])):
                cells[number] = when[part]
        return cells

    def _rows(self) -> Sequence[int]:
        row_of = self._row_of
        return array("q", [-1 if place < 0 else row_of[place] for place in self._place_of])

    def _reason(self, number: int) -> Why:
        place = self._place_of[number]
        if place < 0:
            return "invalid", self.asked.problems[number]
        return self._why.get(self.keys[place], NOT_ASKED)

    def _take_over(self, before: Gathered) -> None:
        self._said = before._said
        for key, known, row in zip(before.keys, before._known, before._row_of, strict=True):
            if known and (place := self._places.get(key)) is not None:
                self._known[place] = 1
                self.answered += 1
                self._row_of[place] = row
                if row < 0:
                    self._why[key] = before._why[key]
                    if key in before._when:
                        self._when[key] = before._when[key]


def _spread(keys: Sequence[Key | None], places: array[int]) -> array[int]:
    following = iter(places)
    return array("q", [-1 if key is None else next(following) for key in keys])
