"""Open Badges and Comprehensive Learner Records: what a badge says, in Annex I's terms, and back."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mutua_credentials import annex_i, integrity, jws
from mutua_credentials.annex_i import State
from mutua_credentials.annex_i.openbadges import read_badge, read_record
from mutua_credentials.annex_i.openbadges2 import read_assertion
from mutua_credentials.annex_i.openbadges_writing import write_badge
from mutua_credentials.json_text import Refused
from mutua_credentials.keys import PrivateKey
from mutua_credentials.linked_data.canonical import canonicalise
from mutua_credentials.linked_data.pool import shared
from mutua_credentials.verify import CheckName, Verification, verify
from mutua_credentials.verify.documents import MappingDocuments

from .mutations import spoilt

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ISSUER = "did:web:univ-lisvik.example"
V2 = "https://www.w3.org/ns/credentials/v2"
OB3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CLR2 = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"


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


def badge(**achievement: Any) -> dict[str, Any]:
    return {
        "@context": [V2, OB3],
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": ISSUER, "type": ["Profile"], "name": "University of Lisvik"},
        "validFrom": "2026-06-30T23:30:00-02:00",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "achievement": {"type": ["Achievement"], "name": "Data literacy", **achievement},
        },
    }


class TestReadingABadge:
    def test_credits_have_no_unit(self) -> None:
        found = read_badge(badge(creditsAvailable=5)).workload
        assert (found.state, found.original, found.value) == (State.UNREADABLE, 5, None)
        assert found.errors[0].code == "unit_missing"
        document = badge()
        document["credentialSubject"]["creditsEarned"] = 3
        earned = read_badge(document).workload
        assert (earned.source, earned.original) == ("/credentialSubject/creditsEarned", 3)

    @pytest.mark.parametrize(
        ("alignment", "eqf"),
        [
            ({"targetUrl": "http://data.europa.eu/snb/eqf/7"}, 7),
            ({"targetUrl": "https://data.europa.eu/snb/eqf/7/"}, 7),
            ({"targetUrl": "http://data.europa.eu/snb/eqf/9"}, None),
            ({"targetUrl": "https://else.example/eqf/7", "targetName": "EQF level 7"}, None),
            ({"targetName": "EQF 7", "targetFramework": "EQF", "targetCode": "7"}, None),
        ],
    )
    def test_a_level_is_what_names_the_eqf_by_its_address(self, alignment: Any, eqf: int | None) -> None:
        level = read_badge(badge(alignment=[{"type": ["Alignment"], **alignment}])).level
        assert (level.value.eqf if level.value else None) == eqf
        assert level.state is (State.PRESENT if eqf else State.ABSENT)

    def test_two_levels_are_none(self) -> None:
        urls = ["http://data.europa.eu/snb/eqf/6", "http://data.europa.eu/snb/eqf/7"]
        level = read_badge(badge(alignment=[{"targetUrl": url} for url in urls])).level
        assert (level.state, level.errors[0].code) == (State.UNREADABLE, "contradiction")

    def test_the_day_is_that_of_utc(self) -> None:
        assert str(read_badge(badge()).date_of_issuing.value) == "2026-07-01"

    def test_criteria_stand_for_outcomes_that_are_not_listed(self) -> None:
        found = read_badge(badge(criteria={"narrative": "Pass the test"})).learning_outcomes
        assert found.source == "/credentialSubject/achievement/criteria/narrative"
        assert [outcome.statement for outcome in found.value or ()] == [{"und": "Pass the test"}]

    def test_languages(self) -> None:
        assert read_badge(badge(inLanguage="nb")).title.value == {"nb": "Data literacy"}
        assert read_badge(badge(inLanguage="Norsk")).title.value == {"und": "Data literacy"}
        both = [{"@value": "Data", "@language": "en"}, {"@value": "Daten", "@language": "de"}]
        assert read_badge(badge(name=both)).title.value == {"en": "Data", "de": "Daten"}

    def test_a_field_of_study_in_words_is_no_code(self) -> None:
        field = read_badge(badge(fieldOfStudy="Biology")).field_of_study
        assert (field.state, field.original, field.errors[0].code) == (
            State.UNREADABLE,
            "Biology",
            "unknown_code",
        )
        assert read_badge(badge(fieldOfStudy="0511")).field_of_study.value == ("0511",)

    def test_one_result_is_a_grade_and_several_are_none(self) -> None:
        described = {"id": "urn:d", "type": ["ResultDescription"], "name": "A to F"}
        document = badge(resultDescription=[described])
        result = {"type": ["Result"], "resultDescription": "urn:d", "value": "B"}
        document["credentialSubject"]["result"] = [result, {"type": ["Result"], "status": "Completed"}]
        assert read_badge(document).grade.value == annex_i.Grade(value="B", scheme="A to F")
        document["credentialSubject"]["result"] = [result, {**result, "value": "C"}]
        assert read_badge(document).grade.errors[0].code == "several_results"

    def test_identities(self) -> None:
        document = badge()
        document["credentialSubject"] |= {
            "id": "did:example:learner",
            "identifier": [{"identityType": "emailAddress", "identityHash": "sha256$00", "hashed": True}],
        }
        learner = read_badge(document).learner
        assert learner.value is not None
        assert [(one.scheme, one.value) for one in learner.value.identifiers or ()] == [
            ("emailAddress", "sha256$00"),
            ("id", "did:example:learner"),
        ]

    def test_our_element_counts_only_under_our_context(self) -> None:
        document = badge(annexI={"workload": {"ects": "5"}})
        assert read_badge(document).workload.state is State.ABSENT
        document["@context"].append("https://mutua.example/contexts/annex-i/v1")
        found = read_badge(document).workload
        assert found.value == annex_i.Workload(ects=Decimal(5))
        assert found.source == "/credentialSubject/achievement/annexI/workload"

    def test_our_element_names_nobody(self) -> None:
        document = badge(annexI={"grade": {"value": "A"}, "learner": {"given_name": "A", "family_name": "B"}})
        document["@context"].append("https://mutua.example/contexts/annex-i/v1")
        assert (read_badge(document).grade.state, read_badge(document).learner.state) == ("absent", "absent")

    def test_what_no_badge_has_is_not_read(self) -> None:
        found = read_badge(badge(alignment=[{"targetName": "x"}] * 1001)).learning_outcomes
        assert (found.state, found.original, found.errors[0].code) == (State.UNREADABLE, 1001, "too_many")

    @pytest.mark.parametrize(
        "spoilt",
        [
            {"credentialSubject": None},
            {"credentialSubject": [1, "x", None, []]},
            {"credentialSubject": {"achievement": [[], 3]}},
            {"issuer": 7, "validFrom": {}, "awardedDate": ["x"]},
            {"issuer": {"name": {}, "address": [], "otherIdentifier": {"identifierType": 1}}},
            {
                "credentialSubject": {
                    "id": 5,
                    "identifier": "x",
                    "result": [{"value": {}}],
                    "creditsEarned": {},
                }
            },
            {"evidence": [{"id": 5}, "x"]},
        ],
    )
    def test_whatever_stands_there_is_answered(self, spoilt: dict[str, Any]) -> None:
        assert set(read_badge({**badge(alignment=5, criteria=[], name=5), **spoilt}).states()) == set(
            annex_i.ELEMENTS
        )


class TestReadingARecord:
    @staticmethod
    def record(*badges: dict[str, Any]) -> dict[str, Any]:
        return {
            "@context": [V2, CLR2, OB3],
            "id": "urn:uuid:clr",
            "type": ["VerifiableCredential", "ClrCredential"],
            "name": "Record",
            "issuer": {"id": ISSUER, "type": ["Profile"], "name": "University of Lisvik"},
            "validFrom": "2026-06-30T00:00:00Z",
            "credentialSubject": {
                "id": "did:example:learner",
                "type": ["ClrSubject"],
                "verifiableCredential": list(badges),
            },
        }

    def test_of_one_achievement(self) -> None:
        one = badge()
        one["credentialSubject"]["result"] = [{"value": "B"}]
        found = read_record(self.record(one))
        assert found.title.value == {"und": "Data literacy"}
        assert found.grade.source == ("/credentialSubject/verifiableCredential/0/credentialSubject/result/0")

    def test_of_several(self) -> None:
        found = read_record(self.record(badge(), badge(creditsAvailable=5)))
        assert (found.title.value, found.learner.state) == ({"und": "Record"}, State.PRESENT)
        assert found.workload.errors[0].code == "several_achievements"

    def test_of_none(self) -> None:
        assert read_record(self.record()).workload.state is State.ABSENT

    def test_is_verified_as_what_it_is(self) -> None:
        key = integrity.Ed25519Key.generate()
        did = integrity.did_key(key.public_jwk)
        method = f"{did}#{did.removeprefix('did:key:')}"
        options: dict[str, Any] = {"verification_method": method, "created": NOW, "canonicaliser": shared()}
        inner = integrity.sign_rdfc({**badge(), "id": "urn:uuid:inner", "issuer": did}, key, **options)
        assert not isinstance(inner, Refused)
        outer = integrity.sign_rdfc({**self.record(inner), "issuer": did}, key, **options)
        assert not isinstance(outer, Refused)
        found = verify(json.dumps(outer), as_of=NOW)
        assert (found.verdict, found.format) == ("valid", "clr2")
        tampered = copy.deepcopy(outer)
        tampered["credentialSubject"]["verifiableCredential"][0]["credentialSubject"]["achievement"][
            "name"
        ] = "x"
        assert verify(json.dumps(tampered), as_of=NOW).verdict == "invalid"


class TestStructure:
    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda d: d.update(credentialSubject="urn:x"), "subject_missing"),
            (lambda d: d.pop("issuer"), "issuer_missing"),
            (lambda d: d.update(validFrom="2026-06-30T00:00:00"), "date_malformed"),
            (lambda d: d["@context"].reverse(), "context_missing"),
        ],
    )
    def test_fails(self, change: Callable[[dict[str, Any]], Any], code: str) -> None:
        document = badge()
        change(document)
        check = verify(json.dumps(document), as_of=NOW).check(CheckName.STRUCTURE)
        assert (check.result, check.code) == ("fail", code)

    @pytest.mark.parametrize("kind", ["EndorsementCredential", "OpenBadgeCredential"])
    def test_an_achievement_is_not_demanded(self, kind: str) -> None:
        document = badge() | {
            "type": ["VerifiableCredential", kind],
            "credentialSubject": {"id": "urn:uuid:1", "type": ["EndorsementSubject"]},
        }
        found = verify(json.dumps(document), as_of=NOW)
        assert (found.format, found.check(CheckName.STRUCTURE).result) == ("openbadges3", "pass")


PROFILE = "https://a.example/issuer"
KEY = "https://a.example/key"


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


class TestOpenBadges2:
    @pytest.fixture
    def assertion(self) -> dict[str, Any]:
        return {
            "@context": "https://w3id.org/openbadges/v2",
            "id": "https://a.example/assertions/1",
            "type": "Assertion",
            "recipient": {"type": "email", "hashed": True, "identity": "sha256$00"},
            "issuedOn": "2026-06-30T10:00:00Z",
            "verification": {"type": "hosted"},
            "badge": {
                "type": "BadgeClass",
                "id": "https://a.example/badges/1",
                "name": "Data literacy",
                "criteria": {"narrative": "Pass the test"},
                "extensions:ECTSExtension": {"ECTS": 2.5},
                "extensions:StudyLoadExtension": {"StudyLoad": 70},
                "extensions:EQFExtension": {"EQF": 6},
                "issuer": {"type": "Issuer", "id": PROFILE, "name": "University of Lisvik"},
            },
        }

    def test_reads_what_the_extensions_say(self, assertion: dict[str, Any]) -> None:
        found = read_assertion(assertion)
        assert found.workload.value == annex_i.Workload(ects=Decimal("2.5"), hours=Decimal(70))
        assert found.workload.source == "/badge/extensions:ECTSExtension/ECTS"
        assert (found.level.value, found.title.value) == (annex_i.Level(eqf=6), {"und": "Data literacy"})
        assert found.learner.state is State.PRESENT
        assert read_assertion({"badge": "https://a.example/badges/1"}).title.state is State.ABSENT
        for variant in spoilt(assertion):
            assert set(read_assertion(variant).states()) == set(annex_i.ELEMENTS)

    def test_hosted_is_unknown(self, assertion: dict[str, Any]) -> None:
        found = verify(json.dumps(assertion), as_of=NOW)
        check = found.check(CheckName.SIGNATURE)
        assert (found.verdict, found.format, found.securing) == ("unknown", "openbadges2", None)
        assert (check.result, check.code) == ("unknown", "not_signed_format")
        assert found.annex_i is None

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda a: a["badge"].pop("issuer"), "issuer_missing"),
            (lambda a: a.pop("badge"), "badge_missing"),
            (lambda a: a.update(issuedOn="2026-06-30"), "date_malformed"),
            (lambda a: a["badge"].update(id="_:b0"), "blank_node"),
            (lambda a: a.update(type="BadgeClass"), "type_missing"),
        ],
    )
    def test_structure(
        self, assertion: dict[str, Any], change: Callable[[dict[str, Any]], Any], code: str
    ) -> None:
        change(assertion)
        assert verify(json.dumps(assertion), as_of=NOW).check(CheckName.STRUCTURE).code == code

    def signed(self, assertion: dict[str, Any], key: Any) -> str:
        assertion["verification"] = {"type": "SignedBadge", "creator": KEY}
        parts = [json.dumps({"alg": "RS256"}).encode(), json.dumps(assertion).encode()]
        text = ".".join(jws.encode(part) for part in parts)
        signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{jws.encode(signature)}"

    def obtained(self, key: Any, **profile: Any) -> MappingDocuments:
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        documents = {KEY: {"type": "CryptographicKey", "id": KEY, "owner": PROFILE, "publicKeyPem": pem}}
        if profile:
            documents[PROFILE] = {"type": "Issuer", "id": PROFILE, **profile}
        return MappingDocuments({url: json.dumps(one).encode() for url, one in documents.items()})

    def says(self, found: Verification) -> str:
        wrong = [f"{one.name}:{one.code}" for one in found.checks if one.result in ("fail", "unknown")]
        return " ".join([found.verdict, *wrong])

    def test_signed_by_the_key_that_the_issuer_names(self, assertion: dict[str, Any], rsa_key: Any) -> None:
        token = self.signed(assertion, rsa_key)
        assert self.says(verify(token, as_of=NOW)) == "unknown signature:not_signed_format"
        assert self.says(verify(token, as_of=NOW, documents=self.obtained(rsa_key))) == (
            "unknown issuer_binding:issuer_document_not_obtained"
        )
        assert self.says(verify(token, as_of=NOW, documents=self.obtained(rsa_key, publicKey=KEY))) == "valid"
        listing = self.obtained(rsa_key, publicKey=KEY, revocationList="https://a.example/revoked")
        assert verify(token, as_of=NOW, documents=listing).check(CheckName.STATUS).result == "unknown"
        other = self.obtained(rsa_key, publicKey="https://a.example/other")
        assert self.says(verify(token, as_of=NOW, documents=other)) == "invalid issuer_binding:key_of_another"

    def test_tampered(self, assertion: dict[str, Any], rsa_key: Any) -> None:
        head, _, tail = self.signed(assertion, rsa_key).split(".")
        assertion["badge"]["name"] = "Medicine"
        forged = ".".join([head, jws.encode(json.dumps(assertion).encode()), tail])
        found = verify(forged, as_of=NOW, documents=self.obtained(rsa_key, publicKey=KEY))
        assert self.says(found) == "invalid signature:signature_wrong"


def test_a_key_that_is_not_rsa_is_not_obtained() -> None:
    from mutua_credentials.verify.openbadges2 import _record  # pyright: ignore[reportPrivateUsage]

    pem = PrivateKey.generate().to_pem().decode()
    assert _record({"publicKeyPem": pem, "owner": PROFILE}, KEY) is None
    assert _record({"publicKeyPem": "x", "owner": PROFILE}, KEY) is None


def test_whatever_stands_in_a_badge_is_answered() -> None:
    described = {"id": "urn:d", "name": "A to F"}
    document = badge(
        alignment=[{"targetUrl": "http://data.europa.eu/snb/eqf/6"}], resultDescription=described
    )
    document["issuer"] |= {"address": {"addressCountryCode": "NO"}, "otherIdentifier": [{"identifier": "x"}]}
    document["credentialSubject"] |= {"identifier": [{"identityHash": "x"}], "result": [{"value": "A"}]}
    for variant in spoilt(document):
        assert set(read_badge(variant).states()) == set(annex_i.ELEMENTS)
        assert set(read_record(variant).states()) == set(annex_i.ELEMENTS)


def test_the_badges_of_the_dcc_read_without_error(vectors: Path) -> None:
    read = 0
    for path in sorted((vectors / "dcc/verifiableCredentials").rglob("*.json")):
        if path.stat().st_size:
            found = read_badge(json.loads(path.read_text()))
            unreadable = {name for name, state in found.states().items() if state is State.UNREADABLE}
            assert unreadable <= {"field_of_study", "awarding_body", "learner"}, path
            read += 1
    assert read >= 44
