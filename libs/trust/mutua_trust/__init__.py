"""Trust chains between recognisers and issuers: exact, explained, replayable. No I/O at all."""

from mutua_trust.enumeration import enumerate_decide
from mutua_trust.friends import CommonFriend, common_friends
from mutua_trust.index import TrustIndex
from mutua_trust.policy import BUILT_IN, Mode, Policy, PolicyBook
from mutua_trust.reading import Flaw
from mutua_trust.request import Request
from mutua_trust.statement import (
    ALWAYS,
    ASPECTS,
    EVERYTHING,
    Aspect,
    Assurance,
    Interval,
    Polarity,
    Scope,
    Statement,
)
from mutua_trust.verdict import Chain, Constraint, Failure, NearestMiss, Outcome, Reason, Verdict
from mutua_trust.wire import (
    barring_from_json,
    policies_from_json,
    request_from_json,
    statement_from_json,
)
from mutua_trust.writing import (
    policy_to_json,
    request_to_json,
    statement_to_json,
    verdict_to_json,
)

__all__ = [
    "ALWAYS",
    "ASPECTS",
    "BUILT_IN",
    "EVERYTHING",
    "Aspect",
    "Assurance",
    "Chain",
    "CommonFriend",
    "Constraint",
    "Failure",
    "Flaw",
    "Interval",
    "Mode",
    "NearestMiss",
    "Outcome",
    "Polarity",
    "Policy",
    "PolicyBook",
    "Reason",
    "Request",
    "Scope",
    "Statement",
    "TrustIndex",
    "Verdict",
    "barring_from_json",
    "common_friends",
    "enumerate_decide",
    "policies_from_json",
    "policy_to_json",
    "request_from_json",
    "request_to_json",
    "statement_from_json",
    "statement_to_json",
    "verdict_to_json",
]
