"""Time stamps (RFC 3161): that a text existed at an instant, as an authority says and signs.

A token is broken where it does not fit its text or its own certificate; it is of no use where its authority
leads to no anchor, was not in force at the stamp's own time, or was revoked.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mutua_credentials.jades import certificates
from mutua_credentials.jades.asymmetric import STRONG_HASHES, verifies
from mutua_credentials.jades.path import Path, check_path
from mutua_credentials.jades.revocation import Revocation, State
from mutua_credentials.json_text import Refused

MAX_BYTES = 256 * 1024

_STILL_TRUE = frozenset(
    {
        x509.ReasonFlags.unspecified,
        x509.ReasonFlags.affiliation_changed,
        x509.ReasonFlags.superseded,
        x509.ReasonFlags.cessation_of_operation,
    }
)
"""RFC 3161, 4: where an authority was revoked for one of these, stamps from before remain true."""

_MALFORMED = (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError, RecursionError)
"""What asn1crypto raises for what it cannot read; it reads members when they are asked for."""


class Standing(StrEnum):
    TRUSTED = "trusted"
    UNPROVEN = "unproven"
    """It fits its text, and nobody whom we trust stands behind it."""
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Timestamp:
    """One token, judged. `at` is what it says, also where it is not believed."""

    standing: Standing
    code: str
    detail: str
    at: datetime | None = None
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    """A token that fits its text and verifies by the certificate that it names."""

    at: datetime
    authority: x509.Certificate
    certificates: tuple[x509.Certificate, ...]


def check_timestamp(
    token: Any,
    text: tuple[str, ...] | None,
    *,
    others: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    as_of: datetime,
    revocation: Revocation,
) -> Timestamp:
    """Judge a base64 token over a text, given in parts; None is a text that cannot be told.

    Codes: `trusted`; broken: `timestamp_malformed`, `imprint_wrong`, `hash_weak`,
    `timestamp_signature_wrong`, `authority_certificate_missing`, `authority_certificate_wrong`,
    `authority_purpose_wrong`; unproven: `text_unsupported`, `timestamp_in_future`, `authority_unknown`,
    `authority_not_in_force`, `authority_revoked`.
    """
    if text is None:
        return Timestamp(
            Standing.UNPROVEN, "text_unsupported", "etsiU in clear, which needs a canonicalisation"
        )
    der = certificates.decode_base64(token)
    if der is None or len(der) > MAX_BYTES:
        return Timestamp(Standing.BROKEN, "timestamp_malformed", "no base64, or too large")
    try:
        read = _read(der, text, [*others, *anchors])
    except _MALFORMED as error:
        return Timestamp(Standing.BROKEN, "timestamp_malformed", type(error).__name__)
    if isinstance(read, Refused):
        return Timestamp(Standing.BROKEN, read.code, f"found {read.found}, expected {read.expected}")
    if read.at > as_of:
        return Timestamp(Standing.UNPROVEN, "timestamp_in_future", f"{read.at:%Y-%m-%dT%H:%M:%SZ}", read.at)
    path = check_path(read.authority, [*read.certificates, *others], anchors, read.at, as_of, revocation)
    return _judge(read, path)


def _judge(token: _Token, path: Path) -> Timestamp:
    """Where nothing is known of the authority's revocation, the anchor's word stands: stamps are made to be
    believed without it, and most tokens come without. What is known counts.
    """
    state = path.revocation
    if path.code == "revoked" or (state is not None and _taints(state)):
        return Timestamp(Standing.UNPROVEN, "authority_revoked", path.detail, token.at, path)
    if path.code in ("anchor_unknown", "not_in_force"):
        code = "authority_unknown" if path.code == "anchor_unknown" else "authority_not_in_force"
        return Timestamp(Standing.UNPROVEN, code, path.detail, token.at, path)
    return Timestamp(Standing.TRUSTED, "trusted", path.detail, token.at, path)


def _taints(state: State) -> bool:
    return state.since is not None and state.reason not in _STILL_TRUE


def _read(der: bytes, text: tuple[str, ...], others: Sequence[x509.Certificate]) -> _Token | Refused:
    content = cms.ContentInfo.load(der, strict=True)
    if content["content_type"].native != "signed_data":
        return Refused("timestamp_malformed", str(content["content_type"].native), "SignedData")
    signed: Any = content["content"]
    encapsulated = signed["encap_content_info"]
    if encapsulated["content_type"].native != "tst_info" or len(signed["signer_infos"]) != 1:
        return Refused("timestamp_malformed", "another content", "a TSTInfo signed by one authority")
    info_der = bytes(encapsulated["content"])
    info: Any = tsp.TSTInfo.load(info_der, strict=True)
    wrong = _check_imprint(info, text)
    if wrong is not None:
        return wrong
    brought = _brought(signed)
    authority = _check_signer(signed["signer_infos"][0], info_der, [*brought, *others])
    if isinstance(authority, Refused):
        return authority
    at: Any = info["gen_time"].native
    if not isinstance(at, datetime) or at.tzinfo is None:
        return Refused("timestamp_malformed", repr(at), "an instant in UTC")
    return _Token(at.astimezone(UTC), authority, brought)


def _check_imprint(info: Any, text: tuple[str, ...]) -> Refused | None:
    imprint = info["message_imprint"]
    algorithm = imprint["hash_algorithm"]["algorithm"].native
    if algorithm not in STRONG_HASHES:
        return Refused("hash_weak", str(algorithm), " or ".join(STRONG_HASHES))
    digest = hashlib.new(algorithm)
    for part in text:
        digest.update(part.encode())
    if imprint["hashed_message"].native != digest.digest():
        return Refused("imprint_wrong", "a stamp over another text", "one over what it should cover")
    return None


def _brought(signed: Any) -> tuple[x509.Certificate, ...]:
    """The certificates inside of the token."""
    found: list[x509.Certificate] = []
    chosen = signed["certificates"]
    for choice in list(chosen)[: certificates.MAX_CERTIFICATES] if isinstance(chosen, core.SetOf) else []:
        certificate = certificates.read_certificate(choice.chosen.dump())
        if certificate is not None:
            found.append(certificate)
    return tuple(found)


def _check_signer(
    signer: Any, info_der: bytes, known: Sequence[x509.Certificate]
) -> x509.Certificate | Refused:
    algorithm = signer["digest_algorithm"]["algorithm"].native
    if algorithm not in STRONG_HASHES:
        return Refused("hash_weak", str(algorithm), " or ".join(STRONG_HASHES))
    attributes = _attributes(signer)
    if attributes.get("content_type") != "tst_info":
        return Refused("timestamp_malformed", "signed attributes of something else", "content type TSTInfo")
    if attributes.get("message_digest") != hashlib.new(algorithm, info_der).digest():
        return Refused("timestamp_signature_wrong", "a signature over another TSTInfo", "one over this")
    authority = _named(signer["sid"], known)
    if authority is None:
        return Refused(
            "authority_certificate_missing", "no such certificate", "the one that signed the stamp"
        )
    if not _is_the_one(attributes, authority):
        return Refused(
            "authority_certificate_wrong", certificates.name(authority), "the one of signingCertificate"
        )
    if not certificates.stamps_time(authority):
        return Refused(
            "authority_purpose_wrong", certificates.name(authority), "a certificate for time stamping"
        )
    if not _verifies(signer, authority, algorithm):
        return Refused(
            "timestamp_signature_wrong", "another signature", f"one by {certificates.name(authority)}"
        )
    return authority


def _verifies(signer: Any, authority: x509.Certificate, digest: str) -> bool:
    """The signature over the signed attributes, by the hash that its algorithm names, else the digest's."""
    named = signer["signature_algorithm"]
    salted = named.signature_algo == "rsassa_pss"
    plain = named["algorithm"].native in ("rsassa_pkcs1v15", "ecdsa")
    algorithm = STRONG_HASHES.get(digest if plain else named.hash_algo)
    data = signer["signed_attrs"].untag().dump()
    return algorithm is not None and verifies(
        authority.public_key(), signer["signature"].native, data, algorithm, probabilistic=salted
    )


def _attributes(signer: Any) -> dict[str, Any]:
    """The signed attributes that must stand there once, with one value each."""
    found: dict[str, Any] = {}
    for attribute in signer["signed_attrs"]:
        kind, values = attribute["type"].native, attribute["values"]
        if kind in found or len(values) != 1:
            raise ValueError(f"{kind} more than once")
        found[kind] = values[0] if kind.startswith("signing_certificate") else values[0].native
    return found


def _named(sid: Any, known: Sequence[x509.Certificate]) -> x509.Certificate | None:
    chosen = sid.chosen
    for certificate in known:
        if sid.name == "issuer_and_serial_number":
            same_issuer = certificate.issuer.public_bytes() == chosen["issuer"].dump()
            if same_issuer and certificate.serial_number == chosen["serial_number"].native:
                return certificate
        elif _key_identifier(certificate) == chosen.native:
            return certificate
    return None


def _key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


def _is_the_one(attributes: dict[str, Any], certificate: x509.Certificate) -> bool:
    """ESSCertID (RFC 5816): the signed hash of the authority's certificate, the first that it names."""
    der = certificate.public_bytes(Encoding.DER)
    version_2, version_1 = attributes.get("signing_certificate_v2"), attributes.get("signing_certificate")
    if version_2 is not None:
        first = version_2["certs"][0]
        algorithm = first["hash_algorithm"]["algorithm"].native
        return (
            algorithm in STRONG_HASHES and first["cert_hash"].native == hashlib.new(algorithm, der).digest()
        )
    if version_1 is not None:
        hashed = hashlib.sha1(der).digest()  # noqa: S324 - it only names; the signature is by a strong hash
        return version_1["certs"][0]["cert_hash"].native == hashed
    return False
