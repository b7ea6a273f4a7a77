"""What KeyChain.show() returns: which keys are held and since when they are known to work, never a value."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

COLUMNS = ("network", "kind", "field", "value", "from", "works")


class MaskedTable:
    """A table of text. Shows itself as text in a terminal and as an HTML table in a notebook.

    Attributes:
        rows: one tuple a field, as `COLUMNS`.
        remarks: sentences below the table.
    """

    def __init__(self, rows: Sequence[tuple[str, ...]], remarks: Sequence[str] = ()) -> None:
        self.rows = list(rows)
        self.remarks = list(remarks)

    def __repr__(self) -> str:
        if not self.rows:
            return "\n".join(["No keys are held.", *self.remarks])
        lines = [COLUMNS, *self.rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(COLUMNS))]
        text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
        return "\n".join([*(line.rstrip() for line in text), *self.remarks])

    def _repr_html_(self) -> str:
        if not self.rows:
            return "".join(f"<p>{escape(line)}</p>" for line in ["No keys are held.", *self.remarks])
        head = "".join(f'<th scope="col" style="text-align:left">{escape(name)}</th>' for name in COLUMNS)
        body = "".join(
            "<tr>" + "".join(f'<td style="text-align:left">{escape(cell)}</td>' for cell in row) + "</tr>"
            for row in self.rows
        )
        remarks = "".join(f"<p>{escape(remark)}</p>" for remark in self.remarks)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{remarks}"
