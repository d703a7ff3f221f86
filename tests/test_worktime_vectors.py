"""The clock against expectations transcribed from the public test suites of other working-time libraries.

The file is no part of this repository; it is looked for in `shared/data` beside the checkout.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tamspec.model.catalog import Calendar, Shift
from tamspec.worktime import Windows, expand, intersect
from tamspec.worktime.arrays import ArrayClock

FILE = Path(__file__).parents[2] / "shared" / "data" / "worktime-vectors.json"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"{FILE.name} is not in shared/data beside the checkout")


def _load() -> dict[str, Any]:
    if not FILE.exists():
        return {"calendars": {}, "vectors": []}
    data: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return data


DATA = _load()


def _params() -> Iterator[Any]:
    for vector in DATA["vectors"]:
        yield pytest.param(vector, id=vector["id"])


def _shifts(hours: list[list[str]]) -> tuple[Shift, ...]:
    def minutes(clock: str) -> int:
        return int(clock[:2]) * 60 + int(clock[3:])

    return tuple(Shift(minutes(start), minutes(end)) for start, end in hours)


def _calendar(given: dict[str, Any], *, breaks: bool = False) -> Calendar:
    exceptions = given["breaks" if breaks else "overrides"]
    return Calendar(
        name="vectors",
        time_zone=given["tz"],
        hours={} if breaks else {day: _shifts(hours) for day, hours in given["hours"].items()},
        holidays={} if breaks else {date.fromisoformat(day): "closed" for day in given["holidays"]},
        overrides={date.fromisoformat(day): _shifts(hours) for day, hours in exceptions.items()},
    )


def _without(windows: Windows, closed: list[tuple[int, int]]) -> Windows:
    """Pauses and breaks: the windows, less some spans."""
    edges = [windows.horizon[0], *(edge for span in closed for edge in span), windows.horizon[1]]
    spans = [(edges[at], edges[at + 1]) for at in range(0, len(edges), 2)]
    rest = Windows(tuple(a for a, _ in spans), tuple(b for _, b in spans), windows.horizon, windows.zone)
    return intersect(windows, rest)


@cache
def _windows(name: str, year: int) -> Windows:
    given = DATA["calendars"][name]
    first, last = date(year - 1, 12, 1), date(year + 1, 2, 1)
    windows = expand(_calendar(given), first, last)
    if not given["breaks"]:
        return windows
    breaks = expand(_calendar(given, breaks=True), first, last)
    return _without(windows, list(zip(breaks.starts, breaks.ends, strict=True)))


def _instant(text: str, zone: str) -> int:
    local, _, at = text.partition("@")
    moment = datetime.fromisoformat(local)
    if at:
        moment = moment.replace(tzinfo=ZoneInfo(zone if at == "local" else at))
    return int(moment.timestamp())


def _observed(vector: dict[str, Any], windows: Windows, zone: str) -> dict[str, Any]:
    """What the clock says, under the names of the expectations."""
    start = _instant(vector["start"], zone)
    match vector["op"]:
        case "between":
            return {"expect_s": windows.between(start, _instant(vector["end"], zone))}
        case "add":
            return {"expect": windows.add(start, vector["seconds"])}
        case "next_open":
            return {"expect": windows.next_open(start)}
        case "prev_open":
            return {"expect": windows.previous_open(start)}
        case "is_open":
            return {"expect": windows.is_open(start)}
        case "windows":
            return {"expect": [list(span) for span in windows.windows(start, vector["n"])]}
        case "clock":
            pauses = [(_instant(a, zone), _instant(b, zone)) for a, b in vector["pauses"]]
            return {
                "expect_deadline": _without(windows, pauses).add(start, vector["target_s"]),
                "expect_paused_s": sum(windows.between(a, b) for a, b in pauses),
            }
    raise AssertionError(f"unknown operation {vector['op']}")


def _expected(value: Any, zone: str) -> Any:
    if isinstance(value, str):
        return _instant(value, zone)
    return [_expected(item, zone) for item in value] if isinstance(value, list) else value


def test_every_operation_of_the_file_is_tried() -> None:
    assert {vector["op"] for vector in DATA["vectors"]} == {
        *("between", "add", "next_open", "prev_open", "is_open", "windows", "clock"),
    }


@pytest.mark.parametrize("vector", tuple(_params()))
def test_vector(vector: dict[str, Any]) -> None:
    zone = DATA["calendars"][vector["cal"]]["tz"]
    expected = {key: _expected(value, zone) for key, value in vector.items() if key.startswith("expect")}
    assert expected
    assert _observed(vector, _windows(vector["cal"], int(vector["start"][:4])), zone) == expected


class Many:
    """The clock of arrays, asked for one instant at a time."""

    def __init__(self, windows: Windows, *, table: bool) -> None:
        self.clock = ArrayClock(windows, table=table)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.clock, name)
        return lambda *given: method(*(np.array([one]) for one in given))[0].item()


@pytest.mark.parametrize("table", [True, False])
def test_arrays_say_the_same(table: bool) -> None:
    asked = [one for one in DATA["vectors"] if one["op"] in ("between", "add", "next_open", "prev_open", "is_open")]
    for vector in asked:
        zone = DATA["calendars"][vector["cal"]]["tz"]
        expected = {key: _expected(value, zone) for key, value in vector.items() if key.startswith("expect")}
        many: Any = Many(_windows(vector["cal"], int(vector["start"][:4])), table=table)
        assert _observed(vector, many, zone) == expected, vector["id"]
