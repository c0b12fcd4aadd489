"""The command as a whole: what it offers, and that a fault of ours is told without a trace."""

import pytest
import typer
from typer.testing import CliRunner

from mutua_cli import main


def test_every_command_of_the_table_can_be_asked_for_help() -> None:
    for name in main.COMMANDS:
        answer = CliRunner().invoke(main.app, [name, "--help"])
        assert answer.exit_code == 0, (name, answer.output)


def test_a_command_that_does_not_exist_is_named() -> None:
    answer = CliRunner().invoke(main.app, ["recognise"])
    assert answer.exit_code == 2
    assert "recognise" in answer.output


def _broken() -> None:
    raise KeyError("a member that is a secret")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """`mutua` with a command that has a fault."""
    app = typer.Typer()
    app.command()(_broken)
    monkeypatch.setattr(main, "app", app)
    monkeypatch.setattr("sys.argv", ["mutua"])


@pytest.mark.usefixtures("broken")
def test_a_fault_of_ours_is_told_without_trace_and_content(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main()
    told = capsys.readouterr().err
    assert ended.value.code == 70
    assert "internal_error" in told
    assert "MUTUA_DEBUG=1" in told
    assert "Traceback" not in told
    assert "secret" not in told


@pytest.mark.usefixtures("broken")
def test_debug_shows_the_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUA_DEBUG", "1")
    with pytest.raises(KeyError):
        main.main()
