"""What must be true before a server process starts, beyond the environment itself (see helpdesk.env).

Called by `manage.py start` and by the WSGI module. Each refusal is one sentence on stderr and exit code 1.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from helpdesk.broker import redis_client
from helpdesk.env import refuse

# The published cast of `seed_demo`. A production run with one of them still on the published password is open to all.
DEMO_USERNAMES = ("requester", "requester2", "agent", "agent2", "lead", "liaison", "admin")
DEMO_PASSWORD = "helpdesk-demo"


def refuse_unfit(*, serves_pages: bool) -> None:
    """End the process with a sentence unless database, schema, accounts and files are fit for service."""
    _refuse_unreachable_database()
    _refuse_pending_migrations()
    if serves_pages:
        _refuse_missing_static_files()
    if settings.IS_PRODUCTION:
        _refuse_demo_accounts()
        if settings.REDIS_URL:
            _refuse_forgetful_redis()


def _refuse_unreachable_database() -> None:
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        reason = str(error).strip().partition("\n")[0]
        refuse("DATABASE_URL", f"names a database that cannot be reached ({reason})")


def pending_migrations() -> int:
    """How many migrations the database lacks."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _refuse_pending_migrations() -> None:
    pending = pending_migrations()
    if pending:
        refuse(
            "DATABASE_URL",
            f"names a database that lacks {pending} migrations; run `python manage.py migrate` first",
        )


def refuse_taken_port() -> None:
    """End the process with a sentence where somebody else answers on the port already.

    The server shares its port between its own workers, and would share it with another desk's: each request goes to either.
    """

    async def listen() -> None:
        server = await asyncio.start_server(lambda _reader, _writer: None, settings.HOST, settings.PORT)
        server.close()

    try:
        asyncio.run(listen())
    except OSError as error:
        reason = f"is {settings.PORT}, where nothing can listen on {settings.HOST} ({error.strerror})"
        refuse("PORT", f"{reason}; end what runs there, or give another port")


def _refuse_missing_static_files() -> None:
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if "Manifest" in settings.STORAGES["staticfiles"]["BACKEND"] and not manifest.exists():
        refuse("STATIC_ROOT", f"is {settings.STATIC_ROOT}, without style sheets; run `python manage.py collectstatic`")


def _refuse_demo_accounts() -> None:
    rows = get_user_model()._default_manager.filter(username__in=DEMO_USERNAMES, is_active=True)
    hashes: dict[str, str] = {}
    for username, encoded in rows.values_list("username", "password"):
        hashes.setdefault(encoded, username)
    for encoded, username in hashes.items():
        if check_password(DEMO_PASSWORD, encoded):
            refuse(
                "DATABASE_URL",
                f"names a database where the demo account {username!r} still has its published password; "
                "deactivate the demo accounts or change their passwords before production",
            )


def _refuse_forgetful_redis() -> None:
    """Redis that evicts keys under pressure loses queued work. A Redis that is away may come back: no reason."""
    try:
        limits: Any = redis_client().config_get("maxmemory*")
    except redis.RedisError:
        return
    policy = str(limits.get("maxmemory-policy", "noeviction"))
    if int(limits.get("maxmemory", 0)) and policy != "noeviction":
        refuse("REDIS_URL", f"names a Redis whose maxmemory-policy {policy!r} drops queued work; use 'noeviction'")
