"""Lets the tests of this folder share `coverage_worlds` and `coverage_cases`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
