"""A small public-key infrastructure made for the tests: a root, an issuing authority, a seal, a time-stamping
authority, a responder; and what they say: CRLs, OCSP answers and time stamps.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SEALED = datetime(2024, 3, 1, 10, 0, tzinfo=UTC)
BEGINS, ENDS = datetime(2023, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
ORGANISATION = "VATNO-987654321"

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Party:
    """A key with its certificate."""

    key: Key
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def alg(self) -> str:
        return "RS256" if isinstance(self.key, rsa.RSAPrivateKey) else "ES256"

    def sign(self, data: bytes) -> bytes:
        """As JWS writes it."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        size = (self.key.curve.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def sign_der(self, data: bytes) -> bytes:
        """As CMS writes it."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))

    def _sign_attributes(self, data: bytes, salted: bool) -> tuple[dict[str, Any], bytes]:
        """The algorithm and the signature; `salted` is RSASSA-PSS."""
        if not isinstance(self.key, rsa.RSAPrivateKey):
            return {"algorithm": "sha256_ecdsa"}, self.sign_der(data)
        if not salted:
            return {"algorithm": "sha256_rsa"}, self.sign_der(data)
        parameters = {
            "hash_algorithm": {"algorithm": "sha256"},
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
            "salt_length": 32,
        }
        how = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
        signature = self.key.sign(data, how, hashes.SHA256())
        return {"algorithm": "rsassa_pss", "parameters": parameters}, signature

    def crl(
        self,
        revoked: Mapping[int, tuple[datetime, x509.ReasonFlags | None]] | None = None,
        *,
        published: datetime = SEALED + timedelta(hours=1),
        until: datetime | None = None,
        by: "Party | None" = None,
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    ) -> bytes:
        """A list in this authority's name, signed by it or by somebody else."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.certificate.subject)
        builder = builder.last_update(published).next_update(until or published + timedelta(days=7))
        for serial, (since, reason) in (revoked or {}).items():
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
            if reason is not None:
                entry = entry.add_extension(x509.CRLReason(reason), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign((by or self).key, hashes.SHA256()).public_bytes(Encoding.DER)

    def answer(
        self,
        about: "Party",
        responder: "Party | None" = None,
        *,
        revoked_at: datetime | None = None,
        published: datetime = SEALED + timedelta(minutes=5),
        until: datetime | None = None,
    ) -> bytes:
        """An OCSP answer of this authority about one of its certificates, by itself or by a responder."""
        signer = responder or self
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=about.certificate,
            issuer=self.certificate,
            algorithm=hashes.SHA1(),
            cert_status=ocsp.OCSPCertStatus.REVOKED if revoked_at else ocsp.OCSPCertStatus.GOOD,
            this_update=published,
            next_update=until,
            revocation_time=revoked_at,
            revocation_reason=None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
        if responder is not None:
            builder = builder.certificates([responder.certificate])
        return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def stamp(
        self,
        text: bytes,
        at: datetime = SEALED,
        *,
        algorithm: str = "sha256",
        names: "Party | None" = None,
        salted: bool = False,
    ) -> str:
        """A time-stamp token of this authority over a text, in base64; its ESSCertID `names` one."""
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": "1.2.3.4",
                "message_imprint": {
                    "hash_algorithm": {"algorithm": algorithm},
                    "hashed_message": hashlib.new(algorithm, text).digest(),
                },
                "serial_number": 7,
                "gen_time": at,
            }
        ).dump()
        own = asn1_x509.Certificate.load(self.der)
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": "sha256"}],
                "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(info)},
                "certificates": [own],
                "signer_infos": [self._signer(own, info, (names or self).der, salted)],
            }
        )
        token = cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
        return base64.b64encode(token).decode()

    def _signer(self, own: asn1_x509.Certificate, info: bytes, named: bytes, salted: bool) -> cms.SignerInfo:
        """The signature of a time stamp; `named` is the certificate that its ESSCertID names."""
        certificates = tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(named).digest()}]})
        attributes = cms.CMSAttributes(
            [
                cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
                cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(info).digest()]}),
                cms.CMSAttribute({"type": "signing_certificate_v2", "values": [certificates]}),
            ]
        )
        algorithm, signature = self._sign_attributes(attributes.dump(), salted)
        return cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier(
                    "issuer_and_serial_number", {"issuer": own.issuer, "serial_number": own.serial_number}
                ),
                "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                "signed_attrs": attributes,
                "signature_algorithm": algorithm,
                "signature": signature,
            }
        )


def make(
    subject: str,
    issuer: Party | None = None,
    *,
    organisation: str | None = None,
    begins: datetime = BEGINS,
    ends: datetime = ENDS,
    key: Key | None = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Party:
    """A certificate with exactly these extensions; self-signed without an issuer."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    attributes = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "NO"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, subject),
        x509.NameAttribute(NameOID.COMMON_NAME, subject),
    ]
    if organisation is not None:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, organisation))
    name = x509.Name(attributes)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Party(own, builder.sign(issuer.key if issuer else own, hashes.SHA256()))


def usage(**set_: bool) -> tuple[x509.KeyUsage, bool]:
    names = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: set_.get(name, False) for name in names}), True


AUTHORITY = (
    (x509.BasicConstraints(ca=True, path_length=None), True),
    usage(key_cert_sign=True, crl_sign=True),
)
SEAL = ((x509.BasicConstraints(ca=False, path_length=None), True), usage(content_commitment=True))
SHORT_LIVED = (x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.56"), b"\x05\x00"), False)
STAMPING = (
    usage(digital_signature=True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),
)
ANSWERING = (
    usage(digital_signature=True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
    (x509.OCSPNoCheck(), False),
)
LONG = {"begins": datetime(2020, 1, 1, tzinfo=UTC), "ends": datetime(2035, 1, 1, tzinfo=UTC)}


@dataclass(frozen=True)
class Pki:
    """Who there is. The issuing authority is the usual anchor, as in trusted lists."""

    root: Party
    issuing: Party
    seal: Party
    stamping_root: Party
    tsa: Party
    responder: Party

    @property
    def anchors(self) -> tuple[bytes, ...]:
        return self.issuing.der, self.stamping_root.der


def make_pki() -> Pki:
    """Everybody, with new keys."""
    root = make("Root", extensions=AUTHORITY, **LONG)
    issuing = make("Issuing", root, extensions=AUTHORITY, **LONG)
    stamping_root = make("Time root", extensions=AUTHORITY, **LONG)
    return Pki(
        root=root,
        issuing=issuing,
        seal=make("Lisvik", issuing, organisation=ORGANISATION, extensions=SEAL),
        stamping_root=stamping_root,
        tsa=make("Clock", stamping_root, extensions=STAMPING),
        responder=make("Responder", issuing, extensions=ANSWERING, **LONG),  # answers are produced now
    )


def b64(der: bytes) -> str:
    return base64.b64encode(der).decode()
