"""One case of each kind, explained with its chain: two yeses, and three reviews, one settled by a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mutua_local.demo.broken import check, wait_for
from mutua_local.demo.callers import Caller
from mutua_local.demo.cast import CYBER, DATA, DIRECT, LABORATORY, Course, award_day, awards_csv
from mutua_local.demo.explanation import explain, in_short
from mutua_local.demo.story import NAMES, Json, Story

SECONDS = 60.0


def tell(story: Story) -> None:
    """All of them, in order."""
    direct_yes(story)
    friend_of_a_friend(story)
    chain_too_short(story)
    report_too_old(story)
    revoked(story)


def direct_yes(story: Story) -> None:
    """Decided before anybody asked; it takes effect when the learner comes."""
    story.teller.chapter("Case 1: yes, by a direct statement")
    story.teller.say(
        f"A learner shows a credential in {DATA.title} at {story.cast['astervik'].name}. "
        "A standing rule had it decided when it was issued; now it takes effect."
    )
    asked = _present(story, "astervik", _credential_of(story, DATA))
    check("presented, an anticipated yes takes effect", asked["state"], "decided")
    _told(story, "direct", "astervik", asked, "RECOGNISED_FULL", "S13", ["TRUST.DIRECT"])


def friend_of_a_friend(story: Story) -> None:
    """A chain of two statements, which both sides allow."""
    story.teller.chapter("Case 2: yes, through a friend of a friend")
    story.teller.say(
        f"{story.cast['astervik'].name} has never stated anything about {story.cast['ruskola'].name}. "
        f"{story.cast['lisvik'].name} has, and may pass its trust on."
    )
    asked = _present(story, "astervik", _credential_of(story, CYBER))
    check("presented, an anticipated yes takes effect", asked["state"], "decided")
    _told(story, "friend_of_a_friend", "astervik", asked, "RECOGNISED_FULL", "S13", ["TRUST.PATH"])


def chain_too_short(story: Story) -> None:
    """The truster did not let its trust travel on."""
    story.teller.chapter("Case 3: a person must look, the chain ends too early")
    story.teller.say(
        f"Another learner shows the same course at {story.cast['brennau'].name}, with her own copy of the "
        f"credential. {story.cast['corvelo'].name} stands between the two."
    )
    credential = _credential_of(story, DATA, number=1)
    issuer = story.caller("lisvik", "issuer")
    copy = issuer.get("issuer", f"/credentials/{credential}/holder-form")["credential"]
    asked = _settled(story, "brennau", _asked(story, "brennau", {"credential": copy}))
    check("the copy is the credential that was issued", asked["credential"], credential)
    check("no machine refuses: a person looks", asked["state"], "in_review")
    _told(story, "chain_too_short", "brennau", asked, "REVIEW_REQUESTED", "S6", ["TRUST.DEPTH_EXCEEDED"])


def report_too_old(story: Story) -> None:
    """Trusted, but the quality report had ended; a person recognises it all the same."""
    story.teller.chapter("Case 4: a person must look, and settles it")
    ends = story.cast["elbowo"].report_ends
    story.teller.say(
        f"{story.cast['elbowo'].name} is relied on directly, but its report ended on {ends}, and the award "
        f"is of {award_day()}."
    )
    asked = _present(story, "astervik", _credential_of(story, LABORATORY))
    check("no machine refuses: a person looks", asked["state"], "in_review")
    _told(story, "report_too_old", "astervik", asked, "REVIEW_REQUESTED", "S5", ["QA.NOT_AT_AWARD_DATE"])
    story.teller.gap()
    story.teller.say("An evaluator looks, finds no substantial difference, and recognises:")
    evaluator = story.caller("astervik", "evaluator")
    body = {"action": "recognise", "sequence": asked["sequence"]}
    settled = evaluator.post("recognition", f"/requests/{asked['id']}/settle", body)
    check("a person settles a review", settled["state"], "decided")
    _told(story, "settled_by_a_person", "astervik", settled, "RECOGNISED_FULL", "S5", [], brief=True)


def revoked(story: Story) -> None:
    """A statement ends, and the next credential of the same course goes to a person."""
    teller = story.teller
    teller.chapter("Case 5: trust is revoked, and the next one goes to a person")
    statement = story.statements[DIRECT.truster, DIRECT.trustee]
    path = f"/statements/{statement}/revoke"
    gone = story.caller(DIRECT.truster, "coordinator").post(
        "recognition", path, {"reason": "AGREEMENT_ENDED"}
    )
    version = gone["statement"]["revoked"]
    teller.say(
        f"{story.cast['astervik'].name} revokes its statement about {story.cast['lisvik'].name} "
        f"(trust log version {version}; to trust less, one person is enough). Then one more is issued."
    )
    issued = story.caller("lisvik", "issuer").post("issuer", "/credentials", _one_more())
    sleeping = _rule_request(story, issued["credential_id"])
    check("what nobody asked for and is not clean sleeps", sleeping["state"], "dormant")
    teller.say(
        "By the standing rule it is asleep: nobody has asked, so nobody's time is taken. It is presented:"
    )
    asked = _present(story, "astervik", issued["credential_id"])
    check("the request that slept is the one that wakes", asked["id"], sleeping["id"])
    check("after the revocation a person looks", asked["state"], "in_review")
    _told(story, "revoked", "astervik", asked, "REVIEW_REQUESTED", "S6", ["TRUST.REVOKED_LINK"])
    earlier = story.caller("astervik", "evaluator").get(
        "recognition", f"/requests/{story.summary['cases']['direct']['request']}"
    )
    check("what was decided before stands", earlier["state"], "decided")
    teller.held("what was decided before the revocation stands")


def _one_more() -> Json:
    number = DATA.awards + 1
    row = awards_csv([DATA], first=number).splitlines()[1].split(",")
    external, learner, component, day, given, family, grade = row
    return {
        "external_id": external,
        "learner_id": learner,
        "award": {
            "component": component,
            "date_of_issuing": day,
            "learner": {"given_name": given, "family_name": family},
            "grade": {"value": grade},
        },
    }


def _credential_of(story: Story, course: Course, *, number: int = 0) -> str:
    """A credential of a course, as its issuer lists them."""
    issuer = story.caller(course.issuer, "issuer")
    listed = issuer.get("issuer", "/credentials", component=course.code, limit=number + 1)
    return listed["credentials"][number]["credential_id"]


def _present(story: Story, short: str, credential: str) -> Json:
    """Presents a credential at a recogniser, and waits for what it comes to."""
    body = {"credential_id": credential, "holder_checked": True}
    return _settled(story, short, _asked(story, short, body))


def _asked(story: Story, short: str, body: Json) -> Json:
    asked = {"purpose": "CREDIT", "regime": "ALLIANCE", **body}
    return story.caller(short, "evaluator").post("recognition", "/requests", asked)


def _settled(story: Story, short: str, request: Json) -> Json:
    """The request as soon as it is no longer being looked at."""
    evaluator = story.caller(short, "evaluator")

    def look() -> Json | None:
        found = evaluator.get("recognition", f"/requests/{request['id']}")
        return None if found["state"] == "waiting" else found

    return wait_for("a presented credential is looked at", look, seconds=SECONDS)


def _rule_request(story: Story, credential: str) -> Json:
    """The request that a standing rule has made of a credential, once it has been looked at."""
    evaluator = story.caller("astervik", "evaluator")

    def look() -> Json | None:
        sleeping = evaluator.pages("recognition", "/requests", state="dormant")
        return next((one for one in sleeping if one["credential"] == credential), None)

    return wait_for("a standing rule asks for the new credential", look, seconds=SECONDS, pause=0.25)


def _told(
    story: Story,
    name: str,
    short: str,
    request: Json,
    outcome: str,
    stage: str,
    codes: Sequence[str],
    *,
    brief: bool = False,
) -> None:
    """Explains the record that counts, and holds it to what the case is about."""
    evaluator = story.caller(short, "evaluator")
    decision = request["current"]["decision_id"]
    record = evaluator.get("recognition", f"/decisions/{decision}")
    content = record["content"]
    found = {reason["code"] for reason in content["reasons"]}
    check(f"{name}: the outcome", content["outcome"]["code"], outcome)
    check(f"{name}: the deciding stage", content["deciding_stage"], stage)
    check(f"{name}: its reasons", sorted(found & set(codes)), sorted(codes))
    story.teller.gap()
    if brief:
        story.teller.show(in_short(record))
    else:
        statements = _statements(evaluator, decision)
        story.teller.show(explain(record, statements, NAMES))
    story.summary.setdefault("cases", {})[name] = {
        "decision": decision,
        "request": request["id"],
        "recogniser": story.cast[short].id,
        "outcome": outcome,
        "stage": stage,
        "reasons": sorted(found),
    }


def _statements(evaluator: Caller, decision: str) -> list[Any]:
    return evaluator.get("recognition", f"/decisions/{decision}/statements")
