"""ProfilesWidget's table beside ipydatagrid, itables and Perspective, in a real JupyterLab.

Seconds in the browser's own clock: from the request to run the cell until the first row's text can be read (on a
canvas: until it is painted), and from the request to change 1% of the rows until the first changed cell shows.
Without arguments 100, 10,000 and 100,000 rows of 12 columns; ``--quick`` 10,000 rows. The last line is JSON.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.browser.lab import Desk, Notebook, browsing, chromium, served

SETUP = """
import numpy as np, pandas as pd, psutil, gc
n = {rows}
rng = np.random.default_rng(1)
names = pd.Series([f'account {{i}}' for i in range(n)], dtype='string')
frame = pd.DataFrame({{
    'account': names, 'requested': names, 'outcome': pd.Series(['ok'] * n, dtype='string'),
    'reason': pd.Series([None] * n, dtype='string'), 'id': pd.Series(rng.integers(1, 2**62, n), dtype='Int64'),
    'handle': pd.Series([f'handle_{{i}}' for i in range(n)], dtype='string'),
    'name': pd.Series([f'Name of account {{i}}' for i in range(n)], dtype='string'),
    'followers': pd.Series(rng.integers(0, 10**7, n), dtype='Int64'),
    'following': pd.Series(rng.integers(0, 5000, n), dtype='Int64'),
    'posts': pd.Series(rng.integers(0, 10**5, n), dtype='Int64'),
    'description': pd.Series([f'What account {{i}} says of itself, at length' for i in range(n)], dtype='string'),
    'location': pd.Series(rng.choice(['Moscow', 'Paris', '', 'Cairo', 'Lima'], n), dtype='string'),
}})
frame.loc[0, 'name'] = 'first!'
later = frame.copy()
changed = np.unique(np.append(rng.choice(n, max(1, n // 100), replace=False), 0))
later.loc[changed, 'followers'] += 1
later.loc[0, 'name'] = 'later!'
gc.collect()
before = psutil.Process().memory_info().rss
"""
# Every reader must find text in the page, in shadow roots too; a canvas must have been painted with it.
FIND = """
(text) => {
  const look = (root) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.shadowRoot && look(node.shadowRoot)) return true;
      if (node.childElementCount === 0 && node.textContent.includes(text) && node.tagName !== 'SCRIPT'
          && node.getBoundingClientRect().height > 0) return true;
    }
    return false;
  };
  return look(document.querySelector('.jp-NotebookPanel .jp-OutputArea') ?? document.createElement('div'));
}
"""


@dataclass
class Peer:
    name: str
    module: str
    show: str
    change: str
    canvas: bool = False


PEERS = (
    Peer(
        "smapy-nb",
        "smapy_nb",
        "from smapy_nb.widgets.profiles import ProfilesWidget\nw = ProfilesWidget(())\n"
        "w._show_rows(frame, None)\ndisplay(w)",
        "w._show_rows(later, None)",
    ),
    Peer(
        "ipydatagrid",
        "ipydatagrid",
        "from ipydatagrid import DataGrid\nw = DataGrid(frame)\ndisplay(w)",
        "w.data = later",
        True,
    ),
    Peer(
        "itables",
        "itables",
        "from itables.widget import ITable\nw = ITable(frame, maxBytes=0)\ndisplay(w)",
        "w.update(later)",
    ),
    Peer(
        "Perspective",
        "perspective",
        "import perspective\nfrom perspective.widget import PerspectiveWidget\n"
        "w = PerspectiveWidget(frame, plugin='Datagrid')\ndisplay(w)",
        "w.load(later)",
    ),
)


# Poll at each frame until the text shows; a cell that failed ends it at once.
WAIT = """
  return await new Promise((resolve, reject) => {
    const find = eval(argument.find);
    const look = () => {
      const took = (performance.now() - start) / 1000;
      const failed = panel.content.widgets.at(-1).model.outputs.toJSON().find((one) => one.output_type === 'error');
      if (argument.canvas ? window.smapyPainted : find(argument.text)) resolve(took);
      else if (failed) reject(new Error(failed.ename + ': ' + failed.evalue));
      else if (took > argument.limit) reject(new Error(`did not show in ${argument.limit} s`));
      else setTimeout(() => requestAnimationFrame(look), 0);
    };
    requestAnimationFrame(look);
  });
"""
# What is painted on a canvas is watched through the call that paints text.
WATCH = """
  window.smapyPainted = false;
  window.smapyText = argument.text;
  if (!window.smapyWatched) {
    window.smapyWatched = true;
    const paint = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...more) {
      if (String(text).includes(window.smapyText)) window.smapyPainted = true;
      return paint.call(this, text, ...more);
    };
  }
  const start = performance.now();
"""
RUN_CELL = """
  panel.content.widgets.at(-1).model.sharedModel.setSource(argument.code);
  app.commands.execute('notebook:run-all-cells');
"""
RUN_ASIDE = "panel.sessionContext.session.kernel.requestExecute({code: argument.code, silent: true});"


def timed(book: Notebook, run: str, code: str, text: str, peer: Peer, limit: float) -> float:
    """Run code in the kernel and return the seconds until `text` shows, by the browser's clock."""
    argument = {"find": FIND, "text": text, "canvas": peer.canvas, "code": code, "limit": limit}
    return float(book.app(WATCH + run + WAIT, argument))


def kernel(book: Notebook, code: str) -> None:
    book.app("await panel.sessionContext.session.kernel.requestExecute({code: argument, silent: true}).done", code)


def measure(desk: Desk, peer: Peer, rows: int, limit: float) -> dict[str, float]:
    path = desk.server.write(f"{peer.module}_{rows}", "")
    book = desk.open(path)
    book.page.set_default_timeout(150_000)
    kernel(book, SETUP.format(rows=rows))
    kernel(book, "\n".join(line for line in peer.show.splitlines() if line.startswith(("import", "from"))))
    empty = path.stat().st_size
    seen = timed(book, RUN_CELL, peer.show, "first!", peer, limit)
    memory = float(book.ask("psutil.Process().memory_info().rss - before"))
    # The change is run without a cell, so that the view is not made anew.
    refreshed = timed(book, RUN_ASIDE, peer.change, "later!", peer, limit)
    found = {"visible": seen, "refreshed": refreshed, "memory_per_row": memory / rows}
    if peer.name == "smapy-nb":
        found["keypress_ms"] = keypress(book)
    book.save()
    found["saved_per_row"] = (path.stat().st_size - empty) / rows
    return found


def keypress(book: Notebook) -> float:
    """Median milliseconds from a letter typed in the search box until the rows that match are painted."""
    script = (
        "const box = document.querySelector('.smapy-profiles input[type=search]'); const times = [];"
        "const typed = 'account 99 letters itself';"
        "for (let at = 1; at <= 20; at += 1) { const start = performance.now();"
        " box.value = typed.slice(0, at); box.dispatchEvent(new Event('input', {bubbles: true}));"
        " await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));"
        " times.push(performance.now() - start); } return times;"
    )
    return statistics.median(book.app(script))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    path = chromium()
    if path is None:
        sys.exit("table: no chromium on this machine: apt-get install chromium")
    sizes = [10_000] if quick else [100, 10_000, 100_000]
    missing = [peer.name for peer in PEERS if importlib.util.find_spec(peer.module) is None]
    if missing:
        print(f"Left out, not installed (pip install '.[bench]'): {', '.join(missing)}")
    results: dict[str, dict[str, Any]] = {}
    end = time.monotonic() + (40 if quick else 3600)
    with ExitStack() as stack:
        home, folder = (Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2))
        server = stack.enter_context(served(home, folder))
        browser = stack.enter_context(browsing(path))
        print(f"{'rows':>8}  {'table':12} {'visible s':>10} {'refreshed s':>12} {'bytes/row kernel':>17} {'saved':>8}")
        for rows in sizes:
            for peer in PEERS:
                if peer.name in missing or time.monotonic() > end:
                    continue
                with ExitStack() as one:
                    try:
                        found = measure(Desk(server, browser, one, str), peer, rows, 15 if quick else 120)
                    except Exception as failure:
                        print(f"{rows:>8}  {peer.name:12} {str(failure).splitlines()[0]}")
                        continue
                results.setdefault(str(rows), {})[peer.name] = found
                print(
                    f"{rows:>8}  {peer.name:12} {found['visible']:>10.2f} {found['refreshed']:>12.2f} "
                    f"{found['memory_per_row']:>17.0f} {found['saved_per_row']:>8.1f}",
                    flush=True,
                )
    ratios: dict[str, dict[str, float]] = {}
    for rows, of in results.items():
        for what in ("visible", "refreshed"):
            others = [one[what] for name, one in of.items() if name != "smapy-nb"]
            if others and "smapy-nb" in of:
                ratios.setdefault(rows, {})[what] = round(of["smapy-nb"][what] / min(others), 2)
    print(json.dumps({"benchmark": "table", "quick": quick, "results": results, "ratio_to_fastest_peer": ratios}))


if __name__ == "__main__":
    main()
