"""A plain client of the sandbox, and the vendor's descriptions."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from jsonschema import Draft4Validator
from requests_oauthlib import OAuth1

from smapy_nb.sandbox import Sandbox
from smapy_nb.sandbox.adapter import Adapter

VENDOR = Path(__file__).parents[3] / "shared" / "x-api"
NO_VENDOR = "left out: ../shared/x-api is not here, and the vendor's files are not ours to commit"


@dataclass
class Client:
    """A plain client, of libraries that know nothing of the sandbox."""

    x: Sandbox
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.mount(
            "http://", Adapter() if self.x.url.endswith(".invalid") else self.session.adapters["http://"]
        )

    def get(
        self, path: str, *, token: dict[str, str] | None = None, bearer: str | None = None, **kwargs: Any
    ) -> requests.Response:
        if bearer is not None:
            kwargs.setdefault("headers", {})["Authorization"] = f"Bearer {bearer}"
        else:
            kwargs["auth"] = signed(token or self.x.token)
        return self.session.get(self.x.url + path, timeout=10, **kwargs)


def signed(token: dict[str, str]) -> OAuth1:
    keys = ("consumer_key", "consumer_secret", "access_token", "access_secret")
    return OAuth1(*(token[key] for key in keys))


@dataclass
class Vendor:
    """The vendor's description of one dialect."""

    spec: dict[str, Any]

    def errors(self, path: str, answer: requests.Response, *, plural: bool = True) -> list[str]:
        """What is wrong with an answer, by the description; `path` is as the description has it."""
        content = self.spec["paths"][path]["get"]["responses"]
        kind = answer.headers["content-type"].partition(";")[0]
        described = content.get(str(answer.status_code), content["default"])["content"]
        if kind not in described:
            return [f"{answer.status_code} came as {kind}"]
        schema = {**described[kind]["schema"], "components": self.spec["components"]}
        return [error.message for error in Draft4Validator(schema).iter_errors(answer.json())]


def draft4(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable` and `discriminator`, where JSON Schema has type lists and branches."""
    if isinstance(node, list):
        return [draft4(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: draft4(value) for key, value in node.items()}
    if made.pop("nullable", False) and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made
