"""SD-JWT VC (RFC 9901 and the SD-JWT VC draft): issue, parse, resolve, present, bind; the bus form.

Parsing and resolving verify no signature: that is `verify`'s work. What issues needs the whole Annex I model
and is loaded when it is asked for, so that checking one credential does not pay for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mutua_credentials.sdjwt.disclosures import Resolved, resolve
from mutua_credentials.sdjwt.presenting import bind, present
from mutua_credentials.sdjwt.token import MEDIA_TYPE, TYP, VCT, SdJwt, parse

if TYPE_CHECKING:
    from mutua_credentials.sdjwt.bus_form import Leak, leaks
    from mutua_credentials.sdjwt.issuing import Issued, StatusReference, issue

_ON_DEMAND = {
    "Issued": "issuing",
    "Leak": "bus_form",
    "StatusReference": "issuing",
    "issue": "issuing",
    "leaks": "bus_form",
}

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


def __getattr__(name: str) -> Any:
    module = _ON_DEMAND.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)
