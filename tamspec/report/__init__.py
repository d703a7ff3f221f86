"""What the terminal and programs are told: findings, plans, status. Pure text out of values; it prints nothing."""

from tamspec.report.difference import whatif_text
from tamspec.report.findings import FORMAT_VERSION, FORMATS, as_json, render
from tamspec.report.plan_json import plan_json
from tamspec.report.plans import plan_text
from tamspec.report.tables import estimates_csv, plan_csv, status_csv
from tamspec.report.text import count, visible
from tamspec.report.work import estimates_text, status_json, status_text, today_text

__all__ = [
    "FORMATS",
    "FORMAT_VERSION",
    "as_json",
    "count",
    "estimates_csv",
    "estimates_text",
    "plan_csv",
    "plan_json",
    "plan_text",
    "render",
    "status_csv",
    "status_json",
    "status_text",
    "today_text",
    "visible",
    "whatif_text",
]
