"""What the credential tests share: one complete micro-credential, keys, an issuer, and the public vectors."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mutua_credentials import annex_i, jws, sdjwt
from mutua_credentials.keys import KeyRecord, KeyRing, PrivateKey
from mutua_credentials.linked_data.pool import Canonicaliser
from mutua_credentials.verify import Verification, verify

from .integrity_world import World

ISSUER = "https://univ-lisvik.example"
CREDENTIAL_ID = "urn:uuid:6f1c0f0e-0000-4000-8000-000000000001"
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def row() -> Callable[[], dict[str, Any]]:
    """A complete micro-credential as somebody would send it; a fresh copy each time."""
    path = Path(__file__).with_name("complete.json")
    return lambda: json.loads(path.read_text("utf-8"))


@pytest.fixture(scope="session")
def content(row: Callable[[], dict[str, Any]]) -> annex_i.MicroCredential:
    checked = annex_i.check(row())
    assert isinstance(checked, annex_i.MicroCredential), checked
    return checked


@pytest.fixture(scope="session")
def key() -> PrivateKey:
    return PrivateKey.generate()


@pytest.fixture(scope="session")
def record(key: PrivateKey) -> KeyRecord:
    return KeyRecord(ISSUER, key.kid, key.public_jwk, valid_from=SINCE, source="test", as_of=NOW)


@pytest.fixture(scope="session")
def ring(record: KeyRecord) -> KeyRing:
    return KeyRing([record])


@pytest.fixture(scope="session")
def issued(content: annex_i.MicroCredential, key: PrivateKey) -> sdjwt.Issued:
    return sdjwt.issue(content, signer=key, issuer=ISSUER, credential_id=CREDENTIAL_ID, issued_at=NOW)


@pytest.fixture
def check(ring: KeyRing) -> Callable[..., Verification]:
    """Verify as of now with the issuer's key; every argument can be given otherwise."""

    def run(data: bytes | str, **given: Any) -> Verification:
        return verify(data, **{"as_of": NOW, "keys": ring, **given})

    return run


@pytest.fixture
def sign(key: PrivateKey) -> Callable[..., str]:
    """An SD-JWT with any payload and header, properly signed by the issuer's key."""

    def run(
        payload: Mapping[str, Any] | bytes, *disclosures: str, typ: str = "dc+sd-jwt", **header: Any
    ) -> str:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return "~".join([jws.sign({"typ": typ, **header}, body, key), *disclosures, ""])

    return run


@pytest.fixture
def claims(issued: sdjwt.Issued) -> dict[str, Any]:
    """The payload of a proper credential, to be spoilt."""
    token = sdjwt.parse(issued.bus_form)
    assert isinstance(token, sdjwt.SdJwt)
    return dict(token.payload)


@pytest.fixture(scope="module")
def canonicaliser() -> Iterator[Canonicaliser]:
    with Canonicaliser() as canonicaliser:
        yield canonicaliser


@pytest.fixture
def world(canonicaliser: Canonicaliser) -> World:
    """The parties to Data Integrity, with keys of their own."""
    return World(canonicaliser)


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of public vectors, or skip."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("MUTUA_VECTORS", root.parent / "shared" / "vectors"))
    if not folder.is_dir():
        pytest.skip(f"no public vectors at {folder}: set MUTUA_VECTORS")
    return folder
