"""A widget that says what a refresh costs before it is pressed, and how to allow it where it is too much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from smapy_nb.widgets import money
from smapy_nb.widgets.base import Widget
from smapy_nb.widgets.job import Job, Jobs

if TYPE_CHECKING:
    from smapy_nb.archive.budget import Budget, Quote
    from smapy_nb.connectors.base import Connector


class PricedWidget(Widget):
    """Asks a connector for its prices."""

    price = traitlets.Dict(help="What a refresh costs: see `money.price`; empty where that is not known.").tag(
        sync=True
    )

    _connector: Connector
    _given: object = None  # the budget that a person has assigned

    def __init__(self, **kwargs: Any) -> None:
        self._pricing = Jobs()
        super().__init__(**kwargs)

    @property
    def quote(self) -> Quote:
        """What a refresh would cost now, at most; sends nothing. See `Connector.quote`."""
        return self._connector.quote(refresh=True)

    @property
    def budget(self) -> Budget | None:
        """How much the refreshes may cost; may be assigned what `Connector.budget` takes."""
        return self._connector.budget

    @budget.setter
    def budget(self, budget: object) -> None:
        self._connector.budget = self._given = budget
        self._price()

    def _take_connector(self) -> None:
        """Bring the connector up to date, where that is needed."""

    def _price(self) -> Job:
        """Say what the next refresh costs; on a thread, because the archive may be far."""

        def ask(job: Job) -> None:
            self._tried(self._take_connector)
            price = money.price(self._connector)
            if self._pricing.counts(job):
                self.price = price

        return self._pricing.start(ask)
