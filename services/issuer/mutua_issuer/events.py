"""From the issuer's values to the facts that it states; nothing else."""

from mutua_contracts.credential import CredentialIssued
from mutua_contracts.issuer import Identifier, IssuerChanged, IssuerKey, PublicJwk
from mutua_issuer.domain.institution import Institution
from mutua_issuer.domain.issuing import Made, urn
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
            Identifier(scheme=scheme, value=value) for scheme, value in institution.identifiers
        ),
        keys=tuple(
            IssuerKey(
                kid=key.kid,
                alg="ES256",
                jwk=PublicJwk(x=key.jwk["x"], y=key.jwk["y"]),
                valid_from=key.valid_from,
                valid_to=key.valid_to,
            )
            for key in institution.keys
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
