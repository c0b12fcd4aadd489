"""The rule: whether the registry's reports covered a credential on the day of its award."""

from mutua_coverage.model import Coverage, Credential
from mutua_coverage.snapshot import Snapshot


def covered(credential: Credential, snapshot: Snapshot) -> Coverage:
    """What `snapshot` says about `credential` on its award date."""
    raise NotImplementedError
