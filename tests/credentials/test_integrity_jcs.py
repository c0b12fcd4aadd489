"""`eddsa-jcs-2022` and `ecdsa-jcs-2019` as plain functions: what is signed verifies, and nothing else."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mutua_credentials import integrity
from mutua_credentials.json_text import Refused
from mutua_credentials.jws import Signer
from mutua_credentials.keys import PrivateKey

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
METHOD = "did:web:univ-lisvik.example#key-1"
STATEMENT = {"id": "urn:uuid:1", "truster": "alliance:boreal", "assurance": 2, "aspects": ["quality"]}
Signing = Callable[..., dict[str, Any]]


@pytest.fixture(params=["Ed25519", "P-256"])
def signer(request: pytest.FixtureRequest) -> Any:
    return integrity.Ed25519Key.generate() if request.param == "Ed25519" else PrivateKey.generate()


def signed(signer: Signer, document: Any = STATEMENT, **options: Any) -> dict[str, Any]:
    given = {"verification_method": METHOD, "created": NOW, **options}
    return integrity.sign_jcs(document, signer, **given)


def code(document: Any, signer: Any, as_of: datetime = NOW) -> str | None:
    found = integrity.verify_jcs(document, signer.public_jwk, as_of=as_of)
    return found.code if isinstance(found, Refused) else None


def test_what_was_signed_verifies(signer: Any) -> None:
    document = signed(signer)
    found = integrity.verify_jcs(document, signer.public_jwk, as_of=NOW)
    assert isinstance(found, integrity.Proof)
    assert (found.verification_method, found.created, found.controller) == (
        METHOD,
        NOW,
        "did:web:univ-lisvik.example",
    )
    assert {name: document[name] for name in STATEMENT} == STATEMENT


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.update(assurance=3),
        lambda document: document.update(more=1),
        lambda document: document.pop("aspects"),
        lambda document: document["aspects"].append("content"),
        lambda document: document["proof"].update(created="2026-11-22T08:00:00Z"),
        lambda document: document["proof"].update(more=True),
        lambda document: document["proof"].update(verificationMethod=METHOD + "0"),
    ],
)
def test_every_member_is_covered(signer: Any, change: Callable[[dict[str, Any]], Any]) -> None:
    document = copy.deepcopy(signed(signer))
    change(document)
    assert code(document, signer) == "signature_wrong"


def test_a_key_of_another_does_not_verify(signer: Any) -> None:
    assert code(signed(signer), type(signer).generate()) == "signature_wrong"


def test_the_suite_decides_the_kind_of_key() -> None:
    assert code(signed(integrity.Ed25519Key.generate()), PrivateKey.generate()) == "key_unusable"


def test_true_is_not_one(signer: Any) -> None:
    document = signed(signer, {"flag": 1})
    assert code({**document, "flag": True}, signer) == "signature_wrong"
    assert code({**document, "flag": 1.0}, signer) is None, "RFC 8785 writes 1.0 as 1"


class TestContexts:
    """The proof repeats the document's contexts; only further ones may follow."""

    @pytest.fixture
    def document(self, signer: Any) -> dict[str, Any]:
        return signed(signer, {"@context": ["https://one.example/", "https://two.example/"], "id": "urn:1"})

    @pytest.mark.parametrize(
        ("contexts", "expected"),
        [
            (["https://one.example/", "https://two.example/", "https://three.example/"], None),
            (["https://one.example/"], "proof_contexts"),
            (["https://two.example/", "https://one.example/"], "proof_contexts"),
            ("https://one.example/", "proof_contexts"),
            (None, "proof_contexts"),
        ],
    )
    def test_are_the_first_of_the_document(
        self, document: dict[str, Any], signer: Any, contexts: Any, expected: str | None
    ) -> None:
        assert code({**document, "@context": contexts}, signer) == expected

    def test_cannot_be_left_out_of_the_proof(self, document: dict[str, Any], signer: Any) -> None:
        document["proof"].pop("@context")
        assert code(document, signer) == "signature_wrong"


class TestTheProofItself:
    def test_speaks_for_one_purpose(self, signer: Any) -> None:
        assert code(signed(signer, purpose="authentication"), signer) == "purpose_wrong"

    def test_expires(self, signer: Any) -> None:
        document = signed(signer, expires=NOW + timedelta(hours=1))
        assert code(document, signer) is None
        assert code(document, signer, as_of=NOW + timedelta(hours=1)) == "proof_expired"

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"created": "2026-11-23T08:00:00"}, "date_malformed"),
            ({"created": 1}, "date_malformed"),
            ({"created": "2026-11-23"}, "date_malformed"),
            ({"proofValue": "u1234"}, "proof_malformed"),
            ({"proofValue": "z0OIl"}, "proof_malformed"),
            ({"proofValue": "z" + "1" * 10_000_000}, "proof_malformed"),
            ({"proofValue": None}, "proof_malformed"),
            ({"verificationMethod": {"id": METHOD}}, "proof_malformed"),
            ({"proofPurpose": None}, "proof_malformed"),
            ({"type": ["DataIntegrityProof"]}, "proof_malformed"),
            ({"cryptosuite": "eddsa-rdfc-2022"}, "suite_unsupported"),
            ({"cryptosuite": "eddsa-rdf-2022"}, "suite_unsupported"),
            ({"cryptosuite": "Ed25519Signature2020"}, "proof_malformed"),
            ({"type": "eddsa-jcs-2022"}, "suite_unsupported"),
        ],
    )
    def test_is_read_strictly(self, signer: Any, change: dict[str, Any], expected: str) -> None:
        document = signed(signer)
        assert code({**document, "proof": {**document["proof"], **change}}, signer) == expected

    def test_is_single(self, signer: Any) -> None:
        document = signed(signer)
        assert code({**document, "proof": [document["proof"]] * 2}, signer) == "proof_not_single"
        assert code({**document, "proof": [document["proof"]] * 17}, signer) == "proofs_too_many"
        assert code({**document, "proof": []}, signer) == "unsecured"
        assert code({**document, "proof": "text"}, signer) == "proof_malformed"


@pytest.mark.parametrize("value", [2**53, float("inf"), float("nan"), "\ud800"])
def test_what_has_no_canonical_form_is_refused(signer: Any, value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are rfc8785's
        signed(signer, {"value": value})
    document = {**signed(signer), "value": value}
    assert code(document, signer) == "no_canonical_form"


def test_signing_refuses_what_a_caller_got_wrong(signer: Any) -> None:
    with pytest.raises(ValueError, match="with a proof"):
        signed(signer, signed(signer))
    with pytest.raises(ValueError, match="time zone"):
        signed(signer, created=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the mistake


class TestKeysAsText:
    def test_a_did_key_is_its_own_key(self, signer: Any) -> None:
        did = integrity.did_key(signer.public_jwk)
        fragment = did.removeprefix("did:key:")
        assert integrity.read_did_key(did) == signer.public_jwk
        assert integrity.read_did_key(f"{did}#{fragment}") == signer.public_jwk
        assert integrity.read_did_key(f"{did}#other") is None

    @pytest.mark.parametrize(
        "text",
        [
            None,
            7,
            "",
            "z",
            "z6Mk",
            "u7QEB",
            "z0OIl",
            "z" + "2" * 5000,
            "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc",  # X25519
            "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",  # secp256k1
        ],
    )
    def test_other_keys_have_no_reading(self, text: Any) -> None:
        assert integrity.read_multikey(text) is None

    def test_a_point_beside_the_curve_is_no_key(self) -> None:
        from mutua_credentials.integrity.multikey import encode_base58

        assert integrity.read_multikey(encode_base58(b"\x80\x24\x02" + b"\xff" * 32)) is None

    def test_an_ed25519_key_survives_its_pem(self) -> None:
        key = integrity.Ed25519Key.generate()
        again = integrity.Ed25519Key.from_pem(key.to_pem(b"word"), b"word")
        assert again.public_jwk == key.public_jwk
        for pem, password in ((key.to_pem(b"word"), None), (PrivateKey.generate().to_pem(), None)):
            with pytest.raises(ValueError, match=r"assword|another kind"):
                integrity.Ed25519Key.from_pem(pem, password)
