"""What was computed is kept for the next who asks: of thousands of agreements many stand on the same hours."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """A function of which the last answers are kept.

    Calendars are told apart by which they are, not by what they say, which takes longer to compare than to compute; so
    what a key stands for is kept alive beside its answer, and no other can come to have its identity.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[Hashable, tuple[K, V]] = {}

    def of(self, key: Hashable, subject: K, make: Callable[[], V]) -> V:
        """The answer under a key, made if it is not known; `subject` is everything whose identity the key names."""
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= self._most:
                self._known.clear()
            known = self._known[key] = (subject, make())
        return known[1]
