"""Reading a European Digital Credential: a W3C credential of VCDM 1.1 whose content is ELM v3."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from mutua_credentials.annex_i import AnnexI
from mutua_credentials.instants import read_instant
from mutua_credentials.verify.formats import listed
from mutua_credentials.verify.reading import Reading, malformed
from mutua_credentials.verify.result import Check
from mutua_credentials.verify.w3c_vc import read_w3c

MANDATE_EVIDENCE = "http://data.europa.eu/snb/evidence-type/c_18016257"
MANDATE_PROFILE = "http://data.europa.eu/snb/credential/c_9a31f32a"

_NAMES = ("legalName", "altLabel", "prefLabel")


def read_edc(body: Mapping[str, Any]) -> Reading | Check:
    """As `read_w3c`, and: `issued` is an instant from which it counts, the issuer's name is its legal one."""
    reading = read_w3c(body)
    if isinstance(reading, Check):
        return reading
    starts = reading.starts
    if body.get("issued") is not None:
        issued = read_instant(body["issued"])
        if issued is None:
            return malformed("date_malformed", body["issued"], "issued, an instant with a time zone")
        starts = (issued, *starts)

    def content() -> AnnexI:
        from mutua_credentials.annex_i.elm import read_elm

        return read_elm(body)

    return replace(
        reading,
        starts=starts,
        signed_at=starts[0] if starts else None,
        issuer_name=reading.issuer_name or _name(body.get("issuer")),
        annex_i=content,
    )


def is_by_mandate(body: Mapping[str, Any]) -> bool:
    """Whether it says that its seal holder acts for the awarding body: by its profile, or by evidence."""
    profiles = _ids(body.get("credentialProfiles"))
    kinds = (kind for evidence in _objects(body.get("evidence")) for kind in _ids(evidence.get("dcType")))
    return MANDATE_PROFILE in profiles or MANDATE_EVIDENCE in kinds


def awarding_bodies(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The organisations that award what it claims; none of them need be its issuer."""
    for subject in _objects(body.get("credentialSubject")):
        for claim in _objects(subject.get("hasClaim")):
            for award in _objects(claim.get("awardedBy")):
                yield from _objects(award.get("awardingBody"))


def _ids(value: Any) -> list[Any]:
    """Of concepts, each written as an object or as its id alone."""
    return [
        cast("dict[str, Any]", entry).get("id") if isinstance(entry, dict) else entry
        for entry in listed(value)
    ]


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    return (cast("dict[str, Any]", entry) for entry in listed(value) if isinstance(entry, dict))


def _name(issuer: Any) -> str | None:
    """The first name in English, else in any language."""
    agent = cast("dict[str, Any]", issuer) if isinstance(issuer, dict) else {}
    for member in _NAMES:
        names = agent.get(member)
        if isinstance(names, dict):
            texts = cast("dict[str, Any]", names)
            for text in (texts.get("en"), *texts.values()):
                if isinstance(text, str) and text.strip():
                    return text
    return None
