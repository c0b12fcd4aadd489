"""Issuers' keys as recognition's own dated projection knows them: the resolver that verification asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from mutua_contracts.issuer import IssuerChanged
from mutua_credentials import sdjwt
from mutua_credentials.bindings import BindingTable, Confidence, Row
from mutua_credentials.identities import same_identity
from mutua_credentials.keys import KeyNotListed, KeyRecord, KeyRing

SOURCE = "mutua.issuer"


@dataclass(frozen=True, slots=True)
class KnownIssuer:
    """An issuer's newest state, and when it came."""

    state: IssuerChanged
    received_at: datetime


class Issuers:
    """The issuers that a batch of credentials may name."""

    def __init__(self, known: Iterable[KnownIssuer]) -> None:
        self._known = tuple(known)
        self.keys = KeyRing(record for issuer in self._known for record in _records(issuer))

    def entity(self, identity: str | None) -> str | None:
        """The entity whose web identity this is, or None."""
        if identity is None:
            return None
        return next((one.state.issuer for one in self._known if same_identity(one.state.iss, identity)), None)

    def know_key_of(self, token: str) -> bool:
        """Whether the key that an SD-JWT names is known here; True for what cannot be read: waiting mends
        nothing."""
        claimed = claimed_issuer(token)
        if claimed is None:
            return True
        identity, kid = claimed
        answer = self.keys(identity, kid, None)
        return self.entity(identity) is not None and not isinstance(answer, KeyNotListed)


def seal_holder(organisation: str, known: Iterable[KnownIssuer]) -> str | None:
    """The entity that a seal's certificate names (`VATNO-123456785`), by what issuers are known by.

    Only what an identifier rests on with high confidence counts, and only where it is one entity's alone.
    """
    rows = [
        Row(
            issuer=one.state.issuer,
            scheme=each.scheme.removeprefix("EU-"),
            value=each.value,
            source=each.source or "",
            confidence=Confidence.HIGH,
            country=one.state.country[:2],
        )
        for one in known
        for each in one.state.identifiers
        if each.confidence == "high"
    ]
    found = BindingTable(rows).issuers_of("", organisation)
    return found[0].issuer if len(found) == 1 else None


def claimed_issuer(token: str) -> tuple[str, str | None] | None:
    """Issuer and key id that a token claims, unverified: they say only which keys to load."""
    parsed = sdjwt.parse(token)
    if not isinstance(parsed, sdjwt.SdJwt):
        return None
    identity = parsed.payload.get("iss")
    header: Mapping[str, object] = parsed.jwt.header
    kid = header.get("kid")
    return (identity, kid if isinstance(kid, str) else None) if isinstance(identity, str) else None


def _records(issuer: KnownIssuer) -> Iterable[KeyRecord]:
    state = issuer.state
    for key in (*state.keys, *state.proof_keys):
        yield KeyRecord(
            issuer=state.iss,
            kid=key.kid,
            jwk=key.jwk.model_dump(),
            valid_from=key.valid_from,
            valid_to=key.valid_to,
            compromised_at=key.compromised_at,
            source=SOURCE,
            as_of=issuer.received_at,
        )
