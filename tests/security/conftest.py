"""The house of the system tests: one for both folders."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "system"))

import house


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin("house"):
        config.pluginmanager.register(house, "house")
