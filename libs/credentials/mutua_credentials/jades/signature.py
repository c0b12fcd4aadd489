"""The signature of a seal: by the certificate that its protected header holds, over header and payload.

That it verifies says nothing of who the certificate's owner is; `path` and `organisations` do.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mutua_credentials import jws
from mutua_credentials.instants import read_instant
from mutua_credentials.jades import certificates
from mutua_credentials.jades.asymmetric import ALGORITHMS, verifies_jws
from mutua_credentials.jades.envelope import Seal
from mutua_credentials.json_text import Refused

CRITICAL = ("b64", "sigT", "adoTst")
"""The critical header parameters that are understood: those of EDC."""

_PROTECTED_ONLY = frozenset(
    {"alg", "b64", "crit", "x5c", "x5t", "x5t#S256", "x5u", "jku", "jwk", "sigT", "adoTst"}
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that verifies by its own certificate."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    """The other certificates of `x5c`."""
    alg: str
    claimed_at: datetime | None
    """`sigT`: the signer's own word."""


def check_signature(seal: Seal) -> Signed | Refused:
    """Codes: `alg_not_allowed`, `crit_malformed`, `crit_not_understood`, `header_doubled`,
    `signing_time_malformed`, `certificate_missing`, `certificate_unreadable`, `certificate_digest_wrong`,
    `key_usage_wrong`, `key_unusable`, `signature_wrong`.
    """
    header = seal.header
    wrong = _check_header(header, seal.unprotected)
    if wrong is not None:
        return wrong
    chain = certificates.read_x5c(header.get("x5c"))
    if isinstance(chain, Refused):
        return chain
    leaf = chain[0]
    if "x5t#S256" in header and header["x5t#S256"] != _thumbprint(leaf):
        return Refused("certificate_digest_wrong", repr(header["x5t#S256"])[:80], _thumbprint(leaf))
    if not certificates.may_sign(leaf):
        expected = "digitalSignature or nonRepudiation in the certificate's key usage"
        return Refused("key_usage_wrong", certificates.name(leaf), expected)
    verified = verifies_jws(header["alg"], leaf.public_key(), seal.signature, seal.signing_input)
    if isinstance(verified, Refused):
        return verified
    if not verified:
        return Refused(
            "signature_wrong", "another signature or another text", "one by the seal's certificate"
        )
    return Signed(leaf, chain[1:], cast("str", header["alg"]), read_instant(header.get("sigT")))


def _check_header(header: Mapping[str, Any], unprotected: Mapping[str, Any]) -> Refused | None:
    doubled = sorted((set(header) | _PROTECTED_ONLY) & set(unprotected))
    if doubled:
        return Refused("header_doubled", ", ".join(doubled)[:80], "in the protected header, and only there")
    if header.get("alg") not in ALGORITHMS:
        return Refused("alg_not_allowed", repr(header.get("alg"))[:80], " or ".join(ALGORITHMS))
    if "b64" in header and not isinstance(header["b64"], bool):
        return Refused("crit_malformed", f"b64: {header['b64']!r}"[:80], "b64: true or false")
    if "sigT" in header and read_instant(header["sigT"]) is None:
        return Refused(
            "signing_time_malformed", repr(header["sigT"])[:80], "sigT: an instant with a time zone"
        )
    return _check_critical(header)


def _check_critical(header: Mapping[str, Any]) -> Refused | None:
    """RFC 7515, 4.1.11, and RFC 7797, 6: `b64: false` must be named as critical."""
    named = header.get("crit", [])
    if not isinstance(named, list) or ("crit" in header and not named):
        return Refused("crit_malformed", repr(named)[:80], "names of header parameters")
    names = cast("list[Any]", named)
    if any(not isinstance(name, str) for name in names) or len(set(names)) != len(names):
        return Refused("crit_malformed", repr(names)[:80], "each name once")
    if strange := [name for name in names if name not in CRITICAL]:
        return Refused("crit_not_understood", ", ".join(strange)[:80], " or ".join(CRITICAL))
    if missing := [name for name in names if name not in header]:
        return Refused("crit_malformed", f"{', '.join(missing)} is not there", "names that the header has")
    if header.get("b64") is False and "b64" not in names:
        return Refused("crit_malformed", "b64: false, not critical", "b64 in crit (RFC 7797)")
    return None


def _thumbprint(certificate: x509.Certificate) -> str:
    return jws.encode(hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest())
