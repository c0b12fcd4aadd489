"""How fast credentials are verified, as ratios to raw signature verification in the same run:
`python tests/bench/credentials.py`.

Raw is what nobody can do without: the signature by `cryptography`, `json.loads`, and the canonical form (RFC
8785). Figures are medians over alternations of both on one core. Targets are printed and never asserted: a
busy machine is no bug.
"""

import argparse
import json
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from mutua_credentials import annex_i, digests, jws, sdjwt
from mutua_credentials.integrity import Ed25519Key, sign_jcs
from mutua_credentials.integrity.multikey import decode_base58
from mutua_credentials.keys import KeyRecord, KeyRing, PrivateKey
from mutua_credentials.linked_data.pool import Canonicaliser
from mutua_credentials.verify import Verdict, Verification, verify

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT.parent / "shared" / "vectors"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
ISSUER = "https://univ-lisvik.example"
KEY, PROOF_KEY = PrivateKey.generate(), Ed25519Key.generate()
DID = f"did:key:{PROOF_KEY.public_multikey}"
RING = KeyRing([KeyRecord(ISSUER, KEY.kid, KEY.public_jwk, source="bench", as_of=NOW)])
PUBLIC = ec.EllipticCurvePublicNumbers(
    *(int.from_bytes(jws.decode(KEY.public_jwk[name]) or b"", "big") for name in ("x", "y")), ec.SECP256R1()
).public_key()
RAW_ED25519 = Ed25519PublicKey.from_public_bytes(jws.decode(PROOF_KEY.public_jwk["x"]) or b"")


@dataclass(frozen=True)
class Case:
    """One kind of credential: ours, and what nobody can do without."""

    name: str
    size: int
    ours: Callable[[], Verification]
    raw: Callable[[], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--alternations", type=int, default=7)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    print(f"{options.calls} calls, {options.alternations} alternations, one core\n")
    for case in (sd_jwt(), vc_jwt(), eddsa_jcs()):
        against_raw(case, options.calls, options.alternations)
    seals(options.calls // 10)
    proofs_over_rdf()
    throughput(options.calls * 4, options.workers)


def against_raw(case: Case, calls: int, alternations: int) -> None:
    """The ratio that has a target."""
    found = case.ours()
    assert found.verdict is Verdict.VALID, found.checks
    ours, raw = [], []
    for _ in range(alternations):
        ours.append(seconds(case.ours, calls))
        raw.append(seconds(case.raw, calls))
    ratio = median(one / other for one, other in zip(ours, raw, strict=True))
    told(
        f"{case.name}, {case.size:,} bytes",
        f"{median(ours) * 1e6:8.0f} us, raw {median(raw) * 1e6:6.0f} us",
        f"{ratio:4.2f}x raw (target 2x)",
    )


def sd_jwt() -> Case:
    content = annex_i.check(json.loads((ROOT / "tests" / "credentials" / "complete.json").read_text("utf-8")))
    assert isinstance(content, annex_i.MicroCredential)
    issued = sdjwt.issue(
        content,
        signer=KEY,
        issuer=ISSUER,
        credential_id="urn:uuid:6f1c0f0e-0000-4000-8000-000000000001",
        issued_at=NOW - timedelta(days=1),
    )
    text = issued.holder_form
    return Case(
        "SD-JWT VC, all disclosed",
        len(text),
        lambda: verify(text, as_of=NOW, keys=RING),
        lambda: raw_jwt(text),
    )


def vc_jwt() -> Case:
    text = jws.sign({"typ": "vc+jwt"}, json.dumps(badge(ISSUER)).encode(), KEY)
    return Case("vc+jwt, ES256", len(text), lambda: verify(text, as_of=NOW, keys=RING), lambda: raw_jwt(text))


def eddsa_jcs() -> Case:
    signed = sign_jcs(
        badge(DID),
        PROOF_KEY,
        verification_method=f"{DID}#{PROOF_KEY.public_multikey}",
        created=NOW - timedelta(days=1),
    )
    data = json.dumps(signed).encode()
    return Case("eddsa-jcs-2022", len(data), lambda: verify(data, as_of=NOW), lambda: raw_jcs(data))


def badge(issuer: str) -> dict[str, Any]:
    """About what an Open Badge of a micro-credential holds."""
    alignments = [
        {
            "type": ["Alignment"],
            "targetName": f"Learning outcome {number}: explains what a sample can and cannot show",
            "targetUrl": f"http://data.europa.eu/esco/skill/{number:08d}",
            "targetFramework": "ESCO",
        }
        for number in range(6)
    ]
    return {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": "urn:uuid:6f1c0f0e-0000-4000-8000-000000000001",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": issuer, "type": ["Profile"], "name": "University of Lisvik"},
        "validFrom": "2026-11-01T00:00:00Z",
        "credentialSubject": {
            "id": "did:example:1",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "urn:uuid:2",
                "type": ["Achievement"],
                "name": "Data literacy",
                "description": "A micro-credential of 5 ECTS",
                "criteria": {"narrative": "A written examination"},
                "alignment": alignments,
            },
        },
    }


def raw_jwt(text: str) -> object:
    """Signature, JSON of header, payload and disclosures, canonical form of the payload."""
    jwt, *disclosures = text.split("~")
    header, payload, signature = jwt.split(".")
    sides = jws.decode(signature) or b""
    r, s = int.from_bytes(sides[:32], "big"), int.from_bytes(sides[32:], "big")
    PUBLIC.verify(encode_dss_signature(r, s), f"{header}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))
    json.loads(jws.decode(header) or b"")
    claims = json.loads(jws.decode(payload) or b"")
    parts = [json.loads(jws.decode(one) or b"") for one in disclosures if one]
    return digests.canonical(claims), parts


def raw_jcs(data: bytes) -> object:
    """JSON, the canonical forms of options and document, signature."""
    document = json.loads(data)
    proof = document.pop("proof")
    signature = decode_base58(proof.pop("proofValue")) or b""
    proof["@context"] = document["@context"]
    covered = b"".join(digests.hashlib.sha256(digests.canonical(one)).digest() for one in (proof, document))
    RAW_ED25519.verify(signature, covered)
    return document


def seals(calls: int) -> None:
    """The whole ladder of a European seal, to the qualified timestamps, against the signature alone."""
    folder = VECTORS / "verify" / "pub-elm-anchors"
    if not folder.is_dir():
        told("JAdES", "no public vectors here", "")
        return
    data = (folder / "input.jsonld").read_bytes()
    anchors = [
        one.public_bytes(Encoding.DER)
        for one in x509.load_pem_x509_certificates((folder / "anchors.pem").read_bytes())
    ]
    assert verify(data, as_of=NOW, anchors=anchors).verdict is Verdict.VALID
    ours = seconds(lambda: verify(data, as_of=NOW, anchors=anchors), max(calls, 5))
    raw = seconds(lambda: raw_seal(data), max(calls, 5))
    told(
        f"JAdES LTA, {len(data):,} bytes",
        f"{ours * 1e3:8.1f} ms, raw {raw * 1e3:6.2f} ms",
        f"{ours / raw:4.1f}x raw",
    )


def raw_seal(data: bytes) -> object:
    members = json.loads(data)
    entry = members["signatures"][0]
    header = json.loads(jws.decode(entry["protected"]) or b"")
    certificate = x509.load_der_x509_certificate(_base64(header["x5c"][0]))
    key: Any = certificate.public_key()
    covered = f"{entry['protected']}.{members['payload']}".encode()
    key.verify(jws.decode(entry["signature"]) or b"", covered, padding.PKCS1v15(), hashes.SHA256())
    return json.loads(members["payload"])


def _base64(text: str) -> bytes:
    import base64

    return base64.b64decode(text)


def proofs_over_rdf() -> None:
    """Cost of a call by size, first and from the cache of digests."""
    folder = VECTORS / "verify"
    cases = json.loads((folder / "cases.json").read_text("utf-8")) if folder.is_dir() else []
    files = {
        (folder / case["file"]).stat().st_size: folder / case["file"]
        for case in cases
        if "dataintegrityproof-didkey" in case["id"] and case["verdict"] == "valid"
    }
    with Canonicaliser() as canonicaliser:
        canonicaliser.warm()
        for size, path in sorted(files.items()):
            data = path.read_bytes()
            first = seconds(lambda data=data: verify(data, as_of=NOW, hashes=canonicaliser.hashes), 1)
            again = seconds(lambda data=data: verify(data, as_of=NOW, hashes=canonicaliser.hashes), 20)
            told(
                f"eddsa-rdfc-2022, {size:,} bytes",
                f"{first * 1e3:8.1f} ms first",
                f"{again * 1e3:6.2f} ms by digest",
            )


def throughput(calls: int, workers: int) -> None:
    """Credentials a second by worker processes: verification shares nothing."""
    rates = []
    for number in range(1, workers + 1):
        with ProcessPoolExecutor(number) as pool:
            list(pool.map(verified, [10] * number))
            started = time.perf_counter()
            list(pool.map(verified, [calls] * number))
            rates.append(calls * number / (time.perf_counter() - started))
        told(
            f"vc+jwt by {number} worker processes",
            f"{rates[-1]:8.0f} a second",
            f"{rates[-1] / rates[0]:4.2f}x one",
        )


def verified(calls: int) -> int:
    """In a worker: so many credentials, with a key of its own."""
    text = jws.sign({"typ": "vc+jwt"}, json.dumps(badge(ISSUER)).encode(), KEY)
    return sum(verify(text, as_of=NOW, keys=RING).verdict is Verdict.VALID for _ in range(calls))


def seconds(call: Callable[[], object], calls: int) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - started) / calls


def told(name: str, value: str, target: str) -> None:
    print(f"{name:<44} {value:>32}   {target}", flush=True)


if __name__ == "__main__":
    main()
