"""One trace from the HTTP request at the issuer to the webhook, through every outbox and event."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from house import House, until
from listening import Listener
from traces import spans
from university import issuing, recognising

pytestmark = pytest.mark.servers


def test_one_trace_id_from_the_request_to_the_webhook(house: House) -> None:
    issuer, recogniser = issuing(house), recognising(house, "ruskola")
    recogniser.trusts(issuer)
    course = issuer.describes(f"LIS-{uuid4().hex[:10]}")
    recogniser.looks_at(course, issuer)
    office = house.person("portolan-enic.subscriber")
    grant = {"tenant": office.tenant, "country": recogniser.country}
    house.person("operator").done("notifier", "/grants", grant)
    subscription = office.done("notifier", "/subscriptions", {"name": "traced"})["id"]

    trace = uuid4().hex
    sent = f"00-{trace}-{uuid4().hex[:16]}-01"
    processes = house.around.folder.processes
    with Listener() as receiver:
        hook = {"subscription": subscription, "url": f"{receiver.url}/traced"}
        endpoint = office.done("notifier", "/endpoints", hook)
        processes.pause("issuer-worker")  # so that the row stays to be looked at
        try:
            issued = issuer.person("issuer").post(
                "issuer", "/credentials", issuer.award(course), headers={"traceparent": sent}
            )
            assert issued.status_code == 201, issued.text
            credential = issued.json()["credential_id"]
            (row,) = house.sql("select traceparent, payload from issuer.outbox where key = $1", credential)
        finally:
            processes.resume("issuer-worker")
        assert trace_of(row["traceparent"]) == trace
        assert json.loads(row["payload"])["traceparent"] == row["traceparent"]

        recogniser.settled(credential, "anticipated")
        until(lambda: len(receiver.sent()) >= 2, "the webhooks about the request and the decision")
        hooks = receiver.sent()
        gone = office.ask("notifier", "DELETE", f"/endpoints/{endpoint['id']}")
        assert gone.status_code == 204
    assert {trace_of(one.headers["traceparent"]) for one in hooks} == {trace}
    assert {json.loads(one.body)["data"]["credential_id"] for one in hooks} == {credential}

    events = house.about(credential, "mutua.credential", "mutua.recognition")
    assert {event["type"].split(".")[2] for event in events} == {"credential", "recognition"}
    assert {trace_of(event["traceparent"]) for event in events} == {trace}
    request = recogniser.request_of(credential)
    assert request is not None
    kept = house.value("select traceparent from recognition.request where id = $1", request["id"])
    assert trace_of(kept) == trace

    def touched() -> bool:
        """Each service has exported a span of this trace, or one that links to it."""
        services = {one.service for one in spans(house) if trace in (one.trace_id, *one.links)}
        return {"issuer-api", "recognition-worker", "notifier-worker"} <= services

    until(touched, "spans of three services in one trace")


def trace_of(traceparent: str) -> str:
    version, trace, _, _ = traceparent.split("-")
    assert version == "00"
    return trace
