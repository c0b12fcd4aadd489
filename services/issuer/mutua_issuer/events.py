"""From the issuer's values to the facts that it states; nothing else."""

from mutua_contracts.credential import CredentialIssued, CredentialStatusChanged
from mutua_contracts.issuer import Identifier, IssuerChanged, IssuerKey, ProofJwk, ProofKey, PublicJwk
from mutua_issuer.domain.institution import Institution
from mutua_issuer.domain.issuing import Made, urn
from mutua_issuer.domain.status import Change
from mutua_kernel.outbox import Emit


def issuer_changed(institution: Institution) -> Emit:
    """The whole state of an institution; the version is the row's."""
    fact = IssuerChanged(
        issuer=institution.id,
        iss=institution.iss,
        did=institution.did,
        names=dict(institution.names),
        country=institution.country,
        identifiers=tuple(
            Identifier(
                scheme=one.scheme,
                value=one.value,
                source=one.source,
                confidence=one.confidence,
                checked_at=one.checked_at,
            )
            for one in institution.identifiers
        ),
        keys=tuple(
            IssuerKey(
                kid=key.kid,
                alg="ES256",
                jwk=PublicJwk(x=key.jwk["x"], y=key.jwk["y"]),
                valid_from=key.valid_from,
                valid_to=key.valid_to,
                compromised_at=key.compromised_at,
            )
            for key in institution.keys_of("ES256")
        ),
        proof_keys=tuple(
            ProofKey(
                kid=key.kid,
                alg="Ed25519",
                jwk=ProofJwk(x=key.jwk["x"]),
                valid_from=key.valid_from,
                valid_to=key.valid_to,
                compromised_at=key.compromised_at,
            )
            for key in institution.keys_of("Ed25519")
        ),
        since=institution.since,
    )
    return Emit(fact, key=institution.id, sequence=institution.version, tenant=institution.id)


def credential_issued(made: Made, institution: str, version: int) -> Emit:
    """That a credential was issued, with the form that names nobody."""
    fact = CredentialIssued(
        credential_id=urn(made.id),
        issuer=institution,
        awarding_body=made.awarding_body,
        country=made.country,
        component=made.component,
        format="sd-jwt-vc",
        credential=made.bus_form,
        digest=made.digest,
        award_date=made.award_date,
        issued_at=made.issued_at,
    )
    return Emit(fact, key=urn(made.id), sequence=version, tenant=institution, correlation=urn(made.id))


def status_changed(change: Change, institution: str, version: int) -> Emit:
    """That a credential was revoked, suspended or reinstated."""
    number = urn(change.credential)
    fact = CredentialStatusChanged(
        credential_id=number,
        issuer=institution,
        status=change.status,
        previous=change.previous,
        reason=change.reason,
        changed_at=change.at,
    )
    return Emit(fact, key=number, sequence=version, tenant=institution, correlation=number)
