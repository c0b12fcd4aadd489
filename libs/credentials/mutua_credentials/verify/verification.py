"""The way in: recognise, run the checks, answer."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from mutua_credentials import digests
from mutua_credentials.keys import KeyResolver
from mutua_credentials.verify.documents import Document, Documents, no_documents
from mutua_credentials.verify.given import Given, Hashes, StatusReader, shared_hashes
from mutua_credentials.verify.recognise import NotVerified, recognise
from mutua_credentials.verify.result import CheckName, Verification, complete, unknown
from mutua_credentials.verify.run import run


def verify(
    data: bytes | str,
    *,
    as_of: datetime,
    keys: KeyResolver | None = None,
    documents: Documents = no_documents,
    contexts: Mapping[str, Any] | None = None,
    hashes: Hashes = shared_hashes,
    anchors: Iterable[bytes] = (),
    status_issuers: Iterable[str] = (),
    statuses: StatusReader | None = None,
    nonce: str | None = None,
    audience: str | None = None,
    existed_by: datetime | None = None,
    leeway: timedelta = timedelta(seconds=60),
) -> Verification:
    """Verify one credential as of an instant, from what was obtained before.

    `keys` is asked before `documents` for the keys of an issuer; keys that a name carries (did:key, did:jwk)
    need neither. `contexts` (address -> parsed context) are vouched for by the caller and never replace one
    that is built in. `hashes` is `Canonicaliser.hashes` of a caller who verifies many. `anchors` are
    certificates in DER. `status_issuers` may sign status lists for other issuers; `statuses` answers instead
    of reading lists. `existed_by` is an instant, known from elsewhere than the credential, at which it
    already existed: it protects what was signed before a key was compromised. `nonce` and `audience` demand
    a proof by the holder made for them. `leeway` forgives clocks that are not alike.
    """
    given = Given(
        as_of=as_of,
        keys=keys,
        documents=documents,
        contexts=contexts or {},
        hashes=hashes,
        anchors=tuple(anchors),
        status_issuers=frozenset(status_issuers),
        statuses=statuses,
        nonce=nonce,
        audience=audience,
        existed_by=existed_by,
        leeway=leeway,
    )
    return verify_given(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data, given)


def verify_given(data: bytes, given: Given) -> Verification:
    """As `verify`, with everything put together."""
    found = recognise(data)
    return _ended(found, data, given) if isinstance(found, NotVerified) else run(found, given)


def verify_address(url: str, given: Given) -> Verification:
    """As `verify`, of what an address serves; unknown with `not_obtained` where nobody could obtain it."""
    document = given.documents(url, given.as_of)
    if isinstance(document, Document):
        return verify_given(document.data, given)
    return could_not_tell(
        "not_obtained", f"{document.code} {document.detail}".strip(), f"what {url} serves", given
    )


def could_not_tell(code: str, found: str, expected: str, given: Given) -> Verification:
    """The answer about something that nobody could look at."""
    return _ended(NotVerified(unknown(CheckName.FORMAT, code, found, expected)), b"", given)


def _ended(found: NotVerified, data: bytes, given: Given) -> Verification:
    return Verification(
        format=found.format,
        securing=found.securing,
        as_of=given.as_of,
        checks=complete([found.check]),
        digest=digests.of_bytes(data),
    )
