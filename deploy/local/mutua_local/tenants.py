"""The invented organisations of the local stack: ids, web hosts and the clients that act for them.

Nobody here exists. The hosts end in `.example` and stand for loopback addresses inside the stack only; the
secrets of the clients are random for each stack.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["institution", "alliance", "office"]


@dataclass(frozen=True, slots=True)
class Tenant:
    """One organisation; `short` begins the names of its clients, `host` is its web identity if it has one."""

    short: str
    id: str
    kind: Kind
    name: str
    host: str | None = None


# The institutions are those of the registry simulator's profile `demo`.
TENANTS = (
    Tenant("astervik", "DEQARINST7101", "institution", "University of Astervik", "univ-astervik.example"),
    Tenant(
        "brennau", "DEQARINST7102", "institution", "Brennau University of Technology", "tu-brennau.example"
    ),
    Tenant("corvelo", "DEQARINST7103", "institution", "University of Corvelo", "uni-corvelo.example"),
    Tenant("drimont", "DEQARINST7104", "institution", "Drimont University", "univ-drimont.example"),
    Tenant("lisvik", "DEQARINST7105", "institution", "University of Lisvik", "univ-lisvik.example"),
    Tenant("elbowo", "DEQARINST7106", "institution", "Elbowo Academy of Sciences", "akademia-elbowo.example"),
    Tenant("ruskola", "DEQARINST7107", "institution", "Ruskola University", "ruskola-amk.example"),
    Tenant("tessera", "DEQARINST7108", "institution", "Tessera Learning", "tessera-learning.example"),
    Tenant("boreal", "alliance:boreal", "alliance", "Boreal University Alliance"),
    Tenant("meridian", "alliance:meridian", "alliance", "Meridian Campus Alliance"),
    Tenant("varnland-enic", "office:varnland-enic", "office", "ENIC-NARIC office of Varnland"),
)

# What acts for an organisation of a kind. Two coordinators, because trust needs four eyes.
ROLES: dict[Kind, dict[str, tuple[str, ...]]] = {
    "institution": {
        "issuer": ("issuer",),
        "coordinator": ("coordinator",),
        "coordinator-2": ("coordinator",),
        "evaluator": ("evaluator",),
        "subscriber": ("subscriber",),
    },
    "alliance": {
        "coordinator": ("coordinator",),
        "coordinator-2": ("coordinator",),
        "subscriber": ("subscriber",),
    },
    "office": {"subscriber": ("subscriber",)},
}

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class ClientRights:
    """What the tokens of a client say: whose it is and what it may do."""

    client_id: str
    tenant: str
    roles: tuple[str, ...]


def seeded_clients() -> list[ClientRights]:
    """Every client of a new stack, e.g. `lisvik.issuer`, `boreal.coordinator-2`, `operator`."""
    clients = [
        ClientRights(f"{tenant.short}.{suffix}", tenant.id, roles)
        for tenant in TENANTS
        for suffix, roles in ROLES[tenant.kind].items()
    ]
    return [*clients, ClientRights(OPERATOR, OPERATOR, ("operator",))]


def issuer_hosts() -> list[str]:
    """The web identities that the issuer service answers for."""
    return [tenant.host for tenant in TENANTS if tenant.host is not None]
