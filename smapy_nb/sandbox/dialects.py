"""The two dialects of X in 2026: what was "tweet" is "post" from description 2.167 on, and both answer."""

from __future__ import annotations

from typing import Literal

from smapy_nb.sandbox.message import Request

Dialect = Literal["tweet", "post"]
DIALECTS: tuple[Dialect, ...] = ("tweet", "post")


def of(request: Request, otherwise: Dialect) -> Dialect:
    """Return the dialect a request is asked in, or `otherwise` where nothing in it tells."""
    asked = " ".join(request.query)
    wanted = " ".join(values("user.fields", request) + values("expansions", request))
    if "post.fields" in asked or "_post_id" in wanted:
        return "post"
    if "tweet.fields" in asked or "_tweet_id" in wanted:
        return "tweet"
    return otherwise


def values(parameter: str, request: Request) -> list[str]:
    """Return a list parameter's values: comma-joined, and a repeated parameter adds to it."""
    return [value for joined in request.query.get(parameter, ()) for value in joined.split(",") if value]
