"""Named changes that happen to a registry: flags, ends of validity, mergers, renewals and expiries of
agencies.

Each is one validated value; the control API performs them, and so does a fault plan between two pages of a
list.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from .codes import SUCCESSION_TO
from .model import Agency, EqarDecision, Report, Succession
from .simulator import Simulator


class _Action(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Edit(_Action):
    """Change fields of a record silently."""

    action: Literal["edit"]
    kind: str
    id: int
    set: dict[str, Any]


class Delete(_Action):
    action: Literal["delete"]
    kind: str
    id: int


class Flag(_Action):
    """Set a report's flag: `high` withholds it from lists, `none` clears it."""

    action: Literal["flag"]
    id: int
    level: Literal["none", "low", "high"] = "high"


class EndReport(_Action):
    """Fill in a report's last day."""

    action: Literal["end_report"]
    id: int
    valid_to: date


class Upgrade(_Action):
    """Conditions fulfilled: the decision becomes positive in place, without history."""

    action: Literal["upgrade"]
    id: int


class Reassign(_Action):
    """Move every report of one provider to another one, without any date of update."""

    action: Literal["reassign"]
    source: int
    target: int


class Merge(_Action):
    """`source` closes on the day and goes on in `target`: succeeded by it, or absorbed by it."""

    action: Literal["merge"]
    source: int
    target: int
    on: date
    kind: Literal["succeeded by", "absorbed"] = "succeeded by"


class CloseProvider(_Action):
    action: Literal["close"]
    id: int
    on: date


class ExpireAgency(_Action):
    """The registration ended on the day (default: yesterday); its reports stay."""

    action: Literal["expire_agency"]
    id: int
    on: date | None = None


class RenewAgency(_Action):
    """A renewal overwrites the dates: the former interval is lost, a decision is added."""

    action: Literal["renew_agency"]
    id: int
    start: date | None = None
    valid_to: date


class VoidAgency(_Action):
    """The registration was void from its beginning: the agency stays, unregistered, and its reports go."""

    action: Literal["void_agency"]
    id: int


class RotateToken(_Action):
    """The reader's token is replaced: whoever goes on with the old one is refused."""

    action: Literal["rotate_token"]


class ReshuffleProgrammes(_Action):
    """New ids for a report's programmes, as after every update through the Submission API."""

    action: Literal["reshuffle_programmes"]
    id: int


class BreakProgramme(_Action):
    """A programme without full degree and workload: the report's detail becomes a 500 and it leaves no trace
    in lists that are built afterwards.
    """

    action: Literal["break_report"]
    id: int


AnyAction = (
    Edit
    | Delete
    | Flag
    | EndReport
    | Upgrade
    | Reassign
    | Merge
    | CloseProvider
    | ExpireAgency
    | RenewAgency
    | VoidAgency
    | RotateToken
    | ReshuffleProgrammes
    | BreakProgramme
)
_ADAPTER: TypeAdapter[AnyAction] = TypeAdapter(Annotated[AnyAction, Field(discriminator="action")])
_FLAGS = {"none": 1, "low": 2, "high": 3}


def parse(value: dict[str, Any]) -> AnyAction:
    """The action, or pydantic's ValidationError."""
    return _ADAPTER.validate_python(value)


def perform(simulator: Simulator, value: dict[str, Any]) -> dict[str, Any]:
    """Carry the action out; says what it touched. Raises ValidationError, KeyError, BrokenRecord."""
    touched = _perform(simulator, parse(value))
    return {"action": value["action"], "touched": touched}


def _perform(simulator: Simulator, action: AnyAction) -> list[int]:
    match action:
        case Edit():
            simulator.edit(action.kind, action.id, action.set)
        case Delete():
            simulator.delete(action.kind, action.id)
        case Flag():
            simulator.edit("report", action.id, {"flag": _FLAGS[action.level]})
        case EndReport():
            simulator.edit("report", action.id, {"valid_to": action.valid_to})
        case Upgrade():
            simulator.edit("report", action.id, {"decision": 1})
        case CloseProvider():
            simulator.edit("provider", action.id, {"closure_date": action.on})
        case Reassign():
            return _reassign(simulator, action)
        case Merge():
            return _merge(simulator, action)
        case ExpireAgency():
            ended = action.on or simulator.clock.now().date() - timedelta(days=1)
            simulator.edit("agency", action.id, {"is_registered": False, "registration_valid_to": ended})
        case RenewAgency():
            _renew(simulator, action)
        case VoidAgency():
            return _void(simulator, action)
        case RotateToken():
            simulator.rotate_token()
            return []
        case ReshuffleProgrammes():
            _programmes(simulator, action.id, _with_new_ids(simulator))
        case BreakProgramme():
            _programmes(simulator, action.id, lambda p, _: {**p, "degree_outcome": 2, "workload_ects": None})
    return [action.id]


def _reassign(simulator: Simulator, action: Reassign) -> list[int]:
    touched = simulator.truth.reports_of(action.source, "institution", "platform")
    for key in touched:
        report = simulator.truth.get(Report, key)
        moved = {
            name: list(
                dict.fromkeys(action.target if i == action.source else i for i in getattr(report, name))
            )
            for name in ("institutions", "platforms")
        }
        simulator.edit("report", key, moved)
    return touched


def _merge(simulator: Simulator, action: Merge) -> list[int]:
    kinds = {label: key for key, label in SUCCESSION_TO.items()}
    # The relation reads from its source: the predecessor is "succeeded by", the absorber "absorbed".
    absorbed = action.kind == "absorbed"
    source, target = (action.target, action.source) if absorbed else (action.source, action.target)
    key = simulator.truth.next_id(Succession)
    simulator.add(Succession(id=key, source=source, target=target, type=kinds[action.kind], date=action.on))
    simulator.edit("provider", action.source, {"closure_date": action.on})
    simulator.edit("provider", action.target, {})
    return [action.source, action.target]


def _renew(simulator: Simulator, action: RenewAgency) -> None:
    agency = simulator.truth.get(Agency, action.id)
    today = simulator.clock.now().date()
    changes = {
        "is_registered": True,
        "registration_start": action.start or agency.registration_start,
        "registration_valid_to": action.valid_to,
        "decisions": [*agency.decisions, EqarDecision(date=today, type=1)],
    }
    simulator.edit("agency", action.id, changes)


def _void(simulator: Simulator, action: VoidAgency) -> list[int]:
    agency = simulator.truth.get(Agency, action.id)
    ended = {"is_registered": False, "registration_valid_to": agency.registration_start}
    simulator.edit("agency", action.id, ended)
    reports = simulator.truth.reports_of(action.id, "agency")
    for key in reports:
        simulator.delete("report", key)
    return [action.id, *reports]


def _with_new_ids(simulator: Simulator) -> Callable[[dict[str, Any], int], dict[str, Any]]:
    first = simulator.truth.next_programme_id()
    return lambda programme, number: {**programme, "id": first + number}


def _programmes(
    simulator: Simulator, key: int, change: Callable[[dict[str, Any], int], dict[str, Any]]
) -> None:
    report = simulator.truth.get(Report, key)
    changed = [change(p.model_dump(), number) for number, p in enumerate(report.programmes)]
    simulator.edit("report", key, {"programmes": changed})
