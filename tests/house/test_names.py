"""The public interface, pinned: a name that appears or goes is a decision, not an accident."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
import types
from collections.abc import Iterator

import pytest

import smapy_nb


def test_exported_names() -> None:
    assert smapy_nb.__all__ == [
        "Archive",
        "Budget",
        "KeyChain",
        "KeyChainWidget",
        "ProfilesWidget",
        "TwitterConnector",
        "errors",
        "leaks",
        "sandbox",
    ]
    for name in smapy_nb.__all__:
        assert getattr(smapy_nb, name).__name__.endswith(name)
    assert set(smapy_nb.__all__) <= set(dir(smapy_nb))


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(AttributeError, match="it has Archive, "):
        smapy_nb.Keychain  # noqa: B018  # the access is the test


def test_the_import_paths_of_smapy() -> None:
    from smapy.network_connectors.addons import KeyChain
    from smapy.network_connectors.twitter import TwitterConnector

    assert KeyChain is smapy_nb.KeyChain
    assert TwitterConnector is smapy_nb.TwitterConnector


def test_importing_loads_no_library_no_thread_and_no_socket() -> None:
    probe = (
        "import sys, threading; before = set(sys.modules); import smapy_nb; "
        "new = {name.split('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names); "
        "print(sorted(new), threading.active_count(), 'socket' in set(sys.modules) - before)"
    )
    out = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["['smapy_nb']", "1", "False"]


def _modules() -> Iterator[types.ModuleType]:
    yield smapy_nb
    for found in pkgutil.walk_packages(smapy_nb.__path__, "smapy_nb."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def _undocumented(owner: object, module: str, path: str) -> Iterator[str]:
    for name, value in vars(owner).items():
        if name.startswith("_"):
            continue
        value = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        if isinstance(value, property) or inspect.isfunction(value) or inspect.isclass(value):
            if getattr(value, "__name__", "") == "<lambda>":
                continue  # a field's default, described with the field
            home = value.fget.__module__ if isinstance(value, property) else value.__module__
            if home != module:
                continue
            if not inspect.getdoc(value):
                yield f"{path}.{name}"
            if inspect.isclass(value):
                yield from _undocumented(value, module, f"{path}.{name}")


def test_every_public_name_has_a_docstring() -> None:
    missing = []
    for module in _modules():
        if not module.__doc__:
            missing.append(module.__name__)
        missing += _undocumented(module, module.__name__, module.__name__)
    assert missing == []


def test_modules_stay_small() -> None:
    long = {
        module.__name__: lines for module in _modules() if (lines := len(inspect.getsource(module).splitlines())) >= 300
    }
    assert long == {}
