"""Schema versions: a new archive is made whole, an older one is brought forward, a newer one is left alone."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import sqlalchemy as sa

from smapy_nb.archive import schema
from smapy_nb.archive.store import Store
from smapy_nb.errors import ArchiveTooNew


def _second(conn: sa.Connection) -> None:
    """Version 2 knows an app's rate-limit windows, and where data was exported to."""
    # Both tables are as they were made in version 2: a later version that changes one must copy it here first.
    schema.metadata.create_all(conn, tables=[schema.windows, schema.exports])


# MIGRATIONS[n] brings version n to version n + 1. Written once, never changed: archives of people rest on them.
MIGRATIONS: dict[int, Callable[[sa.Connection], None]] = {1: _second}
VERSION = 2


def bring_forward(store: Store) -> str:
    """Make the tables where there are none, or bring those of an older version forward, in one transaction.

    Returns:
        The archive's own salt (hex), made once.

    Raises:
        ArchiveTooNew: a newer version of smapy_nb wrote it; it is left as it is.
    """

    def look(conn: sa.Connection) -> dict[str, str]:
        if not sa.inspect(conn).has_table("meta"):
            return {}
        return dict(conn.execute(sa.select(schema.meta.c.name, schema.meta.c.value)).all())

    def work(conn: sa.Connection) -> str:
        known = look(conn)
        if not known:
            schema.metadata.create_all(conn)
            known = {"version": str(VERSION), "salt": secrets.token_hex(16)}
            conn.execute(sa.insert(schema.meta), [{"name": n, "value": v} for n, v in known.items()])
        for version in range(_checked(known, store), VERSION):
            MIGRATIONS[version](conn)
        here = schema.meta.c.name == "version"
        conn.execute(sa.update(schema.meta).where(here).values(value=str(VERSION)))
        return known["salt"]

    known = store.read(look)
    if known and _checked(known, store) == VERSION:
        return known["salt"]
    return store.write(work)


def _checked(known: dict[str, str], store: Store) -> int:
    version = int(known["version"])
    if version > VERSION:
        raise ArchiveTooNew(
            f"The archive {store.shown} was written by a newer smapy_nb (its version {version}, this one reads "
            f"{VERSION}); nothing in it was changed. Update smapy_nb: pip install -U smapy-nb."
        )
    return version
