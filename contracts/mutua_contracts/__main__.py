"""`python -m mutua_contracts`: generate the committed files, check them, show and lint the rights.

Exit codes: 0 all is well, 1 something is wrong and was said, 2 the command could not do its work.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from mutua_contracts import acls
from mutua_contracts.archive import COMMITTED, Archive
from mutua_contracts.gate import GateUnavailable, jsoncompat_judge


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except (GateUnavailable, OSError, ValueError, TypeError) as error:
        return _say(2, f"mutua_contracts {options.command}: {error}")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mutua_contracts", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    generate = commands.add_parser("generate", help="write schemas, asyncapi.yaml and acls.json")
    generate.add_argument("--release", action="store_true", help="add changed types to the history")
    generate.set_defaults(run=_generate)
    check = commands.add_parser("check", help="files equal the code, and no released version breaks")
    check.add_argument("--released", action="store_true", help="also refuse changes that are not released")
    check.set_defaults(run=_check)
    # An installed package keeps no files of its own: whoever generates from it says where to.
    beside = COMMITTED if (COMMITTED.parent / "pyproject.toml").is_file() else None
    for command, flag in ((generate, "--to"), (check, "--in")):
        command.add_argument(flag, dest="root", type=Path, default=beside, required=beside is None)
    rights = commands.add_parser("acls", help="show every right on the broker as JSON")
    rights.set_defaults(run=_acls)
    lint = commands.add_parser("lint", help="compare rights (JSON, `-` for standard input) with the topics")
    lint.add_argument("file", nargs="?", help="as `acls` writes it; the declared rights without it")
    lint.set_defaults(run=_lint)
    for command in (rights, lint):
        command.add_argument("--namespace", default=None, help="prefix of topics and groups")
    return parser


def _generate(options: argparse.Namespace) -> int:
    archive = Archive(options.root)
    archive.write()
    if options.release and (broken := list(archive.broken(jsoncompat_judge()))):
        return _say(1, *broken, "nothing was released")
    released = archive.release() if options.release else []
    return _say(0, f"written to {options.root}", *(f"released: {name}" for name in released))


def _check(options: argparse.Namespace) -> int:
    archive = Archive(options.root)
    if not options.root.is_dir():
        raise FileNotFoundError(f"{options.root} is no folder: run `python -m mutua_contracts generate`")
    problems = archive.problems(jsoncompat_judge())
    if problems:
        return _say(1, *problems, f"{len(problems)} problems")
    unreleased = [f"not released yet: {name}" for name in archive.unreleased()]
    if unreleased and options.released:
        return _say(1, *unreleased, "run `python -m mutua_contracts generate --release` and add golden files")
    return _say(0, *unreleased, "contracts: files equal the code, every released version is served")


def _acls(options: argparse.Namespace) -> int:
    return _say(0, json.dumps(acls.to_json(acls.acls(options.namespace)), indent=2))


def _lint(options: argparse.Namespace) -> int:
    if options.file is None:
        given = acls.acls(options.namespace)
    else:
        text = sys.stdin.read() if options.file == "-" else Path(options.file).read_text(encoding="utf-8")
        given = acls.from_json(json.loads(text))
    problems = acls.lint(given, options.namespace)
    return _say(1, *problems, f"{len(problems)} problems") if problems else _say(0, "rights: as declared")


def _say(code: int, *lines: str) -> int:
    stream = sys.stderr if code else sys.stdout
    stream.write("".join(f"{line}\n" for line in lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
