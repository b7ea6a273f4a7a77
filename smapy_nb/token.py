"""Token: the keys of one network, as a Mapping that never shows a value by accident."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import NoReturn, Self

from smapy_nb.errors import InvalidInput, InvalidToken, UnknownNetwork

MASK = "••••••••"

# For each network, the kinds of token it takes: their name and fields, in the order a person types them.
KINDS: dict[str, dict[str, tuple[str, ...]]] = {
    "tw": {
        "four keys": ("consumer_key", "consumer_secret", "access_token", "access_secret"),
        "bearer token": ("bearer_token",),
    },
}


class Secretive:
    """What can't be pickled, because a pickle is a file that shows it."""

    __slots__ = ()

    def __getstate__(self) -> NoReturn:
        raise InvalidToken(f"A {type(self).__name__} can't be pickled, because a pickle shows its keys.")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        self.__getstate__()


class Token(Secretive, Mapping[str, str]):
    """The keys of one network. Reads like a dict, and shows none of its values unless a key is asked for.

    `repr`, `str`, `format` and `pprint` show which fields are set, never what they hold, nor how long it is.
    A token can't be pickled: a pickle is a file with the keys in clear. `copy` and `deepcopy` give the token
    itself, which can't be changed. It equals the dict it was made from, and `dict(token)` is the way out.

    Args:
        network: two-letter code, such as ``'tw'``.
        values: field → secret, a complete set of one of the network's `KINDS`.

    Raises:
        UnknownNetwork: no such network.
        InvalidToken: a field is missing, extra, blank or not text. The message never holds a value.
    """

    __slots__ = ("_kind", "_network", "_values")
    _values: dict[str, str]

    def __init__(self, network: str, values: Mapping[str, str]) -> None:
        self._network, self._values = network, {}
        unknown = _unknown(network)
        self._kind, refusal = ("", "") if unknown else _kind_of(network, values)
        if unknown or refusal:
            values = {}  # a verbose traceback shows what the names of this frame hold
            raise UnknownNetwork(unknown) if unknown else InvalidToken(refusal)
        self._values = {field: values[field] for field in KINDS[network][self._kind]}

    @property
    def network(self) -> str:
        """The network's two-letter code."""
        return self._network

    @property
    def kind(self) -> str:
        """Which of the network's kinds of token this is: ``'four keys'`` or ``'bearer token'`` for X."""
        return self._kind

    def __getitem__(self, field: str) -> str:
        return self._values[field]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Token):
            return self._network == other._network and self._values == other._values
        return isinstance(other, Mapping) and self._values == dict(other)

    __hash__ = None  # type: ignore[assignment]  # equal to a dict, so as little hashable as one

    def __repr__(self) -> str:
        return f"Token({self._network}: {', '.join(f'{field}={MASK}' for field in self._values)})"

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __getstate__(self) -> NoReturn:
        raise InvalidToken("A token can't be pickled, because a pickle shows its keys; use KeyChain.dump().")


def token_or_refusal(network: str, values: Mapping[str, str]) -> Token | InvalidInput:
    """Make a Token, or return the refusal.

    Whoever raises it can first let go of the values, which a verbose traceback would show.
    """
    try:
        return Token(network, values)
    except InvalidInput as error:
        return error.with_traceback(None)


def optional_token(network: str, values: Mapping[str, str] | None) -> Token | InvalidInput | None:
    """As `token_or_refusal`; None stays None, and a Token stays the same."""
    return values if values is None or isinstance(values, Token) else token_or_refusal(network, values)


def known_network(network: object) -> str:
    """Return `network` if it is a code that tokens exist for.

    Raises:
        UnknownNetwork: it is not; the message names the codes there are.
    """
    if unknown := _unknown(network):
        raise UnknownNetwork(unknown)
    return str(network)


def _unknown(network: object) -> str:
    """Say in one sentence that `network` is no code of ours, or ""."""
    if isinstance(network, str) and network in KINDS:
        return ""
    known = ", ".join(repr(code) for code in KINDS)
    # What was typed may be a key in the wrong place, so it is shown only where it can't be one.
    shown = repr(network) if isinstance(network, str) and len(network) <= 8 else "What was given"
    return f"{shown} is not a network smapy_nb knows; use one of {known}."


def _kind_of(network: str, values: object) -> tuple[str, str]:
    """Name the kind of token that `values` is, and say in one sentence which field is wrong, or ""."""
    kinds = KINDS[network]
    if not isinstance(values, Mapping):
        return "", f"A token is a dict of {_either(network)}; a {type(values).__name__} was given."
    fields = list(values)
    if not all(isinstance(field, str) for field in fields):
        return "", f"A token's fields are named by text; give {_either(network)}."
    given = set(fields)
    kind = max(kinds, key=lambda name: len(given & set(kinds[name])))
    wanted = kinds[kind]
    if extra := [field for field in fields if field not in wanted]:
        known = [field for names in kinds.values() for field in names]
        # A name that is close to none of ours may be a secret typed on the wrong side of the colon.
        if all(field in known for field in extra):
            return "", f"{extra[0]!r} can't be mixed with {wanted[0]!r}; give {_either(network)}."
        near = [close for field in extra for close in difflib.get_close_matches(field, known, 1, 0.75)]
        hint = f" near {near[0]!r}" if near else ""
        return "", f"The token has a field that X's keys don't have{hint}; give {_either(network)}."
    if missing := [field for field in wanted if field not in given]:
        return "", f"{missing[0]!r} is missing from the token; give {_either(network)}."
    for field in wanted:
        value = values[field]
        if not isinstance(value, str):
            return "", f"{field!r} must be text; a {type(value).__name__} was given."
        if not value.strip():
            return "", f"{field!r} is blank; paste its value from the place that issued it."
    return kind, ""


def _either(network: str) -> str:
    return " or ".join(", ".join(repr(field) for field in names) for names in KINDS[network].values())
