"""A credential as a European Digital Credential (ELM v3), sealed at level B.

Who seals is behind an interface: a file here, a hardware module or a trust service where there is a driver
for it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from mutua_credentials import jades
from mutua_credentials.annex_i import Identifier, elm_writing
from mutua_issuer.domain.forms import Opened
from mutua_issuer.domain.issuing import urn


class Seal(Protocol):
    """An institution's electronic seal. Signing may take its time: it is never asked for in an event loop."""

    @property
    def alg(self) -> str:
        """`RS256` or `ES256`, as its certificate's key is."""
        ...

    @property
    def chain(self) -> Sequence[bytes]:
        """Its certificate and those above it, in DER, its own first."""
        ...

    def sign(self, data: bytes) -> bytes:
        """The signature over exactly these bytes. Raises `SealError` where none is to be had now."""
        ...

    def revocation(self) -> Sequence[bytes]:
        """CRLs or OCSP responses that show the certificates to be good now, in DER; empty where none is
        needed."""
        ...


class SealError(Exception):
    """A seal cannot be set now: its device or service does not answer, or its parts do not fit together."""


def europass(of: Opened, seal: Seal, at: datetime) -> bytes:
    """The sealed credential. Raises `SealError`. Blocks its thread for as long as the seal takes to sign."""
    institution = of.institution
    try:
        issuer = elm_writing.Issuer(
            id=institution.iss,
            name=institution.names,
            country=institution.iso_country,
            identifiers=tuple(
                Identifier(scheme=one.scheme, value=one.value) for one in institution.identifiers
            ),
            homepage=institution.iss,
            organisation_identifier=jades.organisation_of(seal.chain[0]),
        )
        body = elm_writing.write(
            of.content,
            credential_id=urn(of.id),
            issuer=issuer,
            issued_at=of.issued_at,
            valid_until=of.ends_at,
        )
        return jades.seal(body, signer=seal, chain=seal.chain, signed_at=at, revocation=seal.revocation())
    except ValueError as error:
        raise SealError(str(error)) from error
