"""How the battery looks for a key: raw, percent-encoded, in base64, and any twelve letters of it."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

PART = 12  # letters

MARKERS = {
    "consumer_key": "q7Kx2vLmR9tWz4BnYc8JdPsF1",
    "consumer_secret": "Hq3Zt8XvB5nMw1LkR7cYp2JdGs6FaE9uTi4OoKx0VbNmQwErTy",
    "access_token": "34262462-Vr5Tg8Yh2Uj9Ik3Ol6Pz1Xs4Cd7FvBn0MaQwSeRd",
    "access_secret": "Zx9Cv2Bn5Mq8Wl1Ek4Rj7Th0Yg3Uf6Id9Os2Pa5SdFgHj",
}
BEARER = "AAAAAAAAAAAAAAAAAAAAAPm4kZQ8sT2vXy7RwN3cL9hJ5dB%2FgF6uE1aK0oYiMnSbVr%3DWqTzUxHpCjLkDfGe8s2N4v6B1m3"


def _parts(text: str) -> Iterator[str]:
    for start in range(max(1, len(text) - PART + 1)):
        yield text[start : start + PART]


def _forms(secret: str) -> set[bytes]:
    # What stands before the hyphen of an access token is its owner's id, which anyone may know.
    secret = (secret.partition("-")[2] or secret).lstrip("A")  # a bearer token begins with many, as pictures do
    forms = {*_parts(secret), *_parts(quote(secret, safe="")), *_parts(quote(quote(secret, safe=""), safe=""))}
    for part in _parts(secret):
        for before in range(3):
            coded = base64.b64encode(bytes(before) + part.encode())
            forms.add(coded[-(-before * 8 // 6) : (before + len(part)) * 8 // 6].decode())
    return {form.encode() for form in forms}


class Search:
    """Looks for any trace of secrets."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms = set().union(*map(_forms, secrets))

    def found(self, content: str | bytes) -> bool:
        data = content.encode(errors="surrogateescape") if isinstance(content, str) else content
        return any(form in data for form in self._forms)

    def files(self, *folders: Path) -> list[str]:
        """Name the files below some folders in which there is a trace."""
        return [
            str(path)
            for folder in folders
            for path in sorted(folder.rglob("*"))
            if path.is_file() and (self.found(path.read_bytes()) or self.found(str(path)))
        ]
