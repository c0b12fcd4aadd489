"""Seals of the local stack: made once, of one authority, each the institution's own."""

import json
from pathlib import Path

from cryptography import x509

from mutua_credentials import jades
from mutua_issuer.seals import read_seals
from mutua_local.seals import COUNTRIES, seals_file
from mutua_local.tenants import TENANTS


def test_every_institution_has_a_seal_that_the_issuer_can_use(tmp_path: Path) -> None:
    path = seals_file(tmp_path)
    first = path.read_bytes()
    assert seals_file(tmp_path).read_bytes() == first, "made once"
    assert {one.short for one in TENANTS if one.kind == "institution"} == set(COUNTRIES)
    seals = read_seals(path)
    assert set(seals) == set(json.loads(first)) == {one.id for one in TENANTS if one.short in COUNTRIES}
    authority = x509.load_pem_x509_certificate((path.parent / "authority.pem").read_bytes())
    for seal in seals.values():
        certificate = x509.load_der_x509_certificate(seal.chain[0])
        certificate.verify_directly_issued_by(authority)
    assert jades.organisation_of(seals["DEQARINST7105"].chain[0]) == "NTRNO-7105"
    assert {oct(one.stat().st_mode & 0o077) for one in path.parent.iterdir()} == {"0o0"}
