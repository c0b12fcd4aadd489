"""Web identities and what stands behind them: addresses, DID documents, metadata, of one party only."""

from datetime import UTC, datetime

import pytest

from mutua_credentials import identities, issuer_documents
from mutua_credentials.json_text import Refused
from mutua_credentials.keys import KeyRecord, PrivateKey

ISSUER = "https://univ-lisvik.example"
READ = datetime(2026, 11, 16, tzinfo=UTC)
T = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "did", "document", "metadata"),
    [
        (
            "https://univ-lisvik.example",
            "did:web:univ-lisvik.example",
            "https://univ-lisvik.example/.well-known/did.json",
            "https://univ-lisvik.example/.well-known/jwt-vc-issuer",
        ),
        (
            "https://alliance.example:8443/members/lisvik",
            "did:web:alliance.example%3A8443:members:lisvik",
            "https://alliance.example:8443/members/lisvik/did.json",
            "https://alliance.example:8443/.well-known/jwt-vc-issuer/members/lisvik",
        ),
    ],
)
def test_the_two_spellings_and_their_addresses(url: str, did: str, document: str, metadata: str) -> None:
    assert identities.did_web_from_url(url) == did
    assert identities.url_from_did_web(did) == url
    assert identities.did_document_url(did) == document
    assert identities.jwt_vc_issuer_url(url) == metadata
    assert identities.same_identity(url, did)


@pytest.mark.parametrize(
    "url",
    [
        "http://univ.example",
        "https://",
        "https://127.0.0.1",
        "https://[::1]",
        "https://user@univ.example",
        "https://univ.example?x=1",
        "https://univ.example#k",
        "https://univ.example/a/../b",
        "https://univ.example/%2e%2e",
        "https://univ.example:0",
        "https://univ.example:99999",
        "https://univ_.example",
        "https://uni\nv.example",
        " https://univ.example",
        "https://-univ.example",
        "https://univ.example/a b",
        "https://univ.еxample",
        "did:web:univ.example",
        "urn:x",
    ],
)
def test_other_texts_have_no_did_web_spelling(url: str) -> None:
    assert identities.did_web_from_url(url) is None


@pytest.mark.parametrize(
    "did",
    [
        "did:web:",
        "did:web:127.0.0.1",
        "did:web:univ.example/x",
        "did:web:univ.example#k",
        "did:web:univ.example:",
        "did:web:univ.example:..",
        "did:web:univ.example:%2e%2e",
        "did:web:user%40univ.example",
        "did:key:z6Mk",
    ],
)
def test_other_texts_are_no_did_web(did: str) -> None:
    assert identities.url_from_did_web(did) is None
    assert identities.did_document_url(did) is None


def test_different_parties_stay_different() -> None:
    for other in (
        "https://univ-lisvik.example/x",
        "https://univ-lisvik.example:8443",
        "https://univ-lisvik.example.evil.example",
    ):
        assert not identities.same_identity(ISSUER, other)


@pytest.fixture
def keys() -> list[KeyRecord]:
    def record(**more: datetime) -> KeyRecord:
        key = PrivateKey.generate()
        return KeyRecord(ISSUER, key.kid, key.public_jwk, **more)

    return [record(), record(valid_to=T), record(compromised_at=T)]


def test_a_did_document_is_read_as_it_was_written(keys: list[KeyRecord]) -> None:
    document = issuer_documents.did_document(ISSUER, keys)
    assert document["id"] == "did:web:univ-lisvik.example"
    assert "d" not in document["verificationMethod"][0]["publicKeyJwk"]
    assert len(document["assertionMethod"]) == 2
    read = issuer_documents.read_did_document(document, ISSUER, source="url", as_of=READ)
    assert isinstance(read, tuple)
    assert [(key.kid, key.valid_to, key.compromised_at) for key in read] == [
        (key.kid, key.valid_to, key.compromised_at) for key in keys
    ]
    assert {(key.source, key.as_of) for key in read} == {("url", READ)}


def test_jwt_vc_issuer_metadata_is_read_as_it_was_written(keys: list[KeyRecord]) -> None:
    metadata = issuer_documents.jwt_vc_issuer(ISSUER, keys)
    read = issuer_documents.read_jwt_vc_issuer(metadata, ISSUER, source="url", as_of=READ)
    assert isinstance(read, tuple)
    assert [key.kid for key in read] == [key.kid for key in keys[:2]]


def test_a_document_speaks_only_for_its_own_party(keys: list[KeyRecord]) -> None:
    other = "https://univ-other.example"
    document = issuer_documents.did_document(ISSUER, keys)
    metadata = issuer_documents.jwt_vc_issuer(ISSUER, keys)
    for read in (
        issuer_documents.read_did_document(document, other, source="url", as_of=READ),
        issuer_documents.read_jwt_vc_issuer(metadata, other, source="url", as_of=READ),
    ):
        assert isinstance(read, Refused)
        assert read.code == "document_of_another"


def test_a_key_that_is_no_assertion_method_does_not_count(keys: list[KeyRecord]) -> None:
    document = issuer_documents.did_document(ISSUER, keys[:1])
    document["assertionMethod"] = []
    assert issuer_documents.read_did_document(document, ISSUER, source="url", as_of=READ) == ()


def test_malformed_documents_are_said_so() -> None:
    for document in ({"id": ISSUER, "verificationMethod": {}}, {"id": ISSUER, "assertionMethod": "x"}):
        read = issuer_documents.read_did_document(document, ISSUER, source="url", as_of=READ)
        assert isinstance(read, Refused)
        assert read.code == "document_malformed"
    read = issuer_documents.read_jwt_vc_issuer(
        {"issuer": ISSUER, "jwks": []}, ISSUER, source="url", as_of=READ
    )
    assert isinstance(read, Refused)
    assert read.code == "document_malformed"


def test_broken_methods_are_left_out_and_do_not_hide_good_ones(keys: list[KeyRecord]) -> None:
    document = issuer_documents.did_document(ISSUER, keys[:1])
    broken = [
        None,
        7,
        {},
        {"id": 7},
        {"id": "#x", "publicKeyJwk": []},
        {"id": "#y", "publicKeyJwk": {}, "expires": "soon"},
    ]
    document["verificationMethod"] = broken + document["verificationMethod"]
    document["assertionMethod"] += [None, 7, "#x", "#y", {}]
    read = issuer_documents.read_did_document(document, ISSUER, source="url", as_of=READ)
    assert isinstance(read, tuple)
    assert keys[0].kid in [key.kid for key in read]


def test_only_an_https_host_has_documents() -> None:
    with pytest.raises(ValueError, match="https"):
        issuer_documents.did_document("http://univ.example", [])
