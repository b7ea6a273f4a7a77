from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smapy_nb.sandbox import Sandbox
from smapy_nb.sandbox.people import table
from smapy_nb.sandbox.people.crowd import crowd
from smapy_nb.sandbox.people.growth import CURVES, followers
from smapy_nb.sandbox.people.network import Network, bundled
from smapy_nb.sandbox.people.person import Person, born, snowflake
from smapy_nb.sandbox.people.table import HANDLE, PeopleError, parse


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(bundled(1), 1)


def test_there_are_a_few_hundred_people_of_every_kind(network: Network) -> None:
    people = network.on(0).by_handle.values()
    assert len(people) >= 290
    assert {person.status for person in people} == {"active", "suspended", "deleted"}
    assert any(person.protected for person in people)
    assert {person.growth for person in people} == set(CURVES)
    assert {person.verified for person in people} == set(table.VERIFIED)
    assert any(len(person.description) == 160 for person in people)
    assert all(HANDLE.fullmatch(person.handle) and person.name for person in people)
    scripts = {chr(ord(person.name[0]) & ~0x7F) for person in people}
    assert len(scripts) > 10, "several alphabets"


def test_ids_agree_with_the_dates_and_are_apart(network: Network) -> None:
    ids = [person.id for person in network.people]
    assert len(set(ids)) == len(ids)
    for person in network.people:
        if person.handle != "ria_novosti":
            assert abs(born(person.id) - person.created) < timedelta(milliseconds=2), person.handle
            assert 0 < person.id < 1 << 63


@given(st.datetimes(datetime(2011, 1, 1), datetime(2050, 1, 1)), st.integers(0, (1 << 22) - 1))
def test_snowflakes_go_both_ways(moment: datetime, sequence: int) -> None:
    moment = moment.replace(tzinfo=UTC)
    assert abs(born(snowflake(moment, sequence)) - moment) <= timedelta(milliseconds=1)


def test_the_crowd_is_the_same_everywhere() -> None:
    assert [(one.handle, one.id, one.followers) for one in crowd(240, 1)[::80]] == PINNED
    assert crowd(3, 1) != crowd(3, 2)


@pytest.mark.parametrize("curve", CURVES)
@given(start=st.integers(0, 10**9), day=st.integers(0, 5000))
def test_followers_begin_as_written_and_never_go_below_zero(curve: str, start: int, day: int) -> None:
    person = Person(1, "a", "a", datetime(2020, 1, 1, tzinfo=UTC), followers=start, growth=curve)
    assert followers(person, 0, 7) == start
    assert followers(person, day, 7) >= 0
    assert followers(person, day, 7) == followers(person, day, 7)


def test_each_curve_looks_like_what_it_is_called() -> None:
    def over(curve: str, days: int) -> list[int]:
        person = Person(5, "a", "a", datetime(2020, 1, 1, tzinfo=UTC), followers=10_000, growth=curve)
        return [followers(person, day, 1) for day in range(days)]

    assert over("dormant", 30) == [10_000] * 30
    assert 10_000 < over("steady", 31)[-1] < 12_000
    assert all(later < earlier for earlier, later in pairwise(over("decline", 30)))
    viral = over("viral", 30)
    assert max(later / earlier for earlier, later in pairwise(viral)) > 1.3
    bought = over("bought", 40)
    steps = [later - earlier for earlier, later in pairwise(bought)]
    assert max(steps) >= 9_000, "all in one night"
    assert steps.count(0) > 3, "nothing moves before and after"
    assert min(steps) < 0, "purged later"


def test_what_is_on_the_calendar_happens(network: Network) -> None:
    def status(handle: str, day: int) -> str | None:
        person = network.on(day).by_handle.get(handle)
        return person.status if person else None

    assert [status("on_the_edge", day) for day in (1, 2, 5, 6)] == ["active", "suspended", "suspended", "active"]
    assert [status("last_post", day) for day in (4, 5)] == ["active", "deleted"]
    assert [status("rename_me", day) for day in (0, 1)] == ["active", None]
    assert [status("renamed_me", day) for day in (0, 1)] == [None, "active"]
    assert status("new_name", 0) is None, "renamed before the sandbox started"
    assert [status("lndigoPress".casefold(), day) for day in (2, 3, 11)] == [None, "active", "suspended"]
    assert network.on(0).by_handle["rename_me"].id == network.on(1).by_handle["renamed_me"].id
    assert not network.on(3).by_handle["going_quiet"].protected
    assert network.on(4).by_handle["going_quiet"].protected
    assert network.on(3).by_handle["blue_no_more"].verified == "none"
    assert network.on(1).by_handle["mood_swings"].description == "Today: gloomy."
    assert network.on(2).by_handle["mood_swings"].description == "Today: cheerful again."


def test_a_day_goes_by_on_the_clock() -> None:
    x = Sandbox(start=datetime(2026, 9, 1, 12, tzinfo=UTC))
    assert x.state.today.by_handle["ria_novosti"].followers == 27772
    x.clock.advance(hours=23)
    assert x.state.today.by_handle["ria_novosti"].followers == 27772
    x.clock.advance(hours=1)
    assert (x.clock.day, x.state.today.by_handle["ria_novosti"].followers != 27772) == (1, True)
    assert "renamed_me" in x.people
    assert "gone_bad" not in x.people
    assert x.people[0] == "ria_novosti"
    with pytest.raises(ValueError, match="only goes forward"):
        x.clock.advance(days=-1)
    assert Sandbox(day=1).state.today.by_handle["ria_novosti"] == x.state.today.by_handle["ria_novosti"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "no column 'handle'"),
        ("name\nx", "no column 'handle'"),
        ("handle,shoe\na,1", "line 1, column 'shoe'"),
        ("handle,name,name\na,b,c", "line 1, column 'name'"),
        ("handle\n", "holds no people"),
        ("handle\nab\nb c", "line 3, column 'handle'"),
        ("handle\nab\n\nAB", "line 4, column 'handle': AB is on line 2"),
        ("handle,followers\nab,12.5", "line 2, column 'followers'"),
        ("handle,followers\nab,-1", "line 2, column 'followers'"),
        ("handle,growth\nab,exploding", "line 2, column 'growth'"),
        ("handle,verified\nab,red", "line 2, column 'verified'"),
        ("handle,protected\nab,perhaps", "line 2, column 'protected'"),
        ("handle,status\nab,asleep", "line 2, column 'status'"),
        ("handle,created\nab,yesterday", "line 2, column 'created'"),
        ("handle,created\nab,2999-01-01", "line 2, column 'created'"),
        ("handle,id\nab,12x", "line 2, column 'id'"),
        ("handle,id\nab,12\nac,12", "line 3, column 'id'"),
        ("handle,name\nab," + "x" * 51, "line 2, column 'name'"),
        ("handle,events\nab,soon suspended", "line 2, column 'events'"),
        ("handle,events\nab,3 explodes", "line 2, column 'events'"),
        ("handle,events\nab,3 renamed", "line 2, column 'events'"),
        ("handle,events\nab,3 renamed not-a-handle", "line 2, column 'events'"),
        ("handle,name\nab,c,d", "line 2, column 3: a cell too many"),
        ('handle,name\nab,"c', "line 2: this is not CSV"),
    ],
)
def test_a_bad_people_file_says_where(text: str, where: str) -> None:
    with pytest.raises(PeopleError, match=r"^mine\.csv") as refused:
        parse(text, "mine.csv")
    assert where in str(refused.value)


def test_a_small_people_file_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_bytes('\ufeffHandle,Followers\r\n@ada,12\r\n"bob",'.encode() + b"\r\n")
    ada, bob = table.read(file)
    assert (ada.handle, ada.name, ada.followers, bob.followers) == ("ada", "ada", 12, 0)
    assert abs(born(ada.id) - ada.created) < timedelta(milliseconds=2)
    file.write_bytes(b"handle,name\nab,\xff")
    with pytest.raises(PeopleError, match="UTF-8"):
        table.read(file)


@given(st.text())
def test_any_text_is_read_or_refused_in_a_sentence(text: str) -> None:
    for whole in (text, "handle,name,followers,events\n" + text):
        with suppress(PeopleError):
            parse(whole, "mine.csv")


PINNED = [
    ("Realreads9395", 846369519217449125, 9),
    ("Tealab4514", 999894806873037996, 1686),
    ("Datalab5947", 1622386673322610730, 153879),
]
