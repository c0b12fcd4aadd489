"""Which broker is chosen on which machine, and that the reason is said. Machines are folders with fake
programs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mutua_local import broker, java
from mutua_local.errors import StackError

JAVA_17 = "echo 'openjdk version \"17.0.15\" 2025-04-15' >&2"
JAVA_8 = "echo 'java version \"1.8.0_392\"' >&2"
BROKEN = "echo 'Error: could not find libjava.so' >&2; exit 2"
FETCHES = """for option; do case $option in -DoutputDirectory=*) folder=${option#*=};; esac; done
mkdir -p "$folder" && touch "$folder/kafka_2.13-4.4.0.jar" """
OFFLINE = "echo '[ERROR] Could not transfer artifact: Unknown host'; exit 1"

Machine = Callable[..., Path]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A function that puts fake programs on an otherwise empty PATH, with an empty cache."""

    def make(**programs: str) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        for name, script in programs.items():
            (folder / name).write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
            (folder / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        for name in ("JAVA_HOME", "MUTUA_KAFKA_JARS", "MUTUA_KAFKA_BOOTSTRAP"):
            monkeypatch.delenv(name, raising=False)
        return folder

    return make


def choose(wish: str | None = None) -> broker.Choice:
    return broker.choose(wish, lambda _text: None)


def test_kafka_where_java_and_maven_are(machine: Machine) -> None:
    machine(java=JAVA_17, mvn=FETCHES)
    choice = choose()
    assert choice.kind == "kafka"
    assert choice.reason == "Java 17 and Kafka's jars are at hand"
    assert choice.jars is not None
    assert list(choice.jars.glob("kafka_2.13-*.jar"))


def test_jars_are_fetched_once(machine: Machine) -> None:
    folder = machine(java=JAVA_17, mvn=FETCHES)
    choose()
    (folder / "mvn").unlink()
    assert choose().kind == "kafka"


@pytest.mark.parametrize(
    ("programs", "reason"),
    [
        ({}, "no `java` on PATH and no JAVA_HOME"),
        ({"java": JAVA_8}, "is Java 8, Kafka needs 17 or later"),
        ({"java": BROKEN}, "ended with 2: 'Error: could not find libjava.so'"),
        ({"java": "echo hello"}, "says nothing about a version: 'hello'"),
        ({"java": JAVA_17}, "no `mvn` on PATH to fetch them"),
        ({"java": JAVA_17, "mvn": OFFLINE}, "Maven could not fetch Kafka: "),
        ({"java": JAVA_17, "mvn": "true"}, "ended well but brought no Kafka jars"),
        ({"java": JAVA_17, "mvn": "exec /no/such/jvm"}, "Maven could not fetch Kafka: "),
    ],
)
def test_preview_says_why(machine: Machine, programs: dict[str, str], reason: str) -> None:
    machine(**programs)
    choice = choose()
    assert choice.kind == "preview"
    assert choice.reason.startswith("Apache Kafka cannot run here: ")
    assert reason in choice.reason


def test_a_java_that_never_answers_does_not_hold_up(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(java="exec sleep 60")
    monkeypatch.setattr(java, "VERSION_SECONDS", 0.2)
    assert "did not end within" in choose().reason


def test_java_home_comes_before_the_path(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = machine(java=JAVA_8, mvn=FETCHES)
    home = tmp_path / "jdk" / "bin"
    home.mkdir(parents=True)
    (home / "java").write_text((folder / "java").read_text().replace("1.8.0_392", "21.0.1"))
    (home / "java").chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(home.parent))
    assert choose().reason == "Java 21 and Kafka's jars are at hand"


def test_nothing_half_stays_of_a_fetch_that_failed(machine: Machine, tmp_path: Path) -> None:
    machine(java=JAVA_17, mvn=f"{FETCHES}; rm $folder/*; touch $folder/other.jar; exit 1")
    choose()
    assert not list((tmp_path / "cache").rglob("*.jar"))


def test_what_was_asked_for_is_taken(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine(java=JAVA_17, mvn=FETCHES)
    assert choose("preview").kind == "preview"
    assert choose("kafka").reason == "asked for"
    assert choose("kafka-1.example:9092").address == "kafka-1.example:9092"
    monkeypatch.setenv("MUTUA_KAFKA_BOOTSTRAP", "127.0.0.1:9092")
    assert choose() == broker.Choice("address", "MUTUA_KAFKA_BOOTSTRAP is set", address="127.0.0.1:9092")
    assert choose("preview").kind == "preview"


def test_kafka_asked_for_and_impossible(machine: Machine) -> None:
    machine(java=JAVA_8)
    with pytest.raises(StackError, match=r"KAFKA_IMPOSSIBLE.*Java 8"):
        choose("kafka")


@pytest.mark.parametrize("wish", ["kafak", "host:", ":9092", "host:99999", "host:9092,"])
def test_a_wish_that_is_no_broker(machine: Machine, wish: str) -> None:
    machine()
    with pytest.raises(StackError, match="BROKER_UNKNOWN"):
        choose(wish)
