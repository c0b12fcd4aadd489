"""What everybody is told of the University of Lisvik: its keys, its entries in the registry, its award.

`CONTENT` is one micro-credential with all mandatory elements. A world is made of these facts; what a test is
about, it changes.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from mutua_contracts.issuer import Identifier, IssuerChanged, IssuerKey, PublicJwk
from mutua_contracts.registry import (
    AgencyChanged,
    AgencyFacts,
    AgencyRef,
    CountryChanged,
    CountryFacts,
    ProviderChanged,
    ProviderFacts,
    ProviderLocation,
    ProviderName,
    QfLevel,
    ReportChanged,
    ReportFacts,
    SnapshotCompleted,
)
from mutua_credentials import annex_i
from mutua_credentials.keys import PrivateKey
from mutua_recognition.domain.registry import Change

LISVIK = "DEQARINST7105"
ISS = "https://univ-lisvik.example"
DID = "did:web:univ-lisvik.example"
SINCE = datetime(2025, 1, 1, tzinfo=UTC)
"""From when on its keys sign."""

CONTENT: dict[str, Any] = {
    "learner": {
        "given_name": "Ylva",
        "family_name": "Testperson",
        "identifiers": [{"scheme": "local", "value": "s-1042"}],
    },
    "title": {"en": "Data literacy"},
    "country_of_issuer": {"country": "NO"},
    "awarding_body": {
        "name": {"en": "University of Lisvik"},
        "identifiers": [{"scheme": "DEQARINST", "value": LISVIK}],
    },
    "date_of_issuing": "2025-06-20",
    "learning_outcomes": [{"statement": {"en": "Explains what a sample can and cannot show"}}],
    "workload": {"ects": "5"},
    "level": {"eqf": 6},
    "type_of_assessment": ["written-examination"],
    "form_of_participation": ["online"],
    "type_of_quality_assurance": [{"type": "institutional-quality-assurance"}],
    "field_of_study": ["0613"],
    "component": "LIS-DAT-010",
}


def award(**changes: Any) -> annex_i.MicroCredential:
    """The micro-credential, checked."""
    checked = annex_i.check({**CONTENT, **changes})
    assert isinstance(checked, annex_i.MicroCredential), checked
    return checked


def issuer_state(key: PrivateKey, *, compromised_at: datetime | None = None, **changes: Any) -> IssuerChanged:
    """The institution as it states itself, with this key for tokens."""
    public = {name: key.public_jwk[name] for name in ("x", "y")}
    signing = IssuerKey(
        kid=key.kid,
        alg="ES256",
        jwk=PublicJwk(**public),
        valid_from=SINCE,
        compromised_at=compromised_at,
    )
    stated: dict[str, Any] = {
        "issuer": LISVIK,
        "iss": ISS,
        "did": DID,
        "names": {"en": "University of Lisvik"},
        "country": "NO",
        "identifiers": (Identifier(scheme="DEQARINST", value=LISVIK),),
        "keys": (signing,),
    }
    return IssuerChanged(**{**stated, **changes})


def provider(name: str = "University of Lisvik", country: str = "NO") -> ProviderFacts:
    """A university with its seat in this country."""
    return ProviderFacts(
        names=(ProviderName(name=name, kind="official"),),
        countries=(ProviderLocation(country=country, verified=True),),
        founded=date(1968, 1, 1),
        levels=(QfLevel(eqf=6), QfLevel(eqf=7)),
    )


def registry_entries(revision: int, *, valid_to: date | None = None) -> tuple[Change, ...]:
    """The institution, one positive report about it, who wrote that, and the country."""
    common: dict[str, Any] = {"registry": "deqar", "revision": revision}
    report = ReportFacts(
        agency=AgencyRef(id="21", acronym="NAQA"),
        providers=(LISVIK,),
        type="institutional",
        status="obligatory",
        decision="positive",
        flag="none",
        valid_from=date(2022, 1, 1),
        valid_to=valid_to,
    )
    agency = AgencyFacts(acronym="NAQA", name="Northern Agency", registered_from=date(2015, 1, 1))
    country = CountryFacts(code="NO", name="Norway", ehea_member=True)
    return (
        ProviderChanged(id=LISVIK, facts=provider(), **common),
        ReportChanged(id="800123", facts=report, **common),
        AgencyChanged(id="21", facts=agency, **common),
        CountryChanged(id="1", facts=country, **common),
    )


def snapshot(completed_at: datetime) -> SnapshotCompleted:
    """The mirror is whole as of an hour before."""
    return SnapshotCompleted(
        registry="deqar",
        snapshot="s-1",
        started_at=completed_at - timedelta(hours=1),
        completed_at=completed_at,
        digest="sha256:" + "e" * 64,
        counts={"provider": 1, "report": 1, "agency": 1, "country": 1},
    )
