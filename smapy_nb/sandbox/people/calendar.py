"""What happens to an account, and on which day."""

from __future__ import annotations

from dataclasses import replace

from smapy_nb.sandbox.people.growth import followers, posts
from smapy_nb.sandbox.people.person import Event, Person

KINDS = {
    "appears": "the account is made on that day; before it, nobody has that handle",
    "renamed": "takes another handle; the old one is not found any more",
    "suspended": "is suspended",
    "restored": "is back again after a suspension",
    "deleted": "is gone",
    "protected": "protects its Posts",
    "opened": "is public again",
    "bio": "has another description",
    "unverified": "loses its mark",
}
WITH_VALUE = ("renamed", "bio")


def on_day(person: Person, day: int, seed: int) -> Person | None:
    """Return `person` as on `day`, or None where the account is not made yet."""
    if any(event.kind == "appears" and event.day > day for event in person.events):
        return None
    for event in sorted(person.events, key=lambda event: event.day):
        if event.day <= day:
            person = _after(person, event)
    return replace(
        person,
        followers=followers(person, day, seed),
        posts=posts(person, day, seed),
    )


def _after(person: Person, event: Event) -> Person:
    match event.kind:
        case "renamed":
            return replace(person, handle=event.value)
        case "bio":
            return replace(person, description=event.value)
        case "suspended":
            return replace(person, status="suspended")
        case "restored":
            return replace(person, status="active")
        case "deleted":
            return replace(person, status="deleted")
        case "protected":
            return replace(person, protected=True)
        case "opened":
            return replace(person, protected=False)
        case "unverified":
            return replace(person, verified="none")
        case _:
            return person


def parse(text: str) -> tuple[Event, ...]:
    """Read events from text such as ``3 suspended; 8 restored; 12 renamed new_handle``.

    Raises:
        ValueError: a part is no event; the message says which and why.
    """
    return tuple(_event(part.strip()) for part in text.split(";") if part.strip())


def _event(part: str) -> Event:
    day, _, rest = part.partition(" ")
    kind, _, value = rest.strip().partition(" ")
    if not day.isascii() or not day.isdigit() or len(day) > 6:
        raise ValueError(f"an event begins with a day, as in '3 suspended'; found {part[:40]!r}")
    if kind not in KINDS:
        raise ValueError(f"{kind[:40]!r} is no event; use one of {', '.join(KINDS)}")
    if (kind in WITH_VALUE) != bool(value.strip()):
        needs = "needs a value after it" if kind in WITH_VALUE else "takes no value"
        raise ValueError(f"the event {kind!r} {needs}")
    return Event(int(day), kind, value.strip())
