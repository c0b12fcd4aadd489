"""The ledger's processes as an operator runs them: started, asked how they are, frozen, killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

SERVICE = Path(__file__).parent.parent


class Process:
    """One process with its operators' routes."""

    def __init__(self, kind: str, environment: Mapping[str, str], log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.log = log
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MUTUA_")}
        told = {"MUTUA_HTTP_PORT": str(port), "PYTHONPATH": str(SERVICE)}
        with log.open("ab") as stream:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ledger", kind],
                env={**inherited, **told, **environment},
                stdout=stream,
                stderr=stream,
            )

    def get(self, path: str) -> httpx.Response:
        """The answer to a GET."""
        return httpx.get(self.address + path, trust_env=False, timeout=10)

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait()

    def wait(self, seconds: float) -> int:
        """The exit code, within `seconds`."""
        return self._process.wait(seconds)

    def end(self) -> None:
        """Ends it, however it is."""
        if self._process.poll() is None:
            self.signal(signal.SIGCONT)
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def until(self, condition: Callable[["Process"], bool], seconds: float = 60) -> None:
        """Waits for a condition of the running process."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self._process.poll() is None, f"the process ended: {self.log.read_text()[-3000:]}"
            try:
                if condition(self):
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s; {self.log.read_text()[-3000:]}")

    def until_ready(self) -> "Process":
        """Waits until it does its work."""
        self.until(lambda process: process.get("/readyz").status_code == 200)
        return self

    def metric(self, sample: str) -> float | None:
        """A sample of /metrics by its name with labels, or None."""
        for line in self.get("/metrics").text.splitlines():
            name, _, value = line.rpartition(" ")
            if name == sample:
                return float(value)
        return None
