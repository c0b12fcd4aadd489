"""SD-JWT VC (RFC 9901 and the SD-JWT VC draft): issue, parse, resolve, present, bind; the bus form.

Parsing and resolving verify no signature: that is `verify`'s work.
"""

from mutua_credentials.sdjwt.bus_form import Leak, leaks
from mutua_credentials.sdjwt.disclosures import Resolved, resolve
from mutua_credentials.sdjwt.issuing import Issued, StatusReference, issue
from mutua_credentials.sdjwt.presenting import bind, present
from mutua_credentials.sdjwt.token import MEDIA_TYPE, TYP, VCT, SdJwt, parse

__all__ = [
    "MEDIA_TYPE",
    "TYP",
    "VCT",
    "Issued",
    "Leak",
    "Resolved",
    "SdJwt",
    "StatusReference",
    "bind",
    "issue",
    "leaks",
    "parse",
    "present",
    "resolve",
]
