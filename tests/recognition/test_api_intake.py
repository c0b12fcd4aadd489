"""What of a presented credential is taken in: what can be read and was signed, and nobody in clear."""

import json
from typing import Any

import pytest

from mutua_credentials import jws, sdjwt
from mutua_recognition.api.presented import derived_id
from mutua_recognition.domain.canonical import canonical

pytestmark = pytest.mark.servers


async def test_nothing_of_the_learner_is_kept(trusted: Any, evaluator: Any, recognition_admin: Any) -> None:
    _, issued = trusted.issue(grade={"value": "excellent indeed"})
    assert len(issued.holder_form) > len(issued.bus_form)
    answer = await evaluator.post("/requests", {"credential": issued.holder_form, "purpose": "CREDIT"})
    await trusted.evaluate()
    kept = await recognition_admin.dump()
    disclosures = [part for part in issued.holder_form.split("~")[1:] if part]
    assert disclosures
    for secret in ("Ylva", "Testperson", "s-1042", "excellent indeed", "evaluator\x00", *disclosures):
        assert secret not in kept
        assert secret not in answer.text


async def test_disclosures_about_the_course_are_kept(trusted: Any, evaluator: Any) -> None:
    """An issuer may withhold more than the learner; what the holder discloses serves this request only."""
    _, issued = trusted.issue()
    token = sdjwt.parse(issued.bus_form)
    assert isinstance(token, sdjwt.SdJwt)
    claims = dict(token.payload)
    level = sdjwt.disclosures.make("eqf", claims["level"]["eqf"], "salt")
    learner = sdjwt.disclosures.make("given_name", "Ylva", "salt")
    claims["level"] = {"_sd": [sdjwt.disclosures.digest(level)]}
    claims["learner"] = {"_sd": [sdjwt.disclosures.digest(learner)]}
    jwt = jws.sign({"typ": "dc+sd-jwt"}, canonical(claims), trusted.key)
    withheld = await evaluator.post("/requests", {"credential": f"{jwt}~", "purpose": "CREDIT"})
    assert withheld.status_code == 202, withheld.text
    await trusted.evaluate()
    asked = (await evaluator.get(f"/requests/{withheld.json()['id']}")).json()
    assert asked["state"] == "info_requested"

    text = f"{jwt}~{learner}~{level}~"
    again = await evaluator.post("/requests", {"credential": text, "purpose": "CREDIT"})
    assert again.status_code == 202
    assert again.json()["state"] == "waiting"
    assert await trusted.pool.fetchval("select presented from request") == f"{jwt}~{level}~"
    assert await trusted.pool.fetchval("select body from credential") == f"{jwt}~"


UNREADABLE = [
    ("x" * (256 * 1024 + 1), "INTAKE.TOO_LARGE"),
    ("not a credential", "INTAKE.MALFORMED"),
    ("a.b.c~", "INTAKE.MALFORMED"),
    ("{}", "INTAKE.UNKNOWN_FORMAT"),
    ("<xml/>", "INTAKE.MALFORMED"),
    ("naïve", "INTAKE.MALFORMED"),
]


async def test_what_cannot_be_read_is_said_and_kept_nowhere(ready: Any, evaluator: Any) -> None:
    for credential, code in UNREADABLE:
        answer = await evaluator.post("/requests", {"credential": credential, "purpose": "CREDIT"})
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] == code
        assert answer.json()["problems"][0]["path"] == "/credential"
        assert await ready.pool.fetchval("select count(*) from credential") == 0


async def test_a_person_in_clear_is_not_taken_in(ready: Any, evaluator: Any) -> None:
    claims = {"iss": "https://univ-lisvik.example", "vct": "x", "sub": "s-1042", "given_name": "Ylva"}
    text = jws.sign({"typ": "dc+sd-jwt"}, json.dumps(claims).encode(), ready.key) + "~"
    answer = await evaluator.post("/requests", {"credential": text, "purpose": "CREDIT"})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "personal_in_clear"
    assert {each["path"] for each in problem["problems"]} == {"/credential/sub", "/credential/given_name"}
    assert "Ylva" not in answer.text


async def test_disclosures_that_nobody_signed_are_not_taken_in(ready: Any, evaluator: Any) -> None:
    _, issued = ready.issue()
    text = issued.bus_form + sdjwt.disclosures.make("level", {"eqf": 8}, "salt") + "~"
    answer = await evaluator.post("/requests", {"credential": text, "purpose": "CREDIT"})
    assert (answer.status_code, answer.json()["code"]) == (422, "INTAKE.MALFORMED")
    assert answer.json()["found"] == "disclosure_not_signed"


async def test_a_forged_credential_cannot_take_anothers_place(trusted: Any, evaluator: Any) -> None:
    id, issued = trusted.issue()
    head, body, signature = issued.bus_form.removesuffix("~").split(".")
    forged = f"{head}.{body}.{signature[:-8]}{'A' * 8}~"
    first = await evaluator.post("/requests", {"credential": forged, "purpose": "CREDIT"})
    assert first.status_code == 202, first.text
    assert first.json()["credential"] != id
    assert (first.json()["issuer"], first.json()["award_country"]) == (None, None)

    await trusted.receive(id, issued)
    await trusted.evaluate()
    assert (await evaluator.get(f"/requests/{first.json()['id']}")).json()["state"] == "inadmissible"
    (_, closed) = await trusted.events_of(first.json()["id"])
    assert closed.type == "eu.mutua.recognition.inadmissible.v1"
    genuine = await evaluator.post("/requests", {"credential": issued.bus_form, "purpose": "CREDIT"})
    assert genuine.status_code == 202
    assert genuine.json()["credential"] == id
    await trusted.evaluate()
    assert (await evaluator.get(f"/requests/{genuine.json()['id']}")).json()["state"] == "decided"


async def test_a_credential_of_an_unknown_issuer_is_called_by_its_digest(worker: Any, evaluator: Any) -> None:
    await worker.know_registry()
    _, issued = worker.issue()
    one = await evaluator.post("/requests", {"credential": issued.bus_form, "purpose": "CREDIT"})
    assert one.json()["credential"] == derived_id(issued.digest)
    two = await evaluator.post("/requests", {"credential": issued.holder_form, "purpose": "CREDIT"})
    assert (two.status_code, two.json()["id"]) == (200, one.json()["id"])
