"""Changes to YAML text that keep every other byte: each is a splice at a place that the loader found, and each is
proven by reading the new text again. What cannot be proven is refused."""

from __future__ import annotations

from tamspec.edit.changes import Add, Drop, Edit, Insert, Put, Rename, edited
from tamspec.edit.layout import formatted
from tamspec.edit.text import spliced

__all__ = ["Add", "Drop", "Edit", "Insert", "Put", "Rename", "edited", "formatted", "spliced"]
