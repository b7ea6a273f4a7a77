"""What people type → checked, ordered accounts.

`parse` never drops and never reorders: each account typed becomes one `Asked`, and one that can't be asked for
carries its `problem` instead of reaching the network, where a single bad handle fails a batch of 100. A million
accounts are kept as columns, and an `Asked` is made when one is looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast, overload
from urllib.parse import parse_qs, urlsplit

from smapy_nb.errors import InvalidAccounts

HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}\Z")  # openapi.json: username; an id is ^[0-9]{1,19}$
MAX_ID = 2**63 - 1  # ids are unsigned 64-bit on X's side, but 19 digits and int64 in a table

Key = str | int  # a handle or a numeric id

_CLEAN = re.compile(r"(?=[0-9]*[A-Za-z_])[A-Za-z0-9_]{1,15}\Z")  # a handle that can't be an id
_TEXT = {str}
_SITES = {"x.com", "twitter.com"}
_PAGES = {"home", "explore", "search", "hashtag", "settings", "messages", "notifications", "share", "login"}
_IN_TEXT = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """One account asked for.

    Attributes:
        name: what the user calls it; the key of `profiles()`.
        requested: what was typed.
        key: the handle (str, as typed, without "@") or the numeric id (int) to ask the network for;
            None where there is a problem.
        problem: a sentence saying why it can't be asked for, or None.
    """

    name: str
    requested: str
    key: str | int | None
    problem: str | None = None


class Accounts(Sequence[Asked]):
    """The accounts asked for, in their order: a sequence of `Asked`.

    Attributes:
        names, requested, keys: as in `Asked`, one of each for each account.
        problems: number of the account → its problem.
    """

    def __init__(self, accounts: Sequence[object], names: Sequence[object] | None = None) -> None:
        self.names: Sequence[str]
        self.requested: Sequence[str]
        self.keys: Sequence[Key | None]
        self.problems: dict[int, str] = {}
        if _TEXT.issuperset(map(type, accounts)) and all(map(_CLEAN.match, cast(Sequence[str], accounts))):
            self.requested = self.keys = cast(Sequence[str], accounts)
        else:
            self.requested = [one.strip() if isinstance(one, str) else str(one) for one in accounts]
            self.keys = [self._key(number, one) for number, one in enumerate(accounts)]
        if names is not None:
            self.names = [str(name) for name in names]
        elif self.keys is self.requested:
            self.names = self.requested
        else:
            self.names = [
                requested if key is None else shown(key)
                for requested, key in zip(self.requested, self.keys, strict=True)
            ]

    def _key(self, number: int, account: object) -> Key | None:
        if type(account) is str and _CLEAN.match(account):
            return account
        key, problem = _key(account)
        if problem is not None:
            self.problems[number] = problem
        return key

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, number: int) -> Asked: ...
    @overload
    def __getitem__(self, number: slice) -> list[Asked]: ...
    def __getitem__(self, number: int | slice) -> Asked | list[Asked]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        return Asked(
            self.names[number],
            self.requested[number],
            self.keys[number],
            self.problems.get(range(len(self))[number]),
        )

    def __iter__(self) -> Iterator[Asked]:
        return (self[number] for number in range(len(self)))


def parse(accounts: object) -> Accounts:
    """Read accounts from a dict (name → account), a list, tuple, set or str.

    An account is a handle (``nasa``, ``@nasa``), a profile's address (``https://x.com/nasa``,
    ``twitter.com/intent/user?user_id=11348282``) or a numeric id (int, or text of digits only; a handle made
    of digits is written with its "@"). A str may hold several, split by commas, semicolons or white space.
    A set is put in alphabetical order.

    Raises:
        InvalidAccounts: the container holds no accounts (None, a number with a fraction, bytes, …).
    """
    if isinstance(accounts, str):
        return Accounts([part for part in _IN_TEXT.split(accounts) if part])
    if isinstance(accounts, int) and not isinstance(accounts, bool):
        return Accounts([accounts])
    if isinstance(accounts, Mapping):
        return Accounts(list(accounts.values()), list(accounts))
    if isinstance(accounts, (set, frozenset)):
        return Accounts(sorted(accounts, key=str))
    if isinstance(accounts, Iterable) and not isinstance(accounts, (bytes, bytearray)):
        return Accounts(list(accounts))
    raise InvalidAccounts(
        f"Accounts come as a dict of name and handle, a list, tuple, set or text; "
        f"a {type(accounts).__name__} was given."
    )


def shown(key: Key) -> str:
    """Return a key as text that means the same when it is typed: a handle made of digits keeps its "@"."""
    return f"@{key}" if isinstance(key, str) and key.isdigit() else str(key)


def canonical(keys: Iterable[Key]) -> list[Key]:
    """Return the form of each that all spellings of an account share: X's handles ignore case."""
    given = list(keys)
    if _TEXT.issuperset(map(type, given)):
        together = "\n".join(cast(list[str], given))
        if together == (lower := together.lower()) and lower.isascii():
            return given
    low = [key.lower() if isinstance(key, str) else key for key in given]
    return given if low == given else low


def _key(account: object) -> tuple[Key | None, str | None]:
    """Return (key, None) for an account that can be asked for, or (None, why not)."""
    if isinstance(account, int) and not isinstance(account, bool):
        return _id(account)
    if hasattr(account, "__index__") and not isinstance(account, bool):
        return _id(int(account.__index__()))  # numpy's integers, as they come out of a DataFrame
    if not isinstance(account, str):
        return None, f"An account is text or a whole number; this is a {type(account).__name__}."
    text = account.strip()
    if not text:
        return None, "The account is blank; type a handle, such as nasa."
    if text.isascii() and text.isdigit():
        return _id(int(text)) if len(text) <= 19 else (None, "An id has at most 19 digits; this one has more.")
    if "/" in text or re.match(r"(www\.|mobile\.|m\.)?(x|twitter)\.com\b", text, re.IGNORECASE):
        return _from_address(text)
    return _handle(text.removeprefix("@").removeprefix("＠"))


def _id(number: int) -> tuple[int | None, str | None]:
    if 0 < number <= MAX_ID:
        return number, None
    return None, "An id is a whole number from 1 to 19 digits."


def _handle(text: str) -> tuple[str | None, str | None]:
    if HANDLE.match(text):
        return text, None
    if not text:
        return None, "There is no handle after the @."
    odd = next((letter for letter in text if not (letter.isascii() and (letter.isalnum() or letter == "_"))), "")
    if odd:
        what = unicodedata.name(odd, f"U+{ord(odd):04X}").lower()
        shown = f"{odd!r} ({what})" if not odd.isascii() else repr(odd)
        return None, f"A handle has only the letters a to z, digits and _; this one has {shown}."
    return None, f"A handle has at most 15 letters; this one has {len(text)}. Ask for it by its numeric id."


def _from_address(text: str) -> tuple[str | int | None, str | None]:
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = (parts.hostname or "").removeprefix("www.").removeprefix("mobile.").removeprefix("m.")
    except ValueError:
        return None, "This is not an address that can be read; use the form https://x.com/nasa."
    if parts.scheme.lower() not in ("http", "https") or host not in _SITES:
        return None, "This is not the address of an X profile; use the form https://x.com/nasa."
    path = (parts.path.strip("/") or parts.fragment.lstrip("!").strip("/")).split("/")
    query = parse_qs(parts.query)
    if path[0] == "i" and path[1:2] == ["user"]:
        return _key("".join(path[2:3]))
    if path[0] == "intent":
        if "user_id" in query:
            return _key(query["user_id"][0])
        return _handle(query.get("screen_name", [""])[0].removeprefix("@"))
    if path[0].lower() in _PAGES or path[0] in ("", "i"):
        return None, "This address leads to a page of X, not to a profile; use the form https://x.com/nasa."
    return _handle(path[0].removeprefix("@"))
