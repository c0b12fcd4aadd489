"""Whether a certificate leads to an anchor, was in force at an instant, and was not revoked before it.

Paths are built and checked by `cryptography` (names, signatures, validity, path length, usage, critical
extensions, within a budget); this module says why there is none, and adds revocation from given data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from cryptography import x509
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from mutua_credentials.jades import certificates
from mutua_credentials.jades.revocation import NOTHING, Revocation, State, state_of

PathCode = Literal["good", "anchor_unknown", "not_in_force", "revoked", "revocation_unknown"]

MAX_DEPTH = 8
"""Certificates between the leaf and its anchor."""


@dataclass(frozen=True, slots=True)
class Path:
    """The answer. `revoked` is known for certain; the three other codes but `good` are "could not tell"."""

    code: PathCode
    detail: str
    chain: tuple[x509.Certificate, ...] = ()
    """From the leaf to the anchor, where there is a path at all."""
    revocation: State | None = None
    """What is known of the certificate that decides: revoked by then, unknown, or revoked later."""


def check_path(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    at: datetime,
    as_of: datetime,
    revocation: Revocation = NOTHING,
) -> Path:
    """The path at an instant, by revocation data that existed as of another.

    An anchor may be an issuing authority, as in trusted lists, or the leaf itself; nothing is asked about an
    anchor but that it is in force.
    """
    chain = _build(leaf, others, anchors, at)
    if chain is not None:
        return _with_revocation(chain, at, as_of, revocation)
    begins, ends = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    for other in (ends - timedelta(seconds=1), begins + (ends - begins) / 2, begins + timedelta(seconds=1)):
        chain = _build(leaf, others, anchors, other)
        if chain is not None:
            window = f"{certificates.name(leaf)} from {begins:%Y-%m-%d} to {ends:%Y-%m-%d}"
            ended = Path("not_in_force", f"{window}, asked for {at:%Y-%m-%dT%H:%M:%SZ}", chain)
            checked = _with_revocation(chain, at, as_of, revocation)
            return checked if checked.code == "revoked" else ended
    return Path("anchor_unknown", f"no path from {certificates.name(leaf)} to one of {len(anchors)} anchors")


def _with_revocation(
    chain: tuple[x509.Certificate, ...], at: datetime, as_of: datetime, revocation: Revocation
) -> Path:
    """The worst that is known of the certificates below the anchor."""
    doubt: Path | None = None
    later: State | None = None
    for certificate, issuer in pairwise(chain):
        state = state_of(certificate, issuer, at, as_of, revocation)
        detail = f"{certificates.name(certificate)}: {state.detail}"
        if state.code == "revoked":
            return Path("revoked", detail, chain, state)
        if state.code == "unknown" and not certificates.is_never_revoked(certificate):
            doubt = doubt or Path("revocation_unknown", detail, chain, state)
        if state.since is not None:
            later = later or state
    return doubt or Path("good", f"leads to {certificates.name(chain[-1])}", chain, later)


def _build(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    at: datetime,
) -> tuple[x509.Certificate, ...] | None:
    if not anchors:
        return None
    verifier = (
        PolicyBuilder()
        .store(Store(list(anchors)))
        .time(at)
        .max_chain_depth(MAX_DEPTH)
        .extension_policies(ca_policy=_AUTHORITY, ee_policy=_LEAF)
        .build_client_verifier()
    )
    try:
        return tuple(verifier.verify(leaf, list(others)).chain)
    except VerificationError:
        return None


def _must_issue(_policy: Policy, _certificate: x509.Certificate, value: x509.BasicConstraints) -> None:
    if not value.ca:
        raise ValueError("no authority")


def _must_sign_certificates(
    _policy: Policy, _certificate: x509.Certificate, value: x509.KeyUsage | None
) -> None:
    if value is not None and not value.key_cert_sign:
        raise ValueError("no usage for certificates")


_AUTHORITY = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, _must_issue)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _must_sign_certificates)
)
_LEAF = ExtensionPolicy.permit_all()
