"""Forgetting an account, and data sets that leave the archive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from makers import GONE, Clock, bookings, look_up, profile, terms_of, user

from smapy_nb.archive.archive import Archive
from smapy_nb.errors import ArchiveError, InvalidInput

pytest.importorskip("pyarrow")


def panel(archive: Archive, days: int = 33) -> Clock:
    """Read three accounts a day, over month ends; one is renamed, one goes missing, one is the sandbox's."""
    clock = Clock()
    for day in range(days):
        found = {
            "u1": profile(1, followers=100 + day, created_at=datetime(2013, 1, 2, tzinfo=UTC), other={"new": [day]}),
            "u2": profile(2, followers=50 + day, handle="U2" if day < 15 else "Renamed", description="секрет"),
            "u3": GONE if day == 20 else profile(3, followers=7),
        }
        if day >= 15:
            found["renamed"] = found.pop("u2")
        look_up(archive, found, terms_of(clock, max_age=timedelta(0)), found.__getitem__)
        look_up(archive, ["u9"], terms_of(clock, simulated=True, max_age=timedelta(0)))
        clock.forward(days=1)
    return clock


class ExportContract:
    def test_a_parquet_data_set_reads_as_it_is_and_holds_every_reading(self, archive: Archive, tmp_path: Path) -> None:
        panel(archive)
        folder = tmp_path / "data"
        assert archive.to_parquet(folder) == 132
        assert {file.parent.relative_to(folder).as_posix() for file in folder.rglob("*.parquet")} == {
            f"network={network}/month={month}" for network in ("tw", "tw-simulated") for month in ("2026-03", "2026-04")
        }
        table = pd.read_parquet(folder)
        real = table[table["network"] == "tw"]
        first = real[real["id"] == 1].sort_values("read_at")
        assert first["followers"].tolist() == [100 + day for day in range(33)]
        assert first["created_at"].iloc[0] == pd.Timestamp("2013-01-02", tz="UTC")
        assert first["other"].iloc[3] == '{"new": [3]}'
        assert set(real[real["id"] == 2]["handle"]) == {"U2", "Renamed"}
        assert real[real["id"] == 3]["outcome"].tolist().count("not_found") == 1
        assert len(table[table["network"] == "tw-simulated"]) == 33
        assert archive.to_parquet(folder) == 132  # its own folder is written anew
        assert len(pd.read_parquet(folder)) == 132

    def test_forgetting_leaves_no_trace(self, archive: Archive, tmp_path: Path) -> None:
        clock = panel(archive, 20)
        archive.to_parquet(tmp_path / "data")
        assert archive.export_ids(tmp_path / "ids.txt") == 4
        spent = archive.spending()["usd"].sum()
        assert archive.forget("@renamed") == 20
        assert archive.history("tw", {"a": "u2", "b": "renamed", "c": "#2"}).empty
        assert (tmp_path / "ids.txt").read_text().split() == ["1", "3", "9"]
        left = pd.read_parquet(tmp_path / "data")
        assert set(left["id"]) == {1, 3, 9}
        assert archive.spending()["usd"].sum() == spent
        assert not {"#2", "u2", "renamed"} & {row[1] for row in bookings(archive)}
        archive.close()
        for file in tmp_path.rglob("*"):
            content = file.read_bytes() if file.is_file() else b""
            assert b"Renamed" not in content
            assert "секрет".encode() not in content
        assert archive.forget("nobody_at_all") == 0
        assert look_up(archive, ["#2"], terms_of(clock)) == ["#2"]

    def test_an_export_that_can_not_be_changed_is_named(
        self, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        look_up(archive, ["u1", "u2"], terms_of(Clock()))
        archive.export_ids(tmp_path / "ids.txt")

        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "write_text", full)
        with pytest.raises(ArchiveError, match=r"not forgotten: .*ids\.txt can't be written"):
            archive.forget(1)
        monkeypatch.undo()
        archive.forget(1)
        assert (tmp_path / "ids.txt").read_text() == "2\n"

    def test_a_folder_with_other_things_in_it_is_left_alone(self, archive: Archive, tmp_path: Path) -> None:
        (tmp_path / "thesis.docx").touch()
        with pytest.raises(InvalidInput, match="holds files already"):
            archive.to_parquet(tmp_path)
        with pytest.raises(InvalidInput, match="A handle has only"):
            archive.forget("not a handle!")


class TestSqlite(ExportContract):
    @pytest.fixture
    def url(self, sqlite_url: str) -> str:
        return sqlite_url

    def test_dask_reads_it_on_two_workers_and_finds_the_same_growth(self, archive: Archive, tmp_path: Path) -> None:
        import dask.dataframe as dd
        import distributed

        panel(archive)
        archive.to_parquet(tmp_path / "data")
        with (
            distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1",
                local_directory=str(tmp_path / "dask"),
            ) as cluster,
            distributed.Client(cluster) as client,
        ):  # fmt: skip
            assert len(client.scheduler_info()["workers"]) == 2
            table = dd.read_parquet(str(tmp_path / "data"), columns=["id", "followers", "network"])
            ends = table[table["network"] == "tw"].groupby("id")["followers"].agg(["min", "max"]).compute()
        growth = (ends["max"] - ends["min"]).to_dict()
        ours = archive.history("tw", {"1": "#1", "2": "#2", "3": "#3"}).groupby("account")["followers"]
        assert growth == {int(name): int(change) for name, change in (ours.max() - ours.min()).items()}


class TestPostgres(ExportContract):
    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        return postgres_url


def test_ids_are_read_back_as_accounts(tmp_path: Path) -> None:
    from smapy_nb import TwitterConnector

    with Archive("sqlite://") as archive:
        look_up(archive, ["u5", "u44"], terms_of(Clock()), user)
        archive.export_ids(tmp_path / "ids.txt")
    assert list(TwitterConnector((tmp_path / "ids.txt").read_text()).accounts.values()) == [5, 44]
