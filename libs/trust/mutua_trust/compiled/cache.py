"""`jit`: numba's compiler, whose results are kept between processes in a folder that only this user can
write.

What is kept is machine code, so a folder that others could write would let them run theirs. Where no safe
folder is to be had, everything is compiled again in every process, and nothing else changes. Whoever sets
NUMBA_CACHE_DIR chooses the folder.
"""

import os
import stat
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar, cast
from zlib import crc32

import numba

F = TypeVar("F", bound=Callable[..., Any])


def jit(function: F) -> F:
    """The function, compiled at its first call for the types that it is called with."""
    folder = _folder()
    settings: Any = import_module("numba.core.config")
    before = settings.CACHE_DIR
    if folder is not None:
        settings.CACHE_DIR = str(folder)
    try:
        return cast(F, numba.njit(function, cache=folder is not None, boundscheck=False))
    finally:
        settings.CACHE_DIR = before


@cache
def _folder() -> Path | None:
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return Path(chosen)
    try:
        kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = kept / "mutua-trust" / f"numba-{numba.__version__}-{_digest():08x}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder if all(_only_ours(each) for each in (folder, folder.parent)) else None
    except (OSError, RuntimeError):
        return None


def _digest() -> int:
    """Of this package's sources: numba itself only sees changes of the file in which a function stands."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return crc32(b"".join(source.read_bytes() for source in sources))


def _only_ours(folder: Path) -> bool:
    """Whether nobody else can put a file there. Systems without users and modes are taken at their word."""
    if not hasattr(os, "getuid"):
        return os.access(folder, os.W_OK)
    found = folder.lstat()
    others = stat.S_IWGRP | stat.S_IWOTH
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & others
