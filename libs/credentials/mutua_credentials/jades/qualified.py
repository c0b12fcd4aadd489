"""What a certificate states of itself in QcStatements (ETSI EN 319 412-5): reported, never decisive.

Whether its issuer was entitled to state it is written in national trusted lists, which are not read here.
"""

from dataclasses import dataclass
from typing import Any

from asn1crypto import core
from cryptography import x509

_EXTENSION = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
_COMPLIANCE, _DEVICE, _TYPE = "0.4.0.1862.1.1", "0.4.0.1862.1.4", "0.4.0.1862.1.6"
_TYPES = {"0.4.0.1862.1.6.1": "esign", "0.4.0.1862.1.6.2": "eseal", "0.4.0.1862.1.6.3": "web"}


@dataclass(frozen=True, slots=True)
class Qualification:
    """The statements that matter for a seal."""

    qualified: bool
    """QcCompliance: issued as a qualified certificate."""
    device: bool
    """QcSSCD: the key is in a qualified device."""
    types: tuple[str, ...]
    """`esign`, `eseal`, `web`, or the OID of another type."""

    @property
    def seal(self) -> str:
        """`qualified` (as stated), `advanced`, or `unknown` where it is stated for no seal."""
        if self.types and "eseal" not in self.types:
            return "unknown"
        if not self.qualified:
            return "unknown"
        return "qualified" if self.device and self.types else "advanced"


class _Statement(core.Sequence):  # pyright: ignore[reportMissingTypeArgument]
    _fields = [  # noqa: RUF012 - how asn1crypto declares members
        ("statement_id", core.ObjectIdentifier),
        ("statement_info", core.Any, {"optional": True}),
    ]


class _Statements(core.SequenceOf):
    _child_spec = _Statement


class _Oids(core.SequenceOf):
    _child_spec = core.ObjectIdentifier


def read_qualification(certificate: x509.Certificate) -> Qualification | None:
    """The statements, or None where there are none that can be read."""
    try:
        extension = certificate.extensions.get_extension_for_oid(_EXTENSION)
        assert isinstance(extension.value, x509.UnrecognizedExtension)
        statements: Any = _Statements.load(extension.value.value, strict=True)
        found: dict[str, Any] = {said["statement_id"].dotted: said["statement_info"] for said in statements}
        named: Any = _Oids.load(found[_TYPE].dump()) if _TYPE in found else ()
        types = tuple(_TYPES.get(str(oid.dotted), str(oid.dotted)) for oid in named)
    except (x509.ExtensionNotFound, ValueError, TypeError, KeyError, AttributeError):
        return None
    return Qualification(_COMPLIANCE in found, _DEVICE in found, types)
