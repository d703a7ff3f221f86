"""The orders of a change as a Gantt chart of Mermaid, which a forge draws: a line for each order, so that what moves is
what differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from tamspec.render.escape import Markdown, mermaid
from tamspec.render.orders import OrderView
from tamspec.render.svg import short

MOST = 2000
"""As many characters GitLab draws; it counts as JavaScript does."""
LETTERS = 48
_HEAD = ("gantt", "dateFormat YYYY-MM-DD HH:mm", "axisFormat %m-%d")
_TAGS = {"done": "done", "in_progress": "active"}


class Diagram(Struct, frozen=True, kw_only=True):
    """A chart for the forge."""

    text: Markdown
    left_out: int
    """How many orders are not drawn: they have no dates, or there is no room."""


def diagram(orders: Sequence[OrderView], zone: ZoneInfo) -> Diagram | None:
    """A chart of orders in the order given, without the last ones where all would be too many; those on the critical
    path go first. None: none has dates."""
    lines = {at: told for at, one in enumerate(orders) if (told := _line(one, zone))}
    room = MOST - sum(_length(one) for one in _HEAD)
    drawn: set[int] = set()
    for at in sorted(lines, key=lambda at: (not orders[at].critical, at)):
        room -= _length(lines[at])
        if room < 0:
            break
        drawn.add(at)
    if not drawn:
        return None
    text = "\n".join([*_HEAD, *(lines[at] for at in sorted(drawn))])
    return Diagram(text=Markdown(text), left_out=len(orders) - len(drawn))


def _line(order: OrderView, zone: ZoneInfo) -> str:
    """`◆ Configure shop.net :crit, 2026-11-23 14:15, 2026-11-23 16:45`; empty without dates."""
    if order.begins is None or order.ends is None:
        return ""
    sign = "◆" if order.critical else "◇"
    tags = [_TAGS[order.status]] if order.status in _TAGS else []
    tags += ["crit"] if order.critical else []
    tags += ["milestone"] if order.begins == order.ends else []
    start = _local(order.begins, zone)
    # When clocks go back, an hour has the same name twice.
    finish = max(start, _local(order.ends, zone))
    words = short(mermaid(order.name), LETTERS)
    return f"{sign} {words} :{', '.join([*tags, start, finish])}"


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _length(line: str) -> int:
    """With the end of the line, as JavaScript counts."""
    return len(line.encode("utf-16-le")) // 2 + 1
