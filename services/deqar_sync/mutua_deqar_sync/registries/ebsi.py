"""EBSI's Trusted Issuers Registry (v5) as an adapter: who was accredited by whom, and what of it was revoked.

It is public and read without a token. Lists move by cursor; the last page points at itself. Listing it is a
sweep for the ids, repeated until two agree, and then one look-up an issuer: an issuer that cannot be read is
named and the rest is complete without it. It tells no moments of change: revisions have an order only.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from mutua_deqar_sync.registries.conversation import Conversation
from mutua_deqar_sync.registries.ebsi_shapes import (
    Accreditation,
    Issuer,
    Listed,
    read_accreditation,
    read_json,
    read_list,
)
from mutua_deqar_sync.registries.port import (
    Absent,
    Answer,
    Capabilities,
    CouldNotTell,
    Ending,
    Found,
    Json,
    Page,
    Partition,
    Record,
    Verdict,
    lacking,
)

ISSUERS: Final = Partition("issuers")
_BASE: Final = "/trusted-issuers-registry/v5/issuers"
_KEYS: Final = "/did-registry/v5/identifiers"
_MOST_PAGES: Final = 10_000
_SWEEPS: Final = 4


@dataclass(slots=True)
class EbsiRegistry:
    """`page` is asked for; the registry may give less."""

    conversation: Conversation
    page: int = 50
    name: str = "ebsi"
    capabilities: Capabilities = field(
        default=Capabilities(tells=frozenset({"accreditation"}), signed=True, point_in_time=True)
    )

    async def partitions(self) -> Sequence[Partition]:
        return (ISSUERS,)

    def read(self, _partition: Partition, _validator: str | None = None, /) -> "IssuersReading":
        return IssuersReading(self)

    async def look_up(self, kind: str, id: str, /) -> Answer:
        if kind != "issuer":
            return lacking(self.name, f"records of the kind {kind}")
        found = await self.issuer(id)
        if isinstance(found, Issuer):
            return Found(Record("issuer", id, found.facts(), self.conversation.now()))
        return found

    async def history(self, kind: str, id: str, /) -> Sequence[Record] | Absent | CouldNotTell:
        """Of an accreditation, `id` being `did/attribute`: its revisions in the registry's order."""
        did, _, attribute = id.rpartition("/")
        if kind != "accreditation" or not did:
            return lacking(self.name, f"history of {kind} {id}")
        found = await self.revisions(did, attribute)
        if isinstance(found, Absent | CouldNotTell):
            return found
        now = self.conversation.now()
        return [Record("accreditation", id, revision.facts(), now) for revision in found]

    async def issuer(self, did: str) -> Issuer | Absent | CouldNotTell:
        """With every accreditation in its latest revision."""
        path = _issuer(did)
        head = await self.object(path)
        if isinstance(head, Absent | CouldNotTell):
            return head
        if head.get("did") != did:
            return CouldNotTell("registry.shape_changed", f"did {head.get('did')!r} at {path}", did)
        if head.get("hasAttributes") is False:
            return Issuer(did, ())
        keys = await self._ids(f"{path}/attributes", "id")
        if isinstance(keys, Absent | CouldNotTell):
            return keys
        found: list[Accreditation] = []
        for key in keys:
            one = await self._accreditation(f"{path}/attributes/{quote(key, safe='')}", key)
            if isinstance(one, Absent | CouldNotTell):
                return _gone_meanwhile(one, key)
            found.append(one)
        return Issuer(did, tuple(found))

    async def revisions(self, did: str, attribute: str) -> list[Accreditation] | Absent | CouldNotTell:
        """Oldest first, as the registry lists them."""
        path = f"{_issuer(did)}/attributes/{quote(attribute, safe='')}/revisions"
        keys = await self._ids(path, "id")
        if isinstance(keys, Absent | CouldNotTell):
            return keys
        found: list[Accreditation] = []
        for key in keys:
            one = await self._accreditation(f"{path}/{quote(key, safe='')}", attribute)
            if isinstance(one, Absent | CouldNotTell):
                return _gone_meanwhile(one, key)
            found.append(one)
        return found

    async def document(self, did: str) -> Json | Absent | CouldNotTell:
        """The DID document from the DID registry beside this one: the keys of whoever accredits."""
        return await self.object(f"{_KEYS}/{quote(did, safe=':')}")

    async def dids(self) -> list[str] | CouldNotTell:
        """Of one sweep, in the registry's order."""
        found = await self._ids(_BASE, "did")
        if isinstance(found, Absent):
            return CouldNotTell("registry.request_refused", f"a 404 at {_BASE}", "the list of issuers")
        return found

    async def object(self, path: str, params: dict[str, str] | None = None) -> Json | Absent | CouldNotTell:
        reply = await self.conversation.get(path, params)
        if isinstance(reply, CouldNotTell):
            return reply
        if reply.status == 404 and "json" in reply.headers.get("content-type", ""):
            return Absent(reply.at)
        if reply.status != 200:
            found = f"status {reply.status} at {path}"
            return CouldNotTell("registry.request_refused", found, "an answer of the registry")
        return read_json(reply.body)

    async def _accreditation(self, path: str, key: str) -> Accreditation | Absent | CouldNotTell:
        body = await self.object(path)
        if isinstance(body, Absent | CouldNotTell):
            return body
        return read_accreditation(key, body, path)

    async def _ids(self, path: str, member: str) -> list[str] | Absent | CouldNotTell:
        """One sweep by cursor. It ends where a page points at itself or brings nothing new."""
        found: dict[str, None] = {}
        cursors: set[str] = set()
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            params = {"page[size]": str(self.page)} | ({"page[after]": cursor} if cursor else {})
            body = await self.object(path, params)
            if isinstance(body, Absent | CouldNotTell):
                return body
            listed = read_list(body, path)
            if isinstance(listed, CouldNotTell):
                return listed
            ids = [item.get(member) for item in listed.items]
            if not all(isinstance(one, str) for one in ids):
                return CouldNotTell("registry.shape_changed", f"an item without {member} at {path}", "text")
            found |= dict.fromkeys(str(one) for one in ids)
            cursor = _cursor(listed)
            if not ids or len(found) >= listed.total or cursor is None or cursor in cursors:
                return list(found)
            cursors.add(cursor)
        return CouldNotTell("registry.endless_list", f"more than {_MOST_PAGES} pages at {path}", "an end")


class IssuersReading(Ending):
    """Sweeps of the ids until two agree (one page is one view), then every issuer."""

    def __init__(self, registry: EbsiRegistry) -> None:
        self._registry = registry

    async def __aiter__(self) -> AsyncIterator[Page]:
        dids = await self._agreed()
        if isinstance(dids, CouldNotTell):
            self._verdict = Verdict(complete=False, doubt=dids)
            return
        for did in dids:
            answer = await self._registry.look_up("issuer", did)
            match answer:
                case Found(record=record):
                    yield Page([record])
                case CouldNotTell():
                    yield Page([], {("issuer", did): answer})
                case Absent():
                    pass  # removed since the sweep
        self._verdict = Verdict(complete=True)

    async def _agreed(self) -> list[str] | CouldNotTell:
        before: set[str] | None = None
        for _ in range(_SWEEPS):
            found = await self._registry.dids()
            if isinstance(found, CouldNotTell):
                return found
            if before == set(found) or len(found) <= 1:
                return found
            before = set(found)
        return CouldNotTell("registry.moving", "issuers that come and go between sweeps", "two equal sweeps")


def _issuer(did: str) -> str:
    return f"{_BASE}/{quote(did, safe=':')}"


def _cursor(listed: Listed) -> str | None:
    if listed.next is None:
        return None
    found = parse_qs(urlsplit(listed.next).query).get("page[after]", [])
    return found[0] if found else None


def _gone_meanwhile(answer: Absent | CouldNotTell, key: str) -> CouldNotTell:
    """A part that was listed and is not there says that the whole moved, not that the whole is gone."""
    if isinstance(answer, CouldNotTell):
        return answer
    return CouldNotTell("registry.moving", f"a 404 for {key}, which was listed", "the accreditation")
