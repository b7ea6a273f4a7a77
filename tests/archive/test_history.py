"""History, changes, spending, quotes and windows, in both databases."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makers import GONE, Clock, Found, answer, bookings, look_up, profile, rows_of, served, terms_of, user

from smapy_nb.archive import appending, growth, schema
from smapy_nb.archive.archive import Archive
from smapy_nb.archive.budget import Budget, budget_of
from smapy_nb.archive.prices import dollars, price
from smapy_nb.archive.readings import SLOW
from smapy_nb.errors import InvalidInput
from smapy_nb.profiles import Profile

SUSPENDED = ("suspended", "X has suspended this account.")


class HistoryContract:
    def days(self, archive: Archive, clock: Clock, key: str, *found: Found) -> None:
        for one in found:
            look_up(archive, [key], terms_of(clock, max_age=timedelta(0)), lambda _, one=one: one)  # type: ignore[misc]
            clock.forward(days=1)

    def test_no_instant_is_lost_and_what_stays_the_same_is_stored_once(self, archive: Archive) -> None:
        clock = Clock()
        self.days(archive, clock, "u1", *[profile(1)] * 5, profile(1, followers=11), profile(1, description="new"))
        self.days(archive, clock, "u2", profile(2))
        table = archive.history("tw", {"One": "u1", "Two": "#2", "never": "u9"})
        assert table["account"].tolist() == ["One"] * 7 + ["Two"]
        assert table["followers"].tolist() == [10, 10, 10, 10, 10, 11, 10, 20]
        assert table["read_at"].iloc[1] == pd.Timestamp("2026-03-02 12:00", tz="UTC")
        assert {name: str(kind) for name, kind in table.dtypes.items()} == {
            "account": "string",
            "read_at": "datetime64[us, UTC]",
            "outcome": "string",
            **dict.fromkeys(schema.COUNTS, "Int64"),
        }
        assert rows_of(archive, schema.versions) == 3
        assert archive.history("tw", {"x": "nobody"}).empty

    def test_what_changed_is_told_with_before_and_after(self, archive: Archive) -> None:
        clock = Clock()
        self.days(
            archive, clock, "#1",
            profile(1, verified=False), SUSPENDED, profile(1, handle="New", name="Neu", verified=True, followers=7),
        )  # fmt: skip
        self.days(archive, clock, "#2", profile(2), profile(2, description="bio", protected=True))
        found = archive.changes("tw", {"a": "#1", "b": "#2"}, since=datetime(2026, 3, 1, 13, tzinfo=UTC))
        told = [tuple(row) for row in found[["account", "what", "before", "after"]].itertuples(index=False)]
        assert told == [
            ("a", "gone", "ok", "suspended"),
            ("a", "back", "suspended", "ok"),
            ("a", "followers", 10, 7),
            ("a", "handle", "U1", "New"),
            ("a", "name", "User 1", "Neu"),
            ("a", "verified", False, True),
            ("b", "bio", None, "bio"),
            ("b", "protected", None, True),
        ]
        assert found["difference"].dropna().tolist() == [-3]
        latest = archive.changes("tw", {"a": "#1", "b": "#2"})
        assert set(latest["what"]) == {"back", "bio", "protected"}
        assert archive.changes("tw", {"c": "u9"}).empty

    def test_the_last_followers_are_found_whatever_came_after_them(self, archive: Archive) -> None:
        clock = Clock()
        self.days(archive, clock, "#1", profile(1), profile(1, followers=11), profile(1, followers=12), SUSPENDED)
        self.days(archive, clock, "u2", profile(2, followers=None), GONE)
        names = {"One": "#1", "one, by handle": "u1", "Two": "u2", "never": "u9"}
        third = datetime(2026, 3, 3, 12, tzinfo=UTC)
        assert archive.last_followers("tw", names) == {"One": 12, "one, by handle": 12}
        assert archive.last_followers("tw", names, before=third) == {"One": 11, "one, by handle": 11}
        assert archive.last_followers("tw", names, simulated=True) == {}
        line = [(third - timedelta(days=1), 11), (third, 12)]
        assert archive.recent_followers("tw", names, most=2) == {"One": line, "one, by handle": line, "Two": []}
        early = archive.recent_followers("tw", {"One": "#1"}, third - timedelta(days=1))
        assert [count for _, count in early["One"]] == [10, 11]

    def test_a_handle_asked_for_in_vain_keeps_its_story_when_its_owner_turns_up(self, archive: Archive) -> None:
        clock = Clock()
        self.days(archive, clock, "early", GONE, profile(5, handle="Early"))
        self.days(archive, clock, "later", GONE)
        self.days(archive, clock, "#5", profile(5, handle="Later"))
        assert archive.history("tw", {"x": "#5"})["outcome"].tolist() == ["not_found", "ok", "not_found", "ok"]
        assert rows_of(archive, schema.accounts) == 1

    def test_a_handle_that_changes_hands_leads_to_its_new_owner(self, archive: Archive) -> None:
        clock = Clock()
        self.days(archive, clock, "sold", profile(1, handle="sold"), profile(2, handle="Sold"))
        assert archive.history("tw", {"x": "sold"})["followers"].tolist() == [20]
        assert archive.history("tw", {"x": "#1"})["followers"].tolist() == [10]

    def test_spending_is_told_by_day_app_person_and_kind_of_money(self, archive: Archive) -> None:
        clock = Clock()
        look_up(archive, ["u1", "u2", "u3"], terms_of(clock))
        look_up(archive, ["u4"], terms_of(clock, person="bob"))
        look_up(archive, ["u1"], terms_of(clock, simulated=True))
        clock.forward(days=1)
        look_up(archive, ["u1"], terms_of(clock, app="other"))
        table = archive.spending()
        assert table.values.tolist() == [
            [pd.Timestamp("2026-03-01"), "app", "ada", False, 3, 0.03],
            [pd.Timestamp("2026-03-01"), "app", "ada", True, 1, 0.01],
            [pd.Timestamp("2026-03-01"), "app", "bob", False, 1, 0.01],
            [pd.Timestamp("2026-03-02"), "other", "ada", False, 1, 0.01],
        ]
        assert archive.spending(app="other")["usd"].tolist() == [0.01]

    def test_a_quote_is_what_is_booked_then(self, archive: Archive) -> None:
        clock = Clock()
        budget = Budget(usd=1)
        look_up(archive, ["u1", "u2", "u3"], terms_of(clock, budget=budget))
        clock.forward(minutes=30)
        look_up(archive, ["u4"], terms_of(clock, budget=budget))
        clock.forward(minutes=45)  # u1 to u3 are too old by now, and paid
        asked = ["u1", "#2", "u3", "u4", "u5", "u6", "#7"]
        before = archive.quote("tw", asked, terms_of(clock, budget=budget), batch=2)
        assert (before.asked, before.from_archive, before.paid_today, before.to_pay) == (7, 1, 3, 3)
        assert (before.usd, before.requests, before.budget_left) == (Decimal("0.03"), 3, Decimal("0.96"))
        assert str(before) == (
            "7 accounts: 1 from the archive, 3 paid for today, free until 00:00 UTC, 3 to pay: 0.03 USD; "
            "0.96 USD of the budget are left."
        )
        booked = len(bookings(archive))
        sent = look_up(archive, asked, terms_of(clock, budget=budget))
        assert len(bookings(archive)) - booked == before.to_pay
        assert len(sent) == before.paid_today + before.to_pay
        assert archive.quote("tw", asked, terms_of(clock)).usd == 0

    def test_a_quote_knows_two_keys_of_one_account(self, archive: Archive) -> None:
        clock = Clock()
        look_up(archive, ["u1"], terms_of(clock))
        clock.forward(days=1)
        quote = archive.quote("tw", ["u1", "#1"], terms_of(clock, simulated=False))
        assert (quote.asked, quote.to_pay, quote.requests) == (1, 1, 2)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def test_whatever_an_answer_holds_comes_back_as_it_was(self, archive: Archive, data: st.DataObject) -> None:
        text = st.none() | st.text(min_size=1)
        number = st.none() | st.integers(0, 2**63 - 1)
        times = st.none() | st.datetimes(timezones=st.just(UTC))
        json = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda part: st.lists(part))
        kinds = {
            **dict.fromkeys(SLOW, text),
            **dict.fromkeys(schema.COUNTS, number),
            "id": st.integers(1, 2**63 - 1),
            "created_at": times,
            "pinned_post_id": number,
            "handle": st.text(min_size=1),
            "name": st.text(),
            "link": st.text(),
            **dict.fromkeys(("verified", "protected"), st.none() | st.booleans()),
            "other": st.dictionaries(st.text(), json, max_size=3),
        }
        one = Profile(**{field.name: data.draw(kinds[field.name]) for field in fields(Profile)})
        clock = Clock()
        clock.now = datetime.now(UTC)  # newer than what the example before left
        key = f"#{one.id}"
        look_up(archive, [key], terms_of(clock, max_age=timedelta(0)), lambda _: one)
        with archive.open_run("tw", [key], terms_of(clock)) as run:
            assert run.take() == []
            assert served(run)[key] == one

    def test_a_large_answer_is_kept_whole_whatever_of_it_is_known(self, archive: Archive) -> None:
        clock = Clock()
        space = archive._space("tw", False)

        def keep(count: int, **fields: object) -> None:
            one = answer({f"u{n}": profile(n, **fields) for n in range(1, count + 1)}, clock.now)
            archive._store.write(lambda conn: appending.append(archive._store, conn, space, one))

        keep(1200)
        keep(2500)  # at the same instant, so what was read already stays as it is
        assert (rows_of(archive, schema.readings), rows_of(archive, schema.versions)) == (2500, 2500)
        clock.forward(days=1)
        keep(2500, name="Everyone")
        clock.forward(days=1)
        keep(2500, name="Everyone")
        assert (rows_of(archive, schema.readings), rows_of(archive, schema.versions)) == (7500, 5000)
        assert archive.history("tw", {"x": "u1999", "y": "#2500"})["followers"].tolist() == [19990] * 3 + [25000] * 3
        assert set(archive.changes("tw", {"x": "u1200"}, datetime(2026, 3, 1, 13, tzinfo=UTC))["what"]) == {"name"}


class TestSqlite(HistoryContract):
    @pytest.fixture
    def url(self, sqlite_url: str) -> str:
        return sqlite_url


class TestPostgres(HistoryContract):
    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        return postgres_url


@given(st.dictionaries(st.sampled_from(SLOW), st.none() | st.booleans() | st.integers(0, 2**63 - 1) | st.text()))
def test_a_body_is_written_the_same_with_orjson_and_without(body: dict[str, object]) -> None:
    quick = appending._json(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(appending, "_quick", None)
        assert appending._json(body) == quick


def test_every_field_of_a_profile_is_kept() -> None:
    assert {*SLOW, *schema.COUNTS, "id"} == {field.name for field in fields(Profile)}


def test_growth_is_drawn_from_the_historys_own_numbers() -> None:
    with Archive("sqlite://") as archive:
        clock = Clock()
        for day in range(3):
            found = {"u1": profile(1, followers=100 + day), "u2": profile(2, followers=50), "u3": GONE}
            look_up(archive, found, terms_of(clock, max_age=timedelta(0)), found.__getitem__)
            clock.forward(days=1)
        table = archive.history("tw", {"$one$": "u1", "two": "u2", "gone": "u3"})
    axes = growth.plot(table)
    assert [line.get_ydata().tolist() for line in axes.lines] == [[100, 101, 102], [50, 50, 50]]  # type: ignore[union-attr]
    axes.figure.canvas.draw()  # type: ignore[attr-defined]  # a name with dollar signs is no formula
    assert [line.get_ydata().tolist() for line in growth.plot(table, indexed=True, top=1).lines] == [[100, 101, 102]]  # type: ignore[union-attr]
    with pytest.raises(InvalidInput, match="no count 'outcome'"):
        growth.plot(table, "outcome")


def test_prices_come_from_the_dated_file_or_from_the_user() -> None:
    listed = price("tw")
    assert (listed.usd, listed.micro) == (Decimal("0.01"), 10_000)
    assert listed.as_of is not None
    assert date(2026, 8, 1) <= listed.as_of
    assert listed.source.startswith("https://")
    assert price("tw", 0.1).micro == 100_000
    assert price("md").micro == 0
    for odd in ("a lot", -1, True, float("nan"), [1]):
        with pytest.raises(InvalidInput, match="must be an amount in US dollars"):
            price("tw", odd)
    assert [str(dollars(micro)) for micro in (0, 10_000, 1_000_000, 1_500, 10**12)] == [
        *("0.00", "0.01", "1.00", "0.0015", "1000000.00")
    ]


def test_what_is_no_budget_is_refused() -> None:
    assert budget_of(2.5) == Budget(usd=2.5)
    assert budget_of(False) is None
    for odd in (True, None, [], "much"):
        with pytest.raises(InvalidInput):
            budget_of(odd)
    with pytest.raises(InvalidInput, match="'day', 'month', 'total'"):
        Budget(1, per="week")  # type: ignore[arg-type]
    assert user("u3").followers == 30
