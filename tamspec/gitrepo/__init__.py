"""A workspace as git and the disk have it: its files now or at a revision (`files`), who changed them when
(`history`), and what is known of those that documents name (`filed`). Nothing else reads a
workspace, and nothing else starts git."""

from __future__ import annotations

from tamspec.gitrepo.filed import filed_of
from tamspec.gitrepo.files import (
    LARGEST,
    SETTINGS,
    SUFFIXES,
    TEMPLATE_SUFFIXES,
    TEMPLATES,
    Files,
    Gathered,
    Refusal,
    author,
    commit,
    files_at,
    files_in,
    find_workspace,
    folders_in,
    folders_read,
    report_in,
    require,
    revision,
    settings_at,
    settings_in,
    templates_in,
)

__all__ = [
    "LARGEST",
    "SETTINGS",
    "SUFFIXES",
    "TEMPLATES",
    "TEMPLATE_SUFFIXES",
    "Files",
    "Gathered",
    "Refusal",
    "author",
    "commit",
    "filed_of",
    "files_at",
    "files_in",
    "find_workspace",
    "folders_in",
    "folders_read",
    "report_in",
    "require",
    "revision",
    "settings_at",
    "settings_in",
    "templates_in",
]
