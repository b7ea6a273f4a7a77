"""Writing files that only their owner reads and that are whole or not there."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from pathlib import Path

TEMPORARY = ".writing-"


def write_once(path: Path, content: bytes) -> bool:
    """Write a new file, durably and readable by its owner only, so that it is whole or not there.

    Returns:
        True where it was written, False where another process had written one there first.

    Raises:
        OSError: it can't be written; nothing is left behind.
    """
    temporary = path.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
    binary = getattr(os, "O_BINARY", 0)  # Windows would write other line ends
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | binary, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        written = _name(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
    _sync(path.parent)
    return written


def _name(temporary: Path, path: Path) -> bool:
    """Give the finished file its name, unless that name is taken."""
    try:
        os.link(temporary, path)  # unlike a rename, a link never replaces what is there
    except FileExistsError:
        return False
    except OSError:  # FAT, some network drives and browsers' file systems know no links
        if path.exists():
            return False
        temporary.replace(path)
    return True


def _sync(folder: Path) -> None:
    # Makes the new name survive a power cut; not every system lets a folder be opened for it.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def reason(error: OSError) -> str:
    """Say in a few words why a file operation failed."""
    words = {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "your disk quota is used up",
        errno.EFBIG: "the disk is full",
        errno.EROFS: "the disk is read-only",
        errno.EACCES: "you may not write or read there",
        errno.EPERM: "you may not write or read there",
        errno.ENOTDIR: "a part of its path is a file, not a folder",
        errno.EEXIST: "a file of that name is in the way",
        errno.ENAMETOOLONG: "its path is too long",
    }
    return words.get(error.errno or 0, os.strerror(error.errno) if error.errno else type(error).__name__)
