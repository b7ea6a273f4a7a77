"""What both widgets share: messages from the browser, and a plain form where no kernel lives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import anywidget
import traitlets
from IPython.display import display

from smapy_nb.widgets import assets
from smapy_nb.widgets.failure import Failure, failure_of

_show: Callable[..., object] = display  # IPython's is not typed
Handler = Callable[[dict[str, Any]], None]


class Widget(anywidget.AnyWidget):
    """A widget that takes requests as custom messages, ``{'kind': …}``, and has a static form.

    A subclass names its handlers in `_handlers` and its static form in `_plain` and `_html`.

    Its code, `_code`, is in no trait, because a notebook is saved with the traits of its widgets: only a loader
    is. The code follows in a message at once, since a kernel that is busy with a cell answers no question.
    """

    _esm = assets.LOADER
    _code: ClassVar[dict[str, str]]

    lang = traitlets.Unicode("", help="Language of the widget: 'en', 'ru', or '' for the browser's.").tag(sync=True)

    _shown = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.on_msg(self._received)
        self.send(self._code)

    def _handlers(self) -> dict[str, Handler]:
        """Map each kind of message to what answers it."""
        raise NotImplementedError

    def _refused(self, failure: Failure) -> None:
        """Show a person why something was not done."""
        raise NotImplementedError

    def _received(self, _widget: object, content: object, _buffers: object) -> None:
        if not isinstance(content, dict):
            return
        kind = content.get("kind")
        if kind == "code":  # a page has come later
            self.send(self._code)
        elif kind == "hello":  # a view has come, and hears this after what it has asked for before
            self.send({"kind": "hello", "id": self.model_id})
        elif kind == "ping":  # a view asks whether what it sent has been heard
            self.send({"kind": "pong"})
        handler = self._handlers().get(kind) if isinstance(kind, str) else None
        if handler is None:
            return
        # Nothing may leave here as an exception: a traceback shows its frames' variables under
        # `%xmode Verbose`, and the message holds what was typed.
        refusal = self._tried(lambda: handler(content))
        if refusal is not None:
            self._refused(refusal)

    @staticmethod
    def _tried(work: Callable[[], object]) -> Failure | None:
        """Do something; where that fails, return what a person may know of it, without what it was done with."""
        try:
            work()
        except Exception as problem:
            return failure_of(problem)
        return None

    def _plain(self) -> str:
        """Return the widget as plain text."""
        raise NotImplementedError

    def _html(self) -> str:
        """Return the widget as HTML that needs no kernel, no script and no style sheet."""
        raise NotImplementedError

    def _static(self) -> dict[str, str]:
        # The class is how a live view finds its static form, and hides it.
        return {
            "text/plain": self._plain(),
            "text/html": f'<div class="smapy-static smapy-of-{self.model_id}">{self._html()}</div>',
        }

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, **self._static()}, metadata

    def _ipython_display_(self, **kwargs: Any) -> None:
        """Show the widget, and below it the static form, which a live view hides.

        Two outputs, because a page that is made of a notebook chooses one form of each: the widget, wherever its
        state was stored. And only an output of its own can be brought up to date without making the view anew.
        """
        data, metadata = self._repr_mimebundle_(**kwargs)
        del data["text/html"]
        _show(data | {"text/plain": f"{type(self).__name__}:"}, metadata=metadata, raw=True)
        _show(self._static(), raw=True, display_id=self.model_id)
        self._shown = True

    def _update_static(self) -> None:
        """Bring the static forms that are shown up to date."""
        if self._shown:
            _show(self._static(), raw=True, display_id=self.model_id, update=True)
