"""The examples: read by today's readers, true to the schemas of their own version, and about nobody."""

import base64
import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from mutua_contracts import EVENTS, decode, encode
from mutua_contracts.archive import COMMITTED
from mutua_contracts.schemas import schema_of

PERSONAL = re.compile(
    r"@|family|given_?name|birth|learner|student|holder_name|grade|phone|address|passport|nationality",
    re.IGNORECASE,
)


def test_every_declared_event_has_examples() -> None:
    assert {path.name for path in (COMMITTED / "golden").iterdir()} >= EVENTS.keys()


def test_today_reads_every_example(golden: Path) -> None:
    event = decode(golden.read_bytes())
    assert type(event.data) is EVENTS[golden.parent.name].model
    assert decode(encode(event)) == event


def test_writing_an_example_again_gives_its_bytes(golden: Path) -> None:
    wire = json.dumps(json.loads(golden.read_text()), separators=(",", ":"), ensure_ascii=False).encode()
    again = encode(decode(wire))
    if golden == max(golden.parent.glob("*.json"), key=lambda path: int(path.stem)):
        assert again == wire
    else:  # an older version: members that came later are written with their defaults
        assert holds(json.loads(again), json.loads(wire))


def holds(written: Any, given: Any) -> bool:
    """Whether everything of `given` is in `written`, which may have more members."""
    match given, written:
        case dict(), dict():
            return all(name in written and holds(written[name], given[name]) for name in given)
        case list(), list():
            return len(given) == len(written) and all(map(holds, written, given))
        case _:
            return bool(given == written)


def test_an_example_is_true_to_all_schemas_of_its_version_and_after(golden: Path) -> None:
    event = json.loads(golden.read_text())
    history = COMMITTED / "history" / golden.parent.name
    for path in history.glob("*.reader.json"):
        Draft202012Validator(json.loads(path.read_text()), format_checker=FormatChecker()).validate(event)
    own = json.loads((history / f"{golden.stem}.writer.json").read_text())
    Draft202012Validator(own, format_checker=FormatChecker()).validate(event)


def test_schemas_are_schemas() -> None:
    for event in EVENTS.values():
        Draft202012Validator.check_schema(schema_of(event, "reader"))
        Draft202012Validator.check_schema(schema_of(event, "writer"))


def test_an_example_names_nobody(golden: Path) -> None:
    assert not PERSONAL.search(re.sub(r'"credential": "[^"]*"', "", golden.read_text()))


def test_the_credential_on_the_bus_withholds_learner_and_grade() -> None:
    event = decode((COMMITTED / "golden" / "eu.mutua.credential.issued.v1" / "1.json").read_bytes())
    token, *disclosures = event.data.credential.split("~")
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert disclosures == [""]
    assert not claims.keys() & {"sub", "cnf"}
    assert claims["learner"].keys() == {"_sd"}
    assert claims.get("grade", {"_sd": []}).keys() == {"_sd"}
