"""Archive: every reading kept, and what it cost."""

from __future__ import annotations

import getpass
import os
import threading
from collections.abc import Iterable
from hashlib import blake2b
from typing import Self

import sqlalchemy as sa

from smapy_nb.archive import migrations, places
from smapy_nb.archive.run import Run, Terms
from smapy_nb.archive.schema import spaces
from smapy_nb.archive.store import Store

_open: dict[tuple[str, bool], Archive] = {}
_opening = threading.Lock()


class Archive:
    """Every reading of every account, and the ledger of what they cost.

    >>> t = TwitterConnector(..., archive=Archive('postgresql+psycopg://hub/smapy'))  # doctest: +SKIP

    Args:
        url: a PostgreSQL URL (needs the extra ``smapy-nb[postgres]``), which a class can share; or a file's path
            or SQLite URL; or None for the environment's ``SMAPY_NB_ARCHIVE``, else ``.smapy_nb/archive.sqlite`` in
            the notebook's folder.

    Raises:
        InvalidInput: no such kind of address.
        ArchiveUnreachable: the server gives no answer.
        ArchiveTooNew: a newer version of smapy_nb wrote it.

    Warns:
        ArchiveWarning: nothing can be written there, so memory is used; or a damaged file was set aside.
    """

    def __init__(self, url: object = None) -> None:
        self._begin(places.open_store(places.address(url)), keeps=True)

    def _begin(self, store: Store, keeps: bool) -> None:
        self._store, self._keeps = store, keeps
        self._salt = migrations.bring_forward(store)
        self._spaces: dict[tuple[str, bool], int] = {}

    @classmethod
    def of(cls, given: object = None) -> Archive:
        """Return the archive that a user means: an `Archive`, an address, None for the usual one, False for none.

        The same address gives the same archive. Even without an archive the money of this kernel is counted, in
        memory, so that a budget holds.
        """
        if isinstance(given, Archive):
            return given
        keeps = given is not False
        url = places.address(given) if keeps else sa.make_url("sqlite://")
        with _opening:
            name = (url.render_as_string(hide_password=False), keeps)
            if name not in _open:
                archive = cls.__new__(cls)
                archive._begin(places.open_store(url), keeps)
                _open[name] = archive
            return _open[name]

    @property
    def place(self) -> str:
        """Where readings are kept: a file, a server's address without its password, or ``'in memory'``."""
        return self._store.shown if self._keeps else "nowhere"

    def fingerprint(self, app_key: str) -> str:
        """Return the name under which an app's money is counted here.

        It is keyed with this archive's own salt: the key can't be found from it, and the same app has another
        name in another archive.
        """
        return blake2b(app_key.encode(), key=bytes.fromhex(self._salt), digest_size=8).hexdigest()

    def open_run(self, network: str, keys: Iterable[str], terms: Terms) -> Run:
        """Begin a look-up of `keys` (see `readings.key_of`); use it as a context manager."""
        return Run(self._store, lambda simulated: self._space(network, simulated), keys, terms, self._keeps)

    def close(self) -> None:
        """Close the connections to the database. The archive can still be used: it opens them again."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _space(self, network: str, simulated: bool) -> int:
        """Return the number of the space of a network's real or simulated readings, made when first needed."""
        if (network, simulated) not in self._spaces:
            here = sa.select(spaces.c.space).where(spaces.c.network == network, spaces.c.simulated == simulated)

            def work(conn: sa.Connection) -> int:
                if (known := conn.scalar(here)) is None:
                    last = conn.scalar(sa.select(sa.func.max(spaces.c.space))) or 0
                    conn.execute(sa.insert(spaces).values(space=last + 1, network=network, simulated=simulated))
                    known = last + 1
                return int(known)

            self._spaces[network, simulated] = self._store.write(work)
        return self._spaces[network, simulated]

    def __repr__(self) -> str:
        return f"Archive({self.place})"


def person() -> str:
    """Return who is at the keyboard: the hub's user, or the computer's; "" where nobody says."""
    if hub := os.environ.get("JUPYTERHUB_USER"):
        return hub
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""
