"""The office's receiver: it takes what is genuine, and nothing else. Signed here by the standard's rule."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mutua_local.demo.receiver import Receiver, is_genuine, public_key, receiving

BODY = b'{"id": "e-1", "data": {"outcome": "RECOGNISED_FULL"}}'
SEED = bytes(range(32))
"""The reference's vector for `v1a` uses this seed."""


def signed(
    body: bytes, key: Ed25519PrivateKey, *, id: str = "e-1", at: float | None = None
) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    signature = base64.b64encode(key.sign(f"{id}.{stamp}.".encode() + body)).decode()
    return {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": f"v1a,{signature}"}


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(SEED)


def test_the_vector_of_the_reference() -> None:
    known = public_key("whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=")
    signature = "yoUrgEkc12aGqm0n4Sydmdz55xJfTz4AsAgieHFjmkR7LJtqVCZOQYzvvHjI5kAey+r4iaBGxTFRrl2iBQxtDQ=="
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": f"v1,AAAA v1a,{signature}",
    }
    assert is_genuine(known, headers, b'{"test": 2432232314}', 1614265330 + 60)
    assert not is_genuine(known, headers, b'{"test": 2432232315}', 1614265330 + 60)
    assert not is_genuine(known, headers, b'{"test": 2432232314}', 1614265330 + 301)


Spoil = Callable[[dict[str, str], bytes], tuple[dict[str, str], bytes]]
FORGERIES: dict[str, Spoil] = {
    "another body": lambda headers, body: (headers, body.replace(b"FULL", b"NULL")),
    "another id": lambda headers, body: ({**headers, "webhook-id": "e-2"}, body),
    "another time": lambda headers, body: (
        {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)},
        body,
    ),
    "no signature": lambda headers, body: ({**headers, "webhook-signature": ""}, body),
    "another version": lambda headers, body: (
        {**headers, "webhook-signature": headers["webhook-signature"].replace("v1a", "v1")},
        body,
    ),
    "no base64": lambda headers, body: ({**headers, "webhook-signature": "v1a,%%%"}, body),
    "no time": lambda headers, body: ({**headers, "webhook-timestamp": "now"}, body),
    "no headers": lambda _headers, body: ({}, body),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused(name: str, key: Ed25519PrivateKey) -> None:
    headers = signed(BODY, key)
    assert is_genuine(key.public_key(), headers, BODY, time.time())
    assert not is_genuine(key.public_key(), *FORGERIES[name](headers, BODY), time.time())


def test_what_is_signed_by_another_key_is_refused(key: Ed25519PrivateKey) -> None:
    assert not is_genuine(Ed25519PrivateKey.generate().public_key(), signed(BODY, key), BODY, time.time())


def test_it_listens_and_keeps_an_event_once(key: Ed25519PrivateKey) -> None:
    with receiving() as receiver:
        assert post(receiver, signed(BODY, key), BODY) == 401  # before it knows any key
        receiver.key = key.public_key()
        assert [post(receiver, signed(BODY, key), BODY) for _ in range(2)] == [204, 204]
        assert post(receiver, signed(b"{}", key), BODY) == 401
    assert receiver.events == {"e-1": json.loads(BODY)}
    assert receiver.refused == 2
    assert receiver.refuses_a_forgery()


def test_without_a_delivery_nothing_is_proven(key: Ed25519PrivateKey) -> None:
    assert not Receiver("http://127.0.0.1:1", key.public_key()).refuses_a_forgery()


@pytest.mark.parametrize("text", ["whsec_AAAA", "whpk_%%%", "whpk_AAAA", ""])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        public_key(text)


def post(receiver: Any, headers: dict[str, str], body: bytes) -> int:
    return httpx.post(receiver.address, headers=headers, content=body, trust_env=False).status_code
