"""The table of processes: each is told what it needs, and no more than it may know."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mutua_local.folder import StackFolder
from mutua_local.roles import ROLES, Database
from mutua_local.services import TABLE, Surroundings, migrations
from mutua_local.tenants import issuer_hosts


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    database = Database(
        "postgresql://admin:master-word@127.0.0.1:5/postgres", "mutua", dict.fromkeys(ROLES, "word")
    )
    return Surroundings(StackFolder(tmp_path), database, "127.0.0.1:6", "trial")


def test_each_process_has_a_name_and_a_port_of_its_own(around: Surroundings) -> None:
    names = [program.name for program in TABLE]
    assert len(set(names)) == len(names)
    assert len({around.address(name) for name in names}) == len(names)


def test_a_service_is_told_its_own_role_and_nobody_elses(around: Surroundings) -> None:
    for program in (*TABLE, *migrations(TABLE)):
        told = program.environment(around)
        assert "master-word" not in json.dumps(told), "the administrator is for the stack alone"
        if program.role is None:
            assert "MUTUA_DATABASE_URL" not in told
        else:
            assert told["MUTUA_DATABASE_URL"].startswith(
                f"postgresql://{program.role}:word@127.0.0.1:5/mutua"
            )
            assert told["MUTUA_NAMESPACE"] == "trial"
            assert json.loads(told["MUTUA_OIDC_ISSUERS"]) == [around.address("token-issuer")]
            assert set(json.loads(told["MUTUA_LOCAL_HOSTS"])) == set(issuer_hosts())


def test_owners_migrate_and_nobody_else_is_one() -> None:
    assert {program.role for program in migrations(TABLE)} == {
        role for role in ROLES if role.endswith("_owner")
    }
    assert not any((program.role or "").endswith("_owner") for program in TABLE)


def test_keys_are_drawn_once_and_differ(around: Surroundings) -> None:
    told = [program.environment(around) for program in TABLE]
    again = [program.environment(around) for program in TABLE]
    assert told == again
    keys = {file for each in told for name, file in each.items() if name.endswith("_KEY_FILE")}
    drawn = {Path(file).name: Path(file).read_bytes() for file in keys if Path(file).exists()}
    assert set(drawn) == {"issuer-vault", "notifier-vault", "pseudonyms", "recognition-vault"}
    assert len(set(drawn.values())) == len(drawn)
    assert all(len(key) == 32 for key in drawn.values())
