"""The manual of the workspace that a call stands in, for the commands that can do without one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from tamspec import gitrepo, pipeline, rules
from tamspec.diagnostics import Fault, TamspecError


def manual(ctx: click.Context) -> Mapping[str, Fault]:
    """Code → what can be found here, by plugins too; outside of a workspace what tamspec itself finds."""
    try:
        root = gitrepo.find_workspace(Path((ctx.obj or {}).get("folder", ".")))
        settings, _ = pipeline.settings(gitrepo.settings_in(root))
    except TamspecError:
        return rules.MANUAL
    return rules.manual_of(settings)
