"""Tokens that bring a certificate: its key signs, and only its path to an anchor says for whom."""

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from mutua_credentials import jws
from mutua_credentials.keys import PrivateKey
from mutua_credentials.verify import CheckName, Verdict, Verification

from .verify_world import NOW, World, body, did_document

ISSUER = "https://univ-lisvik.example"
ORGANISATION_IDENTIFIER = x509.ObjectIdentifier("2.5.4.97")
YEAR = timedelta(days=365)
CA_KEY, LEAF_KEY = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
SIGNER = PrivateKey.from_pem(LEAF_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    *names: x509.GeneralName,
    ends: datetime = NOW + YEAR,
    authority: bool = False,
    organisation: str | None = None,
) -> x509.Certificate:
    """Issued by the one authority of this module."""
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, subject)]
    if organisation is not None:
        attributes.append(x509.NameAttribute(ORGANISATION_IDENTIFIER, organisation))
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(attributes))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lisvik test authority")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 2 * YEAR)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not authority,
                content_commitment=not authority,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=authority,
                crl_sign=authority,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(CA_KEY.public_key()), critical=False
        )
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(CA_KEY, hashes.SHA256())


def der(one: x509.Certificate) -> bytes:
    return one.public_bytes(Encoding.DER)


AUTHORITY = certificate("Lisvik test authority", CA_KEY, authority=True)
OWN_HOST = x509.DNSName("univ-lisvik.example")


def verified(
    leaf: x509.Certificate, issuer: str = ISSUER, *, anchored: bool = True, **given: Any
) -> Verification:
    header = {"typ": "vc+jwt", "x5c": [base64.b64encode(der(leaf)).decode()]}
    token = jws.sign(header, json.dumps(body(issuer)).encode(), SIGNER)
    return given.pop("world", World()).verify(token, anchors=[der(AUTHORITY)] if anchored else [], **given)


def binding(found: Verification) -> str:
    return found.check(CheckName.ISSUER_BINDING).result.value


@pytest.mark.parametrize(
    ("name", "issuer"),
    [
        (OWN_HOST, ISSUER),
        (OWN_HOST, f"{ISSUER}/issuers/1"),
        (OWN_HOST, "did:web:univ-lisvik.example"),
        (x509.UniformResourceIdentifier(f"{ISSUER}/issuers/1"), f"{ISSUER}/issuers/1"),
    ],
)
def test_a_certificate_of_the_issuers_host(name: x509.GeneralName, issuer: str) -> None:
    leaf = certificate("x", LEAF_KEY, name)
    found = verified(leaf, issuer)
    assert found.check(CheckName.SIGNATURE).result.value == "pass"
    # Its authority is known, and no revocation data came with it: that it is good now, nobody can tell.
    assert found.check(CheckName.ISSUER_BINDING).code == "revocation_unknown"
    assert verified(leaf, issuer, anchored=False).check(CheckName.ISSUER_BINDING).code == "anchor_unknown"
    assert found.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("anchored", [True, False])
def test_a_certificate_of_another(anchored: bool) -> None:
    for leaf in (
        certificate("univ-lisvik.example", LEAF_KEY),
        certificate("x", LEAF_KEY, x509.DNSName("univ-other.example")),
        certificate("x", LEAF_KEY, x509.DNSName("*.example")),
        certificate("x", LEAF_KEY, x509.UniformResourceIdentifier("https://univ-other.example")),
    ):
        found = verified(leaf, anchored=anchored)
        assert found.check(CheckName.ISSUER_BINDING).code == "certificate_of_another"
        assert found.verdict is Verdict.INVALID


def test_an_organisation_by_its_legal_identifier() -> None:
    leaf = certificate("x", LEAF_KEY, organisation="NTREE-17207834")
    assert binding(verified(leaf, "NTREE-17207834")) != "fail"
    assert binding(verified(leaf, "NTRLT-17207834")) != "pass"


def test_a_certificate_that_ended_is_unknown() -> None:
    leaf = certificate("x", LEAF_KEY, OWN_HOST, ends=NOW - timedelta(days=1))
    assert binding(verified(leaf)) == "unknown"


def test_the_issuers_document_may_list_the_key_all_the_same() -> None:
    leaf = certificate("x", LEAF_KEY)
    world = World({ISSUER: did_document(SIGNER, did=ISSUER)})
    assert binding(verified(leaf, world=world)) == "pass"
    world = World({ISSUER: did_document(PrivateKey.generate(), did=ISSUER)})
    assert binding(verified(leaf, world=world)) == "fail"


@pytest.mark.parametrize("x5c", ["x", [], [7], ["AA"], ["AA=="], {}, [None]])
def test_what_is_no_certificate(x5c: Any) -> None:
    token = jws.sign({"typ": "vc+jwt", "x5c": x5c}, json.dumps(body(ISSUER)).encode(), SIGNER)
    found = World().verify(token)
    assert found.check(CheckName.SIGNATURE).result.value == "fail"
