"""Seeded databases for the benchmark, kept under var/bench until the schema or the demo data change."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).resolve().parent.parent
# What decides on the content of a seeded database.
SOURCES = ("*/migrations/*.py", "helpdesk/*/migrations/*.py", "helpdesk/demo/*.py", "helpdesk/common/search.py")


@dataclass(frozen=True)
class Seeded:
    """A data folder with a database of a scale. `seconds` is how long `seed_demo` took when it was made."""

    folder: Path
    seconds: float


def fingerprint() -> str:
    """Changes with the schema and the demo data."""
    digest = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def seeded(scale: str) -> Seeded:
    """The SQLite data folder of a scale, made on the first call."""
    folder = ROOT / "var" / "bench" / f"{scale}-{fingerprint()}"
    note = folder / "bench.json"
    if note.exists():
        return Seeded(folder, json.loads(note.read_text())["seconds"])
    if folder.exists():
        raise SystemExit(f"{folder} is half made; remove it and start again.")
    folder.mkdir(parents=True)
    seconds = seed(scale, {"DATA_DIR": str(folder)})
    note.write_text(json.dumps({"seconds": seconds}))
    return Seeded(folder, seconds)


def seed(scale: str, environment: dict[str, str]) -> float:
    """Migrate and seed the database that the environment names. Returns the seconds that seeding took."""
    manage("migrate", "--verbosity=0", environment=environment)
    started = monotonic()
    # Suggestions are measured over so many articles.
    articles = ["--articles=5000"] if scale in ("L", "XL") else []
    manage("seed_demo", f"--scale={scale}", *articles, "--verbosity=0", environment=environment)
    return round(monotonic() - started, 1)


def manage(*arguments: str, environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=True)
