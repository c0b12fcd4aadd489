"""The house of `house.py`, shared with the tests of security."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import house


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin("house"):
        config.pluginmanager.register(house, "house")
