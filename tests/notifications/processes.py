"""Processes of their own on the test's database."""

from __future__ import annotations

from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds


def database_url() -> str:
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    password = f":{facts['PASSWORD']}" if facts.get("PASSWORD") else ""
    if facts["HOST"].startswith("/"):
        return f"postgres://{facts['USER']}{password}@/{facts['HOST']}/{facts['NAME']}"
    return f"postgres://{facts['USER']}{password}@{facts['HOST']}:{facts['PORT'] or 5432}/{facts['NAME']}"
