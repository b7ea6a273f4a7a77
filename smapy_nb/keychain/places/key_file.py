"""The key in a file of the user's own configuration directory, outside every notebook folder."""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
from pathlib import Path

from platformdirs import user_config_path

from smapy_nb.errors import StoreError
from smapy_nb.keychain.cipher import Key
from smapy_nb.keychain.files import reason, write_once
from smapy_nb.keychain.places import KeyRef


class KeyFile:
    """A file that only its owner may read."""

    name = "key file"
    protects = (
        "A notebook folder that is zipped, shared or committed opens nothing without it. "
        "It does not stop someone who can read your home directory, such as this machine's administrator."
    )

    def path(self) -> Path:
        """Give the key file's path: platformdirs' configuration directory of this user.

        Raises:
            StoreError: this user has no home directory.
        """
        try:
            path = user_config_path("smapy-nb", appauthor=False) / "dump.key"
        except RuntimeError:  # platformdirs from 4.5 on
            path = Path("~")
        # Older ones leave "~" as it is, and the key would land in the notebook's folder, beside the dumps.
        if not path.is_absolute():
            raise StoreError("this user has no home directory for a key file")
        return path

    def where(self) -> str:
        """See `Place.where`."""
        path = self.path()
        # Where a home is the notebook's folder, who shares the whole of it shares the key too.
        below = " (below this notebook's folder: don't share both together)" if path.is_relative_to(Path.cwd()) else ""
        return f"in the file {path}{below}"

    def key(self) -> tuple[Key, KeyRef]:
        """Read the key file, or make it. See `Place.key`."""
        path = self.path()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                # Another kernel may be doing the same just now: whose file is there first gives the key.
                write_once(path, base64.urlsafe_b64encode(os.urandom(32)) + b"\n")
            key = self._read(path)
        except OSError as error:
            raise StoreError(f"the key file {path} can't be used: {reason(error)}") from None
        return key, KeyRef(self.name, key.id)

    def find(self, ref: KeyRef) -> Key | None:
        """Give the key if it is the one that `ref` names. See `Place.find`."""
        with contextlib.suppress(OSError, StoreError):
            key = self._read(self.path())
            return key if key.id == ref.id else None
        return None

    def missing(self) -> str:
        """See `Place.missing`."""
        try:
            where = str(self.path())
        except StoreError:
            where = "dump.key in the configuration directory of the user who wrote it"
        return (
            f"Its key is a key file that is not on this machine. Copy that file here ({where}) "
            "from where the dump was written, or assign the keys again and dump them."
        )

    def _read(self, path: Path) -> Key:
        try:
            return Key(base64.urlsafe_b64decode(path.read_bytes().strip()))
        except (binascii.Error, StoreError):
            raise StoreError(
                f"the key file {path} is damaged: put back what it was, or move it away to have a new one made"
            ) from None
