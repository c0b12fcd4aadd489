"""Bulk answers from the compiled loops: for one index, under one book of policies.

The answers are the engine's, to the last id. What the loops leave open (a quorum to be counted, a winner that
distrust between hops apart may bar, credits that no machine number equals) is asked of the engine.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace
from math import isnan

import numpy as np

from mutua_trust import engine
from mutua_trust.compiled.loops import LONGEST, UNSETTLED, map_of, winners
from mutua_trust.compiled.rules import Array
from mutua_trust.compiled.tables import Tables, machine_number
from mutua_trust.index import TrustIndex
from mutua_trust.policy import Mode, Policy, PolicyBook
from mutua_trust.records import Record
from mutua_trust.request import Request
from mutua_trust.verdict import Chain, Outcome, Verdict, accept

Winners = Sequence[tuple[int, list[int]]]
Map = tuple[Array, Array]
"""Per request or recogniser: how many hops the winner has (0: none), and its rows."""


class Kernel:
    """Answers for the index as it is when asked. Raises Unfit where the log does not fit into the arrays."""

    def __init__(self, index: TrustIndex, policies: PolicyBook) -> None:
        self.index = index
        self.policies = policies
        default = policies.of("")
        own = {recogniser: policies.of(recogniser) for recogniser in policies.recognisers}
        self._rules = {policy: n for n, policy in enumerate(dict.fromkeys((default, *own.values())))}
        self._own = {recogniser: self._rules[policy] for recogniser, policy in own.items()}
        bindings = dict.fromkeys(policy.binding for policy in self._rules)
        self._bindings = {binding: number for number, binding in enumerate(bindings)}
        self._policies = np.array([_columns(p, self._bindings[p.binding]) for p in self._rules], np.int32)
        self._apart = [policy.mode is Mode.PER_ASPECT for policy in self._rules]
        self._tables = Tables(index.graph)
        self._still = False
        self._bind()

    def accepts(self, requests: Sequence[Request], version: int) -> list[Verdict | None]:
        """The accept of each request at this version; None for a review."""
        self._follow()
        parts = [self._parts(request) for request in requests]
        lengths, chains = self._winners([part for each in parts for part in each], version)
        winners = iter(zip(lengths.tolist(), chains.tolist(), strict=True))
        return [
            self._settle(request, version, each, [next(winners) for _ in each])
            for request, each in zip(requests, parts, strict=True)
        ]

    def fits(self, request: Request) -> bool:
        """Whether maps can be asked about it: whether its credits equal a machine's number."""
        return not isnan(machine_number(request.ects or 0))

    def differing(self, request: Request, before: int, after: int) -> tuple[Set[str], Set[str]]:
        """Who accepts the request's credential at the one version only, and who at the other only."""
        was, becomes = (self.portability(request, version).flags() for version in (before, after))
        lost, gained = (np.flatnonzero(only).tolist() for only in (was & ~becomes, becomes & ~was))
        names = self._tables.names
        return {names[number] for number in lost}, {names[number] for number in gained}

    def portability(self, request: Request, version: int) -> "Accepted":
        """Every recogniser's accept of the request's credential; a verdict is made when it is looked at."""
        self._follow()
        found = Accepted(request, version, self._tables)
        if not request.complete():
            return found
        everyone = np.ones(len(self._bound), np.bool_)
        apart = everyone if request.subjects else np.array(self._apart)[self._bound]
        for who, parts in ((~apart, [request]), (apart, [request.alone(a) for a in request.asked()])):
            if who.any():
                maps = [self._map(part, version) for part in parts]
                accepting, known = who.copy(), everyone.copy()
                for lengths, _ in maps:
                    accepting &= lengths != 0
                    known &= lengths != UNSETTLED
                found.add(parts, maps, accepting & known)
                for number in np.flatnonzero(accepting & ~known).tolist():
                    self._ask_engine(request, self._tables.names[number], found)
        return found

    def _ask_engine(self, request: Request, recogniser: str, found: "Accepted") -> None:
        policy, asked = self.policies.of(recogniser), replace(request, recogniser=recogniser)
        verdict = engine.accepts(self.index.graph, asked, policy, found.version)
        if verdict is not None:
            found.settled[recogniser] = verdict

    @contextmanager
    def supposing(self, record: Record, trust: bool) -> Generator[None]:
        """With one statement more until the end of the block, which the graph is to have in it as well."""
        self._follow()
        with self._tables.supposing(record, trust):
            self._bind()
            self._still = True
            try:
                yield
            finally:
                self._still = False
        self._bind()

    @contextmanager
    def revoking(self, record: Record, version: int) -> Generator[None]:
        """With one statement revoked at this version until the end of the block, as it is in the graph."""
        self._follow()
        with self._tables.revoking(record, version):
            self._still = True
            try:
                yield
            finally:
                self._still = False

    def _follow(self) -> None:
        """See what was entered or revoked since, unless something is only supposed."""
        if not self._still and self._tables.follow():
            self._bind()

    def _bind(self) -> None:
        """Per entity the number of its policy, and per set of binding authorities who is one."""
        numbers, entities = self._tables.numbers, len(self._tables.barred)
        self._bound = np.zeros(entities, np.int32)
        for recogniser, policy in self._own.items():
            if recogniser in numbers:
                self._bound[numbers[recogniser]] = policy
        self._authorities = np.zeros((len(self._bindings), entities), np.bool_)
        for binding, row in self._bindings.items():
            self._authorities[row, [numbers[entity] for entity in binding if entity in numbers]] = True

    def _parts(self, request: Request) -> list[Request]:
        """What is decided alone; nothing where the request is incomplete."""
        if not request.complete():
            return []
        if request.subjects or self._apart[self._own.get(request.recogniser, 0)]:
            return [request.alone(aspect) for aspect in request.asked()]
        return [request]

    def _settle(
        self, request: Request, version: int, parts: Sequence[Request], winners: Winners
    ) -> Verdict | None:
        lengths = [hops for hops, _ in winners]
        if not parts or 0 in lengths:
            return None
        if UNSETTLED in lengths:
            return engine.accepts(self.index.graph, request, self.policies.of(request.recogniser), version)
        records = self._tables.records
        return _accept(request, version, parts, [_ids(records, rows[:hops]) for hops, rows in winners])

    def _winners(self, parts: Sequence[Request], version: int) -> Map:
        """The winner of each request, all its aspects together."""
        tables = self._tables
        rules = [self._own.get(part.recogniser, 0) for part in parts]
        asks, assessed, taught = tables.asks(parts, rules, version)
        lengths, chains = np.zeros(len(parts), np.int8), np.zeros((len(parts), LONGEST), np.int32)
        winners(
            asks, self._policies, tables.rows, tables.keyed, tables.heads, tables.bars, tables.barred,
            self._authorities, assessed, taught, lengths, chains,
        )  # fmt: skip
        lengths[np.isnan(asks["ects"])] = UNSETTLED
        return lengths, chains

    def _map(self, part: Request, version: int) -> Map:
        """The winners of all recognisers."""
        tables = self._tables
        lengths = np.zeros(len(self._bound), np.int8)
        chains = np.empty((len(self._bound), LONGEST), np.int32)
        if part.issuer in tables.numbers:
            (ask,), assessed, taught = tables.asks([part], [0], version)
            for binding in self._bindings.values():
                map_of(
                    ask, self._policies, self._bound, binding, self.policies.longest(), tables.rows,
                    tables.heads, tables.bars, tables.barred, self._authorities, assessed, taught,
                    lengths, chains,
                )  # fmt: skip
        return lengths, chains


class Accepted(Mapping[str, Verdict]):
    """recogniser -> its accept, sorted. What the loops found becomes a verdict when it is looked at."""

    def __init__(self, request: Request, version: int, tables: Tables) -> None:
        self.settled: dict[str, Verdict] = {}
        """What the engine was asked for."""
        self.version = version
        self._request = request
        self._numbers, self._names, self._records = tables.numbers, tables.names, tables.records
        self._entities = len(tables.barred)
        self._found: list[tuple[Sequence[Request], Sequence[Map], Array]] = []

    def add(self, parts: Sequence[Request], maps: Sequence[Map], accepting: Array) -> None:
        """Recognisers who accept, by number, all of these parts, with a map of winners each."""
        self._found.append((parts, maps, accepting))

    def __len__(self) -> int:
        return int(np.count_nonzero(self.flags()))

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names[number] for number in np.flatnonzero(self.flags()).tolist()))

    def flags(self) -> Array:
        """By number of entity, whether it accepts."""
        flags = np.zeros(self._entities, np.bool_)
        for *_, accepting in self._found:
            flags |= accepting
        flags[[self._numbers[recogniser] for recogniser in self.settled]] = True
        return flags

    def __getitem__(self, recogniser: str) -> Verdict:
        if recogniser in self.settled:
            return self.settled[recogniser]
        number = self._numbers[recogniser]
        for parts, maps, accepting in self._found:
            if accepting[number]:
                winners = [chains[number, : lengths[number]] for lengths, chains in maps]
                chains = [_ids(self._records, rows.tolist()) for rows in winners]
                return _accept(self._request, self.version, parts, chains)
        raise KeyError(recogniser)


def _accept(request: Request, version: int, parts: Sequence[Request], chains: Sequence[Chain]) -> Verdict:
    if parts[0] is request:
        return accept(request.id, version, chains[0])
    each = dict(zip(request.asked(), chains, strict=True))
    return Verdict(request.id, Outcome.ACCEPT, version, chains=each)


def _ids(records: Sequence[Record], rows: Iterable[int]) -> Chain:
    return tuple([records[row].id for row in rows])


def _columns(policy: Policy, binding: int) -> list[int]:
    """A policy as the loops read it. Of a quorum they need to know only whether there is one."""
    least = [*policy.min_assurance, *(policy.min_assurance[-1:] * LONGEST)][:LONGEST]
    return [policy.max_hops, min(policy.quorum, 2), binding, 0, *least]
