"""`mutua demo`: a stack of its own, the story on it, and everything stopped again.

It needs nothing that is running, disturbs nothing that is, and ends with 0 only where every promise that it
looks at was kept: 1 where one was not, 2 where the stack did not start, 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import sys
import sysconfig
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from mutua_local.demo import account, cases, issuing, opening
from mutua_local.demo.broken import PromiseBroken
from mutua_local.demo.callers import Desk
from mutua_local.demo.cast import OFFICE, universities
from mutua_local.demo.receiver import receiving
from mutua_local.demo.story import Json, Story
from mutua_local.demo.teller import Teller, console, table
from mutua_local.demo.watching import watch
from mutua_local.errors import StackError
from mutua_local.files import write_atomically
from mutua_local.processes import find
from mutua_local.progress import Terminal
from mutua_local.services import Surroundings
from mutua_local.stack import Stack

PREFIX = "mutua-demo-"
OWNER = "owner.json"


def main(argv: Sequence[str]) -> int:
    """Runs the demo; the exit code."""
    options = _options(argv)
    told = Teller(console())
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # asks for the same as Ctrl-C
    began = time.monotonic()
    summary: Json = {"ok": False}
    try:
        code = _run(options, told, summary, began)
    except StackError as error:
        told.console.print("\n".join(escape(line) for line in error.lines()), highlight=False, soft_wrap=True)
        summary["broken"] = {"promise": error.code, "found": error.found, "expected": error.expected}
        code = 2
    except KeyboardInterrupt:
        told.console.print("\nstopped before its end; everything that it had started is stopped too")
        code = 130
    summary |= {"seconds": round(time.monotonic() - began, 1), "exit_code": code}
    if options.json is not None:
        options.json.write_text(json.dumps(summary, indent=1), encoding="utf-8")
    return code


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="mutua demo",
        description="Micro-credentials cross borders, on a stack of its own that is stopped at the end.",
    )
    parser.add_argument("--broker", help="kafka, preview or HOST:PORT; the best one is chosen without it")
    parser.add_argument("--keep", action="store_true", help="leave the stack running at the end")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was counted to this file")
    return parser.parse_args(argv)


def _run(options: argparse.Namespace, teller: Teller, summary: Json, began: float) -> int:
    _end_abandoned(teller.console)
    teller.say(
        "Starting PostgreSQL, a broker, a registry and all services, beside whatever else runs here ..."
    )
    teller.gap()
    with _stack(options, teller) as (stack, around), httpx.Client(timeout=60, trust_env=False) as http:
        started = time.monotonic() - began
        summary["started_seconds"] = round(started, 1)
        summary["folder"] = str(stack.folder.path)
        summary["broker"] = (stack.folder.path / "broker" / "kind").read_text()
        with receiving() as receiver:
            story = Story(Desk(around, http), teller, stack.folder.path, universities(), receiver)
            story.summary = summary
            try:
                _tell(story)
            except PromiseBroken as broken:
                _show_broken(teller, broken, stack.folder.path)
                summary["broken"] = {
                    "promise": broken.promise,
                    "found": broken.found,
                    "expected": broken.expected,
                }
                return 1
            if options.keep:
                story.caller(OFFICE, "subscriber").delete("notifier", f"/endpoints/{story.endpoint}")
        summary |= {"ok": True, "promises": teller.kept}
        told = time.monotonic() - began - started
        teller.say(f"The stack was up after {started:.0f} s, the story took {told:.0f} s.")
        if options.keep:
            _addresses(story)
    if not options.keep:
        _more(teller)
    return 0


def _tell(story: Story) -> None:
    """The chapters."""
    opening.who_takes_part(story)
    opening.who_relies_on_whom(story)
    opening.the_office(story)
    files = issuing.write_files(story)
    first = next(iter(files))
    already = issuing.issue_first(story, first, files.pop(first))
    story.teller.chapter("What happens to them")
    story.teller.say(f"Meanwhile {', '.join(story.cast[short].name for short in files)} issue theirs.")
    story.teller.gap()
    with issuing.issuing_others(story, files, already) as issued:
        watch(story, issued)
    cases.tell(story)
    account.office_received(story)
    account.closing(story)


@contextmanager
def _stack(options: argparse.Namespace, teller: Teller) -> Generator[tuple[Stack, Surroundings]]:
    """A stack in a folder of its own; at the end it is stopped and its data removed, unless it shall stay."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    folder.chmod(0o711)  # PostgreSQL runs as another user where we are root
    me = psutil.Process()
    write_atomically(folder / OWNER, json.dumps([me.pid, me.create_time()]))
    # Servers that others use too: nothing of theirs is read, nothing of ours is left to be read.
    own = f"demo{secrets.token_hex(3)}"
    if "MUTUA_KAFKA_BOOTSTRAP" in os.environ or ":" in (options.broker or ""):
        os.environ["MUTUA_NAMESPACE"] = own
    if "MUTUA_DATABASE_URL" in os.environ:
        os.environ["MUTUA_DATABASE_NAME"] = own
    stack = Stack(folder, Terminal(teller.console))
    keep = False
    try:
        around = stack.up(broker=options.broker)
        yield stack, around
        keep = options.keep
    finally:
        if keep:
            (folder / OWNER).unlink()
        else:
            _remove(stack, folder)


def _remove(stack: Stack, folder: Path) -> None:
    """Stops everything and removes its data; a second Ctrl-C does not interrupt it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        stack.down(purge=True)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        signal.signal(signal.SIGINT, before)


def _end_abandoned(console: Console) -> None:
    """Ends what an own demo that was killed has left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder / OWNER
        if folder.stat().st_uid != os.geteuid() or not owner.exists():
            continue
        if find(*json.loads(owner.read_text())) is None:
            console.print(f"  removing what a demo that was killed has left in {folder}", highlight=False)
            _remove(Stack(folder.resolve(), Terminal(console)), folder)


def _show_broken(teller: Teller, broken: PromiseBroken, folder: Path) -> None:
    teller.gap()
    teller.console.print("  [red]A promise was not kept[/]", highlight=False)
    for title, text in (
        ("promise", broken.promise),
        ("found", broken.found),
        ("expected", broken.expected),
    ):
        teller.console.print(f"    {title:9} {escape(text)}", highlight=False, soft_wrap=True)
    logs = Path(tempfile.gettempdir()) / f"{folder.name}-logs"
    shutil.copytree(folder / "logs", logs, dirs_exist_ok=True)
    teller.console.print(f"    {'logs':9} {logs}", highlight=False, soft_wrap=True)


def _more(teller: Teller) -> None:
    """What to try when everything is stopped."""
    shown = table("try next", "")
    for line, what in (
        ("demo --keep", "the same story, and its stack stays for you"),
        ("up", "an empty stack of your own; run it as often as you like"),
        ("status", "every process, whether it is ready, since when"),
        ("token lisvik.issuer", "an access token for one of its people"),
        ("doctor", "what this machine has, and what would make it better"),
    ):
        shown.add_row(f"{_program()} {line}", Text(what, style="dim"))
    teller.gap()
    teller.show(shown)


def _addresses(story: Story) -> None:
    """Where the stack that stays is, and what to try with it."""
    teller, around = story.teller, story.desk.around
    program, folder = _program(), around.folder.path
    here = f"--data {folder}"
    decision = story.summary["cases"]["friend_of_a_friend"]["decision"]
    feed = f"{around.address('notifier-api')}/feeds/recognition?limit=2"
    teller.gap()
    teller.say("The stack stays:")
    for service in ("issuer", "recognition", "notifier"):
        teller.say(f"  {service:12} {around.address(f'{service}-api')}/openapi.json")
    teller.say(f"  {'Kafka':12} {around.bootstrap}")
    teller.gap()
    teller.say("Try next:")
    for line in (
        f"{program} why {decision} {here}",
        f"{program} status {here}",
        f"{program} parked ls {here}",
        f"{program} issue {folder}/lisvik.csv --as lisvik.issuer --dry-run {here}",
        f'curl -H "Authorization: Bearer $({program} token {OFFICE}.subscriber {here})" "{feed}"',
        f"{program} down --purge {here}",
    ):
        teller.command(line)


def _program() -> str:
    """The command as it can be typed here."""
    own = Path(sysconfig.get_path("scripts")) / "mutua"
    found = shutil.which("mutua")
    if found is not None and Path(found).resolve() == own.resolve():
        return "mutua"
    relative = os.path.relpath(own)
    return str(own) if relative.startswith("..") else relative


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
