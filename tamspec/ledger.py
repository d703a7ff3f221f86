"""Events → ledger text. The way back is `load`, which reads a ledger entry like any other document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import yaml
from msgspec import Struct

from tamspec.model.order import Adopted, Component, Dated, Dates, Event, Moved, Order, Ordered, Report, StatusSet
from tamspec.model.values import Duration, camel_case, utc_text

KINDS: Mapping[type[Event], str] = {
    Ordered: "ordered",
    Adopted: "adopted",
    Moved: "moved",
    StatusSet: "status",
    Dated: "dated",
}
"""Event type → what the entry's `event` says."""

EFFORTS = frozenset({"effort", "effort_range", "remaining"})
"""Fields that count minutes of work and are written as effort."""

Plain = dict[str, Any]


def text(event: Event) -> str:
    """The event as a YAML document, `\\n`-ended: same event, same bytes."""
    head = {"project": event.project, "at": utc_text(event.at), "by": event.by, "event": KINDS[type(event)]}
    document = {
        "apiVersion": "tamspec/v1",
        "kind": "LedgerEntry",
        "metadata": {"name": event.name},
        "spec": head | _body(event),
    }
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def _body(event: Event) -> Plain:
    match event:
        case Ordered():
            components = {
                name: {
                    "action": one.action,
                    "kind": one.kind,
                    "target": _component(one.target) if one.target else None,
                }
                for name, one in event.components.items()
            }
            orders = {key: _order(order) | _dates(dates) for key, (order, dates) in event.orders.items()}
            body: Plain = {"change": event.change, "checksum": event.checksum, "rung": event.rung}
            body |= {"components": components, "orders": orders, "cancelled": list(event.cancelled)}
            body["committed"] = utc_text(event.committed) if event.committed else None
            body["moved"] = {key: _dates(dates) for key, dates in sorted(event.moved.items())}
            body["redated"] = {change: utc_text(finish) for change, finish in sorted(event.redated.items())}
            return {key: value for key, value in body.items() if value not in (None, "", [], {})}
        case Adopted():
            adopted = {name: _component(one) for name, one in event.components.items()}
            return {"components": adopted} | ({"evidence": event.evidence} if event.evidence else {})
        case Moved():
            return {"moves": dict(sorted(event.moves.items()))}
        case StatusSet():
            return {"orders": {key: _report(report) for key, report in sorted(event.orders.items())}}
        case Dated():
            return {"change": event.change, "committed": utc_text(event.committed)}
    raise AssertionError(f"this is a bug in tamspec: no way to write {type(event).__name__}")


def _component(one: Component) -> Plain:
    made: Plain = {"service": one.service}
    if one.params:
        made["params"] = dict(sorted(one.params.items()))
    if one.defaulted & one.params.keys():
        made["defaulted"] = sorted(one.defaulted & one.params.keys())
    if one.depends_on:
        made["dependsOn"] = list(one.depends_on)
    return made


def _order(order: Order) -> Plain:
    return _written(order, skip=Order.APART | {"key", "project", "change"})


def _report(report: Report) -> Plain:
    return _written(report, skip=frozenset())


def _dates(dates: Dates | None) -> Plain:
    return {} if dates is None else {"start": utc_text(dates.start), "finish": utc_text(dates.finish)}


def _written(value: Struct, skip: frozenset[str]) -> Plain:
    """The fields of a frozen value that say more than their default, in their order."""
    made: Plain = {}
    for name in value.__struct_fields__:
        content = getattr(value, name)
        if name in skip or content in ("", (), {}, None, Duration()) or content is False:
            continue
        if name == "people" and content == 1:
            continue
        if content == 0 and name == "effort" and isinstance(value, Order):
            continue
        made[camel_case(name)] = _plain(name, content)
    return made


def _plain(name: str, content: Any) -> Any:
    if name in EFFORTS:
        return [_effort(one) for one in content] if isinstance(content, tuple) else _effort(content)
    if isinstance(content, Mapping):
        return {key: _plain("", one) for key, one in sorted(content.items())}
    if isinstance(content, tuple):
        return [_plain("", one) for one in content]
    if isinstance(content, datetime):
        return utc_text(content) if content.tzinfo else f"{content:%Y-%m-%d %H:%M}"
    if isinstance(content, date):
        return content.isoformat()
    return str(content) if isinstance(content, Duration) else content


def _effort(minutes: int) -> str:
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


class _Dumper(yaml.SafeDumper):
    """Writes text plain only where no reader of YAML, old or new, could take it for something else."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # PyYAML's own way to say "decide by style alone"

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # the loader refuses anchors
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)


_SAFE = re.compile(
    r"[A-Za-z][\w.:/@+()-]*(?: [\w./@+()-]+)*"  # words and keys
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:]{8}Z)?"  # dates and instants
    r"|[0-9]+(?:\.[0-9]+)?(?:m|h|d|wd)",  # lengths of time
    re.ASCII,
)
_TREACHEROUS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


_TEXT = "tag:yaml.org,2002:str"


def _represent_text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    safe = _SAFE.fullmatch(data) and data.lower() not in _TREACHEROUS and not data.endswith(":")
    return dumper.represent_scalar(_TEXT, data, style=None if safe else '"')


def _represent_plain(dumper: yaml.SafeDumper, data: Decimal | int | bool | None) -> yaml.ScalarNode:
    """Numbers, true, false and null as they are; the tag of text keeps PyYAML from writing one."""
    if data is None or isinstance(data, bool):
        return dumper.represent_scalar(_TEXT, {None: "null", True: "true", False: "false"}[data])
    return dumper.represent_scalar(_TEXT, format(data, "f") if isinstance(data, Decimal) else str(data))


_Dumper.add_representer(str, _represent_text)
for _type in (Decimal, int, bool, type(None)):
    _Dumper.add_representer(_type, _represent_plain)
