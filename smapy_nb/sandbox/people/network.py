"""Network: everybody in a sandbox, as they are on a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources

from smapy_nb.sandbox.people import calendar, table
from smapy_nb.sandbox.people.crowd import crowd
from smapy_nb.sandbox.people.person import Person

CROWD = 240  # invented people beside the hand-written ones


@dataclass(frozen=True)
class Today:
    """Everybody on one day, by lower-cased handle and by id."""

    by_handle: dict[str, Person]
    by_id: dict[int, Person]


class Network:
    """Everybody in a sandbox. Not thread-safe by itself; the application asks under its lock.

    Args:
        people: as on the first day.
        seed: what the noise of their growth comes from.

    Attributes:
        named: everybody by the lower-cased handle they began with.
    """

    def __init__(self, people: Iterable[Person], seed: int) -> None:
        self.people = list(people)
        self.seed = seed
        self.named = {person.handle.casefold(): person for person in reversed(self.people)}
        self._days: dict[int, Today] = {}

    def on(self, day: int) -> Today:
        """Return everybody as on `day`. Where two have one handle, the earlier in the list keeps it."""
        if day not in self._days:
            by_handle: dict[str, Person] = {}
            by_id: dict[int, Person] = {}
            for first in self.people:
                person = calendar.on_day(first, day, self.seed)
                if person is not None:
                    by_handle.setdefault(person.handle.casefold(), person)
                    by_id.setdefault(person.id, person)
            while len(self._days) > 2:  # the first day, yesterday and today are asked for in turn
                del self._days[next(iter(self._days))]
            self._days[day] = Today(by_handle, by_id)
        return self._days[day]

    def add(self, person: Person) -> None:
        """Let one more person in."""
        self.people.append(person)
        self.named.setdefault(person.handle.casefold(), person)
        for day, today in self._days.items():
            if (then := calendar.on_day(person, day, self.seed)) is not None:
                today.by_handle.setdefault(then.handle.casefold(), then)
                today.by_id.setdefault(then.id, then)


def bundled(seed: int) -> list[Person]:
    """Return the sandbox's own people: the hand-written file and a crowd from `seed`."""
    source = resources.files("smapy_nb.sandbox.people") / "people.csv"
    return table.parse(source.read_text("utf-8"), "people.csv") + crowd(CROWD, seed)
