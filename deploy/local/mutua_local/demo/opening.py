"""The first chapters: who takes part, what the registry says, whom they rely on, what an office may see."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from mutua_local.demo.broken import check, wait_for
from mutua_local.demo.cast import (
    ALLIANCES,
    COURSES,
    OFFICE,
    OFFICE_COUNTRY,
    RELIANCES,
    RULES,
    Json,
    tenant,
)
from mutua_local.demo.explanation import said
from mutua_local.demo.receiver import public_key
from mutua_local.demo.story import NAMES, Story
from mutua_local.demo.teller import table

SYNC_SECONDS = 60.0
KINDS = ("country", "agency", "provider", "report")


def who_takes_part(story: Story) -> None:
    """The mirrored registry, the universities and their alliances."""
    teller, cast = story.teller, story.cast
    teller.chapter("Two alliances, six universities, one registry")
    mirrored = wait_for(
        "the registry is mirrored", lambda: _mirrored(story), seconds=SYNC_SECONDS, pause=0.25
    )
    story.summary["registry"] = mirrored
    counts = ", ".join(f"{number} {_plural(kind, number)}" for kind, number in mirrored.items())
    teller.say(f"deqar_sync has read the registry and told the others: {counts}.")
    teller.gap()
    shown = table("university", "country", "alliance", "quality report until")
    for alliance, members in ALLIANCES.items():
        for short in members:
            one = cast[short]
            ends = one.report_ends.isoformat() if one.report_ends else "six years on"
            shown.add_row(one.name, one.country_name, alliance.title(), ends)
    teller.show(shown)
    teller.gap()
    for short in dict.fromkeys(course.issuer for course in COURSES):
        story.caller(short, "issuer").post("issuer", "/issuers", cast[short].registration())
    for course in COURSES:
        story.caller(course.issuer, "issuer").post("issuer", "/components", course.component())
    issuers = {course.issuer for course in COURSES}
    teller.say(
        f"{len(issuers)} of them register as issuers, each with its key, and describe {len(COURSES)} courses."
    )
    countries = {one.country for one in cast.values()}
    story.summary |= {
        "universities": len(cast),
        "countries": len(countries),
        "alliances": len(ALLIANCES),
        "offices": 1,
    }


def _mirrored(story: Story) -> dict[str, int] | None:
    """How many rows of each kind the mirror has told of, by its own metrics."""
    answer = story.desk.http.get(f"{story.desk.around.address('deqar-sync-worker')}/metrics")
    found = {
        sample.labels["kind"]: int(sample.value)
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name == "mutua_registry_changed_total"
    }
    return {kind: found[kind] for kind in KINDS} if all(kind in found for kind in KINDS) else None


def _plural(kind: str, number: int) -> str:
    if number == 1:
        return kind
    return kind[:-1] + "ies" if kind.endswith("y") else kind + "s"


def who_relies_on_whom(story: Story) -> None:
    """Statements of trust, policies, mandates and standing rules, each by two people."""
    teller = story.teller
    teller.chapter("Trust is stated, never inferred, and by two people")
    shown = table("who", "relies on", "how far")
    for one in RELIANCES:
        body = one.statement(story.cast[one.trustee].id)
        released = _by_two(story, one.truster, "/statements", body)
        story.statements[one.truster, one.trustee] = released["subject_id"]
        shown.add_row(story.cast[one.truster].city, story.cast[one.trustee].city, said(body))
    teller.show(shown)
    teller.gap()
    _one_is_not_enough(story)
    _alliances_and_policies(story)
    rules = [_rule(story, short, body) for short, body in RULES.items()]
    teller.held(
        f"{len(RELIANCES)} statements, {len(ALLIANCES)} alliances, 2 policies, {len(rules)} mandates and "
        f"{len(rules)} standing rules, each with two signatures"
    )


def _one_is_not_enough(story: Story) -> None:
    """The same person tries to be both."""
    first = story.caller("astervik", "coordinator")
    body: Json = {"trustee": story.cast["corvelo"].id, "assurance": 1, "evidence": ["a-phone-call"]}
    proposed = first.post("recognition", "/statements", body)
    refused = first.ask("POST", "recognition", f"/proposals/{proposed['id']}/sign")
    check("nobody signs for two", refused.json().get("code"), "same_signer")
    story.teller.held("one person alone is refused: same_signer")


def _alliances_and_policies(story: Story) -> None:
    preset = _preset(story, "annex-i-credit")
    for short, members in ALLIANCES.items():
        since = {"from": "2020-01-01"}
        membership = [{"entity": story.cast[one].id, "during": since} for one in members]
        _by_two(story, short, "/alliances", {"name": tenant(short).name, "members": membership})
        policy = {**preset, "name": f"{short}-credit", "level_needed": 6}
        _by_two(story, short, "/policies", policy)


def _preset(story: Story, name: str) -> Json:
    """A policy to start from, as the API's own description shows it."""
    told = story.desk.http.get(f"{story.desk.around.address('recognition-api')}/openapi.json").json()
    body = told["paths"]["/policies"]["post"]["requestBody"]["content"]["application/json"]
    return dict(body["examples"][name]["value"])


def _rule(story: Story, short: str, asked: Json) -> Json:
    mandate = {
        "name": "automation",
        "purposes": ["CREDIT"],
        "effect": "decide",
        "legal_basis": ["LRC.V"],
        "during": {"from": "2020-01-01"},
    }
    _by_two(story, short, "/mandates", mandate)
    body = {"name": "credit", "purpose": "CREDIT", "during": {"from": "2020-01-01"}, **asked}
    return _by_two(story, short, "/standing-rules", body)


def _by_two(story: Story, short: str, path: str, body: Json) -> Json:
    """One coordinator proposes, the other one signs."""
    proposed = story.caller(short, "coordinator").post("recognition", path, body)
    if proposed["state"] == "waiting":
        path = f"/proposals/{proposed['id']}/sign"
        proposed = story.caller(short, "coordinator-2").post("recognition", path)
    check("two signatures release", proposed["state"], "released")
    return proposed


def the_office(story: Story) -> None:
    """An office in one country gets a grant, subscribes, and registers where it listens."""
    teller = story.teller
    teller.chapter("An ENIC-NARIC office subscribes")
    office = story.caller(OFFICE, "subscriber")
    grant = {"tenant": tenant(OFFICE).id, "country": OFFICE_COUNTRY}
    story.operator.post("notifier", "/grants", grant)
    subscription = office.post("notifier", "/subscriptions", {"name": "All that we may see"})
    wanted = {"subscription": subscription["id"], "url": story.receiver.address}
    endpoint = office.post("notifier", "/endpoints", wanted)
    story.receiver.key = public_key(endpoint["public_key"])
    story.endpoint = endpoint["id"]
    teller.say(
        f"The {NAMES[tenant(OFFICE).id]} may see what recognisers in {OFFICE_COUNTRY} decide, nothing else."
    )
    teller.say(f"It subscribes to all that it may see, and listens at {story.receiver.address}.")
    teller.say(f"Its key for checking signatures: {endpoint['public_key']}")
