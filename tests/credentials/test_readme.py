"""What the package's README promises by example."""

import json
import re
from pathlib import Path

from mutua_credentials import annex_i
from mutua_credentials.verify import CHECKS

README = Path(__file__).resolve().parents[2] / "libs" / "credentials" / "README.md"


def test_the_smallest_content_is_complete() -> None:
    example = re.search(r"```json\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert example is not None
    assert isinstance(annex_i.check(json.loads(example[1])), annex_i.MicroCredential)


def test_every_check_that_can_fail_is_in_the_table() -> None:
    rows = re.findall(r"^\| ([a-z_]+) \|", README.read_text("utf-8"), re.MULTILINE)
    named = [name for name in rows if name in {check.value for check in CHECKS}]
    assert named == [check.value for check in CHECKS if check.value not in ("contexts", "seal_level")]
