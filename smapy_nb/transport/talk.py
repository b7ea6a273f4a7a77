"""What a run is made of: requests, the lanes they go by, and the talk of the one who knows the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from smapy_nb.transport.pacing import Window
from smapy_nb.transport.session import Answer, Session

R = TypeVar("R")


@dataclass(slots=True, eq=False)
class Request:
    """One request of a run.

    Attributes:
        path: of the endpoint; each has windows of its own.
        keys: the accounts it asks for.
        tries: how often it was sent and failed.
        torn: the last answer to it of which a part came.
    """

    path: str
    keys: Sequence[str | int]
    tries: int = 0
    torn: Answer | None = None


@dataclass(eq=False)
class Lane:
    """One way to ask: a session, and the windows its token has, by path. Windows outlive sessions."""

    session: Session
    windows: dict[str, Window] = field(default_factory=dict)

    def window(self, path: str) -> Window:
        """Return the window of an endpoint."""
        if (window := self.windows.get(path)) is None:
            window = self.windows[path] = Window()
        return window


class Talk(Generic[R]):
    """What a run says and hears: made by the one who knows the network."""

    def params(self, request: Request) -> Sequence[tuple[str, str]]:
        """Return the names and values of the query. Called on the crew's threads."""
        raise NotImplementedError

    def read(self, request: Request, answer: Answer) -> R:
        """Return what an answer says.

        Raises:
            BadAnswer: it can't be read.
        """
        raise NotImplementedError

    def torn(self, request: Request, answer: Answer) -> tuple[Request, R]:
        """Return what can be read of an answer of which a part came, and take that away from what is asked for."""
        raise NotImplementedError

    def sending(self, request: Request) -> bool:
        """A request is about to leave for the first time; False: it need not. May take away some of its keys."""
        raise NotImplementedError

    def refused(self, request: Request) -> None:
        """The server refused a request unread (429); `sending` is called again before it leaves again."""
        raise NotImplementedError

    def waiting(self, seconds: float) -> None:
        """Nothing may leave for so many seconds. Called about once a second meanwhile."""
        raise NotImplementedError
