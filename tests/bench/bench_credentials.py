"""What verifying a credential costs, as ratios in the same run: `python tests/bench/bench_credentials.py`.

The peer of a ratio is what no verifier can do without: the raw signature check by `cryptography`, reading the
JSON and, where one is signed, the canonical form. Figures are CPU time, medians of alternations. Targets are
printed beside the figures and never asserted: a busy machine is no bug.
"""

import argparse
import hashlib
import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from mutua_credentials import annex_i, digests, integrity, jws, sdjwt
from mutua_credentials.annex_i.openbadges_writing import write_badge
from mutua_credentials.keys import KeyRecord, KeyRing, PrivateKey
from mutua_credentials.linked_data.pool import Canonicaliser
from mutua_credentials.verify import Verdict, verify

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ISSUER = "https://univ-lisvik.example"
CREDENTIAL = "urn:uuid:6f1c0f0e-0000-4000-8000-000000000001"
ROOT = Path(__file__).resolve().parents[2]
Step = Callable[[], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=300, help="calls in one timing")
    parser.add_argument("--alternations", type=int, default=7)
    options = parser.parse_args()
    content = annex_i.check(json.loads((ROOT / "tests/credentials/complete.json").read_text()))
    if not isinstance(content, annex_i.MicroCredential):
        raise SystemExit(f"the example is not complete: {content}")
    for name, ours, raw in (token(content), sd_jwt(content), over_json(content)):
        against(name, ours, raw, options.calls, options.alternations)
    over_rdf(content, max(options.calls // 20, 3))
    seal(max(options.calls // 20, 3))
    scaling(content, options.calls)


def told(name: str, value: str, target: str = "") -> None:
    print(f"{name:<52} {value:>26}   {target}", flush=True)


def cost(step: Step, calls: int) -> float:
    """Microseconds of CPU a call."""
    start = time.process_time()
    for _ in range(calls):
        step()
    return (time.process_time() - start) / calls * 1e6


def against(name: str, ours: Step, raw: Step, calls: int, alternations: int) -> None:
    pairs = [(cost(ours, calls), cost(raw, calls)) for _ in range(alternations)]
    told(f"{name}: verify", f"{median(mine for mine, _ in pairs):.0f} us")
    told("  raw signature, JSON and canonical form", f"{median(other for _, other in pairs):.0f} us")
    told("  ratio", f"{median(mine / other for mine, other in pairs):.2f}", "at most 2")


def did_of(key: Any) -> tuple[str, str]:
    """A did:key and its only method."""
    did = integrity.did_key(key.public_jwk)
    return did, f"{did}#{did.removeprefix('did:key:')}"


class Named:
    """A P-256 key that signs under the name of its did:key, and is known as the issuer's."""

    def __init__(self) -> None:
        self.key = PrivateKey.generate()
        self.did, self.kid = did_of(self.key)
        self.alg, self.sign = self.key.alg, self.key.sign
        self.ring = KeyRing([KeyRecord(ISSUER, self.key.kid, self.key.public_jwk)])
        numbers = [int.from_bytes(jws.decode(self.key.public_jwk[name]) or b"", "big") for name in ("x", "y")]
        self.public = ec.EllipticCurvePublicNumbers(numbers[0], numbers[1], ec.SECP256R1()).public_key()

    def check(self, signature: bytes, data: bytes) -> None:
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        self.public.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))


def raw_jwt(text: str, key: Named) -> None:
    """As little as a reader of a JWT can do."""
    signed, _, signature = text.rpartition(".")
    header, payload = (json.loads(jws.decode(part) or b"") for part in signed.split("."))
    key.check(jws.decode(signature) or b"", signed.encode())
    if not (header and payload):
        raise ValueError("found an empty token")


def token(content: annex_i.MicroCredential) -> tuple[str, Step, Step]:
    key = Named()
    body = write_badge(content, credential_id=CREDENTIAL, issuer=key.did, valid_from=NOW)
    text = jws.sign({"typ": "vc+jwt", "cty": "vc"}, json.dumps(body).encode(), key)
    return f"vc+jwt ES256, {len(text):,} bytes", lambda: valid(text), lambda: raw_jwt(text, key)


def sd_jwt(content: annex_i.MicroCredential) -> tuple[str, Step, Step]:
    key = Named()
    issued = sdjwt.issue(content, signer=key.key, issuer=ISSUER, credential_id=CREDENTIAL, issued_at=NOW)
    text = issued.holder_form

    def raw() -> None:
        jwt, *disclosures = text.strip("~").split("~")
        raw_jwt(jwt, key)
        for disclosure in disclosures:
            hashlib.sha256(disclosure.encode()).digest()
            json.loads(jws.decode(disclosure) or b"")

    return f"SD-JWT VC ES256, {len(text):,} bytes", lambda: valid(text, keys=key.ring), raw


def over_json(content: annex_i.MicroCredential) -> tuple[str, Step, Step]:
    key = integrity.Ed25519Key.generate()
    did, method = did_of(key)
    body = write_badge(content, credential_id=CREDENTIAL, issuer=did, valid_from=NOW)
    text = json.dumps(integrity.sign_jcs(body, key, verification_method=method, created=NOW))
    public = Ed25519PublicKey.from_public_bytes(jws.decode(key.public_jwk["x"]) or b"")
    signature = jws.decode(jws.encode(_signature(text))) or b""

    def raw() -> None:
        document = json.loads(text)
        proof = document.pop("proof")
        proof.pop("proofValue")
        hashed = [hashlib.sha256(digests.canonical(part)).digest() for part in (proof, document)]
        public.verify(signature, b"".join(hashed))

    return f"eddsa-jcs-2022, {len(text):,} bytes", lambda: valid(text), raw


def _signature(text: str) -> bytes:
    proofs = integrity.read_proofs(json.loads(text))
    if not isinstance(proofs, tuple):
        raise SystemExit(f"no proof: {proofs}")
    return proofs[0].signature


def valid(text: str, **given: Any) -> None:
    found = verify(text, as_of=NOW, **given)
    if found.verdict is not Verdict.VALID:
        raise SystemExit(f"expected a valid credential, found {found.to_json()}")


def badge(
    content: annex_i.MicroCredential, canonicaliser: Canonicaliser, outcomes: int, number: int = 0
) -> str:
    """A badge over RDF, the larger the more outcomes it lists."""
    key = integrity.Ed25519Key.generate()
    did, method = did_of(key)
    more = [annex_i.LearningOutcome(statement={"en": f"Outcome {place}"}) for place in range(outcomes)]
    body = write_badge(
        content.model_copy(update={"learning_outcomes": tuple(more)}),
        credential_id=f"{CREDENTIAL[:-4]}{number:04}",
        issuer=did,
        valid_from=NOW,
    )
    options: dict[str, Any] = {"verification_method": method, "created": NOW, "canonicaliser": canonicaliser}
    return json.dumps(integrity.sign_rdfc(body, key, **options))


def over_rdf(content: annex_i.MicroCredential, calls: int) -> None:
    """Elapsed time: the work is another process's."""
    with Canonicaliser() as signing, Canonicaliser() as checking:
        for outcomes in (1, 20, 100):
            texts = [badge(content, signing, outcomes, number) for number in range(calls)]
            valid(texts[0], hashes=checking.hashes)
            start = time.perf_counter()
            for text in texts[1:]:
                valid(text, hashes=checking.hashes)
            each = (time.perf_counter() - start) / max(len(texts) - 1, 1) * 1e3
            start = time.perf_counter()
            for text in texts:
                valid(text, hashes=checking.hashes)
            known = (time.perf_counter() - start) / len(texts) * 1e3
            told(f"eddsa-rdfc-2022, {len(texts[0]):,} bytes: elapsed", f"{each:.1f} ms")
            told("  canonical form known by its digest", f"{known:.2f} ms")


def seal(calls: int) -> None:
    """The ladder of a European seal, on the public sample."""
    vectors = Path(os.environ.get("MUTUA_VECTORS", ROOT.parent / "shared" / "vectors"))
    folder = vectors / "verify/pub-elm-anchors"
    if not folder.is_dir():
        told("JAdES-BASELINE-LTA", "no public vectors", "set MUTUA_VECTORS")
        return
    sealed = (folder / "input.jsonld").read_bytes()
    certificates = x509.load_pem_x509_certificates((folder / "anchors.pem").read_bytes())
    anchors = [one.public_bytes(Encoding.DER) for one in certificates]
    ladder = median(cost(lambda: verify(sealed, as_of=NOW, anchors=anchors), calls) for _ in range(3))
    told(f"JAdES-BASELINE-LTA, {len(sealed):,} bytes: verify", f"{ladder / 1e3:.1f} ms")


def many(text: str, calls: int) -> int:
    for _ in range(calls):
        valid(text)
    return calls


def scaling(content: annex_i.MicroCredential, calls: int) -> None:
    """Elapsed time of the same work by one worker and by as many as there are cores."""
    key = Named()
    body = write_badge(content, credential_id=CREDENTIAL, issuer=key.did, valid_from=NOW)
    text = jws.sign({"typ": "vc+jwt"}, json.dumps(body).encode(), key)
    cores = os.cpu_count() or 1
    rates = {workers: tokens_by(workers, text, calls) for workers in (1, cores)}
    told(f"vc+jwt a second, 1 and {cores} processes", " ".join(f"{rate:,.0f}" for rate in rates.values()))
    told("  ratio", f"{rates[cores] / rates[1]:.2f}", f"towards {cores}")
    rates = {workers: badges_by(workers, content, calls // 3) for workers in (1, cores)}
    told(
        f"eddsa-rdfc-2022 a second, 1 and {cores} workers",
        " ".join(f"{rate:,.0f}" for rate in rates.values()),
    )
    told("  ratio", f"{rates[cores] / rates[1]:.2f}", f"towards {cores}")


def tokens_by(workers: int, text: str, calls: int) -> float:
    with ProcessPoolExecutor(workers) as pool:
        list(pool.map(many, [text] * workers, [5] * workers))
        start = time.perf_counter()
        done = sum(pool.map(many, [text] * workers, [calls] * workers))
        return done / (time.perf_counter() - start)


def badges_by(workers: int, content: annex_i.MicroCredential, calls: int) -> float:
    """One process that asks, and workers that canonicalise."""
    with Canonicaliser() as signing, Canonicaliser(workers=workers) as checking:
        texts = [badge(content, signing, 5, number) for number in range(calls)]
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda text: valid(text, hashes=checking.hashes), texts[:workers]))
            start = time.perf_counter()
            list(pool.map(lambda text: valid(text, hashes=checking.hashes), texts[workers:]))
            return (len(texts) - workers) / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
