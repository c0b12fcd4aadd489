"""The commands on a copy of the committed files: what is right passes, each kind of damage is named."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from mutua_contracts.__main__ import main
from mutua_contracts.archive import COMMITTED, Archive, generated

ISSUED = "eu.mutua.credential.issued.v1"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(COMMITTED, tmp_path / "schemas")
    return tmp_path / "schemas"


def edit(path: Path, change: Any) -> None:
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def check(root: Path, capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[int, str]:
    code = main(["check", "--in", str(root), *flags])
    captured = capsys.readouterr()
    return code, captured.err if code else captured.out


def test_the_committed_files_are_what_the_code_says(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = check(COMMITTED, capsys)
    assert code == 0, said


def test_generating_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    assert generated() == generated()
    assert main(["generate", "--to", str(tmp_path)]) == 0
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == generated()


def test_generating_leaves_files_of_others_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "eu.mutua.gone.away.v1.reader.json").write_text("{}")
    assert main(["generate", "--to", str(tmp_path)]) == 0
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert not (tmp_path / "eu.mutua.gone.away.v1.reader.json").exists()


def test_stale_missing_and_stray_files_are_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "asyncapi.yaml").write_text("asyncapi: 2.6.0\n")
    (root / f"{ISSUED}.reader.json").unlink()
    (root / "eu.mutua.gone.away.v1.writer.json").write_text("{}")
    code, said = check(root, capsys)
    assert code == 1
    assert "asyncapi.yaml: the file is not what the code says" in said
    assert f"{ISSUED}.reader.json: the file is missing" in said
    assert "eu.mutua.gone.away.v1.writer.json: no declared event has this file" in said


def test_a_break_is_named_by_type_direction_and_path(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As if the released reader had required a member that today's writer does not write."""

    def require(schema: Any) -> None:
        schema["$defs"]["CredentialIssued"]["properties"]["seal"] = {"type": "string"}
        schema["$defs"]["CredentialIssued"]["required"].append("seal")

    edit(root / "history" / ISSUED / "1.reader.json", require)
    code, said = check(root, capsys)
    assert code == 1
    assert f"{ISSUED}: new writer to reader 1: /data/seal: the reader requires it" in said
    assert main(["generate", "--to", str(root), "--release"]) == 1
    assert "nothing was released" in capsys.readouterr().err
    assert not (root / "history" / ISSUED / "2.reader.json").exists()


def test_what_was_released_stays_declared(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind in ("history", "golden"):
        shutil.copytree(root / kind / ISSUED, root / kind / "eu.mutua.credential.lost.v1")
    code, said = check(root, capsys)
    assert code == 1
    assert "eu.mutua.credential.lost.v1: it was released and is no longer declared" in said
    assert f"golden/eu.mutua.credential.lost.v1/1.json: it holds an event of the type {ISSUED}" in said


def test_a_hole_in_the_history_is_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "history" / ISSUED / "1.writer.json").unlink()
    assert check(root, capsys) == (
        1,
        f"history/{ISSUED}: expected a reader and a writer of each version from 1 on\n1 problems\n",
    )


def test_every_version_has_its_example(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    golden = root / "golden" / ISSUED
    (golden / "1.json").rename(golden / "7.json")
    code, said = check(root, capsys)
    assert code == 1
    assert f"golden/{ISSUED}/1.json: missing" in said
    assert f"golden/{ISSUED}/7.json: found for a version that does not exist" in said


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda event: event["data"].pop("digest"), "today's reader or writer refuses it: malformed"),
        (lambda event: event["data"].update(format="carved in stone"), "refuses it: unknown_code"),
        (
            lambda event: event["data"].update(former="a member that was removed"),
            "changes or loses /data/former",
        ),
    ],
)
def test_an_example_that_is_read_no_longer_is_named(
    root: Path, capsys: pytest.CaptureFixture[str], change: Any, text: str
) -> None:
    edit(root / "golden" / ISSUED / "1.json", change)
    code, said = check(root, capsys)
    assert code == 1
    assert text in said


def test_a_release_adds_a_version_and_changes_none(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As if the version before had one code less."""
    history = root / "history" / ISSUED
    edit(
        history / "1.writer.json",
        lambda s: s["$defs"]["CredentialIssued"]["properties"]["format"].update(enum=["x"]),
    )
    before = {path: path.read_text() for path in root.rglob("*.json")}
    assert check(root, capsys, "--released")[0] == 1
    assert main(["generate", "--to", str(root), "--release"]) == 0
    assert f"released: {ISSUED}\n" in capsys.readouterr().out
    assert {path: path.read_text() for path in before} == before
    assert sorted(path.name for path in history.iterdir()) == [
        *("1.reader.json", "1.writer.json", "2.reader.json", "2.writer.json")
    ]
    assert f"golden/{ISSUED}/2.json: missing" in check(root, capsys)[1]
    shutil.copy(root / "golden" / ISSUED / "1.json", root / "golden" / ISSUED / "2.json")
    assert check(root, capsys, "--released")[0] == 0
    assert Archive(root).release() == []


def test_other_words_are_no_new_version(root: Path) -> None:
    history = root / "history" / ISSUED
    for role in ("reader", "writer"):
        edit(history / f"1.{role}.json", lambda schema: schema.update(description="In other words."))
    assert Archive(root).unreleased() == []


def test_commands_that_cannot_do_their_work_say_why(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["check", "--in", str(root / "nowhere")]) == 2
    assert "is no folder" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "jsoncompat", None)
    assert main(["check", "--in", str(root)]) == 2
    assert "pip install 'mutua-contracts[gate]'" in capsys.readouterr().err
