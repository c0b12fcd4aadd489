"""The control API under `/_control/`: set the clock, seed, change, break. Off unless it was switched on.

It is for tests and demonstrations, on loopback only, and has no authentication. Every change of data is
silent, as edits by the registry's staff are: no date of update moves unless the change says so.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, cast

import orjson
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import actions
from .answers import json_answer
from .faults import Fault
from .model import RECORDS, Agency, BrokenRecord, Provider, Record, Report
from .simulator import Simulator

Handler = Callable[[Simulator, Any, Request], Any]
_FAULTS = TypeAdapter(list[Fault])


class ClockSetting(BaseModel):
    model_config = ConfigDict(extra="forbid")
    now: datetime | None


class SeedSetting(BaseModel):
    model_config = ConfigDict(extra="forbid")
    profile: str
    seed: int = 1


class AccountSetting(BaseModel):
    """What the user `submitter` may submit for; null means every agency."""

    model_config = ConfigDict(extra="forbid")
    agencies: list[int] | None


class ModeSetting(BaseModel):
    model_config = ConfigDict(extra="forbid")
    legacy: bool | None = None
    credentials: bool | None = None


class IndexSetting(BaseModel):
    model_config = ConfigDict(extra="forbid")
    lag: float | None = None
    lost: float | None = None
    cap: dict[str, int] | None = None


def state(simulator: Simulator, _body: Any, _request: Request) -> Any:
    return {
        "now": simulator.clock.now().isoformat(),
        "agencies": simulator.truth.count(Agency),
        "providers": simulator.truth.count(Provider),
        "reports": simulator.truth.count(Report),
        "index": {
            "lag": simulator.indexer.lag,
            "lost": simulator.indexer.lost,
            "waiting": simulator.indexer.waiting,
        },
        "faults": len([f for f in simulator.faults.entries if f.count]),
        "served": len(simulator.faults.served),
    }


def set_clock(simulator: Simulator, body: Any, request: Request) -> Any:
    """`{"now": "2026-11-16T09:00:00Z"}` fixes the registry's time; null lets it run with the machine's."""
    wanted = ClockSetting.model_validate(body).now
    simulator.clock.fixed = wanted if wanted is None or wanted.tzinfo else wanted.replace(tzinfo=UTC)
    return state(simulator, body, request)


def seed(simulator: Simulator, body: Any, request: Request) -> Any:
    wanted = SeedSetting.model_validate(body)
    simulator.seed(wanted.profile, wanted.seed)
    return state(simulator, body, request)


def set_index(simulator: Simulator, body: Any, request: Request) -> Any:
    wanted = IndexSetting.model_validate(body)
    if wanted.lag is not None:
        simulator.indexer.lag = wanted.lag
    if wanted.lost is not None:
        simulator.indexer.lost = wanted.lost
    simulator.index.caps.update(wanted.cap or {})
    return state(simulator, body, request)


def flush_index(simulator: Simulator, _body: Any, _request: Request) -> Any:
    return {"done": simulator.indexer.flush()}


def restart(simulator: Simulator, _body: Any, _request: Request) -> Any:
    """What a restart of the server changes for a reader: the order of unordered sets."""
    simulator.boot += 1
    return {"boot": simulator.boot}


def rotate_token(simulator: Simulator, _body: Any, _request: Request) -> Any:
    return {"token": simulator.rotate_token()}


def set_submitter(simulator: Simulator, body: Any, _request: Request) -> Any:
    agencies = AccountSetting.model_validate(body).agencies
    simulator.submits_for = None if agencies is None else frozenset(agencies)
    return {"agencies": agencies}


def set_mode(simulator: Simulator, body: Any, _request: Request) -> Any:
    """`legacy`: shapes of earlier years; `credentials`: whether the backend that signs them is there."""
    wanted = ModeSetting.model_validate(body)
    if wanted.legacy is not None:
        simulator.legacy = wanted.legacy
    if wanted.credentials is not None:
        simulator.issues_credentials = wanted.credentials
    return {"legacy": simulator.legacy, "credentials": simulator.issues_credentials}


def read_record(simulator: Simulator, _body: Any, request: Request) -> Any:
    return simulator.truth.get(_kind(request), request.path_params["key"]).model_dump(mode="json")


def list_records(simulator: Simulator, _body: Any, request: Request) -> Any:
    return [record.model_dump(mode="json") for record in simulator.truth.every(_kind(request))]


def add_record(simulator: Simulator, body: Any, request: Request) -> Any:
    """Add a record; without `id` it gets the next one, without dates of creation those of the clock."""
    kind = _kind(request)
    now = simulator.clock.now().replace(tzinfo=None)
    given: dict[str, Any] = {"id": simulator.truth.next_id(kind)}
    if "created_at" in kind.model_fields:
        given["created_at"] = now
    if "updated_at" in kind.model_fields:
        given["updated_at"] = now
    record = kind.model_validate({**given, **body})
    simulator.add(record)
    return record.model_dump(mode="json")


def edit_record(simulator: Simulator, body: Any, request: Request) -> Any:
    edited = simulator.edit(request.path_params["kind"], request.path_params["key"], body)
    return edited.model_dump(mode="json")


def delete_record(simulator: Simulator, _body: Any, request: Request) -> Any:
    simulator.delete(request.path_params["kind"], request.path_params["key"])
    return {"deleted": request.path_params["key"]}


def act(simulator: Simulator, body: Any, request: Request) -> Any:
    return actions.perform(simulator, {**(body or {}), "action": request.path_params["name"]})


def plan_faults(simulator: Simulator, body: Any, _request: Request) -> Any:
    entries = _FAULTS.validate_python(body if isinstance(body, list) else [body])
    for action in (action for entry in entries for action in entry.actions):
        actions.parse(action)
    simulator.faults.entries.extend(entries)
    return {"entries": len(simulator.faults.entries)}


def read_faults(simulator: Simulator, _body: Any, _request: Request) -> Any:
    return {"entries": [e.model_dump() for e in simulator.faults.entries], "served": simulator.faults.served}


def clear_faults(simulator: Simulator, _body: Any, _request: Request) -> Any:
    simulator.faults.clear()
    return {"entries": 0}


def _kind(request: Request) -> type[Record]:
    return RECORDS[request.path_params["kind"]]


def _served(simulator: Simulator, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        raw = await request.body()
        try:
            return json_answer(handler(simulator, orjson.loads(raw) if raw else None, request))
        except ValidationError as error:
            return json_answer(
                {"error": cast("object", error.errors(include_url=False, include_context=False))}, 422
            )
        except orjson.JSONDecodeError as error:
            return json_answer({"error": f"no JSON: {error}"}, 422)
        except (KeyError, BrokenRecord) as error:
            return json_answer({"error": f"unknown: {error}"}, 404)

    return answer


_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/state", state),
    ("PUT", "/clock", set_clock),
    ("POST", "/seed", seed),
    ("PUT", "/index", set_index),
    ("POST", "/index/flush", flush_index),
    ("POST", "/restart", restart),
    ("POST", "/token", rotate_token),
    ("PUT", "/submitter", set_submitter),
    ("PUT", "/mode", set_mode),
    ("GET", "/records/{kind}", list_records),
    ("POST", "/records/{kind}", add_record),
    ("GET", "/records/{kind}/{key:int}", read_record),
    ("PATCH", "/records/{kind}/{key:int}", edit_record),
    ("DELETE", "/records/{kind}/{key:int}", delete_record),
    ("POST", "/actions/{name}", act),
    ("POST", "/faults", plan_faults),
    ("GET", "/faults", read_faults),
    ("DELETE", "/faults", clear_faults),
)


def control_routes(simulator: Simulator) -> list[Route]:
    return [
        Route(f"/_control{path}", _served(simulator, handler), methods=[method])
        for method, path, handler in _ROUTES
    ]
