"""Tables in files: who waits for one may go."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator

import pytest

from tamspec.tables import Tables


@pytest.fixture(autouse=True)
def _listens() -> Iterator[None]:
    """Whoever runs the tests may have told their processes not to hear Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("ask", [Tables.run, Tables.rows, Tables.arrays])
def test_who_asks_without_end_can_go(ask: Callable[[Tables, str], object]) -> None:
    pressed = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    pressed.start()
    with pytest.raises(KeyboardInterrupt):
        ask(Tables([]), "SELECT count(*) FROM range(1000000000000000) WHERE hash(range) % 7 = 3")
    pressed.join()
