"""Accounts as a text that a person edits: one a line, ``name = account`` where they differ."""

from __future__ import annotations

from collections.abc import Mapping

from smapy_nb import accounts as typed

_BETWEEN = " = "


def as_text(accounts: Mapping[str, str | int]) -> str:
    """Return accounts as lines."""
    lines = []
    for name, key in accounts.items():
        account = f"@{key}" if isinstance(key, str) and key.isdigit() else str(key)  # bare digits would be an id
        lines.append(account if name == account else f"{name}{_BETWEEN}{account}")
    return "\n".join(lines)


def from_text(text: str) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """Read accounts from a pasted column, a comma list, addresses, or lines of ``name = account``.

    Returns:
        name → account as typed, nothing left out; and for each line with a problem its number (from 1) and a
        sentence. What has a problem stays among the accounts and gets a row that says so.
    """
    accounts: dict[str, str] = {}
    problems: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        name, between, account = line.rpartition(_BETWEEN)
        asked = typed.parse({name.strip(): account}) if between else typed.parse(line.replace("\t", " "))
        for one in asked:
            if one.problem:
                problems.append((number, f"{one.requested[:40]}: {one.problem}"))
            if accounts.get(one.name, one.requested) != one.requested:
                problems.append((number, f"{one.name[:40]} is the name of two accounts; the second was taken."))
            accounts[one.name] = one.requested
    return accounts, problems
