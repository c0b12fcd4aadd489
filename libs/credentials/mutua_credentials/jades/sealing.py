"""Sealing at level B: a credential as EDC writes it, by a key behind an interface.

The signer may be a file, a hardware module or a trust service; only it knows the key. A seal that our own
verification would not accept is never handed out.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mutua_credentials import jws, keys
from mutua_credentials.digests import canonical
from mutua_credentials.instants import write_instant
from mutua_credentials.jades import certificates
from mutua_credentials.jades.envelope import open_sealed
from mutua_credentials.jades.organisations import legal_identifiers, read_written
from mutua_credentials.jades.signature import check_signature
from mutua_credentials.json_text import Refused


class SealSigner(Protocol):
    """Something that seals: a key in a file, a hardware module, a trust service. `jws.Signer` is one."""

    @property
    def alg(self) -> str:
        """`RS256` or `ES256`."""
        ...

    def sign(self, data: bytes) -> bytes:
        """The JWS signature over exactly these bytes."""
        ...


@dataclass(frozen=True, slots=True)
class SealKey:
    """A key from a file: RSA of at least 2048 bits (RS256), or P-256 (ES256)."""

    _key: rsa.RSAPrivateKey | keys.PrivateKey

    @classmethod
    def from_pem(cls, pem: bytes, password: bytes | None = None) -> Self:
        """Read PKCS#8. Raises ValueError for another kind of key or a wrong password."""
        try:
            key = serialization.load_pem_private_key(pem, password)
        except TypeError as error:
            raise ValueError(str(error)) from error
        if isinstance(key, rsa.RSAPrivateKey):
            if key.key_size < jws.MIN_RSA_BITS:
                raise ValueError(f"found RSA of {key.key_size} bits, expected at least {jws.MIN_RSA_BITS}")
            return cls(key)
        return cls(keys.PrivateKey.from_pem(pem, password))

    @property
    def alg(self) -> str:
        return "RS256" if isinstance(self._key, rsa.RSAPrivateKey) else self._key.alg

    def sign(self, data: bytes) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(data)


def organisation_of(certificate: bytes) -> str | None:
    """The organizationIdentifier of a certificate in DER: what a credential's issuer must have to be bound to
    the seal. Raises ValueError for what is no certificate.
    """
    return certificates.organisation(_read([certificate])[0])


def seal(
    credential: Mapping[str, Any],
    *,
    signer: SealSigner,
    chain: Sequence[bytes],
    signed_at: datetime,
    revocation: Sequence[bytes] = (),
) -> bytes:
    """Seal at level B: JWS JSON, unencoded payload, `sigT`, `x5c`.

    `chain` is in DER, the seal's own certificate first. `revocation` holds CRLs or OCSP responses in DER; a
    certificate that can be revoked is not known to be good without them. Raises ValueError where key,
    certificate and issuer do not belong together.
    """
    found = _read(chain)
    payload = json.dumps(credential, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    header = {
        "alg": signer.alg,
        "b64": False,
        "crit": ["b64", "sigT"],
        "sigT": write_instant(signed_at),
        "typ": "jose+json",
        "x5c": [base64.b64encode(der).decode("ascii") for der in chain],
        "x5t#S256": jws.encode(hashlib.sha256(chain[0]).digest()),
    }
    protected = jws.encode(canonical(header))
    signature = jws.encode(signer.sign(f"{protected}.{payload}".encode()))
    entry: dict[str, Any] = {"protected": protected, "signature": signature}
    if revocation:
        entry["header"] = {"etsiU": [jws.encode(canonical({"rVals": _revocation_values(revocation)}))]}
    sealed = {"payload": payload, "signatures": [entry]}
    _check(sealed, found[0])
    return json.dumps(sealed, ensure_ascii=False, separators=(",", ":")).encode()


def _check(members: Mapping[str, Any], certificate: x509.Certificate) -> None:
    sealed = open_sealed(members)
    checked = sealed if isinstance(sealed, Refused) else check_signature(sealed.seals[0])
    if isinstance(sealed, Refused) or isinstance(checked, Refused):
        wrong = checked if isinstance(checked, Refused) else sealed
        raise ValueError(f"{wrong}")
    own = read_written(certificates.organisation(certificate) or "")
    issuer = sealed.body.get("issuer")
    known = legal_identifiers(issuer) if isinstance(issuer, dict) else ()
    if own is None or not any(own.matches(identifier) for identifier in known):
        stated = certificates.organisation(certificate)
        raise ValueError(f"found a certificate of {stated}, expected one of the issuer's legal identifiers")


def _read(chain: Sequence[bytes]) -> list[x509.Certificate]:
    found = [certificate for der in chain if (certificate := certificates.read_certificate(der)) is not None]
    if not chain or len(found) != len(chain):
        raise ValueError("found no certificate in DER, expected the seal's own first")
    return found


def _revocation_values(ders: Sequence[bytes]) -> dict[str, Any]:
    """CRLs and OCSP responses in their two lists of `rVals`."""
    values: dict[str, list[dict[str, str]]] = {}
    for der in ders:
        try:
            x509.load_der_x509_crl(der)
            kind = "crlVals"
        except ValueError:
            kind = "ocspVals"
        values.setdefault(kind, []).append({"val": base64.b64encode(der).decode("ascii")})
    return dict(values)
