"""ProfilesWidget's table beside ipydatagrid, itables and Perspective: each in a real JupyterLab, with one DataFrame.

100, 10,000 and 100,000 profiles of 12 columns; ``--quick``: 10,000 once, and few accounts, within 50 s. The best of
three runs at 100,000 counts, because what else the machine does can only add to one; all are in the JSON. Observed:

- visible: from the order to run the cell until the first and the sixth row's text can be read. The sixth is the
  last that all of them show by default. ProfilesWidget (through a connector whose network has answered already),
  itables and Perspective have it in the page, in a shadow root too; ipydatagrid paints it on a canvas, which shows
  in the calls of ``fillText``. The page is asked after each frame that it has painted.
  ProfilesWidget's static form, a table of 100 rows that shows until the widget does, does not count.
- refreshed: from the order to hand the widget a frame with 1% changed rows until both rows show their new text.
- keypress (ours): from the event of a real key in the search box until the table tells the number of rows that
  pandas has counted for it; the median of 20.
- answers, Cancel (ours): while a real connector reads accounts from the stub into an archive, ``1+1`` is asked for
  again and again; then, in another refresh, Cancel is clicked, until the page shows that nothing runs any more, and
  until the last thread of the look-up is gone.
- memory: what the kernel holds more, with the widget, than before it; the frame itself is not counted.
- saved: the size of a notebook that ``nbconvert --execute`` has run, without what it is for an empty cell.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.against.table_results import OURS, Clock, Results
from tests.browser.lab import Desk, Notebook, Server, browsing, chromium, isolated, served

PEERS = ("ipydatagrid", "itables", "perspective")
AGAINST = Path(__file__).parent / "against"
SETUP = f"import sys; sys.path.insert(0, {str(AGAINST)!r}); import table_kernel as t"
MADE = (
    SETUP
    + "; frame = t.frame({rows}); laters = [t.changed(frame, word) for word in {words}]; s = t.Shown({peer!r}, frame)"
)
WORDS = ("later", "third")
KEYS = [*"47113", *["Backspace"] * 5, *"90218", *["Backspace"] * 5]


def code(book: Notebook, text: str) -> None:
    """Run code in the kernel, and fail where it fails."""
    reply = page(book, "run", code=text)
    if reply["status"] != "ok":
        raise RuntimeError(f"{reply['ename']}: {reply['evalue']}")


def page(book: Notebook, name: str, **argument: Any) -> Any:
    return book.page.evaluate(f"(argument) => window.bench.{name}(argument)", argument)


class Lab:
    """Opens notebooks: a page and a kernel for each measurement, or `shared` ones, which takes less time."""

    def __init__(self, server: Server, browser: Browser, shared: bool) -> None:
        self.server, self._browser, self._shared = server, browser, shared
        self._one: Notebook | None = None
        self._stack = ExitStack()

    @contextmanager
    def open(self, name: str) -> Iterator[Notebook]:
        with self._stack if not self._shared else nullcontext():
            if self._one is None:
                book = Desk(self.server, self._browser, self._stack, str).open(self.server.write(name, ""))
                book.page.set_default_timeout(200_000)
                book.page.evaluate((AGAINST / "table_page.js").read_text())
                self._one = book if self._shared else None
            else:
                book = self._one
                page(book, "clear")
            yield book


def shown(book: Notebook, peer: str, rows: int, limit: float, refreshes: int = 2) -> dict[str, Any]:
    """Show a widget and refresh it; return seconds, and bytes of memory."""
    code(book, MADE.format(rows=rows, peer=peer, words=WORDS))
    watched = {"canvas": peer == "ipydatagrid", "limit": limit * 1000}

    def timed(text: str, word: str, aside: bool) -> float:
        texts = [f"{word} 0!", f"{word} 5!"]
        return float(page(book, "timed", code=text, aside=aside, texts=texts, **watched)) / 1000

    visible = timed("s.show(frame)", "first", False)
    memory = int(book.ask("s.memory()"))
    refreshed = [timed(f"s.refresh(laters[{at}])", WORDS[at], True) for at in range(refreshes)]
    return {"visible": visible, "refreshed": refreshed, "memory": memory}


def keypresses(book: Notebook, limit: float) -> list[float]:
    """Type in the search box; return milliseconds for each key."""
    text, needles = "", []
    for key in KEYS:
        text = text[:-1] if key == "Backspace" else text + key
        needles.append(text)
    counts = json.loads(book.ask(f"t.counts(laters[1], {needles})"))
    page(book, "listen", counts=counts, limit=limit * 1000)
    for at, key in enumerate(KEYS, 1):
        book.page.keyboard.press(key)
        book.page.wait_for_function("(at) => window.benchKeys.length >= at", arg=at)
    times: list[float | None] = book.page.evaluate("() => window.benchKeys")
    if any(one is None or one != one for one in times):
        raise RuntimeError("the search did not show as many rows as pandas finds")
    return [one for one in times if one is not None]


def beside(book: Notebook, url: str, accounts: int, limit: float) -> dict[str, float]:
    """Refresh from a server, and cancel a refresh; return milliseconds."""
    code(book, SETUP)
    page(book, "cell", code=f"w = t.real({url!r}, {accounts})\nw")
    book.page.locator(".smapy-profiles").wait_for()
    told = page(book, "answers", code="w.refresh()", limit=limit * 1000)
    rows, error = book.ask("0 if w.df is None else len(w.df)"), book.ask("w.error")
    if int(rows) != accounts:
        raise RuntimeError(f"{rows} of {accounts} accounts were read: {error}")
    stopped = page(book, "cancel", code="w.refresh(); watch = t.Watch()", limit=limit * 1000)
    gone = 0.0
    while not gone:
        gone = float(book.ask("watch.gone"))
    return {
        "answer_ms": max(told["times"]),
        "answer_slowest_after_seconds": told["at"][told["times"].index(max(told["times"]))] / 1000,
        "answer_median_ms": statistics.median(told["times"]),
        "answers": len(told["times"]),
        "refresh_seconds": told["whole"] / 1000,
        "cancel_ms": stopped["took"],
        "cancel_threads_gone_ms": gone - stopped["pressed"],
    }


def saved(home: Path, folder: Path, peer: str, rows: int) -> int:
    """Run a notebook without a browser; return by how many bytes the widget has made it grow."""
    server = Server("", "", folder, home, home)
    path = server.write(f"saved_{peer}_{rows}", MADE.format(rows=rows, peer=peer, words=()), "s.show(frame, wait=True)")
    before = path.stat().st_size
    command = [sys.executable, "-m", "nbconvert", "--to=notebook", "--execute", "--inplace", str(path)]
    done = subprocess.run(command, cwd=path.parent, env=isolated(home), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError((done.stderr.strip() or "nbconvert failed").splitlines()[-1])
    return path.stat().st_size - before


def stub(stack: ExitStack) -> str:
    """Start the server that the connector's benchmark uses; each answer takes 20 ms."""
    process = subprocess.Popen([sys.executable, AGAINST / "stub.py", "20"], stdout=subprocess.PIPE, text=True)
    stack.callback(process.wait, 20)
    stack.callback(process.terminate)
    assert process.stdout
    stack.callback(process.stdout.close)
    return f"http://127.0.0.1:{process.stdout.readline().split()[0]}"


def measure(lab: Lab, names: list[str], sizes: list[int], runs: int, url: str, clock: Clock, results: Results) -> None:
    limit, last = clock.limit, sizes[-1]
    for rows in sizes:
        for run in range(
            runs if rows == last else 1
        ):  # in turns, so that what else the machine does falls on all alike
            for peer in names:
                if clock.late(28, f"{peer}, {rows} rows, run {run + 1}"):
                    results.failures.append(f"{peer}: no time left for it")
                    continue
                with results.trying(f"{peer}, {rows} rows"), lab.open(f"{peer}_{rows}_{run}") as book:
                    results.add(rows, peer, shown(book, peer, rows, limit))
                    if peer == OURS and rows == last and run == runs - 1:
                        times = keypresses(book, limit)
                        results.ours |= {"keypress_ms": statistics.median(times), "keypress_max_ms": max(times)}
    if clock.late(34, "answers and Cancel"):
        results.failures.append("answers and Cancel: no time left for them")
        return
    with results.trying("answers and Cancel"), lab.open("beside") as book:
        results.ours |= beside(book, url, 100_000 if runs > 1 else 3_000, limit)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="end within 50 s")
    quick = parser.parse_args().quick
    chrome = chromium()
    if chrome is None:
        sys.exit("table: no chromium on this machine: apt-get install chromium")
    missing = [peer for peer in PEERS if importlib.util.find_spec(peer) is None]
    if missing:
        print(f"Left out, not installed (pip install '.[bench]'): {', '.join(missing)}")
    names = [OURS, *(peer for peer in PEERS if peer not in missing)]
    sizes, runs = ([10_000], 1) if quick else ([100, 10_000, 100_000], 3)
    results, clock = Results(), Clock(quick)
    with ExitStack() as stack:
        home, folder = (Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2))
        url = stub(stack)
        server = stack.enter_context(served(home, folder))
        lab = Lab(server, stack.enter_context(browsing(chrome)), shared=quick)
        measure(lab, names, sizes, runs, url, clock, results)
        for rows in sizes:
            for peer in names[:1] if quick else names:
                if peer in results.tables.get(rows, {}) and not clock.late(38, f"{peer}, {rows} rows, saved"):
                    with results.trying(f"{peer}, {rows} rows, saved"):
                        results.tables[rows][peer]["saved"] = saved(home, folder, peer, rows)
    results.show()
    for name, value in results.ours.items():
        print(f"  {name.replace('_', ' '):24} {value:10.1f}")
    print(results.as_json(quick))


if __name__ == "__main__":
    main()
