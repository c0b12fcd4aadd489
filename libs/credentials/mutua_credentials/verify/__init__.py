"""Verification: ten named checks, each pass, fail, unknown or skipped, and one verdict.

Whatever bytes come in, the answer is a `Verification`; nothing is raised for what a stranger wrote. "Could
not tell" is unknown, never valid and never invalid.
"""

from mutua_credentials.verify.documents import Document, Documents, FirstOf, MappingDocuments, NotObtained
from mutua_credentials.verify.given import StatusAnswer, StatusReader
from mutua_credentials.verify.result import (
    CHECKS,
    Check,
    CheckName,
    IssuerFound,
    Result,
    Verdict,
    Verification,
)
from mutua_credentials.verify.verification import verify

__all__ = [
    "CHECKS",
    "Check",
    "CheckName",
    "Document",
    "Documents",
    "FirstOf",
    "IssuerFound",
    "MappingDocuments",
    "NotObtained",
    "Result",
    "StatusAnswer",
    "StatusReader",
    "Verdict",
    "Verification",
    "verify",
]
