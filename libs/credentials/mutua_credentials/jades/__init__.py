"""Seals of European Digital Credentials: JAdES (ETSI TS 119 182-1) as EDC writes it, verified and made.

Nothing is fetched: anchors, time and revocation data are handed in or embedded in the seal.
"""

from mutua_credentials.jades.certificates import read_anchors
from mutua_credentials.jades.envelope import Seal, Sealed, open_sealed
from mutua_credentials.jades.ladder import Ladder, Rung, climb
from mutua_credentials.jades.sealing import SealKey, SealSigner, organisation_of, seal
from mutua_credentials.jades.signature import Signed, check_signature

__all__ = [
    "Ladder",
    "Rung",
    "Seal",
    "SealKey",
    "SealSigner",
    "Sealed",
    "Signed",
    "check_signature",
    "climb",
    "open_sealed",
    "organisation_of",
    "read_anchors",
    "seal",
]
