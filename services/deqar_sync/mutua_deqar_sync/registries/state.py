"""What is known of a registry, in a file between two readings.

The file says of which registry it is: what one registry has would otherwise be missing from another.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mutua_deqar_sync.registries.taking import Known, Memory


class Damaged(Exception):
    """The file is not the memory of this registry; the message says what it is and what to do."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Which registry, at which address, and where there if not at the usual place."""

    registry: str
    address: str
    path: str | None = None

    def __str__(self) -> str:
        return f"{self.registry} at {self.address}{self.path or ''}"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: str
    id: str
    partition: str
    fingerprint: str
    misses: Annotated[int, Field(ge=0)] = 0


class _State(BaseModel):
    model_config = ConfigDict(extra="forbid")

    origin: Origin
    records: list[_Row]
    validators: dict[str, str]
    fresh_until: dict[str, datetime]


def read_state(path: Path, origin: Origin) -> Memory:
    """Empty where there is no file yet. Raises Damaged."""
    if not path.exists():
        return Memory()
    try:
        found = _State.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
        raise Damaged(f"found no memory of a registry in {path} ({first}); name another file") from error
    if found.origin != origin:
        raise Damaged(
            f"found the memory of {found.origin} in {path}, expected that of {origin}; name another file"
        )
    rows = {(r.kind, r.id): Known(r.partition, r.fingerprint, r.misses) for r in found.records}
    return Memory(rows, found.validators, found.fresh_until)


def write_state(path: Path, origin: Origin, memory: Memory) -> None:
    """All or nothing."""
    rows = [
        _Row(kind=kind, id=id, partition=known.partition, fingerprint=known.fingerprint, misses=known.misses)
        for (kind, id), known in memory.records.items()
    ]
    state = _State(origin=origin, records=rows, validators=memory.validators, fresh_until=memory.fresh_until)
    written = path.with_name(f"{path.name}.new")
    written.write_text(state.model_dump_json(), "utf-8")
    written.replace(path)
