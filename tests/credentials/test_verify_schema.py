"""Schemas: conforming, violated, unobtained, unusable, and those that would take forever."""

import json
import time
from typing import Any

import pytest

from mutua_credentials.keys import PrivateKey
from mutua_credentials.verify import CheckName, Verdict, Verification, schema

from .verify_world import World, body, by_did_key, secure

URL = "https://univ-lisvik.example/schema"
DID, SIGNER = by_did_key(PrivateKey.generate())


def verified(text: Any, *, kind: str = "JsonSchema", **members: Any) -> Verification:
    world = World()
    if text is not None:
        world.documents[URL] = text if isinstance(text, bytes) else json.dumps(text).encode()
    return world.verify(secure(body(DID, credentialSchema={"id": URL, "type": kind}, **members), SIGNER))


def told(found: Verification) -> tuple[str, str]:
    check = found.check(CheckName.SCHEMA)
    return check.result.value, check.code


@pytest.mark.parametrize("kind", ["JsonSchema", "1EdTechJsonSchemaValidator2019"])
def test_conforming_and_violated(kind: str) -> None:
    good = verified({"required": ["issuer"]}, kind=kind)
    assert (told(good), good.verdict) == (("pass", "conforms"), Verdict.VALID)
    bad = verified({"properties": {"validFrom": {"type": "number"}}}, kind=kind)
    assert (told(bad), bad.verdict) == (("fail", "schema_violated"), Verdict.INVALID)
    assert bad.check(CheckName.SCHEMA).found == "at /validFrom"


@pytest.mark.parametrize("draft", ["2020-12/schema", "2019-09/schema"])
def test_drafts(draft: str) -> None:
    text = {"$schema": f"https://json-schema.org/draft/{draft}", "$defs": {"a": {"type": "string"}}}
    assert told(verified(text | {"properties": {"id": {"$ref": "#/$defs/a"}}})) == ("pass", "conforms")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "schema_not_obtained"),
        (b"", "schema_unusable"),
        (b"[]", "schema_unusable"),
        ({"type": 7}, "schema_unusable"),
        ({"$ref": "https://127.0.0.1:1/other"}, "schema_unusable"),
        ({"$ref": "#/nowhere"}, "schema_unusable"),
        ({"$ref": "#"}, "schema_unusable"),
        ({"properties": {"id": {"pattern": "("}}}, "schema_unusable"),
    ],
)
def test_what_is_no_schema_has_no_effect(text: Any, code: str) -> None:
    found = verified(text)
    assert (told(found), found.verdict) == (("unknown", code), Verdict.VALID)


def test_other_kinds_are_unknown() -> None:
    assert told(verified({}, kind="ShaclValidator2017")) == ("unknown", "schema_type_unsupported")


def test_a_schema_that_takes_forever_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "DEADLINE", 2.0)
    started = time.monotonic()
    found = verified({"properties": {"id": {"pattern": "^(([a-z0-9:-])+)+$"}}}, id="urn:" + "a" * 60 + "!")
    assert told(found) == ("unknown", "schema_too_slow")
    assert time.monotonic() - started < 6
