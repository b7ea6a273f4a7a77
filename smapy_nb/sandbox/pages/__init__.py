"""What a person sees in a browser: HTML with every value escaped, and no script from anywhere else."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from html import escape
from importlib import resources
from string import Template

from smapy_nb.sandbox.message import Answer

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'self' http://127.0.0.1:* http://localhost:*; frame-ancestors 'none'"
)
_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def options(values: Iterable[str]) -> Markup:
    """Return values as the options of a list."""
    return Markup("".join(f'<option value="{escape(value)}">' for value in values))


def page(name: str, *, status: int = 200, reason: str = "", **values: str) -> Answer:
    """Return one of the pages in this folder, with its values put in as text."""
    safe = {key: value if isinstance(value, Markup) else escape(value) for key, value in values.items()}
    frame = Template(_text("frame.html"))
    body = Template(_text(name)).substitute(safe)
    return Answer(status, frame.substitute(body=body), headers("html"), reason)


def file(name: str) -> Answer:
    """Return a file of this folder as it is."""
    return Answer(200, _text(name), headers(name.rpartition(".")[2]))


def headers(suffix: str) -> dict[str, str]:
    """Return the headers of a page: nothing is kept, framed, or loaded from elsewhere."""
    return {
        "content-type": f"{_TYPES[suffix]}; charset=utf-8",
        "content-security-policy": POLICY,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }


@cache
def _text(name: str) -> str:
    return (resources.files("smapy_nb.sandbox.pages") / name).read_text("utf-8")
