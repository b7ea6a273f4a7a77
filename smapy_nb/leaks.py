"""Leak guard: looks for keys in notebooks and files, and says where they are without showing them.

``python -m smapy_nb leaks PATH…`` does it from a shell; docs/keys.md sets it up as a git hook and a Jupyter check.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smapy_nb.errors import InvalidInput, StoreError
from smapy_nb.keychain.discover import everywhere
from smapy_nb.keychain.keychain import KeyChain
from smapy_nb.keychain.places.passphrase import Passphrase
from smapy_nb.keychain.traces import LONGEST, Traces
from smapy_nb.keychain.vault import Vault
from smapy_nb.token import Token

_PIECE = 1 << 25  # bytes read at a time
_LARGEST_NOTEBOOK = 1 << 28  # bytes; larger ones are searched as text


@dataclass(frozen=True)
class Finding:
    """A key found. Holds no value.

    Attributes:
        file: path as given and walked.
        where: ``cell 3 (source)``, ``notebook metadata``, ``line 12``.
        key: which key, in words.
    """

    file: str
    where: str
    key: str

    def __str__(self) -> str:
        return f"{self.file}, {self.where}: {self.key}"


@dataclass
class Report:
    """What a scan found. True where it found a key.

    Attributes:
        findings: keys found, in the order of the walk.
        problems: files that could not be read or are broken notebooks, each as a sentence.
        unread: how many of these could not be read at all, so that nothing is known of them.
        files: how many files were searched.
        size: how many bytes.
        keys: how many keys that are held were looked for.
    """

    findings: list[Finding] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unread: int = 0
    files: int = 0
    size: int = 0
    keys: int = 0

    def __bool__(self) -> bool:
        return bool(self.findings)

    def __str__(self) -> str:
        found = f"{len(self.findings)} found" if self.findings else "no key found"
        held = (
            f"{self.keys} {_plural(self.keys, 'key')} that you hold" if self.keys else "no keys, as none are held here,"
        )
        last = f"{self.files} {_plural(self.files, 'file')} searched for {held} and for X-shaped ones: {found}."
        return "\n".join([*map(str, self.findings), *self.problems, last])

    __repr__ = __str__


def _plural(number: int, word: str) -> str:
    return word if number == 1 else f"{word}s"


def scan(path: str | os.PathLike[str], keychain: KeyChain | None = None) -> Report:
    """Look for keys in a file, or in all files below a folder.

    Searched: every file as bytes, notebooks also cell by cell, for the very keys that are held (as they are,
    percent-encoded and in base64) and for X-shaped ones. Not searched: ``.git``, virtual environments,
    ``node_modules``, what symbolic links lead to, and what is compressed.

    Args:
        path: a file or folder.
        keychain: whose keys to look for; by default all that `KeyChain.discover` looks through, and those of the
            newest dumps beside the path and up to two folders below this one.

    Raises:
        InvalidInput: there is no such file or folder.
    """
    root = Path(path)
    if not root.exists():
        raise InvalidInput(f"There is no file or folder {str(path)!r}.")
    tokens = list(keychain.get().values()) if keychain is not None else _held(root)
    report = Report(keys=sum(len(token) for token in tokens))
    traces = Traces(tokens)
    for one in _files(root, report):
        _search(one, traces, report)
    return report


def _held(root: Path) -> list[Token]:
    """Return all keys that are here: at each source, and in the newest dumps beside the path and below this folder."""
    here, beside = Path.cwd(), root if root.is_dir() else root.parent
    vault = Vault(Passphrase(None))
    tokens = [found.token for found in everywhere(vault, here / ".smapy_nb") if found.token]
    for folder in {beside / ".smapy_nb", *here.glob("*/.smapy_nb"), *here.glob("*/*/.smapy_nb")}:
        with contextlib.suppress(StoreError):  # a dump that can't be opened here
            opened = vault.unseal_newest(folder)
            tokens += opened[1].values() if opened else []
    return [token for place, token in enumerate(tokens) if token not in tokens[:place]]


def _files(root: Path, report: Report) -> Iterator[Path]:
    if not root.is_dir():
        yield root
        return

    def unread(error: OSError) -> None:
        report.unread += 1
        report.problems.append(f"The folder {error.filename} can't be read ({type(error).__name__}).")

    for folder, folders, files in os.walk(root, onerror=unread):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if not _passed_over(here / name))
        for name in sorted(files):
            if not (here / name).is_symlink():
                yield here / name


def _passed_over(folder: Path) -> bool:
    return folder.name in (".git", "node_modules") or (folder / "pyvenv.cfg").exists()


def _search(path: Path, traces: Traces, report: Report) -> None:
    name = _printable(traces.mask(str(path)))
    if name != _printable(str(path)):
        report.findings.append(Finding(name, "its name", "a key that is held"))
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return
        with path.open("rb") as file:
            if path.suffix == ".ipynb" and path.stat().st_size <= _LARGEST_NOTEBOOK:
                data = _utf8(file.read())
                report.size += len(data)
                report.findings += [Finding(name, *found) for found in _in_notebook(data, traces, name, report)]
            else:
                for found in _in_pieces(file, traces, report):
                    report.findings.append(Finding(name, *found))
    except OSError as error:
        report.unread += 1
        report.problems.append(f"{name} can't be read ({type(error).__name__}).")
        return
    report.files += 1


def _in_pieces(file: Any, traces: Traces, report: Report) -> Iterator[tuple[str, str]]:
    line, rest, seen = 1, b"", set()
    while piece := file.read(_PIECE):
        report.size += len(piece)
        data = rest + (_utf8(piece) if line == 1 and not rest else piece)
        for place, key in traces.find(data):
            if key not in seen:
                seen.add(key)
                yield _line(data, place, line), key
        rest = data[-LONGEST:]
        line += data.count(b"\n", 0, len(data) - len(rest))


def _in_notebook(data: bytes, traces: Traces, name: str, report: Report) -> Iterator[tuple[str, str]]:
    raw = list(traces.find(data))
    try:
        notebook = json.loads(data)
        cells = notebook["cells"]
        if not all(isinstance(cell, dict) for cell in cells):
            raise TypeError
    except (ValueError, TypeError, KeyError, RecursionError):
        report.problems.append(f"{name} is a broken notebook; it was searched as text.")
        yield from ((_line(data, place), key) for place, key in raw)
        return
    if raw or b"\\u00" in data:  # an escaped letter hides a key from a search in bytes
        found = list(_in_cells(notebook, cells, traces))
        yield from found or ((_line(data, place), key) for place, key in raw)


def _in_cells(notebook: dict[str, Any], cells: list[dict[str, Any]], traces: Traces) -> Iterator[tuple[str, str]]:
    parts = [
        (f"cell {number} ({part})", content) for number, cell in enumerate(cells, 1) for part, content in cell.items()
    ]
    parts += [(f"notebook {part}", content) for part, content in notebook.items() if part != "cells"]
    for where, content in parts:
        if isinstance(content, list) and all(isinstance(line, str) for line in content):
            content = "".join(content)  # source, kept as a list of lines
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        yield from ((where, key) for _, key in traces.find(text.encode(errors="replace")))


def _line(data: bytes, place: int, first: int = 1) -> str:
    return "line " + str(first + data.count(b"\n", 0, place))


def _utf8(data: bytes) -> bytes:
    """Windows' editors and shells write UTF-16, in which no key would be seen."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace").encode()
    return data


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def pre_save(model: dict[str, Any], path: str = "", contents_manager: Any = None, **_: Any) -> None:
    """Refuse to save a notebook that holds a key: a ``pre_save_hook`` for Jupyter's ContentsManager.

    Args:
        model: what is to be saved, as Jupyter gives it.
        path: where, below the folder that Jupyter serves.
        contents_manager: Jupyter's own; its ``root_dir`` is that folder.

    Raises:
        HTTPError: 400, with the places in its reason.
    """
    if model.get("type") != "notebook" or not isinstance(model.get("content"), dict):
        return
    report = Report()
    data = json.dumps(model["content"], ensure_ascii=False).encode(errors="replace")
    place = Path(getattr(contents_manager, "root_dir", None) or ".", path)
    found = list(_in_notebook(data, Traces(_held(place)), path, report))
    if found:
        from tornado.web import HTTPError  # Jupyter's own; there is none where no server runs

        places = "; ".join(f"{where}: {key}" for where, key in found[:3])
        raise HTTPError(400, reason=f"Not saved, because a key would be in it. {places}")
