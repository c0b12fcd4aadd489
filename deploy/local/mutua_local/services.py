"""The one table of the processes of a local stack, and what each is told through its environment.

A new process is one more line of TABLE. Everything that a service reads is set here; nothing of the
caller's own MUTUA_ settings reaches it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mutua_local.folder import StackFolder
from mutua_local.ports import LOOPBACK
from mutua_local.roles import Database
from mutua_local.seals import seals_file
from mutua_local.tenants import issuer_hosts

AUDIENCE = "mutua"
CLIENTS_FILE = "clients.json"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a stack has started so far, as its processes need to know it."""

    folder: StackFolder
    database: Database
    bootstrap: str
    namespace: str | None

    def address(self, program: str) -> str:
        """The HTTP address of a process of the table."""
        return f"http://{LOOPBACK}:{self.folder.port(program)}"


Settings = Callable[[Surroundings], Mapping[str, str]]


def nothing(_around: Surroundings) -> Mapping[str, str]:
    """No settings of its own."""
    return {}


@dataclass(frozen=True, slots=True)
class Program:
    """One process: `python -m module arguments`, with a role in the database where it is a service's."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    role: str | None = None
    settings: Settings = nothing

    @property
    def service(self) -> str | None:
        """The service whose migrations must have run before."""
        return None if self.role is None else self.role.rpartition("_")[0]

    def argv(self) -> tuple[str, ...]:
        """The command line."""
        return (sys.executable, "-m", self.module, *self.arguments)

    def environment(self, around: Surroundings) -> dict[str, str]:
        """Everything that the process is told."""
        told = {
            "MUTUA_HTTP_HOST": LOOPBACK,
            "MUTUA_HTTP_PORT": str(around.folder.port(self.name)),
            "MUTUA_INSTANCE": f"{self.name}-1",
            "MUTUA_OIDC_AUDIENCE": AUDIENCE,
            "PYTHONUNBUFFERED": "1",
        }
        if self.role is not None:
            told |= _common(around) | {"MUTUA_DATABASE_URL": around.database.url(self.role)}
        return told | dict(self.settings(around))


def _common(around: Surroundings) -> dict[str, str]:
    """What every service is told alike."""
    hosts = dict.fromkeys(issuer_hosts(), around.address("issuer-api"))
    told = {
        "MUTUA_KAFKA_BOOTSTRAP": around.bootstrap,
        "MUTUA_OIDC_ISSUERS": json.dumps([around.address("token-issuer")]),
        "MUTUA_LOCAL_HOSTS": json.dumps(hosts),
        "MUTUA_ALLOW_LOOPBACK": "true",
    }
    return told | ({"MUTUA_NAMESPACE": around.namespace} if around.namespace else {})


def _tokens(around: Surroundings) -> Mapping[str, str]:
    path = around.folder.path
    return {
        "MUTUA_CLIENTS_FILE": str(path / CLIENTS_FILE),
        "MUTUA_SIGNING_KEY_FILE": str(path / "keys" / "token-issuer.pem"),
    }


def _simulator(around: Surroundings) -> Mapping[str, str]:
    return {
        "MUTUA_DEQAR_HOST": LOOPBACK,
        "MUTUA_DEQAR_PORT": str(around.folder.port("deqar")),
        "MUTUA_DEQAR_TOKEN_FILE": str(_registry_token(around)),
        "MUTUA_DEQAR_CONTROL": "true",
    }


def _registry(around: Surroundings) -> Mapping[str, str]:
    return {
        "MUTUA_DEQAR_URL": around.address("deqar"),
        "MUTUA_DEQAR_TOKEN_FILE": str(_registry_token(around)),
        "MUTUA_DEQAR_RATE": "0",  # the simulator is ours: nobody needs to be spared
    }


def _registry_token(around: Surroundings) -> Path:
    return around.folder.secret_file("deqar-token")


def _issuer(around: Surroundings) -> Mapping[str, str]:
    return {
        "MUTUA_VAULT_KEY_FILE": str(around.folder.key_file("issuer-vault")),
        "MUTUA_SEALS_FILE": str(seals_file(around.folder.path)),
    }


def _recognition(around: Surroundings) -> Mapping[str, str]:
    return {
        "MUTUA_PSEUDONYM_KEY_FILE": str(around.folder.key_file("pseudonyms")),
        "MUTUA_VAULT_KEY_FILE": str(around.folder.key_file("recognition-vault")),
        "MUTUA_WIDENING_DELAY_SECONDS": "0",  # what two people signed is tried at once here
    }


def _notifier(around: Surroundings) -> Mapping[str, str]:
    return {"MUTUA_VAULT_KEY_FILE": str(around.folder.key_file("notifier-vault"))}


TABLE: Sequence[Program] = (
    Program("token-issuer", "mutua_local.token_issuer", settings=_tokens),
    Program("deqar", "mutua_local.deqar", settings=_simulator),
    Program("issuer-api", "mutua_issuer", ("api",), "issuer_api", _issuer),
    Program("issuer-worker", "mutua_issuer", ("worker",), "issuer_worker"),
    Program("recognition-api", "mutua_recognition", ("api",), "recognition_api", _recognition),
    Program("recognition-worker", "mutua_recognition", ("worker",), "recognition_worker", _recognition),
    Program("deqar-sync-worker", "mutua_deqar_sync", ("worker",), "deqar_sync_worker", _registry),
    Program("deqar-sync-api", "mutua_deqar_sync", ("api",), "deqar_sync_api"),
    Program("notifier-api", "mutua_notifier", ("api",), "notifier_api", _notifier),
    Program("notifier-worker", "mutua_notifier", ("worker",), "notifier_worker", _notifier),
)


def migrations(table: Sequence[Program]) -> list[Program]:
    """One short-lived process a service of the table: `python -m module migrate` with the owner's role."""
    services = {program.service: program for program in table if program.service is not None}
    return [
        replace(program, name=f"{service}-migrate", arguments=("migrate",), role=f"{service}_owner")
        for service, program in services.items()
    ]
