"""What networks said of the keys held, so that no check is paid for twice."""

from __future__ import annotations

from smapy_nb import connectors
from smapy_nb.connectors.check import Check
from smapy_nb.token import Token


class Checks:
    """Remembers the last answer for each network's token."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[Token, Check]] = {}

    def known(self, network: str, token: Token | None) -> Check:
        """Return what is known of a token; sends nothing."""
        if token is None:
            return Check(None, f"There are no keys for {network!r}; assign some, or load a dump.", state="absent")
        asked, answer = self._answers.get(network, (None, None))
        if answer is not None and asked == token:
            return answer
        return Check(None, f"The network has not been asked yet; check({network!r}) asks it.")

    def ask(self, network: str, token: Token, again: bool) -> Check:
        """Ask the network, unless it has given a lasting answer and `again` is False.

        What lasts is a yes, which may have cost money, and a pair that was refused, since the keys stay the same.
        """
        answer = self.known(network, token)
        refused = any(what == "refused" for part, what in answer.parts if part.endswith("pair"))
        if again or not (answer.ok or refused):
            answer = connectors.of(network)(accounts=(), token=token).check()
        return answer

    def keep(self, network: str, token: Token, answer: Check) -> None:
        """Remember an answer."""
        self._answers[network] = (token, answer)

    def twin(self) -> Checks:
        """Return a copy that remembers on its own."""
        twin = Checks()
        twin._answers = dict(self._answers)
        return twin
