"""Certificates as seals, time stamps and token headers carry them: read within bounds, and asked for facts.

Nothing here says that a certificate may be believed; `path` does.
"""

import base64
import binascii
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from mutua_credentials import jws
from mutua_credentials.json_text import Refused

MAX_CERTIFICATES = 64
"""Of those that a document brings, so many are read; a path is a handful."""
MAX_BYTES = 64 * 1024

UNREADABLE = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    CryptographyDeprecationWarning,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What cryptography raises for what it cannot read; its warnings are errors where somebody made them so."""
_NO_REVOCATION_AVAILABLE = x509.ObjectIdentifier("2.5.29.56")
"""RFC 9608: its life is so short that it is never revoked."""
_VALIDITY_ASSURED = x509.ObjectIdentifier("0.4.0.194121.2.1")
"""ETSI EN 319 412-1, short-term certificates: the same."""


def read_certificate(der: bytes) -> x509.Certificate | None:
    """A certificate whose DER, names, key and extensions can all be read, or None."""
    if len(der) > MAX_BYTES:
        return None
    try:
        certificate = x509.load_der_x509_certificate(der)
        _ = certificate.extensions, certificate.subject, certificate.issuer, certificate.public_key()
        _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except UNREADABLE:
        return None
    return certificate


def read_x5c(value: Any) -> tuple[x509.Certificate, ...] | Refused:
    """The certificates of an `x5c` header, leaf first: standard base64 of DER (RFC 7515, 4.1.6).

    Those beyond `MAX_CERTIFICATES` are not looked at. Codes: `certificate_missing`, `certificate_unreadable`.
    """
    if not isinstance(value, list) or not value:
        return Refused("certificate_missing", repr(value)[:80], "x5c: the certificates, leaf first")
    found: list[x509.Certificate] = []
    for text in cast("list[Any]", value)[:MAX_CERTIFICATES]:
        der = decode_base64(text)
        certificate = None if der is None else read_certificate(der)
        if certificate is None:
            return Refused("certificate_unreadable", repr(text)[:60], "base64 of an X.509 certificate in DER")
        found.append(certificate)
    return tuple(found)


def read_anchors(ders: Iterable[bytes]) -> tuple[x509.Certificate, ...]:
    """Anchors as somebody whom we trust handed them in; what cannot be read anchors nothing."""
    return tuple(found for der in ders if (found := read_certificate(der)) is not None)


def read_pool(texts: Iterable[Any]) -> tuple[x509.Certificate, ...]:
    """Certificates that help to find a path: each once, the unreadable ones left out."""
    found: dict[bytes, x509.Certificate] = {}
    for text in islice(texts, 4 * MAX_CERTIFICATES):
        der = decode_base64(text)
        certificate = None if der is None or der in found else read_certificate(der)
        if der is not None and certificate is not None:
            found[der] = certificate
        if len(found) == MAX_CERTIFICATES:
            break
    return tuple(found.values())


def decode_base64(text: Any) -> bytes | None:
    """Standard base64 with padding; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def name(certificate: x509.Certificate) -> str:
    """The subject for people, shortened: RFC 4514, without characters that a terminal would obey."""
    written = certificate.subject.rfc4514_string()[:200]
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in written)


def organisation(certificate: x509.Certificate) -> str | None:
    """The organizationIdentifier of the subject (OID 2.5.4.97), where there is exactly one."""
    found = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    value = found[0].value if len(found) == 1 else None
    return value if isinstance(value, str) else None


def hosts(certificate: x509.Certificate) -> tuple[str, ...]:
    """The DNS names of the subject."""
    return _alternative_names(certificate, x509.DNSName)


def uris(certificate: x509.Certificate) -> tuple[str, ...]:
    """The URIs of the subject."""
    return _alternative_names(certificate, x509.UniformResourceIdentifier)


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether it may issue certificates (basicConstraints)."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def may_sign(certificate: x509.Certificate) -> bool:
    """Whether its key usage, where it states one, includes digitalSignature or nonRepudiation."""
    usage = key_usage(certificate)
    return usage is None or usage.digital_signature or usage.content_commitment


def key_usage(certificate: x509.Certificate) -> x509.KeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None


def serves(certificate: x509.Certificate, purpose: x509.ObjectIdentifier) -> bool:
    """Whether its extended key usage names this purpose."""
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return purpose in purposes


def stamps_time(certificate: x509.Certificate) -> bool:
    """Whether it is a certificate of a time-stamping authority (RFC 3161, 2.3)."""
    return serves(certificate, ExtendedKeyUsageOID.TIME_STAMPING) and may_sign(certificate)


def is_never_revoked(certificate: x509.Certificate) -> bool:
    """Whether it says that it has no revocation state at all, because its life is short."""
    oids = {extension.oid for extension in certificate.extensions}
    return bool(oids & {_NO_REVOCATION_AVAILABLE, _VALIDITY_ASSURED})


def public_jwk(certificate: x509.Certificate) -> dict[str, str] | None:
    """Its key as a JWK, where it is RSA or on a NIST curve."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
    if isinstance(key, ec.EllipticCurvePublicKey) and (curve := _CURVES.get(key.curve.name)):
        point, size = key.public_numbers(), (key.curve.key_size + 7) // 8
        return {"kty": "EC", "crv": curve, "x": _number(point.x, size), "y": _number(point.y, size)}
    return None


_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def _number(value: int, size: int | None = None) -> str:
    return jws.encode(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def _alternative_names(certificate: x509.Certificate, kind: type[x509.GeneralName]) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    except x509.ExtensionNotFound:
        return ()
    entries: Sequence[x509.GeneralName] = list(cast("x509.SubjectAlternativeName", names))
    return tuple(str(entry.value) for entry in entries if isinstance(entry, kind))
