"""Rights follow the table of topics, and every contradiction between the two is found."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mutua_contracts.__main__ import main
from mutua_contracts.acls import Acl, acls, from_json, lint, to_json
from mutua_contracts.events import EVENTS
from mutua_contracts.topics import TOPICS, topic

CREDENTIAL = Acl("User:issuer", "TOPIC", "mutua.credential", "LITERAL", "WRITE")


def test_the_declared_rights_are_those_of_the_topics() -> None:
    rights = set(acls())
    assert lint(rights) == []
    assert CREDENTIAL in rights
    writers = {(acl.name, acl.principal) for acl in rights if acl.operation == "WRITE"}
    assert writers == {(topic.name, f"User:{topic.writer}") for topic in TOPICS}
    assert not {acl for acl in rights if acl.operation not in ("READ", "WRITE", "DESCRIBE")}


def test_a_namespace_stands_before_topics_and_groups() -> None:
    assert all(acl.name.startswith("blue.mutua.") for acl in acls("blue"))
    assert lint(acls("blue"), "blue") == []
    assert lint(acls("blue")) != []


@pytest.mark.parametrize(
    ("extra", "text"),
    [
        (replace(CREDENTIAL, principal="User:*"), "no wildcards"),
        (replace(CREDENTIAL, name="*"), "no wildcards"),
        (replace(CREDENTIAL, operation="CREATE"), "neither create or change topics nor delete records"),
        (replace(CREDENTIAL, operation="DELETE"), "neither create or change topics nor delete records"),
        (replace(CREDENTIAL, operation="ALL"), "neither create or change topics nor delete records"),
        (replace(CREDENTIAL, pattern="PREFIXED"), "topics are named one by one"),
        (replace(CREDENTIAL, name="mutua.credentials"), "it is no declared topic"),
        (replace(CREDENTIAL, principal="User:notifier"), "issuer is its only writer"),
        (Acl("User:notifier", "TOPIC", "mutua.credential", "LITERAL", "READ"), "its readers are recognition"),
        (Acl("User:notifier", "GROUP", "mutua.recognition.", "PREFIXED", "READ"), "its own prefix only"),
        (Acl("User:notifier", "GROUP", "mutua.", "PREFIXED", "READ"), "its own prefix only"),
        (Acl("User:issuer", "CLUSTER", "kafka-cluster", "LITERAL", "DESCRIBE"), "topics and groups only"),
    ],
)
def test_a_right_too_much_is_found(extra: Acl, text: str) -> None:
    (problem,) = lint([*acls(), extra])
    assert "is too much" in problem
    assert text in problem


@pytest.mark.parametrize("missing", acls(), ids=lambda acl: f"{acl.operation}-{acl.principal}-{acl.name}")
def test_a_missing_right_is_found(missing: Acl) -> None:
    (problem,) = lint(set(acls()) - {missing})
    assert problem.startswith(
        f"{missing.operation} of {missing.principal} on {missing.resource} {missing.name}"
    )
    assert "is missing" in problem


def test_contradictions_inside_the_table_are_found() -> None:
    odd = [
        *(one for one in TOPICS if one.name != "mutua.trust"),
        replace(topic("mutua.issuer"), readers=("*",)),
    ]
    problems = "\n".join(lint(acls(None, odd), topics=odd))
    assert "topic mutua.issuer is declared more than once" in problems
    assert "topic mutua.issuer names '*', which is no service" in problems
    assert "travels on mutua.trust, which is no declared topic" in problems
    assert lint(acls(), events=EVENTS) == []


def test_rights_of_a_broker_are_linted_from_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["acls", "--namespace", "blue"]) == 0
    shown = capsys.readouterr().out
    assert from_json(json.loads(shown)) == acls("blue")
    (tmp_path / "rights.json").write_text(shown)
    assert main(["lint", str(tmp_path / "rights.json"), "--namespace", "blue"]) == 0
    rows = [*to_json(acls()), to_json([replace(CREDENTIAL, principal="User:notifier")])[0]]
    (tmp_path / "rights.json").write_text(json.dumps(rows))
    assert main(["lint", str(tmp_path / "rights.json")]) == 1
    assert "issuer is its only writer" in capsys.readouterr().err
    (tmp_path / "rights.json").write_text('[{"who": "me"}]')
    assert main(["lint", str(tmp_path / "rights.json")]) == 2
    assert main(["lint"]) == 0
