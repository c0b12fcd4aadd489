"""`python -m mutua_deqar_sync.registries ebsi|ewp --from URL --state FILE`: one reading, told as JSON lines.

Each line is a record that is new or changed, or one that is gone. What is known is kept in FILE, so that the
next reading tells differences only. Ends with 0 when the reading is complete, 3 when it is but for named
records, 4 when something could not be told; what was known before then stays.
"""

import argparse
import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx

from mutua_deqar_sync.registries.conversation import Conversation
from mutua_deqar_sync.registries.ebsi import EbsiRegistry
from mutua_deqar_sync.registries.ewp import EwpRegistry
from mutua_deqar_sync.registries.taking import Known, Memory, Taking, take
from mutua_deqar_sync.transport import Manners

ADAPTERS = {"ebsi": EbsiRegistry, "ewp": EwpRegistry}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mutua_deqar_sync.registries", description=__doc__)
    parser.add_argument("registry", choices=sorted(ADAPTERS))
    parser.add_argument("--from", dest="url", required=True, metavar="URL", help="scheme and host")
    parser.add_argument("--state", type=Path, required=True, metavar="FILE", help="what is known")
    parser.add_argument("--rate", type=float, default=2.0, help="requests a second; 0: no limit of our own")
    options = parser.parse_args()
    memory = read_memory(options.state)
    taking = asyncio.run(_take(options.registry, options.url, options.rate, memory))
    for line in told(taking):
        print(json.dumps(line, sort_keys=True))  # noqa: T201 (the answer of the command)
    for problem in (*taking.doubts, *taking.unread.values()):
        print(problem, file=sys.stderr)  # noqa: T201
    write_memory(options.state, memory)
    return 4 if taking.doubts else 3 if taking.unread else 0


async def _take(registry: str, url: str, rate: float, memory: Memory) -> Taking:
    async with httpx.AsyncClient(base_url=url.rstrip("/")) as http:
        return await take(ADAPTERS[registry](Conversation(http, Manners(rate=rate))), memory)


def told(taking: Taking) -> list[dict[str, Any]]:
    """Changes first, removals last."""
    changed = [
        {"kind": r.kind, "id": r.id, "gone": False, "facts": r.facts, "at": r.at.isoformat()}
        for r in taking.changed
    ]
    return [*changed, *({"kind": kind, "id": id, "gone": True} for kind, id in taking.gone)]


def read_memory(path: Path) -> Memory:
    """Empty where there is no file yet."""
    if not path.exists():
        return Memory()
    found = json.loads(path.read_text("utf-8"))
    records = {(row.pop("kind"), row.pop("id")): Known(**row) for row in found["records"]}
    return Memory(records, found["validators"])


def write_memory(path: Path, memory: Memory) -> None:
    """All or nothing."""
    rows = [{"kind": kind, "id": id, **asdict(known)} for (kind, id), known in memory.records.items()]
    written = path.with_name(f"{path.name}.new")
    written.write_text(json.dumps({"records": rows, "validators": memory.validators}), "utf-8")
    written.replace(path)


if __name__ == "__main__":
    sys.exit(main())
