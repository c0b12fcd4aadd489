"""The command against the real API: progress, places of mistakes, safe to run twice, exit codes."""

import asyncio
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console
from typer.testing import CliRunner

from mutua_cli import issue as command
from mutua_cli.issue import Report
from mutua_issuer.domain.examples import AWARD
from tests.in_process import Tokens

from .conftest import Institution

pytestmark = pytest.mark.servers

HEADER = "external_id;learner_id;component;date_of_issuing;given_name;family_name;grade"


class Bridge(httpx.BaseTransport):
    """The API in the test's event loop, for a client in a thread; it may break down now and then."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._loop = asyncio.get_running_loop()
        self._http = http
        self.before: Callable[[int], None] = lambda _number: None
        self.after: Callable[[int], None] = lambda _number: None
        self.keys: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.keys.append(request.headers.get("Idempotency-Key", ""))
        self.before(len(self.keys))
        sent = self._http.request(
            request.method, request.url, content=request.read(), headers=dict(request.headers)
        )
        answer = asyncio.run_coroutine_threadsafe(sent, self._loop).result(60)
        self.after(len(self.keys))
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)


@pytest.fixture
async def bridge(http: httpx.AsyncClient) -> Bridge:
    return Bridge(http)


@pytest.fixture
def issuing(bridge: Bridge, tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A coroutine function: issues a file as the command does; gives back the report and what was shown."""
    monkeypatch.setattr(command.time, "sleep", lambda _seconds: None)
    headers = {"Authorization": tokens.bearer("DEQARINST7105", "issuer")}

    async def run(text: str | bytes, *, dry_run: bool = False, terminal: bool = False) -> tuple[Report, str]:
        out = io.StringIO()
        console = Console(file=out, force_terminal=terminal, width=120)
        data = text.encode() if isinstance(text, str) else text
        with httpx.Client(base_url="http://issuer.example", headers=headers, transport=bridge) as client:
            report = await asyncio.to_thread(command.run, data, client, console, dry_run=dry_run)
        return report, out.getvalue()

    return run


def file(*rows: str) -> str:
    return "\n".join([HEADER, *rows, ""])


def row(number: int, date: str = "2026-06-20") -> str:
    return f"r-{number};s-{number};AST-DAT-020;{date};Given;Family;B"


async def test_a_file_is_issued_once_however_often_it_is_run(
    lisvik: Institution, issuing: Callable[..., Any]
) -> None:
    await lisvik.ready_to_issue()
    text = file(*(row(number) for number in range(450)))
    dry, _ = await issuing(text, dry_run=True)
    assert (dry.counts["would_issue"], dry.exit_code) == (450, 0)
    first, shown = await issuing(text)
    assert (first.counts["issued"], first.exit_code) == (450, 0)
    assert [line[:5] for line in shown.splitlines()] == [" 40 %", " 80 %", "100 %"]
    again, _ = await issuing(text)
    assert (dict(again.counts), again.exit_code) == ({"invalid": 0, "already_issued": 450}, 0)


async def test_each_wrong_row_is_said_with_its_place_and_the_others_are_issued(
    lisvik: Institution, issuing: Callable[..., Any]
) -> None:
    await lisvik.ready_to_issue()
    text = file(
        row(1),
        row(2, "2026-13-01"),
        "r-3;s-3;AST-NONE;2026-06-20;Given;Family;",
        "r-4;s-4;AST-DAT-020;2026-06-20;;Family;",
        row(1),
        "r-6;s-6",
    )
    report, _ = await issuing(text)
    assert report.exit_code == 1
    assert dict(report.counts) == {"invalid": 5, "issued": 1}
    found = [(one.line, one.column, one.name, one.code, one.found) for one in report.mistakes]
    assert found[0] == (3, 4, "date_of_issuing", report.mistakes[0].code, "'2026-13-01'")
    assert found[1:] == [
        (4, 3, "component", "unknown_component", "'AST-NONE'"),
        (5, 5, "given_name", "missing", "nothing"),
        (6, 1, "external_id", "duplicate_row", "'r-1' as in line 2"),
        (7, 3, None, "cells", "2 cells"),
    ]
    changed, _ = await issuing(file(row(1, "2026-06-21"), row(7)))
    assert (changed.counts["conflict"], changed.counts["issued"], changed.exit_code) == (1, 1, 1)
    assert "issued under the same external id" in changed.mistakes[0].found


async def test_rows_in_another_encoding_are_named_and_the_others_issued(
    lisvik: Institution, issuing: Callable[..., Any], bridge: Bridge
) -> None:
    await lisvik.ready_to_issue()
    other = row(2).replace("Given", "Åse").encode("latin-1") + b"\n"
    report, _ = await issuing(file(row(1)).encode() + other + row(3).encode())
    assert (report.exit_code, dict(report.counts)) == (1, {"invalid": 1, "issued": 2})
    assert (report.mistakes[0].line, report.mistakes[0].column, report.mistakes[0].code) == (
        3,
        32,
        "encoding",
    )


async def test_a_file_whose_header_cannot_be_read_issues_nothing(
    lisvik: Institution, issuing: Callable[..., Any], bridge: Bridge
) -> None:
    await lisvik.ready_to_issue()
    report, _ = await issuing(file(row(1)).encode("utf-16"))
    assert (report.exit_code, bridge.keys) == (2, [])
    assert (report.mistakes[0].line, report.mistakes[0].code) == (1, "encoding")


async def test_a_broken_connection_is_tried_again_with_the_same_key(
    lisvik: Institution, issuing: Callable[..., Any], bridge: Bridge
) -> None:
    await lisvik.ready_to_issue()

    def lose_the_answer(number: int) -> None:
        if number == 2:
            raise httpx.ReadError("the answer was lost")

    bridge.after = lose_the_answer
    report, _ = await issuing(file(*(row(number) for number in range(250))))
    assert (report.counts["issued"], report.exit_code) == (250, 0)
    assert (len(bridge.keys), len(set(bridge.keys))) == (3, 2)


async def test_a_service_that_stays_silent_ends_the_run_with_what_was_done(
    lisvik: Institution, issuing: Callable[..., Any], bridge: Bridge
) -> None:
    await lisvik.ready_to_issue()

    def refuse(number: int) -> None:
        if number > 1:
            raise httpx.ConnectError("nobody there")

    bridge.before = refuse
    report, _ = await issuing(file(*(row(number) for number in range(250))))
    assert (report.counts["issued"], report.exit_code) == (200, 1)
    assert "Run it again" in report.stopped
    nothing, _ = await issuing(file(row(1)))
    assert nothing.exit_code == 2


async def test_a_refusal_is_shown_as_the_service_says_it(issuing: Callable[..., Any]) -> None:
    report, _ = await issuing(file(row(1)))
    assert report.exit_code == 2
    assert report.stopped.startswith("issuer_not_registered: Your institution is not registered")


async def test_a_terminal_shows_a_bar_with_rate(lisvik: Institution, issuing: Callable[..., Any]) -> None:
    await lisvik.ready_to_issue()
    _, shown = await issuing(file(row(1), row(2)), terminal=True)
    assert "2/2" in shown
    assert "/s" in shown


def test_the_command_ends_with_the_codes_that_it_promises(tmp_path: Path) -> None:
    app = command.app
    path = tmp_path / "awards.csv"
    path.write_text("external_id\n1\n")
    shown = CliRunner().invoke(app, [str(path), "--url", "http://127.0.0.1:9", "--token", "t", "--json"])
    assert shown.exit_code == 2, shown.output
    report = json.loads(shown.stdout)
    assert {one["code"] for one in report["mistakes"]} == {"missing_column"}
    nobody = CliRunner().invoke(app, [str(path)], env={"MUTUA_TOKEN": "", "MUTUA_ISSUER_URL": ""})
    assert (nobody.exit_code, "NOBODY_NAMED" in nobody.output) == (2, True)
    stranger = CliRunner().invoke(app, [str(path), "--as", "lisvik.issuer", "--data", str(tmp_path / "no")])
    assert (stranger.exit_code, "STACK_NOT_UP" in stranger.output) == (2, True)


@pytest.fixture
def acting(bridge: Bridge, tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A coroutine function: runs a command of the group as Lisvik; gives back exit code and output."""
    real = httpx.Client
    monkeypatch.setattr("mutua_cli.reach.httpx.Client", lambda **options: real(**options, transport=bridge))
    token = tokens.bearer("DEQARINST7105", "issuer").removeprefix("Bearer ")
    where = ["--url", "http://issuer.example", "--token", token]

    async def run(*arguments: str) -> tuple[int, str]:
        shown = await asyncio.to_thread(CliRunner().invoke, command.app, [*arguments, *where])
        return shown.exit_code, shown.output

    return run


async def test_what_became_of_a_credential_is_said_by_command(
    lisvik: Institution, acting: Callable[..., Any]
) -> None:
    await lisvik.ready_to_issue()
    number = (await lisvik.post("/credentials", AWARD)).json()["credential_id"]
    assert (await acting("suspend", number))[1].startswith(f"{number} is suspended since 2026-11-20")
    assert (await acting("reinstate", number))[0] == 0
    assert (await acting("revoke", number, "--reason", "replaced"))[0] == 0
    assert (await acting("revoke", number))[1] == f"{number} is revoked already\n"
    code, shown = await acting("reinstate", number)
    assert (code, "status_final" in shown) == (2, True)


async def test_links_are_handed_out_by_command_until_the_learner_is_erased(
    lisvik: Institution, acting: Callable[..., Any]
) -> None:
    await lisvik.ready_to_issue()
    number = (await lisvik.post("/credentials", AWARD)).json()["credential_id"]
    _, first = await acting("link", number)
    _, second = await acting("link", number, "--renew")
    assert first.startswith("https://univ-lisvik.example/holder/")
    assert second != first
    _, table = await acting("links")
    assert table.splitlines() == [
        "external_id,learner_id,credential_id,status,holder_url",
        f"{AWARD['external_id']},{AWARD['learner_id']},{number},valid,{second.strip()}",
    ]
    assert await acting("erase", AWARD["learner_id"], "--yes") == (
        0,
        "erased; 1 credentials keep their signed facts only\n",
    )
    assert (await acting("link", number))[1].startswith("no link: the learner was erased")


async def test_keys_are_changed_by_command(lisvik: Institution, acting: Callable[..., Any]) -> None:
    await lisvik.ready_to_issue()
    kid = (await lisvik.get("/issuers/DEQARINST7105")).json()["keys"][0]["kid"]
    code, shown = await acting("compromised", "DEQARINST7105", kid, "--since", "2026-11-20T09:00:00")
    assert (code, len(shown.splitlines())) == (0, 3), shown
    assert "compromised since 2026-11-20T09:00:00Z" in shown
    code, shown = await acting("rotate", "DEQARINST7105", "--from", "2026-12-01")
    assert (code, len(shown.splitlines())) == (0, 5), shown
