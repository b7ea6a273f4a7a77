"""A marker secret is typed into a real front end, and then looked for wherever it could have gone."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from ipywidgets.embed import embed_data
from playwright.sync_api import Locator, Page

SECRET = "mQ7/x+Zr9=Kd2pWv8Ty4"  # letters that URL encoding and base64 change
KEYS = {"API key": f"a{SECRET}", "API key secret": f"b{SECRET}", "Access token": f"12-{SECRET}"}
SETUP = "from smapy_nb import KeyChain, KeyChainWidget\nk = KeyChain()\nw = KeyChainWidget(k)\nw"


def shapes(secret: str) -> set[bytes]:
    """All that would tell the secret: any 12 letters of it, of its URL encoding, and of its base64."""
    whole = {secret, quote(secret), quote(secret, safe="")}
    # base64 of a text that holds the secret: three alignments, without the letters that neighbours decide
    for shift in range(3):
        whole.add(base64.b64encode(b" " * shift + secret.encode()).decode()[4:-4])
    return {text[at : at + 12].encode() for text in whole for at in range(len(text) - 11)}


def leaks(contents: Iterable[tuple[str, bytes]], secret: str = SECRET) -> list[str]:
    wanted = shapes(secret)
    return [name for name, content in contents if any(shape in content for shape in wanted)]


def files(*folders: Path) -> Iterable[tuple[str, bytes]]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield str(path), path.read_bytes()


@pytest.mark.parametrize("content", [SECRET, f"x={quote(SECRET, safe='')}", SECRET[4:17], "zz" + SECRET])
@pytest.mark.parametrize("encode", [False, True])
def test_the_search_finds_what_it_should(content: str, encode: bool) -> None:
    raw = base64.b64encode(content.encode()) if encode and content.endswith(SECRET) else content.encode()
    assert leaks([("here", raw)]) == ["here"]


def panel(page: Page) -> Locator:
    return page.locator(".smapy-keychain [role=tabpanel]:not([hidden])")


def type_the_secret(book: Any) -> None:
    for label, value in KEYS.items():
        panel(book.page).get_by_label(label, exact=True).press_sequentially(value)
    panel(book.page).get_by_label("Access token secret", exact=True).press_sequentially(SECRET)


@pytest.mark.parametrize("host", ["lab", "notebook"])
@pytest.mark.parametrize("saving", [False, True], ids=["plain", "with-widget-state"])
def test_typed_keys_are_in_no_file(desk: Any, host: str, saving: bool) -> None:
    name = f"leak_{host}_{'on' if saving else 'off'}"
    settings = desk.server.home / "settings/@jupyter-widgets/jupyterlab-manager/plugin.jupyterlab-settings"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps({"saveState": saving}))
    path = desk.server.write(name, SETUP)
    book = desk.open(path, host)
    book.run_all()
    type_the_secret(book)
    book.save()  # while they stand in the inputs
    assert leaks(files(desk.server.folder, desk.server.home)) == []
    book.page.get_by_role("button", name="Save", exact=True).locator("visible=true").last.click()
    book.page.wait_for_function("() => document.querySelector('.smapy-state').textContent.includes('Stored')")
    assert book.ask("k.get('tw')['access_secret']") == SECRET
    saved = book.save()
    book.app("await panel.context.createCheckpoint()")
    checkpoint = path.parent / ".ipynb_checkpoints" / f"{name}-checkpoint.ipynb"
    assert checkpoint.exists()
    assert ("widgets" in saved["metadata"]) == saving  # else the test would prove nothing
    assert leaks(files(desk.server.folder, desk.server.home)) == []
    storage = book.page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])")
    page = book.page.evaluate("() => document.documentElement.outerHTML")
    assert leaks([("browser storage", storage.encode()), ("page", page.encode())]) == []


def test_state_and_embedded_data_of_every_widget_hold_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from smapy_nb import KeyChain, KeyChainWidget, ProfilesWidget

    monkeypatch.chdir(tmp_path)
    keys = {"consumer_key": SECRET, "consumer_secret": SECRET, "access_token": SECRET, "access_secret": SECRET}
    k = KeyChain()
    w = KeyChainWidget(k)
    w._handle_custom_msg({"kind": "save", "values": keys}, [])
    assert k.get("tw") == keys
    others = [ProfilesWidget(["nasa"], token=keys), ProfilesWidget(["nasa"], keychain=k)]
    seen = {"embedded": json.dumps(embed_data([w, *others]), default=str)}
    seen |= {f"state of {one}": json.dumps(one.get_state(), default=str) for one in (w, *others)}
    seen |= {f"bundle of {one}": json.dumps(one._repr_mimebundle_()) for one in (w, *others)}
    assert leaks((name, text.encode()) for name, text in seen.items()) == []
