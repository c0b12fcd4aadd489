"""Kill -9 by hand while credentials are issued, then start again: nothing is lost, doubled or reordered."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

import pytest
from counting import Line, Load, count, lay, settle
from house import House
from listening import Listener

from mutua_local.services import Program

pytestmark = [pytest.mark.servers, pytest.mark.kafka, pytest.mark.timeout(600)]


@pytest.fixture
def line(on_kafka: House) -> Iterator[Line]:
    with Listener() as receiver:
        made = lay(on_kafka, receiver)
        yield made
        made.recogniser.trusts_nobody()
        made.recogniser.person("coordinator").done("recognition", f"/standing-rules/{made.rule}/end")
        made.office.ask("notifier", "DELETE", f"/endpoints/{made.endpoint}")


def services(house: House) -> list[Program]:
    """Every process of a service."""
    return [program for program in house.table if program.role is not None]


def test_all_processes_are_killed_at_once_and_come_back(line: Line) -> None:
    house = line.house
    processes = house.around.folder.processes
    with Load(line) as load:
        load.grow(20)
        for program in services(house):
            assert processes.kill(program.name)
        house.up()
        load.grow(20)
    settle(load)
    print(count(load))


@pytest.mark.storm
def test_each_process_is_killed_in_turn(line: Line) -> None:
    house = line.house
    luck = random.Random(seed())
    programs = services(house)
    luck.shuffle(programs)
    with Load(line) as load:
        for program in programs:
            load.grow(10)
            time.sleep(luck.uniform(0.0, 0.5))
            assert house.around.folder.processes.kill(program.name)
            time.sleep(luck.uniform(0.0, 1.0))
            house.up([program])
        load.grow(10)
    settle(load)
    print(count(load))


@pytest.mark.storm
@pytest.mark.parametrize("server", ["kafka-1", "postgres"])
@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_server_goes_and_comes_back(line: Line, server: str, how: str) -> None:
    house = line.house
    processes = house.around.folder.processes
    with Load(line) as load:
        load.grow(20)
        assert processes.kill(server) if how == "kill" else processes.stop(server)
        time.sleep(1)
        house.up()
        load.grow(20)
    settle(load)
    print(count(load))


def seed() -> int:
    """The seed of this run, said so that it can be repeated."""
    chosen = int(os.environ.get("MUTUA_STORM_SEED", random.randrange(2**32)))
    print(f"\nstorm seed {chosen}: MUTUA_STORM_SEED={chosen} repeats it")
    return chosen
