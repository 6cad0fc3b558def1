"""Real mails of other help desks' test suites, with what is expected of them. They lie beside the project, if at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "mail"
ABSENT = "the mail corpus is not there (../shared/corpora/mail)"


def cases(*kinds: str, strength: str = "must") -> list[dict[str, Any]]:
    """The corpus's rows of these kinds; none where the corpus is absent."""
    if not (FOLDER / "cases.jsonl").exists():
        return []
    rows = [json.loads(line) for line in (FOLDER / "cases.jsonl").read_text().splitlines()]
    return [row for row in rows if row["kind"] in kinds and row["strength"] == strength]


def raw(row: dict[str, Any]) -> bytes:
    return (FOLDER / row["path"]).read_bytes()


def text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8", errors="replace")


def each(*kinds: str) -> pytest.MarkDecorator:
    """Run a test for every row that must hold, or skip it with the reason."""
    rows = cases(*kinds)
    if not rows:
        return pytest.mark.skip(reason=ABSENT)
    return pytest.mark.parametrize("row", rows, ids=[row["id"] for row in rows])
