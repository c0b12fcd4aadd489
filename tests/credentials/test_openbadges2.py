"""Open Badges 2: what the extensions say, what a signature proves, and why a hosted badge is unknown."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mutua_credentials import annex_i, jws
from mutua_credentials.annex_i import State
from mutua_credentials.annex_i.openbadges2 import read_assertion
from mutua_credentials.keys import PrivateKey
from mutua_credentials.verify import CheckName, Verification, verify
from mutua_credentials.verify.documents import MappingDocuments

from .mutations import spoilt

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PROFILE = "https://a.example/issuer"
KEY = "https://a.example/key"


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


class TestOpenBadges2:
    @pytest.fixture
    def assertion(self) -> dict[str, Any]:
        return {
            "@context": "https://w3id.org/openbadges/v2",
            "id": "https://a.example/assertions/1",
            "type": "Assertion",
            "recipient": {"type": "email", "hashed": True, "identity": "sha256$00"},
            "issuedOn": "2026-06-30T10:00:00Z",
            "verification": {"type": "hosted"},
            "badge": {
                "type": "BadgeClass",
                "id": "https://a.example/badges/1",
                "name": "Data literacy",
                "criteria": {"narrative": "Pass the test"},
                "extensions:ECTSExtension": {"ECTS": 2.5},
                "extensions:StudyLoadExtension": {"StudyLoad": 70},
                "extensions:EQFExtension": {"EQF": 6},
                "issuer": {"type": "Issuer", "id": PROFILE, "name": "University of Lisvik"},
            },
        }

    def test_reads_what_the_extensions_say(self, assertion: dict[str, Any]) -> None:
        found = read_assertion(assertion)
        assert found.workload.value == annex_i.Workload(ects=Decimal("2.5"), hours=Decimal(70))
        assert found.workload.source == "/badge/extensions:ECTSExtension/ECTS"
        assert (found.level.value, found.title.value) == (annex_i.Level(eqf=6), {"und": "Data literacy"})
        assert found.learner.state is State.PRESENT
        assert read_assertion({"badge": "https://a.example/badges/1"}).title.state is State.ABSENT
        for variant in spoilt(assertion):
            assert set(read_assertion(variant).states()) == set(annex_i.ELEMENTS)

    def test_hosted_is_unknown(self, assertion: dict[str, Any]) -> None:
        found = verify(json.dumps(assertion), as_of=NOW)
        check = found.check(CheckName.SIGNATURE)
        assert (found.verdict, found.format, found.securing) == ("unknown", "openbadges2", None)
        assert (check.result, check.code) == ("unknown", "not_signed_format")
        assert found.annex_i is None

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda a: a["badge"].pop("issuer"), "issuer_missing"),
            (lambda a: a.pop("badge"), "badge_missing"),
            (lambda a: a.update(issuedOn="2026-06-30"), "date_malformed"),
            (lambda a: a["badge"].update(id="_:b0"), "blank_node"),
            (lambda a: a.update(type="BadgeClass"), "type_missing"),
        ],
    )
    def test_structure(
        self, assertion: dict[str, Any], change: Callable[[dict[str, Any]], Any], code: str
    ) -> None:
        change(assertion)
        assert verify(json.dumps(assertion), as_of=NOW).check(CheckName.STRUCTURE).code == code

    def signed(self, assertion: dict[str, Any], key: Any) -> str:
        assertion["verification"] = {"type": "SignedBadge", "creator": KEY}
        parts = [json.dumps({"alg": "RS256"}).encode(), json.dumps(assertion).encode()]
        text = ".".join(jws.encode(part) for part in parts)
        signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{jws.encode(signature)}"

    def obtained(self, key: Any, **profile: Any) -> MappingDocuments:
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        documents = {KEY: {"type": "CryptographicKey", "id": KEY, "owner": PROFILE, "publicKeyPem": pem}}
        if profile:
            documents[PROFILE] = {"type": "Issuer", "id": PROFILE, **profile}
        return MappingDocuments({url: json.dumps(one).encode() for url, one in documents.items()})

    def says(self, found: Verification) -> str:
        wrong = [f"{one.name}:{one.code}" for one in found.checks if one.result in ("fail", "unknown")]
        return " ".join([found.verdict, *wrong])

    def test_signed_by_the_key_that_the_issuer_names(self, assertion: dict[str, Any], rsa_key: Any) -> None:
        token = self.signed(assertion, rsa_key)
        assert self.says(verify(token, as_of=NOW)) == "unknown signature:not_signed_format"
        assert self.says(verify(token, as_of=NOW, documents=self.obtained(rsa_key))) == (
            "unknown issuer_binding:issuer_document_not_obtained"
        )
        assert self.says(verify(token, as_of=NOW, documents=self.obtained(rsa_key, publicKey=KEY))) == "valid"
        listing = self.obtained(rsa_key, publicKey=KEY, revocationList="https://a.example/revoked")
        assert verify(token, as_of=NOW, documents=listing).check(CheckName.STATUS).result == "unknown"
        other = self.obtained(rsa_key, publicKey="https://a.example/other")
        assert self.says(verify(token, as_of=NOW, documents=other)) == "invalid issuer_binding:key_of_another"

    def test_tampered(self, assertion: dict[str, Any], rsa_key: Any) -> None:
        head, _, tail = self.signed(assertion, rsa_key).split(".")
        assertion["badge"]["name"] = "Medicine"
        forged = ".".join([head, jws.encode(json.dumps(assertion).encode()), tail])
        found = verify(forged, as_of=NOW, documents=self.obtained(rsa_key, publicKey=KEY))
        assert self.says(found) == "invalid signature:signature_wrong"


def test_a_key_that_is_not_rsa_is_not_obtained() -> None:
    from mutua_credentials.verify.openbadges2 import _record  # pyright: ignore[reportPrivateUsage]

    pem = PrivateKey.generate().to_pem().decode()
    assert _record({"publicKeyPem": pem, "owner": PROFILE}, KEY) is None
    assert _record({"publicKeyPem": "x", "owner": PROFILE}, KEY) is None
