"""SD-JWT VC: issued, taken apart, disclosed; and what in one would name the learner to everybody."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mutua_credentials import annex_i, jws, sdjwt
from mutua_credentials.annex_i import State
from mutua_credentials.json_text import Refused
from mutua_credentials.keys import PrivateKey
from mutua_credentials.sdjwt import disclosures

ISSUER = "https://univ-lisvik.example"
CREDENTIAL_ID = "urn:uuid:6f1c0f0e-0000-4000-8000-000000000001"
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def disclosure(*parts: Any) -> str:
    return jws.encode(json.dumps(list(parts)).encode())


def digest(text: str, algorithm: str = "sha-256") -> str:
    return disclosures.digest(text, algorithm)


def resolved(payload: dict[str, Any], *texts: str) -> sdjwt.Resolved:
    found = sdjwt.resolve(payload, texts)
    assert isinstance(found, sdjwt.Resolved), found
    return found


def refused(payload: dict[str, Any], *texts: str) -> str:
    found = sdjwt.resolve(payload, texts)
    assert isinstance(found, Refused), found
    return found.code


class TestIssue:
    def test_the_bus_form_withholds_learner_and_grade(self, issued: sdjwt.Issued) -> None:
        token = sdjwt.parse(issued.bus_form)
        assert isinstance(token, sdjwt.SdJwt)
        assert token.disclosures == ()
        assert token.jwt.header["typ"] == "dc+sd-jwt"
        assert token.jwt.header["alg"] == "ES256"
        assert token.payload["vct"] == sdjwt.VCT
        assert token.payload["iss"] == ISSUER
        assert token.payload["jti"] == CREDENTIAL_ID
        assert token.payload["iat"] == NOW.timestamp()
        assert list(token.payload["learner"]) == list(token.payload["grade"]) == ["_sd"]
        assert len(token.payload["learner"]["_sd"]) == 4
        assert token.payload["learner"]["_sd"] == sorted(token.payload["learner"]["_sd"])
        assert not {"sub", "cnf"} & set(token.payload)

    def test_the_holder_form_is_the_same_jwt_with_disclosures(
        self, issued: sdjwt.Issued, row: Callable[[], Any]
    ) -> None:
        token = sdjwt.parse(issued.holder_form)
        assert isinstance(token, sdjwt.SdJwt)
        assert token.bus_form == issued.bus_form
        assert token.text == issued.holder_form
        assert token.digest == issued.digest
        found = resolved(dict(token.payload), *token.disclosures)
        assert found.claims["learner"] == row()["learner"]
        assert found.claims["grade"] == row()["grade"]
        assert found.withheld == {}

    def test_a_credential_without_grade_says_so(self, row: Callable[[], Any], key: PrivateKey) -> None:
        given = row()
        del given["grade"]
        content = annex_i.check(given)
        assert isinstance(content, annex_i.MicroCredential)
        issued = sdjwt.issue(content, signer=key, issuer=ISSUER, credential_id=CREDENTIAL_ID, issued_at=NOW)
        token = sdjwt.parse(issued.bus_form)
        assert isinstance(token, sdjwt.SdJwt)
        found = resolved(dict(token.payload))
        states = annex_i.normalise(found.claims, found.withheld).states()
        assert states["grade"] is State.ABSENT
        assert states["learner"] is State.WITHHELD

    def test_every_issue_has_its_own_salts(self, content: annex_i.MicroCredential, key: PrivateKey) -> None:
        forms = {
            sdjwt.issue(
                content, signer=key, issuer=ISSUER, credential_id=CREDENTIAL_ID, issued_at=NOW
            ).holder_form
            for _ in range(2)
        }
        salts = {part for form in forms for part in form.split("~")[1:-1]}
        assert len(salts) == 2 * 6

    def test_status_and_expiry_are_in_clear(self, content: annex_i.MicroCredential, key: PrivateKey) -> None:
        issued = sdjwt.issue(
            content,
            signer=key,
            issuer="did:web:univ-lisvik.example",
            credential_id=CREDENTIAL_ID,
            issued_at=NOW,
            expires_at=NOW + timedelta(days=1),
            status=sdjwt.StatusReference("https://univ-lisvik.example/status/1", 7),
        )
        token = sdjwt.parse(issued.bus_form)
        assert isinstance(token, sdjwt.SdJwt)
        assert token.payload["exp"] == NOW.timestamp() + 86400
        assert token.payload["status"] == {
            "status_list": {"idx": 7, "uri": "https://univ-lisvik.example/status/1"}
        }

    @pytest.mark.parametrize(
        "wrong",
        [
            {"issuer": "http://univ-lisvik.example"},
            {"issuer": "DEQARINST7105"},
            {"credential_id": "1"},
            {"credential_id": "urn:uuid:6F1C0F0E-0000-4000-8000-000000000001"},
            {"issued_at": datetime(2026, 11, 16)},  # noqa: DTZ001 - what is refused
        ],
    )
    def test_a_callers_mistake_raises(
        self, content: annex_i.MicroCredential, key: PrivateKey, wrong: Any
    ) -> None:
        given = {"issuer": ISSUER, "credential_id": CREDENTIAL_ID, "issued_at": NOW} | wrong
        with pytest.raises(ValueError, match="found"):
            sdjwt.issue(content, signer=key, **given)


class TestParse:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "not_sd_jwt"),
            ("e30.e30.AA", "not_sd_jwt"),
            ("e30.e30.AA~~", "not_sd_jwt"),
            ("e30.e30.AA~é~", "not_sd_jwt"),
            ("e30.e30~", "not_jws"),
            ("e30.W10.AA~", "payload_not_object"),
            ("W10.e30.AA~", "header_not_object"),
            ("e30.eyJhIjoxLCJhIjoyfQ.AA~", "duplicate_key"),
            ("eyJhIjoxLCJhIjoyfQ.e30.AA~", "duplicate_key"),
            ("e30.e30.AA" + "~x" * 1001 + "~", "too_many_disclosures"),
        ],
    )
    def test_refuses_what_is_no_sd_jwt(self, text: str, code: str) -> None:
        found = sdjwt.parse(text)
        assert isinstance(found, Refused)
        assert found.code == code

    def test_refuses_more_than_the_limit(self) -> None:
        found = sdjwt.parse("e30.e30.AA~", max_bytes=10)
        assert isinstance(found, Refused)
        assert found.code == "too_large"


class TestResolve:
    def test_digest_of_rfc_9901(self) -> None:
        text = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
        assert digest(text) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
        assert resolved({"_sd": [digest(text)]}, text).claims == {"family_name": "Möbius"}

    def test_members_elements_and_nested_disclosures(self) -> None:
        inner = disclosure("s1", "street", "Storgata 1")
        outer = disclosure("s2", "address", {"_sd": [digest(inner)], "country": "NO"})
        element = disclosure("s3", "second")
        payload = {
            "_sd": [digest(outer), "decoy"],
            "list": ["first", {"...": digest(element)}, {"...": "unseen"}],
        }
        found = resolved(payload, outer, inner, element)
        assert found.claims == {
            "address": {"country": "NO", "street": "Storgata 1"},
            "list": ["first", "second"],
        }
        assert found.withheld == {"": 1, "/list": 1}
        assert found.paths == {outer: "/address", inner: "/address/street", element: "/list/1"}
        assert found.unreferenced == ()

    @pytest.mark.parametrize("algorithm", disclosures.HASHES)
    def test_other_hashes(self, algorithm: str) -> None:
        text = disclosure("s", "a", 1)
        assert resolved({"_sd_alg": algorithm, "_sd": [digest(text, algorithm)]}, text).claims == {"a": 1}

    @pytest.mark.parametrize("algorithm", ["md5", "sha-1", "", 7, None, ["sha-256"]])
    def test_an_unknown_hash_is_could_not_tell(self, algorithm: Any) -> None:
        assert refused({"_sd_alg": algorithm, "_sd": []}) == "sd_alg_unsupported"

    def test_an_unreferenced_disclosure_is_reported(self) -> None:
        text = disclosure("s", "a", 1)
        found = resolved({"b": 2}, text)
        assert found.unreferenced == (text,)
        assert found.claims == {"b": 2}

    def test_a_disclosure_below_one_that_is_not_disclosed_is_unreferenced(self) -> None:
        inner = disclosure("s1", "street", "x")
        outer = disclosure("s2", "address", {"_sd": [digest(inner)]})
        assert resolved({"_sd": [digest(outer)]}, inner).unreferenced == (inner,)

    @pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg", "iss", "vct", "exp", "nbf", "cnf", "status"])
    def test_reserved_names(self, name: str) -> None:
        text = disclosure("s", name, [])
        assert refused({"_sd": [digest(text)]}, text) == "name_reserved"

    def test_a_name_that_is_taken(self) -> None:
        one, two = disclosure("s1", "a", 1), disclosure("s2", "a", 2)
        assert refused({"a": 0, "_sd": [digest(one)]}, one) == "name_taken"
        assert refused({"_sd": [digest(one), digest(two)]}, one, two) == "name_taken"

    def test_the_same_thing_twice(self) -> None:
        text = disclosure("s", "a", 1)
        assert refused({"_sd": [digest(text)]}, text, text) == "disclosure_twice"
        assert refused({"_sd": [digest(text), digest(text)]}, text) == "digest_twice"
        assert refused({"x": {"_sd": ["d"]}, "y": [{"...": "d"}]}) == "digest_twice"

    def test_a_disclosure_of_the_wrong_kind_for_its_place(self) -> None:
        member, element = disclosure("s", "a", 1), disclosure("s", 1)
        assert refused({"_sd": [digest(element)]}, element) == "disclosure_misplaced"
        assert refused({"x": [{"...": digest(member)}]}, member) == "disclosure_misplaced"

    @pytest.mark.parametrize(
        "text",
        [
            "!",
            "WyJzIl0=",
            jws.encode(b"\xff"),
            jws.encode(b"{}"),
            disclosure(),
            disclosure("s"),
            disclosure("s", "a", 1, 2),
            disclosure(1, "a", 1),
            disclosure("s", 7, 1),
            jws.encode(b'["s","a",{"x":1,"x":2}]'),
            jws.encode(b'["s","a",9007199254740993]'),
            jws.encode(b'["s","a","\\ud800"]'),
        ],
    )
    def test_malformed_disclosures(self, text: str) -> None:
        assert refused({"_sd": [digest(text)]}, text) == "disclosure_malformed"

    @pytest.mark.parametrize(
        "payload",
        [
            {"_sd": "digest"},
            {"_sd": [1]},
            {"x": {"_sd": {}}},
            {"...": "digest"},
            {"x": [{"...": "digest", "y": 1}]},
            {"x": [{"...": 7}]},
        ],
    )
    def test_malformed_placeholders(self, payload: dict[str, Any]) -> None:
        assert refused(payload) == "sd_malformed"

    def test_disclosures_that_nest_too_deep(self) -> None:
        texts = [disclosure("s0", "a", 1)]
        for level in range(70):
            texts.append(disclosure(f"s{level + 1}", "a", {"_sd": [digest(texts[-1])]}))
        assert refused({"_sd": [digest(texts[-1])]}, *texts) == "too_deep"


class TestPresent:
    def states(self, form: str | Refused) -> dict[str, State]:
        assert isinstance(form, str)
        token = sdjwt.parse(form)
        assert isinstance(token, sdjwt.SdJwt)
        found = resolved(dict(token.payload), *token.disclosures)
        assert found.unreferenced == ()
        return annex_i.normalise(found.claims, found.withheld).states()

    def test_only_what_is_named(self, issued: sdjwt.Issued) -> None:
        grade = sdjwt.present(issued.holder_form, ["/grade"])
        assert self.states(grade)["grade"] is State.PRESENT
        assert self.states(grade)["learner"] is State.WITHHELD
        names = sdjwt.present(issued.holder_form, ["/learner/given_name", "/learner/family_name"])
        assert self.states(names)["learner"] is State.PRESENT
        assert sdjwt.present(issued.holder_form, []) == issued.bus_form

    def test_what_it_stands_in_comes_with_it(self) -> None:
        inner = disclosure("s1", "street", "x")
        outer = disclosure("s2", "address", {"_sd": [digest(inner)]})
        other = disclosure("s3", "age", 30)
        payload = {"_sd": [digest(outer), digest(other)]}
        form = "~".join(
            [jws.sign({}, json.dumps(payload).encode(), PrivateKey.generate()), outer, inner, other, ""]
        )
        presented = sdjwt.present(form, ["/address/street"])
        assert isinstance(presented, str)
        assert presented.split("~")[1:-1] == [outer, inner]

    def test_what_cannot_be_disclosed_is_said(self, issued: sdjwt.Issued) -> None:
        for form, pointer in ((issued.holder_form, "/title"), (issued.bus_form, "/grade")):
            found = sdjwt.present(form, [pointer])
            assert isinstance(found, Refused)
            assert found.code == "nothing_to_disclose"


class TestLeaks:
    def codes(self, form: str, content: annex_i.MicroCredential | None = None) -> set[str]:
        learner, grade = (content.learner, content.grade) if content else (None, None)
        return {leak.code for leak in sdjwt.leaks(form, learner=learner, grade=grade)}

    def test_a_bus_form_has_none(self, issued: sdjwt.Issued, content: annex_i.MicroCredential) -> None:
        assert sdjwt.leaks(issued.bus_form, learner=content.learner, grade=content.grade) == ()

    def test_a_status_reference_is_none(self, sign: Callable[..., str], claims: dict[str, Any]) -> None:
        claims["status"] = {"status_list": {"idx": 7, "uri": "https://univ-lisvik.example/status/1"}}
        assert sdjwt.leaks(sign(claims)) == ()

    def test_a_holder_form_has(self, issued: sdjwt.Issued) -> None:
        assert self.codes(issued.holder_form) == {"disclosure_attached"}
        assert self.codes(issued.bus_form + "e30.e30.AA") == {"key_binding_attached"}
        assert self.codes("nonsense") == {"not_sd_jwt"}

    @pytest.mark.parametrize(
        ("spoilt", "code"),
        [
            ({"sub": "did:example:1"}, "subject_named"),
            ({"cnf": {"jwk": {}}}, "holder_key_named"),
            ({"email": "x"}, "unknown_member"),
            ({"vct#integrity": "sha256-x"}, "unknown_member"),
            ({"iss": {"name": "Given Family"}}, "unknown_value"),
            ({"iat": "Given Family"}, "unknown_value"),
            ({"vct": "https://univ.example/given.family"}, "unknown_value"),
            ({"_sd_alg": "Given Family"}, "unknown_value"),
            ({"learner": {"given_name": "Given", "family_name": "Family"}}, "personal_in_clear"),
            ({"learner": {"_sd": [], "given_name": "Given"}}, "personal_in_clear"),
            ({"learner": {"_sd": ["Given Family"]}}, "personal_in_clear"),
            ({"grade": "A"}, "personal_in_clear"),
            ({"awarding_body": {"name": {"en": "U"}, "contact": "x"}}, "unknown_value"),
            ({"jti": "https://univ.example/given.family"}, "id_not_random"),
            ({"status": {"status_list": {"idx": 1, "uri": "u", "who": "x"}}}, "unknown_value"),
            ({"status": "https://univ.example/given"}, "unknown_value"),
            ({"title": {"en": "Awarded to Family, Given"}}, "learner_in_text"),
            ({"further_information": {"text": {"en": "Student S-104217."}}}, "learner_in_text"),
            ({"further_information": {"text": {"en": "Born 2001-02-03."}}}, "learner_in_text"),
            ({"further_information": {"text": {"en": "Passed with B+ (87)"}}}, "grade_in_text"),
        ],
    )
    def test_every_way_to_name_somebody(
        self,
        sign: Callable[..., str],
        claims: dict[str, Any],
        content: annex_i.MicroCredential,
        spoilt: dict[str, Any],
        code: str,
    ) -> None:
        assert code in self.codes(sign(claims | spoilt), content)

    def test_header_members_are_looked_at(self, sign: Callable[..., str], claims: dict[str, Any]) -> None:
        assert self.codes(sign(claims, x5c=["..."])) == {"unknown_member"}
        assert self.codes(sign(claims, typ="given family")) == {"unknown_value"}

    def test_one_name_alone_names_nobody(self, sign: Callable[..., str], claims: dict[str, Any]) -> None:
        learner = annex_i.Learner(given_name="Given", family_name="Data")
        assert sdjwt.leaks(sign(claims), learner=learner) == ()

    def test_leaks_quote_nothing(self, sign: Callable[..., str], claims: dict[str, Any]) -> None:
        found = sdjwt.leaks(sign(claims | {"learner": {"family_name": "Unmistakable"}}))
        assert "Unmistakable" not in str(found)
