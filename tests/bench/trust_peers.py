"""For comparison only: a general graph library, and a recursive query in PostgreSQL."""

from collections.abc import Sequence

from trust_measure import POLICY, Percentiles, measure, told
from trust_sqlite import SqliteEngine

from mutua_trust import Request, Statement, TrustIndex


def against_networkx(log: Sequence[Statement], asked: Sequence[Request], small: Percentiles) -> None:
    """A general graph library, asked for any path in the graph filtered by the request: not even the same
    answer.
    """
    try:
        import networkx
    except ModuleNotFoundError:
        told("networkx", "not installed")
        return
    graph = networkx.MultiDiGraph()
    for statement in log:
        if statement.polarity.value == "trust" and statement.revoked is None:
            graph.add_edge(statement.truster, statement.trustee, statement=statement)

    def decide(request: Request) -> bool:
        def carries(one: str, other: str, key: int) -> bool:
            scope = graph.edges[one, other, key]["statement"].scope
            return (scope.fields is None or (request.fields or set()) <= scope.fields) and (
                scope.aspects is None or (request.aspects or set()) <= scope.aspects
            )

        view = networkx.subgraph_view(graph, filter_edge=carries)
        ends = (request.recogniser, request.issuer)
        return all(end in graph for end in ends) and networkx.has_path(view, *ends)

    slow = measure(decide, asked)
    told(
        "networkx, any path ignoring depth",
        f"{slow.p50 / small.p50:.0f} x p50, {slow.p99 / small.p99:.0f} x p99",
    )


def against_postgres(index: TrustIndex, asked: Sequence[Request], small: Percentiles) -> None:
    """One recursive query a decision, over the socket."""
    try:
        from trust_postgres import PostgresEngine, server
    except ModuleNotFoundError as absent:
        told("PostgreSQL", f"left out: no {absent.name}")
        return
    from mutua_local.errors import StackError

    peer = SqliteEngine(index, POLICY)
    try:
        with server() as url:
            engine = PostgresEngine(url, peer, POLICY)
            differing = sum(engine.winner(r, index.head) != index.winner(r, POLICY) for r in asked)
            slow = measure(lambda request: engine.winner(request, index.head), asked)
            engine.close()
    except StackError as reason:
        told("PostgreSQL", f"left out: {reason}")
        return
    told("PostgreSQL, answers that differ", str(differing), "0")
    told("PostgreSQL, recursive query", f"{slow.p50 / small.p50:.0f} x p50, {slow.p99 / small.p99:.0f} x p99")
