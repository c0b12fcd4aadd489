"""A PostgreSQL of its own for tests that stop it or take it for somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mutua_local.folder import StackFolder
from mutua_local.postgres import TEST_SETTINGS, EmbeddedPostgres


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """Below a folder that is closed to other users, not yet started."""
    folder = StackFolder(tmp_path / "closed" / "stack")
    (tmp_path / "closed").mkdir(mode=0o700)
    server = EmbeddedPostgres(
        folder.path / "postgres",
        folder.processes,
        port=folder.port("postgres"),
        password="it's \\ odd",
        settings=TEST_SETTINGS,
    )
    yield server
    server.delete()
