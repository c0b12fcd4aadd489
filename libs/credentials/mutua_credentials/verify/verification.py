"""The way in: recognise, run the checks of that format, answer."""

from datetime import datetime, timedelta

from mutua_credentials import digests
from mutua_credentials.keys import KeyResolver
from mutua_credentials.verify.given import Given
from mutua_credentials.verify.jose import verify_jose
from mutua_credentials.verify.recognise import NotVerified, recognise
from mutua_credentials.verify.result import Verification, complete
from mutua_credentials.verify.status import StatusReader


def verify(
    data: bytes | str,
    *,
    as_of: datetime,
    keys: KeyResolver,
    statuses: StatusReader | None = None,
    nonce: str | None = None,
    audience: str | None = None,
    existed_by: datetime | None = None,
    leeway: timedelta = timedelta(seconds=60),
) -> Verification:
    """Verify one credential as of an instant.

    `keys` and `statuses` answer from what was fetched before. `existed_by` is an instant, known from
    elsewhere than the credential, at which it already existed: it protects what was signed before a key was
    compromised. `nonce` and `audience` demand a key-binding JWT made for them. `leeway` forgives clocks that
    are not alike.
    """
    given = Given(as_of, keys, statuses, nonce, audience, existed_by, leeway)
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    recognised = recognise(raw)
    if isinstance(recognised, NotVerified):
        return Verification(
            format=recognised.format,
            securing=recognised.securing,
            as_of=as_of,
            checks=complete([recognised.check]),
            digest=digests.of_bytes(raw),
        )
    return verify_jose(recognised, given)
