"""A whole notebook, run by a real kernel with everything turned up: verbose tracebacks, DEBUG logs, widget state."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from smapy_nb.keychain.keychain import KeyChain
from smapy_nb.sandbox import Sandbox
from tests.leaks.search import Search

CELLS = (
    "%xmode Verbose\nimport logging, warnings\n"
    "logging.basicConfig(level=logging.DEBUG)\nwarnings.simplefilter('always')",
    "from smapy_nb import KeyChain, KeyChainWidget, ProfilesWidget, TwitterConnector, sandbox\n"
    "from smapy_nb.transport.pacing import Pace\n"
    "k = KeyChain()\nk.load_last()\nk",
    "w = KeyChainWidget(k)\nw",
    "w._handle_custom_msg({'kind': 'save', 'values': dict(k.get('tw'))}, [])",
    "k.check(), k.status('tw'), k.store",
    "k.show()",
    "vars(k)",
    "import pprint; pprint.pprint([vars(k), k.get('tw')]); print(k.get(), f'{k}')",
    "t = TwitterConnector(['nasa'], k.get('tw'), base_url='http://127.0.0.1:9', pace=Pace(tries=1))\nt.profiles()",
    "TwitterConnector(['nasa'], {**k.get('tw'), 'access_secret': 'x'}, pace=Pace(tries=1)).profiles()",
    "TwitterConnector(['nasa'], {**k.get('tw'), 'access_secret': ''})",
    "k.assign('tw', {**k.get('tw'), 'more': ''})",
    "import pickle; pickle.dumps(k)",
    "k.sign_in('tw', consumer_key=k.get('tw')['consumer_key'], consumer_secret='x')",
    "p = ProfilesWidget(['ria_novosti'], keychain=k)\np.refresh(wait=True)\np",
    "k.dump()",
    "In, Out, list(get_ipython().history_manager.get_range(raw=True, output=True))",
)
FAIL = {8, 9, 10, 11, 12, 13}


def test_a_notebook_its_page_and_all_that_a_kernel_writes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox() as x:
        monkeypatch.setenv("SMAPY_NB_X_API", x.url)
        monkeypatch.setenv("IPYTHONDIR", str(home / ".ipython"))
        before = KeyChain()
        before.assign("tw", x.token)
        before.dump()
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
        resources = {"metadata": {"path": str(Path.cwd())}}
        NotebookClient(book, resources=resources, allow_errors=True, timeout=60).execute()
        search = Search([*x.token.values(), x.bearer_token])
    failed = {number for number, cell in enumerate(book.cells) for one in cell.outputs if one.output_type == "error"}
    assert failed == FAIL
    text = nbformat.writes(book)
    assert "DEBUG" in text  # the logs went into the notebook
    assert "self = " in text or "self =" in text or "self=" in text  # and the tracebacks were verbose
    assert "widgets" in book.metadata
    Path("saved.ipynb").write_text(text)
    page, _ = HTMLExporter().from_notebook_node(book)
    Path("page.html").write_text(page)
    leaks = [number for number, cell in enumerate(book.cells) if search.found(str(cell))]
    assert leaks == []
    assert search.files(home.parent) == []
