"""The package works for an organisation that has pydantic and nothing else of ours."""

import subprocess
import sys
from pathlib import Path

from mutua_contracts.archive import COMMITTED

# Refuses every import beyond the standard library, pydantic with its own requirements, and the package.
ALONE = """
import sys

ALLOWED = {"mutua_contracts", "pydantic", "pydantic_core"}
ALLOWED |= {"annotated_types", "typing_extensions", "typing_inspection"}

class Alone:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in ALLOWED | sys.stdlib_module_names and not top.startswith("_sysconfigdata"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Alone())

import importlib, pathlib, pkgutil
import mutua_contracts
from mutua_contracts.__main__ import main

for module in pkgutil.walk_packages(mutua_contracts.__path__, "mutua_contracts."):
    importlib.import_module(module.name)
golden, out = pathlib.Path(sys.argv[1]), sys.argv[2]
for path in golden.glob("*/*.json"):
    event = mutua_contracts.decode(path.read_bytes())
    assert mutua_contracts.decode(mutua_contracts.encode(event)) == event
assert main(["generate", "--to", out]) == 0
assert main(["lint"]) == 0
assert main(["check", "--in", out]) == 2
"""


def test_it_needs_pydantic_only(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ALONE, str(COMMITTED / "golden"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "pip install 'mutua-contracts[gate]'" in done.stderr
    assert (tmp_path / "asyncapi.yaml").exists()
