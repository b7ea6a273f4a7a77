"""Check: what a network said when it was asked whether a token works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

State = Literal["absent", "unchecked", "valid", "rejected", "unreachable"]


@dataclass(frozen=True)
class Check:
    """The outcome of asking a network whether a token works. Holds no secret: safe to paste in public.

    Attributes:
        ok: True where the network accepted the token, False where it did not or could not be asked,
            None where it was never asked.
        reason: one sentence: why it is not ok and what to do, or what was proved.
        account: the handle that the token belongs to, without "@"; None where it is not known
            (a bearer token belongs to an app, not to an account).
        checked_at: when the network answered (UTC); None where it was never asked.
        state: ``absent``, ``unchecked``, ``valid``, ``rejected`` (asked, and refused) or
            ``unreachable`` (no usable answer: nothing is known of the token).
        simulated: True where a sandbox answered, not the network.
        parts: what was asked about and what came of it, such as ``('app pair', 'accepted')``, ``('user pair',
            'refused')``, ``('credits', 'not asked')``.
    """

    ok: bool | None
    reason: str
    account: str | None = None
    checked_at: datetime | None = None
    state: State = "unchecked"
    simulated: bool = False
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def age(self) -> str:
        """How long ago the network answered, such as ``checked 3 min ago``; "" where it was never asked."""
        if self.checked_at is None:
            return ""
        minutes = int((datetime.now(UTC) - self.checked_at).total_seconds() // 60)
        if minutes < 1:
            return "checked just now"
        if minutes < 120:
            return f"checked {minutes} min ago"
        return f"checked {minutes // 60} h ago" if minutes < 48 * 60 else f"checked {minutes // 1440} days ago"

    def __str__(self) -> str:
        """Return a report in sentences, safe to paste in public."""
        heads = [self.state, *(["simulated"] if self.simulated else []), *([self.age] if self.age else [])]
        lines = [f"{', '.join(heads)}: {self.reason}"]
        if self.parts:
            lines.append("; ".join(f"{part}: {what}" for part, what in self.parts) + ".")
        if self.checked_at:
            lines.append(f"Asked at {self.checked_at:%Y-%m-%d %H:%M} UTC.")
        return "\n".join(lines)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Show the report at the end of a cell."""
        printer.text("Check(…)" if cycle else str(self))

    def __bool__(self) -> bool:
        return bool(self.ok)
