"""Notebooks that are run as a whole, and pages made of them: no kernel lives where they are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

CELLS = (
    "from smapy_nb import KeyChain, KeyChainWidget, ProfilesWidget, sandbox\n"
    "box = sandbox.use()\nk = KeyChain()\nw = KeyChainWidget(k)\nw",
    "w._handle_custom_msg({'kind': 'save', 'values': dict(box.token)}, [])",  # as a browser would
    "p = ProfilesWidget(box.people[:40], keychain=k)\np.refresh(wait=True)\np",
    "k.check('tw')",
    "import pandas as pd\nfrom smapy_nb import TwitterConnector\n"
    "class Ready(TwitterConnector):\n"
    "    def frame(self, *args, **kwargs):\n"
    "        return pd.concat([p.df] * 2_500, ignore_index=True).assign(account=[*self.accounts])\n"
    "many = ProfilesWidget(connector=Ready([f'a_{number}' for number in range(100_000)]))\n"
    "many.refresh(wait=True)\nmany",
)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    folder: Path = tmp_path_factory.mktemp("headless")
    NotebookClient(book, resources={"metadata": {"path": str(folder)}}).execute()
    nbformat.validate(book)
    return book


def keys() -> list[str]:
    from smapy_nb.sandbox import Sandbox

    with Sandbox(in_process=True) as box:  # the same seed gives the same keys
        return [*box.token.values(), box.bearer_token]


def test_an_executed_notebook_and_its_page_hold_no_key(executed: Any) -> None:
    page, _ = HTMLExporter().from_notebook_node(executed)
    text = nbformat.writes(executed)
    assert "widgets" in executed.metadata  # nbclient stores every widget's state
    assert executed.cells[3].outputs[0]["data"]["text/plain"] == "True"  # the keys were real ones
    for key in keys():
        key = key.lstrip("A")  # a bearer token begins with many, and so does many a picture in a page
        for part in (key[at : at + 12] for at in range(len(key) - 11)):
            assert part not in text
            assert part not in page


def test_a_published_page_shows_a_plain_table(executed: Any) -> None:
    widget, static = executed.cells[2].outputs
    assert "text/html" not in widget["data"]
    assert static["data"]["text/html"].count("<tr>") == 41
    page, _ = HTMLExporter().from_notebook_node(executed)
    assert "27,772" in page


def test_three_widgets_add_little_to_a_notebook_and_100000_rows_add_nothing(executed: Any) -> None:
    kept = executed.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    assert sum("smapy_nb" in str(one["state"].get("_anywidget_id")) for one in kept) == 3
    assert "99,900 more" in executed.cells[4].outputs[1]["data"]["text/html"]
    assert len(nbformat.writes(executed)) < 60_000
