"""A certificate that a token brings (`x5c`): its key signs, and its path to a known authority says for whom.

The key alone is no evidence of who signed. It counts for the issuer only where the certificate names the
issuer's host or organisation and was issued below one of the anchors.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509

from mutua_credentials.identities import canonical_identity, same_identity
from mutua_credentials.json_text import Refused
from mutua_credentials.keys import KeyRecord, thumbprint
from mutua_credentials.verify.given import Given
from mutua_credentials.verify.result import Check, CheckName, Result, failed, instant_text

NAME = CheckName.ISSUER_BINDING
_RESULTS = {"good": Result.PASS, "revoked": Result.FAIL}
"""Every other answer of a path is "could not tell"."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """The certificate that signed, those that came with it, and its key."""

    certificates: tuple[x509.Certificate, ...]
    key: KeyRecord


def certificate_key(x5c: Any) -> Leaf | Refused | None:
    """The leaf of `x5c`, or None where the header has none."""
    if x5c is None:
        return None
    from mutua_credentials.jades import certificates

    chain = certificates.read_x5c(x5c)
    if isinstance(chain, Refused):
        return chain
    jwk = certificates.public_jwk(chain[0])
    if jwk is None:
        return Refused("key_unusable", "a certificate with another kind of key", "an RSA or EC key")
    name = certificates.organisation(chain[0]) or certificates.name(chain[0])
    return Leaf(chain, KeyRecord(name, thumbprint(jwk), jwk, source="x5c"))


def bind_certificate(leaf: Leaf, issuer: str, given: Given) -> Check:
    """Codes: `certificate_of_issuer`; `certificate_of_another`, `certificate_revoked`; unknown with
    `anchor_unknown`, `not_in_force`, `revocation_unknown`.
    """
    from mutua_credentials.jades import certificates, path

    own = leaf.certificates[0]
    names = [*certificates.uris(own), *certificates.hosts(own), certificates.organisation(own) or ""]
    named = ", ".join(name for name in names if name)
    if not _names(own, issuer):
        return failed(NAME, "certificate_of_another", named, issuer)
    anchors = certificates.read_anchors(given.anchors)
    found = path.check_path(own, leaf.certificates[1:], anchors, given.as_of, given.as_of)
    result = _RESULTS.get(found.code, Result.UNKNOWN)
    code = {"good": "certificate_of_issuer", "revoked": "certificate_revoked"}.get(found.code, found.code)
    evidence = {"source": "x5c", "detail": found.detail, "as_of": instant_text(given.as_of)}
    return Check(NAME, result, code, named, issuer, evidence)


def _names(certificate: x509.Certificate, issuer: str) -> bool:
    """Whether a certificate names the issuer: as its address, its host or its legal identifier."""
    from mutua_credentials.jades import certificates, organisations

    if any(same_identity(uri, issuer) for uri in certificates.uris(certificate)):
        return True
    web = canonical_identity(issuer)
    host = urlsplit(web).hostname if web.startswith("https:") else None
    if host is not None and host in [name.lower() for name in certificates.hosts(certificate)]:
        return True
    legal = certificates.organisation(certificate)
    one, other = organisations.read_written(legal or ""), organisations.read_written(issuer)
    return one is not None and other is not None and one.matches(other)
