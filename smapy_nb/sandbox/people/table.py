"""A network as a CSV file: the bundled one, or a teacher's own."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from smapy_nb.sandbox.people import calendar
from smapy_nb.sandbox.people.chance import whole
from smapy_nb.sandbox.people.growth import CURVES
from smapy_nb.sandbox.people.person import Person, Status, snowflake

COLUMNS = (
    "handle", "name", "description", "location", "url", "followers", "following", "posts", "listed", "likes",
    "media", "created", "verified", "protected", "status", "growth", "pinned", "events", "id",
)  # fmt: skip
HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")
STATUSES: tuple[Status, ...] = ("active", "suspended", "deleted")
VERIFIED = ("none", "blue", "business", "government")
_EARLIEST = datetime(2016, 3, 1, tzinfo=UTC)
_LONGEST = {"name": 50, "description": 160, "location": 150, "url": 300, "pinned": 280}
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}


class PeopleError(ValueError):
    """A people file can't be used; the message names the line, the column, and what to write there."""


def read(path: str | Path) -> list[Person]:
    """Read people from a CSV file whose first line names its columns (`COLUMNS`; only ``handle`` is needed).

    Raises:
        PeopleError: with the line and column of the first cell that can't be used.
        OSError: the file can't be opened.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PeopleError(
            f"{Path(path).name}: byte {error.start + 1} is not UTF-8; save the table as 'CSV UTF-8'."
        ) from None
    return parse(text, Path(path).name)


def parse(text: str, source: str) -> list[Person]:
    """Read people from CSV text; `source` names it in errors. See `read`."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = [cell.strip().casefold() for cell in next(rows, [])]
        _check_head(head, source)
        people: list[Person] = []
        lines: dict[str, int] = {}
        ids: dict[int, int] = {}
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            line = rows.line_num
            person = _person(_cells(head, row, source, line), source, line)
            if (first := lines.setdefault(person.handle.casefold(), line)) != line:
                raise PeopleError(
                    f"{source}, line {line}, column 'handle': {person.handle} is on line {first} already."
                )
            if (first := ids.setdefault(person.id, line)) != line:
                raise PeopleError(f"{source}, line {line}, column 'id': {person.id} is on line {first} already.")
            people.append(person)
    except csv.Error as error:
        raise PeopleError(f"{source}, line {rows.line_num}: this is not CSV ({error}).") from None
    if not people:
        raise PeopleError(f"{source} holds no people; write one line for each, below the column names.")
    return people


def _check_head(head: list[str], source: str) -> None:
    if "handle" not in head:
        raise PeopleError(f"{source}, line 1: there is no column 'handle'; the first line names the columns.")
    for name in head:
        if name not in COLUMNS:
            raise PeopleError(f"{source}, line 1, column {name[:40]!r}: no such column; use {', '.join(COLUMNS)}.")
        if head.count(name) > 1:
            raise PeopleError(f"{source}, line 1, column {name!r}: it is there twice.")


def _cells(head: list[str], row: list[str], source: str, line: int) -> dict[str, str]:
    if len(row) > len(head):
        raise PeopleError(
            f"{source}, line {line}, column {len(head) + 1}: a cell too many; "
            'put text that holds a comma between "double quotes".'
        )
    return {column: cell.strip() for column, cell in zip(head, row, strict=False)}


def _person(cells: dict[str, str], source: str, line: int) -> Person:
    def refuse(column: str, why: str) -> PeopleError:
        return PeopleError(f"{source}, line {line}, column {column!r}: {why}.")

    def text(column: str) -> str:
        value = cells.get(column, "")
        if len(value) > _LONGEST[column]:
            raise refuse(column, f"{len(value)} characters, where X takes {_LONGEST[column]} at most")
        return value

    def count(column: str) -> int:
        value = cells.get(column, "") or "0"
        if not re.fullmatch(r"[0-9]{1,12}", value):
            raise refuse(column, f"{value[:40]!r} is not a whole number of at most 12 digits")
        return int(value)

    def one_of(column: str, choices: tuple[str, ...]) -> str:
        value = cells.get(column, "").casefold() or choices[0]
        if value not in choices:
            raise refuse(column, f"{value[:40]!r} is not one of {', '.join(choices)}")
        return value

    handle = cells.get("handle", "").removeprefix("@")
    if not HANDLE.fullmatch(handle):
        raise refuse("handle", f"{handle[:40]!r} is no handle; use 1 to 15 letters A-Z, digits and _")
    protected = _YES_NO.get(cells.get("protected", "").casefold())
    if protected is None:
        raise refuse("protected", "write yes or no")
    try:
        events = calendar.parse(cells.get("events", ""))
    except ValueError as error:
        raise refuse("events", str(error)) from None
    for event in events:
        if event.kind == "renamed" and not HANDLE.fullmatch(event.value):
            raise refuse("events", f"{event.value[:40]!r} is no handle; use 1 to 15 letters A-Z, digits and _")
    created = _created(handle, cells.get("created", ""))
    if created is None:
        raise refuse("created", "write a date as 2019-05-31, after 2006-03-20 and not in the future")
    number = cells.get("id", "")
    if number and not re.fullmatch(r"[1-9][0-9]{0,18}", number):
        raise refuse("id", f"{number[:40]!r} is not a number of 1 to 19 digits; leave it out to get one")
    status = one_of("status", STATUSES)
    return Person(
        id=int(number) if number else snowflake(created, whole(handle.casefold(), "sequence")),
        handle=handle,
        name=text("name") or handle,
        created=created,
        description=text("description"),
        location=text("location"),
        url=text("url"),
        followers=count("followers"),
        following=count("following"),
        posts=count("posts"),
        listed=count("listed"),
        likes=count("likes"),
        media=count("media"),
        verified=one_of("verified", VERIFIED),
        protected=protected,
        status=next(known for known in STATUSES if known == status),
        growth=one_of("growth", tuple(CURVES)),
        pinned=text("pinned"),
        events=events,
    )


def _created(handle: str, text: str) -> datetime | None:
    if not text:
        return _EARLIEST + timedelta(milliseconds=whole(handle.casefold(), "born") % 283_000_000_000)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if datetime(2006, 3, 21, tzinfo=UTC) <= moment <= datetime.now(UTC) else None
