"""Documents for `mutua verify`: a folder of the user's own, the cache of dated copies, and the network.

`documents.json` maps an address to `{"file"}`, `{"status": 404}`, or dated copies `[{"file", "observed_from",
"observed_until"}]`. A context counts only with `{"file", "context": true, "sha256"}`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from mutua_credentials import json_text
from mutua_credentials.instants import read_instant
from mutua_credentials.json_text import Refused
from mutua_credentials.linked_data import allow_list
from mutua_credentials.verify import Document, NotObtained

INDEX = "documents.json"


class DocumentsWrong(Exception):
    """A folder of documents that cannot be used; its text says what, why, and how to mend it."""


@dataclass(frozen=True, slots=True)
class _Copy:
    file: Path | None
    status: int | None
    observed_from: datetime | None
    observed_until: datetime | None

    def in_force(self, at: datetime | None) -> bool:
        if at is None:
            return self.observed_until is None
        after = self.observed_from is None or self.observed_from <= at
        return after and (self.observed_until is None or at < self.observed_until)


class SuppliedDocuments:
    """What the user's folder answers for an address, and the contexts that it vouches for."""

    def __init__(self, folder: Path) -> None:
        """Raises `DocumentsWrong`."""
        self._folder = folder
        self._copies: dict[str, list[_Copy]] = {}
        self.contexts: dict[str, Any] = {}
        self.warnings: list[str] = []
        for url, entry in _read_index(folder).items():
            members = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
            if "context" in members:
                self._take_context(url, members)
            else:
                self._copies[url] = [self._copy(url, one) for one in _listed(entry)]

    def __call__(self, url: str, at: datetime | None, /) -> Document | NotObtained:
        copies = self._copies.get(url)
        if copies is None:
            return NotObtained("not_supplied", "")
        in_force = [copy for copy in copies if copy.in_force(at)]
        if not in_force:
            return NotObtained("no_copy_in_force", str(at), final=True)
        latest = max(in_force, key=lambda copy: copy.observed_from.timestamp() if copy.observed_from else 0)
        if latest.file is None:
            return NotObtained("http_status", str(latest.status), final=True)
        try:
            data = latest.file.read_bytes()
        except OSError as error:
            return NotObtained("file_unreadable", f"{latest.file}: {error.strerror}", final=True)
        return Document(url, data, INDEX, latest.observed_from, latest.observed_until)

    def _take_context(self, url: str, members: Mapping[str, Any]) -> None:
        """A context that is built in stays as it is; one without its right digest does not count."""
        if members["context"] is not True or url in allow_list.index():
            return
        file, digest = members.get("file"), members.get("sha256")
        if not isinstance(file, str) or not isinstance(digest, str):
            self.warnings.append(f"{INDEX}: the context {url} has no file or no sha256 and does not count")
            return
        try:
            data = (self._folder / file).read_bytes()
        except (OSError, ValueError) as error:
            raise DocumentsWrong(f"{INDEX}: {url}: {file} cannot be read ({error})") from None
        parsed = json_text.read(data)
        if hashlib.sha256(data).hexdigest() != digest.lower() or isinstance(parsed, Refused):
            self.warnings.append(f"{INDEX}: the context {url} is not what its sha256 says and does not count")
            return
        self.contexts[url] = parsed.value

    def _copy(self, url: str, entry: Any) -> _Copy:
        members = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
        file, status = members.get("file"), members.get("status")
        if not (isinstance(file, str) and file) and not (isinstance(status, int) and status != _OK):
            expected = '{"file"}, {"status": 404} or dated copies'
            raise DocumentsWrong(f"{INDEX}: {url}: found {json.dumps(entry)[:100]}, expected {expected}")
        dates = {name: read_instant(members[name]) for name in _DATES if members.get(name) is not None}
        for name, date in dates.items():
            if date is None:
                found = json.dumps(members[name])[:60]
                raise DocumentsWrong(f"{INDEX}: {url}: {name}: found {found}, expected an RFC 3339 instant")
        place = self._folder / file if isinstance(file, str) else None
        return _Copy(place, status, dates.get("observed_from"), dates.get("observed_until"))


_OK = 200
_DATES = ("observed_from", "observed_until")


def _read_index(folder: Path) -> Mapping[str, Any]:
    path = folder / INDEX
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DocumentsWrong(
            f"{path} cannot be read ({error.strerror}): give a folder that holds a {INDEX}"
        ) from None
    match json_text.read(data):
        case Refused() as refused:
            raise DocumentsWrong(
                f"{path}: {refused.code}, found {refused.found}, expected {refused.expected}"
            )
        case json_text.Json(value=dict() as members):
            return cast("dict[str, Any]", members)
        case _:
            raise DocumentsWrong(f"{path}: expected an object from addresses to files")


def _listed(entry: Any) -> list[Any]:
    return cast("list[Any]", entry) if isinstance(entry, list) else [entry]
