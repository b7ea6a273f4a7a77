"""What people type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smapy_nb.accounts import HANDLE, MAX_ID, canonical, parse, shown

# Addresses below these lead to X itself: no account can have such a handle.
PAGES = {
    "explore",
    "hashtag",
    "home",
    "i",
    "intent",
    "login",
    "messages",
    "notifications",
    "search",
    "settings",
    "share",
}
handles = st.from_regex(r"[A-Za-z0-9_]{1,15}", fullmatch=True).filter(
    lambda one: not one.isdigit() and one.lower() not in PAGES
)


@given(st.lists(st.text(max_size=30) | st.integers() | st.none() | st.floats() | st.binary(max_size=3)))
def test_whatever_is_typed_has_its_place_and_a_problem_or_a_key(typed):
    asked = parse(typed)
    assert len(asked) == len(typed)
    for one in asked:
        assert (one.key is None) == (one.problem is not None)
        assert one.problem is None or one.problem.rstrip().endswith((".", ")"))
        if isinstance(one.key, str):
            assert HANDLE.match(one.key)
        elif one.key is not None:
            assert 0 < one.key <= MAX_ID


@pytest.mark.parametrize("page", sorted(PAGES))
def test_an_address_of_x_itself_is_no_account(page):
    (one,) = parse([f"https://x.com/{page}"])
    assert one.key is None
    assert one.problem


@given(handles)
def test_one_account_in_all_its_spellings(handle):
    spellings = [
        handle,
        f"@{handle}",
        f" {handle}\t",
        f"https://x.com/{handle}",
        f"http://www.twitter.com/{handle}/?s=20",
    ]
    assert [one.key for one in parse(spellings)] == [handle] * len(spellings)
    assert parse(spellings)[0].name == handle


@given(st.integers(1, MAX_ID))
def test_ids(number):
    assert [one.key for one in parse([number, str(number)])] == [number, number]
    assert parse([f"@{str(number)[:15]}"])[0].key == str(number)[:15]


@given(st.lists(handles | st.integers(1, MAX_ID)))
def test_keys_shown_are_read_back(keys):
    assert [one.key for one in parse([shown(key) for key in keys])] == keys
    assert canonical(canonical(keys)) == canonical(keys)


def test_a_list_of_handles_is_kept_once():
    many = [f"someone_{number}" for number in range(1000)]
    asked = parse(many)
    assert asked.names is asked.requested is asked.keys
    many.clear()
    assert len(asked) == 1000
    assert asked[-1].name == "someone_999"
    assert [one.key for one in asked[1:3]] == ["someone_1", "someone_2"]


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("", "blank"),
        ("@", "no handle"),
        ("nаsa", "cyrillic"),
        ("a" * 16, "15 letters"),
        ("two words", "' '"),
        ("9" * 20, "19 digits"),
        (0, "whole number"),
        ("https://example.org/nasa", "not the address of an X profile"),
        ("https://x.com/home", "page of X"),
        ("https://x.com/hashtag/cats", "page of X"),
        ("https://[", "address"),
        (None, "NoneType"),
        (True, "bool"),
    ],
)
def test_problems_say_what_is_wrong(typed, word):
    assert word in parse([typed])[0].problem
