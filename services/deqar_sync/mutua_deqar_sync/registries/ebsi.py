"""EBSI's Trusted Issuers Registry (v5) as an adapter: who was accredited by whom, and what of it was revoked.

It is public and read without a token. Lists move by cursor; the last page points at itself. Listing it is a
sweep for the ids, repeated until two agree, and then one look-up an issuer: an issuer that cannot be read is
named and the rest is complete without it. It tells no moments of change: revisions have an order only.
Version 4, which has an issuer's accreditations in the issuer itself, is read as well.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import parse_qs, quote, urlsplit

from mutua_deqar_sync.registries.conversation import Conversation, Reply
from mutua_deqar_sync.registries.ebsi_shapes import (
    Accreditation,
    Issuer,
    read_accreditation,
    read_inline,
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
_PATH: Final = "/trusted-issuers-registry/v5/issuers"
_KEYS: Final = "/did-registry/v5/identifiers"
_MOST_PAGES: Final = 10_000
_SWEEPS: Final = 4
_MOVING: Final = "registry.moving"


@dataclass(frozen=True, slots=True)
class Sweep:
    """Ids of a list, in its order; one page is one view of it."""

    ids: tuple[str, ...]
    pages: int


@dataclass(slots=True)
class EbsiRegistry:
    """`path` is where the issuers stand below the base address of the conversation; `page` is asked for, the
    registry may give less.
    """

    conversation: Conversation
    path: str = _PATH
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
        path = self._issuer(did)
        head = await self.object(path)
        if isinstance(head, Absent | CouldNotTell):
            return head
        if head.get("did") != did:
            return CouldNotTell("registry.shape_changed", f"did {head.get('did')!r} at {path}", did)
        if isinstance(inline := head.get("attributes"), list):
            read = read_inline(cast("list[Any]", inline), f"{path}/attributes")
            return read if isinstance(read, CouldNotTell) else Issuer(did, read)
        if head.get("hasAttributes") is False:
            return Issuer(did, ())
        found = await self._accreditations(did, f"{path}/attributes")
        if isinstance(found, Absent):  # the issuer was there just now
            return CouldNotTell(_MOVING, f"a 404 at {path}/attributes", "the issuer's accreditations")
        return found if isinstance(found, CouldNotTell) else Issuer(did, tuple(found))

    async def revisions(self, did: str, attribute: str) -> list[Accreditation] | Absent | CouldNotTell:
        """Oldest first, as the registry lists them."""
        path = f"{self._issuer(did)}/attributes/{quote(attribute, safe='')}/revisions"
        return await self._accreditations(did, path, attribute)

    async def document(self, did: str) -> Json | Absent | CouldNotTell:
        """The DID document from the DID registry beside this one: the keys of whoever accredits."""
        return await self.object(f"{_KEYS}/{quote(did, safe=':')}")

    async def dids(self) -> Sweep | CouldNotTell:
        """Every issuer, as one sweep saw them."""
        found = await self._sweep(self.path, "did")
        if isinstance(found, Absent):
            return CouldNotTell("registry.request_refused", f"a 404 at {self.path}", "the list of issuers")
        return found

    async def object(self, path: str, params: dict[str, str] | None = None) -> Json | Absent | CouldNotTell:
        reply = await self.conversation.get(path, params)
        if isinstance(reply, CouldNotTell):
            return reply
        if reply.status == 404 and _is_problem(reply):
            return Absent(reply.at)
        if reply.status != 200:
            found = f"status {reply.status} at {path}"
            return CouldNotTell("registry.request_refused", found, "an answer of the registry")
        return read_json(reply.body)

    def _issuer(self, did: str) -> str:
        return f"{self.path}/{quote(did, safe=':')}"

    async def _accreditations(
        self, did: str, path: str, attribute: str | None = None
    ) -> list[Accreditation] | Absent | CouldNotTell:
        """Those of a list, one by one; as revisions of `attribute` where one is given."""
        keys = await self._sweep(path, "id")
        if isinstance(keys, Absent | CouldNotTell):
            return keys
        found: list[Accreditation] = []
        for key in keys.ids:
            part = f"{path}/{quote(key, safe='')}"
            body = await self.object(part)
            if isinstance(body, CouldNotTell):
                return body
            if isinstance(body, Absent):  # the whole moved, and is not gone
                return CouldNotTell(_MOVING, f"a 404 for {key}, which was listed", "the accreditation")
            one = read_accreditation(did, attribute or key, body, part)
            if isinstance(one, CouldNotTell):
                return one
            found.append(one)
        return found

    async def _sweep(self, path: str, member: str) -> Sweep | Absent | CouldNotTell:
        """By cursor, up to the page that points at itself, at an earlier one or nowhere."""
        found: dict[str, None] = {}
        cursors: set[str] = set()
        cursor: str | None = None
        for pages in range(1, _MOST_PAGES + 1):
            params = {"page[size]": str(self.page)} | ({"page[after]": cursor} if cursor else {})
            body = await self.object(path, params)
            listed = body if isinstance(body, Absent | CouldNotTell) else read_list(body, path)
            if isinstance(listed, Absent | CouldNotTell):
                return listed
            ids = [item.get(member) for item in listed.items]
            if not all(isinstance(one, str) for one in ids):
                return CouldNotTell("registry.shape_changed", f"an item without {member} at {path}", "text")
            found |= dict.fromkeys(str(one) for one in ids)
            cursor = _cursor(listed.next)
            if not ids or cursor is None or cursor == _cursor(listed.self) or cursor in cursors:
                return _counted(Sweep(tuple(found), pages), listed.total, path)
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

    async def _agreed(self) -> Sequence[str] | CouldNotTell:
        before: set[str] | None = None
        for _ in range(_SWEEPS):
            found = await self._registry.dids()
            if isinstance(found, CouldNotTell) and found.code != _MOVING:
                return found
            if isinstance(found, Sweep) and (found.pages == 1 or before == set(found.ids)):
                return found.ids
            before = set(found.ids) if isinstance(found, Sweep) else None
        return CouldNotTell(_MOVING, "issuers that come and go between sweeps", "two equal sweeps")


def _cursor(address: str | None) -> str | None:
    found = parse_qs(urlsplit(address or "").query).get("page[after]", [])
    return found[0] if found else None


def _counted(sweep: Sweep, total: int, path: str) -> Sweep | CouldNotTell:
    """A sweep that does not hold what the registry counts was cut short, or the list moved."""
    if len(sweep.ids) == total:
        return sweep
    return CouldNotTell(_MOVING, f"{len(sweep.ids)} of {total} at {path}", "as many as it counts")


def _is_problem(reply: Reply) -> bool:
    """Whether the registry itself says no, and not something in front of it."""
    problem = read_json(reply.body) if "json" in reply.headers.get("content-type", "") else {}
    return isinstance(problem, dict) and problem.get("status") == 404
