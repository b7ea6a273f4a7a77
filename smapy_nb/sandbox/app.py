"""The sandbox's WSGI application: from a server's request to the bytes of an answer."""

from __future__ import annotations

import time
from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from smapy_nb.sandbox import message, problems, routes, wounds
from smapy_nb.sandbox.message import Answer, Request
from smapy_nb.sandbox.problems import Refusal
from smapy_nb.sandbox.state import State
from smapy_nb.sandbox.visit import Visit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

SIMULATED = ("X-Simulated", "smapy-nb sandbox")


class Application:
    """One WSGI application over one `State`; a server's threads may call it side by side."""

    def __init__(self, state: State) -> None:
        self.state = state

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request of a WSGI server."""
        request = message.read(environ)
        answer = self.answer(request)
        body = answer.encoded()
        if answer.delay:
            # The server's own way to wait, and to break a connection, where it has one.
            environ.get("smapy_nb.sandbox.sleep", time.sleep)(answer.delay)
        if answer.wire == "reset" and "smapy_nb.sandbox.reset" in environ:
            environ["smapy_nb.sandbox.reset"]()
        headers = {
            **answer.headers,
            SIMULATED[0]: SIMULATED[1],
            "X-Simulated-Time": self.state.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "Content-Length": str(len(body)),
        }
        if answer.reason:
            headers["X-Simulated-Reason"] = _one_line(answer.reason)
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(headers.items()))
        return [body[: len(body) // 2] if answer.wire else body]

    def answer(self, request: Request) -> Answer:
        """Return the answer to one request, and write down that it was seen.

        Order of operations: does a fault strike, find the route (404, 405), authenticate (401), is this sort of
        credential taken here (403), is the window open (429), is there anything to pay with (402), are the
        parameters right (400), look up, book.
        """
        with self.state.lock:
            visit = Visit(self.state, request)
            try:
                answer = routes.answer(visit)
            except Refusal as refusal:
                answer = refusal.answer
            except Exception as error:  # whatever a client sends, it gets an answer
                answer = problems.plain(500, reason=f"the sandbox itself failed: {type(error).__name__}")
            answer = wounds.after(answer, visit.faults, single=visit.single)
            answer.headers = {**visit.headers, "Date": formatdate(visit.wall, usegmt=True), **answer.headers}
            visit.note(answer)
        return answer


def _one_line(text: str) -> str:
    return text.encode("ascii", "replace").decode().translate({10: " ", 13: " "})[:300]
