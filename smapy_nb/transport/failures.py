"""Failures → errors: the one place where a status or a foreign exception becomes a sentence of ours.

What a server wrote is read by its shape (`type`'s ending, `title`, v1.1's `code`) and never quoted: it is
untrusted, and a proxy's page may repeat the request with its keys.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import requests
import urllib3

from smapy_nb import errors


def kind_of(body: Any) -> str:
    """Return the last part of a problem's `type` URI, such as ``usage-capped``, or "" (FACTS 17)."""
    kind = body.get("type") if isinstance(body, Mapping) else None
    return kind.rstrip("/").rsplit("/", 1)[-1] if isinstance(kind, str) else ""


def codes_of(body: Any) -> set[int]:
    """Return the numeric codes of an error in the v1.1 form, such as {89} (FACTS 22)."""
    entries = body.get("errors") if isinstance(body, Mapping) else None
    if not isinstance(entries, list):
        return set()
    return {e["code"] for e in entries if isinstance(e, Mapping) and isinstance(e.get("code"), int)}


def of_answer(status: int, body: Any, headers: Mapping[str, str], server: str) -> errors.RequestFailed | None:
    """Return the error that an answer stands for, or None where it is a success.

    Args:
        status: HTTP status code.
        body: decoded JSON, or None where it was none.
        headers: of the answer, case-insensitive.
        server: the name to use in sentences, such as ``X``.
    """
    if 200 <= status < 300:
        if isinstance(body, Mapping):
            return None
        return errors.BadAnswer(
            f"{server} answered with something other than the X API's JSON; a proxy or sign-in page may stand "
            "in between. Open any page in a browser first, or check base_url.",
            status=status,
        )
    if 300 <= status < 400:
        return errors.BadAnswer(
            f"{server} sent the request on to another address ({status}), and keys are not sent there. Check base_url.",
            status=status,
        )
    kind, codes = kind_of(body), codes_of(body)
    if kind == "usage-capped":
        return errors.UsageCapped(
            f"{server}'s usage cap is reached ({status}); it opens again on the day that X's console shows.",
            status=status,
        )
    if status == 401 or (status == 403 and 99 in codes):
        return errors.Unauthorized(
            f"{server} did not accept these keys ({status}); compare them with X's console, or make new ones "
            "there, and check that this computer's clock is right.",
            status=status,
        )
    if status == 402:
        return errors.OutOfCredits(
            f"The X account has no credits left ({status}); add some in X's console: waiting does not help.",
            status=status,
        )
    if status == 403:
        return errors.Forbidden(
            f"{server} knows these keys but does not allow this ({status}); in X's console, see that the app is in "
            "a project and may read.",
            status=status,
        )
    if status == 429:
        reset_at = reset_of(headers)
        when = f"at {reset_at:%H:%M:%S} UTC" if reset_at else "within 15 minutes"
        return errors.RateLimited(
            f"The rate-limit window is used up (429); it opens again {when}.",
            status=status,
            reset_at=reset_at,
        )
    if status >= 500:
        return errors.ServerFailed(
            f"{server} failed on its own side ({status}), again after several tries; try later.",
            status=status,
        )
    return errors.Refused(
        f"{server} did not accept the request ({status}); if base_url is set, check that an X API is there.",
        status=status,
    )


def of_exception(error: Exception, server: str) -> errors.RequestFailed:
    """Return our error for one of requests'. Its text is not used: it may hold the address with its parameters."""
    if isinstance(error, (requests.exceptions.SSLError, urllib3.exceptions.SSLError, ssl.SSLError)):
        if "CERTIFICATE" not in str(error).upper():
            return errors.Unreachable(
                f"{server} does not speak TLS where it was asked to; check base_url and the proxy."
            )
        return errors.Unreachable(
            f"No safe connection to {server}: its certificate is not one this computer trusts. A proxy or "
            "virus scanner may stand in between; ask who runs this network for its certificate."
        )
    if isinstance(error, (requests.exceptions.ProxyError, urllib3.exceptions.ProxyError)):
        return errors.Unreachable(f"The proxy set for this computer does not lead to {server}; check HTTPS_PROXY.")
    if isinstance(error, urllib3.exceptions.NewConnectionError):  # urllib3 counts it among the time-outs
        return errors.Unreachable(f"{server} can't be reached; check the network and try again.")
    if isinstance(error, (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)):
        return errors.TimedOut(f"{server} did not answer in time; check the network and try again.")
    return errors.Unreachable(f"{server} can't be reached; check the network and try again.")


def reset_of(headers: Mapping[str, str]) -> datetime | None:
    """Return when the window opens again (UTC), from ``x-rate-limit-reset`` (Unix seconds), or None."""
    try:
        return datetime.fromtimestamp(int(headers["x-rate-limit-reset"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None
