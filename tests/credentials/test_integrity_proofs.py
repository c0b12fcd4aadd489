"""One proof or several, sets and chains of them, and whose key each was made with."""

import copy
from datetime import timedelta
from typing import Any

import pytest

from mutua_credentials import integrity
from mutua_credentials.integrity.multikey import encode_base58
from mutua_credentials.verify import CheckName

from .integrity_world import NOW, SIGNED, WEB, World, achievement


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
