"""The texts of strings.json for what is said without a browser, by the rules of dom.js's `speaker`."""

from __future__ import annotations

from collections.abc import Callable

from smapy_nb.widgets import assets

Say = Callable[..., str]


def speaker(widget: str, lang: str) -> Say:
    """Return ``say(key, **values)`` in a language, English where it is not known; a number `n` chooses the plural."""
    tongue = lang[:2].lower() if lang[:2].lower() in assets.words() else "en"
    texts = assets.words()["en"][widget] | assets.words()[tongue][widget]

    def number(value: int) -> str:
        return f"{value:,}" if tongue == "en" else f"{value:,}".replace(",", "\N{NO-BREAK SPACE}")

    def say(key: str, **values: object) -> str:
        n = values.get("n")
        text = texts.get(f"{key}.{_plural(tongue, n)}" if isinstance(n, int) else key, texts.get(key, key))
        return text.format_map({name: number(one) if isinstance(one, int) else one for name, one in values.items()})

    return say


def _plural(tongue: str, n: int) -> str:
    if tongue != "ru":
        return "one" if n == 1 else "other"
    if n % 10 == 1 and n % 100 != 11:
        return "one"
    return "few" if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else "many"
