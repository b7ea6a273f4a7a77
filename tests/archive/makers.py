"""What the archive's tests make again and again: a clock, profiles, terms, and a look-up as a connector does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from smapy_nb.archive import schema
from smapy_nb.archive.archive import Archive
from smapy_nb.archive.readings import Answer, Why
from smapy_nb.archive.run import Run
from smapy_nb.archive.terms import Terms
from smapy_nb.profiles import FIELDS, Profile

Found = Profile | Why

CENT = 10_000
GONE = ("not_found", "X knows no account of this name.")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> None:
        self.now += timedelta(**parts)


def terms_of(clock: Clock, **changed: object) -> Terms:
    usual = Terms(app="app", person="ada", micro=CENT, max_age=timedelta(hours=1), now=clock)
    return replace(usual, **changed)  # type: ignore[arg-type]


def profile(number: int, **fields: object) -> Profile:
    known: dict[str, object] = {"id": number, "handle": f"U{number}", "name": f"User {number}", "link": "l"}
    return Profile(**{**known, "followers": 10 * number, **fields})  # type: ignore[arg-type]


def user(key: str) -> Profile:
    return profile(int(key.removeprefix("u").removeprefix("#")))


def answer(found: Mapping[str, Found], at: datetime, *, simulated: bool = False) -> Answer:
    profiles = {key: one for key, one in found.items() if isinstance(one, Profile)}
    columns = {name: [getattr(one, name) for one in profiles.values()] for name in FIELDS}
    missing = {key: one for key, one in found.items() if not isinstance(one, Profile)}
    return Answer(at, list(profiles), columns, missing, simulated)


def served(run: Run) -> dict[str, Found]:
    found: dict[str, Found] = {}
    for one in run.served:
        rows = zip(*(one.columns[name] for name in FIELDS), strict=True)
        found |= {key: Profile(*row) for key, row in zip(one.found, rows, strict=True)} | dict(one.missing)
    return found


def keep(run: Run, batch: list[str], found: Mapping[str, Found], *, simulated: bool = False) -> None:
    run.keep(batch, answer(found, run.terms.now(), simulated=simulated))


def ask(run: Run, found: Callable[[str], Found], *, simulated: bool = False) -> list[str]:
    """Do what a connector does, and return what was asked of the network."""
    sent: list[str] = []
    while wanted := run.take():
        batch = run.sending(wanted)
        sent += batch
        keep(run, batch, {key: found(key) for key in batch}, simulated=simulated)
    return sent


def look_up(archive: Archive, keys: Iterable[str], terms: Terms, found: Callable[[str], Found] = user) -> list[str]:
    with archive.open_run("tw", keys, terms) as run:
        return ask(run, found, simulated=terms.simulated)


def bookings(archive: Archive) -> list[tuple[str, str, int, bool]]:
    b = schema.bookings.c
    query = sa.select(b.day, b.key, b.micro, b.presumed).order_by(b.day, b.key)
    return [tuple(row) for row in archive._store.read(lambda conn: conn.execute(query).all())]


def rows_of(archive: Archive, table: sa.Table) -> int:
    return archive._store.read(lambda conn: conn.scalar(sa.select(sa.func.count()).select_from(table))) or 0
