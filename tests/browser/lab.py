"""A real JupyterLab, Notebook 7 and Chromium, for tests and for benchmarks/table.py."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

BUILD = Path(__file__).parents[2] / "build" / "screenshots"
SETTINGS = {
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {"fetchNews": "false", "checkForUpdates": False},
}


def chromium() -> str | None:
    """Return where this machine's chromium is, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  # loopback
                return
        except OSError:
            time.sleep(0.05)  # between two questions, not instead of one
    raise RuntimeError(f"{process.args!r} did not answer:\n{log.read_text()[-3000:]}")


def isolated(home: Path) -> dict[str, str]:
    """An environment in which a server reads and writes nothing of whoever runs the tests."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "SMAPY_NB", "XDG_"))}
    folders = {"HOME": home, "XDG_CONFIG_HOME": home / "config", "XDG_DATA_HOME": home / "data"}
    folders |= {f"JUPYTER_{name}_DIR": home / f"jupyter-{name.lower()}" for name in ("CONFIG", "DATA", "RUNTIME")}
    folders |= {"JUPYTERLAB_SETTINGS_DIR": home / "settings", "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces"}
    folders |= {"IPYTHONDIR": home / "ipython"}
    return kept | {name: str(folder) for name, folder in folders.items()}


@dataclass
class Server:
    url: str
    token: str
    folder: Path
    home: Path
    log: Path

    def write(self, name: str, *cells: str) -> Path:
        """Make a notebook of these cells, in a folder of its own: what an archive keeps there is its alone."""
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        path = self.folder / name / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(book, path)
        return path


@dataclass
class Notebook:
    """A notebook open in a page."""

    page: Page
    path: Path
    errors: list[str]

    def app(self, script: str, argument: Any = None) -> Any:
        """Run JavaScript with `app` and `panel` (the notebook's panel) at hand."""
        return self.page.evaluate(
            "async (argument) => { const app = window.jupyterapp; const panel = app.shell.currentWidget;"
            + script
            + "}",
            argument,
        )

    def run_all(self) -> None:
        """Run all cells and wait until each has run."""
        self.app("await app.commands.execute('notebook:run-all-cells')")
        self.page.wait_for_function(
            "() => window.jupyterapp.shell.currentWidget.content.widgets"
            ".every((cell) => cell.model.type !== 'code' || cell.model.executionCount)"
        )
        failed = self.app(
            "return panel.content.widgets.flatMap((cell) => cell.model.outputs?.toJSON() ?? [])"
            ".filter((output) => output.output_type === 'error').map((output) => output.traceback.join('\\n'))"
        )
        assert not failed, failed[0]

    def save(self) -> dict[str, Any]:
        """Save the notebook and return it as it is on disk."""
        self.app("await panel.context.save()")
        saved: dict[str, Any] = json.loads(self.path.read_text("utf-8"))
        return saved

    def ask(self, code: str) -> str:
        """Evaluate an expression in the kernel and return its str()."""
        answer: str = self.app(
            "const future = panel.sessionContext.session.kernel.requestExecute("
            "{code: '', silent: true, store_history: false, user_expressions: {x: argument}});"
            "const reply = await future.done; const x = reply.content.user_expressions.x;"
            "if (x.status !== 'ok') throw new Error(x.ename + ': ' + x.evalue);"
            "return x.data['text/plain'];",
            f"str({code})",
        )
        return answer[1:-1]

    def shot(self, name: str, selector: str = ".smapy") -> None:
        """Keep a picture of a part of the page."""
        BUILD.mkdir(parents=True, exist_ok=True)
        self.page.locator(selector).first.screenshot(path=BUILD / f"{name}.png", animations="disabled")


@contextmanager
def served(home: Path, folder: Path) -> Iterator[Server]:
    """Run JupyterLab and Notebook 7 on a free port, with a home of its own, on the notebooks of `folder`."""
    for name, values in SETTINGS.items():
        path = home / "settings" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    token, port, log = secrets.token_hex(16), free_port(), home / "server.log"
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
        f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}", "--ServerApp.port_retries=0",
        "--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True",
        "--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, env=isolated(home), stdout=out, stderr=out)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(f"{url}/api/status?token={token}", process, log)
            yield Server(url, token, folder, home, log)
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def browsing(path: str) -> Iterator[Browser]:
    """Run the chromium at `path`."""
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )


def _only_loopback(route: Route) -> None:
    host = route.request.url.split("/")[2].split(":")[0] if "://" in route.request.url else ""
    route.continue_() if host in ("127.0.0.1", "localhost", "") else route.abort()


class Desk:
    """Opens notebooks in pages, and closes them."""

    def __init__(self, server: Server, browser: Browser, stack: ExitStack, voila: Callable[[], str]) -> None:
        self.server = server
        self.voila = voila
        self._browser = browser
        self._stack = stack

    def page(self, **options: Any) -> tuple[Page, list[str]]:
        """Open a page; those without options of their own share what the browser has loaded before."""
        usual = [context for context in self._browser.contexts if not options]
        context = usual[0] if usual else self._context(options)
        page = context.new_page()
        self._stack.callback(page.close)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page, errors

    def _context(self, options: dict[str, Any]) -> BrowserContext:
        context = self._browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1200, "height": 900}} | options)
        if options:
            self._stack.callback(context.close)
        context.set_default_timeout(20_000)
        context.route("**/*", _only_loopback)
        return context

    def open(self, path: Path, host: str = "lab", *, theme: str = "light", **options: Any) -> Notebook:
        """Open a notebook in JupyterLab (`lab`) or Notebook 7 (`notebook`) and wait for its kernel."""
        page, errors = self.page(**options)
        place = path.relative_to(self.server.folder).as_posix()
        if host == "voila":
            page.goto(f"{self.voila()}/voila/render/{place}")
            page.locator(".smapy").first.wait_for()
            return Notebook(page, path, errors)
        place = f"lab/tree/{place}?reset&" if host == "lab" else f"notebooks/{place}?"
        page.goto(f"{self.server.url}/{place}token={self.server.token}")
        page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context?.isReady")
        notebook = Notebook(page, path, errors)
        notebook.app("await panel.sessionContext.ready; await panel.sessionContext.session.kernel.info;")
        light = theme == "light"  # the server remembers the theme of the notebook before
        if light != notebook.app("return document.body.dataset.jpThemeLight === 'true'"):
            name = "JupyterLab Light" if light else "JupyterLab Dark"
            notebook.app("await app.commands.execute('apputils:change-theme', {theme: argument})", name)
            page.wait_for_function("(light) => document.body.dataset.jpThemeLight === light", arg=str(light).lower())
        self._stack.callback(notebook.app, "await panel.sessionContext.shutdown()")
        return notebook
