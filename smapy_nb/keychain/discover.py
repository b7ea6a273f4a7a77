"""Where people already have keys: the environment, a .env file, Colab's and Kaggle's secrets."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from smapy_nb.errors import InvalidToken, StoreError
from smapy_nb.keychain import paste
from smapy_nb.keychain.names import CALLED, UNSURE, variables
from smapy_nb.keychain.vault import Vault
from smapy_nb.token import KINDS, Token

_LARGEST = 100_000  # bytes of a .env file


@dataclass(frozen=True)
class Found:
    """Keys found at one source, or why what is there can't be used.

    Attributes:
        network: two-letter code.
        source: where, in words.
        token: None where what is there is no whole token.
        remark: a sentence about what is there, or "".
    """

    network: str
    source: str
    token: Token | None
    remark: str = ""


def everywhere(vault: Vault, folder: Path) -> Iterator[Found]:
    """Look in the environment, .env, the folder's newest dump, and the secret stores of the host, in this order."""
    for network in CALLED:
        yield from _named(network, "the environment", os.environ.get)
        yield from _dotenv(network)
    yield from _dump(vault, folder)
    for network in CALLED:
        yield from _named(network, "Colab's secrets", _colab())
        yield from _named(network, "Kaggle's secrets", _kaggle())


def _dump(vault: Vault, folder: Path) -> Iterator[Found]:
    try:
        opened = vault.unseal_newest(folder)
    except StoreError as error:
        for network in CALLED:
            yield Found(network, "the newest dump", None, str(error))
        return
    if opened:
        dump, tokens = opened
        for network, token in tokens.items():
            yield Found(network, dump.said, token)


def _named(network: str, source: str, get: Callable[[str], str | None]) -> Iterator[Found]:
    """Look for each field under each of its names."""
    names: list[str] = []
    values: dict[str, str] = {}
    for field, called in variables(network).items():
        for name in called:
            if value := get(name):
                values[field] = value
                names.append(name)
                break
    if not set(names) <= UNSURE:
        yield _found(network, f"{source} ({', '.join(names)})", values)


def _dotenv(network: str) -> Iterator[Found]:
    path = Path.cwd() / ".env"
    try:
        if not path.is_file():
            return
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            values, _ = paste.read(network, file.read(_LARGEST))
    except OSError as error:
        yield Found(network, ".env", None, f"The file .env can't be read ({type(error).__name__}).")
        return
    if values:
        yield _found(network, "the file .env", values)


def _found(network: str, source: str, values: dict[str, str]) -> Found:
    whole = next((fields for fields in KINDS[network].values() if set(fields) <= set(values)), ())
    try:
        return Found(network, source, Token(network, {field: values[field] for field in whole or values}))
    except InvalidToken as error:
        return Found(network, source, None, f"What is in {source} is no whole token. {error}")


def _colab() -> Callable[[str], str | None]:
    """Colab's secrets, which the notebook's owner grants to it one by one."""
    try:
        secrets = importlib.import_module("google.colab.userdata")
    except ImportError:
        return _nothing
    return lambda name: _quietly(secrets.get, name)


def _kaggle() -> Callable[[str], str | None]:
    """Kaggle's secrets, which are attached to the notebook one by one."""
    try:
        secrets = importlib.import_module("kaggle_secrets").UserSecretsClient()
    except Exception:  # not on Kaggle, or its client can't start there
        return _nothing
    return lambda name: _quietly(secrets.get_secret, name)


def _nothing(_name: str) -> None:
    return None


def _quietly(get: Callable[[str], object], name: str) -> str | None:
    try:
        value = get(name)
    except Exception:  # each store has its own errors for "there is none" and "not granted to this notebook"
        return None
    return value if isinstance(value, str) else None
