"""The folder of one stack: its lock, its ports, its secrets and what it remembers between commands.

Files with secrets can be read by their owner only. A port, once given to a name, stays with it over
restarts; it moves only when somebody else listens there while the process that had it is down.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Iterable
from pathlib import Path

from mutua_local.files import locked, write_atomically
from mutua_local.ports import free_port, is_free
from mutua_local.processes import Processes


def default_folder() -> Path:
    """MUTUA_DATA, or the place for a user's data by the convention of the platform."""
    if named := os.environ.get("MUTUA_DATA"):
        return Path(named).expanduser().resolve()
    if base := os.environ.get("XDG_DATA_HOME"):
        return Path(base) / "mutua" / "local"
    home = "Library/Application Support" if sys.platform == "darwin" else ".local/share"
    return Path.home() / home / "mutua" / "local"


class StackFolder:
    """Everything on disk that belongs to one stack."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.processes = Processes(path / "stack.json", str(path))
        self._ports = path / "ports.json"
        self._passwords = path / "secrets.json"

    def port(self, name: str) -> int:
        """The port of a name: the remembered one, or a free one that is remembered from now on."""
        with locked(self.path / "ports.lock"):
            book = self.known_ports()
            if name in book and (is_free(book[name]) or self._is_ours(name)):
                return book[name]
            book[name] = free_port(set(book.values()))
            write_atomically(self._ports, json.dumps(book, indent=1))
            return book[name]

    def known_ports(self) -> dict[str, int]:
        """The ports that were given so far."""
        return json.loads(self._ports.read_text()) if self._ports.exists() else {}

    def passwords(self, names: Iterable[str]) -> dict[str, str]:
        """A random password for each name, drawn once."""
        names = tuple(names)
        with locked(self.path / "secrets.lock"):
            known: dict[str, str] = (
                json.loads(self._passwords.read_text()) if self._passwords.exists() else {}
            )
            drawn = {name: secrets.token_urlsafe(24) for name in names if name not in known}
            if drawn:
                write_atomically(self._passwords, json.dumps({**known, **drawn}, indent=1))
            return {name: {**known, **drawn}[name] for name in names}

    def key_file(self, name: str) -> Path:
        """A file of 32 random bytes, drawn once."""
        return self._drawn(name, secrets.token_bytes(32))

    def secret_file(self, name: str) -> Path:
        """A file with one random word, drawn once."""
        return self._drawn(name, secrets.token_urlsafe(24).encode())

    def _drawn(self, name: str, content: bytes) -> Path:
        path = self.path / "keys" / name
        with locked(self.path / "secrets.lock"):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                temporary = path.with_suffix(".new")
                temporary.touch(mode=0o600)
                temporary.write_bytes(content)
                temporary.replace(path)
        return path

    def _is_ours(self, name: str) -> bool:
        return self.processes.running(name) is not None
