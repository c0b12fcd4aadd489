"""The command that reads a registry into a file: memory between readings, its lines, its endings."""

import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from mutua_deqar_sync.registries.__main__ import main, told
from mutua_deqar_sync.registries.conversation import Conversation
from mutua_deqar_sync.registries.ewp import EwpRegistry
from mutua_deqar_sync.registries.state import Damaged, Origin, read_state, write_state
from mutua_deqar_sync.registries.taking import Memory, take
from mutua_local import ebsi
from mutua_local.ewp import create_app, demo

ORIGIN = Origin("ewp", "http://registry.example")


@contextmanager
def served(app: Any) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


async def test_a_memory_outlives_the_process(
    tmp_path: Path, converse: Callable[..., Awaitable[Conversation]]
) -> None:
    file, network = tmp_path / "ewp.json", demo()
    assert read_state(file, ORIGIN) == Memory()
    adapter, memory = EwpRegistry(await converse(create_app(network))), read_state(file, ORIGIN)
    lines = told(await take(adapter, memory))
    assert {"institution", "key"} == {line["kind"] for line in lines}
    assert json.loads(json.dumps(lines)) == lines
    write_state(file, ORIGIN, memory)
    assert read_state(file, ORIGIN) == memory
    assert not file.with_name("ewp.json.new").exists()
    again = read_state(file, ORIGIN)
    assert told(await take(adapter, again)) == []
    network.hosts[1].covers.remove("harvala.example")
    for _ in range(2):
        lines = told(await take(adapter, again))
    assert {"kind": "institution", "id": "harvala.example", "gone": True} in lines


@pytest.mark.parametrize("content", ["", "{}", "[]", "\x00", '{"records": [{}]}'])
def test_a_file_that_is_no_memory(tmp_path: Path, content: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(content)
    with pytest.raises(Damaged):
        read_state(file, ORIGIN)
    assert file.read_text() == content


@pytest.mark.parametrize(
    "arguments",
    [
        ["ebsi", "--from", "registry.example", "--state", "s.json"],
        ["ebsi", "--from", "http://registry.example", "--state", "s.json", "--rate", "-1"],
        ["ebsi", "--from", "http://registry.example", "--state", "s.json", "--rate", "nan"],
        ["ebsi", "--from", "http://registry.example", "--state", "none/s.json"],
        ["ebsi", "--from", "http://registry.example", "--state", "of-another.json"],
        ["deqar", "--from", "http://registry.example", "--state", "s.json"],
    ],
    ids=" ".join,
)
def test_wrong_usage(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_state(Path("of-another.json"), ORIGIN, Memory())
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["of-another.json"]


def test_one_reading_after_the_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    registry = ebsi.demo()
    app = ebsi.create_app(registry)
    lisvik, broken = "did:ebsi:zLisvik", False

    async def sometimes(scope: Any, receive: Any, send: Any) -> None:
        odd = broken and scope["path"].endswith(lisvik)
        await (PlainTextResponse("{}") if odd else app)(scope, receive, send)

    with served(sometimes) as address:
        arguments = ["ebsi", "--from", address, "--state", str(tmp_path / "s.json"), "--rate", "0"]
        assert main(arguments) == 0
        assert len(capsys.readouterr().out.splitlines()) == 6
        assert main(arguments) == 0
        assert capsys.readouterr() == ("", "complete: 0 new or changed, 0 gone, 6 known\n")
        broken = True
        assert main(arguments) == 3
        problem = capsys.readouterr().err
        assert problem.startswith(f"issuer {lisvik}: registry.shape_changed: found did None")
        other = str(tmp_path / "other.json")
        assert (
            main([*arguments[:4], other, "--rate", "0", "--path", "/trusted-issuers-registry/v4/issuers"])
            == 3
        )
        assert main([*arguments[:4], other + "x", "--rate", "0", "--path", "/nowhere"]) == 4
        assert "check the address" in capsys.readouterr().err
