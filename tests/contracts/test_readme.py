"""What the README shows works as it stands."""

import base64
import hashlib
import hmac
import re
import time
from typing import Any

import pytest

from mutua_contracts.archive import COMMITTED

README = (COMMITTED.parent / "README.md").read_text()
GOLDEN = COMMITTED / "golden"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    """The names that the examples of the README define."""
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(block, names)
    return names


def body(name: str) -> bytes:
    return (GOLDEN / name / "1.json").read_bytes()


def test_the_first_example_reads_an_event(shown: dict[str, Any]) -> None:
    handle = shown["handle"]
    decided = handle(body("eu.mutua.recognition.decided.v1"))
    assert decided == "urn:uuid:6f1c0f0e-0000-7000-8000-000000000001: RECOGNISED_CONDITIONAL"
    assert handle(body("eu.mutua.review.closed.v1")) == "not for us: eu.mutua.review.closed.v1"
    assert handle(b"{}").startswith("refused: malformed")


def signed(content: bytes, stamp: int) -> dict[str, str]:
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    mac = hmac.new(key, b"msg_1." + str(stamp).encode() + b"." + content, hashlib.sha256).digest()
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(stamp),
        "webhook-signature": f"v1a,other v1,{base64.b64encode(mac).decode()}",
    }


def test_the_second_example_checks_a_webhook(shown: dict[str, Any]) -> None:
    content, now = body("eu.mutua.recognition.decided.v1"), int(time.time())
    receive = shown["receive"]
    assert receive(signed(content, now), content, SECRET).data.outcome == "RECOGNISED_CONDITIONAL"
    assert receive(signed(content, now), content + b" ", SECRET) is None
    assert receive(signed(content, now - 900), content, SECRET) is None
    assert receive({**signed(content, now), "webhook-signature": "v1,\u00e9"}, content, SECRET) is None


def test_the_public_example_of_standard_webhooks_agrees() -> None:
    """Known answer of the specification's own library for id, time and body below."""
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    message = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
    mac = hmac.new(key, message, hashlib.sha256).digest()
    assert base64.b64encode(mac) == b"g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
