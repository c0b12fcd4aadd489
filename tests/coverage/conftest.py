"""Lets the tests of this folder share its modules of cases, worlds and wrong rules."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
