"""The command that reads a registry into a file: memory between readings, and its lines."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from mutua_deqar_sync.registries.__main__ import read_memory, told, write_memory
from mutua_deqar_sync.registries.conversation import Conversation
from mutua_deqar_sync.registries.ewp import EwpRegistry
from mutua_deqar_sync.registries.taking import Memory, take
from mutua_local.ewp import create_app, demo


async def test_a_memory_outlives_the_process(
    tmp_path: Path, converse: Callable[..., Awaitable[Conversation]]
) -> None:
    file, network = tmp_path / "ewp.json", demo()
    assert read_memory(file) == Memory()
    adapter, memory = EwpRegistry(await converse(create_app(network))), read_memory(file)
    lines = told(await take(adapter, memory))
    assert {"institution", "key"} == {line["kind"] for line in lines}
    assert json.loads(json.dumps(lines)) == lines
    write_memory(file, memory)
    assert read_memory(file) == memory
    assert not file.with_name("ewp.json.new").exists()
    again = read_memory(file)
    assert told(await take(adapter, again)) == []
    network.hosts[1].covers.remove("harvala.example")
    for _ in range(2):
        lines = told(await take(adapter, again))
    assert {"kind": "institution", "id": "harvala.example", "gone": True} in lines
