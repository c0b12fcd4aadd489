"""From events of recognition to rows of the feed, and nothing else."""

from mutua_contracts.recognition import AboutRequest
from mutua_kernel.events import Event
from mutua_notifier.store import FeedRow


def feed_row(event: Event) -> FeedRow | None:
    """The feed's row for an event of a request, its bytes unchanged; None for an event that is about no
    request."""
    about = event.envelope.data
    if not isinstance(about, AboutRequest):
        return None
    return FeedRow(
        event_id=event.envelope.id,
        type=event.envelope.type,
        country=about.country,
        award_country=about.award_country,
        recogniser=about.recogniser,
        issuer=about.issuer,
        payload=event.record.value or b"",
        traceparent=event.envelope.traceparent,
        occurred_at=event.envelope.time,
    )
