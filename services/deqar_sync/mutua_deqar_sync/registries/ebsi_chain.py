"""Was this issuer accredited on that day, by a chain that ends in a root that we trust?

Each link is an accreditation that was accepted, is intact, names its subject, covers the day and is signed
by the organisation above, whose own accreditation must let it accredit. The registry says what an
accreditation was before and never until when: for a day on which an earlier revision counted the answer is
"could not tell". A check that could not be made is never one that passed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal, cast

from mutua_credentials import jws
from mutua_credentials.json_text import Refused
from mutua_deqar_sync.registries.ebsi import EbsiRegistry
from mutua_deqar_sync.registries.ebsi_shapes import Accreditation, Issuer
from mutua_deqar_sync.registries.port import Absent, CouldNotTell, Json

_DEEPEST: Final = 8
_MOST_STEPS: Final = 500
_MAY_ACCREDIT: Final = ("TAO", "RootTAO")
_NOW: Final = frozenset({"not_accepted", "revoked", "outside_validity", "other_type"})
"""What is so in the latest revision, and may have been otherwise in an earlier one."""
Reason = Literal[
    "not_listed",
    "no_accreditation",
    "not_accepted",
    "revoked",
    "outside_validity",
    "other_type",
    "not_intact",
    "other_subject",
    "may_not_accredit",
    "signature_wrong",
    "loop",
    "too_deep",
    "root_not_trusted",
]


@dataclass(frozen=True, slots=True)
class Link:
    """`did` holds the accreditation `accreditation`, given by `by`."""

    did: str
    accreditation: str
    type: str
    by: str


@dataclass(frozen=True, slots=True)
class Accredited:
    """From the issuer up to the root, which accredits itself."""

    chain: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class NotAccredited:
    """No chain on that day. `at` is the organisation where the best attempt ended."""

    reason: Reason
    at: str


Finding = Accredited | NotAccredited | CouldNotTell


@dataclass(slots=True)
class Chains:
    """Walks chains through a registry. `roots` are the root organisations that the receiver trusts."""

    registry: EbsiRegistry
    roots: frozenset[str]

    async def accredited(self, did: str, day: date, credential_type: str | None = None) -> Finding:
        """For issuing credentials of the type; without one, for anything."""
        return await _Walk(self.registry, self.roots, day, credential_type).up(did, ())


@dataclass(slots=True)
class _Walk:
    """One question. Organisations and their documents are asked for once, steps are bounded."""

    registry: EbsiRegistry
    roots: frozenset[str]
    day: date
    wanted: str | None
    issuers: dict[str, Issuer | Absent | CouldNotTell] = field(
        default_factory=dict[str, "Issuer | Absent | CouldNotTell"]
    )
    documents: dict[str, Json | Absent | CouldNotTell] = field(
        default_factory=dict[str, "Json | Absent | CouldNotTell"]
    )
    steps: int = 0

    async def up(self, did: str, below: tuple[str, ...]) -> Finding:
        """From `did`, which accredited the last of `below`. Where no chain is found, what could not be told
        comes before any no: it might be one.
        """
        if did in below:
            return NotAccredited("loop", did)
        if len(below) >= _DEEPEST:
            return NotAccredited("too_deep", did)
        if did not in self.issuers:
            self.issuers[did] = await self.registry.issuer(did)
        issuer = self.issuers[did]
        if isinstance(issuer, CouldNotTell):
            return issuer
        if isinstance(issuer, Absent):
            return NotAccredited("not_listed", did)
        if not issuer.accreditations:
            return NotAccredited("no_accreditation", did)
        findings: list[NotAccredited | CouldNotTell] = []
        for one in issuer.accreditations:
            finding = await self._through(issuer, one, below)
            if isinstance(finding, Accredited):
                return finding
            findings.append(finding)
        return next((found for found in findings if isinstance(found, CouldNotTell)), findings[0])

    async def _through(self, issuer: Issuer, one: Accreditation, below: tuple[str, ...]) -> Finding:
        self.steps += 1
        if self.steps > _MOST_STEPS:
            found = f"more than {_MOST_STEPS} accreditations to follow"
            return CouldNotTell("registry.too_many_paths", found, "fewer")
        refused = await self._refused(issuer.did, one, accredits=bool(below))
        if refused is not None:
            return refused
        by = one.tao or issuer.did
        is_root = one.type == "RootTAO" and by == issuer.did
        unsigned = await self._unsigned(one, by, is_root=is_root)
        if unsigned is not None:
            return unsigned
        link = Link(issuer.did, one.id, one.type, by)
        if is_root:
            trusted = issuer.did in self.roots
            return Accredited((link,)) if trusted else NotAccredited("root_not_trusted", issuer.did)
        above = await self.up(by, (*below, issuer.did))
        return Accredited((link, *above.chain)) if isinstance(above, Accredited) else above

    async def _refused(
        self, did: str, one: Accreditation, *, accredits: bool
    ) -> NotAccredited | CouldNotTell | None:
        """What speaks against this accreditation by itself."""
        reason = self._reason(did, one, accredits=accredits)
        if reason is None:
            return _unread(did, one)
        if reason not in _NOW or one.body is None:
            return NotAccredited(reason, did)
        earlier = await self.registry.revisions(did, one.id)
        if isinstance(earlier, CouldNotTell):
            return earlier
        if isinstance(earlier, Absent):
            found = f"no revisions of {one.id} of {did}, which is listed"
            return CouldNotTell("registry.moving", found, "what it was before")
        if any(self._reason(did, each, accredits=accredits) is None for each in earlier):
            found = f"accreditation {one.id} of {did}, which counted on {self.day} before it was changed"
            return CouldNotTell("registry.changed_at_unknown_time", found, "the day of the change")
        return NotAccredited(reason, did)

    def _reason(self, did: str, one: Accreditation, *, accredits: bool) -> Reason | None:
        """What speaks against one revision. A root accredits for anything."""
        unrestricted = accredits and (one.type == "RootTAO" or not one.accredited_for)
        checks: dict[Reason, bool] = {
            "revoked": one.type != "Revoked",
            "not_accepted": one.body is not None and one.type != "Undefined",
            "not_intact": one.intact is True,
            "other_subject": one.subject == did,
            "outside_validity": one.covers(self.day),
            "may_not_accredit": not accredits or one.type in _MAY_ACCREDIT,
            "other_type": self.wanted is None or self.wanted in one.accredited_for or unrestricted,
        }
        return next((reason for reason, holds in checks.items() if not holds), None)

    async def _unsigned(
        self, one: Accreditation, by: str, *, is_root: bool
    ) -> NotAccredited | CouldNotTell | None:
        """The body must be signed with a key that the accrediting organisation's own document names.

        A root is authorised by whoever runs the registry, so that it may bear another's name.
        """
        signed = jws.split(one.body or "")
        if isinstance(signed, Refused):
            return CouldNotTell("registry.not_signed", f"a body that is no JWT at {one.id}", "a signature")
        if is_root and one.issuer is not None:
            by = one.issuer
        if one.issuer is not None and one.issuer != by:
            return NotAccredited("signature_wrong", by)
        if by not in self.documents:
            self.documents[by] = await self.registry.document(by)
        document = self.documents[by]
        if isinstance(document, CouldNotTell):
            return document
        if isinstance(document, Absent):
            return CouldNotTell("registry.no_key", f"no DID document of {by}", "the key that signed")
        key = _key(document, by, signed.header)
        if key is None:
            found = f"no key {signed.header.get('kid')!r} in the document of {by}"
            return CouldNotTell("registry.no_key", found, "the key that signed")
        match jws.verifies(signed, key):
            case True:
                return None
            case False:
                return NotAccredited("signature_wrong", by)
            case refused:
                return CouldNotTell("registry.signature_unchecked", refused.found, refused.expected)


def _unread(did: str, one: Accreditation) -> CouldNotTell | None:
    """What an accreditation states and we cannot judge."""
    if not one.dated:
        found = f"days that are none in accreditation {one.id} of {did}"
        return CouldNotTell("registry.shape_changed", found, "instants of ISO 8601")
    if one.status is not None:
        found = f"accreditation {one.id} of {did} with a status of the kind {one.status[:40]!r}"
        return CouldNotTell("registry.status_unchecked", found, "a status that the registry keeps itself")
    return None


def _key(document: Json, did: str, header: Mapping[str, Any]) -> Mapping[str, str] | None:
    """The JWK that `kid` names, as `did#fragment` or as the fragment alone; its owner must assert with it."""
    kid = _absolute(str(header.get("kid", "")), did)
    asserting = [
        _absolute(each, did) for each in _listed(document, "assertionMethod") if isinstance(each, str)
    ]
    if document.get("id") != did or not kid.startswith(f"{did}#") or kid not in asserting:
        return None
    for method in _listed(document, "verificationMethod"):
        found = cast("Json", method) if isinstance(method, dict) else {}
        jwk = found.get("publicKeyJwk")
        if _absolute(str(found.get("id")), did) == kid and isinstance(jwk, dict):
            return {k: v for k, v in cast("Json", jwk).items() if isinstance(v, str)}
    return None


def _absolute(id: str, did: str) -> str:
    return id if id.startswith("did:") else f"{did}#{id.removeprefix('#')}"


def _listed(document: Json, member: str) -> list[Any]:
    found = document.get(member)
    return cast("list[Any]", found) if isinstance(found, list) else []
