"""Templates as they were compiled: that takes longer than to print a hundred pages, so what one run compiled may serve
the next."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

Key = tuple[bool, bool, str, str]

MOST = 500
"""Templates whose code is remembered; those that are edited often would be more and more."""


class Compiled(BytecodeCache):
    """The code of templates, by all that it hangs on besides the program: the text, its name, and for which kind of
    environment it was compiled."""

    def __init__(self, known: Mapping[Key, bytes] | None = None) -> None:
        self.known = dict(known) if known and len(known) < MOST else {}
        self.has_news = False

    def load_bytecode(self, bucket: Bucket) -> None:
        """Called by Jinja before it compiles a template."""
        code = self.known.get(_key(bucket))
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Called by Jinja when it has compiled one."""
        self.known[_key(bucket)] = bucket.bytecode_to_string()
        self.has_news = True


def _key(bucket: Bucket) -> Key:
    # The sandbox guards what it compiles, and what is no HTML is escaped otherwise.
    return bucket.environment.sandboxed, bool(bucket.environment.autoescape), bucket.key, bucket.checksum
