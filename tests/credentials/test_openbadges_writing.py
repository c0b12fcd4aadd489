"""Annex I written as an Open Badge: nothing is lost, and it says nothing of a learner where it should not."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mutua_credentials import annex_i, integrity
from mutua_credentials.annex_i import State
from mutua_credentials.annex_i.openbadges import read_badge
from mutua_credentials.annex_i.openbadges_writing import write_badge
from mutua_credentials.json_text import Refused
from mutua_credentials.linked_data.canonical import canonicalise
from mutua_credentials.linked_data.pool import shared
from mutua_credentials.verify import verify

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ISSUER = "did:web:univ-lisvik.example"
V2 = "https://www.w3.org/ns/credentials/v2"
OB3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"


@pytest.fixture
def written(content: annex_i.MicroCredential) -> dict[str, Any]:
    return write_badge(content, credential_id="urn:uuid:1", issuer=ISSUER, valid_from=NOW)


class TestWriting:
    def test_nothing_is_lost(self, content: annex_i.MicroCredential, written: dict[str, Any]) -> None:
        found = read_badge(json.loads(json.dumps(written)))
        for name in annex_i.ELEMENTS:
            element = found.element(name)
            assert element.state is State.PRESENT, (name, element)
            if name != "learner":
                assert element.value == getattr(content, name)
        learner = found.learner.value
        assert learner is not None
        assert [identity.value for identity in learner.identifiers or ()] == ["Given Family", "s-104217"]

    def test_every_term_is_defined(self, written: dict[str, Any]) -> None:
        text = canonicalise(written)
        assert isinstance(text, str), text
        assert '"ects\\":\\"2.5\\"' in text, "the whole of Annex I is part of what is signed"

    def test_readers_without_our_context_see_what_open_badges_can_say(self, written: dict[str, Any]) -> None:
        written["@context"] = [V2, OB3]
        found = read_badge(written)
        states = {name: state for name, state in found.states().items() if state is not State.PRESENT}
        assert states == dict.fromkeys(
            (
                "workload",
                "type_of_quality_assurance",
                "prerequisites",
                "supervision_and_identity_verification",
                "stackability",
                "further_information",
            ),
            State.ABSENT,
        )
        assert found.level.value == annex_i.Level(eqf=6)
        assert found.level.source == "/credentialSubject/achievement/alignment/2"
        assert found.form_of_participation.value == ("blended",)
        assert [outcome.id for outcome in found.learning_outcomes.value or ()] == ["LO1", None]

    def test_the_learner_stands_outside_of_annex_i(self, written: dict[str, Any]) -> None:
        own = json.dumps(written["credentialSubject"]["achievement"])
        assert "Given" not in own
        assert "B+" not in own

    def test_the_achievement_is_the_same_for_all_learners(
        self, content: annex_i.MicroCredential, written: dict[str, Any]
    ) -> None:
        learner = annex_i.Learner(given_name="Other", family_name="Person")
        other = write_badge(
            content.model_copy(update={"learner": learner, "grade": None}),
            credential_id="urn:uuid:9",
            issuer=ISSUER,
            valid_from=NOW,
        )
        one, two = (badge["credentialSubject"]["achievement"]["id"] for badge in (written, other))
        assert one == two

    def test_what_the_caller_says(self, content: annex_i.MicroCredential) -> None:
        status = [{"id": "https://a.example/1#7", "type": "BitstringStatusListEntry"}]
        badge = write_badge(
            content,
            credential_id="urn:uuid:1",
            issuer=ISSUER,
            valid_from=NOW,
            valid_until=datetime(2030, 1, 1, tzinfo=UTC),
            issuer_name={"fi": "Lisvikin yliopisto"},
            issuer_identifiers=[annex_i.Identifier(scheme="EU-VAT", value="NO123")],
            achievement_id="https://a.example/courses/1",
            subject_id="did:example:learner",
            status=status,
        )
        assert badge["validUntil"] == "2030-01-01T00:00:00Z"
        assert (badge["issuer"]["name"], badge["credentialStatus"]) == ("Lisvikin yliopisto", status)
        assert badge["issuer"]["otherIdentifier"][0]["identifierType"] == "ext:EU-VAT"
        assert badge["credentialSubject"]["id"] == "did:example:learner"
        assert badge["credentialSubject"]["achievement"]["id"] == "https://a.example/courses/1"

    def test_what_we_issue_passes_our_own_checks(self, content: annex_i.MicroCredential) -> None:
        key = integrity.Ed25519Key.generate()
        did = integrity.did_key(key.public_jwk)
        signed = integrity.sign_rdfc(
            write_badge(content, credential_id="urn:uuid:1", issuer=did, valid_from=NOW),
            key,
            verification_method=f"{did}#{did.removeprefix('did:key:')}",
            created=NOW,
            canonicaliser=shared(),
        )
        assert not isinstance(signed, Refused)
        found = verify(json.dumps(signed), as_of=NOW)
        assert (found.verdict, found.format, found.securing) == ("valid", "openbadges3", "eddsa-rdfc-2022")
        assert found.annex_i is not None
        assert found.annex_i.workload.value == content.workload
