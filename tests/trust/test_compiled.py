"""The compiled kernel answers as the engine does, to the last id, and follows what the log learns."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from trust_worlds import DAYS, ENTITIES, EVERYBODY, NEWEST, Seeded, World, make_policy, seeded_world

from mutua_trust import Aspect, Mode, Polarity, Policy, PolicyBook, Request, Scope, Statement, TrustIndex
from mutua_trust.bulk import Citations, Kernel, accepts, portability
from mutua_trust.compiled import kernel
from mutua_trust.preview import preview_publishing, preview_revoking

pytest.importorskip("numba", reason="the compiled kernel is an optional extra, and numba is not installed")

WORLDS = 2000


def kernel_of(index: TrustIndex, book: PolicyBook) -> Kernel:
    found = kernel(index, book)
    assert found is not None
    return found


def overlay(policy: Policy) -> dict[str, object]:
    return {field.name: getattr(policy, field.name) for field in fields(policy)}


def book_of(world: World, seed: int) -> PolicyBook:
    """The world's policy for everybody, and others for some."""
    choices = Seeded(seed)
    own = {entity: make_policy(choices) for entity in ENTITIES if choices.chance(30)}
    return PolicyBook(overlay(world.policy), {entity: overlay(policy) for entity, policy in own.items()})


def requests_of(world: World) -> Iterator[Request]:
    for entity in EVERYBODY:
        yield replace(world.request, recogniser=entity)
    yield replace(world.request, mode=None)
    yield replace(world.request, recogniser="nobody")
    yield replace(world.request, ects=10**400)
    if world.request.aspects == frozenset(Aspect):
        yield replace(world.request, subjects={Aspect.QUALITY: "A"})


def test_decisions_and_maps_are_the_engines_in_many_worlds() -> None:
    accepted = 0
    for seed in range(WORLDS):
        world = seeded_world(seed)
        index, book = world.index(), book_of(world, seed)
        compiled = kernel_of(index, book)
        version = min(NEWEST, NEWEST if world.request.version is None else world.request.version)
        asked = list(requests_of(world))
        answers = accepts(index, asked, book, version, compiled)
        assert answers == accepts(index, asked, book, version), seed
        accepted += sum(answer is not None for answer in answers)
        for request in (replace(asked[0], version=version), replace(asked[-1], version=version)):
            fast, slow = (portability(index, request, book, each) for each in (compiled, None))
            assert list(fast.accepted.items()) == list(slow.accepted.items()), seed
            assert (len(fast.accepted), fast) == (len(slow.accepted), slow)
    assert accepted > WORLDS


def test_the_kernel_follows_the_log() -> None:
    for seed in range(60):
        world = seeded_world(seed)
        book = book_of(world, seed)
        index = TrustIndex()
        index.advance(NEWEST)
        compiled = kernel_of(index, book)
        asked = [replace(world.request, recogniser=entity, version=None) for entity in EVERYBODY]
        for number, statement in enumerate(world.statements):
            index.apply(replace(statement, revoked=None))
            if number % 5 == 0:
                assert compiled.accepts(asked, NEWEST) == accepts(index, asked, book), seed
        for statement in world.statements[::3]:
            index.revoke(statement.id, NEWEST)
            assert compiled.accepts(asked, NEWEST) == accepts(index, asked, book), seed


def test_previews_are_the_engines() -> None:
    for seed in range(10):
        world = seeded_world(seed)
        index, book = world.index(), book_of(world, seed)
        compiled = kernel_of(index, book)
        like = replace(world.request, version=None)
        statement = replace(world.statements[0], id="supposed", recorded=0, revoked=None)
        new = replace(statement, truster="newcomer", trustee="C", depth=3)
        ways = [(like, book, 10**7, each) for each in (compiled, None)]
        for supposed in (statement, new, replace(statement, polarity=Polarity.DISTRUST)):
            fast, slow = (preview_publishing(index, supposed, *way) for way in ways)
            assert fast.changes == slow.changes, seed
            assert fast.complete
        for old in world.statements[::9]:
            fast, slow = (preview_revoking(index, old.id, *way) for way in ways)
            assert fast.changes == slow.changes, seed
        asked = [replace(like, recogniser=entity) for entity in EVERYBODY]
        assert compiled.accepts(asked, NEWEST) == accepts(index, asked, book), "nothing supposed remains"


def test_deciding_again_is_the_engines() -> None:
    for seed in range(50):
        world = seeded_world(seed)
        index, book = world.index(), book_of(world, seed)
        citations = Citations()
        for entity in EVERYBODY:
            request = replace(world.request, recogniser=entity, id=entity, version=None)
            citations.note(request, index.decide(request, book.of(entity)))
        compiled = kernel_of(index, book)
        for statement in world.statements:
            if citations.citing(statement.id):
                index.revoke(statement.id, NEWEST)
                again = citations.redecide(index, book, statement.id, compiled)
                assert list(again) == list(citations.redecide(index, book, statement.id))


def test_a_log_beyond_the_numbers_of_a_machine_has_no_kernel() -> None:
    index = TrustIndex([Statement("s", "C", "B", scope=Scope(max_ects=2**53 + 1))])
    assert kernel(index, PolicyBook()) is None


def test_the_folder_of_compiled_code_is_ours_alone(tmp_path: Path) -> None:
    """In a process of its own, since the choice is made once."""
    program = "from mutua_trust.compiled.cache import _folder; print(_folder())"
    environment = {"XDG_CACHE_HOME": str(tmp_path), "PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    def folder() -> str:
        run = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        return run.stdout.strip()

    kept = Path(folder())
    assert kept.is_relative_to(tmp_path)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    kept.chmod(0o777)
    assert folder() == "None"


def test_importing_the_library_imports_no_compiler() -> None:
    library = "import sys, mutua_trust.bulk, mutua_trust.compiled"
    program = f"{library}; sys.exit(bool({{'numba', 'numpy'}} & {{*sys.modules}}))"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_modes_of_policies_meet_in_one_map() -> None:
    index = TrustIndex(
        [
            Statement("q", "C", "B", scope=Scope(aspects=frozenset({Aspect.QUALITY}))),
            Statement("r", "C", "B", scope=Scope(aspects=frozenset({Aspect.CONTENT, Aspect.ASSESSMENT}))),
            Statement("s", "A", "B"),
        ]
    )
    request = Request("r", "", "B", frozenset({"0613"}), 6, 5, "x", "y", frozenset(Aspect), DAYS[0], DAYS[0])
    book = PolicyBook(recognisers={"C": {"mode": Mode.PER_ASPECT}})
    found = portability(index, request, book, kernel_of(index, book))
    assert list(found.accepted) == ["A", "C"]
    assert found.accepted["A"].chain == ("s",)
    assert found.accepted["C"].chains == {
        Aspect.QUALITY: ("q",),
        Aspect.CONTENT: ("r",),
        Aspect.ASSESSMENT: ("r",),
    }
    assert "B" not in found.accepted
    assert found == portability(index, request, book)
