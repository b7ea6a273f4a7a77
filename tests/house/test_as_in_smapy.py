"""The example of smapy's documentation, word for word, in two kernels one after the other."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

from smapy_nb import sandbox

FIRST = """
from smapy.network_connectors.addons import KeyChain
token = {token}
k = KeyChain(); k.assign('tw', token); k.dump()
"""
LATER = """
from smapy.network_connectors.addons import KeyChain
k = KeyChain(); k.load_last(); checked = k.check('tw')
from smapy.network_connectors.twitter import TwitterConnector
t = TwitterConnector(accounts = {'RIA Novosti':'ria_novosti'}, token = k.get('tw'))
print([checked, t.profiles()])
"""


def test_the_documented_example_word_for_word_in_two_kernels(tmp_path: Path) -> None:
    with sandbox.Sandbox() as x:
        env = {**os.environ, "HOME": str(tmp_path / "home"), "SMAPY_NB_X_API": x.url}
        (tmp_path / "home").mkdir()

        def kernel(code: str) -> str:
            command = [sys.executable, "-W", "error", "-c", code]
            return subprocess.run(command, cwd=tmp_path, env=env, check=True, capture_output=True, text=True).stdout

        kernel(FIRST.replace("{token}", repr(x.token)))
        checked, profiles = ast.literal_eval(kernel(LATER))
    assert checked is True
    assert profiles == {
        "RIA Novosti": {
            "followers": 27772,
            "id": 34262462,
            "link": "https://www.twitter.com/ria_novosti",
            "name": "RIA Novosti",
            "nickname": "ria_novosti",
        }
    }
