"""Data Integrity in the one run of checks: every way of cheating with a proof, and what is only unknown."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from mutua_credentials import integrity, jws
from mutua_credentials.integrity.multikey import encode_base58
from mutua_credentials.integrity.rdfc import hash_rdfc
from mutua_credentials.json_text import Refused
from mutua_credentials.jws import Signer
from mutua_credentials.keys import PrivateKey
from mutua_credentials.linked_data.allow_list import CREDENTIALS_V2
from mutua_credentials.linked_data.pool import Canonicaliser
from mutua_credentials.verify import CheckName, Verification, verify
from mutua_credentials.verify.documents import MappingDocuments

from .mutations import spoilt

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SIGNED = NOW - timedelta(hours=1)
WEB = "did:web:univ-lisvik.example"
WEB_DOCUMENT = "https://univ-lisvik.example/.well-known/did.json"
BODY: dict[str, Any] = {
    "@context": [CREDENTIALS_V2, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
    "id": "urn:uuid:1",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {
        "id": "did:example:learner",
        "type": ["AchievementSubject"],
        "achievement": {
            "id": "urn:uuid:2",
            "type": ["Achievement"],
            "name": "Data literacy",
            "description": "A course",
            "criteria": {"narrative": "An examination"},
        },
    },
}
Change = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="module")
def canonicaliser() -> Iterator[Canonicaliser]:
    with Canonicaliser() as canonicaliser:
        yield canonicaliser


class P384Key:
    """A signer that the library does not issue with, for the one rule that only P-384 has."""

    alg = "ES384"
    kid = "p384"

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP384R1())

    @property
    def public_jwk(self) -> dict[str, str]:
        numbers = self._key.public_key().public_numbers()
        x, y = (jws.encode(number.to_bytes(48, "big")) for number in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-384", "x": x, "y": y}

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(hashes.SHA384())))
        return r.to_bytes(48, "big") + s.to_bytes(48, "big")


class World:
    """An issuer by did:key, another party, and what was obtained of both."""

    def __init__(self, canonicaliser: Canonicaliser) -> None:
        self.canonicaliser = canonicaliser
        self.key, self.other = integrity.Ed25519Key.generate(), integrity.Ed25519Key.generate()
        self.did = integrity.did_key(self.key.public_jwk)
        self.documents: dict[str, bytes] = {}
        self.contexts: dict[str, Any] = {}

    @staticmethod
    def method(key: Any) -> str:
        did = integrity.did_key(key.public_jwk)
        return f"{did}#{did.removeprefix('did:key:')}"

    def body(self, **members: Any) -> dict[str, Any]:
        issuer = {"id": self.did, "type": ["Profile"], "name": "University of Lisvik"}
        return copy.deepcopy({**BODY, "issuer": issuer, **members})

    def proof(
        self,
        body: Mapping[str, Any],
        key: Signer | None = None,
        suite: str = "eddsa-rdfc-2022",
        **options: Any,
    ) -> dict[str, Any]:
        """A proof of any suite over RDF with any options, properly signed."""
        signer = key or self.key
        named = {"type": "DataIntegrityProof", "cryptosuite": suite}
        members = {
            **(named if "-" in suite else {"type": suite}),
            "created": SIGNED.isoformat().replace("+00:00", "Z"),
            "verificationMethod": self.method(signer),
            "proofPurpose": "assertionMethod",
            **options,
        }
        algorithm = "sha384" if signer.alg == "ES384" else "sha256"
        found = hash_rdfc(body, members, self.canonicaliser, self.contexts, algorithm)
        assert isinstance(found, bytes), found
        return {**members, "proofValue": encode_base58(signer.sign(found))}

    def signed(self, body: dict[str, Any] | None = None, *args: Any, **options: Any) -> dict[str, Any]:
        unsecured = body or self.body()
        return {**unsecured, "proof": self.proof(unsecured, *args, **options)}

    def verify(self, document: Any, **given: Any) -> Verification:
        data = document if isinstance(document, bytes) else json.dumps(document)
        settings = {
            "as_of": NOW,
            "documents": MappingDocuments(self.documents),
            "contexts": self.contexts,
            "hashes": self.canonicaliser.hashes,
            **given,
        }
        return verify(data, **settings)

    def says(self, document: Any, **given: Any) -> str:
        """The verdict and, if there is one, the first check that does not hold: `invalid signature:...`."""
        found = self.verify(document, **given)
        wrong = [
            f"{check.name}:{check.code}" for check in found.checks if check.result in ("fail", "unknown")
        ]
        return " ".join([found.verdict, *wrong[:1]])

    def publishes(self, *methods: dict[str, Any], **members: Any) -> None:
        document = {
            "id": WEB,
            "verificationMethod": list(methods),
            "assertionMethod": [method["id"] for method in methods],
            **members,
        }
        self.documents[WEB_DOCUMENT] = json.dumps(document).encode()

    def web_method(self, key: integrity.Ed25519Key, name: str = "key-1", **members: Any) -> dict[str, Any]:
        multikey = {"type": "Multikey", "controller": WEB, "publicKeyMultibase": key.public_multikey}
        return {"id": f"{WEB}#{name}", **multikey, **members}


@pytest.fixture
def world(canonicaliser: Canonicaliser) -> World:
    return World(canonicaliser)


class TestSuites:
    @pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-2022"])
    def test_over_rdf(self, world: World, suite: str) -> None:
        found = world.verify(world.signed(suite=suite))
        assert (found.verdict, found.format, found.securing) == ("valid", "openbadges3", suite)
        assert found.issuer is not None
        assert (found.issuer.id, found.issuer.name) == (world.did, "University of Lisvik")

    def test_ed25519signature2020(self, world: World) -> None:
        body = world.body()
        body["@context"].append("https://w3id.org/security/suites/ed25519-2020/v1")
        assert world.says(world.signed(body, suite="Ed25519Signature2020")) == "valid"

    @pytest.mark.parametrize("key", [PrivateKey.generate(), P384Key()], ids=["P-256", "P-384"])
    def test_ecdsa(self, world: World, key: Any) -> None:
        body = world.body(issuer=integrity.did_key(key.public_jwk))
        assert world.says(world.signed(body, key, "ecdsa-rdfc-2019")) == "valid"
        options = {"verification_method": world.method(key), "created": SIGNED}
        if key.alg == "ES256":
            assert world.says(integrity.sign_jcs(body, key, **options)) == "valid"

    def test_p384_takes_sha384_within_rdfc(self, world: World) -> None:
        key = P384Key()
        body = world.body(issuer=integrity.did_key(key.public_jwk))
        document = world.signed(body, key, "ecdsa-rdfc-2019")
        options = {name: value for name, value in document["proof"].items() if name != "proofValue"}
        shorter = hash_rdfc(body, options, world.canonicaliser, {}, "sha256")
        assert isinstance(shorter, bytes)
        document["proof"]["proofValue"] = encode_base58(key.sign(shorter))
        assert world.says(document) == "invalid signature:signature_wrong"

    def test_a_key_of_another_kind(self, world: World) -> None:
        key = PrivateKey.generate()
        body = world.body(issuer=integrity.did_key(key.public_jwk))
        assert world.says(world.signed(body, key)) == "invalid signature:key_unusable"

    @pytest.mark.parametrize("suite", ["bbs-2023", "ecdsa-sd-2023", "eddsa-rdf-2022", "JsonWebSignature2020"])
    def test_one_that_we_do_not_know_is_unknown(self, world: World, suite: str) -> None:
        document = world.signed()
        document["proof"] |= {"type": suite} if suite.startswith("J") else {"cryptosuite": suite}
        assert world.says(document) == "unknown signature:suite_unsupported"

    def test_what_we_issue(self, world: World) -> None:
        for key in (world.key, PrivateKey.generate()):
            body = world.body(issuer=integrity.did_key(key.public_jwk))
            signed = integrity.sign_rdfc(
                body,
                key,
                verification_method=world.method(key),
                created=SIGNED,
                expires=NOW + timedelta(days=1),
                canonicaliser=world.canonicaliser,
            )
            assert not isinstance(signed, Refused)
            assert world.says(signed) == "valid"

    def test_what_would_not_be_signed_is_not_issued(self, world: World) -> None:
        found = integrity.sign_rdfc(
            world.body(eqfLevel=7),
            world.key,
            verification_method=world.method(world.key),
            created=SIGNED,
            canonicaliser=world.canonicaliser,
        )
        assert isinstance(found, Refused)
        assert found.code == "undefined_term"


def achievement(document: dict[str, Any]) -> dict[str, Any]:
    return document["credentialSubject"]["achievement"]


class TestAfterSigning:
    """Every change of a signed badge is told, whether RDF shows it or not."""

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (lambda d: achievement(d).update(name="Medicine"), "invalid signature:signature_wrong"),
            (lambda d: achievement(d).update(eqfLevel=7), "invalid contexts:undefined_term"),
            (lambda d: d["proof"].update(note="x"), "invalid contexts:undefined_term"),
            (lambda d: d["@context"].append({"eqfLevel": "urn:e"}), "invalid contexts:inline_context"),
            (
                lambda d: d["proof"].update({"@context": {"note": "urn:n"}, "note": "x"}),
                "invalid contexts:inline_context",
            ),
            (lambda d: d["@context"].append("https://else.example/c"), "unknown contexts:unknown_context"),
            (lambda d: d["type"].append("Diploma"), "invalid contexts:relative_name"),
            (lambda d: d["credentialSubject"].update(id="_:b0"), "invalid structure:blank_node"),
            (lambda d: d.pop("proof"), "invalid signature:unsecured"),
            (lambda d: d.update(proof=[]), "invalid signature:unsecured"),
            (lambda d: d["proof"].pop("proofValue"), "invalid signature:proof_malformed"),
            (lambda d: d["proof"].pop("created"), "invalid signature:signature_wrong"),
            (lambda d: d["proof"].update(created="2026-01-01T00:00:00"), "invalid signature:date_malformed"),
            (lambda d: d.update(validUntil="2030-01-01T00:00:00Z"), "invalid signature:signature_wrong"),
            (lambda d: d.update(issuer="did:web:else.example"), "invalid signature:signature_wrong"),
        ],
    )
    def test_is_told(self, world: World, change: Change, expected: str) -> None:
        document = copy.deepcopy(world.signed())
        change(document)
        assert world.says(document) == expected

    def test_a_date_cannot_hide(self, world: World) -> None:
        """The same statement under its full address would verify, and nobody would see the date."""
        document = world.signed(world.body(validUntil="2026-02-01T00:00:00Z"))
        assert world.says(document) == "invalid dates:expired"
        hidden = {
            "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
            "@value": document.pop("validUntil"),
        }
        document["https://www.w3.org/2018/credentials#validUntil"] = hidden
        assert world.says(document) == "invalid contexts:name_not_a_term"

    def test_a_context_appended_by_somebody_else_cannot_hide_either(self, world: World) -> None:
        document = copy.deepcopy(world.signed())
        url = "https://else.example/context"
        document["@context"].append(url)
        world.contexts[url] = {"@context": {"name": "urn:other-name"}}
        assert world.says(document) == "invalid contexts:json_ld_malformed", "a protected term"
        world.contexts[url] = {"@context": {"@vocab": "urn:any:"}}
        achievement(document)["eqfLevel"] = 7
        assert world.says(document) == "invalid signature:signature_wrong", (
            "defined, so part of what is signed"
        )

    def test_whatever_was_changed(self, world: World) -> None:
        """Every member and item, replaced by what does not belong there or taken away."""
        signed = world.signed(world.body(validUntil="2030-01-01T00:00:00Z"))
        for variant in spoilt(signed):
            assert world.verify(variant).verdict != "valid", variant


class TestTheProof:
    def test_of_another_purpose(self, world: World) -> None:
        document = world.signed(proofPurpose="authentication")
        assert world.says(document) == "invalid signature:purpose_wrong"

    def test_expired(self, world: World) -> None:
        document = world.signed(expires="2026-11-23T08:00:00Z")
        assert world.says(document) == "invalid signature:proof_expired"
        assert world.says(document, as_of=NOW - timedelta(seconds=1)) == "valid"

    def test_expired_by_a_key_that_nobody_has_is_unknown(self, world: World) -> None:
        document = world.signed(expires="2026-11-23T07:30:00Z", verificationMethod=f"{WEB}#key-1")
        assert world.says(document) == "unknown signature:key_not_obtained"

    def test_more_than_we_read_is_unknown(self, world: World) -> None:
        document = world.signed()
        assert world.says({**document, "proof": [document["proof"]] * 17}) == (
            "unknown signature:proofs_too_many"
        )


class TestSets:
    """Every proof of a suite that we verify must hold; others are only reported."""

    def test_both_good(self, world: World) -> None:
        body = world.body()
        foreign = world.proof(body, world.other)
        found = world.verify({**body, "proof": [foreign, world.proof(body)]})
        assert (found.verdict, found.securing) == ("valid", "eddsa-rdfc-2022+eddsa-rdfc-2022")
        assert found.key is not None
        assert found.key.issuer == world.did, "the issuer's own proof counts"
        assert [proof["code"] for proof in found.check(CheckName.SIGNATURE).evidence["proofs"]] == [
            "verified"
        ] * 2

    def test_one_over_rdf_one_over_json(self, world: World) -> None:
        body = world.body()
        options = {"verification_method": world.method(world.key), "created": SIGNED}
        plain = integrity.sign_jcs(body, world.key, **options)["proof"]
        document = {**body, "proof": [world.proof(body), plain]}
        assert world.says(document) == "valid"
        achievement(document)["description"] = {"@value": "A course"}
        assert world.says(document) == "invalid signature:signature_wrong", "the same RDF, another JSON"

    def test_one_wrong(self, world: World) -> None:
        body = world.body()
        wrong = {**world.proof(body), "proofValue": encode_base58(bytes(64))}
        assert (
            world.says({**body, "proof": [world.proof(body), wrong]}) == "invalid signature:signature_wrong"
        )

    def test_one_of_a_suite_that_we_do_not_know(self, world: World) -> None:
        body = world.body()
        other = {"type": "DataIntegrityProof", "cryptosuite": "bbs-2023", "anything": {"@context": {}}}
        found = world.verify({**body, "proof": [other, world.proof(body)]})
        assert found.verdict == "valid"
        assert found.check(CheckName.SIGNATURE).evidence["suites_not_verified"] == ["bbs-2023"]

    def test_one_whose_key_nobody_has(self, world: World) -> None:
        body = world.body()
        unreachable = world.proof(body, world.other, verificationMethod="did:web:else.example#1")
        assert world.says({**body, "proof": [world.proof(body), unreachable]}) == (
            "unknown signature:key_not_obtained"
        )

    def test_a_wrong_one_weighs_more_than_an_unknown_one(self, world: World) -> None:
        body = world.body()
        unreachable = world.proof(body, world.other, verificationMethod="did:web:else.example#1")
        wrong = {**world.proof(body), "proofValue": encode_base58(bytes(64))}
        assert world.says({**body, "proof": [unreachable, wrong]}) == "invalid signature:signature_wrong"

    def test_none_by_the_issuer(self, world: World) -> None:
        assert world.says(world.signed(world.body(), world.other)) == "invalid issuer_binding:key_of_another"


class TestChains:
    """A later proof covers the earlier ones that it names."""

    @pytest.fixture
    def chain(self, world: World) -> dict[str, Any]:
        body = world.body()
        first = world.proof(body, id="urn:uuid:p1")
        second = world.proof(
            {**body, "proof": [first]}, world.other, id="urn:uuid:p2", previousProof="urn:uuid:p1"
        )
        return {**body, "proof": [first, second]}

    def test_whole(self, world: World, chain: dict[str, Any]) -> None:
        assert world.says(chain) == "valid"
        assert world.says({**chain, "proof": chain["proof"][::-1]}) == "valid"

    def test_broken(self, world: World, chain: dict[str, Any]) -> None:
        assert world.says({**chain, "proof": [chain["proof"][1]]}) == "invalid signature:previous_missing"
        assert world.says({**chain, "proof": [chain["proof"][0], *chain["proof"]]}) == (
            "invalid signature:previous_missing"
        ), "which of two proofs of one id is meant, nobody can tell"

    def test_with_the_first_one_replaced(self, world: World, chain: dict[str, Any]) -> None:
        body = {name: value for name, value in chain.items() if name != "proof"}
        replaced = world.proof(body, id="urn:uuid:p1", created="2026-11-23T07:30:00Z")
        assert world.says({**chain, "proof": [replaced, chain["proof"][1]]}) == (
            "invalid signature:signature_wrong"
        )

    def test_that_names_itself(self, world: World) -> None:
        document = copy.deepcopy(world.signed(id="urn:uuid:p1"))
        document["proof"]["previousProof"] = "urn:uuid:p1"
        assert world.says(document) == "invalid signature:previous_missing"


class TestWhoseKey:
    @pytest.fixture
    def document(self, world: World) -> dict[str, Any]:
        return world.signed(world.body(issuer=WEB), verificationMethod=f"{WEB}#key-1")

    def test_listed(self, world: World, document: dict[str, Any]) -> None:
        world.publishes(world.web_method(world.key))
        assert world.says(document) == "valid"

    def test_document_not_obtained(self, world: World, document: dict[str, Any]) -> None:
        assert world.says(document) == "unknown signature:key_not_obtained"

    @pytest.mark.parametrize(
        ("members", "expected"),
        [
            ({"revoked": "2026-11-23T06:00:00Z"}, "invalid signature:key_compromised"),
            ({"revoked": "2026-11-23T07:30:00Z"}, "unknown signature:key_compromised_since"),
            ({"expires": "2026-11-23T06:00:00Z"}, "invalid signature:key_not_in_force"),
            ({"expires": "2026-11-23T07:30:00Z"}, "valid"),
        ],
    )
    def test_no_longer_in_force(
        self, world: World, document: dict[str, Any], members: dict[str, str], expected: str
    ) -> None:
        world.publishes(world.web_method(world.key, **members))
        assert world.says(document) == expected

    def test_another_key_of_that_name(self, world: World, document: dict[str, Any]) -> None:
        world.publishes(world.web_method(world.other))
        assert world.says(document) == "invalid signature:signature_wrong"

    def test_not_listed(self, world: World, document: dict[str, Any]) -> None:
        world.publishes(world.web_method(world.key, "key-2"))
        assert world.says(document) == "invalid signature:key_not_listed"

    def test_listed_for_something_else(self, world: World, document: dict[str, Any]) -> None:
        world.publishes(world.web_method(world.key), assertionMethod=[], authentication=[f"{WEB}#key-1"])
        assert world.says(document) == "invalid signature:key_not_listed"

    def test_a_did_key_that_the_issuer_lists(self, world: World) -> None:
        document = world.signed(world.body(issuer=WEB))
        assert world.says(document) == "unknown issuer_binding:issuer_document_not_obtained"
        world.publishes(assertionMethod=[world.method(world.key)])
        assert world.says(document) == "valid"
        world.publishes(assertionMethod=[world.method(world.other)])
        assert world.says(document) == "invalid issuer_binding:key_of_another"


def test_a_graph_that_takes_forever_is_unknown(world: World) -> None:
    document = copy.deepcopy(world.signed())
    alignment = {"type": ["Alignment"], "targetName": "x"}
    document["credentialSubject"]["result"] = [{"type": ["Result"], "alignment": [alignment] * 9}] * 2
    document["validUntil"] = "2026-01-02T00:00:00Z"
    with Canonicaliser(deadline=3) as canonicaliser:
        found = world.says(document, hashes=canonicaliser.hashes)
    assert found == "unknown signature:deadline_exceeded", "even though it is expired"


def test_first_checks_that_do_not_hold_leave_nothing_to_believe(world: World) -> None:
    document = copy.deepcopy(world.signed())
    achievement(document)["name"] = "Medicine"
    found = world.verify(document)
    assert (found.issuer, found.annex_i) == (None, None)
    assert [check.result for check in found.checks[4:]] == ["skipped"] * 6
