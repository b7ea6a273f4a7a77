"""Store: an open database, SQLite or PostgreSQL, with the few things that differ between them.

One writer at a time, in both: SQLite by BEGIN IMMEDIATE, PostgreSQL by an advisory lock. So what is decided in
one transaction (who asks for which account, may it be paid) holds, and two can't lock each other out.
"""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, StaticPool

from smapy_nb.errors import ArchiveDamaged, ArchiveError, ArchiveUnreachable

T = TypeVar("T")

PATIENCE = 180.0  # seconds for which a busy database is asked again: a class of 200 is slow to get in on two cores
MANY = 1000  # rows, from which on PostgreSQL takes them by COPY
_LOCK = 0x736D6170  # "smap": the advisory lock of PostgreSQL's writers
# Errors of PostgreSQL that pass: too many connections, starting up, deadlock, serialization.
TAKEN = "23505"  # PostgreSQL's word for a key that is there already
_PASSING = {"53300", "57P03", "40P01", "40001"}
_FULL = ("too many clients", "remaining connection slots", "starting up", "not yet accepting")


class Store:
    """A database that is open.

    Args:
        url: of SQLAlchemy; its password is never shown.
    """

    def __init__(self, url: sa.URL) -> None:
        self.url = url
        self.postgres = url.get_backend_name() == "postgresql"
        self.in_memory = not self.postgres and url.database in (None, "", ":memory:")
        # A class of 200 kernels would hold more connections than a server has, so none is kept open there.
        # SQLite's are kept: closing the last one writes the whole log back into the file.
        pool: dict[str, Any] = {"poolclass": NullPool} if self.postgres else {}
        if self.in_memory:
            pool = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
        self.engine = sa.create_engine(url, hide_parameters=True, **pool)
        self._inserts: dict[tuple[str, str], str] = {}
        self._driver = self.engine.dialect.loaded_dbapi
        # In memory there is one connection for all threads; with a file, waiting here is cheaper than there.
        self._turn = contextlib.nullcontext() if self.postgres else threading.RLock()
        if not self.postgres:
            sa.event.listen(self.engine, "connect", _prepare)
            sa.event.listen(self.engine, "begin", _begin)

    def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` makes of one consistent view of the database. It may be called more than once."""
        with self._turn if self.in_memory else contextlib.nullcontext():
            return self._patiently(work, writes=False)

    def write(self, work: Callable[[sa.Connection], T], *, alone: bool = True) -> T:
        """Call `work` in a transaction of which there is one at a time; all of it is kept, or nothing.

        It may be called more than once, each time on a clean slate. What touches nothing but a row of its own
        need not wait for the others, where the database allows that: `alone=False`.
        """
        with self._turn:
            return self._patiently(work, writes=True, alone=alone)

    def _patiently(self, work: Callable[[sa.Connection], T], writes: bool, alone: bool = True) -> T:
        end, pause = time.monotonic() + PATIENCE, 0.2
        while True:
            try:
                with self.engine.connect().execution_options(smapy_nb_writes=writes) as conn, conn.begin():
                    if writes and alone and self.postgres:
                        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
                    return work(conn)
            except (DBAPIError, self._driver.Error) as error:
                cause = getattr(error, "orig", None) or error  # rows in bulk go past SQLAlchemy
                if not _passes(cause) or time.monotonic() > end:
                    raise self._translated(cause) from None  # SQLAlchemy's text may hold the server's address
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  # not for secrecy
            pause = min(pause * 2, 1.0)

    def _translated(self, error: BaseException) -> ArchiveError:
        if isinstance(error, sqlite3.DatabaseError):
            if damaged(error):
                return ArchiveDamaged(
                    f"The archive {self.shown} is damaged. Move it away and start a new one, or bring back a copy."
                )
            return ArchiveError(f"The archive {self.shown} can't be used: {error}.")
        if isinstance(error, self._driver.OperationalError):
            return ArchiveUnreachable(
                f"The archive {self.shown} gives no answer or does not let us in; check its address, user and "
                "password, or work without it: archive=False."
            )
        return ArchiveError(f"The archive {self.shown} refused: {type(error).__name__}.")

    @property
    def shown(self) -> str:
        """The database's address without its password."""
        if self.in_memory:
            return "in memory"
        return self.url.render_as_string(hide_password=True) if self.postgres else str(self.url.database)

    def clock(self) -> Any:
        """Return SQL for now, in microseconds: the server's clock, where kernels on several machines meet."""
        if self.postgres:
            return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()) * 1_000_000, sa.BigInteger)
        return sa.literal(time.time_ns() // 1000, sa.BigInteger)

    def among(self, column: Any, values: Iterable[str | int]) -> Any:
        """Return the condition that `column` is one of `values`, however many: they travel as one parameter."""
        listed = sa.literal(json.dumps(list(values)), sa.Text)
        if self.postgres:
            element = sa.func.json_array_elements_text(sa.cast(listed, sa.JSON)).column_valued("v")
            return column.in_(sa.select(sa.cast(element, column.type)))
        each = sa.func.json_each(listed).table_valued("value")
        return column.in_(sa.select(each.c.value))

    def listed(self, values: Sequence[str]) -> Any:
        """Return a table of texts, ``place`` and ``value``, however many: they travel as one parameter."""
        if not self.postgres:
            each = sa.func.json_each(sa.literal(json.dumps(values), sa.Text)).table_valued("key", "value")
            return sa.select(each.c.key.label("place"), each.c.value).subquery()
        text = "\n".join(values)
        if text and text.count("\n") == len(values) - 1:  # half as long as to read JSON
            elements = sa.func.unnest(sa.func.string_to_array(sa.literal(text, sa.Text), "\n"))
        else:
            elements = sa.func.json_array_elements_text(sa.cast(sa.literal(json.dumps(values), sa.Text), sa.JSON))
        each = elements.table_valued("value", with_ordinality="nth").render_derived()
        return sa.select((each.c.nth - 1).label("place"), each.c.value).subquery()

    def insert(self, conn: sa.Connection, table: sa.Table, rows: Iterable[Sequence[Any]], verb: str = "") -> None:
        """Insert rows of all columns, in the table's order, in one go; those whose key is there stay as they are.

        Args:
            conn: of a `write`.
            table: one of the schema's.
            rows: tuples.
            verb: ``'update'`` to replace a row whose key is there.
        """
        if not self.postgres:  # its driver takes rows as they are made
            cursor: Any = conn.connection.cursor()
            cursor.executemany(self._plain(table, verb), rows)
        elif (rows := list(rows)) and not (len(rows) > MANY and _copied(conn, table, rows)):
            # One array a column, so that the rows of an answer are one round trip.
            arrays = [
                sa.literal(list(values), postgresql.ARRAY(column.type))
                for column, values in zip(table.columns, zip(*rows, strict=True), strict=True)
            ]
            names = [column.name for column in table.columns]
            unnested = sa.func.unnest(*arrays).table_valued(*names).render_derived()
            inserts = postgresql.insert(table).from_select(names, sa.select(*unnested.columns))
            conn.execute(_settling(inserts, table, verb))

    def _plain(self, table: sa.Table, verb: str) -> str:
        if (table.name, verb) not in self._inserts:
            statement = _settling(sqlite.insert(table), table, verb)
            self._inserts[table.name, verb] = str(statement.compile(self.engine))
        return self._inserts[table.name, verb]

    @contextlib.contextmanager
    def meanwhile(self, ask: Callable[[], T], rows: int) -> Iterator[Callable[[], T]]:
        """Ask a server for many rows while this process does something else; yield what returns them afterwards.

        The connection that `ask` uses must not be used meanwhile. SQLite works in this process: it is asked then.
        """
        if self.postgres and rows > MANY:
            with ThreadPoolExecutor(1, "smapy_nb archive") as helper:
                yield helper.submit(ask).result
        else:
            yield ask

    def scrub(self) -> None:
        """See to it that deleted rows are not only unlisted but gone from the database's files."""
        if self.postgres:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                conn.exec_driver_sql("VACUUM")
        elif not self.in_memory:  # deleted rows are overwritten, see _prepare; what the log holds of them goes too
            with contextlib.closing(self.engine.raw_connection()) as raw:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()


def _settling(inserts: Any, table: sa.Table, verb: str) -> Any:
    """Return the statement with what it does about rows whose key is there already."""
    key = [column.name for column in table.primary_key]
    if verb != "update":
        return inserts.on_conflict_do_nothing(index_elements=key)
    sets = {column.name: inserts.excluded[column.name] for column in table.columns if column.name not in key}
    return inserts.on_conflict_do_update(index_elements=key, set_=sets)


def _copied(conn: sa.Connection, table: sa.Table, rows: Sequence[Sequence[Any]]) -> bool:
    """Insert rows by COPY, by which PostgreSQL takes many of them best; False where a key is there already."""
    cursor: Any = conn.connection.cursor()
    hope = conn.begin_nested()
    try:
        with cursor, cursor.copy(f"COPY {table.name} FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types([str(column.type.compile(conn.dialect)).lower() for column in table.columns])
            for row in rows:
                copy.write_row(row)
    except Exception as error:
        if getattr(error, "sqlstate", None) != TAKEN:
            raise
        hope.rollback()
        return False
    hope.commit()
    return True


def damaged(error: BaseException | None) -> bool:
    """Tell whether SQLite says that its file is not a database, or no longer a sound one."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def stream(conn: sa.Connection, query: Any, size: int = 50_000) -> Iterator[list[Any]]:
    """Yield the rows of `query` as column tuples, `size` rows at a time, so that they are never all in memory."""
    result = conn.execution_options(yield_per=size).execute(query)
    for rows in result.partitions():
        yield list(zip(*rows, strict=True))


def _passes(error: BaseException) -> bool:
    state, text = getattr(error, "sqlstate", None), str(error)
    return state in _PASSING or any(words in text for words in _FULL) or "database is locked" in text


def _prepare(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    kept = ("synchronous = NORMAL", "secure_delete = ON", "cache_size = -16000")  # KiB
    for pragma in ("busy_timeout = 60000", "journal_mode = WAL", *kept):
        # Read-only folders and some file systems know no write-ahead log; it works without, only slower.
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute(f"PRAGMA {pragma}")


def _begin(conn: sa.Connection) -> None:
    writes = conn.get_execution_options().get("smapy_nb_writes")
    conn.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
