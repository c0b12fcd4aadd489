"""Measuring fairly and saying it plainly: alternations, medians, ratios of neighbours, one table.

Each alternation runs all candidates, every second one in the opposite order, so that neither a slow drift
of the machine nor what ran before favours one of them. A ratio is made within an alternation and its median
is reported: it says more than a ratio of medians where the machine is shared.
"""

import json
import platform
import statistics
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Sample:
    """One timing: how many, in how many seconds, and the CPU seconds of this process meanwhile."""

    count: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """How many a second."""
        return self.count / self.seconds


Measure = Callable[[], Awaitable[Sample]]


@dataclass(frozen=True, slots=True)
class Ratio:
    """What is compared: `name` over `base`, and the target, where there is one."""

    name: str
    base: str
    says: str
    target: float | None = None


@dataclass(slots=True)
class Report:
    """What was found so far."""

    about: dict[str, str]
    ratios: list[tuple[Ratio, list[float], list[float]]] = field(default_factory=list)
    rates: list[tuple[str, list[Sample]]] = field(default_factory=list)

    def add(self, samples: Mapping[str, Sequence[Sample]], ratios: Sequence[Ratio]) -> None:
        """Takes the samples of one comparison."""
        for ratio in ratios:
            pairs = list(zip(samples[ratio.name], samples[ratio.base], strict=True))
            rates = [one.rate / other.rate for one, other in pairs]
            cpus = [(other.cpu / other.count) / (one.cpu / one.count) for one, other in pairs]
            self.ratios.append((ratio, rates, cpus))
        self.rates += [(name, list(found)) for name, found in samples.items()]

    def text(self) -> str:
        """The tables: what does not depend on the machine first."""
        lines = ["", "Ratios within one run: medians of the alternations (lowest to highest)", ""]
        lines.append(f"  {'':<66} {'rate':>6} {'':>16}   {'by CPU':>6}")
        for ratio, found, cpus in self.ratios:
            target = "" if ratio.target is None else f"   target {ratio.target:.2f}"
            between = f"({min(found):.2f} to {max(found):.2f})"
            lines.append(
                f"  {ratio.says:<66} {statistics.median(found):6.2f} {between:>16}"
                f"   {statistics.median(cpus):6.2f}{target}"
            )
        lines += ["", "Absolute figures of this machine, now (medians)", ""]
        lines.append(f"  {'':<66} {'events/s':>9}  {'CPU µs/event':>12}")
        for name, found in self.rates:
            rate = statistics.median(one.rate for one in found)
            cpu = statistics.median(one.cpu / one.count for one in found) * 1e6
            lines.append(f"  {name:<66} {rate:>9,.0f}  {cpu:>12.0f}")
        lines += ["", *(f"  {name}: {value}" for name, value in self.about.items()), ""]
        return "\n".join(lines)

    def write(self, path: Path) -> None:
        """The same as JSON."""
        whole: dict[str, Any] = {
            "about": self.about,
            "ratios": [
                {
                    "name": ratio.name,
                    "base": ratio.base,
                    "says": ratio.says,
                    "target": ratio.target,
                    "median": statistics.median(found),
                    "all": found,
                    "by_cpu": statistics.median(cpus),
                }
                for ratio, found, cpus in self.ratios
            ],
            "rates": [
                {
                    "name": name,
                    "events_per_second": statistics.median(one.rate for one in found),
                    "cpu_us_per_event": statistics.median(one.cpu / one.count for one in found) * 1e6,
                }
                for name, found in self.rates
            ],
        }
        path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


async def alternate(
    title: str, candidates: Mapping[str, Measure], alternations: int
) -> dict[str, list[Sample]]:
    """Every candidate once for warming up, then `alternations` times, in fair order."""
    samples: dict[str, list[Sample]] = {name: [] for name in candidates}
    for number in range(-1, alternations):
        order = list(candidates) if number % 2 == 0 else list(reversed(candidates))
        for name in order:
            turn = "warming up" if number < 0 else f"{number + 1} of {alternations}"
            progress(f"{title}, {turn}: {name}")
            sample = await candidates[name]()
            if number >= 0:
                samples[name].append(sample)
    return samples


def progress(text: str) -> None:
    """One line that is overwritten on a terminal, and lines elsewhere; tables alone go to standard output."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text[:100]}", end="", file=sys.stderr, flush=True)
    else:
        print(text, file=sys.stderr, flush=True)


def machine() -> str:
    """The machine in a few words."""
    import psutil

    busy = psutil.getloadavg()[0]
    return (
        f"{psutil.cpu_count()} cores, load {busy:.1f} when the run began,"
        f" {platform.system()}, Python {platform.python_version()}"
    )
