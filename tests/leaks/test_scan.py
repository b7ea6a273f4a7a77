"""The leak guard finds keys wherever they are written, says where, and shows none."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jupyter_server.services.contents.filemanager import FileContentsManager
from tornado.web import HTTPError

from smapy_nb import leaks
from smapy_nb.errors import InvalidInput
from smapy_nb.keychain.keychain import KeyChain
from smapy_nb.keychain.traces import Traces
from smapy_nb.token import Token


def notebook(**parts: Any) -> dict[str, Any]:
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": []}
    return {
        "cells": [{"cell_type": "markdown", "metadata": {}, "source": ["# Title"]}, {**cell, **parts}],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 4,
    }


def saved(content: object, name: str = "x.ipynb") -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
    return path


def check_hides(report: leaks.Report, markers: dict[str, str]) -> None:
    said = str(report) + repr(report.findings)
    assert not any(value in said for value in markers.values())


@pytest.mark.parametrize("field", ["consumer_key", "consumer_secret", "access_token", "access_secret"])
@pytest.mark.parametrize(
    ("where", "parts"),
    [
        ("cell 2 (source)", lambda key: {"source": ["x = 1\n", f"token = '{key}'\n"]}),
        ("cell 2 (source)", lambda key: {"source": f"token = '{key}'"}),
        ("cell 2 (outputs)", lambda key: {"outputs": [{"output_type": "stream", "name": "stdout", "text": [key]}]}),
        ("cell 2 (outputs)", lambda key: {"outputs": [{"data": {"text/html": f"<b>{key}</b>"}}]}),
        ("cell 2 (metadata)", lambda key: {"metadata": {"tags": [f"a{key}"]}}),
    ],
)
def test_a_notebooks_cell(where: str, parts: Any, field: str, k: KeyChain, markers: dict[str, str]) -> None:
    report = leaks.scan(saved(notebook(**parts(markers[field]))), k)
    assert [(one.file, one.where, one.key) for one in report.findings] == [
        ("x.ipynb", where, f"the {field} held for 'tw'")
    ]
    check_hides(report, markers)


def test_widget_state_in_a_notebooks_metadata(k: KeyChain, markers: dict[str, str]) -> None:
    content = notebook()
    content["metadata"]["widgets"] = {"state": {"1": {"value": markers["access_secret"]}}}
    (finding,) = leaks.scan(saved(content), k).findings
    assert finding.where == "notebook metadata"


def test_letters_written_as_escapes(k: KeyChain, markers: dict[str, str]) -> None:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in markers["consumer_secret"])
    text = json.dumps(notebook(source="KEY")).replace("KEY", escaped)
    (finding,) = leaks.scan(saved(text), k).findings
    assert finding.where == "cell 2 (source)"


def test_a_clean_notebook(k: KeyChain) -> None:
    report = leaks.scan(saved(notebook(source="k.assign('tw', token)")), k)
    assert not report
    assert "no key found" in str(report)
    assert (report.files, report.keys) == (1, 4)


@given(
    before=st.binary(max_size=20),
    after=st.binary(max_size=20),
    form=st.sampled_from(["raw", "url", "base64", "base64url", "basic", "utf-16"]),
    field=st.sampled_from(["consumer_key", "consumer_secret", "access_token", "access_secret"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_it_is_written(before: bytes, after: bytes, form: str, field: str, markers: dict[str, str]) -> None:
    key = markers[field].encode()
    written = {
        "raw": before + key + after,
        "url": before + quote(key, safe="").encode() + after,
        "base64": base64.b64encode(before + key + after),
        "base64url": base64.urlsafe_b64encode(before + key + after),
        "basic": b"Authorization: Basic " + base64.b64encode(key + b":" + after),
        "utf-16": leaks._utf8((" " + key.decode()).encode("utf-16")),
    }[form]
    found = {whose for _, whose in Traces([Token("tw", markers)]).find(written)}
    assert found == {f"the {field} held for 'tw'"}


def test_a_key_on_the_seam_of_two_pieces(k: KeyChain, markers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "_PIECE", 5000)
    for place in (4980, 4990, 5000, 9990):
        text = ("x" * 99 + "\n") * 120
        saved(text[:place] + markers["consumer_secret"] + text[place:], "log.txt")
        (finding,) = leaks.scan("log.txt", k).findings
        assert finding.where == f"line {place // 100 + 1}"


def test_a_folder_with_checkpoints_and_other_files(k: KeyChain, markers: dict[str, str], bearer: str) -> None:
    saved(notebook(source=markers["access_secret"]), "a/.ipynb_checkpoints/x-checkpoint.ipynb")
    saved(notebook(), "a/x.ipynb")
    saved(f"one\ntwo\nkey: {markers['consumer_key']}", "a/b/notes.txt")
    Path("a/windows.txt").write_text(f"token {markers['access_token']}", encoding="utf-16")
    saved(markers["consumer_key"], "a/.git/objects/1")
    saved("", "a/venv/pyvenv.cfg")
    saved(markers["consumer_key"], "a/venv/lib.py")
    report = leaks.scan("a", k)
    assert {(one.file, one.where) for one in report.findings} == {
        ("a/.ipynb_checkpoints/x-checkpoint.ipynb", "cell 2 (source)"),
        ("a/b/notes.txt", "line 3"),
        ("a/windows.txt", "line 1"),
    }
    check_hides(report, markers)


def test_broken_and_unreadable_files_are_told(k: KeyChain, markers: dict[str, str], tmp_path: Path) -> None:
    saved('{"cells": [' + markers["consumer_key"], "broken.ipynb")
    saved("[]", "list.ipynb")
    saved('{"cells": [1]}', "cells.ipynb")
    saved("", "empty.ipynb")
    saved("[" * 100_000, "deep.ipynb")
    report = leaks.scan(".", k)
    assert len(report.problems) == 5
    assert [one.where for one in report.findings] == ["line 1"]
    assert report.unread == 0


def test_a_file_that_can_not_be_read(k: KeyChain, monkeypatch: pytest.MonkeyPatch) -> None:
    saved("x", "mine.txt")
    saved("x", "theirs.txt")
    opened = Path.open

    def refuse(path: Path, *arguments: Any, **options: Any) -> Any:  # root may read everything
        if path.name == "theirs.txt":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    report = leaks.scan(".", k)
    assert (report.files, report.unread) == (1, 1)
    assert report.problems == ["theirs.txt can't be read (PermissionError)."]


def test_special_files_are_left_alone(k: KeyChain) -> None:
    os.mkfifo("pipe")
    Path("link.txt").symlink_to("/etc/hostname")
    assert leaks.scan(".", k).files == 0


def test_a_key_in_a_files_name(k: KeyChain, markers: dict[str, str]) -> None:
    saved("", f"{markers['consumer_key']}.txt")
    report = leaks.scan(".", k)
    assert [one.where for one in report.findings] == ["its name"]
    check_hides(report, markers)


def test_a_name_can_not_write_on_the_terminal(k: KeyChain, markers: dict[str, str]) -> None:
    saved(markers["consumer_key"], "a\x1b[2J\nb.txt")
    assert leaks.scan(".", k).findings[0].file == "a?[2J?b.txt"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{access_token}", "access token"),
        ("id,{access_token}\n", "access token"),
        ("Bearer {bearer}", "bearer token"),
        ("API_KEY={consumer_key}", "named"),
        ('"consumer_secret": "{consumer_secret}"', "named"),
        ("api secret key: {consumer_secret}", "named"),
        ("X_ACCESS_TOKEN_SECRET='{access_secret}'", "named"),
    ],
)
def test_keys_of_others_are_known_by_their_shape(text: str, said: str, markers: dict[str, str], bearer: str) -> None:
    saved(text.format(bearer=bearer, **markers), "x.txt")
    (finding,) = leaks.scan(".", KeyChain()).findings
    assert said in finding.key
    saved(notebook(source=text.format(bearer=bearer, **markers)), "y.ipynb")
    assert leaks.scan("y.ipynb", KeyChain()).findings[0].where == "cell 2 (source)"


@pytest.mark.parametrize(
    "text",
    [
        "commit 3e73f3d1c6a2b7e8f9a0b1c2d3e4f5a6b7c8d9e0",
        "sha256:" + "ab12" * 16,
        "550e8400-e29b-41d4-a716-446655440000",
        "2026-11-23-" + "a" * 40,
        "api_key: os.environ['X_API_KEY']",
        "consumer_key = '…'",
        "A" * 500,
        base64.b64encode(bytes(300)).decode(),
        "access_token: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ],
)
def test_what_only_resembles_a_key_is_not_one(text: str) -> None:
    saved(text, "x.txt")
    assert leaks.scan(".", KeyChain()).findings == []


def test_by_default_it_looks_for_the_keys_that_are_here(k: KeyChain, markers: dict[str, str]) -> None:
    k.dump()
    k.assign("tw", {"bearer_token": "another, of the folder"})
    k.dump(key_dir="project/.smapy_nb")
    saved(f"{markers['consumer_key']} and another, of the folder", "project/x.txt")
    report = leaks.scan("project")
    assert {one.key for one in report.findings} == {
        "the consumer_key held for 'tw'",
        "the bearer_token held for 'tw'",
    }


def test_keys_that_another_source_outdoes_are_looked_for_too(
    k: KeyChain, markers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    k.dump()
    monkeypatch.setenv("X_BEARER_TOKEN", "the first that is found")
    saved(f"{markers['consumer_key']} and the first that is found", "x.txt")
    assert len(leaks.scan("x.txt").findings) == 2


def test_a_path_that_is_not_there() -> None:
    with pytest.raises(InvalidInput, match="no file or folder"):
        leaks.scan("nowhere")


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "smapy_nb", "leaks", *arguments], capture_output=True, text=True, timeout=100
    )


def test_the_command_exits_1_where_it_finds_a_key(k: KeyChain, markers: dict[str, str]) -> None:
    k.dump()
    saved(notebook(source=markers["consumer_secret"]), "found.ipynb")
    saved(notebook(), "clean.ipynb")
    clean, found = command("clean.ipynb"), command("clean.ipynb", "found.ipynb")
    assert (clean.returncode, found.returncode) == (0, 1)
    assert "found.ipynb, cell 2 (source): the consumer_secret held for 'tw'" in found.stdout
    assert markers["consumer_secret"] not in found.stdout + found.stderr
    nowhere = command("nowhere")
    assert nowhere.returncode == 2
    assert nowhere.stderr.count("\n") == 1


def test_as_a_git_hook_it_refuses_the_commit(
    k: KeyChain, markers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    documented = (Path(__file__).parents[2] / "docs" / "keys.md").read_text()
    hook = documented.split("<!-- git hook -->")[1].split("```sh\n")[1].split("```")[0]
    k.dump()

    def git(*arguments: str) -> subprocess.CompletedProcess[str]:
        names = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        return subprocess.run(["git", *names, *arguments], capture_output=True, text=True, timeout=100)

    git("init", "-q")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["bash", "-ec", hook], check=True, env={**os.environ, "PATH": path})
    monkeypatch.setenv("PATH", path)
    saved(notebook(source=markers["consumer_secret"]), "x.ipynb")
    git("add", ".")
    saved(notebook(), "x.ipynb")  # cleaned, but what was added still holds the key
    refused = git("commit", "-qm", "x")
    assert refused.returncode == 1
    assert "the consumer_secret held" in refused.stdout + refused.stderr
    git("add", ".")
    assert git("commit", "-qm", "x").returncode == 0


def test_as_jupyters_pre_save_hook_it_refuses_to_save(k: KeyChain, markers: dict[str, str]) -> None:
    k.dump()
    leaks.pre_save({"type": "notebook", "content": notebook()}, path="x.ipynb")
    leaks.pre_save({"type": "file", "content": markers["consumer_key"]}, path="x.txt")
    leaks.pre_save({"type": "directory", "content": None}, path="")
    with pytest.raises(HTTPError) as refused:
        leaks.pre_save({"type": "notebook", "content": notebook(source=markers["consumer_key"])}, path="x.ipynb")
    assert "cell 2 (source): the consumer_key held for 'tw'" in str(refused.value.reason)
    assert markers["consumer_key"] not in str(refused.value)


def test_jupyter_itself_does_not_save_it(k: KeyChain, markers: dict[str, str], tmp_path: Path) -> None:
    served = tmp_path / "served"
    k.dump(key_dir=served / "course" / ".smapy_nb")  # keys beside the notebook, which is not where Jupyter runs
    manager = FileContentsManager(root_dir=str(served))
    manager.register_pre_save_hook(leaks.pre_save)  # as the documented setting does, without a warning of Jupyter's own
    clean = {"type": "notebook", "format": "json", "content": notebook()}
    manager.save(clean, "course/x.ipynb")
    with pytest.raises(HTTPError, match="a key would be in it"):
        manager.save({**clean, "content": notebook(source=markers["consumer_secret"])}, "course/x.ipynb")
    assert markers["consumer_secret"] not in (served / "course" / "x.ipynb").read_text()
