"""Free loopback ports, handed out so that two stacks beside one another do not meet.

A port is free when it can be bound on 127.0.0.1 now. Ports below the kernel's ephemeral range are taken on
purpose: a port of that range can be lent to an outgoing connection while the stack is down, and a restart
would find it busy.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Collection

from mutua_local.errors import StackError

LOOPBACK = "127.0.0.1"
LOWEST, HIGHEST = 20_000, 32_000


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def answers(port: int, timeout: float = 0.5) -> bool:
    """Whether somebody accepts connections on this loopback port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout):
            return True
    except OSError:
        return False


def free_port(taken: Collection[int] = ()) -> int:
    """A loopback port that is free now and not among `taken`; raises StackError PORTS_EXHAUSTED."""
    for port in random.sample(range(LOWEST, HIGHEST), 500):
        if port not in taken and is_free(port):
            return port
    raise StackError(
        "PORTS_EXHAUSTED",
        found=f"500 busy ports between {LOWEST} and {HIGHEST}",
        expected="a free one on 127.0.0.1",
        fix="stop programs that listen there (`ss -ltnp` shows them) and try again",
    )
