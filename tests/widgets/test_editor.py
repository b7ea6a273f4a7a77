"""Accounts as a text that a person edits."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from smapy_nb import accounts as typed
from smapy_nb.widgets import editor

handles = st.from_regex(r"[A-Za-z0-9_]{1,15}", fullmatch=True)


@given(
    st.dictionaries(handles | st.sampled_from(["RIA Novosti", "a=b", "Новости"]), handles | st.integers(1, 2**63 - 1))
)
@settings(max_examples=40, deadline=None)
def test_what_is_shown_reads_back_as_the_same_accounts(accounts: dict[str, str | int]) -> None:
    asked = {name: key if isinstance(key, int) else f"@{key}" for name, key in accounts.items()}
    shown = {one.name: one.key for one in typed.parse(asked)}
    again, problems = editor.from_text(editor.as_text({name: key for name, key in shown.items() if key is not None}))
    assert {one.name: one.key for one in typed.parse(again)} == shown
    assert problems == []


def test_a_column_a_list_and_addresses_can_be_pasted_and_problems_are_named_by_line() -> None:
    text = "nasa\n@esa, https://x.com/jaxa\n\nRIA Novosti = ria_novosti\nbad-handle!\n11348282\tcern"
    accounts, problems = editor.from_text(text)
    assert [one.key for one in typed.parse(accounts)] == ["nasa", "esa", "jaxa", "ria_novosti", None, 11348282, "cern"]
    assert [number for number, _ in problems] == [5]
    assert "bad-handle!" in problems[0][1]


def test_one_name_for_two_accounts_is_said() -> None:
    _, problems = editor.from_text("Press = nasa\nPress = esa")
    assert problems == [(2, "Press is the name of two accounts; the second was taken.")]
