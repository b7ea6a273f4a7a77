"""What one profile costs, read from the dated data file beside this module."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import Any

from smapy_nb.errors import InvalidInput

MICRO = 1_000_000  # money is counted in whole micro-dollars: sums of floats drift


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one profile.

    Attributes:
        micro: micro-dollars (1 USD = 1,000,000) for each account in an answer, once per account and UTC day.
        as_of: the day on which the source said so; None where the user gave the price.
        source: the address of the price list, or ``'given by prices='``.
    """

    micro: int
    as_of: date | None
    source: str

    @property
    def usd(self) -> Decimal:
        """US dollars for each account."""
        return dollars(self.micro)


def price(network: str, given: object = None) -> Price:
    """Return what a profile costs on `network`.

    Args:
        network: two-letter code.
        given: the user's own price in USD (int, float, str or Decimal), which overrides the data file.

    Raises:
        InvalidInput: `given` is no amount of money.
    """
    if given is not None:
        return Price(micros(given, "prices"), None, "given by prices=")
    entry = _list().get(network)
    if entry is None:
        return Price(0, None, "this network charges nothing")
    return Price(micros(entry["usd"], "prices.toml"), entry["as_of"], entry["source"])


def micros(usd: object, what: str) -> int:
    """Return an amount of US dollars in micro-dollars. A float is taken as it prints: 0.1 is ten cents.

    Raises:
        InvalidInput: it is no amount of money; the sentence begins with `what`.
    """
    try:
        amount = Decimal(str(usd)) if isinstance(usd, (int, float, str, Decimal)) and usd is not True else None
        if amount is not None and amount.is_finite() and 0 <= amount < 10**12:
            return int((amount * MICRO).to_integral_value())
    except InvalidOperation:
        pass
    raise InvalidInput(f"{what} must be an amount in US dollars, such as 0.01 or 5; {_shown(usd)} was given.")


def dollars(micro: int) -> Decimal:
    """Return micro-dollars as US dollars, with cents always and more places only where they hold something."""
    amount = (Decimal(micro) / MICRO).normalize()
    return amount if -amount.as_tuple().exponent > 2 else amount.quantize(Decimal("0.01"))  # type: ignore[operator]


def _shown(value: object) -> str:
    return (
        repr(value)
        if isinstance(value, (int, float, str, Decimal)) and len(repr(value)) < 24
        else (f"a {type(value).__name__}")
    )


@cache
def _list() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files(__package__).joinpath("prices.toml").read_text(encoding="utf-8"))
