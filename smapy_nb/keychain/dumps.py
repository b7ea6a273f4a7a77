"""Dumps: one encrypted file each, in a folder; a header in clear, the keys sealed below it.

::

    000012-<hash>.dump
        {"format": "smapy-nb dump", "version": 1, "number": 12, "date": …, "networks": ["tw"], "key": {…}}
        <base64 of nonce, ciphertext and tag>

The number, not the clock, gives the order. The hash (of the whole file) gives the name, so that no dump replaces
another and a file that was cut, changed or swapped is seen to be so without any key.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from smapy_nb.errors import DumpDamaged, DumpTooNew, InvalidInput, StoreError
from smapy_nb.keychain.files import TEMPORARY, reason, write_once
from smapy_nb.keychain.places import KeyRef

Folder = str | os.PathLike[str] | None

FORMAT = "smapy-nb dump"
VERSION = 1
_NAME = re.compile(r"([0-9]{6,12})-([0-9a-f]{32})\.dump")
_LARGEST = 1_000_000  # bytes; a dump has a few hundred
_STALE = 3600  # seconds
_OUR_FOLDER = ".smapy_nb"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Dump:
    """One dump as read from its file; what it holds is still sealed.

    Attributes:
        hash: the dump's name, 32 hexadecimal digits.
        number: its place in the order of the folder's dumps, from 1.
        date: when it was written, by the clock of then (UTC).
        networks: the codes of the networks it holds keys of.
        ref: the key it was sealed with.
        header: the header's bytes, which the seal protects too.
        sealed: nonce, ciphertext and tag.
    """

    hash: str
    number: int
    date: datetime
    networks: list[str]
    ref: KeyRef
    header: bytes
    sealed: bytes

    @property
    def said(self) -> str:
        """What it is called in tables and sentences."""
        return f"the dump of {self.date:%Y-%m-%d %H:%M} UTC"


def folder_of(key_dir: Folder) -> Path:
    """Return the folder that a user named, or ``.smapy_nb`` in the notebook's folder.

    Raises:
        InvalidInput: it is no path.
    """
    if key_dir is None:
        return Path.cwd() / _OUR_FOLDER
    if not isinstance(key_dir, str | os.PathLike) or not str(key_dir).strip() or "\0" in str(key_dir):
        raise InvalidInput("key_dir must be the path of a folder.")
    return Path(key_dir).expanduser()


def listed(folder: Path) -> list[dict[str, object]]:
    """List a folder's whole dumps, newest first. See `KeyChain.available_dumps`."""
    found: list[dict[str, object]] = []
    bad = []
    for path in paths(folder):
        try:
            dump = read(path)
        except StoreError as error:
            bad.append(str(error))
        else:
            found.append({"hash": dump.hash, "date": dump.date, "networks": dump.networks})
    if bad:
        _log.warning("Left out: %s", " ".join(bad))
    return found


def paths(folder: Path) -> Iterator[Path]:
    """Give a folder's dumps, newest first, without opening one. Files under foreign names come last.

    Raises:
        StoreError: the folder can't be read.
    """
    # Two kernels that dump at the same moment may give the same number: neither is the newer, both stay.
    return (folder / name for name in sorted(_names(folder), key=_order, reverse=True))


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as found:
            return [one.name for one in found if one.name.endswith(".dump")]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise StoreError(f"The folder {folder} can't be read: {reason(error)}.") from None


def _order(name: str) -> tuple[int, str]:
    match = _NAME.fullmatch(name)
    return (int(match[1]) if match else 0, name)


def find(folder: Path, name: str) -> Path | None:
    """Find the dump of a hash, or None."""
    return next((folder / one for one in _names(folder) if one.endswith(f"-{name}.dump")), None)


def last_ref(folder: Path) -> KeyRef | None:
    """Return the key that a folder's newest whole dump names, or None."""
    for path in paths(folder):
        with contextlib.suppress(StoreError):
            return read(path).ref
    return None


def write(folder: Path, networks: list[str], ref: KeyRef, seal: Callable[[bytes], bytes]) -> str:
    """Write a dump as the folder's newest, and return its hash.

    Args:
        folder: made where it is missing, with a ``.gitignore`` of its own.
        networks: what the header says is inside.
        ref: the key that `seal` seals with.
        seal: header → sealed bytes.

    Raises:
        StoreError: the folder can't be written to; nothing is left behind there.
    """
    try:
        _prepare(folder)
        number = max((_order(name)[0] for name in _names(folder)), default=0) + 1
        fields = {
            "format": FORMAT,
            "version": VERSION,
            "number": number,
            "date": datetime.now(UTC).isoformat(timespec="microseconds"),
            "networks": networks,
            "key": asdict(ref),
        }
        header = json.dumps(fields).encode()
        content = header + b"\n" + base64.b64encode(seal(header)) + b"\n"
        name = _hash(content)
        write_once(folder / f"{number:06}-{name}.dump", content)
    except OSError as error:
        raise StoreError(
            f"No dump was written to {folder}, because {reason(error)}; the keys are still in memory. "
            "Give another folder: dump(key_dir=…)."
        ) from None
    return name


def _prepare(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        # In a folder where other things are kept, only the dumps are none of git's business.
        ours = folder.name == _OUR_FOLDER or not any(folder.iterdir())
        write_once(ignore, b"*\n" if ours else b"*.dump\n")


def read(path: Path) -> Dump:
    """Read a dump's header; its keys stay sealed.

    Raises:
        DumpDamaged: not a dump of smapy_nb, or not what was written under this name.
        DumpTooNew: of a newer version of smapy_nb.
        StoreError: the file can't be read.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise StoreError(f"The dump {path.name} can't be read: {reason(error)}.") from None
    header, _, sealed = content.partition(b"\n")
    try:
        fields = json.loads(header)
        if fields["format"] != FORMAT or type(fields["version"]) is not int:
            raise ValueError
    except (ValueError, TypeError, KeyError, RecursionError):
        raise DumpDamaged(f"{path.name} is not a dump of smapy_nb, or it was damaged.") from None
    if fields["version"] > VERSION:
        raise DumpTooNew(f"The dump {path.name} was written by a newer smapy_nb; update it: pip install -U smapy-nb.")
    match = _NAME.fullmatch(path.name)
    if len(content) > _LARGEST or not match or match[2] != _hash(content):
        raise DumpDamaged(f"The dump {path.name} is not what was written under that name; use an older one.")
    try:
        if fields["number"] != int(match[1]):
            raise ValueError
        return Dump(
            hash=match[2],
            number=fields["number"],
            date=datetime.fromisoformat(fields["date"]),
            networks=[str(network) for network in fields["networks"]],
            ref=KeyRef(**fields["key"]),
            header=header,
            sealed=base64.b64decode(sealed, validate=False),
        )
    except (ValueError, TypeError, KeyError, binascii.Error):
        raise DumpDamaged(f"The dump {path.name} was not written by smapy_nb.") from None


def remove(path: Path) -> bool:
    """Delete a dump, and say whether it was there."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StoreError(f"The dump {path.name} can't be deleted: {reason(error)}.") from None
    return True


def sweep(folder: Path) -> None:
    """Delete what writers that were killed long ago left behind: sealed, but of no use."""
    for path in folder.glob(f"{TEMPORARY}*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _STALE:
                path.unlink()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
