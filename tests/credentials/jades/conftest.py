"""Everybody that the tests of seals need, a credential to seal, how a seal begins and how it is checked."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest

from mutua_credentials import annex_i, jws
from mutua_credentials.annex_i import elm_writing
from mutua_credentials.verify import Verification, verify

from .pki import NOW, ORGANISATION, SEALED, Party, Pki, b64, make_pki
from .seals import Made


@pytest.fixture(scope="session")
def pki() -> Pki:
    return make_pki()


@pytest.fixture(scope="session")
def issuer() -> elm_writing.Issuer:
    return elm_writing.Issuer(
        id="https://univ-lisvik.example",
        name={"en": "University of Lisvik"},
        country="NO",
        organisation_identifier=ORGANISATION,
    )


@pytest.fixture(scope="session")
def credential(content: annex_i.MicroCredential, issuer: elm_writing.Issuer) -> dict[str, Any]:
    identifier = "urn:uuid:6f1c0f0e-0000-4000-8000-000000000002"
    return elm_writing.write(content, credential_id=identifier, issuer=issuer, issued_at=SEALED)


Start = Callable[..., Made]


@pytest.fixture
def start(pki: Pki, credential: dict[str, Any]) -> Start:
    """A seal of level B, signed; `header` changes its protected header, `body` its content."""

    def begin(
        party: Party = pki.seal,
        header: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        chain: Sequence[Party] = (),
    ) -> Made:
        members: dict[str, Any] = {
            "alg": party.alg,
            "b64": False,
            "crit": ["b64", "sigT"],
            "sigT": "2024-03-01T10:00:00Z",
            "typ": "jose+json",
            "x5c": [b64(one.der) for one in (party, *chain)],
            "x5t#S256": jws.encode(hashlib.sha256(party.der).digest()),
            **(header or {}),
        }
        kept = {name: value for name, value in members.items() if value is not None}
        return Made(party, json.dumps({**credential, **(body or {})}, ensure_ascii=False), kept).sign()

    return begin


Verify = Callable[..., Verification]


@pytest.fixture
def check(pki: Pki) -> Verify:
    """Verify a seal with the usual anchors as of long after, or as told."""

    def run(
        made: Made | Mapping[str, Any] | bytes,
        *,
        anchors: Sequence[bytes] | None = None,
        as_of: datetime = NOW,
        existed_by: datetime | None = None,
    ) -> Verification:
        document = made.document() if isinstance(made, Made) else made
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        known = pki.anchors if anchors is None else anchors
        return verify(data, as_of=as_of, anchors=tuple(known), existed_by=existed_by)

    return run
