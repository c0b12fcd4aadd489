"""Whether the key that signed speaks for the issuer that is named: it is the issuer's own, or the issuer's
document lists it among its assertion methods.
"""

from dataclasses import replace
from datetime import datetime

from mutua_credentials.identities import same_identity
from mutua_credentials.keys import KeyRecord, KeyUnknown
from mutua_credentials.verify.given import Given
from mutua_credentials.verify.key_finding import is_derivable, issuer_document
from mutua_credentials.verify.result import Check, CheckName, failed, instant_text, passed, unknown

NAME = CheckName.ISSUER_BINDING


def bind(issuer: str, key: KeyRecord, at: datetime | None, given: Given) -> Check:
    """Codes: `key_listed_by_issuer`; `key_of_another`; `issuer_document_not_obtained` (unknown)."""
    found, expected = key.issuer, issuer
    evidence = {"source": key.source, "as_of": instant_text(key.as_of)}
    listed = passed(NAME, "key_listed_by_issuer", found, expected=expected, evidence=evidence)
    foreign = failed(NAME, "key_of_another", found, expected, evidence=evidence)
    if same_identity(key.issuer, issuer):
        return listed
    if is_derivable(issuer):
        return foreign
    if given.keys is not None:
        known = given.keys(issuer, key.kid, at)
        if isinstance(known, KeyRecord) and same_identity(known.issuer, issuer) and known.jwk == key.jwk:
            return listed
        if not isinstance(known, KeyUnknown):
            return foreign
    published = issuer_document(issuer, at, given)
    if isinstance(published, KeyUnknown):
        why = f"{published.code}: {published.detail}"
        return unknown(NAME, "issuer_document_not_obtained", why, expected, evidence=evidence)
    asserted = any(key.answers_to(method) and "#" in method for method in published.asserted)
    answer = listed if asserted or any(own.jwk == key.jwk for own in published.keys) else foreign
    return replace(answer, evidence={"source": published.source, "as_of": instant_text(published.as_of)})
