"""What a network's keys are called elsewhere: in environments, in files, and on the network's own pages."""

from __future__ import annotations

import re

# Field → what it is called, in X's console of several years, in other tools and in tutorials.
CALLED: dict[str, dict[str, tuple[str, ...]]] = {
    "tw": {
        "consumer_key": ("api_key", "consumer_key", "app_key", "consumer_api_key"),
        "consumer_secret": (
            "api_secret",
            "api_key_secret",
            "api_secret_key",
            "consumer_secret",
            "consumer_key_secret",
            "consumer_api_secret",
            "app_secret",
        ),
        "access_token": ("access_token", "access_key", "oauth_token", "access_token_key"),
        "access_secret": ("access_token_secret", "access_secret", "access_key_secret", "oauth_token_secret"),
        "bearer_token": ("bearer_token", "bearer"),
    },
}
# Environment variables are looked for with each of these before the name, and these as they are.
_PREFIXES = {"tw": ("X_", "TWITTER_", "TW_")}
_BARE = {"CONSUMER_KEY", "CONSUMER_SECRET", "ACCESS_TOKEN", "ACCESS_TOKEN_SECRET", "ACCESS_SECRET"}
# Alone, these may be another service's.
UNSURE = {"ACCESS_TOKEN", "ACCESS_TOKEN_SECRET", "ACCESS_SECRET"}

# OAuth 2.0's client credentials stand on the same page of X's console, and are something else.
CLIENT = ("client_id", "client_secret", "oauth_2_0_client_id", "oauth_2_0_client_secret")


def plain(label: str) -> str:
    """Bring a label to the form in which `CALLED` has it: lower case, words joined by "_", no prefix."""
    words = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
    return re.sub(r"^(?:my_)?(?:x|twitter|tw)_(?=.)", "", words)


def field_of(network: str, label: str) -> str | None:
    """Return the field that a label names, or None."""
    words = plain(label)
    return next((field for field, called in CALLED[network].items() if words in called), None)


def variables(network: str) -> dict[str, list[str]]:
    """List the environment variables in which each field is looked for, in that order."""
    return {
        field: [
            *(prefix + name.upper() for prefix in _PREFIXES[network] for name in called),
            *(name.upper() for name in called if name.upper() in _BARE),
        ]
        for field, called in CALLED[network].items()
    }
