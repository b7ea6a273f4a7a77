"""Forgetting: every trace of an account removed, from the archive and from what was exported from it."""

from __future__ import annotations

import secrets
from pathlib import Path

import sqlalchemy as sa

from smapy_nb.archive.export import ROWS, pyarrow, replace
from smapy_nb.archive.schema import accounts, bookings, claims, exports, keys, readings, spaces, versions
from smapy_nb.archive.store import Store
from smapy_nb.errors import ArchiveError


def forget(store: Store, network: str, key: str) -> int:
    """Remove all that is known of an account, real or simulated; return how many readings there were.

    What it cost stays in the ledger, under a name that leads to nobody.

    Raises:
        ArchiveError: an export can't be changed; then the account is not forgotten yet.
    """
    found = sa.select(accounts.c.account, accounts.c.id).join(keys, keys.c.account == accounts.c.account)
    found = found.join(spaces, spaces.c.space == keys.c.space).where(spaces.c.network == network, keys.c.key == key)
    known = store.read(lambda conn: conn.execute(found).all())
    # First, because the archive is what knows the id: when this fails, it can be tried again.
    _from_exports(store, {number for _, number in known if number is not None})

    def work(conn: sa.Connection) -> int:
        theirs = [number for number, _ in conn.execute(found)]
        names = {key, *conn.scalars(sa.select(keys.c.key).where(store.among(keys.c.account, theirs)))}
        own = conn.scalars(sa.select(spaces.c.space).where(spaces.c.network == network)).all()
        count = 0
        for table in (readings, versions, accounts, keys):
            gone = conn.execute(sa.delete(table).where(store.among(table.c.account, theirs)))
            count += gone.rowcount if table is readings else 0
        conn.execute(sa.delete(claims).where(claims.c.space.in_(own), store.among(claims.c.key, names)))
        for name in sorted(names):
            charge = sa.and_(bookings.c.space.in_(own), bookings.c.key == name)
            nobody = f"forgotten {secrets.token_hex(8)}"
            conn.execute(sa.update(bookings).where(charge).values(key=nobody))
        return count

    count = store.write(work)
    store.scrub()
    return count


def _from_exports(store: Store, gone: set[str]) -> None:
    """Take accounts out of all exports that are still where they were written.

    Raises:
        ArchiveError: an export is there and can't be changed; the sentence names it.
    """
    for path, kind in store.read(lambda conn: conn.execute(sa.select(exports.c.path, exports.c.kind)).all()):
        place = Path(path)
        if not place.exists():
            continue
        try:
            if kind == "ids":
                _without_lines(place, gone)
            else:
                _without_rows(place, gone)
        except OSError:
            raise ArchiveError(
                f"The account is not forgotten: {place} can't be written, and it is in there. Delete that file, or "
                "make it writable, and forget the account again."
            ) from None


def _without_lines(path: Path, gone: set[str]) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.strip() not in gone]
    if len(kept) < len(lines):
        replace(path, "".join(f"{line}\n" for line in kept))


def _without_rows(folder: Path, gone: set[str]) -> None:
    pa, writer = pyarrow()
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    numbers = pa.array([int(one) for one in gone], pa.int64())
    for file in sorted(folder.glob("network=*/month=*/*.parquet")):
        table = pq.ParquetFile(file).read()
        theirs = pc.fill_null(pc.is_in(table["id"], numbers), False)
        if not pc.any(theirs).as_py():
            continue
        temporary = file.with_name(f".{secrets.token_hex(4)}")
        with writer(temporary, table.schema, compression="zstd") as out:
            out.write_table(table.filter(pc.invert(theirs)), row_group_size=ROWS)
        temporary.replace(file)
