"""Where an archive is: a file beside the notebook, a server, or memory where nothing can be written."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import sqlite3
import warnings
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from smapy_nb.archive.store import Store, damaged
from smapy_nb.errors import ArchiveWarning, InvalidInput

VARIABLE = "SMAPY_NB_ARCHIVE"  # sets the archive for everyone, as a hub needs it
DEFAULT = Path(".smapy_nb", "archive.sqlite")  # in the notebook's folder
_SMALL = 64 * 2**20  # a file up to this size is looked through when it is opened; it takes a tenth of a second


def address(given: object) -> sa.URL:
    """Return the URL of an archive from what a user gave: a URL, a file's path, or None for the usual place.

    Raises:
        InvalidInput: it is neither; or PostgreSQL's driver is not installed.
    """
    given = given or os.environ.get(VARIABLE) or DEFAULT
    if isinstance(given, Path):
        return sa.URL.create("sqlite", database=str(given.expanduser().absolute()))
    if not isinstance(given, str):
        raise InvalidInput(f"An archive is a URL or a file's path; a {type(given).__name__} was given.")
    if "://" not in given:
        return address(Path(given))
    try:
        url = sa.make_url(given)
    except (ArgumentError, ValueError):
        url = sa.URL.create("unknown")
    if url.drivername == "sqlite":
        path = url.database
        return url.set(database=str(Path(path).absolute())) if path not in (None, "", ":memory:") else url
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        if importlib.util.find_spec("psycopg") is None:
            raise InvalidInput("PostgreSQL needs its driver: pip install 'smapy-nb[postgres]'.")
        return url.set(drivername="postgresql+psycopg")
    # The address may hold a password, so it is not repeated.
    raise InvalidInput(
        "An archive's address looks like postgresql+psycopg://user:password@server/database or "
        "sqlite:///folder/archive.sqlite; what was given does not."
    )


def open_store(url: sa.URL) -> Store:
    """Open a database. A damaged file is set aside, and where no file can be written, memory takes its place.

    Both are told by an `ArchiveWarning`.
    """
    if url.get_backend_name() == "postgresql" or not url.database or url.database == ":memory:":
        return Store(url)
    path = Path(url.database)
    if (why := _unwritable(path)) is not None:
        warnings.warn(
            f"The archive {path} can't be written ({why}): readings and spending are kept in memory only, until "
            "this kernel ends.",
            ArchiveWarning,
            stacklevel=2,
        )
        return Store(url.set(database=":memory:"))
    if _damaged(path):
        aside = _set_aside(path)
        warnings.warn(
            f"The archive {path} is damaged and was set aside as {aside.name}; a new one was begun.",
            ArchiveWarning,
            stacklevel=2,
        )
        _unwritable(path)
    return Store(url)


def _unwritable(path: Path) -> str | None:
    """Make the folder and the file, for their owner only; return why that is impossible, or None."""
    folder = path.parent
    try:
        if folder.name == DEFAULT.parent.name and not folder.exists():
            folder.mkdir(mode=0o700, parents=True)
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        elif not folder.exists():
            folder.mkdir(parents=True)
        # SQLite gives its log files the mode of the file itself.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if not os.access(folder, os.W_OK):  # the log lies beside the file
            return "its folder is read-only"
    except OSError as error:
        return os.strerror(error.errno) if error.errno else type(error).__name__
    return None


def _damaged(path: Path) -> bool:
    """Tell whether SQLite finds its own file unsound."""
    with contextlib.closing(sqlite3.connect(path, timeout=60)) as connection:
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if path.stat().st_size <= _SMALL:
                return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok")
        except sqlite3.DatabaseError as error:
            if damaged(error):
                return True
            raise
    return False


def _set_aside(path: Path) -> Path:
    """Rename a file and its logs to a name that nothing has."""
    mark = f"damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
    for ending in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(path.with_name(f"{path.name}.{mark}{ending}"))
    return path.rename(path.with_name(f"{path.name}.{mark}"))
