"""Whether Apache Kafka can run on this machine: a JDK of 17 or later, and its jars at hand or by Maven.

Nothing here raises for a machine that lacks something: the answer is then a reason that a person can read,
because the stack goes on with the preview broker. Jars are fetched once for a user and are complete or
absent, never half there.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mutua_local.files import locked

LEAST_JAVA = 17
POM = Path(__file__).resolve().parent.parent / "kafka" / "pom.xml"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
FETCH_SECONDS = 300.0
VERSION_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Java:
    """A JVM that answered: its program and its major version."""

    program: str
    version: int


@dataclass(frozen=True, slots=True)
class Missing:
    """Why something cannot be used, as the second half of a sentence ("... because `reason`")."""

    reason: str


def find_java() -> Java | Missing:
    """The JVM of JAVA_HOME, else the first on PATH, when it is of LEAST_JAVA or later and really runs."""
    home = os.environ.get("JAVA_HOME")
    candidates = [str(Path(home) / "bin" / "java")] if home else []
    candidates += [found for found in [shutil.which("java")] if found]
    missing = Missing("no `java` on PATH and no JAVA_HOME")
    for program in candidates:
        answer = _version(program)
        if isinstance(answer, Java):
            return answer
        missing = answer
    return missing


def _version(program: str) -> Java | Missing:
    answer = _run([program, "-version"], seconds=VERSION_SECONDS)
    if isinstance(answer, Missing):
        return answer
    match = re.search(r'version "(\d+)(?:\.(\d+))?', answer)
    if match is None:
        return Missing(f"{program} -version says nothing about a version: {_first_line(answer)!r}")
    version = int(match[2]) if match[1] == "1" and match[2] else int(match[1])
    if version < LEAST_JAVA:
        return Missing(f"{program} is Java {version}, Kafka needs {LEAST_JAVA} or later")
    return Java(program, version)


def cache_folder() -> Path:
    """Where this user's caches are, by the convention of the platform."""
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "mutua"
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "mutua"


def jar_folder() -> Path:
    """The folder of what the pom pins; MUTUA_KAFKA_JARS names another, e.g. the `libs` of a Kafka."""
    if named := os.environ.get("MUTUA_KAFKA_JARS"):
        return Path(named)
    pinned = hashlib.sha256(POM.read_bytes()).hexdigest()[:12] if POM.exists() else "unpinned"
    return cache_folder() / f"kafka-{pinned}"


def cached_jars() -> Path | Missing:
    """The jars where they are at hand already."""
    folder = jar_folder()
    if any(folder.glob("kafka_2.13-*.jar")):
        return folder
    return Missing(f"no Kafka jars in {folder}")


def find_jars(say: Callable[[str], None]) -> Path | Missing:
    """The jars from the cache, or fetched with Maven once (43 MB); `say` is told before it takes a while."""
    cached = cached_jars()
    if isinstance(cached, Path) or "MUTUA_KAFKA_JARS" in os.environ:
        return cached
    maven = shutil.which("mvn")
    if maven is None:
        return Missing(f"{cached.reason} and no `mvn` on PATH to fetch them")
    if not POM.exists():
        return Missing(f"{cached.reason} and no {POM} that says which to fetch")
    folder = jar_folder()
    with locked(folder.with_suffix(".lock")):
        if isinstance(cached_jars(), Path):  # another stack was faster
            return folder
        say("fetching Apache Kafka with Maven, once (43 MB)")
        return _fetch(maven, folder)


def _fetch(maven: str, folder: Path) -> Path | Missing:
    fresh = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}")
    options = ["-q", "-B", "-C", f"-DoutputDirectory={fresh}", "-DincludeScope=runtime"]
    try:
        answer = _run([maven, *options, "-f", str(POM), COPY], seconds=FETCH_SECONDS)
        if isinstance(answer, Missing):
            return Missing(f"Maven could not fetch Kafka: {answer.reason}")
        if not any(fresh.glob("kafka_2.13-*.jar")):
            return Missing(f"{maven} ended well but brought no Kafka jars")
        fresh.rename(folder)
        return folder
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _run(command: list[str], *, seconds: float) -> str | Missing:
    """What a program wrote, or why it could not be run."""
    try:
        done = subprocess.run(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
    except OSError as error:
        return Missing(f"{command[0]} cannot be run ({error.strerror or error})")
    except subprocess.TimeoutExpired:
        return Missing(f"{command[0]} did not end within {seconds:.0f} seconds")
    text = done.stdout.decode("utf-8", errors="replace")
    if done.returncode != 0:
        return Missing(f"{command[0]} ended with {done.returncode}: {_first_line(text)!r}")
    return text


def _first_line(text: str) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return next((line.strip()[:200] for line in plain.splitlines() if line.strip()), "")
