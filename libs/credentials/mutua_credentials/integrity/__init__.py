"""W3C Data Integrity: proofs inside a JSON document, made and checked, with keys that are handed in.

sign_jcs, verify_jcs      `eddsa-jcs-2022` and `ecdsa-jcs-2019`: every byte covered, no context needed
read_proofs, Proof        what the proofs of a document say of themselves
Ed25519Key                a private key for it
read_multikey, did_key    public keys as text
"""

from mutua_credentials.integrity.jcs import sign_jcs, verify_jcs
from mutua_credentials.integrity.multikey import did_key, read_did_key, read_multikey, write_multikey
from mutua_credentials.integrity.proofs import Proof, read_proofs
from mutua_credentials.integrity.rdfc import sign_rdfc
from mutua_credentials.integrity.signing_key import Ed25519Key
from mutua_credentials.integrity.suites import SUITES, Suite

__all__ = [
    "SUITES",
    "Ed25519Key",
    "Proof",
    "Suite",
    "did_key",
    "read_did_key",
    "read_multikey",
    "read_proofs",
    "sign_jcs",
    "sign_rdfc",
    "verify_jcs",
    "write_multikey",
]
