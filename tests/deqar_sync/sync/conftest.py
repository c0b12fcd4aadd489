"""A generated registry: larger than the demo, and small enough to be read again and again."""

from collections.abc import Iterator

import pytest

from mutua_local.deqar import Clock, Simulator
from mutua_local.deqar.generate import Profile, generate
from tests.deqar_sync.conftest import TODAY, TOKEN

SIZE = Profile(agencies=3, providers=10, reports=30)


@pytest.fixture
def registry() -> Iterator[Simulator]:
    simulator = Simulator(token=TOKEN, clock=Clock(TODAY))
    simulator.load(*generate(SIZE, 7, TODAY))
    yield simulator
    simulator.close()
