"""A plan as a file: what was computed and what was shown, to be looked at again without the tree. Never applied."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from tamspec.diagnostics import TamspecError
from tamspec.report.findings import FORMAT_VERSION
from tamspec.report.text import json_rows, lines, writable
from tamspec.report.times import utc

NOTE = (
    "A copy of what was planned, to be read and compared. `tamspec apply` never reads it: it plans afresh. "
    "To apply what was reviewed, give the checksum of the plan: tamspec apply CHANGE --expect CHANGE=SUM"
)
WHAT = "saved plan"

Json = Mapping[str, Any]


class SavedPlan(Struct, frozen=True, kw_only=True):
    """A plan as it was computed and shown."""

    plan: Json
    """As `schemas/output/plan.schema.json` describes it."""
    json: str
    """The same as text."""
    text: str
    full: str
    """What `--full` shows."""

    @property
    def has_errors(self) -> bool:
        """Whether errors were found."""
        return any(one["severity"] == "error" for one in self.plan["findings"])

    @property
    def has_changes(self) -> bool:
        """Whether there was anything to be done."""
        return bool(self.plan["diffs"]) or any(one["action"] != "keep" for one in self.plan["orders"])


def saved(plan: bytes, text: str, full: str, *, at: datetime, tree: str) -> str:
    """The text of the file. `plan` is the plan as JSON, `tree` names what it was made from."""
    made = {
        "format_version": FORMAT_VERSION,
        "what": WHAT,
        "note": NOTE,
        "at": utc(at),
        "tree": tree,
        "plan": json.loads(plan),
        "text": text.splitlines(),
        "full": full.splitlines(),
    }
    return writable(json.dumps(made, indent=2, ensure_ascii=False)) + "\n"


def read(content: bytes, name: str) -> SavedPlan:
    """The plan that a file of this name holds; else a `TamspecError`."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or data.get("what") != WHAT:
        raise TamspecError(f"{name} is no saved plan; `tamspec plan --out FILE` writes one.")
    version = str(data.get("format_version"))
    if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        reads = f"this tamspec reads {FORMAT_VERSION}"
        raise TamspecError(f"{name} has the format {version}, and {reads}; show it with the version that wrote it.")
    if not _is_whole(data):
        raise TamspecError(f"{name} is damaged: parts of the saved plan are missing. Save it again with --out.")
    plan, text, full = data["plan"], _shown(data["text"]), _shown(data["full"])
    return SavedPlan(plan=plan, json=json_rows(plan).decode(), text=text, full=full)


def _shown(text: list[str]) -> str:
    # A file from elsewhere may hold what commands a terminal.
    return "".join(f"{line}\n" for one in text for line in lines(one))


def _is_whole(data: Json) -> bool:
    """Whether everything is there that is shown and that exit codes are made from."""
    plan = data.get("plan")
    parts = {"findings": "severity", "diffs": "kind", "orders": "action"}
    return (
        all(_are(data.get(name), str) for name in ("text", "full"))
        and isinstance(plan, dict)
        and isinstance(plan.get("at"), str)
        and all(_are(plan.get(part), dict) and all(key in one for one in plan[part]) for part, key in parts.items())
    )


def _are(value: object, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(one, kind) for one in value)
