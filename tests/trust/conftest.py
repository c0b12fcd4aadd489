"""Lets the tests of this folder share `trust_worlds`, and sets how long the properties search.

MUTUA_TRUST_PROFILE=nightly searches far longer than a run of the test suite should take.
"""

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

_RELAXED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile("trust", max_examples=40, deadline=None, suppress_health_check=_RELAXED)
settings.register_profile("nightly", max_examples=3000, deadline=None, suppress_health_check=_RELAXED)
settings.load_profile("nightly" if os.environ.get("MUTUA_TRUST_PROFILE") == "nightly" else "trust")
