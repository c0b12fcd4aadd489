"""Whether a certificate was revoked at an instant, by CRLs and OCSP answers that somebody embedded.

Nothing is fetched. Data that is unsigned, signed by somebody else, out of date or about something else says
nothing; "revoked" is believed even from old data, since it is for ever.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from mutua_credentials.jades import certificates
from mutua_credentials.jades.asymmetric import STRONG_HASHES, verifies

MAX_LISTS = 64
"""Of the CRLs and of the OCSP answers that a document brings, so many are read."""

_KNOWN_CRL_EXTENSIONS = (
    x509.CRLNumber,
    x509.AuthorityKeyIdentifier,
    x509.FreshestCRL,
    x509.IssuerAlternativeName,
)


@dataclass(frozen=True, slots=True)
class Revocation:
    """Revocation data, readable but not yet believed."""

    lists: tuple[x509.CertificateRevocationList, ...] = ()
    answers: tuple[ocsp.OCSPResponse, ...] = ()
    responders: tuple[x509.Certificate, ...] = ()
    """Certificates that may belong to who answers, beside those that the answers bring."""


NOTHING = Revocation()


@dataclass(frozen=True, slots=True)
class State:
    """What is known of one certificate: `revoked` (since when, and why), `good`, or `unknown`."""

    code: Literal["good", "revoked", "unknown"]
    detail: str
    since: datetime | None = None
    reason: x509.ReasonFlags | None = None


def read_revocation(
    lists: Iterable[Any], answers: Iterable[Any], responders: Iterable[x509.Certificate] = ()
) -> Revocation:
    """From the base64 texts of a seal; what cannot be read is left out."""
    return Revocation(tuple(_read_lists(lists)), tuple(_read_answers(answers)), tuple(responders))


def state_of(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    at: datetime,
    as_of: datetime,
    revocation: Revocation,
) -> State:
    """Its state at an instant, by what was published as of another. Revoked at the instant is revoked."""
    statements = [
        *_from_lists(certificate, issuer, as_of, revocation.lists),
        *_from_answers(certificate, issuer, as_of, revocation),
    ]
    revoked = [said for said in statements if said.revoked_since is not None and said.revoked_since <= at]
    if revoked:
        first = min(revoked, key=_since)
        return State(
            "revoked", f"revoked {first.revoked_since:%Y-%m-%dT%H:%M:%SZ}", first.revoked_since, first.reason
        )
    if any(said.speaks_for(at) for said in statements):
        later = min((said for said in statements if said.revoked_since is not None), key=_since, default=None)
        since, reason = (later.revoked_since, later.reason) if later else (None, None)
        return State("good", "not revoked", since, reason)
    found = "only revocation data of another time" if statements else "no revocation data by its issuer"
    return State("unknown", f"{found} for {at:%Y-%m-%dT%H:%M:%SZ}")


@dataclass(frozen=True, slots=True)
class _Statement:
    """What one authentic list or answer says of the certificate."""

    published: datetime
    valid_until: datetime | None
    revoked_since: datetime | None = None
    reason: x509.ReasonFlags | None = None

    def speaks_for(self, at: datetime) -> bool:
        """Published later than the instant, or in force at it."""
        return self.published >= at or (self.valid_until is not None and at <= self.valid_until)


def _since(statement: _Statement) -> datetime:
    assert statement.revoked_since is not None
    return statement.revoked_since


def _read_lists(texts: Iterable[Any]) -> Iterator[x509.CertificateRevocationList]:
    for text in list(texts)[:MAX_LISTS]:
        der = certificates.decode_base64(text)
        try:
            if der is not None:
                revoked = x509.load_der_x509_crl(der)
                _ = revoked.extensions, revoked.issuer, revoked.last_update_utc, revoked.next_update_utc
                yield revoked
        except certificates.UNREADABLE:
            continue


def _read_answers(texts: Iterable[Any]) -> Iterator[ocsp.OCSPResponse]:
    for text in list(texts)[:MAX_LISTS]:
        der = certificates.decode_base64(text)
        try:
            if der is not None:
                answer = ocsp.load_der_ocsp_response(der)
                if answer.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL:
                    yield answer
        except certificates.UNREADABLE:
            continue


def _from_lists(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    as_of: datetime,
    lists: Sequence[x509.CertificateRevocationList],
) -> Iterator[_Statement]:
    for revoked in lists:
        try:
            if revoked.issuer != certificate.issuer or not _is_authentic(revoked, issuer):
                continue
            if not _covers(revoked, certificate):
                continue
            entry = revoked.get_revoked_certificate_by_serial_number(certificate.serial_number)
            reason = _reason(entry)
        except certificates.UNREADABLE:
            continue
        published, until = revoked.last_update_utc, revoked.next_update_utc
        if published > as_of:
            continue
        if entry is not None and reason is not x509.ReasonFlags.remove_from_crl:
            yield _Statement(published, until, entry.revocation_date_utc, reason)
        elif published <= certificate.not_valid_after_utc:  # later lists may leave out what has ended
            yield _Statement(published, until)


def _is_authentic(revoked: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """By the key of the certificate's issuer, an anchor among them, and over a strong hash."""
    usage = certificates.key_usage(issuer)
    algorithm = revoked.signature_hash_algorithm
    if (usage is not None and not usage.crl_sign) or (
        algorithm is not None and algorithm.name not in STRONG_HASHES
    ):
        return False
    return revoked.is_signature_valid(issuer.public_key())  # pyright: ignore[reportArgumentType] - any public key


def _covers(revoked: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Whether the list is a whole one about this kind of certificate (RFC 5280, 5.2)."""
    for extension in revoked.extensions:
        value = extension.value
        if isinstance(value, x509.DeltaCRLIndicator):
            return False
        if isinstance(value, x509.IssuingDistributionPoint):
            other_kind = (
                value.only_contains_user_certs
                if certificates.is_authority(certificate)
                else value.only_contains_ca_certs
            )
            if (
                other_kind
                or value.indirect_crl
                or value.only_some_reasons
                or value.only_contains_attribute_certs
            ):
                return False
        elif extension.critical and not isinstance(value, _KNOWN_CRL_EXTENSIONS):
            return False
    return True


def _reason(entry: x509.RevokedCertificate | None) -> x509.ReasonFlags | None:
    if entry is None:
        return None
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return None


def _from_answers(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    as_of: datetime,
    revocation: Revocation,
) -> Iterator[_Statement]:
    for answer in revocation.answers:
        try:
            about = [said for said in answer.responses if _is_about(said, certificate, issuer)]
            for one in about:
                known = [*answer.certificates[:4], *revocation.responders]
                said = _statement(one, as_of)
                if said is not None and _is_answered_by(answer, issuer, known, said.published):
                    yield said
        except certificates.UNREADABLE:
            continue


def _statement(said: ocsp.OCSPSingleResponse, as_of: datetime) -> _Statement | None:
    published, until = said.this_update_utc, said.next_update_utc
    if published > as_of or said.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        return None
    if said.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        return _Statement(published, until, said.revocation_time_utc, said.revocation_reason)
    return _Statement(published, until)


def _is_about(said: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Serial number, and the issuer by name and key; these hashes only name, so SHA-1 may stand here."""
    if said.serial_number != certificate.serial_number:
        return False
    name_hash, key_hash = hashes.Hash(said.hash_algorithm), hashes.Hash(said.hash_algorithm)
    name_hash.update(issuer.subject.public_bytes())
    key_hash.update(_key_bits(issuer))
    return said.issuer_name_hash == name_hash.finalize() and said.issuer_key_hash == key_hash.finalize()


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The bits of the public key as RFC 6960 hashes them: without the algorithm's name."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _is_answered_by(
    answer: ocsp.OCSPResponse, issuer: x509.Certificate, known: Sequence[x509.Certificate], at: datetime
) -> bool:
    """Signed by the issuer, or by somebody whom the issuer certified for it and who was in force then."""
    delegates = (
        certificate
        for certificate in known
        if certificates.serves(certificate, ExtendedKeyUsageOID.OCSP_SIGNING)
        and certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
        and _is_issued_by(certificate, issuer)
    )
    salted = answer.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS
    return any(
        verifies(
            responder.public_key(),
            answer.signature,
            answer.tbs_response_bytes,
            answer.signature_hash_algorithm,
            probabilistic=salted,
        )
        for responder in (issuer, *delegates)
    )


def _is_issued_by(responder: x509.Certificate, issuer: x509.Certificate) -> bool:
    algorithm = responder.signature_hash_algorithm
    if algorithm is not None and algorithm.name not in STRONG_HASHES:
        return False
    try:
        responder.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
