"""The EWP registry as an adapter: who an institution is, and which keys speak for it. Nothing about quality.

The whole registry is one public document with validators: it is asked for anew only when it may have
changed, and absence from it is absence, since a document is one view. It has no look-up, no history and no
signature of its own; it is as good as the connection over which it came.
"""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from mutua_deqar_sync.registries.conversation import Conversation, Reply
from mutua_deqar_sync.registries.ewp_catalogue import Catalogue, read_catalogue
from mutua_deqar_sync.registries.port import (
    Absent,
    Answer,
    Capabilities,
    CouldNotTell,
    Ending,
    Page,
    Partition,
    Record,
    Verdict,
    lacking,
)

CATALOGUE: Final = Partition("catalogue")
_PATH: Final = "/catalogue-v1.xml"
_SHORTEST, _ADVISED, _LONGEST = 60.0, 900.0, 10_800.0


@dataclass(slots=True)
class EwpRegistry:
    """`path` is where the catalogue stands below the base address of the conversation."""

    conversation: Conversation
    path: str = _PATH
    name: str = "ewp"
    capabilities: Capabilities = field(
        default=Capabilities(tells=frozenset({"identity", "keys"}), conditional_get=True, look_up=False)
    )

    async def partitions(self) -> Sequence[Partition]:
        return (CATALOGUE,)

    def read(self, _partition: Partition, validator: str | None = None, /) -> "CatalogueReading":
        return CatalogueReading(self, validator)

    async def look_up(self, _kind: str, _id: str, /) -> Answer:
        return lacking(self.name, "look-up of single records")

    async def history(self, _kind: str, _id: str, /) -> Sequence[Record] | Absent | CouldNotTell:
        return lacking(self.name, "history")


class CatalogueReading(Ending):
    """One request: the whole catalogue, or the word that it has not changed."""

    def __init__(self, registry: EwpRegistry, validator: str | None) -> None:
        self._registry = registry
        self._validator = validator

    async def __aiter__(self) -> AsyncIterator[Page]:
        reply = await self._registry.conversation.get(
            self._registry.path, headers=_conditions(self._validator)
        )
        if isinstance(reply, CouldNotTell):
            self._verdict = Verdict(complete=False, doubt=reply)
            return
        fresh_until = reply.at + timedelta(seconds=_lifetime(reply))
        if reply.status == 304 and self._validator is not None:
            self._verdict = Verdict(
                complete=True, unchanged=True, validator=self._validator, fresh_until=fresh_until
            )
            return
        if reply.status != 200:
            found = f"status {reply.status} at {self._registry.path}"
            doubt = CouldNotTell("registry.request_refused", found, "the catalogue")
            self._verdict = Verdict(complete=False, doubt=doubt)
            return
        catalogue = read_catalogue(reply.body)
        if isinstance(catalogue, CouldNotTell):
            self._verdict = Verdict(complete=False, doubt=catalogue)
            return
        yield Page(records(catalogue, reply.at), catalogue.unread)
        self._verdict = Verdict(complete=True, validator=_validator(reply), fresh_until=fresh_until)


def records(catalogue: Catalogue, at: datetime) -> list[Record]:
    """Institutions and keys, sorted, with sets in a fixed order."""
    institutions = [
        Record(
            "institution",
            key,
            {
                "names": [{"lang": lang or None, "name": name} for lang, name in sorted(found.names)],
                "other_ids": [{"type": kind, "value": value} for kind, value in sorted(found.other_ids)],
                "keys": sorted(found.keys),
                "apis": [{"name": name, "version": version} for name, version in sorted(found.apis)],
                "described": found.described,
            },
            at,
        )
        for key, found in sorted(catalogue.institutions.items())
    ]
    keys = [
        Record(
            "key",
            digest,
            {"kind": found.kind, "speaks_for": sorted(found.speaks_for), "spki": found.spki},
            at,
        )
        for digest, found in sorted(catalogue.keys.items())
    ]
    return institutions + keys


def _conditions(validator: str | None) -> dict[str, str]:
    if validator is None:
        return {}
    kind, _, value = validator.partition(" ")
    return {"if-none-match" if kind == "etag" else "if-modified-since": value}


def _validator(reply: Reply) -> str | None:
    """The entity tag where there is one, else the time of the last change."""
    if etag := reply.headers.get("etag"):
        return f"etag {etag}"
    modified = reply.headers.get("last-modified")
    return f"modified {modified}" if modified else None


def _lifetime(reply: Reply) -> float:
    """Seconds for which the answer stays fresh, as the registry says, inside what its specification allows.
    A date of expiry that is none lies in the past (RFC 9111, 5.3).
    """
    stated = _ADVISED
    if found := re.search(r"(?<![\w-])max-age=(\d{1,9})", reply.headers.get("cache-control", "").lower()):
        stated = float(found[1])
    elif expires := reply.headers.get("expires"):
        try:
            stated = (parsedate_to_datetime(expires) - reply.at).total_seconds()
        except (ValueError, TypeError, OverflowError):
            stated = 0.0
    return min(max(stated, _SHORTEST), _LONGEST)
