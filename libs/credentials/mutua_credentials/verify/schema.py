"""The schemas that a credential names: whether its body conforms, as far as they were obtained.

A schema is written by strangers, and checking one can take forever (regular expressions); so a process of its
own does it, with a deadline and bounded memory, and is gone afterwards.
"""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any, cast

from mutua_credentials.json_text import Refused
from mutua_credentials.verify.documents import NotObtained, read_object
from mutua_credentials.verify.formats import listed
from mutua_credentials.verify.given import Given
from mutua_credentials.verify.result import Check, CheckName, Result, cut, failed, passed, skipped, unknown

NAME = CheckName.SCHEMA
DEADLINE = 10.0
"""Seconds for all schemas of a credential."""
MAX_SCHEMAS = 4
TYPES = frozenset(
    {"JsonSchema", "JsonSchemaValidator2018", "1EdTechJsonSchemaValidator2019", "JsonSchema2023"}
)
_WORST_FIRST = (Result.FAIL, Result.UNKNOWN, Result.PASS)


def check_schema(schema: Any, body: Mapping[str, Any], given: Given) -> Check:
    """The worst of what the schemas say. Codes: `no_schema`; `conforms`; `schema_violated`; unknown with
    `schema_malformed`, `schema_type_unsupported`, `schema_not_obtained`, `schema_unusable`,
    `schema_too_slow`.
    """
    if schema is None:
        return skipped(NAME, "no_schema")
    entries = listed(schema)
    if not entries or len(entries) > MAX_SCHEMAS:
        return unknown(NAME, "schema_malformed", f"{len(entries)} schemas", f"1 to {MAX_SCHEMAS}")
    until = time.monotonic() + DEADLINE
    checks = [_check(entry, body, given, until) for entry in entries]
    return min(checks, key=lambda check: _WORST_FIRST.index(check.result))


def _check(entry: Any, body: Mapping[str, Any], given: Given, until: float) -> Check:
    members = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
    url, kind = members.get("id"), members.get("type")
    if not isinstance(url, str):
        return unknown(NAME, "schema_malformed", repr(entry)[:80], "an object with id and type")
    if not isinstance(kind, str) or kind not in TYPES:
        return unknown(NAME, "schema_type_unsupported", repr(kind)[:80], "JsonSchema")
    document = given.documents(url, given.as_of)
    if isinstance(document, NotObtained):
        return unknown(NAME, "schema_not_obtained", f"{document.code} {document.detail}"[:200], url[:200])
    schema = read_object(document)
    if isinstance(schema, Refused):
        return unknown(NAME, "schema_unusable", f"{schema.code}: {schema.found}"[:200], schema.expected)
    return _validated(url, schema, body, until)


def _validated(url: str, schema: Mapping[str, Any], body: Mapping[str, Any], until: float) -> Check:
    job = json.dumps({"schema": schema, "instance": body}).encode("ascii")
    command = [sys.executable, "-P", "-m", "mutua_credentials.verify.schema_worker"]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter with our own module
            command, input=job, capture_output=True, timeout=max(0.0, until - time.monotonic()), check=False
        )
    except subprocess.TimeoutExpired:
        return unknown(NAME, "schema_too_slow", f"more than {DEADLINE:g} s", f"at most {DEADLINE:g} s")
    if done.returncode != 0:
        return unknown(NAME, "schema_unusable", "a schema that could not be applied", "a JSON Schema")
    answer: dict[str, Any] = json.loads(done.stdout)
    evidence = {"schema": cut(url)}
    if answer["conforms"]:
        return passed(NAME, "conforms", evidence=evidence)
    if answer["unusable"]:
        return unknown(NAME, "schema_unusable", answer["found"], "a JSON Schema that stands alone")
    return failed(NAME, "schema_violated", answer["found"], answer["expected"], evidence=evidence)
