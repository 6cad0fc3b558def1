"""Which files the architecture tests look at."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("helpdesk", "tickets", "notifications", "escalation", "knowledge", "assets")
NOT_OURS = {".git", ".venv", "var", "staticfiles", "__pycache__", "node_modules"}


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that belongs to the project; outside a git checkout, every file that is no build result."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode == 0:
        paths = [ROOT / name for name in listing.stdout.decode().split("\0") if name]
    else:
        paths = list(ROOT.rglob("*"))
    hidden = {path for path in paths if NOT_OURS & set(path.relative_to(ROOT).parts) or path.suffix in {".pyc", ".mo"}}
    return tuple(sorted(path for path in paths if path.is_file() and path not in hidden))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def python_sources() -> Iterator[Path]:
    """The applications' modules without migrations."""
    for path in tracked_files():
        parts = path.relative_to(ROOT).parts
        if path.suffix == ".py" and parts[0] in APPS and "migrations" not in parts:
            yield path


def templates() -> Iterator[Path]:
    """Page templates: mails have rules of their own."""
    for path in tracked_files():
        parts = path.relative_to(ROOT).parts
        if path.suffix == ".html" and parts[0] == "templates" and "emails" not in parts:
            yield path


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def where(path: Path, node: ast.AST | int) -> str:
    return f"{name(path)}:{node if isinstance(node, int) else getattr(node, 'lineno', 0)}"
