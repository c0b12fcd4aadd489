"""Bodies of the first Submission API, which was closed in 2026: read in legacy mode only.

They name one activity, by id or by words, say nothing of degrees, and may describe a provider that the
registry does not know, which is then created. They are brought into today's shape and go today's way.
"""

from typing import Any

from mutua_local.deqar.codes import QF_EHEA_LEVEL
from mutua_local.deqar.model import (
    Activity,
    ActivityGroup,
    Country,
    Json,
    Location,
    Provider,
    ProviderLevel,
    ProviderName,
)
from mutua_local.deqar.simulator import Simulator

from .lookups import Lookups
from .reading import Invalid


def modernised(simulator: Simulator, body: Any) -> Any:
    """The body in today's shape; what cannot be brought there is left as it is, for the reader to refuse."""
    if not isinstance(body, dict):
        return body
    new = dict(body)
    activity, local = new.pop("activity", None), new.pop("activity_local_identifier", None)
    if activity is not None or local is not None:
        new["activities"] = [_activity(simulator, body, activity, local)]
    if isinstance(new.get("programmes"), list):
        new["programmes"] = [
            {"degree_outcome": "1", **programme} if isinstance(programme, dict) else programme
            for programme in new["programmes"]
        ]
    if isinstance(new.get("institutions"), list):
        new["institutions"] = [_provider(simulator, provider) for provider in new["institutions"]]
    return new


def _activity(simulator: Simulator, body: Json, activity: Any, local: Any) -> Json:
    if activity is None:
        return {"local_identifier": local}
    if str(activity).isdigit():
        return {"id": str(activity)}
    truth = simulator.truth
    try:
        agency = Lookups(truth, body, None).any_agency(body.get("agency"))
    except Invalid:
        return {"id": activity}
    for known in truth.every(Activity):
        words = {known.activity, truth.get(ActivityGroup, known.group).activity}
        if known.agency == agency.id and str(activity).lower() in {word.lower() for word in words}:
            return {"id": str(known.id)}
    return {"id": activity}


def _provider(simulator: Simulator, given: Any) -> Any:
    if not isinstance(given, dict) or {"deqar_id", "eter_id", "identifiers"} & given.keys():
        return given
    name = given.get("name_official")
    if not isinstance(name, str):
        return given
    for known in simulator.truth.every(Provider):
        if name in {each.official for each in known.names}:
            return {"deqar_id": known.deqar_id}
    created = _created(simulator, name, given)
    simulator.add(created)
    return {"deqar_id": created.deqar_id}


def _created(simulator: Simulator, name: str, given: Json) -> Provider:
    truth, now = simulator.truth, simulator.clock.now().replace(tzinfo=None)
    by_code = {country.alpha2: country.id for country in truth.every(Country)}
    levels = {label: key for key, label in QF_EHEA_LEVEL.items()}
    english = str(given.get("name_english", ""))
    return Provider(
        id=truth.next_id(Provider),
        name_primary=english or name,
        website_link=str(given.get("website_link", "")),
        names=[ProviderName(official=name, english=english)],
        locations=[
            Location(country=by_code[place["country"]], city=place.get("city"), valid_from=now.date())
            for place in given.get("locations", [])
            if place.get("country") in by_code
        ],
        levels=[
            ProviderLevel(level=levels[label], valid_from=now.date())
            for label in given.get("qf_ehea_levels", [])
            if label in levels
        ],
        created_at=now,
    )
