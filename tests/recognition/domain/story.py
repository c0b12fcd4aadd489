"""The story of the demonstration as cases, and each one's record: kept as JSON in `golden/`.

`python tests/recognition/domain/story.py` writes them anew; look at the difference before committing.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from recognition_world import (
    AWARD,
    BOREAL,
    LISVIK,
    NOW,
    case,
    checks,
    content,
    facts,
    log,
    mirror,
    registry,
    request,
    statement,
    through_a_friend,
)

from mutua_credentials.annex_i import State
from mutua_credentials.verify import Result as CheckResult
from mutua_recognition.domain.case import Case
from mutua_recognition.domain.clock import due_on
from mutua_recognition.domain.codes import Origin
from mutua_recognition.domain.content import Content, MachineOutcome
from mutua_recognition.domain.evaluation import evaluate
from mutua_recognition.domain.record import Appeal, Cause, Clock, Person, Place, build_record, machine_act

GOLDEN = Path(__file__).parent / "golden"

STORY: dict[str, dict[str, Any]] = {
    "direct": {"trust": log(statement("st-direct", BOREAL, LISVIK))},
    "friend of a friend": {},
    "chain ends too early": {"trust": log(*through_a_friend(depth=0))},
    "report does not cover the award date": {
        "registry": registry(*mirror(valid_to=AWARD - timedelta(days=1)))
    },
    "statement revoked": {"trust": log(*through_a_friend(revoked=7))},
    "element withheld": {"facts": facts(content=content(states={"workload": State.WITHHELD}))},
    "wrong signature": {"facts": facts(checks=checks(signature=(CheckResult.FAIL, "signature_wrong")))},
    "nothing could be told": {
        "facts": facts(
            content=None, key=None, checks=checks(signature=(CheckResult.UNKNOWN, "key_not_obtained"))
        )
    },
    "anticipated": {"request": request(origin=Origin.STANDING_RULE)},
    "no mandate": {"mandate": None},
}
PLACE = Place(request().id, 1, None, Cause("credential_issued", "0199f2c0-0000-7000-8000-000000000001"))
CLOCK = Clock(NOW.date(), due_on(NOW.date(), 10))
PERSON = Person("p-4711", "decider", NOW + timedelta(days=2))
NEXT = Place(
    request().id, 2, PLACE.decision_id, Cause("review_settled", "0199f2c0-0000-7000-8000-000000000009")
)


def record_of(asked: Case, told: Content[MachineOutcome]) -> dict[str, Any]:
    appeal = Appeal("own_body", "BT-appeals", NOW.date() + timedelta(days=42), "national-law")
    return build_record(told, machine_act(told, PLACE, asked.mandate, CLOCK, appeal))


def golden(name: str) -> Path:
    return GOLDEN / f"{name.replace(' ', '-')}.json"


def write_all() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for name, changes in STORY.items():
        asked = case(**changes)
        record = record_of(asked, evaluate(asked))
        golden(name).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    write_all()
