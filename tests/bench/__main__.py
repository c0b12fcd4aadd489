"""`python -m tests.bench`: what the kernel costs, as ratios to bare clients in the same run.

Targets are printed beside the figures and never asserted: a busy machine is no bug. What must hold on every
machine (statements, commits and produce requests a batch) is a test: tests/kernel/test_gates.py.
"""

import argparse
import gc
import sys
from pathlib import Path

import uvloop

sys.path.insert(0, str(Path(__file__).parent.parent / "kernel" / "ledger_service"))

from tests.bench import pipeline, relay, worker
from tests.bench.events import records
from tests.bench.report import Report, machine, progress
from tests.bench.servers import Servers, servers

PARTS = {"worker": worker.run, "relay": relay.run, "pipeline": pipeline.run}


def main() -> None:
    """Reads the options, starts the servers, measures, prints."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--events", type=int, default=8_000, help="events in one timing")
    parser.add_argument("--alternations", type=int, default=5)
    parser.add_argument("--broker", help="kafka, preview or HOST:PORT; without it, the stack's choice")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure only this part")
    options = parser.parse_args()
    with servers(options.broker) as found:
        report = Report(
            {
                "machine": machine(),
                "broker": f"{found.broker.kind} ({found.broker.reason})",
                "timings": f"{options.events:,} events of about 2 KB, {options.alternations} alternations",
            }
        )
        uvloop.run(measure(found, options, report))
    progress("")
    print(report.text())
    if options.json is not None:
        report.write(options.json)


async def measure(found: Servers, options: argparse.Namespace, report: Report) -> None:
    """Runs the parts one after the other over the same records."""
    written = records(options.events)
    gc.collect()
    gc.freeze()
    chosen = options.only or list(PARTS)
    if "worker" not in chosen and "pipeline" in chosen:
        await worker.publish(found, written)
    for name in chosen:
        await PARTS[name](found, written, report, options.alternations)


if __name__ == "__main__":
    main()
