"""What every test stands on: no network, no home, no clock; and one way to find the sample workspace."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "tamspec",
    max_examples=int(os.environ.get("TAMSPEC_EXAMPLES", "50")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("tamspec")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the network says so at once."""

    def refuse(_: socket.socket, address: Any) -> NoReturn:
        raise AssertionError(f"A test tried to reach {address}: nothing but `trackers` may use the network.")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nobody's git configuration, login or settings reach a test."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("SOURCE_DATE_EPOCH", "TAMSPEC_BY", "NO_COLOR", "TAMSPEC_DEBUG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def sample() -> Path:
    """The root of this repository: its catalogue and projects are the sample workspace."""
    return ROOT
