"""A university at work: what its people do by HTTP, each step held to its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from house import House, Person, until

from mutua_local.deqar.demo import demo_dataset
from mutua_local.tenants import TENANTS

POLICY: Mapping[str, Any] = {
    "regimes": ["ALLIANCE", "HEI"],
    "required_stages": ["S2", "S7"],
    "trust": {"max_hops": 2, "min_assurance": [1, 2, 2, 2]},
}
MANDATE: Mapping[str, Any] = {
    "name": "automation",
    "purposes": ["CREDIT"],
    "effect": "decide",
    "legal_basis": ["LRC.V"],
    "during": {"from": "2020-01-01"},
}
CONTENT: Mapping[str, Any] = {
    "title": {"en": "Data literacy"},
    "learning_outcomes": [{"statement": {"en": "Explains what a sample can and cannot show"}}],
    "workload": {"ects": "5"},
    "level": {"eqf": 6},
    "type_of_assessment": ["written-examination"],
    "form_of_participation": ["online"],
    "type_of_quality_assurance": [{"type": "institutional-quality-assurance"}],
    "field_of_study": ["0613"],
}
SETTLED = ("anticipated", "decided", "dormant", "in_review", "info_requested", "inadmissible")


@dataclass(frozen=True, slots=True)
class University:
    """An institution of the registry with its people; `short` begins the names of its clients."""

    house: House
    short: str
    id: str
    host: str
    country: str

    def person(self, part: str) -> Person:
        return self.house.person(f"{self.short}.{part}")

    # --- as an issuer

    def registers(self) -> None:
        """Registers with its web identity, once."""
        issuer = self.person("issuer")
        if issuer.get("issuer", f"/issuers/{self.id}").status_code == 404:
            body = {"iss": f"https://{self.host}", "names": {"en": self.short}, "country": self.country}
            issuer.done("issuer", "/issuers", body)

    def describes(self, code: str, **content: Any) -> str:
        """Describes a course; answers its code."""
        body = {"code": code, "content": {**CONTENT, **content}}
        self.person("issuer").done("issuer", "/components", body)
        return code

    def award(self, component: str, **more: Any) -> dict[str, Any]:
        """A request to issue, of a new learner."""
        award = {
            "component": component,
            "date_of_issuing": "2026-06-20",
            "learner": {"given_name": "Given", "family_name": "Family"},
            **more,
        }
        return {"external_id": f"row-{uuid4()}", "learner_id": f"learner-{uuid4()}", "award": award}

    def issues(self, component: str, **more: Any) -> str:
        """Issues one credential of a course; answers its id."""
        issued = self.person("issuer").done("issuer", "/credentials", self.award(component, **more))
        return issued["credential_id"]

    def holder_form(self, credential: str) -> str:
        """The credential that the learner gets, with every disclosure."""
        path = f"/credentials/{credential.removeprefix('urn:uuid:')}/holder-form"
        return self.person("issuer").seen("issuer", path)["credential"]

    # --- as a recogniser

    def releases(self, path: str, body: Mapping[str, Any]) -> str:
        """Puts something forward, which another person signs; answers the id of what takes effect."""
        proposal = self.person("coordinator").done("recognition", path, dict(body))
        if proposal["state"] == "waiting":
            signed = self.person("coordinator-2").done("recognition", f"/proposals/{proposal['id']}/sign")
            assert signed["state"] == "released"
        return proposal["subject_id"]

    def has_policy(self, purpose: str = "CREDIT", name: str = "system") -> None:
        """Releases policy and mandate for credit, once."""
        known = self.person("coordinator").seen("recognition", "/policies")["items"]
        if not any(one["owner"] == self.id and one["content"]["purpose"] == purpose for one in known):
            self.releases("/policies", {"name": name, "purpose": purpose, **POLICY})
            self.releases("/mandates", {**MANDATE, "purposes": [purpose]})

    def trusts(self, other: University, **more: Any) -> str:
        """States trust in another university; answers the statement's id. `evidence` makes it a new one."""
        evidence = [f"agreement:{uuid4()}"]
        return self.releases(
            "/statements", {"trustee": other.id, "assurance": 2, "evidence": evidence, **more}
        )

    def revokes(self, statement: str) -> None:
        self.person("coordinator").done(
            "recognition", f"/statements/{statement}/revoke", {"reason": "AGREEMENT_ENDED"}
        )

    def trusts_nobody(self) -> None:
        """Revokes whatever it stated so far."""
        query = {"direction": "own", "in_force_only": True, "limit": 500}
        for one in self.person("coordinator").seen("recognition", "/statements", **query)["items"]:
            self.revokes(one["statement"]["id"])

    def looks_at(self, component: str, *issuers: University, **more: Any) -> str:
        """A standing rule for one course of these universities; answers its id."""
        rule = {
            "name": f"rule-{uuid4().hex[:12]}",
            "purpose": "CREDIT",
            "issuers": [one.id for one in issuers],
            "components": [component],
            "during": {"from": "2020-01-01"},
            **more,
        }
        return self.releases("/standing-rules", rule)

    def request_of(self, credential: str) -> dict[str, Any] | None:
        """Its request about a credential, once there is one."""
        after: str | None = None
        while True:
            query = {"after": after} if after else {}
            page = self.person("evaluator").seen("recognition", "/requests", limit=500, **query)
            for one in page["items"]:
                if one["credential"] == credential:
                    return one
            after = page["next"]
            if after is None:
                return None

    def settled(self, credential: str, *states: str) -> dict[str, Any]:
        """Its request about a credential in one of these states, waited for."""

        def ask() -> dict[str, Any] | None:
            found = self.request_of(credential)
            return found if found is not None and found["state"] in (states or SETTLED) else None

        return until(ask, f"{self.short}: a request about {credential} that is {states or 'settled'}")

    def presents(self, credential: str, purpose: str = "CREDIT", **more: Any) -> httpx.Response:
        """An evaluator presents a credential that was issued on the network."""
        body = {"credential_id": credential, "purpose": purpose, **more}
        return self.person("evaluator").post("recognition", "/requests", body)

    def presented(self, credential: str, *states: str) -> dict[str, Any]:
        """The same, until it arrived here and until it is settled."""
        until(
            lambda: self.presents(credential).status_code in (200, 202) or None,
            f"{credential} has arrived at recognition",
        )
        return self.settled(credential, *states)

    def record(self, request: Mapping[str, Any], number: int | None = None) -> dict[str, Any]:
        """A record of a request, whole; the one that counts without a number."""
        current = request["current"]
        path = (
            f"/decisions/{current['decision_id']}"
            if number is None
            else f"/requests/{request['id']}/records/{number}"
        )
        return self.person("evaluator").seen("recognition", path)


def universities(house: House) -> dict[str, University]:
    """The institutions of the demonstration, by the short names of their clients."""
    countries = {country.id: country.alpha2 for country in demo_dataset().countries}
    seats = {f"DEQARINST{one.id}": countries[one.locations[0].country] for one in demo_dataset().providers}
    return {
        tenant.short: University(house, tenant.short, tenant.id, tenant.host, seats[tenant.id])
        for tenant in TENANTS
        if tenant.host is not None
    }


def issuing(house: House) -> University:
    """Lisvik, registered as an issuer."""
    found = universities(house)["lisvik"]
    found.registers()
    return found


def recognising(house: House, short: str) -> University:
    """A university with a policy and a mandate, which relies on nobody yet."""
    found = universities(house)[short]
    found.has_policy()
    found.trusts_nobody()
    return found


def public_university(house: House, ids: Sequence[str], number: int) -> University:
    """The n-th institution of the public dataset, from 1."""
    short = f"public-{number}"
    return University(house, short, ids[number - 1], f"{short}.example", "DE")
