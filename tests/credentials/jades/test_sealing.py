"""Sealing what we issue: accepted by our own verification with the right anchor, and never sealed wrongly."""

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from jwcrypto import jwk
from jwcrypto import jws as oracle

from mutua_credentials import jades
from mutua_credentials.annex_i import State
from mutua_credentials.verify import CheckName, Verdict

from .pki import ORGANISATION, SEAL, SEALED, SHORT_LIVED, make


def pem(key: Any, password: bytes | None = None) -> bytes:
    how = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


@pytest.mark.parametrize("kind", ["ES256", "RS256"])
def test_what_we_seal_is_valid(kind: str, credential: dict[str, Any], check: Any, pki: Any) -> None:
    key = (
        ec.generate_private_key(ec.SECP256R1()) if kind == "ES256" else rsa.generate_private_key(65537, 2048)
    )
    wanted = {"organisation": ORGANISATION, "extensions": (*SEAL, SHORT_LIVED)}
    party = make("Lisvik", pki.issuing, key=key, **wanted)
    assert jades.organisation_of(party.der) == ORGANISATION
    signer = jades.SealKey.from_pem(pem(key, b"secret"), b"secret")
    assert signer.alg == kind
    sealed = jades.seal(credential, signer=signer, chain=[party.der], signed_at=SEALED)
    found = check(sealed, as_of=SEALED + timedelta(days=1))
    assert found.verdict is Verdict.VALID
    assert (found.format, found.securing) == ("edc", "jades")
    assert found.check(CheckName.SEAL_LEVEL).code == "baseline_b"
    assert found.annex_i.title.state is State.PRESENT
    assert found.issuer.name == "University of Lisvik"


def test_revocation_data_may_be_embedded(credential: dict[str, Any], check: Any, pki: Any) -> None:
    for der in (pki.issuing.crl(), pki.issuing.answer(pki.seal, until=SEALED + timedelta(days=7))):
        sealed = jades.seal(
            credential, signer=pki.seal, chain=[pki.seal.der], signed_at=SEALED, revocation=[der]
        )
        assert check(sealed, as_of=SEALED + timedelta(days=1)).verdict is Verdict.VALID


def test_an_independent_library_reads_our_seal(credential: dict[str, Any], pki: Any) -> None:
    sealed = jades.seal(credential, signer=pki.seal, chain=[pki.seal.der], signed_at=SEALED)
    token = oracle.JWS(header_registry={"sigT": oracle.JWSEHeaderParameter("Signing time", True, True, None)})
    token.allowed_algs = ["ES256"]
    token.deserialize(sealed.decode())
    key = jwk.JWK.from_pem(pki.seal.certificate.public_bytes(Encoding.PEM))
    token.verify(key)
    assert json.loads(token.payload)["id"] == credential["id"]


def test_nothing_is_sealed_wrongly(credential: dict[str, Any], pki: Any) -> None:
    def attempt(**more: Any) -> None:
        given = {"signer": pki.seal, "chain": [pki.seal.der], "signed_at": SEALED, **more}
        jades.seal(given.pop("credential", credential), **given)

    other = make("Other", pki.issuing, organisation="VATNO-111111111", extensions=SEAL)
    attempt()
    for wrong in (
        {"signer": pki.tsa},
        {"signer": other, "chain": [other.der]},
        {"chain": []},
        {"chain": [b"no certificate"]},
        {"credential": {**credential, "issuer": "https://univ-lisvik.example"}},
        {"credential": {**credential, "note": float("nan")}},
        {"signed_at": SEALED.replace(tzinfo=None)},
    ):
        with pytest.raises(ValueError, match=r"\w"):
            attempt(**wrong)


def test_a_key_from_a_file() -> None:
    for key in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 1024)):
        with pytest.raises(ValueError, match="expected"):
            jades.SealKey.from_pem(pem(key))
    with pytest.raises(ValueError, match=r"\w"):
        jades.SealKey.from_pem(pem(ec.generate_private_key(ec.SECP256R1()), b"secret"))
