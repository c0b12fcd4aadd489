"""Electronic seals of the local stack's institutions, by an authority that exists in its folder only.

They stand in for what a trust service would sell: whoever wants to see a sealed credential accepted names the
authority's certificate (`keys/seals/authority.pem`) with `mutua verify --anchors`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from mutua_local.files import locked, write_atomically
from mutua_local.tenants import TENANTS, Tenant

LASTS: Final = timedelta(days=730)
COUNTRIES: Final = {
    "astervik": "SE",
    "brennau": "DE",
    "corvelo": "PT",
    "drimont": "FR",
    "lisvik": "NO",
    "elbowo": "PL",
    "ruskola": "FI",
    "tessera": "DE",
}
"""Where each institution is registered, as in the registry's profile `demo`."""

_NO_REVOCATION: Final = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.56"), b"\x05\x00")
"""RFC 9608: nobody keeps a list of what was revoked, so nobody need look for one."""


def seals_file(folder: Path, *, since: datetime | None = None) -> Path:
    """The configuration of the seals (`MUTUA_SEALS_FILE`), made once for a stack's folder.

    They are good from `since` on, else from now.
    """
    room = folder / "keys" / "seals"
    configuration = room / "seals.json"
    with locked(folder / "seals.lock"):
        if not configuration.exists():
            room.mkdir(mode=0o700, parents=True, exist_ok=True)
            authority = _Authority(since or datetime.now(UTC))
            write_atomically(room / "authority.pem", authority.pem)
            seals = {one.id: authority.seal(one, room) for one in TENANTS if one.short in COUNTRIES}
            write_atomically(configuration, json.dumps(seals, indent=1))
    return configuration


class _Authority:
    """Whoever it seals for is who its folder says; its key is forgotten when the seals are made."""

    def __init__(self, since: datetime) -> None:
        self._since = since
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Seals of a local stack of Mutua")])
        self._certificate = (
            self._builder(self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> str:
        """Its certificate."""
        return self._certificate.public_bytes(Encoding.PEM).decode()

    def seal(self, tenant: Tenant, room: Path) -> dict[str, str]:
        """A key and its certificate in files, as the configuration names them."""
        key = ec.generate_private_key(ec.SECP256R1())
        number = tenant.id.removeprefix("DEQARINST")
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, COUNTRIES[tenant.short]),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, tenant.name),
                x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"NTR{COUNTRIES[tenant.short]}-{number}"),
                x509.NameAttribute(NameOID.COMMON_NAME, tenant.name),
            ]
        )
        certificate = (
            self._builder(name, key)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(_NO_REVOCATION, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        files = {"key_file": room / f"{tenant.short}.key", "certificates_file": room / f"{tenant.short}.crt"}
        write_atomically(files["key_file"], private.decode())
        write_atomically(files["certificates_file"], certificate.public_bytes(Encoding.PEM).decode())
        return {"kind": "file", **{member: str(path) for member, path in files.items()}}

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._since - timedelta(days=1))
            .not_valid_after(self._since + LASTS)
        )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """An authority signs certificates; a seal commits to what it seals (`nonRepudiation`)."""
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=not signs_certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
