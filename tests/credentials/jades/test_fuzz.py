"""Whatever stands in the unsigned members of a seal, an answer comes back, and junk never makes it better."""

import base64
import json
import random
from typing import Any

import pytest

from mutua_credentials import jws
from mutua_credentials.verify import CheckName, Result

from .pki import SEALED, b64


def spoilt(der: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, taken out, put in, or everything from somewhere on cut off."""
    data = bytearray(der)
    for _ in range(chance.choice((1, 1, 2, 8))):
        place = chance.randrange(len(data) or 1)
        match chance.randrange(4):
            case 0:
                data[place : place + 1] = chance.randbytes(1)
            case 1:
                del data[place : place + chance.choice((1, 2, 40))]
            case 2:
                data[place:place] = chance.randbytes(chance.choice((1, 4)))
            case _:
                data = data[: place + 1] if chance.random() < 0.2 else data
    return bytes(data)


@pytest.mark.parametrize("seed", range(4))
def test_spoilt_members(start: Any, check: Any, pki: Any, seed: int) -> None:
    chance = random.Random(seed)
    made = start().stamped(pki.tsa)
    made.with_values(
        [pki.issuing, pki.responder],
        [pki.issuing.crl({7: (SEALED, None)}), pki.stamping_root.crl()],
        [pki.issuing.answer(pki.seal, pki.responder)],
    ).archived(pki.tsa)
    for _ in range(60):
        changed = start()
        changed.protected_text, changed.signature_text = made.protected_text, made.signature_text
        for text in made.etsi_u:
            members = json.loads(jws.decode(text) or b"")
            for holder in values(members):
                if chance.random() < 0.3:
                    holder["val"] = b64(spoilt(base64.b64decode(holder["val"]), chance))
            changed.add(members)
        found = check(changed)
        assert found.check(CheckName.SIGNATURE).result is Result.PASS
        if any(
            stamp["result"] == "broken" for stamp in found.check(CheckName.SEAL_LEVEL).evidence["timestamps"]
        ):
            assert found.check(CheckName.SEAL_LEVEL).result is Result.FAIL


def values(value: Any) -> list[dict[str, Any]]:
    """Every object with a `val`."""
    if isinstance(value, list):
        return [found for item in value for found in values(item)]
    if not isinstance(value, dict):
        return []
    return [value] if "val" in value else [found for item in value.values() for found in values(item)]
