"""The users look-ups: by handle, by id, one or up to 100, and oneself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from urllib.parse import unquote

from smapy_nb.sandbox import dialects, fields, problems
from smapy_nb.sandbox.dialects import Dialect
from smapy_nb.sandbox.message import Answer, Json, Request
from smapy_nb.sandbox.people.network import Today
from smapy_nb.sandbox.people.person import Person
from smapy_nb.sandbox.problems import Refusal

MOST = 100  # accounts in one request
JSON = {"content-type": "application/json; charset=utf-8"}

By = Literal["username", "id"]
_PATTERNS = {"username": r"^[A-Za-z0-9_]{1,15}$", "id": r"^[0-9]{1,19}$"}


@dataclass
class Lookup:
    """One look-up under way.

    Attributes:
        asker: the person in whose name it is made; None for an app.
        read: what the answer holds, to be paid for: (kind, id).
    """

    request: Request
    today: Today
    dialect: Dialect
    asker: int | None
    read: list[tuple[str, int]]

    def many(self, by: By) -> Answer:
        """Answer ``/2/users/by?usernames=`` and ``/2/users?ids=``."""
        parameter = f"{by}s"
        asked = self._asked(parameter)
        self._refuse_odd(parameter, by, asked)
        found, errors = self._find(by, parameter, list(dict.fromkeys(asked)))
        return self._answer([self._shown(person) for person in found] or None, found, errors)

    def one(self, by: By, encoded: str) -> Answer:
        """Answer ``/2/users/by/username/:username`` and ``/2/users/:id``; `encoded` is the path's part."""
        value = unquote(encoded)
        self._refuse_odd(by, by, [value])
        found, errors = self._find(by, by, [value])
        return self._answer(self._shown(found[0]) if found else None, found, errors)

    def me(self) -> Answer:
        """Answer ``/2/users/me``."""
        person = self.today.by_id.get(self.asker or -1)
        if person is None or person.status != "active":
            raise Refusal(problems.unauthorized("the account that owns the token is suspended or gone"))
        return self._answer(self._shown(person), [person], [])

    def _asked(self, parameter: str) -> list[str]:
        joined = self.request.query.get(parameter)
        if not joined or joined == [""]:
            raise self._invalid(parameter, [], f"The `{parameter}` query parameter can not be empty")
        asked = [value for part in joined for value in part.split(",")]
        if len(asked) > MOST:
            message = f"The `{parameter}` query parameter takes 1 to {MOST} values; {len(asked)} were given"
            raise self._invalid(parameter, asked, message)
        return asked

    def _refuse_odd(self, parameter: str, by: By, values: list[str]) -> None:
        pattern = _PATTERNS[by]
        for value in values:
            if not re.fullmatch(pattern.strip("^$"), value):
                raise self._invalid(
                    parameter,
                    [value],
                    f"The `{parameter}` query parameter value [{value}] does not match {pattern}",
                )

    def _invalid(self, parameter: str, values: list[str], message: str) -> Refusal:
        return Refusal(problems.invalid(parameter, values, message, self.dialect))

    def _find(self, by: By, parameter: str, values: list[str]) -> tuple[list[Person], list[Json]]:
        find: Callable[[str], Person | None] = (
            (lambda handle: self.today.by_handle.get(handle.casefold()))
            if by == "username"
            else (lambda number: self.today.by_id.get(int(number)))
        )
        found: dict[int, Person] = {}
        errors: list[Json] = []
        for value in values:
            person = find(value)
            if person is None or person.status == "deleted":
                errors.append(problems.not_found(parameter, value, self.dialect))
            elif person.status == "suspended":
                errors.append(problems.suspended(parameter, value, self.dialect))
            else:
                found.setdefault(person.id, person)
        return list(found.values()), errors

    @cached_property
    def _expansions(self) -> list[str]:
        return dialects.values("expansions", self.request)

    @cached_property
    def _wanted(self) -> frozenset[str]:
        return frozenset((*dialects.values("user.fields", self.request), *self._expansions))

    def _shown(self, person: Person) -> Json:
        shown = fields.shown(
            person, self._wanted, self.dialect, own=person.id == self.asker, asker=self.asker is not None
        )
        if self.dialect == "post" and "pinned_post_id" in self._expansions and person.pinned:
            return {**shown, "pinned_post_id": str(fields.pinned_id(person))}
        return shown

    def _answer(self, data: list[Json] | Json | None, found: list[Person], errors: list[Json]) -> Answer:
        body: Json = {}
        if data is not None:
            body["data"] = data
        self.read += [("user", person.id) for person in found]
        if f"pinned_{self.dialect}_id" in self._expansions:
            wanted = dialects.values(f"{self.dialect}.fields", self.request)
            pinned = [person for person in found if person.pinned and not person.protected]
            if pinned:
                posts = [fields.post(person, wanted, self.dialect) for person in pinned]
                body["includes"] = {f"{self.dialect}s": posts}
                self.read += [("post", fields.pinned_id(person)) for person in pinned]
        if errors:
            body["errors"] = errors
        reason = f"{len(errors)} of {len(found) + len(errors)} could not be given" if errors else ""
        return Answer(200, body, dict(JSON), reason)
