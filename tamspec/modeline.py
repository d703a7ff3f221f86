"""The comment by which a YAML file tells editors its schema: `# yaml-language-server: $schema=PATH`."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection

_BOM = b"\xef\xbb\xbf"
_HEAD = re.compile(rb"(?:[ \t]*(?:#[^\r\n]*)?(?:\r?\n|\Z))*")
"""Comments and empty lines before anything else; an editor looks nowhere but there."""
_LINE = re.compile(rb"^#[ \t]+yaml-language-server[ \t]*:[^\r\n]*?\$schema(?:=|:[ \t]*)(\S+)[^\r\n]*", re.MULTILINE)


def line(path: str, schema: str) -> str:
    """The comment for a file; both paths are those from the root of the workspace."""
    return f"# yaml-language-server: $schema={posixpath.relpath(schema, posixpath.dirname(path) or '.')}\n"


def with_modeline(path: str, content: bytes, schema: str, others: Collection[str] = ()) -> bytes:
    """The file with a comment that leads to its schema, and every other byte as it was.

    One that leads to an address or to a file among `others` was chosen by somebody, and stays.
    """
    bom = _BOM if content.startswith(_BOM) else b""
    body = content[len(bom) :]
    head = _HEAD.match(body)
    found = _LINE.search(body[: head.end() if head else 0])
    if found is None:
        return bom + _ended(line(path, schema), body) + body
    target = found[1].decode(errors="replace")
    if "://" in target or posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) in {schema, *others}:
        return content
    return bom + body[: found.start()] + line(path, schema).rstrip("\n").encode() + body[found.end() :]


def _ended(text: str, content: bytes) -> bytes:
    """The line with the line ending that the file has."""
    first = content.find(b"\n")
    return text.encode().replace(b"\n", b"\r\n") if first > 0 and content[first - 1 : first] == b"\r" else text.encode()
