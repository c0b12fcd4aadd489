"""The process that applies one JSON Schema: a job from standard input, an answer to standard output.

It opens no connection (a reference to another document makes a schema unusable) and its memory is bounded.
"""

import json
import resource
import sys
from typing import Any, Final

MEMORY_BYTES: Final = 256 * 1024 * 1024


def main() -> None:
    """Answer `{"conforms", "unusable", "found", "expected"}`."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    job = json.load(sys.stdin.buffer)
    json.dump(_apply(job["schema"], job["instance"]), sys.stdout)


def _apply(schema: Any, instance: Any) -> dict[str, Any]:
    from jsonschema import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    validator: Any = validator_for(schema, default=Draft202012Validator)
    try:
        validator.check_schema(schema)
        registry: Registry[Any] = Registry()
        found = next(validator(schema, registry=registry).iter_errors(instance), None)
    except (SchemaError, Unresolvable, RecursionError, ValueError, TypeError) as error:
        return {"conforms": False, "unusable": True, "found": type(error).__name__, "expected": None}
    if found is None:
        return {"conforms": True, "unusable": False, "found": None, "expected": None}
    place = "/" + "/".join(str(part) for part in found.absolute_path)
    rule = f"{found.validator}: {found.validator_value!r}"[:200]
    return {"conforms": False, "unusable": False, "found": f"at {place}"[:200], "expected": rule}


if __name__ == "__main__":
    main()
