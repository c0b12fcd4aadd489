"""Seals in the making: of every level, and every part may be spoilt before it is written."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mutua_credentials import jws
from mutua_credentials.verify import CheckName, Verification

from .pki import SEALED, Party, b64


@dataclass
class Made:
    """A seal in the making: every part may be spoilt before it is written."""

    party: Party
    payload: str
    header: dict[str, Any]
    unprotected: dict[str, Any] = field(default_factory=dict)
    etsi_u: list[Any] = field(default_factory=list)
    protected_text: str = ""
    signature_text: str = ""

    def sign(self) -> "Made":
        self.protected_text = jws.encode(json.dumps(self.header).encode())
        data = f"{self.protected_text}.{self.payload}".encode()
        self.signature_text = jws.encode(self.party.sign(data))
        return self

    def add(self, members: Mapping[str, Any]) -> "Made":
        self.etsi_u.append(jws.encode(json.dumps(members).encode()))
        return self

    def stamped(self, tsa: Party, at: datetime = SEALED, **more: Any) -> "Made":
        """Level T: a time stamp over the signature."""
        return self.add({"sigTst": tokens(tsa.stamp(self.signature_text.encode(), at, **more))})

    def with_values(
        self, certificates: Sequence[Party] = (), lists: Sequence[bytes] = (), answers: Sequence[bytes] = ()
    ) -> "Made":
        """Level LT: certificates and revocation data."""
        if certificates:
            self.add({"xVals": [{"x509Cert": {"val": b64(party.der)}} for party in certificates]})
        values = {
            "crlVals": [{"val": b64(der)} for der in lists],
            "ocspVals": [{"val": b64(der)} for der in answers],
        }
        return self.add({"rVals": {name: value for name, value in values.items() if value}})

    def archived(self, tsa: Party, at: datetime = SEALED + timedelta(hours=2)) -> "Made":
        """Level LTA: a time stamp over all that is there."""
        text = f"{self.payload}.{self.protected_text}.{self.signature_text}.{''.join(self.etsi_u)}"
        return self.add({"arcTst": tokens(tsa.stamp(text.encode(), at))})

    def entry(self) -> dict[str, Any]:
        header = {**({"etsiU": self.etsi_u} if self.etsi_u else {}), **self.unprotected}
        return {"protected": self.protected_text, "header": header, "signature": self.signature_text}

    def document(self, *others: "Made") -> dict[str, Any]:
        return {"payload": self.payload, "signatures": [made.entry() for made in (self, *others)]}


def tokens(*stamps: str) -> dict[str, Any]:
    return {"tstTokens": [{"val": stamp} for stamp in stamps]}


def signature(found: Verification) -> tuple[str, str]:
    """What became of the check of the signature."""
    check = found.check(CheckName.SIGNATURE)
    return check.result.value, check.code
