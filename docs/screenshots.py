"""Take the pictures of docs/ anew: `python docs/screenshots.py`, in a real JupyterLab with Debian's chromium."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from PIL import Image  # noqa: E402  # comes with matplotlib
from playwright.sync_api import expect  # noqa: E402  # the repository comes first on the path

from tests.browser.lab import Desk, browsing, chromium, served  # noqa: E402  # the same

SETUP = """
import os, tempfile
os.chdir(tempfile.mkdtemp())  # an archive of its own
from smapy_nb import KeyChain, KeyChainWidget, ProfilesWidget, sandbox
box = sandbox.use()
k = KeyChain()
k.assign('tw', box.token)
keys = KeyChainWidget(k)
accounts = {'RIA Novosti': 'ria_novosti', 'Nobody': 'no_such_one'} | {h: h for h in box.people[2:40]}
profiles = ProfilesWidget(accounts, keychain=k)
for day in range(5):
    profiles.refresh(wait=True)
    box.clock.advance(days=day < 4)
k.check('tw')
display(keys, profiles)
"""


def main() -> None:
    """Take both widgets, in the light and in the dark theme."""
    path = chromium()
    if path is None:
        sys.exit("no chromium on this machine: apt-get install chromium")
    with ExitStack() as stack:
        home, folder = (Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2))
        server = stack.enter_context(served(home, folder))
        desk = Desk(server, stack.enter_context(browsing(path)), stack, str)
        for theme in ("light", "dark"):
            book = desk.open(
                server.write(f"docs_{theme}", SETUP), theme=theme, viewport={"width": 1200, "height": 1300}
            )
            book.run_all()
            expect(book.page.locator(".smapy-state")).to_contain_text("Valid")
            expect(book.page.locator("[role=grid]")).to_have_attribute("aria-rowcount", "41")
            expect(book.page.locator(".smapy-trend svg").first).to_be_visible()  # lines come when they are in view
            picture = HERE / f"widgets-{theme}.png"
            book.page.locator(".jp-Cell-outputArea").first.screenshot(path=picture, animations="disabled")
            Image.open(picture).convert("P", palette=Image.Palette.ADAPTIVE, colors=224).save(picture, optimize=True)


if __name__ == "__main__":
    main()
