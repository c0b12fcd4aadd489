"""`TrustIndex`: the statement log as one process knows it, and the only door through which it is asked.

It is fed from the log in any order, remembers every version, and answers for the newest version or any past
one. It never answers for a version that it has not reached: that verdict is a review, `stale`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mutua_trust.enumeration import enumerate_decide
from mutua_trust.friends import CommonFriend, common_friends
from mutua_trust.policy import Policy
from mutua_trust.request import Request
from mutua_trust.statement import Statement
from mutua_trust.verdict import Verdict


class TrustIndex:
    """All statements ever recorded, with the versions between which each counts."""

    def __init__(self, statements: Iterable[Statement] = ()) -> None:
        self._by_id: dict[str, Statement] = {}
        self._bars: list[Statement] = []
        self._head = 0
        for statement in statements:
            self.apply(statement)

    @property
    def head(self) -> int:
        """The newest log version applied."""
        return self._head

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, id: object) -> bool:
        return id in self._by_id

    def __iter__(self) -> Iterator[Statement]:
        return iter(self._by_id.values())

    def statement(self, id: str) -> Statement | None:
        return self._by_id.get(id)

    def apply(self, statement: Statement) -> None:
        """Enter a statement as the log has it, revoked or not. Applying it again changes nothing.

        Raises ValueError when another statement has its id: statements are never rewritten.
        """
        known = self._by_id.get(statement.id)
        if known is not None and replace(statement, revoked=known.revoked) != known:
            raise ValueError(f"statement {statement.id} is already in the log with other content")
        if known is None or known.revoked is None:
            self._by_id[statement.id] = statement
        self.advance(max(statement.recorded, statement.revoked or 0))

    def revoke(self, id: str, version: int) -> None:
        """The statement ceases to count at this version; a second revocation changes nothing.

        Raises KeyError when the statement is not in the log.
        """
        known = self._by_id[id]
        if known.revoked is None:
            self._by_id[id] = replace(known, revoked=version)
        self.advance(version)

    def bar(self, distrust: Statement) -> None:
        """Honour what remains of a refused line of distrust (`mutua_trust.wire.barring_from_json`)."""
        self._bars.append(distrust)
        self.advance(max(distrust.recorded, distrust.revoked or 0))

    def advance(self, version: int) -> None:
        """The log has reached this version, whether or not it holds a statement of it."""
        self._head = max(self._head, version)

    def decide(
        self, request: Request, policy: Policy, version: int | None = None, budget: int | None = None
    ) -> Verdict:
        """The verdict at `version`, else at the request's own, else at the head.

        `budget` bounds the number of records examined; beyond it the verdict is a review, `budget`.
        """
        asked = request if version is None else replace(request, version=version)
        return enumerate_decide([*self, *self._bars], asked, policy, self._head, budget)

    def common_friends(self, request: Request, version: int | None = None) -> list[CommonFriend]:
        """Whom both recogniser and issuer trust: evidence for a reviewer, never a chain."""
        asked = self._head if version is None else version
        return common_friends(self, request, asked)
