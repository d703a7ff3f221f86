"""Reasons of dates as people and programs read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tamspec.model.plan import Reason
from tamspec.report.times import minute

UNSAID = frozenset({"at", "release", "fence", "pinned", "calendar", "started"})
"""The kinds of reasons whose sentence leaves out what binds: a time, or the name of a calendar."""


def sentence(reason: Reason, zone: str, now: datetime) -> str:
    """A reason in a sentence, with what binds: a time as people read it, or a calendar."""
    if reason.kind not in UNSAID or not reason.subject:
        return reason.text
    return f"{reason.text.removesuffix('.')} ({_subject(reason.subject, zone, now)})."


def _subject(text: str, zone: str, now: datetime) -> str:
    try:
        return minute(datetime.fromisoformat(text), zone, now)
    except ValueError:
        return text


def reason_json(one: Reason) -> dict[str, Any]:
    """A reason as it stands in every JSON output."""
    return {"kind": one.kind, "subject": one.subject, "orders": list(one.orders), "text": one.text}
