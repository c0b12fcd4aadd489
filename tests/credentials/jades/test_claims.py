"""What a sealed credential says of itself: its structure and dates, who awards, by whose mandate."""

from datetime import timedelta
from typing import Any

import pytest

from mutua_credentials.verify import CheckName, Result

from .pki import ORGANISATION, SEALED


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"issuer": None}, "issuer_missing"),
        ({"issuer": {"legalName": {"en": "X"}}}, "issuer_missing"),
        ({"issuanceDate": "2024-03-01"}, "date_malformed"),
        ({"issued": "2024-03-01T10:00:00"}, "date_malformed"),
        ({"id": "_:b0"}, "blank_node"),
        ({"evidence": [{"id": "_:b1"}]}, "blank_node"),
    ],
)
def test_a_body_whose_structure_is_wrong(start: Any, check: Any, body: dict[str, Any], code: str) -> None:
    structure = check(start(body=body)).check(CheckName.STRUCTURE)
    assert (structure.result, structure.code) == (Result.FAIL, code)


def test_dates_of_the_credential(start: Any, check: Any) -> None:
    late = check(start(body={"validUntil": "2025-01-01T00:00:00Z"})).check(CheckName.DATES)
    assert (late.result, late.code) == (Result.FAIL, "expired")
    early = check(start(), as_of=SEALED - timedelta(days=1)).check(CheckName.DATES)
    assert (early.result, early.code) == (Result.FAIL, "not_yet_valid")


def test_mandate_is_told_from_profile_or_evidence(start: Any, check: Any, pki: Any) -> None:
    mandate = "http://data.europa.eu/snb/evidence-type/c_18016257"
    for body, by_mandate in (
        ({}, False),
        ({"evidence": [{"type": "Evidence", "dcType": {"id": mandate}}]}, True),
        ({"evidence": {"dcType": mandate}}, True),
        ({"credentialProfiles": [{"id": "http://data.europa.eu/snb/credential/c_9a31f32a"}]}, True),
        ({"evidence": {"dcType": {"prefLabel": {"en": "Mandate"}}}}, False),
    ):
        found = check(start(body=body).stamped(pki.tsa).with_values(lists=[pki.issuing.crl()]))
        assert found.issuer is not None
        assert found.issuer.sealed_by_mandate is by_mandate
        assert found.check(CheckName.ISSUER_BINDING).evidence["sealed_by_mandate"] is by_mandate


def test_who_awards_is_told_from_who_sealed(start: Any, check: Any, credential: dict[str, Any]) -> None:
    subject = credential["credentialSubject"]
    spatial = "http://publications.europa.eu/resource/authority/country/NOR"
    for members, told in (
        ({}, "not_told"),
        ({"eIDASIdentifier": {"notation": ORGANISATION}}, "seal_holder"),
        ({"vatIdentifier": {"notation": "NO987654321"}}, "seal_holder"),
        ({"vatIdentifier": {"notation": "1", "spatial": {"id": spatial}}}, "another"),
    ):
        claim = {**subject["hasClaim"], "awardedBy": {"awardingBody": [{"id": "urn:x", **members}]}}
        found = check(start(body={"credentialSubject": {**subject, "hasClaim": claim}}))
        assert found.check(CheckName.ISSUER_BINDING).evidence["awarding_body"] == told
