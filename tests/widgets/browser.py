"""A browser that is not there: what it asks of a widget, and what it makes of the messages (as rows.js does)."""

from __future__ import annotations

import struct
from typing import Any

from smapy_nb import ProfilesWidget, TwitterConnector
from smapy_nb.sandbox import Sandbox

Sent = list[tuple[dict[str, Any], list[bytes] | None]]


def widget(box: Sandbox, accounts: object) -> ProfilesWidget:
    return ProfilesWidget(accounts, connector=TwitterConnector((), box.token, base_url=box.url))


def answer(w: ProfilesWidget, sent: Sent, message: dict[str, Any], asked: str = "") -> tuple[dict[str, Any], bytes]:
    """Do as a view: send a message, wait until it has been worked on, and return the answer."""
    before = len(sent)
    w._handle_custom_msg(message, [])
    job = w._asked[asked or message["kind"]].latest
    if job is not None:
        job.over.result(20)
    (header, buffers), *_ = [one for one in sent[before:] if one[0]["kind"] != "pong"]
    return header, buffers[0] if buffers else b""


class Browser:
    """Takes messages; `columns` is then what it would show: key → values."""

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {}
        self.marked: dict[str, list[int]] = {}
        self.trends: dict[int, list[float]] = {}
        self.edition = 0

    def take(self, header: dict[str, Any], buffer: bytes) -> None:
        if header["kind"] == "trends":
            values = struct.unpack_from(f"<{header['values']}d", buffer)
            ends = struct.unpack_from(f"<{len(header['rows'])}I", buffer, header["values"] * 8)
            for row, start, end in zip(header["rows"], (0, *ends), ends, strict=False):
                self.trends[row] = list(values[start:end])
            return
        self.edition = header["of"]
        changed = {}
        if header["kind"] == "rows":
            self.columns = {column["key"]: _cells(buffer, column) for column in header["columns"]}
        else:
            for column in header["columns"]:
                rows = struct.unpack_from(f"<{column['count']}I", buffer, column["rows"])
                for row, cell in zip(rows, _cells(buffer, column), strict=True):
                    self.columns[column["key"]][row] = cell
                changed[column["key"]] = list(rows)
        if not header.get("quiet"):
            self.marked = changed


def _cells(buffer: bytes, column: dict[str, Any]) -> list[Any]:
    at, size, count = column["at"], column["size"], column["count"]
    if column["kind"] == "text":
        return buffer[at : at + size].decode().split("\0") if count else []
    form = "B" if column["kind"] == "flag" else "d"
    # A missing number is NaN, which no comparison finds equal to itself.
    return [None if one != one else one for one in struct.unpack_from(f"<{count}{form}", buffer, at)]
