"""`TrustIndex`: the statement log as one process knows it, and the only door through which it is asked.

It is fed from the log in any order, remembers every version, and answers for the newest version or any past
one. It never answers for a version that it has not reached: that verdict is a review, `stale`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mutua_trust import engine, snapshot
from mutua_trust.friends import CommonFriend, common_friends
from mutua_trust.graph import NOBODY, Graph
from mutua_trust.policy import Policy
from mutua_trust.records import NEVER, compile_statement, statement_of
from mutua_trust.request import Request
from mutua_trust.statement import Polarity, Statement
from mutua_trust.verdict import Chain, Verdict


class TrustIndex:
    """All statements ever recorded, with the versions between which each counts."""

    def __init__(self, statements: Iterable[Statement] = ()) -> None:
        self.graph: Graph = Graph()
        """The layout, for the bulk work of this package; callers use the methods."""
        self._head = 0
        for statement in statements:
            self.apply(statement)

    @classmethod
    def from_snapshot(cls, data: bytes) -> "TrustIndex":
        """The index that gave these bytes. Raises `mutua_trust.snapshot.SnapshotError` on damaged ones."""
        index = cls()
        index.graph, index._head = snapshot.load(data)
        return index

    def to_snapshot(self) -> bytes:
        """All that is known, for a fast start; the caller keeps the file."""
        return snapshot.dump(self.graph, self._head)

    @property
    def head(self) -> int:
        """The newest log version applied."""
        return self._head

    def __len__(self) -> int:
        return len(self.graph.trust) + len(self.graph.distrust)

    def __contains__(self, id: object) -> bool:
        return id in self.graph.trust or id in self.graph.distrust

    def __iter__(self) -> Iterator[Statement]:
        return (statement for id in self.graph.ids() if (statement := self.statement(id)) is not None)

    def statement(self, id: str) -> Statement | None:
        """The statement with this id; a dimension of its scope that lists everything reads as absent."""
        return self.graph.statement(id)

    def distrust(self, id: str) -> list[Statement]:
        """The distrust that is honoured under this id; a refused line's id may be somebody else's too."""
        records = [record for record in self.graph.bars if record.id == id]
        if id in self.graph.distrust:
            records.append(self.graph.distrust[id])
        return [statement_of(record, Polarity.DISTRUST) for record in records]

    def apply(self, statement: Statement) -> None:
        """Enter a statement as the log has it, revoked or not. Applying it again changes nothing.

        Raises ValueError when another statement has its id: statements are never rewritten.
        """
        graph = self.graph
        record, known = compile_statement(statement), graph.record(statement.id)
        trust = statement.polarity is Polarity.TRUST
        if known is None:
            if trust:
                graph.add_trust(record)
            else:
                graph.add_distrust(record)
            if statement.evidence or statement.signature:
                graph.notes[record.id] = (statement.evidence, statement.signature)
        elif (record.id in graph.trust) is not trust or not known.says_the_same_as(record):
            raise ValueError(f"statement {statement.id} is already in the log with other content")
        elif known.revoked == NEVER != record.revoked:
            graph.revoke(known, record.revoked)
        self.advance(statement.recorded)
        if statement.revoked is not None:
            self.advance(statement.revoked)

    def revoke(self, id: str, version: int) -> None:
        """The statement ceases to count at this version; a second revocation changes nothing.

        Raises KeyError when the statement is not in the log.
        """
        known = self.graph.record(id)
        if known is None:
            raise KeyError(id)
        if known.revoked == NEVER:
            self.graph.revoke(known, version)
        self.advance(version)

    def bar(self, distrust: Statement) -> None:
        """Honour what remains of a refused line of distrust (`mutua_trust.wire.barring_from_json`)."""
        self.graph.bar(compile_statement(distrust))
        self.advance(max(distrust.recorded, distrust.revoked or 0))

    def advance(self, version: int) -> None:
        """The log has reached this version, whether or not it holds a statement of it."""
        if version > self._head:
            self._head = version

    def decide(
        self, request: Request, policy: Policy, version: int | None = None, budget: int | None = None
    ) -> Verdict:
        """The verdict at `version`, else at the request's own, else at the head.

        `budget` bounds the number of records examined; beyond it the verdict is a review, `budget`.
        """
        asked = request if version is None else replace(request, version=version)
        return engine.decide(self.graph, self._head, asked, policy, budget)

    def winner(self, request: Request, policy: Policy, version: int | None = None) -> Chain | None:
        """The best valid chain for all asked aspects together; no mode, no quorum, no explanation.

        Raises ValueError for a version above the head.
        """
        asked = request.version if version is None else version
        if asked is not None and asked > self._head:
            raise ValueError(f"version {asked} is above the newest, {self._head}")
        return engine.winner(self.graph, request, policy, self._head if asked is None else asked)

    def common_friends(self, request: Request, version: int | None = None) -> list[CommonFriend]:
        """Whom both recogniser and issuer trust: evidence for a reviewer, never a chain."""
        by = self.graph.by
        ours, theirs = by.get(request.recogniser, NOBODY), by.get(request.issuer, NOBODY)
        about_the_same = [
            statement
            for friend in ours.keys() & theirs.keys()
            for record in (*ours[friend], *theirs[friend])
            if (statement := self.statement(record.id)) is not None
        ]
        return common_friends(about_the_same, request, self._head if version is None else version)
