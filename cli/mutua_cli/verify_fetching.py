"""The network for `mutua verify`, with a cache of dated copies beside it.

A copy is kept with when it was first and last seen, so that a key can be looked up as it was published then.
A copy answers for the time in which it was seen, and for an hour after: longer would be a guess.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mutua_credentials.instants import read_instant, write_instant
from mutua_credentials.verify import Document, NotObtained

FRESH = timedelta(hours=1)
MAX_FETCHES = 200
"""In one run, whatever the credentials name."""
SECONDS = 5.0
"""For one address."""
MAX_SECONDS_LOST = 20.0
"""In one run, waiting in vain: then the network counts as not there."""

Now = Callable[[], datetime]


def cache_folder() -> Path:
    """Where copies are kept: MUTUA_CACHE, or `mutua` below the user's cache folder."""
    if own := os.environ.get("MUTUA_CACHE"):
        return Path(own)
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "mutua" / "documents"
    try:
        home = Path.home()
    except RuntimeError:
        # Somebody without a name and a home still may verify.
        return Path(tempfile.gettempdir()) / f"mutua-{os.getuid()}" / "documents"
    return home / ".cache" / "mutua" / "documents"


class Cache:
    """Dated copies on disk, by address. What cannot be read or written is as if it were not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, url: str, at: datetime | None, /) -> Document | NotObtained:
        for copy in reversed(self._copies(url)):
            seen, last = read_instant(copy.get("observed_from")), read_instant(copy.get("last_seen"))
            if seen is None or last is None or at is None or not seen <= at <= last + FRESH:
                continue
            try:
                data = (self._place(url) / str(copy.get("file"))).read_bytes()
            except (OSError, ValueError):
                continue
            return Document(url, data, "cache", seen, last + FRESH)
        return NotObtained("not_cached", "")

    def keep(self, url: str, data: bytes, now: datetime) -> None:
        """Add a copy, or note that the last one was seen again."""
        place, copies = self._place(url), self._copies(url)
        name = hashlib.sha256(data).hexdigest()
        seen = write_instant(now)
        if copies and copies[-1].get("file") == name:
            copies[-1]["last_seen"] = seen
        else:
            copies.append({"file": name, "observed_from": seen, "last_seen": seen})
        try:
            place.mkdir(parents=True, exist_ok=True)
            _write(place / name, data)
            _write(place / "copies.json", json.dumps({"url": url, "copies": copies}, indent=1).encode())
        except OSError:
            return

    def _place(self, url: str) -> Path:
        return self._folder / hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()

    def _copies(self, url: str) -> list[dict[str, Any]]:
        try:
            copies: Any = json.loads((self._place(url) / "copies.json").read_bytes())["copies"]
        except (OSError, ValueError, KeyError, TypeError):
            return []
        return [copy for copy in copies if isinstance(copy, dict)] if isinstance(copies, list) else []


class Network:
    """Fetches each address at most once in a run, and keeps what it gets."""

    def __init__(self, cache: Cache, now: Now = lambda: datetime.now(UTC)) -> None:
        self._cache, self._now = cache, now
        self._answers: dict[str, Document | NotObtained] = {}
        self._lost = 0.0

    def __call__(self, url: str, at: datetime | None, /) -> Document | NotObtained:  # noqa: ARG002 (only today's)
        if url not in self._answers:
            self._answers[url] = self._refused() or self._fetch(url)
        return self._answers[url]

    def _refused(self) -> NotObtained | None:
        if len(self._answers) >= MAX_FETCHES:
            return NotObtained("too_many_fetches", f"{MAX_FETCHES} in this run")
        if self._lost > MAX_SECONDS_LOST:
            return NotObtained("network_given_up", f"{self._lost:.0f} s lost in this run")
        return None

    def _fetch(self, url: str) -> Document | NotObtained:
        # ssl and what it needs are loaded only where something is fetched.
        from mutua_kernel.retrieval import NotRetrieved, retrieve

        started = time.monotonic()
        found = retrieve(url, seconds=SECONDS)
        if isinstance(found, NotRetrieved):
            self._lost += time.monotonic() - started
            return NotObtained(found.code, found.found)
        now = self._now()
        self._cache.keep(url, found.body, now)
        return Document(url, found.body, "network", now)


def offline(url: str, at: datetime | None) -> NotObtained:  # noqa: ARG001 (the shape of `Documents`)
    """In the place of the network when nothing may be fetched."""
    return NotObtained("offline", "not fetched")


def _write(path: Path, data: bytes) -> None:
    """All or nothing, whoever else writes at the same time."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(path)
