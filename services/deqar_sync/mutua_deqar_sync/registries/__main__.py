"""`python -m mutua_deqar_sync.registries ebsi|ewp --from URL --state FILE`: one reading, told as JSON lines.

Each line is a record that is new or changed, or one that is gone. What is known is kept in FILE, so that the
next reading tells differences only. Ends with 0 when the reading is complete, 3 when it is but for named
records, 4 when something could not be told (what was known before then stays), 2 for wrong usage.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any, Final

from mutua_deqar_sync.registries.conversation import Conversation
from mutua_deqar_sync.registries.ebsi import EbsiRegistry
from mutua_deqar_sync.registries.ewp import EwpRegistry
from mutua_deqar_sync.registries.state import Damaged, Origin, read_state, write_state
from mutua_deqar_sync.registries.taking import Memory, Taking, take
from mutua_deqar_sync.transport import Manners, open_http

ADAPTERS: Final = {"ebsi": EbsiRegistry, "ewp": EwpRegistry}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m mutua_deqar_sync.registries", description=__doc__)
    parser.add_argument("registry", choices=sorted(ADAPTERS))
    parser.add_argument("--from", dest="url", required=True, metavar="URL", help="scheme and host")
    parser.add_argument("--path", help="where the registry stands there, if not where it usually does")
    parser.add_argument("--state", type=Path, required=True, metavar="FILE", help="what is known")
    parser.add_argument("--rate", type=float, default=2.0, help="requests a second; 0: no limit of our own")
    parser.add_argument("--accept-loss", action="store_true", help="the registry really has lost so much")
    options = parser.parse_args(arguments)
    if not options.url.startswith(("http://", "https://")):
        parser.error(f"--from: found {options.url!r}, expected http://... or https://...")
    if not options.rate >= 0:
        parser.error(f"--rate: found {options.rate:g}, expected 0 or more requests a second")
    if not options.state.parent.is_dir():
        parser.error(f"--state: found no folder {options.state.parent}, expected one")
    origin = Origin(options.registry, options.url.rstrip("/"), options.path)
    try:
        memory = read_state(options.state, origin)
    except Damaged as error:
        parser.error(f"--state: {error}")
    taking = asyncio.run(_take(origin, memory, options.rate, accept_loss=options.accept_loss))
    for line in told(taking):
        print(json.dumps(line, sort_keys=True))  # noqa: T201 (the answer of the command)
    sys.stdout.flush()
    for problem in taking.doubts:
        print(problem, file=sys.stderr)  # noqa: T201
    for (kind, id), problem in taking.unread.items():
        print(f"{kind} {id}: {problem}", file=sys.stderr)  # noqa: T201
    write_state(options.state, origin, memory)
    code, state = _ending(taking)
    told_so_far = (
        f"{len(taking.changed)} new or changed, {len(taking.gone)} gone, {len(memory.records)} known"
    )
    print(f"{state}: {told_so_far}", file=sys.stderr)  # noqa: T201
    return code


async def _take(origin: Origin, memory: Memory, rate: float, *, accept_loss: bool) -> Taking:
    async with open_http(origin.address) as http:
        conversation = Conversation(http, Manners(rate=rate))
        kind = ADAPTERS[origin.registry]
        adapter = kind(conversation) if origin.path is None else kind(conversation, path=origin.path)
        return await take(adapter, memory, accept_loss=accept_loss)


def _ending(taking: Taking) -> tuple[int, str]:
    if taking.doubts:
        return 4, "not complete"
    return (3, "complete but for named records") if taking.unread else (0, "complete")


def told(taking: Taking) -> list[dict[str, Any]]:
    """Changes first, removals last."""
    changed = [
        {"kind": r.kind, "id": r.id, "gone": False, "facts": r.facts, "at": r.at.isoformat()}
        for r in taking.changed
    ]
    return [*changed, *({"kind": kind, "id": id, "gone": True} for kind, id in taking.gone)]


if __name__ == "__main__":
    sys.exit(main())
