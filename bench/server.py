"""The real server process, started as the Procfile does, and a plain HTTP client for it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

from bench.data import ROOT

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Answer:
    status: int
    body: bytes
    milliseconds: float


class Client:
    """One kept-alive connection with fixed headers."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = headers

    def send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        content = None if body is None else json.dumps(body)
        sent = {**self.headers, **(headers or {})}
        if content is not None:
            sent["Content-Type"] = "application/json"
        started = perf_counter()
        self.connection.request(method, path, content, sent)
        response = self.connection.getresponse()
        text = response.read()
        return Answer(response.status, text, (perf_counter() - started) * 1000)


@dataclass
class Server:
    port: int
    pid: int

    def processes(self) -> list[int]:
        """The process and all that it has started."""
        found = [self.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").glob("*"):
                found += [int(child) for child in (task / "children").read_text().split()]
        return found

    def cpu_seconds(self) -> float:
        """Processor time of the server so far, user and system."""
        total = 0
        for pid in self.processes():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def memory_megabytes(self) -> float:
        """Proportional memory of all processes of the web server (shared pages counted once)."""
        kilobytes = 0
        for pid in self.processes():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    kilobytes += int(line.split()[1])
        return kilobytes / 1024


@contextmanager
def running(environment: dict[str, str]) -> Iterator[Server]:
    """The web server on a free port, with `bench.settings`, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"DJANGO_SETTINGS_MODULE": "bench.settings", "PORT": str(port), "LOG_LEVEL": "WARNING"}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "start", "web"], cwd=ROOT, env={**os.environ, **environment, **settings}
    )
    try:
        _wait_for(port, process)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = monotonic() + 60
    while monotonic() < until:
        if process.poll() is not None:
            raise SystemExit("The web server ended at once; its message stands above.")
        try:
            if Client(port, {}).send("GET", "/healthz").status == 200:
                return
        except OSError:
            sleep(0.1)
    raise SystemExit("The web server does not answer.")
