"""Execute a notebook: `python execute.py NOTEBOOK FOLDER` writes it and an HTML page of it into FOLDER.

Prints the tables it made. The kernel runs in an empty folder, with a key store of its own, so that nothing of a
trial run mixes with the keys of the person who runs it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter


def execute(notebook: Path, folder: Path) -> nbformat.NotebookNode:
    """Execute `notebook`, write it and its HTML page into `folder`, and return it.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
    """
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # the kernel of this environment, not of the user's home
    content = nbformat.read(notebook, as_version=4)
    with tempfile.TemporaryDirectory() as empty:
        os.environ["XDG_CONFIG_HOME"] = empty
        client = NotebookClient(
            content,
            timeout=300,
            kernel_name="python3",
            resources={"metadata": {"path": empty}},
            store_widget_state=True,
            extra_arguments=["--IPKernelApp.log_level=ERROR"],  # a warning about loopback frightens a newcomer
        )
        client.execute()
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(content, folder / notebook.name)
    page, _ = HTMLExporter().from_notebook_node(content)
    (folder / notebook.name).with_suffix(".html").write_text(page, encoding="utf-8")
    return content


def tables(content: nbformat.NotebookNode) -> list[str]:
    """Return the text form of each DataFrame that a notebook shows."""
    return [
        output.data["text/plain"]
        for cell in content.cells
        for output in cell.get("outputs", [])
        if 'class="dataframe"' in output.get("data", {}).get("text/html", "")
    ]


if __name__ == "__main__":
    notebook, folder = Path(sys.argv[1]), Path(sys.argv[2])
    executed = execute(notebook, folder)
    print("\nSimulated data, from the local sandbox:\n")
    print("\n\n".join(tables(executed)))
    print(f"\nExecuted: {folder / notebook.name}, and as a page: {(folder / notebook.name).with_suffix('.html')}")
    print("To open it live in JupyterLab:  make lab")
