"""Data Integrity in the one run of checks: every suite, and every change of what was signed is told."""

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mutua_credentials import integrity
from mutua_credentials.integrity.multikey import encode_base58
from mutua_credentials.integrity.rdfc import hash_rdfc
from mutua_credentials.json_text import Refused
from mutua_credentials.keys import PrivateKey
from mutua_credentials.linked_data.pool import Canonicaliser

from .integrity_world import NOW, SIGNED, P384Key, World, achievement
from .mutations import spoilt

Change = Callable[[dict[str, Any]], Any]


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
