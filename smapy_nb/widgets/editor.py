"""What a person types into ProfilesWidget: accounts as lines, ``name = account`` where they differ; lengths of time."""

from __future__ import annotations

from collections.abc import Mapping

from smapy_nb import accounts as typed
from smapy_nb.errors import InvalidInput

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


def seconds(every: object) -> float:
    """Read a length of time, such as ``'15min'``; a minute or more.

    Raises:
        InvalidInput: it is none, or shorter.
    """
    import pandas as pd

    try:
        length = pd.Timedelta(every).total_seconds()  # type: ignore[arg-type]  # pandas says what it can't read
    except (ValueError, TypeError):
        length = 0.0
    if not length >= 60:  # NaT compares as False
        raise InvalidInput("every= is a time such as '15min' or '1h', a minute or more.")
    return length
