"""The archive's tables.

::

    spaces     (network, simulated): real and simulated readings and money never share one
    keys       a lower-cased handle, or "#" and an id  →  the account that last answered to it
    accounts   one for each id; its newest version
    versions   what changes seldom (handle, name, bio, outcome, …): one row for each change of an account
    readings   each instant of reading: the counts, and which version was in force
    bookings   each charge: who, on which UTC day, for which account
    claims     accounts that a running look-up is asking for now, and the money it reserves for them
    runs       the look-ups that are running, and when each was last known to be alive
    windows    (since version 2) what is left of each app's rate-limit windows, for all who use the app
    exports    (since version 2) where data was exported to, so that forgetting reaches it

A reading of a slow-changing account is so one narrow row: what did not change is stored once, no instant is lost.
Times are microseconds since 1970 (UTC), days are ISO text, money is micro-dollars.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, Table, Text, UniqueConstraint

COUNTS = ("followers", "following", "posts", "listed", "likes", "media")

metadata = MetaData()

meta = Table("meta", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

spaces = Table(
    "spaces",
    metadata,
    Column("space", Integer, primary_key=True),
    Column("network", Text, nullable=False),
    Column("simulated", Boolean, nullable=False),
    UniqueConstraint("network", "simulated"),
)

keys = Table(
    "keys",
    metadata,
    Column("space", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("account", Integer, nullable=False),
    Index("keys_account", "account"),
    sqlite_with_rowid=False,
)

accounts = Table(
    "accounts",
    metadata,
    Column("account", Integer, primary_key=True, autoincrement=False),
    Column("space", Integer, nullable=False),
    Column("id", Text),  # None for a handle that nobody has answered to so far
    Column("version", Integer, nullable=False),
    Column("digest", BigInteger, nullable=False),  # of the newest version, to see whether the next one differs
)

versions = Table(
    "versions",
    metadata,
    Column("account", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("outcome", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON object
    sqlite_with_rowid=False,
)

readings = Table(
    "readings",
    metadata,
    # In this order, because one account's growth is what is asked for most: it lies side by side on disk.
    Column("account", Integer, primary_key=True, autoincrement=False),
    Column("read_at", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    *(Column(count, BigInteger) for count in COUNTS),
    sqlite_with_rowid=False,
)

bookings = Table(
    "bookings",
    metadata,
    Column("space", Integer, primary_key=True, autoincrement=False),
    Column("app", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("micro", BigInteger, nullable=False),
    Column("presumed", Boolean, nullable=False),  # no answer was seen; the charge may have happened
    sqlite_with_rowid=False,
)

claims = Table(
    "claims",
    metadata,
    Column("space", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("run", Text, nullable=False),
    Column("app", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("micro", BigInteger, nullable=False),
    Column("sent_at", BigInteger),  # written before the request leaves: from then on it may be charged
    Index("claims_run", "run"),
    sqlite_with_rowid=False,
)

runs = Table(
    "runs",
    metadata,
    Column("run", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)

windows = Table(
    "windows",
    metadata,
    Column("space", Integer, primary_key=True, autoincrement=False),
    Column("app", Text, primary_key=True),
    Column("pool", Text, primary_key=True),
    Column("size", Integer),  # requests in a window; None while the first answer is awaited
    Column("remaining", Integer, nullable=False),  # neither used nor in any kernel's hand
    Column("flying", Integer, nullable=False),  # in hand or under way
    Column("opens_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

exports = Table(
    "exports",
    metadata,
    Column("path", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # ids or parquet
    Column("made_at", BigInteger, nullable=False),
)
