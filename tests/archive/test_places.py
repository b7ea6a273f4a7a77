"""Where an archive is, and what happens to files that are damaged, too new, too old or out of reach."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from makers import Clock, look_up, rows_of, terms_of

from smapy_nb.archive import schema
from smapy_nb.archive.archive import Archive
from smapy_nb.archive.migrations import VERSION
from smapy_nb.errors import ArchiveError, ArchiveTooNew, ArchiveUnreachable, ArchiveWarning, InvalidInput

V1 = Path(__file__).with_name("v1.sql")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SMAPY_NB_ARCHIVE")


def test_the_usual_place_is_the_notebooks_folder_for_its_owner_only(tmp_path: Path) -> None:
    with Archive() as archive:
        folder = tmp_path / ".smapy_nb"
        assert archive.place == str(folder / "archive.sqlite")
        assert (folder / ".gitignore").read_text() == "*\n"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        look_up(archive, ["u1"], terms_of(Clock()))
        assert {stat.S_IMODE(one.stat().st_mode) for one in folder.glob("archive*")} == {0o600}
        assert archive._store.read(lambda conn: conn.exec_driver_sql("PRAGMA journal_mode").scalar()) == "wal"


def test_a_folder_that_another_room_made_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ".smapy_nb").mkdir()
    Archive().close()
    assert (tmp_path / ".smapy_nb" / "archive.sqlite").exists()


def test_the_environment_sets_it_for_everyone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMAPY_NB_ARCHIVE", str(tmp_path / "elsewhere" / "a.sqlite"))
    assert Archive.of(None).place == str(tmp_path / "elsewhere" / "a.sqlite")
    assert Archive.of(None) is Archive.of(f"sqlite:///{tmp_path}/elsewhere/a.sqlite")


@pytest.mark.parametrize("odd", ["mysql://root:hunter2@db/x", "http://a/b", "postgresql://[:hunter2", 7, b"x"])
def test_what_is_no_address_is_refused_and_its_password_not_repeated(odd: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        Archive(odd)
    assert "hunter2" not in str(caught.value)


def test_without_an_archive_money_is_still_counted_in_memory() -> None:
    off = Archive.of(False)
    assert (off.place, off) == ("nowhere", Archive.of(False))
    terms = terms_of(Clock(), app="of this test only")
    look_up(off, ["u1"], terms)
    assert look_up(off, ["u1"], terms) == ["u1"]
    assert list(off.spending(app=terms.app)["profiles"]) == [1]


def test_the_same_app_has_another_name_in_another_archive() -> None:
    with Archive("sqlite://") as one, Archive("sqlite://") as other:
        key = "consumer-key-of-25-letters"
        assert one.fingerprint(key) == one.fingerprint(key) != other.fingerprint(key)
        assert key[:6] not in one.fingerprint(key)


@pytest.mark.parametrize("damage", ["not a database", "cut", "flipped"])
def test_a_damaged_file_is_set_aside_whole(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "archive.sqlite"
    with Archive(path) as archive:
        look_up(archive, [f"u{n}" for n in range(300)], terms_of(Clock()))
    content = bytearray(path.read_bytes())
    if damage == "not a database":
        content[:] = b"my thesis, second chapter\n" * 50
    elif damage == "cut":
        del content[len(content) // 2 :]
    else:
        content[4096 * 3 : 4096 * 5] = os.urandom(4096 * 2)
    path.write_bytes(content)
    with pytest.warns(ArchiveWarning, match=r"set aside as archive\.sqlite\.damaged-"), Archive(path) as archive:
        assert look_up(archive, ["u1"], terms_of(Clock())) == ["u1"]
    (aside,) = tmp_path.glob("archive.sqlite.damaged-*")
    assert aside.read_bytes() == bytes(content)


def test_a_full_disk_is_said_and_leaves_the_archive_as_it_was(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive.sqlite") as archive:
        look_up(archive, ["u1"], terms_of(Clock()))
        here = archive._store.read(lambda conn: conn.exec_driver_sql("PRAGMA page_count").scalar())
        archive._store.read(lambda conn: conn.exec_driver_sql(f"PRAGMA max_page_count = {here}").scalar())
        with pytest.raises(ArchiveError, match=r"archive\.sqlite can't be used: database or disk is full"):
            look_up(archive, [f"u{n}" for n in range(5000)], terms_of(Clock()))
        archive._store.read(lambda conn: conn.exec_driver_sql("PRAGMA max_page_count = 1000000").scalar())
        assert rows_of(archive, schema.readings) == 1
        assert len(look_up(archive, [f"u{n}" for n in range(5000)], terms_of(Clock()))) == 4999


def test_an_archive_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "archive.sqlite"
    with Archive(path) as archive:
        newer = sa.update(schema.meta).where(schema.meta.c.name == "version").values(value=str(VERSION + 1))
        archive._store.write(lambda conn: conn.execute(newer))
    before = path.read_bytes()
    with pytest.raises(ArchiveTooNew, match=r"newer smapy_nb.*pip install -U"):
        Archive(path)
    assert path.read_bytes() == before


class MigrationContract:
    def test_an_archive_of_the_first_version_is_brought_forward_without_losing_a_row(self, url: str) -> None:
        engine = sa.create_engine(url)
        with engine.begin() as conn:
            for statement in V1.read_text(encoding="utf-8").split(";\n"):
                portable = statement if "sqlite" in url else statement.replace("WITHOUT ROWID", "")
                if portable.strip():
                    conn.exec_driver_sql(portable.replace("%", "%%") if "sqlite" not in url else portable)
        engine.dispose()
        with Archive(url) as archive:
            count = {t.name: sa.select(sa.func.count()).select_from(t) for t in schema.metadata.sorted_tables}
            rows = archive._store.read(lambda conn: {name: conn.scalar(query) for name, query in count.items()})
            assert rows == {
                "accounts": 4,
                "bookings": 3,
                "claims": 0,
                "exports": 0,
                "keys": 6,
                "meta": 2,
                "readings": 6,
                "runs": 0,
                "spaces": 2,
                "versions": 5,
                "windows": 0,
            }
            grown = archive.history("tw", {"RIA": "ria_novosti", "nobody": "nobody"})
            assert grown["followers"].dropna().tolist() == [27772, 27773]
            assert grown["outcome"].tolist() == ["ok", "ok", "not_found", "not_found"]
            assert archive.changes("tw", {"RIA": "ria_novosti"})["what"].tolist() == ["followers", "name"]
            assert archive.spending()["usd"].tolist() == [0.01, 0.01, 0.01]
            assert archive.window("tw", terms_of(Clock()), "users").left() is None


class TestSqlite(MigrationContract):
    @pytest.fixture
    def url(self, sqlite_url: str) -> str:
        return sqlite_url


class TestPostgres(MigrationContract):
    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        return postgres_url


def test_a_server_that_is_not_there_is_said_in_a_sentence_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("smapy_nb.archive.store.PATIENCE", 0.0)
    with pytest.raises(ArchiveUnreachable, match=r"ada:\*\*\*@127\.0\.0\.1:1/x gives no answer") as caught:
        Archive("postgresql://ada:hunter2@127.0.0.1:1/x")
    assert "hunter2" not in f"{caught.value!r}{caught.value.__cause__!r}"


READ_ONLY = """
import warnings, sys
from smapy_nb.archive.archive import Archive
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    archive = Archive.of(None)
print(archive.place, "|", said[0].category.__name__, "|", said[0].message)
"""


@pytest.fixture
def read_only_folder() -> Iterator[Path]:
    # Not pytest's own: it keeps those from the ordinary user that root has to become here.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        yield Path(folder)


def test_in_a_read_only_folder_memory_is_used_and_said(read_only_folder: Path) -> None:
    as_user = ["setpriv", "--reuid=nobody", "--clear-groups"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*as_user, sys.executable, "-c", READ_ONLY], cwd=read_only_folder, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("in memory | ArchiveWarning | The archive "), done.stderr
    assert "in memory only, until this kernel ends" in done.stdout
