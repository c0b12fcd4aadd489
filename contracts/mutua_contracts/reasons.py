"""Stages, reason codes and remedies: the whole catalogue, so that adding a stage later changes no field.

Source: the reference on recognition, sections 2.4 and 2.6.
"""

STAGES: tuple[str, ...] = tuple(f"S{number}" for number in range(14))

_CATALOGUE: dict[str, tuple[str, ...]] = {
    "INTAKE": ("MALFORMED", "UNKNOWN_FORMAT", "TOO_LARGE", "NOT_COMPETENT", "TARGET_MISSING", "DUPLICATE"),
    "AUTH": (
        "OK",
        "KEY_UNREACHABLE",
        "CONTEXT_UNDEFINED",
        "SIG_INVALID",
        "KEY_UNBOUND",
        "UNSIGNED",
        "REVOKED",
        "SUSPENDED",
        "EXPIRED_AFTER_AWARD",
        "STATUS_UNREACHABLE",
        "SEAL_NOT_QUALIFIED",
    ),
    "DOC": ("MISSING", "WITHHELD", "UNREADABLE", "TRANSLATION_NEEDED"),
    "KIND": ("SIZE_BELOW", "SIZE_ABOVE", "ATTENDANCE_ONLY", "FULL_DEGREE"),
    "PROV": ("MATCHED", "NAME_ONLY", "PLATFORM_NOT_PROVIDER", "UNKNOWN", "CLOSED", "MILL_SUSPECTED"),
    "QA": (
        "PROGRAMME_COVERS",
        "INSTITUTION_COVERS",
        "VOLUNTARY",
        "CONDITIONAL",
        "EVIDENCE_ONLY",
        "REFER",
        "INDETERMINATE",
        "NEGATIVE",
        "FLAGGED",
        "NOT_AT_AWARD_DATE",
        "STALE_SNAPSHOT",
        "NONE",
    ),
    "TRUST": (
        "DIRECT",
        "PATH",
        "NO_PATH",
        "EXPIRED_LINK",
        "REVOKED_LINK",
        "AWARD_NOT_COVERED",
        "OUT_OF_SCOPE",
        "DEPTH_EXCEEDED",
        "ASSURANCE_LOW",
        "DISTRUST",
        "QUORUM",
        "REQUEST_INCOMPLETE",
        "REQUEST_INVALID",
        "STALE",
        "BUDGET",
        "COMMON_FRIEND",
    ),
    "LEVEL": ("EQUAL", "HIGHER", "LOWER", "UNREFERENCED", "ABSENT"),
    "LO": ("MAPPED", "PARTLY", "ESSENTIAL_GAP", "FREE_TEXT"),
    "LOAD": ("WITHIN", "BELOW", "ABOVE", "HOURS_PER_ECTS_ODD", "ALREADY_COUNTED"),
    "ASSESS": ("ASSESSED", "ATTENDANCE", "UNKNOWN"),
    "IDENT": ("SUPERVISED", "UNSUPERVISED", "BOUND", "NOT_STATED", "MISMATCH"),
    "POLICY": ("PRESET_APPLIED", "WAIVER", "NO_MANDATE", "STAGE_NOT_EVALUATED"),
}

REASON_CODES: tuple[str, ...] = tuple(
    f"{family}.{code}" for family, codes in _CATALOGUE.items() for code in codes
)
"""Every reason that a decision record or an event may name."""

REMEDIES: tuple[str, ...] = (
    "DISCLOSE_ELEMENT",
    "UPLOAD_SYLLABUS",
    "TAKE_ASSESSMENT",
    "APPLY_RPL",
    "BRIDGE_MODULE",
    "ASK_ISSUER_REISSUE",
    "WAIT_FOR_QA",
    "APPEAL",
    "NONE",
)
"""What can be done about a reason."""
