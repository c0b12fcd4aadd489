"""What an institution is known by: its own word, and what operators found, each with what it rests on."""

from collections.abc import Callable
from typing import Any

import pytest

from mutua_issuer.domain.examples import REGISTRATION

from .conftest import LISVIK, OSTERHAV, Institution

pytestmark = pytest.mark.servers

PATH = f"/operations/issuers/{LISVIK}/identifiers"
ETER = {"scheme": "ETER", "value": "NO0042", "source": "registry", "checked_at": "2026-11-20T09:00:00Z"}


@pytest.fixture
def operator(client_of: Callable[..., Institution]) -> Institution:
    return client_of("operator:mutua", "operator")


def rows(answer: Any) -> list[tuple[str, str, str]]:
    return [(one["scheme"], one["source"], one["confidence"]) for one in answer.json()["identifiers"]]


async def test_its_own_word_is_worth_little_and_its_sign_in_much(lisvik: Institution) -> None:
    answer = await lisvik.post("/issuers", REGISTRATION)
    assert rows(answer) == [
        ("DEQARINST", "sign-in", "high"),
        ("ETER", "declared", "low"),
        ("ERASMUS", "declared", "low"),
        ("SCHAC", "declared", "low"),
    ]


async def test_what_an_operator_found_stays_when_the_institution_changes(
    lisvik: Institution, operator: Institution, facts_of: Callable[[], Any]
) -> None:
    await lisvik.post("/issuers", REGISTRATION)
    vat = {"scheme": "EU-VAT", "value": "NO123456785", "source": "seal-certificate", "confidence": "medium"}
    found = await operator.put(PATH, {"identifiers": [ETER, vat]})
    assert found.status_code == 200, found.text
    expected = [
        ("DEQARINST", "sign-in", "high"),
        ("ETER", "registry", "high"),
        ("EU-VAT", "seal-certificate", "medium"),
    ]
    assert rows(found) == expected
    told = (await facts_of())[-1].data.identifiers
    assert [(one.scheme, one.source, one.confidence) for one in told] == expected
    assert told[1].checked_at.isoformat() == "2026-11-20T09:00:00+00:00"
    named = [{"scheme": "ETER", "value": "NO0042"}, {"scheme": "EU-PIC", "value": "999"}]
    changed = await lisvik.put(
        f"/issuers/{LISVIK}", {"names": {"en": "x"}, "country": "NO", "identifiers": named}
    )
    assert rows(changed) == [*expected, ("EU-PIC", "declared", "low")]


@pytest.mark.parametrize(
    ("identifier", "code"),
    [
        ({**ETER, "source": "declared", "confidence": "high"}, "more_than_source_carries"),
        ({**ETER, "source": "hearsay"}, "literal_error"),
        ({"scheme": "ETER", "value": "NO0042"}, "missing"),
    ],
)
async def test_nothing_is_worth_more_than_its_source(
    lisvik: Institution, operator: Institution, identifier: Any, code: str
) -> None:
    await lisvik.post("/issuers", REGISTRATION)
    answer = await operator.put(PATH, {"identifiers": [identifier]})
    assert (answer.status_code, [one["code"] for one in answer.json()["problems"]]) == (422, [code])


async def test_what_one_institution_has_proven_no_other_can_hold(
    lisvik: Institution, osterhav: Institution, operator: Institution
) -> None:
    await lisvik.post("/issuers", REGISTRATION)
    await osterhav.post("/issuers", {**REGISTRATION, "iss": "https://osterhav.example", "identifiers": []})
    assert (await operator.put(PATH, {"identifiers": [ETER]})).status_code == 200
    for written in ("NO0042", "no 0042"):
        claimed = {"identifiers": [{**ETER, "value": written}]}
        taken = await operator.put(f"/operations/issuers/{OSTERHAV}/identifiers", claimed)
        assert (taken.status_code, taken.json()["code"]) == (409, "identifier_taken")
    shown = (await osterhav.get(f"/issuers/{OSTERHAV}")).json()
    assert [one["scheme"] for one in shown["identifiers"]] == ["DEQARINST"]


async def test_only_operators_state_evidence(lisvik: Institution, operator: Institution) -> None:
    await lisvik.post("/issuers", REGISTRATION)
    refused = await lisvik.put(PATH, {"identifiers": [ETER]})
    assert (refused.status_code, refused.json()["code"]) == (403, "role_missing")
    nobody = await operator.put("/operations/issuers/DEQARINST1/identifiers", {"identifiers": [ETER]})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "not_found")
