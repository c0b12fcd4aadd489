"""Logs hold neither secrets nor what an event says; every line is JSON, those of libraries too."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
import structlog
from pydantic import TypeAdapter, ValidationError

from mutua_kernel import telemetry
from mutua_kernel.mistakes import told
from mutua_kernel.settings import ServiceSettings

SECRET = "a learner's name, a password"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the process writes to its log."""
    stream = io.StringIO()
    before = structlog.get_config()
    telemetry._log_to(stream, logging.INFO, final=False)  # pyright: ignore[reportPrivateUsage]
    yield stream
    structlog.configure(**before)


def read(stream: io.StringIO) -> dict[str, Any]:
    (line,) = stream.getvalue().splitlines()
    return json.loads(line)


@pytest.mark.parametrize("name", sorted(telemetry.SECRET_FIELDS))
def test_a_secret_field_is_dropped_whoever_passes_it(lines: io.StringIO, name: str) -> None:
    telemetry.logger("part").info("told", count=3, **{name: SECRET})
    assert SECRET not in lines.getvalue()
    assert read(lines)["count"] == 3


def wrong(error: str) -> Exception:
    match error:
        case "database":
            made = asyncpg.UniqueViolationError(SECRET)
            made.detail, made.constraint_name = f"Key (name)=({SECRET}) already exists.", "learner_name"
            return made
        case "validation":
            with pytest.raises(ValidationError) as caught:
                TypeAdapter(int).validate_python(SECRET)
            return caught.value
        case _:
            return RuntimeError(SECRET)


@pytest.mark.parametrize("error", ["database", "validation", "bug"])
def test_an_error_is_told_by_kind_and_place_and_not_by_its_message(lines: io.StringIO, error: str) -> None:
    try:
        try:
            raise wrong(error)
        except Exception as first:
            raise LookupError(SECRET) from first
    except LookupError as caught:
        telemetry.logger("part").error("broke", exc_info=caught)
    assert SECRET not in lines.getvalue()
    exception = read(lines)["exception"]
    assert exception["type"] == "LookupError"
    assert "test_logs.py" in exception["at"][-1]
    assert exception["because"]["type"] == type(wrong(error)).__name__


def test_an_error_of_the_database_names_its_code_and_what_was_violated() -> None:
    found = told(wrong("database"))
    assert (found["sqlstate"], found["constraint_name"]) == ("23505", "learner_name")


def test_lines_of_libraries_are_json_without_contents() -> None:
    formatter = telemetry._LibraryLines("ledger", "1")  # pyright: ignore[reportPrivateUsage]
    error = ValueError(SECRET)
    record = logging.LogRecord(
        "asyncio", logging.ERROR, "x.py", 1, "Task exception was 'never' %s\n%s", ("retrieved", SECRET), None
    )
    record.exc_info = (ValueError, error, None)
    line = json.loads(formatter.format(record))
    assert line["event"] == "Task exception was 'never' retrieved"
    assert line["exception"]["type"] == "ValueError"
    assert SECRET not in json.dumps(line)


def test_the_settings_do_not_print_the_address_of_the_database() -> None:
    settings = ServiceSettings.model_validate({"database_url": f"postgresql://u:{SECRET}@h/d"})
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings.model_dump())
