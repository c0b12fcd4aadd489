"""The ladder of a seal, rung by rung: signature, certificate, time stamps, path, organisation, qualification.

Each rung has its own result and code. Nothing is decided here about the credential as a whole; the run of
checks does that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from cryptography import x509

from mutua_credentials.jades import certificates
from mutua_credentials.jades.envelope import Seal
from mutua_credentials.jades.organisations import legal_identifiers, read_written
from mutua_credentials.jades.path import Path, check_path
from mutua_credentials.jades.qualified import Qualification, read_qualification
from mutua_credentials.jades.revocation import read_revocation
from mutua_credentials.jades.signature import Signed
from mutua_credentials.jades.timestamps import Standing, Timestamp, check_timestamp
from mutua_credentials.jades.unsigned import Unsigned, read_unsigned

RungResult = Literal["pass", "fail", "unknown"]
Level = Literal["B", "T", "LT", "LTA"]


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: what was looked at and what came out."""

    name: str
    result: RungResult
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """What is known of one seal whose signature verifies."""

    stamps: tuple[tuple[str, Timestamp], ...]
    """Each time stamp with its place."""
    proven_at: datetime | None
    """The earliest instant at which the signature is proven to have existed."""
    path: Path
    """Of the seal's certificate at that instant, or as of now where nothing proves an earlier one."""
    organisation: Rung
    shape: Level
    """The level that the members make it look like."""
    level: Level
    """The level that is proven."""
    qualification: Qualification | None

    def rungs(self) -> tuple[Rung, ...]:
        """In order: time stamps, path, organisation."""
        results: Mapping[Standing, RungResult] = {
            Standing.TRUSTED: "pass",
            Standing.UNPROVEN: "unknown",
            Standing.BROKEN: "fail",
        }
        stamps = (
            Rung(place, results[stamp.standing], stamp.code, stamp.detail) for place, stamp in self.stamps
        )
        return (*stamps, _path_rung(self.path), self.organisation)

    def broken_stamp(self) -> tuple[str, Timestamp] | None:
        return next(((at, stamp) for at, stamp in self.stamps if stamp.standing is Standing.BROKEN), None)


def _path_rung(path: Path) -> Rung:
    results: Mapping[str, RungResult] = {"good": "pass", "revoked": "fail"}
    return Rung("path", results.get(path.code, "unknown"), path.code, path.detail)


def climb(
    seal: Seal,
    signed: Signed,
    issuer: Mapping[str, Any],
    anchors: Sequence[x509.Certificate],
    as_of: datetime,
    existed_by: datetime | None = None,
) -> Ladder:
    """Judge everything beyond the signature.

    `existed_by` is an instant known from elsewhere at which the sealed credential already existed; like a
    trusted time stamp over the signature it protects against what happened to the certificate later.
    """
    unsigned = read_unsigned(seal)
    pool = [*signed.chain, *certificates.read_pool(unsigned.certificates)]
    revocation = read_revocation(unsigned.lists, unsigned.answers, pool)
    stamps = tuple(
        (
            stamp.place,
            check_timestamp(
                stamp.token, stamp.covers, others=pool, anchors=anchors, as_of=as_of, revocation=revocation
            ),
        )
        for stamp in unsigned.stamps
    )
    proven_at = _proven_at(stamps, as_of, existed_by)
    authorities = [anchor for anchor in anchors if certificates.is_authority(anchor)]
    path = check_path(signed.certificate, pool, authorities, proven_at or as_of, as_of, revocation)
    return Ladder(
        stamps=stamps,
        proven_at=proven_at,
        path=path,
        organisation=_organisation(signed.certificate, issuer),
        shape=_shape(stamps, unsigned),
        level=_level(stamps, unsigned, path),
        qualification=read_qualification(signed.certificate),
    )


def _proven_at(
    stamps: Sequence[tuple[str, Timestamp]], as_of: datetime, existed_by: datetime | None
) -> datetime | None:
    """A stamp over the payload alone (`adoTst`) proves nothing of the signature, which came after it."""
    instants = [
        stamp.at
        for place, stamp in stamps
        if place != "adoTst" and stamp.standing is Standing.TRUSTED and stamp.at is not None
    ]
    if existed_by is not None and existed_by <= as_of:
        instants.append(existed_by)
    return min(instants, default=None)


def _shape(stamps: Sequence[tuple[str, Timestamp]], unsigned: Unsigned) -> Level:
    places = {place for place, _ in stamps}
    if "sigTst" not in places:
        return "B"
    if not unsigned.has_validation_data:
        return "T"
    return "LTA" if "arcTst" in places else "LT"


def _level(stamps: Sequence[tuple[str, Timestamp]], unsigned: Unsigned, path: Path) -> Level:
    trusted = {place for place, stamp in stamps if stamp.standing is Standing.TRUSTED}
    if "sigTst" not in trusted:
        return "B"
    if not unsigned.has_validation_data or path.code not in ("good", "revoked"):
        return "T"
    return "LTA" if "arcTst" in trusted else "LT"


def _organisation(certificate: x509.Certificate, issuer: Mapping[str, Any]) -> Rung:
    """Codes: `organisation_matches`, `organisation_of_another`, `organisation_not_stated`,
    `issuer_not_identified`.
    """
    stated = certificates.organisation(certificate)
    own = read_written(stated) if stated is not None else None
    if own is None:
        detail = f"{stated!r} in the certificate of {certificates.name(certificate)}"
        return Rung("organisation", "unknown", "organisation_not_stated", detail)
    known = legal_identifiers(issuer)
    if not known:
        return Rung(
            "organisation", "unknown", "issuer_not_identified", f"no legal identifier to match {stated}"
        )
    if any(own.matches(identifier) for identifier in known):
        return Rung("organisation", "pass", "organisation_matches", str(stated))
    written = ", ".join(f"{one.kind or '*'}{one.country}-{one.number}" for one in known)[:200]
    return Rung("organisation", "fail", "organisation_of_another", f"{stated}, issuer is {written}")
