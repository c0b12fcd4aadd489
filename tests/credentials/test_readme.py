"""What the package's README promises by example."""

import json
import re
from pathlib import Path

from mutua_credentials import annex_i
from mutua_credentials.verify import CHECKS

ROOM = Path(__file__).resolve().parents[2] / "libs" / "credentials" / "mutua_credentials"
README = ROOM.parent / "README.md"


def test_the_smallest_content_is_complete() -> None:
    example = re.search(r"```json\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert example is not None
    assert isinstance(annex_i.check(json.loads(example[1])), annex_i.MicroCredential)


def test_every_check_is_in_the_table() -> None:
    rows = re.findall(r"^\| ([a-z_]+) \|", README.read_text("utf-8"), re.MULTILINE)
    named = [name for name in rows if name in {check.value for check in CHECKS}]
    assert named == [check.value for check in CHECKS]


def test_every_code_of_the_run_is_in_the_table() -> None:
    """As far as they stand in the code as the first text of an answer."""
    answer = r'(?:Refused|failed|unknown|malformed)\(\s*(?:(?:NAME|name|CheckName\.\w+)\s*,\s*)*"([a-z_]+)"'
    codes = {
        code
        for name in (
            "recognise",
            "claims",
            "w3c_vc",
            "sd_jwt_vc",
            "signature",
            "issuer_binding",
            "status",
            "schema",
        )
        for path in (ROOM / "verify").glob(f"{name}*.py")
        for code in re.findall(answer, path.read_text("utf-8"))
    }
    text = README.read_text("utf-8")
    assert len(codes) > 40
    assert {code for code in codes if f"`{code}`" not in text} == set()
