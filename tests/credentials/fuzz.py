"""Fuzz the verification: `python tests/credentials/fuzz.py --seconds 600 [--seed 1] [--corpus DIR]`.

Every round takes a credential of the corpus (the public vectors, or a folder of one's own), spoils one of its
members or tears its bytes, and verifies it. It stops at the first input that makes verification raise, take
longer than SLOW seconds or hold more than MEMORY bytes, saves that input as `fuzz-<seed>-<round>.bin` and
ends with code 1.
"""

import argparse
import json
import os
import random
import resource
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from mutations import REPLACEMENTS, torn

from mutua_credentials import jws
from mutua_credentials.verify import CHECKS, Document, NotObtained, verify

SLOW = 30.0
MEMORY = 512 * 1024 * 1024
AS_OF = datetime(2026, 11, 23, tzinfo=UTC)
VECTORS = Path(os.environ.get("MUTUA_VECTORS", Path(__file__).resolve().parents[3] / "shared" / "vectors"))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, default=VECTORS / "verify")
    options = parser.parse_args()
    corpus = read_corpus(options.corpus)
    if not corpus:
        print(f"{options.corpus} holds nothing to begin with: give a folder of credentials", file=sys.stderr)
        return 2
    until, rounds = time.monotonic() + options.seconds, 0
    while time.monotonic() < until:
        rounds += 1
        chance = random.Random(f"{options.seed} {rounds}")
        data = damaged(chance.choice(corpus), chance)
        wrong = judged(data, chance, corpus)
        if wrong is None and peak() > MEMORY:
            wrong = f"{peak() >> 20} MiB"
        if wrong is not None:
            saved = Path(f"fuzz-{options.seed}-{rounds}.bin")
            saved.write_bytes(data)
            print(f"round {rounds}: {wrong}; saved as {saved}", file=sys.stderr)
            return 1
    print(f"{rounds} rounds, {len(corpus)} seeds, at most {peak() >> 20} MiB: nothing found")
    return 0


def read_corpus(folder: Path) -> list[bytes]:
    """Every different file below a folder that is not too large to be spoilt often."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size < 200_000)
    return list(dict.fromkeys(data for path in files if (data := path.read_bytes())))


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Spoilt as JSON where it is JSON or a token, else torn."""
    kind = chance.random()
    if kind < 0.4:
        return torn(data, chance)
    try:
        value: Any = json.loads(data)
    except ValueError:
        return torn_token(data, chance)
    for _ in range(chance.randint(1, 3)):
        value = spoilt_once(value, chance)
    return json.dumps(value).encode()


def torn_token(data: bytes, chance: random.Random) -> bytes:
    """A token with one of its parts decoded, spoilt and encoded again."""
    parts = data.decode("ascii", "ignore").strip().split(".")
    place = chance.randrange(len(parts))
    decoded = jws.decode(parts[place].partition("~")[0])
    if decoded is None:
        return torn(data, chance)
    try:
        inner = json.dumps(spoilt_once(json.loads(decoded), chance)).encode()
    except ValueError:
        inner = torn(decoded, chance)
    parts[place] = jws.encode(inner)
    return ".".join(parts).encode()


def spoilt_once(value: Any, chance: random.Random) -> Any:
    """One place of a JSON value replaced, doubled or taken away."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        name = chance.choice(list(value))
        return changed({**value}, name, chance)
    if isinstance(value, list) and value and chance.random() < 0.9:
        return changed([*value], chance.randrange(len(value)), chance)
    return chance.choice(REPLACEMENTS)


def changed(container: Any, name: Any, chance: random.Random) -> Any:
    if chance.random() < 0.15:
        del container[name]
    elif chance.random() < 0.1 and isinstance(container, list):
        container += container[:50]
    else:
        container[name] = spoilt_once(container[name], chance)
    return container


def judged(data: bytes, chance: random.Random, corpus: Sequence[bytes]) -> str | None:
    """What is wrong with how an input was answered, or None."""

    def documents(url: str, at: datetime | None) -> Document | NotObtained:
        """Anything may be served: another credential, a damaged document, nothing."""
        served = chance.choice(corpus) if chance.random() < 0.5 else b""
        return Document(url, torn(served, chance), "fuzz") if served else NotObtained("not_supplied", str(at))

    started = time.monotonic()
    try:
        found = verify(data, as_of=AS_OF, documents=documents)
        text = json.dumps(found.to_json())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
        return f"{type(error).__name__}: {error}"[:300]
    if tuple(check.name for check in found.checks) != CHECKS or not text:
        return "another number of checks"
    if time.monotonic() - started > SLOW:
        return f"{time.monotonic() - started:.0f} s"
    return None


def peak() -> int:
    """The most memory that this process has held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    sys.exit(main())
